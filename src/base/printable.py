#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints printable.def: the code points that Go's strconv takes for printable.

    src/base/printable.py >src/base/printable.def

Those are letters, marks, numbers, punctuation, symbols and the blank, as of Unicode 15.0 (Go 1.21 and
newer): it takes a Python that knows that version (3.12), or the package unicodedata2 15.0.0.
"""

import sys

try:
    import unicodedata2 as unicodedata
except ImportError:
    import unicodedata

END = 0x110000

if unicodedata.unidata_version != "15.0.0":
    sys.exit("printable.py: Unicode 15.0.0 is wanted, this is " + unicodedata.unidata_version)

ranges = []
for code in range(END):
    if code == 0x20 or unicodedata.category(chr(code))[0] in "LMNPS":
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])

print("/* SPDX-License-Identifier: Apache-2.0 */")
print("/* What is printable, as first and last code points; made by printable.py. */")
print("/* clang-format off */")
line = ""
for first, last in ranges:
    item = "{0x%X,0x%X}," % (first, last)
    if len(line) + len(item) > 99:
        print(line)
        line = ""
    line += item
print(line)
print("/* clang-format on */")
