#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Replays recorded exchanges with an API server against `podgate up` and prints TAP, a line a scenario.

    tests/api/run.py PROGRAM [--topic TOPIC]... [--only TEXT] [--show N] [--jobs N]

The server is that of one `podgate up --kubernetes-version 1.20 --nodes 0`, which this starts.
"""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "common"))

import recordings  # noqa: E402
from replay import Client, replay  # noqa: E402
from served import Served  # noqa: E402
from tap import Tap  # noqa: E402

# Topics that are not served yet, and why. A row goes when its topic comes.
OUT_OF_SCOPE = {}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--topic", action="append", default=[], help="only this topic, skipped or not")
    parser.add_argument("--only", default="", metavar="TEXT", help="only ids that contain this")
    parser.add_argument("--show", type=int, default=20, metavar="N", help="explain N failures (20)")
    parser.add_argument("--jobs", type=int, default=8, metavar="N", help="scenarios at once (8)")
    options = parser.parse_args()
    tap = Tap(options.show)
    scenarios = [scenario for scenario in recordings.read(os.path.join(HERE, "cases"), options.topic)
                 if options.only in scenario["id"]]
    with Served(os.path.abspath(options.program)) as served:
        client = Client(served)
        beside, alone = [], []
        for scenario in scenarios:
            if scenario["topic"] in OUT_OF_SCOPE and not options.topic:
                tap.report(scenario["id"], skip=OUT_OF_SCOPE[scenario["topic"]])
            else:
                test = (scenario["id"], lambda scenario=scenario: replay(client, scenario))
                (alone if scenario.get("exclusive") else beside).append(test)
        tap.run_all(beside, options.jobs)
        tap.run_all(alone, 1)
    tap.report("the server ends in good order", served.trouble)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
