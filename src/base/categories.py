#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints categories.def: the general categories of code points, for \\p{...} in regular expressions.

    src/base/categories.py >src/base/categories.def
"""

import unicodedata

END = 0x110000

ranges = []
for code in range(END):
    category = unicodedata.category(chr(code))
    if category == "Cn":
        continue
    if ranges and ranges[-1][1] == code - 1 and ranges[-1][2] == category:
        ranges[-1][1] = code
    else:
        ranges.append([code, code, category])

print("/* SPDX-License-Identifier: Apache-2.0 */")
print("/* First and last code points and their category, as of Unicode %s; made by categories.py. */"
      % unicodedata.unidata_version)
print("/* clang-format off */")
line = ""
for first, last, category in ranges:
    item = "{0x%X,0x%X,{'%s','%s'}}," % (first, last, category[0], category[1])
    if len(line) + len(item) > 99:
        print(line)
        line = ""
    line += item
print(line)
print("/* clang-format on */")
