#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the end-to-end tests with one built program and prints the Test Anything Protocol.

    tests/e2e/run.py PROGRAM [NAME]...

NAME picks tests whose name contains it. Plain unittest: nothing to install.
"""

import os
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "common")]

import unittest_tap  # noqa: E402

ALONE = ("test_install",)  # links the programs anew, for another place
FIRST = ("test_serve_partition", "test_webhooks", "test_versions", "test_demo", "test_durability", "test_stress",
         "test_install_cluster", "test_custom", "test_up", "test_serve", "test_garbage", "test_clock")


def main(arguments):
    # What runs in the background may have been started with these ignored, and the program with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if not arguments or not os.access(arguments[0], os.X_OK):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    os.environ["PODGATE"] = os.path.abspath(arguments[0])
    if arguments[1:]:
        return unittest_tap.main(HERE, arguments[1:])
    return unittest_tap.main_at_once(HERE, [sys.executable, os.path.abspath(__file__), arguments[0]], ALONE, FIRST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
