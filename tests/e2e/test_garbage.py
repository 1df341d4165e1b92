# SPDX-License-Identifier: Apache-2.0
"""podgate up: the controllers that every cluster has, from outside."""

import base64
import json
import time
import unittest

from test_up import Served

SECONDS_MAX = 20
LAG_MIN = 2  # the root certificate is published later than this after the namespace
CORE = "/api/v1"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


class Controllers(Served):
    def setUp(self):
        super().setUp()
        self.up("--nodes", "0", "--kubernetes-version", "1.20", *self.options())

    def options(self):
        return ["--disable-admission-plugins", "PodSecurityPolicy"]

    def send(self, method, path, body=None, status=None, content_type="application/json"):
        text = json.dumps(body) if body is not None else None
        got, answer = self.ask(method, path, text, headers={"Content-Type": content_type})
        if status:
            self.assertEqual(got, status, answer)
        return answer

    def make(self, path, kind, name, api_version="v1", **more):
        metadata = {"name": name, **more.pop("metadata", {})}
        return self.send("POST", path, {"apiVersion": api_version, "kind": kind, "metadata": metadata, **more},
                         201)

    def merge(self, path, patch):
        return self.send("PATCH", path, patch, 200, "application/merge-patch+json")

    def until(self, check, what):
        """What check() returns as soon as it is true."""
        end = time.monotonic() + SECONDS_MAX
        while time.monotonic() < end:
            got = check()
            if got:
                return got
            time.sleep(0.02)
        return self.fail("not in time: " + what)

    def there(self, path):
        status, answer = self.ask("GET", path)
        return answer if status == 200 else None

    def gone(self, path):
        self.until(lambda: self.there(path) is None, path + " is gone")

    def when(self, path, check):
        """The object at path, once check holds of it."""
        def look():
            found = self.there(path)
            return found if found and check(found) else None
        return self.until(look, path)

    def namespace(self, name):
        self.make(CORE + "/namespaces", "Namespace", name)
        return CORE + "/namespaces/" + name


class Accounts(Controllers):
    def account(self, ns, name="default"):
        return self.when(ns + "/serviceaccounts/" + name, lambda a: a.get("secrets"))

    def token(self, ns, account):
        return self.there(ns + "/secrets/" + account["secrets"][0]["name"])

    def test_tokens(self):
        ns = self.namespace("n")
        account = self.account(ns)
        self.assertNotIn("managedFields", account["metadata"])
        secret = self.token(ns, account)
        self.assertEqual(secret["type"], "kubernetes.io/service-account-token")
        self.assertEqual(sorted(secret["data"]), ["namespace", "token"])
        self.assertEqual(base64.b64decode(secret["data"]["namespace"]), b"n")
        token = base64.b64decode(secret["data"]["token"]).decode()
        status, answer = self.ask("GET", ns + "/pods", context=self.anonymous,
                                  headers={"Authorization": "Bearer " + token})
        self.assertEqual(status, 403)
        self.assertIn("system:serviceaccount:n:default", answer["message"])

    def test_they_come_again(self):
        ns = self.namespace("n")
        first = self.account(ns)
        self.send("DELETE", ns + "/secrets/" + first["secrets"][0]["name"], status=200)
        second = self.when(ns + "/serviceaccounts/default",
                           lambda a: a.get("secrets") and a["secrets"] != first["secrets"])
        self.assertEqual(len(second["secrets"]), 1)
        self.send("DELETE", ns + "/serviceaccounts/default", status=200)
        third = self.when(ns + "/serviceaccounts/default",
                          lambda a: a["metadata"]["uid"] != second["metadata"]["uid"] and a.get("secrets"))
        self.gone(ns + "/secrets/" + second["secrets"][0]["name"])
        self.assertTrue(self.token(ns, third))

    def test_a_secret_of_ones_own(self):
        ns = self.namespace("n")
        self.make(ns + "/serviceaccounts", "ServiceAccount", "a")
        self.account(ns, "a")
        self.make(ns + "/secrets", "Secret", "mine", type="kubernetes.io/service-account-token",
                  metadata={"annotations": {"kubernetes.io/service-account.name": "a"}})
        secret = self.when(ns + "/secrets/mine", lambda s: s.get("data"))
        self.assertIn("kubernetes.io/service-account.uid", secret["metadata"]["annotations"])
        self.send("DELETE", ns + "/serviceaccounts/a", status=200)
        self.gone(ns + "/secrets/mine")

    def test_the_root_certificate(self):
        begin = time.monotonic()
        ns = self.namespace("n")
        self.when(ns + "/configmaps/kube-root-ca.crt", lambda m: "ca.crt" in m["data"])
        self.assertGreater(time.monotonic() - begin, LAG_MIN)
        self.merge(ns + "/configmaps/kube-root-ca.crt", {"data": {"other": "x"}})
        self.when(ns + "/configmaps/kube-root-ca.crt", lambda m: "other" not in m["data"])


class Namespaces(Controllers):
    def test_end(self):
        ns = self.namespace("n")
        self.make(ns + "/configmaps", "ConfigMap", "a")
        self.make(ns + "/configmaps", "ConfigMap", "b", metadata={"finalizers": ["x.io/a"]})
        self.send("DELETE", ns, status=200)
        self.gone(ns + "/configmaps/a")
        found = self.when(ns, lambda n: "conditions" in n["status"])
        messages = {c["type"]: c["message"] for c in found["status"]["conditions"] if c["status"] == "True"}
        self.assertEqual(messages, {
            "NamespaceContentRemaining": "Some resources are remaining: configmaps. has 1 resource instances",
            "NamespaceFinalizersRemaining":
                "Some content in the namespace has finalizers remaining: x.io/a in 1 resource instances"})
        self.merge(ns + "/configmaps/b", {"metadata": {"finalizers": None}})
        self.gone(ns)
        self.namespace("n")


class Garbage(Controllers):
    def setUp(self):
        super().setUp()
        self.ns = self.namespace("n")
        self.maps = self.ns + "/configmaps"

    def owner(self, name, **more):
        return self.make(self.maps, "ConfigMap", name, **more)

    @staticmethod
    def reference(owner, **more):
        return {"apiVersion": "v1", "kind": owner["kind"], "name": owner["metadata"]["name"],
                "uid": owner["metadata"]["uid"], **more}

    def child(self, name, *references, path=None, **metadata):
        return self.make(path or self.maps, "ConfigMap", name,
                         metadata={"ownerReferences": list(references), **metadata})

    def remove(self, name, policy):
        self.send("DELETE", self.maps + "/" + name, {"propagationPolicy": policy}, 200)

    def test_background(self):
        owner = self.owner("o")
        self.child("c", self.reference(owner))
        grandchild = self.child("g", self.reference(self.there(self.maps + "/c")))
        self.assertTrue(grandchild)
        self.remove("o", "Background")
        self.gone(self.maps + "/c")
        self.gone(self.maps + "/g")

    def test_foreground_waits_for_what_blocks(self):
        owner = self.owner("o")
        self.child("blocks", self.reference(owner, blockOwnerDeletion=True), finalizers=["x.io/a"])
        self.child("does-not", self.reference(owner), finalizers=["x.io/a"])
        self.remove("o", "Foreground")
        for name in ("blocks", "does-not"):
            self.when(self.maps + "/" + name, lambda m: "deletionTimestamp" in m["metadata"])
        self.assertEqual(self.there(self.maps + "/o")["metadata"]["finalizers"], ["foregroundDeletion"])
        self.merge(self.maps + "/blocks", {"metadata": {"finalizers": None}})
        self.gone(self.maps + "/o")
        self.assertTrue(self.there(self.maps + "/does-not"))

    def test_orphan(self):
        owner = self.owner("o")
        self.child("c", self.reference(owner))
        self.remove("o", "Orphan")
        self.gone(self.maps + "/o")
        self.assertNotIn("ownerReferences", self.there(self.maps + "/c")["metadata"])

    def test_an_owner_that_never_was(self):
        owner = {"kind": "ConfigMap", "metadata": {"name": "o", "uid": "00000000-0000-4000-8000-000000000000"}}
        self.child("c", self.reference(owner))
        self.gone(self.maps + "/c")

    def test_one_of_two_owners(self):
        first, second = self.owner("o"), self.owner("p")
        self.child("c", self.reference(first), self.reference(second))
        self.remove("o", "Background")
        left = self.when(self.maps + "/c", lambda m: len(m["metadata"]["ownerReferences"]) == 1)
        self.assertEqual(left["metadata"]["ownerReferences"], [self.reference(second)])

    def test_namespaces_and_owners(self):
        other = self.namespace("m")
        elsewhere = self.make(other + "/configmaps", "ConfigMap", "o")
        self.child("c", self.reference(elsewhere))
        self.gone(self.maps + "/c")
        events = self.until(lambda: self.there(self.ns + "/events")["items"], "an event")
        self.assertEqual(events[0]["reason"], "OwnerRefInvalidNamespace")
        above = self.there(self.ns)
        self.child("d", {**self.reference(above), "kind": "Namespace"})
        kept = self.make(RBAC + "/clusterroles", "ClusterRole", "r", "rbac.authorization.k8s.io/v1",
                         metadata={"ownerReferences": [self.reference(self.owner("o"))]})
        time.sleep(0.5)
        self.assertTrue(self.there(self.maps + "/d"))
        self.assertTrue(self.there(RBAC + "/clusterroles/" + kept["metadata"]["name"]))

    def test_owners_in_a_circle(self):
        first = self.owner("o")
        second = self.child("p", self.reference(first, blockOwnerDeletion=True))
        self.merge(self.maps + "/o", {"metadata": {"ownerReferences": [
            self.reference(second, blockOwnerDeletion=True)]}})
        self.remove("o", "Foreground")
        self.gone(self.maps + "/o")
        self.gone(self.maps + "/p")


class Quotas(Controllers):
    def test_usage(self):
        ns = self.namespace("n")
        path = ns + "/resourcequotas/q"
        self.make(ns + "/resourcequotas", "ResourceQuota", "q",
                  spec={"hard": {"count/configmaps": "2", "services": "5"}})
        used = lambda count: (lambda q: q["status"].get("used") == {"count/configmaps": count, "services": "0"})
        self.when(path, used("0"))
        self.make(ns + "/configmaps", "ConfigMap", "a")
        quota = self.there(path)
        self.assertTrue(used("1")(quota), quota["status"])
        owner = next(m for m in quota["metadata"]["managedFields"] if m["manager"] == "kube-apiserver")
        self.assertEqual(owner["fieldsV1"], {"f:status": {"f:used": {"f:count/configmaps": {}}}})
        self.send("POST", ns + "/configmaps", {"metadata": {"name": "a"}}, 409)
        self.send("POST", ns + "/configmaps?dryRun=All", {"metadata": {"name": "b"}}, 201)
        self.assertTrue(used("1")(self.there(path)))
        self.send("DELETE", ns + "/configmaps/a", status=200)
        self.when(path, used("0"))


class Roles(Controllers):
    def test_aggregation(self):
        self.make(RBAC + "/clusterroles", "ClusterRole", "whole", "rbac.authorization.k8s.io/v1",
                  aggregationRule={"clusterRoleSelectors": [{"matchLabels": {"part": "yes"}}]})
        rules = {}
        for name, verb in (("b", "get"), ("a", "list"), ("c", "get")):
            rules[verb] = {"verbs": [verb], "apiGroups": [""], "resources": ["pods"]}
            self.make(RBAC + "/clusterroles", "ClusterRole", name, "rbac.authorization.k8s.io/v1",
                      metadata={"labels": {"part": "yes"}}, rules=[rules[verb]])
        self.when(RBAC + "/clusterroles/whole", lambda r: r["rules"] == [rules["list"], rules["get"]])
        for name in "abc":
            self.send("DELETE", RBAC + "/clusterroles/" + name, status=200)
        self.when(RBAC + "/clusterroles/whole", lambda r: not r["rules"])


class Storage(Controllers):
    def test_volumes_and_claims(self):
        ns = self.namespace("n")
        claim, volume = ns + "/persistentvolumeclaims/c", CORE + "/persistentvolumes/v"
        self.make(ns + "/persistentvolumeclaims", "PersistentVolumeClaim", "c",
                  spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}})
        self.assertEqual(self.there(claim)["status"]["phase"], "Pending")
        self.make(CORE + "/persistentvolumes", "PersistentVolume", "v",
                  spec={"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "2Gi"}, "hostPath": {"path": "/x"}})
        bound = self.when(claim, lambda c: c["status"]["phase"] == "Bound")
        self.assertEqual((bound["spec"]["volumeName"], bound["status"]["capacity"]), ("v", {"storage": "2Gi"}))
        self.send("DELETE", volume, status=200)
        self.send("DELETE", claim, status=200)
        self.gone(claim)
        self.gone(volume)

    def test_a_claim_in_use_stays(self):
        ns = self.namespace("n")
        self.when(ns + "/serviceaccounts/default", lambda a: a.get("secrets"))
        claim = ns + "/persistentvolumeclaims/c"
        self.make(ns + "/persistentvolumeclaims", "PersistentVolumeClaim", "c",
                  spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}})
        self.make(ns + "/pods", "Pod", "p", spec={
            "nodeName": "somewhere", "containers": [{"name": "c", "image": "i"}],
            "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]})
        self.send("DELETE", claim, status=200)
        time.sleep(0.3)
        self.assertTrue(self.there(claim))
        self.send("DELETE", ns + "/pods/p?gracePeriodSeconds=0", status=200)
        self.gone(claim)


class Pods(Controllers):
    def setUp(self):
        super().setUp()
        self.ns = self.namespace("n")
        self.when(self.ns + "/serviceaccounts/default", lambda a: a.get("secrets"))

    def pod(self, name, ip, ready="True"):
        self.make(self.ns + "/pods", "Pod", name, metadata={"labels": {"app": "web"}},
                  spec={"containers": [{"name": "c", "image": "i", "ports": [{"name": "web", "containerPort": 81}]}]})
        status = {"podIP": ip, "conditions": [{"type": "Ready", "status": ready}]}
        self.merge(self.ns + "/pods/" + name + "/status", {"status": status})

    def test_endpoints(self):
        self.make(self.ns + "/services", "Service", "s", metadata={"labels": {"l": "m"}},
                  spec={"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "web"}]})
        made = self.when(self.ns + "/endpoints/s", lambda e: True)
        self.assertEqual((made["metadata"]["labels"], made.get("subsets")), ({"l": "m"}, None))
        self.pod("a", "10.1.0.1")
        self.pod("b", "10.1.0.2", "False")
        found = self.when(self.ns + "/endpoints/s", lambda e: "notReadyAddresses" in e.get("subsets", [{}])[0])
        subset = found["subsets"][0]
        self.assertEqual([a["ip"] for a in subset["addresses"]], ["10.1.0.1"])
        self.assertEqual([a["ip"] for a in subset["notReadyAddresses"]], ["10.1.0.2"])
        self.assertEqual(subset["ports"], [{"port": 81, "protocol": "TCP"}])
        slices = "/apis/discovery.k8s.io/v1beta1/namespaces/n/endpointslices"
        slice_ = self.until(lambda: [s for s in self.there(slices)["items"] if len(s["endpoints"] or []) == 2],
                            "a slice")[0]
        self.assertTrue(slice_["metadata"]["name"].startswith("s-"))
        self.send("DELETE", self.ns + "/services/s", status=200)
        self.gone(self.ns + "/endpoints/s")
        self.until(lambda: not self.there(slices)["items"], "no slices")

    def test_endpoints_of_ones_own(self):
        self.make(self.ns + "/services", "Service", "s", spec={"ports": [{"port": 80}]})
        self.make(self.ns + "/endpoints", "Endpoints", "s", metadata={"labels": {"l": "m"}},
                  subsets=[{"addresses": [{"ip": "10.9.0.1"}, {"ip": "fd00::1"}], "ports": [{"port": 8080}]}])
        slices = "/apis/discovery.k8s.io/v1beta1/namespaces/n/endpointslices"
        found = self.until(lambda: [s for s in self.there(slices)["items"] if len(self.there(slices)["items"]) == 2],
                           "two slices")
        self.assertEqual({s["addressType"]: s["endpoints"][0]["addresses"] for s in found},
                         {"IPv4": ["10.9.0.1"], "IPv6": ["fd00::1"]})
        self.assertEqual(found[0]["ports"], [{"name": "", "protocol": "TCP", "port": 8080}])
        self.assertEqual(found[0]["metadata"]["labels"]["l"], "m")
        self.merge(self.ns + "/endpoints/s", {"subsets": None})
        self.until(lambda: not self.there(slices)["items"], "no slices")

    def test_disruption_budgets(self):
        self.pod("a", "10.1.0.1")
        self.pod("b", "10.1.0.2")
        path = "/apis/policy/v1beta1/namespaces/n/poddisruptionbudgets"
        self.make(path, "PodDisruptionBudget", "d", "policy/v1beta1",
                  spec={"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}})
        self.when(path + "/d", lambda d: d["status"]["disruptionsAllowed"] == 1)
        self.send("DELETE", self.ns + "/pods/a", status=200)
        self.when(path + "/d", lambda d: d["status"]["disruptionsAllowed"] == 0)


class Platform(Controllers):
    def options(self):
        return ["--preset", "rancher"]

    def test_accounts_are_bound(self):
        ns = self.namespace("n")
        bindings = RBAC + "/namespaces/n/rolebindings"
        self.when(ns + "/serviceaccounts/default", lambda a: True)
        self.assertEqual(self.there(bindings)["items"], [])
        self.merge(ns, {"metadata": {"annotations": {"field.cattle.io/projectId": "c:p"}}})
        found = self.until(lambda: self.there(bindings)["items"], "a binding")
        self.assertEqual(found[0]["subjects"], [{"kind": "ServiceAccount", "name": "default", "namespace": "n"}])


if __name__ == "__main__":
    unittest.main()
