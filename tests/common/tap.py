# SPDX-License-Identifier: Apache-2.0
"""Running many independent tests at once, and printing the Test Anything Protocol."""

import concurrent.futures
import threading
import traceback
import unittest

DETAIL_LINES_MAX = 60


class Tap:
    """Prints a line a test. After the first `show` failures their reasons are left out."""

    def __init__(self, show):
        self.lock = threading.Lock()
        self.show = show
        self.count = 0
        self.failed = 0

    def report(self, name, why="", skip=""):
        with self.lock:
            self.count += 1
            self.failed += bool(why)
            print("%s %d - %s%s" % ("not ok" if why else "ok", self.count, name,
                                    " # SKIP " + skip if skip else ""))
            if why and self.failed <= self.show:
                lines = why.splitlines()
                print("\n".join("# " + line for line in lines[:DETAIL_LINES_MAX]))
                if len(lines) > DETAIL_LINES_MAX:
                    print("# (%d more lines)" % (len(lines) - DETAIL_LINES_MAX))
            print(end="", flush=True)

    def run(self, name, test):
        """Runs test(), which gives why it fails, or "". A defect of a test fails it alone; it may
        raise SkipTest."""
        try:
            why = test()
        except unittest.SkipTest as reason:
            self.report(name, skip=str(reason))
            return
        except Exception:  # pylint: disable=broad-except
            why = traceback.format_exc()
        self.report(name, why)

    def run_all(self, tests, jobs):
        """Runs (name, test) pairs, so many at once."""
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda pair: self.run(*pair), tests))

    def end(self):
        """Prints the plan; the exit status of the program."""
        print("1..%d" % self.count)
        return 1 if self.failed else 0
