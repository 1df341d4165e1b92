#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs client libraries, as they are, against `podgate up`; prints the Test Anything Protocol.

    tests/clients/run.py PROGRAM [--suite SUITE]... [--only TEXT] [--show N]

SUITE is python, go, javascript or helm; --only picks tests whose name contains TEXT. Each suite runs
against servers of two versions. Which libraries: docs/clients.md. They are fetched before, by
scripts/bootstrap test. A suite whose tools are not here is skipped, which says why. Where CI is set
that is a failure, unless the tool itself is not to be had.
"""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
COMMON = os.path.join(HERE, "..", "common")
sys.path.insert(0, COMMON)

import kits  # noqa: E402
from served import Served  # noqa: E402
from tap import Tap  # noqa: E402

SECONDS_MAX = 900
TAIL_CHARS = 3000
MINORS = (20, 37)


def server_options(minor):
    # That pods are let in is another matter than clients.
    return ("--kubernetes-version", "1.%d" % minor, "--nodes", "1",
            "--disable-admission-plugins", "PodSecurityPolicy")


def call(command, **more):
    """Status, standard output and standard error; one that does not end is ended."""
    try:
        done = subprocess.run(command, cwd=HERE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=SECONDS_MAX, check=False, text=True,
                              env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **more})
    except subprocess.TimeoutExpired as late:
        return -1, (late.stdout or b"").decode(), "(ended after %d s)" % SECONDS_MAX
    return done.returncode, done.stdout, done.stderr


def read_tap(text):
    """(name, why it failed or "", why it was skipped or "") of each line at the outermost level."""
    results = []
    for line in text.splitlines():
        found = re.match(r"(ok|not ok) \d+ (?:- )?(.*?)(?: # (SKIP|TODO)\b ?(.*))?$", line)
        if found:
            verdict, name, mark, reason = found.groups()
            results.append([name, "failed\n" if verdict == "not ok" else "", (reason or "yes") if mark else ""])
        elif results and results[-1][1]:
            results[-1][1] += line + "\n"
    return results


def read_go(text):
    """The same, of what test2json makes of a Go test program."""
    output, results = {}, []
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        name = event.get("Test", "").split("/")[0]
        if event["Action"] == "output":
            output[name] = output.get(name, "") + event["Output"]
        elif event["Action"] in ("pass", "fail", "skip") and name and "/" not in event["Test"]:
            failed = event["Action"] == "fail"
            skipped = event["Action"] == "skip"
            results.append([name, "failed\n" + output.get(name, "") if failed else "",
                            " ".join(output.get(name, "").split()) or "yes" if skipped else ""])
    return results


class Runner:
    def __init__(self, program, only, tap):
        self.program = program
        self.only = only
        self.tap = tap

    def run(self, suite, kit):
        """All of a suite; a defect of it fails it alone."""
        try:
            getattr(self, suite)(kit)
        except Exception:  # pylint: disable=broad-except
            self.tap.report(suite, traceback.format_exc())

    def report(self, suite, outcome, results):
        """Results one by one; that of the program as a whole when they do not explain it."""
        status, out, err = outcome
        for name, why, skip in results:
            if self.only in name:
                self.tap.report("%s: %s" % (suite, name), why, skip)
        if status != 0 and not any(why for _, why, _ in results) or not results:
            self.tap.report(suite, "status %d\n%s\n%s" % (status, out[-TAIL_CHARS:], err[-TAIL_CHARS:]))

    def served(self, suite, command, read, **more):
        """A program that is told of a server, once for each version."""
        for minor in MINORS:
            with Served(self.program, server_options(minor)) as served:
                outcome = call(command, KUBECONFIG=served.kubeconfigs["owner"], **more)
                self.report("%s 1.%d" % (suite, minor), outcome, read(outcome[1]))
            if served.trouble:
                self.tap.report("%s 1.%d: the server" % (suite, minor), served.trouble)

    def unittest(self, suite, python, folder, **more):
        """Tests that start their own servers."""
        path = os.pathsep.join((COMMON, HERE, os.path.join(HERE, folder)))
        outcome = call([python, "-m", "unittest_tap", os.path.join(HERE, folder)], PODGATE=self.program,
                       PYTHONPATH=path, **more)
        self.report(suite, outcome, read_tap(outcome[1]))

    def python(self, kit):
        self.unittest("python", os.path.join(kit, "bin", "python"), "python")

    def javascript(self, kit):
        self.served("javascript", ["node", "--test-reporter=tap", os.path.join("javascript", "clients.test.mjs")],
                    read_tap, PODGATE_NODE_MODULES=os.path.join(kit, "node_modules"))

    def go(self, _):
        with tempfile.TemporaryDirectory(prefix="podgate-go-") as folder:
            binary = os.path.join(folder, "clients.test")
            outcome = call(["go", "-C", "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-o", binary, "."])
            if outcome[0] != 0:
                self.report("go", outcome, [])
                return
            self.served("go", ["go", "tool", "test2json", binary, "-test.v=test2json",
                               "-test.timeout=%ds" % (SECONDS_MAX - 60)], read_go)

    def helm(self, kit):
        self.unittest("helm", sys.executable, "helm", PODGATE_HELM=kit)


# Suite, the kit that it needs
SUITES = {"python": "python", "go": "go", "javascript": "javascript", "helm": "go"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--suite", action="append", choices=SUITES, help="only this suite")
    parser.add_argument("--only", default="", metavar="TEXT", help="only tests whose name contains this")
    parser.add_argument("--show", type=int, default=20, metavar="N", help="explain N failures (20)")
    options = parser.parse_args()
    tap = Tap(options.show)
    runner = Runner(os.path.abspath(options.program), options.only, tap)
    suites = []
    for suite in options.suite or SUITES:
        kit = kits.KITS[SUITES[suite]]
        if kit.is_here() and not kit.packages():
            suites.append((suite, kit.folder()))
        elif os.environ.get("CI") and not kit.packages():
            tap.report(suite, kit.why_not())
        else:
            tap.report(suite, skip=kit.why_not())
    with concurrent.futures.ThreadPoolExecutor(len(SUITES)) as pool:
        list(pool.map(lambda pair: runner.run(*pair), suites))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
