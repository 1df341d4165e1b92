# SPDX-License-Identifier: Apache-2.0
"""Watches and informers: from a version, with bookmarks, from where one ended, after what was kept is gone."""

import logging
import threading

from kubernetes import client, watch
from kubernetes.informer import ADDED, DELETED, MODIFIED, SharedInformer
from rehearsal import SECONDS_MAX, Rehearsal, each_version

SEEN = "metadata.name!=kube-root-ca.crt"
LARGE = "x" * 1000000
KEPT_LARGE = 40  # more than the history of a kind keeps

logging.getLogger("kubernetes.informer").setLevel(logging.CRITICAL)  # it calls being stopped an error


def flat(event):
    return event["type"], event["object"].metadata.name


@each_version
class Watches(Rehearsal):
    def changes(self, count, **more):
        """So many events of the namespace's config maps; a watch that ends before is a failure."""
        watcher, found = watch.Watch(), []
        for event in watcher.stream(self.core.list_namespaced_config_map, self.namespace, field_selector=SEEN,
                                    _request_timeout=SECONDS_MAX, **more):
            found.append(event)
            if len(found) == count:
                watcher.stop()
        return found

    def test_from_a_version(self):
        start = self.core.list_namespaced_config_map(self.namespace).metadata.resource_version
        self.config_map("a")
        self.core.patch_namespaced_config_map("a", self.namespace, {"data": {"k": "v"}})
        self.core.delete_namespaced_config_map("a", self.namespace)
        events = self.changes(3, resource_version=start)
        self.assertEqual([flat(e) for e in events], [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")])
        self.assertEqual(events[1]["object"].data, {"k": "v"})
        versions = [int(e["object"].metadata.resource_version) for e in events]
        self.assertEqual(versions, sorted(set(versions)))
        again = self.changes(2, resource_version=str(versions[0]))
        self.assertEqual([flat(e) for e in again], [("MODIFIED", "a"), ("DELETED", "a")])

    def test_what_is_there_first(self):
        for name in ("b", "a"):
            self.config_map(name)
        self.assertEqual([flat(e) for e in self.changes(2)], [("ADDED", "a"), ("ADDED", "b")])

    def test_goes_on_where_it_ended(self):
        """The server ends a watch after timeoutSeconds; the client's next begins behind what it saw."""
        self.config_map("a")
        watcher = watch.Watch()

        def once():
            return [flat(e) for e in watcher.stream(self.core.list_namespaced_config_map, self.namespace,
                                                    field_selector=SEEN, timeout_seconds=1,
                                                    resource_version=watcher.resource_version)]

        self.assertEqual(once(), [("ADDED", "a")])
        self.config_map("b")
        self.assertEqual(once(), [("ADDED", "b")])

    def test_what_a_selector_lets_go(self):
        start = self.core.list_namespaced_config_map(self.namespace).metadata.resource_version
        self.config_map("a", labels={"in": "yes"})
        self.core.patch_namespaced_config_map("a", self.namespace, {"metadata": {"labels": {"in": None}}})
        events = self.changes(2, resource_version=start, label_selector="in=yes")
        self.assertEqual([flat(e) for e in events], [("ADDED", "a"), ("DELETED", "a")])

    def test_too_old(self):
        """History is bounded: 410, as an event in the stream, and the client raises it."""
        start = self.core.list_namespaced_config_map(self.namespace).metadata.resource_version
        self.config_map("large")
        for i in range(KEPT_LARGE):
            self.core.patch_namespaced_config_map("large", self.namespace, {"data": {"k": "%s%d" % (LARGE, i)}})
        with self.assertRaises(client.ApiException) as caught:
            self.changes(1, resource_version=start)
        self.assertEqual(caught.exception.status, 410)
        self.assertTrue(caught.exception.reason.startswith("Expired: too old resource version: " + start),
                        caught.exception.reason)

    def test_bookmarks(self):
        """What WatchList is made of: initial events, then a bookmark that says that it was all."""
        self.config_map("a")
        if self.minor < 32:
            self.fails(422, "Invalid", self.core.list_namespaced_config_map, self.namespace, watch=True,
                       send_initial_events=True, resource_version_match="NotOlderThan",
                       allow_watch_bookmarks=True)
            return
        events = self.changes(2, send_initial_events=True, resource_version_match="NotOlderThan",
                              allow_watch_bookmarks=True, resource_version="")
        self.assertEqual([e["type"] for e in events], ["ADDED", "BOOKMARK"])
        self.assertEqual(events[1]["raw_object"]["metadata"]["annotations"], {"k8s.io/initial-events-end": "true"})

    def test_informer(self):
        seen, change = [], threading.Condition()

        def note(event_type, item):
            with change:
                seen.append((event_type, item.metadata.name))
                change.notify_all()

        def wait_for(*events):
            with change:
                self.assertTrue(change.wait_for(lambda: all(e in seen for e in events), SECONDS_MAX), seen)

        self.config_map("first")
        informer = SharedInformer(self.core.list_namespaced_config_map, self.namespace, field_selector=SEEN)
        for event_type in (ADDED, MODIFIED, DELETED):
            informer.add_event_handler(event_type, lambda item, t=event_type: note(t, item))
        informer.start()
        self.addCleanup(informer.stop)
        wait_for((ADDED, "first"))
        self.config_map("second", {"a": "1"})
        self.core.patch_namespaced_config_map("second", self.namespace, {"data": {"a": "2"}})
        self.core.delete_namespaced_config_map("first", self.namespace)
        wait_for((ADDED, "second"), (MODIFIED, "second"), (DELETED, "first"))
        self.assertEqual(informer.cache.list_keys(), [self.namespace + "/second"])
        self.assertEqual(informer.cache.get_by_key(self.namespace + "/second").data, {"a": "2"})

    def test_many_at_once(self):
        """Sixteen watches of one namespace see the same changes in the same order."""
        start = self.core.list_namespaced_config_map(self.namespace).metadata.resource_version
        found, many = [None] * 16, 50

        def follow(i):
            found[i] = [flat(e) for e in self.changes(2 * many, resource_version=start)]

        threads = [threading.Thread(target=follow, args=(i,)) for i in range(len(found))]
        for thread in threads:
            thread.start()
        for i in range(many):
            self.config_map("m-%d" % i)
            self.core.delete_namespaced_config_map("m-%d" % i, self.namespace)
        for thread in threads:
            thread.join(SECONDS_MAX)
        want = [(what, "m-%d" % i) for i in range(many) for what in ("ADDED", "DELETED")]
        for events in found:
            self.assertEqual(events, want)
