#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`podgate serve` as the admission webhook of a real cluster, and prints TAP.

    tests/real/webhook.py PROGRAM [--part NAME]... [--show N] [--version 1.N]

Parts: recorded (the recorded PodSecurityPolicy cases), levels (generated pods, Pod Security of both),
use (by kubectl and controllers), installed (by podgate install), faults. Where the real thing cannot be had, all is skipped.
"""

import argparse
import concurrent.futures
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "common"), os.path.join(HERE, "..", "api")]

import clients  # noqa: E402
import faults  # noqa: E402
import installed  # noqa: E402
import levels  # noqa: E402
import use  # noqa: E402
from hooks import World  # noqa: E402
from real import CannotBeHad, RealCluster  # noqa: E402
from recorded import Recorded  # noqa: E402
from tap import Tap  # noqa: E402

JOBS = 4


def recorded(world, tap):
    """Answered as 1.20, whose decisions these are."""
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        cases = Recorded(world, tap, pool)
        cases.make()
        hook = world.serve("--kubernetes-version", "1.20")
        hook.wait_ready()
        world.settle()
        world.register(hook.port)
        cases.run(hook)
    world.unregister()
    world.end()


def generated(world, tap):
    only = world.serve("--disable-admission-plugins", "PodSecurityPolicy")
    only.wait_ready()
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        levels.run(world, tap, pool, only)


def used(world, tap):
    hook = world.serve()
    hook.wait_ready()
    world.register(hook.port)
    use.run(world, tap, hook)
    world.unregister()


def by_install(world, tap):
    hook = world.serve()
    hook.wait_ready()
    installed.run(world, tap, hook)
    world.unregister()


def faulty(world, tap):
    hook = world.serve()
    hook.wait_ready()
    world.register(hook.port)
    faults.run(world, tap, hook)
    world.unregister()


PARTS = {"recorded": recorded, "levels": generated, "use": used, "installed": by_install,
         "faults": faulty}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--version", help="of Kubernetes, instead of that in go.mod")
    parser.add_argument("--show", type=int, default=20, metavar="N", help="explain N failures (20)")
    options = parser.parse_args()
    tap = Tap(options.show)
    try:
        if not clients.find("1.32"):
            raise CannotBeHad("kubectl 1.32 is not here: scripts/bootstrap test fetches it")
        real = RealCluster(options.version, durable=False, flags=("--allow-privileged=true",))
    except CannotBeHad as why:
        tap.report("a real cluster", skip=str(why).splitlines()[0])
        return tap.end()
    with real:
        world = World(real, os.path.abspath(options.program))
        world.install()
        for name in options.part or PARTS:
            began = time.monotonic()
            try:
                PARTS[name](world, tap)
            finally:
                why = world.end()
            tap.report("podgate serve ends in good order after " + name, why)
            print("# %s: %.1f s" % (name, time.monotonic() - began), flush=True)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
