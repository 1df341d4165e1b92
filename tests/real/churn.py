# SPDX-License-Identifier: Apache-2.0
"""Policies that change all the time, at the rate of 10,000 a minute, while reviews are decided by them.

Each changer has a policy of its own, which sets fsGroup to the number of its last change. So a review says
which of its versions it was decided by. PODGATE_CHURN_CHANGES: how many changes (1,700); 10000 are a minute.
"""

import base64
import json
import os
import threading
import time

from hooks import DENIED, POLICIES, pod, policy, review, user, wait_until
from use import contains, equal

CHANGES = int(os.environ.get("PODGATE_CHURN_CHANGES") or 1700)
PER_SECOND = 10000 / 60
CHANGERS = 4
GROWTH_BYTES_MAX = 24 << 20
MERGE = {"Content-Type": "application/merge-patch+json"}


def memory(hook):
    with open("/proc/%d/statm" % hook.process.pid, encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def ranges(number):
    return {"fsGroup": {"rule": "MustRunAs", "ranges": [{"min": number, "max": number}]}}


class Changer:
    """One policy, and the user that it is for."""

    def __init__(self, world, number):
        self.world = world
        self.name = "churn-%d" % number
        self.sent = 1  # the last that the API server may have
        self.answered = {}  # number: when the API server had it
        self.last = 1  # that a review was decided by
        self.changes = len(range(number, CHANGES, CHANGERS))
        world.make(POLICIES, policy(self.name, **ranges(1)))
        world.allow(self.name, user(self.name), "faults", names=[self.name])
        self.asked = review(pod(), "faults", self.name)

    def change(self, began, offset):
        """All of its changes, each when it is due, or at once when that is over."""
        for number in range(self.changes):
            time.sleep(max(0, began + (number * CHANGERS + offset) / PER_SECOND - time.monotonic()))
            self.sent += 1
            status, _, answer = self.world.send(
                "PATCH", POLICIES + "/" + self.name, {"spec": ranges(self.sent)}, "admin", MERGE)
            equal((200, None), (status, answer.get("message")))
            self.answered[self.sent] = time.monotonic()

    def ask(self, hook):
        """How long ago the version that decides was replaced, 0 when it was the last; and it is a later
        one, or the same, each time."""
        asked = time.monotonic()
        answer = hook.decide("/mutate", self.asked)
        assert answer["allowed"], answer
        patch = json.loads(base64.b64decode(answer["patch"]))
        number = next(one["value"]["fsGroup"] for one in patch if one["path"] == "/spec/securityContext")
        if not self.last <= number <= self.sent:
            raise AssertionError("decided by version %d after %d, of %d" % (number, self.last, self.sent))
        self.last = number
        return max(0, asked - self.answered.get(number + 1, asked))


class Together:
    """Threads; what they raised is told at the end."""

    def __init__(self):
        self.found = []
        self.threads = []

    def start(self, function, *arguments):
        def run():
            try:
                function(*arguments)
            except Exception as why:  # pylint: disable=broad-except
                self.found.append(repr(why))
        thread = threading.Thread(target=run)
        self.threads.append(thread)
        thread.start()
        return thread

    def join(self):
        for one in self.threads:
            one.join()
        equal([], self.found[:3])


def many_changes(world, hook):
    """Each review is answered, by a version that was in force and no older than the one before it; the last
    change is in force; and nothing is kept of the old."""
    changers = [Changer(world, number) for number in range(CHANGERS)]
    world.settle(hook)
    behind, through, stop, together = [], [0], threading.Event(), Together()

    def ask():
        while not stop.is_set():
            behind.extend(one.ask(hook) for one in changers)

    def create():
        """By the API server, and by another policy: they are as ever."""
        while not stop.wait(0.02):
            equal(201, world.create(pod(), "faults", "alice")[0])
            status, _, answer = world.create(pod(), "faults", "bob")
            equal(403, status)
            contains(DENIED, answer["message"])
            through[0] += 2

    before, began = memory(hook), time.monotonic()
    together.start(ask)
    together.start(create)
    for one in [together.start(changer.change, began, n) for n, changer in enumerate(changers)]:
        one.join()
    took = time.monotonic() - began
    stop.set()
    ended = max(max(one.answered.values(), default=began) for one in changers)
    together.join()
    for one in changers:
        wait_until(lambda one=one: one.ask(hook) == 0 and one.last == one.sent)
    seen = time.monotonic() - ended
    grown = memory(hook) - before
    behind.sort()
    print("# %d changes in %.1f s (%.0f a minute), %d reviews and %d pods meanwhile; a review was behind by at "
          "most %.0f ms, 99%% of them by %.0f ms; the last was seen within %.0f ms; memory %d kB, grown by %d "
          "kB" % (CHANGES, took, CHANGES / took * 60, len(behind), through[0], behind[-1] * 1000,
                  behind[len(behind) * 99 // 100] * 1000, seen * 1000, memory(hook) >> 10, grown >> 10))
    for one in changers:
        world.send("DELETE", "%s/%s" % (POLICIES, one.name))
    if grown > GROWTH_BYTES_MAX and not os.environ.get("PODGATE_TEST_SANITIZED"):
        raise AssertionError("memory has grown by %d bytes" % grown)
