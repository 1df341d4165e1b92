# SPDX-License-Identifier: Apache-2.0
"""podgate serve --events=on: what would have been refused is told on the workload."""

import http.client
import json
import os

from podgate import ERROR, YES
from test_serve import HEAD, Serve, review

# What decides about pods is the webhook alone.
HOOKED = ("--disable-admission-plugins", "PodSecurityPolicy,PodSecurity")
EVENTS = "/api/v1/namespaces/%s/events"
LABELS = {"pod-security.kubernetes.io/enforce": "baseline"}
TEMPLATE = {"metadata": {"labels": {"a": "b"}},
            "spec": {"hostNetwork": True, "containers": [{"name": "c", "image": "i"}]}}


def deployment(name, replicas):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE}}


class Events(Serve):
    def begin(self, mode="warn", *options, kubeconfig=None):
        """Pod Security alone decides, and refuses nothing."""
        api = self.up("--kubernetes-version", "1.24", *HOOKED, *options)
        self.write("how.yaml", HEAD + "modes: {podSecurityPolicy: warn, podSecurity: %s}\n" % mode)
        self.hook = self.serve("--kubeconfig", kubeconfig or self.kubeconfig, "--enforcement", "how.yaml",
                               "--events", "on", "--disable-admission-plugins", "PodSecurityPolicy")
        self.ready()
        self.apply("/api/v1/namespaces", {"metadata": {"name": "apps", "labels": LABELS}})
        self.until(lambda: self.decide("/validate", review(namespace="apps"))["allowed"])
        return api

    def events(self, namespace="apps"):
        found = self.ask("GET", EVENTS % namespace)[1]["items"]
        return [e for e in found if e["reason"] == "PodgateWouldRefuse"]

    def test_on_the_deployment(self):
        self.begin("audit")
        result = self.podgate("install", "--kubeconfig", self.kubeconfig, "--webhook-url",
                              "https://127.0.0.1:%d" % self.hook_port, "--ca-file", "tls.crt")
        self.assertEqual(result.status, YES, result)
        self.apply("/apis/apps/v1/namespaces/apps/deployments", deployment("web", 3))
        self.until(self.events)
        # the first of the three, or more of them, at once; the rest is counted until its time comes
        event = self.events()[0]
        owner = self.ask("GET", "/apis/apps/v1/namespaces/apps/deployments/web")[1]["metadata"]
        self.assertEqual(event["involvedObject"], {
            "apiVersion": "apps/v1", "kind": "Deployment", "namespace": "apps", "name": "web",
            "uid": owner["uid"]})
        self.assertEqual((event["type"], event["source"]), ("Warning", {"component": "podgate"}))
        self.assertRegex(event["message"], 'would be refused, were podSecurity enforced: pods "web-.*" is '
                                           'forbidden: violates PodSecurity "baseline:latest": host '
                                           'namespaces')
        pods = "/api/v1/namespaces/apps/pods"
        self.until(lambda: len(self.ask("GET", pods)[1]["items"]) == 3)
        # what was counted is written at the end, to the same Event
        self.assertEqual(self.end(self.hook), YES)
        self.assertEqual([e["count"] for e in self.events()], [3])

    def test_whoever_a_pod_belongs_to(self):
        """Reviews as an API server sends them: an owner, and none; a dry run counts for nothing."""
        self.begin()

        def told(name, **metadata):
            body = review(namespace="apps", hostNetwork=True)
            body["request"]["object"]["metadata"].update(metadata, name=name)
            body["request"]["dryRun"] = name == "dry"
            self.assertTrue(self.decide("/mutate", body)["allowed"])
            self.assertTrue(self.decide("/validate", body)["allowed"])
        told("dry")
        for number in range(5):
            told("p-%d" % number, ownerReferences=[
                {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "other", "uid": "u0"},
                {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "gone", "uid": "u1",
                 "controller": True}])
        told("alone", uid="u2")
        self.until(lambda: len(self.events()) == 2)
        about = {e["involvedObject"]["name"]: e["involvedObject"] for e in self.events()}
        self.assertEqual((about["gone"]["kind"], about["gone"]["uid"]), ("ReplicaSet", "u1"))
        self.assertEqual((about["alone"]["kind"], about["alone"]["uid"]), ("Pod", "u2"))
        self.assertEqual(self.metric("podgate_events_dropped_total"), 0)
        self.assertEqual(self.metric("podgate_events_sent_total"), 2)
        self.assertEqual(self.end(self.hook), YES)
        self.assertEqual({e["involvedObject"]["name"]: e["count"] for e in self.events()},
                         {"gone": 5, "alone": 1})

    def test_a_namespace_that_is_gone_and_an_api_server_that_is_away(self):
        """Nobody waits for it, and it is said once."""
        api = self.begin()
        self.assertTrue(self.decide("/validate", review(namespace="apps", hostNetwork=True))["allowed"])
        self.until(lambda: self.metric("podgate_events_sent_total") == 1)
        api.kill()
        api.communicate()
        for number in range(100):
            body = review(namespace="apps", hostNetwork=True)
            body["request"]["object"]["metadata"]["name"] = "p-%d" % number
            self.assertTrue(self.decide("/validate", body)["allowed"])
        self.until(lambda: self.metric("podgate_events_failed_total") >= 1)
        self.until(lambda: "podgate serve: events are not written: " in "".join(self.lines))
        self.assertEqual(self.end(self.hook), YES)

    def test_more_than_there_is_room_for(self):
        """Of many workloads at once some wait, and of too many some are dropped; reviews are answered."""
        api = self.begin()
        api.send_signal(19)  # SIGSTOP: nothing is written meanwhile
        try:
            for number in range(3000):
                body = review(namespace="apps", hostNetwork=True)
                body["request"]["object"]["metadata"]["name"] = "p-%d" % number
                self.post(body)
        finally:
            api.send_signal(18)
        self.assertGreater(self.metric("podgate_events_dropped_total"), 3000 - 2 * 1024 - 100)
        self.until(lambda: self.metric("podgate_events_sent_total") > 0)

    def post(self, body):
        """Over a connection that is kept."""
        if not hasattr(self, "kept"):
            self.kept = http.client.HTTPSConnection("localhost", self.hook_port, timeout=60,
                                                    context=self.trust())
            self.addCleanup(self.kept.close)
        self.kept.request("POST", "/validate", body=json.dumps(body))
        answer = self.kept.getresponse()
        self.assertTrue(json.loads(answer.read())["response"]["allowed"])

    def test_calls_that_make_no_sense(self):
        self.write("state.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": []}))
        result = self.podgate("serve", "--tls-cert-file", os.path.join(self.dir, "tls.crt"),
                              "--tls-private-key-file", "tls.key", "--state", "state.json", "--events", "on")
        self.assertEqual(result.status, ERROR, result)
        self.assertIn("--events writes to a cluster: not with --state", result.err)
