# SPDX-License-Identifier: Apache-2.0
"""pods/eviction and the budgets that forbid it."""

import unittest

from test_controllers import APPS, CORE, Controllers, workload

POLICY = "/apis/policy/%s/namespaces/default/poddisruptionbudgets"
VERSIONS = (("1.20", "v1beta1"), ("1.30", "v1"))


class Eviction(Controllers):
    def serve(self, version):
        self.up("--kubernetes-version", version, "--disable-admission-plugins", "PodSecurityPolicy")

    def running(self, count):
        def ready(pod):
            return any(c["type"] == "Ready" and c["status"] == "True"
                       for c in pod.get("status", {}).get("conditions", []))
        found = self.until(CORE + "pods", lambda l: sum(map(ready, l["items"])) == count)
        return [p["metadata"]["name"] for p in found["items"] if ready(p)]

    def budget(self, group_version, allowed, **spec):
        path = POLICY % group_version
        self.make(path, {"apiVersion": "policy/" + group_version, "kind": "PodDisruptionBudget",
                         "metadata": {"name": "web"},
                         "spec": {"selector": {"matchLabels": {"app": "web"}}, **spec}})
        return self.until(path + "/web", lambda b: b.get("status", {}).get("expectedPods") == 2 and
                          b["status"]["disruptionsAllowed"] == allowed)

    def evict(self, pod, group_version, query="", **options):
        body = {"apiVersion": "policy/" + group_version, "kind": "Eviction", "metadata": {"name": pod}}
        if options:
            body["deleteOptions"] = options
        return self.write_to("POST", CORE + "pods/%s/eviction%s" % (pod, query), body)

    def test_forbidden(self):
        for version, at in VERSIONS:
            with self.subTest(version):
                self.serve(version)
                self.make(APPS + "deployments", workload("Deployment"))
                pods = self.running(2)
                self.budget(at, 0, minAvailable=2)
                status, body = self.evict(pods[0], at)
                self.assertEqual(status, 429)
                self.assertEqual(body, {
                    "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                    "message": "Cannot evict pod as it would violate the pod's disruption budget.",
                    "reason": "TooManyRequests", "code": 429,
                    "details": {"causes": [{
                        "reason": "DisruptionBudget",
                        "message": "The disruption budget web needs 2 healthy pods and has 2 currently"}]}})
                self.assertEqual(len(self.running(2)), 2)

    def test_allowed(self):
        for version, at in VERSIONS:
            with self.subTest(version):
                self.serve(version)
                self.make(APPS + "deployments", workload("Deployment"))
                pods = self.running(2)
                self.budget(at, 1, maxUnavailable=1)
                for query, options in (("?dryRun=All", {}), ("", {"dryRun": ["All"]})):
                    if version == "1.20" and query:
                        continue  # there, the two must agree
                    status, body = self.evict(pods[0], at, query, **options)
                    self.assertEqual((status, body["status"]), (201, "Success"), body)
                    self.assertEqual(self.get(POLICY % at + "/web")["status"]["disruptionsAllowed"], 1)
                    self.assertIsNone(self.get(CORE + "pods/" + pods[0])["metadata"].get("deletionTimestamp"))
                # What is being deleted stays for a moment: a finalizer makes that last.
                self.patch(CORE + "pods/" + pods[0], {"metadata": {"finalizers": ["example.com/wait"]}})
                status, body = self.evict(pods[0], at)
                self.assertEqual((status, body["status"], body["code"]), (201, "Success", 201))
                gone = self.get(CORE + "pods/" + pods[0])
                self.assertIn("deletionTimestamp", gone["metadata"])
                marks = [c for c in gone["status"]["conditions"] if c["type"] == "DisruptionTarget"]
                self.assertEqual([(m["status"], m["reason"], m["message"]) for m in marks],
                                 [("True", "EvictionByEvictionAPI", "Eviction API: evicting")]
                                 if at == "v1" else [])
                self.patch(CORE + "pods/" + pods[0], {"metadata": {"finalizers": None}})
                self.running(2)

    def test_wrong(self):
        self.serve("1.30")
        self.make(CORE + "pods", {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "c", "image": "i"}]}})
        status, body = self.write_to("POST", CORE + "pods/a/eviction", {
            "apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "b"}})
        self.assertEqual((status, body["message"]),
                         (400, "name in URL does not match name in Eviction object"))
        status, body = self.evict("none", "v1")
        self.assertEqual((status, body["message"]), (404, 'pods "none" not found'))


# unittest collects what is imported, too.
del Controllers

if __name__ == "__main__":
    unittest.main()
