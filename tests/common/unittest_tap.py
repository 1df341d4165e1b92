# SPDX-License-Identifier: Apache-2.0
"""Results of unittest as the Test Anything Protocol."""

import concurrent.futures
import os
import re
import subprocess
import sys
import traceback
import unittest


class Tap(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.count = 0
        self.failed = 0

    def line(self, ok, name, extra="", detail=""):
        self.count += 1
        self.failed += not ok
        print("%s %d - %s%s" % ("ok" if ok else "not ok", self.count, name, extra))
        for text in detail.splitlines():
            print("  " + text)
        sys.stdout.flush()

    @staticmethod
    def name(test):
        return test.id().replace("#", "").replace("\n", "\\n")

    def problem(self, test, error):
        # Where in the test, and what: the frames of unittest itself help nobody.
        frames = [f for f in traceback.extract_tb(error[2]) if "unittest" not in f.filename]
        where = "".join(traceback.format_list(frames))
        what = "".join(traceback.format_exception_only(*error[:2]))
        self.line(False, self.name(test), detail=where + what)

    def addSuccess(self, test):
        self.line(True, self.name(test))

    def addFailure(self, test, err):
        self.problem(test, err)

    def addError(self, test, err):
        self.problem(test, err)

    def addSubTest(self, test, subtest, err):
        if err:
            self.problem(subtest, err)
        else:
            self.line(True, self.name(subtest))

    def addSkip(self, test, reason):
        self.line(True, self.name(test), " # SKIP " + reason)


def each_test(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from each_test(item)
        else:
            yield item


def main(folder, names):
    """Runs the tests in a folder, those whose name contains one of these; the exit status."""
    found = each_test(unittest.TestLoader().discover(folder, pattern="test_*.py"))
    tests = unittest.TestSuite(t for t in found if not names or any(n in t.id() for n in names))
    result = Tap()
    tests.run(result)
    print("1..%d" % result.count)
    return 1 if result.failed else 0


def run_module(command, module):
    done = subprocess.run([*command, module + "."], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return module, done.returncode, done.stdout.decode("utf-8", "replace").splitlines()


def main_at_once(folder, command, alone, first):
    """The same for all tests, a process a module, as many at once as there are processors. Modules in
    alone change what others use, and come before them; those in first take the longest."""
    modules = sorted(name[:-3] for name in os.listdir(folder) if re.fullmatch(r"test_\w+\.py", name))
    together = [m for m in modules if m not in alone]
    together.sort(key=lambda m: first.index(m) if m in first else len(first))
    count, failed = 0, False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        ran = [run_module(command, m) for m in modules if m in alone]
        for module, status, lines in [*ran, *pool.map(lambda m: run_module(command, m), together)]:
            plans = 0
            for line in lines:
                match = re.match(r"(ok|not ok) \d+( .*)", line)
                plans += line.startswith("1..")
                if match:
                    count += 1
                    line = "%s %d%s" % (match.group(1), count, match.group(2))
                if not line.startswith("1.."):
                    print(line)
            failed = failed or status != 0
            if plans != 1:  # it did not get to its end
                count += 1
                print("not ok %d - %s\n  status %d" % (count, module, status))
    print("1..%d" % count)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
