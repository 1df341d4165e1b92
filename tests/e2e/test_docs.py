# SPDX-License-Identifier: Apache-2.0
"""What the documents show is what the program prints.

In README.md, docs/ and examples/, a block that starts with ```console holds commands (`$ ...`) and
what they print, both streams together, run in the document's own folder: those of podgate, of
kubectl (where there is one) once `export KUBECONFIG=$(podgate up --background ...)` stands before,
and a few others. Lines that are `...` stand for lines left out. To write the program's output into all of them:

    tests/e2e/test_docs.py --update
"""

import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
import clients  # pylint: disable=wrong-import-position
from podgate import PROGRAM, ROOT, SECONDS_MAX

KUBECTL = clients.find("1.20") or clients.find("1.32") or shutil.which("kubectl")
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


class Session:
    """What the blocks of a document share: the folder, the environment, the last exit status."""

    def __init__(self, folder):
        self.folder = folder
        self.scratch = tempfile.mkdtemp(prefix="podgate-docs-")
        self.env = {**os.environ, "XDG_RUNTIME_DIR": self.scratch}
        self.env.pop("KUBECONFIG", None)
        self.status = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        served = os.path.join(self.scratch, "podgate")
        for name in os.listdir(served) if os.path.isdir(served) else []:
            self.run(["podgate", "down", "--name", name])
        shutil.rmtree(self.scratch, True)

    def run(self, words, err=subprocess.STDOUT):
        words = [PROGRAM if words[0] in ("podgate", "build/podgate") else words[0], *words[1:]]
        if words[0] == "kubectl":
            words = [KUBECTL, "--cache-dir", os.path.join(self.scratch, "cache"), *words[1:]]
        done = subprocess.run(words, cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=err, check=False, timeout=SECONDS_MAX)
        self.status = done.returncode
        return done.stdout.decode()

    def step(self, command, output):
        """What the command prints now; the output that is shown, of what is not run."""
        set_variable = re.fullmatch(r"export (\w+)=\$\((.*)\)\n?", command)
        words = shlex.split(set_variable.group(2) if set_variable else command)
        if set_variable and words[0] in ("podgate", "build/podgate"):
            self.env[set_variable.group(1)] = self.run(words, err=None).rstrip("\n")
            return ""
        if words[0] in ("podgate", "build/podgate"):
            return self.run(words)
        if words[0] == "kubectl" and KUBECTL and "KUBECONFIG" in self.env:
            return self.run(words)
        if words == ["echo", "$?"]:
            return "%d\n" % self.status
        if words[0] in ("cat", "ls", "diff"):
            return self.run(words)
        return output


def run_block(block, session):
    """The block with what its commands print now."""
    text = ""
    for command, output in steps(block):
        text += "$ " + command + session.step(command.replace("\\\n", " "), output)
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
            with Session(os.path.dirname(path)) as session:
                for block in found:
                    blocks += 1
                    name = "%s: %s" % (os.path.relpath(path, ROOT), block.split("\n")[0])
                    with self.subTest(name):
                        printed = run_block(block, session)
                        if not same(block, printed):
                            self.assertEqual(printed, block)
        self.assertGreater(blocks, 0)


def update():
    for path in documents():
        with open(path, encoding="utf-8") as text:
            before = text.read()
        with Session(os.path.dirname(path)) as session:
            def printed(match, session=session):
                text = run_block(match.group(1), session)
                return match.group(0) if "\n...\n" in match.group(0) else "```console\n%s```" % text
            after = BLOCK.sub(printed, before)
        if after != before:
            with open(path, "w", encoding="utf-8") as text:
                text.write(after)
            print("updated", os.path.relpath(path, ROOT))


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        update()
    else:
        unittest.main()
