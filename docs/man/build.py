#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes one man page: fills in what the program itself knows, and runs scdoc.

    docs/man/build.py PROGRAM PAGE.scd OUTPUT

In the page stand for themselves, each on a line of its own:

    @COMMANDS@  the program's commands and what they do
    @SYNOPSIS@  how the page's command (or each of its subcommands) is called
    @OPTIONS@   its options, group by group
"""

import re
import subprocess
import sys


def help_of(program, words):
    return subprocess.run([program, *words, "--help"], stdout=subprocess.PIPE, check=True,
                          universal_newlines=True).stdout


def escape(text):
    return re.sub(r"([\\*_\[\]#`~<>])", r"\\\1", text)


def rows(text):
    """The groups of a help text: {title: [(left, right)]}."""
    found = {}
    title = None
    for line in text.splitlines():
        match = re.match(r"([A-Z][^.]*):$", line)
        if match:
            title = match.group(1)
            found[title] = []
            continue
        if not title:
            continue
        match = re.match(r"  (\S.*?|    --.*?)(?:  +(\S.*))?$", line)
        if not line.startswith("  "):
            title = None
        elif line.startswith(" " * 20):
            left, right = found[title][-1]
            found[title][-1] = (left, (right + " " + line.strip()).strip())
        elif match:
            found[title].append((match.group(1).strip(), match.group(2) or ""))
    return found


def commands(program):
    lines = []
    for name, summary in rows(help_of(program, []))["Commands"]:
        lines += ["*%s*" % escape(name), "\t%s." % escape(summary), ""]
    return lines


def subcommands(program, words):
    groups = rows(help_of(program, words))
    return [words + [name] for name, _ in groups["Commands"]] if "Commands" in groups else [words]


def synopsis(program, words):
    lines = []
    for call in subcommands(program, words):
        usage = help_of(program, call).splitlines()[0][len("Usage: podgate "):]
        rest = usage[len(" ".join(call)):]
        lines += ["*podgate %s*%s" % (" ".join(call), re.sub(r"([A-Z][A-Z]+)", r"_\1_", escape(rest))),
                  ""]
    return lines[:-1]


def option_text(left):
    """`-o, --output FORMAT` with its parts marked."""
    names, _, value = left.partition(" ") if "," not in left else (
        left.split(" ")[0] + " " + left.split(" ")[1], " ", " ".join(left.split(" ")[2:]))
    text = ", ".join("*%s*" % escape(n) for n in names.split(", "))
    return text + (" _%s_" % escape(value) if value else "")


def options(program, words):
    lines = []
    seen = set()
    for call in subcommands(program, words):
        for title, group in rows(help_of(program, call)).items():
            new = [row for row in group if row not in seen]
            seen.update(new)
            if not new:
                continue
            if title != "Options":
                lines += ["## " + escape(title), ""]
            for left, right in new:
                lines += [option_text(left), "\t%s." % escape(right), ""]
    return lines[:-1]


def main(arguments):
    if len(arguments) != 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    program, page, output = arguments
    name = re.search(r"podgate-?([a-z-]*)\.1\.scd$", page).group(1)
    words = [name] if name else []
    fill = {"@COMMANDS@": commands, "@SYNOPSIS@": synopsis, "@OPTIONS@": options}
    text = []
    with open(page, encoding="utf-8") as source:
        for line in source.read().splitlines():
            if line in fill:
                text += fill[line](program) if line == "@COMMANDS@" else fill[line](program, words)
            else:
                text.append(line)
    made = subprocess.run(["scdoc"], input="\n".join(text) + "\n", stdout=subprocess.PIPE, check=False,
                          universal_newlines=True)
    if made.returncode != 0:
        print("%s: scdoc refused it:\n%s" % (page, "\n".join(text)), file=sys.stderr)
        return 1
    with open(output, "w", encoding="utf-8") as out:
        out.write(made.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
