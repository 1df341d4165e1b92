#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PodSecurityPolicy of the last kube-apiserver that had it beside podgate's, and prints TAP.

    tests/real/psp.py PROGRAM [--part up|serve]... [--count PODS] [--seed N] [--only ROUND]...
                      [--target 1.N] [--show N] [--categories N] [--jobs N] [--build]

In rounds of 40 pods: a namespace with generated policies, RBAC that lets some use some of them, and
generated pods that service accounts, users and members of groups create, as dry runs. Some pods are
stored; then policies are changed and removed, and the pods are updated. The parts are what is asked
the same: `podgate up`, whose every answer must be the same (status, headers, message, the object with
what a policy changed in it), and a current kube-apiserver with `podgate serve` as its webhook: the
same pods are refused with the same words, and admitted the same. docs/differences.md says what
may differ. Where that API server cannot be had, all is skipped, with the reason. It takes minutes
to compile: where CI is set and it is not there, --build or PODGATE_BUILD_OLD=1 asks for that.
"""

import argparse
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("common", "api"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

from psp_compare import Comparison  # noqa: E402
from psp_rounds import PODS_A_ROUND, Round  # noqa: E402
from psp_serve import Cluster, ServeComparison  # noqa: E402
from real import CannotBeHad, RealCluster, missing_programs, whole_version  # noqa: E402
from replay import Client  # noqa: E402
from served import Served  # noqa: E402
from tap import Tap  # noqa: E402

VERSION = "1.24"
SEED = 1
# How many pods, where --count does not say it.
PARTS = {"up": 1000, "serve": 160}
# Rounds with their policies there at the same time. The plugin tries every policy of the cluster on
# every pod before it asks who may use which, so that each policy makes all requests slower.
ROUNDS_AT_ONCE = 8


def run(part, comparison, tap, options):
    count = -(-(options.count or PARTS[part]) // PODS_A_ROUND)
    rounds = [Round(options.seed, number, part) for number in options.only or range(count)]
    comparison.prepare()
    began = time.monotonic()
    for first in range(0, len(rounds), ROUNDS_AT_ONCE):
        some = rounds[first:first + ROUNDS_AT_ONCE]
        comparison.all_rounds(tap, part + ": policies and grants", some, Round.setup)
        comparison.settle("%s-before-%d" % (part, first))
        comparison.all_rounds(tap, part + ": pods", some, Round.creates)
        comparison.all_rounds(tap, part + ": stored pods", some, Round.stores)
        comparison.all_rounds(tap, part + ": edits of policies", some, Round.edits)
        comparison.settle("%s-between-%d" % (part, first))
        comparison.all_rounds(tap, part + ": updates of pods", some, Round.updates)
        comparison.all_rounds(tap, part + ": the end", some, Round.ends)
    print("# %s: %d pods: %.1f s" % (part, len(rounds) * PODS_A_ROUND, time.monotonic() - began))
    counts = comparison.outcomes
    print("# " + ", ".join("%s %s %d" % (*key, number) for key, number in sorted(counts.items())))
    for why, number in comparison.documented.items():
        print("# documented, %d times: %s" % (number, why.partition("\n")[0]))
    least = 0.2 * sum(number for (what, _), number in counts.items() if what == "create")
    tap.report(part + ": pods are admitted and refused", "" if min(
        counts["create", "admitted"], counts["create", "refused"]) >= least else str(counts))


def print_categories(tally, most):
    ordered = sorted(tally.items(), key=lambda row: -len(row[1]))
    print("# %d differences in %d categories" % (sum(map(len, tally.values())), len(ordered)))
    for name, samples in ordered[:most]:
        namespace, what, one = samples[0]
        print("#\n# %5d  %s\n#     %s %s %s as %s\n#     %s\n#     body %s" % (
            len(samples), name, namespace, one["method"], one["path"], one["who"],
            what.replace("\n", "\n#     "), str(one["body"])[:2500]))


def start_real(options):
    names = ("etcd", "kube-apiserver")
    asked = options.build or os.environ.get("PODGATE_BUILD_OLD") or not os.environ.get("CI")
    if missing_programs(whole_version(VERSION), names[1:]) and not asked:
        raise CannotBeHad("kube-apiserver %s is not built, and takes minutes: PODGATE_BUILD_OLD=1 builds it" %
                          whole_version(VERSION))
    return RealCluster(VERSION, controllers=False, durable=False, flags=(
        "--allow-privileged=true", "--enable-admission-plugins=PodSecurityPolicy"))


def beside_up(real, tap, options):
    with Served(options.program, (
            "--kubernetes-version", VERSION, "--nodes", "0", "--no-controllers")) as served:
        comparison = Comparison(Client(real), Client(served), options)
        run("up", comparison, tap, options)
    tap.report("podgate up ends in good order", served.trouble)
    return comparison


def beside_serve(real, tap, options):
    try:
        cluster = Cluster(options.program, options.target)
    except CannotBeHad as why:
        tap.report("a kube-apiserver for podgate serve", skip=str(why).splitlines()[0])
        return None
    with cluster:
        comparison = ServeComparison(Client(real), cluster.client, options)
        run("serve", comparison, tap, options)
    tap.report("podgate serve ends in good order", cluster.trouble)
    return comparison


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, metavar="PODS")
    parser.add_argument("--only", type=int, action="append", default=[], metavar="ROUND")
    parser.add_argument("--target", default=VERSION, metavar="1.N", help="as which podgate serve decides (1.24)")
    parser.add_argument("--show", type=int, default=20, metavar="N", help="explain N failures (20)")
    parser.add_argument("--categories", type=int, metavar="N", help="print the N most frequent differences")
    parser.add_argument("--jobs", type=int, default=4, metavar="N", help="rounds at once (4)")
    parser.add_argument("--build", action="store_true", help="compile what is missing in CI, too")
    options = parser.parse_args()
    tap = Tap(options.show)
    try:
        real = start_real(options)
    except CannotBeHad as why:
        tap.report("a kube-apiserver with PodSecurityPolicy", skip=str(why).splitlines()[0])
        return tap.end()
    with real:
        for part in options.part or PARTS:
            comparison = {"up": beside_up, "serve": beside_serve}[part](real, tap, options)
            if comparison and options.categories:
                print_categories(comparison.tally, options.categories)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
