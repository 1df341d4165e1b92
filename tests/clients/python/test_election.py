# SPDX-License-Identifier: Apache-2.0
"""Leader election of the official client: one leads, another takes over when it is gone."""

import logging
import threading

from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock
from kubernetes.leaderelection.resourcelock.leaselock import LeaseLock
from rehearsal import SECONDS_MAX, Rehearsal, each_version

logging.getLogger("leaderelection").setLevel(logging.CRITICAL)  # that a leader fails is no news here


class Candidate:
    """Leads until it is told to fail."""

    def __init__(self, lock):
        self.leads, self.fail = threading.Event(), threading.Event()
        settings = electionconfig.Config(lock, lease_duration=3, renew_deadline=2, retry_period=1,
                                         onstarted_leading=self.lead, onstopped_leading=self.leads.clear)
        self.thread = threading.Thread(target=leaderelection.LeaderElection(settings).run, daemon=True)
        self.thread.start()

    def lead(self):
        self.leads.set()
        self.fail.wait()
        raise InterruptedError("told to fail")


@each_version
class Election(Rehearsal):
    def change_hands(self, lock):
        first = Candidate(lock("lock", self.namespace, "first"))
        self.assertTrue(first.leads.wait(SECONDS_MAX))
        second = Candidate(lock("lock", self.namespace, "second"))
        first.fail.set()
        first.thread.join(SECONDS_MAX)
        self.assertFalse(first.thread.is_alive())
        self.assertTrue(second.leads.wait(SECONDS_MAX))
        second.fail.set()
        second.thread.join(SECONDS_MAX)

    def test_lease(self):
        self.change_hands(LeaseLock)

    def test_config_map(self):
        self.change_hands(ConfigMapLock)
