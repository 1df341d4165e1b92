# SPDX-License-Identifier: Apache-2.0
"""Results of unittest as the Test Anything Protocol."""

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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
