# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: running the program, and folders to run it in."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
PROGRAM = os.environ.get("PODGATE", os.path.join(ROOT, "build", "podgate"))
YES, NO, ERROR = 0, 1, 2
SECONDS_MAX = 120


class Result:
    def __init__(self, status, out, err):
        self.status = status
        self.out = out
        self.err = err

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return "exit %s\nstdout: %s\nstderr: %s" % (self.status, self.out[:4000], self.err[:4000])


def run(*arguments, stdin="", cwd=None, env=None, seconds=SECONDS_MAX):
    """podgate with these arguments; text in and out."""
    done = subprocess.run([PROGRAM, *arguments], input=stdin if isinstance(stdin, bytes) else stdin.encode(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd, check=False,
                          env={**os.environ, **(env or {})}, timeout=seconds)
    return Result(done.returncode, done.stdout.decode("utf-8", "replace"),
                  done.stderr.decode("utf-8", "replace"))


class Case(unittest.TestCase):
    """A test with a folder of its own, self.dir, which is gone afterwards."""

    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="podgate-test-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(text if isinstance(text, bytes) else text.encode())
        return path

    def run_in(self, *arguments, **more):
        return run(*arguments, cwd=self.dir, **more)

    def refused(self, result, *parts):
        """Nothing was decided: exit 2, nothing on standard output, a message with these parts."""
        self.assertEqual(result.status, ERROR, result)
        self.assertEqual(result.out, "", result)
        self.assertTrue(result.err.startswith(("podgate", "Warning:")), result)
        for part in parts:
            self.assertIn(part, result.err)
