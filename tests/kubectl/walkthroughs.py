# SPDX-License-Identifier: Apache-2.0
"""Walk-throughs: what was typed and printed from the first command to the last, as text.

A line that starts with `$ ` is a command, what follows up to the next is what it printed, with a
blank line between. `cat FILE` writes the file instead of reading it: what it printed is its content.
Lines before the first command say what it is about; `podgate up OPTIONS` there is how it is served.
"""

import difflib
import os
import re
import time

from normalise import normalise
from shell import Shell

SETTLE_SECONDS_MAX = 20
# What only reads: controllers may need a moment more, so these are asked until they agree.
READS = re.compile(r"kubectl (?:(?:-n|--as)[ =]\S+ )*(get|describe|auth)\b")
COUNT = re.compile(r" \(x\d+ over <age>\)")


def split(path):
    """What is before the first command, and the commands with what each printed."""
    with open(path, encoding="utf-8") as file:
        return re.split(r"^\$ ", file.read(), flags=re.MULTILINE)


def options(path):
    """How the server is to be started where it is not the usual one, else None."""
    found = re.search(r"^ *podgate up (.+)$", split(path)[0], re.MULTILINE)
    return found.group(1).split() if found else None


def read(path):
    """Pairs of a command and what it printed."""
    parts = split(path)[1:]
    return [(command, printed.rstrip("\n")) for command, _, printed in (part.partition("\n") for part in parts)]


def comparable(text, names, command):
    text = normalise(text, names, command)
    return COUNT.sub("", text).rstrip("\n")


def replay(served, client, path):
    """Why it went otherwise, or ""."""
    found = []
    with Shell(client, served) as shell:
        for number, (command, printed) in enumerate(read(path), 1):
            wrote = re.fullmatch(r"cat (\S+\.yaml)", command)
            if wrote:
                shell.write(wrote.group(1), printed + "\n")
                continue
            want = comparable(printed, [], command)
            end = time.monotonic() + (SETTLE_SECONDS_MAX if READS.match(command) else 0)
            while True:
                got = comparable("".join(shell.run(command + " 2>&1")[1:]), shell.names, command)
                if got == want or time.monotonic() >= end:
                    break
                time.sleep(0.1)
            if got != want:
                found.append("command %d: %s" % (number, command))
                found += difflib.unified_diff(want.splitlines(), got.splitlines(), "recorded", "now",
                                              lineterm="", n=2)
    return "\n".join(found)


def each(folder):
    """(name, version of the client, path) of every walk-through: one folder a client."""
    for client in sorted(os.listdir(folder)):
        for name in sorted(os.listdir(os.path.join(folder, client))):
            if name.endswith(".txt"):
                yield name.removesuffix(".txt"), client, os.path.join(folder, client, name)
