#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends generated sequences of requests to a real kube-apiserver and to `podgate up`, and prints TAP.

    tests/real/run.py PROGRAM [--seed N] [--count N] [--only NUMBER]... [--version 1.N] [--show N]
                      [--categories N] [--jobs N] [--kind KIND] [--all] [--write-differing]

A line a sequence: whether all answers were the same, once made comparable (answers.py). Differences
that docs/differences.md gives a reason for (known.py) do not count. Sequences in differing.txt are
known to differ, and are skipped where they do; --all judges them, too, and --write-differing makes
the list anew. Where the real thing cannot be had, all is skipped, with the reason.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("common", "api"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

import documents  # noqa: E402
import known  # noqa: E402
from answers import HEADERS, Normaliser, category, differences  # noqa: E402
from fields import Documents  # noqa: E402
from real import CannotBeHad, RealCluster  # noqa: E402
from replay import Client  # noqa: E402
from sequences import sequence  # noqa: E402
from served import Served  # noqa: E402
from tap import Tap  # noqa: E402

SEQUENCES = 500
SEED = 1
# Sequences of that seed that still differ somewhere: their numbers and kinds.
DIFFERING = os.path.join(HERE, "differing.txt")
REFERENCE = re.compile(r"@(rv|name|continue):(\d+)")


class Side:
    """One of the servers, and what it answered to the sequence that runs."""

    def __init__(self, client):
        self.client = client
        self.normaliser = Normaliser()
        self.answers = []

    def fill(self, text):
        """Puts what earlier answers said for what refers to them."""
        def found(match):
            body = self.answers[int(match.group(2))][2] if int(match.group(2)) < len(self.answers) else {}
            metadata = body.get("metadata", {}) if isinstance(body, dict) else {}
            key = {"rv": "resourceVersion"}.get(match.group(1), match.group(1))
            return str(metadata.get(key, "1"))
        return REFERENCE.sub(found, text)

    def send(self, step):
        body = step["body"]
        if body is not None:
            body = self.fill(body if isinstance(body, str) else
                             json.dumps(body, separators=(",", ":"), ensure_ascii=False))
        path = self.fill(step["path"]).replace(" ", "%20")
        status, headers, answer = self.client.send(step["method"], path, step["headers"], body)
        self.answers.append((status, headers, answer))
        headers = {name: self.normaliser.value(value) for name, value in headers.items() if name in HEADERS}
        return status, headers, self.normaliser.value(answer)


def prepare(client, namespace):
    """A namespace with its account, which no controller makes here."""
    client.send("POST", "/api/v1/namespaces", None, {"metadata": {"name": namespace}})
    client.send("POST", "/api/v1/namespaces/%s/serviceaccounts" % namespace, None,
                {"metadata": {"name": "default"}})


def play(made, clients, tally):
    """What was different in one sequence, as text."""
    sides = [Side(client) for client in clients]
    for client in clients:
        prepare(client, made.namespace)
    found = []
    for number, step in enumerate(made.steps):
        real, ours = (side.send(step) for side in sides)
        for where, what in differences(real, ours):
            if known.reason(where, what):
                continue
            if tally is not None:
                tally[category(step, where, what)].append((made.namespace, number, what, step, made.kind.kind))
            found.append("step %d %s %s: %s: %s\n    body %s" % (
                number, step["method"], step["path"], where, what, json.dumps(step["body"])[:1500]))
    return "\n".join(found)


def read_differing(options):
    """The numbers that are known to differ."""
    if options.all or options.write_differing or options.version or options.seed != SEED:
        return set()
    with open(DIFFERING, encoding="utf-8") as file:
        return {int(line.split()[0]) for line in file if line[0].isdigit()}


def judge(tap, number, made, why, differing, failed):
    """Reports on one sequence."""
    name = "sequence %d: %s" % (number, made.kind.kind)
    if why:
        failed.append((number, made.kind.kind))
    if why and number in differing:
        tap.report(name, skip="known to differ: " + why.partition("\n")[0][:200])
    else:
        tap.report(name, why)


def write_differing(failed):
    with open(DIFFERING, "w", encoding="utf-8") as out:
        out.write("# Sequences in which an answer differs, see docs/differences.md; written by\n"
                  "# tests/real/run.py --write-differing. A change that brings one into line drops it.\n")
        out.writelines("%d %s\n" % one for one in sorted(failed))


def print_categories(tally, most):
    ordered = sorted(tally.items(), key=lambda row: -len(row[1]))
    print("# %d differences in %d categories" % (sum(map(len, tally.values())), len(ordered)))
    for name, samples in ordered[:most]:
        namespace, number, what, step, kind = samples[0]
        kinds = collections.Counter(sample[4] for sample in samples)
        print("#\n# %5d  %s\n#     of %s\n#     %s step %d: %s %s\n#     %s\n#     body %s" % (
            len(samples), name, dict(kinds.most_common(5)), namespace, number, step["method"], step["path"],
            what.replace("\n", "\n#     "), json.dumps(step["body"])[:1500]))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, default=SEQUENCES)
    parser.add_argument("--only", type=int, action="append", default=[], metavar="NUMBER")
    parser.add_argument("--kind", help="only sequences of this kind")
    parser.add_argument("--version", help="of Kubernetes, instead of that in go.mod")
    parser.add_argument("--show", type=int, default=20, metavar="N", help="explain N failures (20)")
    parser.add_argument("--categories", type=int, metavar="N", help="print the N most frequent differences")
    parser.add_argument("--all", action="store_true", help="skip nothing")
    parser.add_argument("--write-differing", action="store_true", help="make differing.txt anew")
    parser.add_argument("--jobs", type=int, default=4, metavar="N", help="sequences at once (4)")
    options = parser.parse_args()
    tap = Tap(options.show)
    try:
        real = RealCluster(options.version, controllers=False, durable=False)
    except CannotBeHad as why:
        tap.report("a real kube-apiserver", skip=str(why).splitlines()[0])
        return tap.end()
    tally = collections.defaultdict(list) if options.categories else None
    minor = real.version.rpartition(".")[0]
    with real, Served(os.path.abspath(options.program), (
            "--kubernetes-version", minor, "--nodes", "0", "--no-controllers",
            "--disable-admission-plugins", "PodSecurityPolicy")) as served:
        clients = [Client(real), Client(served)]
        schemas = Documents(lambda path: clients[0].send("GET", path)[2])
        differing, failed = read_differing(options), []
        played = []
        for number in options.only or range(options.count):
            made = sequence(options.seed, number, schemas)
            if not options.kind or made.kind.kind == options.kind:
                played.append((number, made))
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(lambda one: judge(tap, *one, play(one[1], clients, tally), differing, failed),
                          played))
        tests = []
        if not options.only and not options.kind:
            tests = [("document %s %s" % (path, headers["Accept"]),
                      lambda path=path, headers=headers: documents.check(clients, path, headers))
                     for path, headers in documents.paths(clients[0])]
        tap.run_all(tests, options.jobs)
    tap.report("the server ends in good order", served.trouble)
    if options.write_differing:
        write_differing(failed)
    if options.categories:
        print_categories(tally, options.categories)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
