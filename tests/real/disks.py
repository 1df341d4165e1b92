# SPDX-License-Identifier: Apache-2.0
"""The disk of the decision history is full while podgate decides for a real cluster."""

import contextlib
import json
import os
import subprocess
import unittest

from hooks import DENIED, pod, wait_until
from use import contains, equal

AGAIN = "decisions are recorded again"


@contextlib.contextmanager
def small(folder):
    """A disk of its own."""
    disk = os.path.join(folder, "disk")
    os.mkdir(disk)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], check=False,
                             stderr=subprocess.PIPE)
    if mounted.returncode:
        os.rmdir(disk)
        raise unittest.SkipTest("nothing can be mounted here: " + mounted.stderr.decode().strip())
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=False)


def fill(path):
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass


def full(world, hook):
    """Decisions go on, which is said once and counted; they are recorded again when there is room."""
    with small(world.folder) as disk:
        file = os.path.join(disk, "history.db")
        recorder = world.serve("--history", file)
        recorder.wait_ready()
        world.settle(recorder)
        world.register(recorder.port)

        def decide():
            equal(201, world.create(pod(), "faults", "alice")[0])
            status, _, answer = world.create(pod(), "faults", "bob")
            equal(403, status)
            contains(DENIED, answer["message"])

        def said(what):
            return [line for line in recorder.lines if "history: " in line and what in line]

        def written():
            return recorder.metric("podgate_history_written_total")

        def dropped():
            return recorder.metric("podgate_history_dropped_total")

        def decide_until(what):
            wait_until(lambda: decide() or what(), why=lambda: "".join(recorder.lines))

        decide_until(lambda: written() > 20)
        equal((0, []), (dropped(), said("")))
        fill(os.path.join(disk, "filler"))
        decide_until(lambda: dropped() > 0)
        lost = dropped()
        decide_until(lambda: dropped() > lost)  # it is tried once a second, and fails again
        wait_until(lambda: said(file))
        equal(200, recorder.call("GET", "/readyz")[0])
        os.unlink(os.path.join(disk, "filler"))
        before = written()
        decide_until(lambda: written() > before)
        wait_until(lambda: said(AGAIN))
        decide()
        lost = dropped()
        world.register(hook.port)
        equal("", recorder.end())
        # once each time: a transaction in between may find room in the log
        equal(len(said(file)), len(said(AGAIN)))
        done = subprocess.run([world.program, "history", file, "--denied", "-o", "json", "--limit", "0"],
                              text=True, capture_output=True, check=False)
        equal(0, done.returncode)
        kept = json.loads(done.stdout)["items"]
        print("# %d decisions were not recorded while the disk was full, which was said in %d lines; %d refusals "
              "are kept" % (lost, len(said(file)), len(kept)))
        equal(True, sum(row["user"] == "bob" for row in kept) > 10)
