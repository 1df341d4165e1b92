# SPDX-License-Identifier: Apache-2.0
"""What the documents show is what the program prints.

In README.md, docs/ and examples/, a block that starts with ```console holds commands (`$ ...`) and
what they print, both streams together, run in the document's own folder. Lines that are `...` stand
for lines left out. To write the program's output into all of them:

    tests/e2e/test_docs.py --update
"""

import glob
import os
import re
import shlex
import subprocess
import sys
import unittest

from podgate import PROGRAM, ROOT, SECONDS_MAX

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)


def documents():
    found = [os.path.join(ROOT, "README.md")]
    for pattern in ("docs/**/*.md", "examples/**/*.md"):
        found += glob.glob(os.path.join(ROOT, pattern), recursive=True)
    return sorted(found)


def steps(block):
    """(command, output) of each `$ ` line of a block; a command goes on after a backslash."""
    found = []
    more = False
    for line in block.splitlines(True):
        if more:
            found[-1][0] += line
            more = line.endswith("\\\n")
        elif line.startswith("$ "):
            found.append([line[2:], ""])
            more = line.endswith("\\\n")
        elif found:
            found[-1][1] += line
    return found


def run_block(block, folder):
    """The block with what its commands print now. Only podgate, and echo $? after it, are run."""
    text = ""
    status = 0
    for command, output in steps(block):
        words = shlex.split(command.replace("\\\n", " "))
        text += "$ " + command
        if words[0] in ("podgate", "build/podgate"):
            done = subprocess.run([PROGRAM, *words[1:]], cwd=folder, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                                  timeout=SECONDS_MAX)
            status = done.returncode
            text += done.stdout.decode()
        elif words == ["echo", "$?"]:
            text += "%d\n" % status
        elif words[0] in ("cat", "ls", "diff"):
            done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, check=False)
            text += done.stdout.decode()
        else:
            text += output
    return text


def same(shown, printed):
    """Equal, where a line `...` of what is shown stands for any lines."""
    parts = re.split(r"^\.\.\.\n", shown, flags=re.M)
    return re.fullmatch(".*?".join(re.escape(p) for p in parts), printed, re.S) is not None


class Documents(unittest.TestCase):
    maxDiff = None

    def test_what_they_show(self):
        blocks = 0
        for path in documents():
            with open(path, encoding="utf-8") as text:
                found = BLOCK.findall(text.read())
            for block in found:
                blocks += 1
                with self.subTest("%s: %s" % (os.path.relpath(path, ROOT), block.split("\n")[0])):
                    printed = run_block(block, os.path.dirname(path))
                    if not same(block, printed):
                        self.assertEqual(printed, block)
        self.assertGreater(blocks, 0)


def update():
    for path in documents():
        with open(path, encoding="utf-8") as text:
            before = text.read()
        after = BLOCK.sub(lambda m: m.group(0) if "\n...\n" in m.group(0) else
                          "```console\n%s```" % run_block(m.group(1), os.path.dirname(path)), before)
        if after != before:
            with open(path, "w", encoding="utf-8") as text:
                text.write(after)
            print("updated", os.path.relpath(path, ROOT))


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        update()
    else:
        unittest.main()
