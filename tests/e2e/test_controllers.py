# SPDX-License-Identifier: Apache-2.0
"""What the controllers of podgate up do, seen as a client sees it."""

import json
import time
import unittest

from test_up import SECONDS_MAX, Served

APPS = "/apis/apps/v1/namespaces/default/"
CORE = "/api/v1/namespaces/default/"

OPEN = {
    "apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": "open"},
    "spec": {"seLinux": {"rule": "RunAsAny"}, "supplementalGroups": {"rule": "RunAsAny"},
             "runAsUser": {"rule": "RunAsAny"}, "fsGroup": {"rule": "RunAsAny"}, "volumes": ["*"]}}
ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
    "metadata": {"name": "use-open"},
    "rules": [{"apiGroups": ["policy"], "resources": ["podsecuritypolicies"],
               "resourceNames": ["open"], "verbs": ["use"]}]}
BINDING = {
    "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
    "metadata": {"name": "use-open"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "use-open"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group",
                  "name": "system:serviceaccounts"}]}


def template(image="nginx:1.19"):
    return {"metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": image}]}}


def workload(kind, replicas=2, **spec):
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
                     "template": template(), **spec}}


class Controllers(Served):
    def start(self, nodes=0, policy=True):
        self.up("--kubernetes-version", "1.20", "--nodes", str(nodes), "--listen", "127.0.0.1:0")
        if policy:
            self.make("/apis/policy/v1beta1/podsecuritypolicies", OPEN)
            self.make("/apis/rbac.authorization.k8s.io/v1/clusterroles", ROLE)
            self.make("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", BINDING)

    def write_to(self, method, path, body, kind="application/json"):
        return self.ask(method, path, json.dumps(body), headers={"Content-Type": kind})

    def make(self, path, body):
        status, made = self.write_to("POST", path, body)
        self.assertEqual(status, 201, made)
        return made

    def patch(self, path, body):
        status, made = self.write_to("PATCH", path, body, "application/merge-patch+json")
        self.assertEqual(status, 200, made)
        return made

    def get(self, path):
        return self.ask("GET", path)[1]

    def until(self, path, holds):
        """The answer, once it is as it should be."""
        end = time.monotonic() + SECONDS_MAX
        while True:
            found = self.get(path)
            if holds(found):
                return found
            self.assertLess(time.monotonic(), end, found)
            time.sleep(0.01)

    def events(self, reason):
        items = self.get(CORE + "events")["items"]
        return sorted(e["message"] for e in items if e["reason"] == reason)

    def pods(self, count, phase=None):
        found = self.until(CORE + "pods", lambda pods: len(pods["items"]) == count and all(
            phase in (None, p["status"]["phase"]) for p in pods["items"]))
        return found["items"]


class ReplicaSets(Controllers):
    def test_makes_adopts_and_deletes_pods(self):
        self.start()
        self.until(CORE + "serviceaccounts/default", lambda a: "secrets" in a)
        orphan = {"metadata": {"name": "orphan", "labels": {"app": "web"}},
                  "spec": template()["spec"]}
        self.make(CORE + "pods", orphan)
        made = self.make(APPS + "replicasets", workload("ReplicaSet"))
        pods = self.pods(2)
        for pod in pods:
            owner = pod["metadata"]["ownerReferences"][0]
            self.assertEqual((owner["kind"], owner["name"], owner["uid"], owner["controller"]),
                             ("ReplicaSet", "web", made["metadata"]["uid"], True))
        status = self.until(APPS + "replicasets/web",
                            lambda r: r["status"].get("fullyLabeledReplicas") == 2)["status"]
        self.assertEqual(status, {"replicas": 2, "fullyLabeledReplicas": 2, "observedGeneration": 1})
        self.patch(CORE + "pods/orphan", {"metadata": {"labels": {"app": "other"}}})
        self.until(CORE + "pods/orphan", lambda p: "ownerReferences" not in p["metadata"])
        self.pods(3)
        self.patch(APPS + "replicasets/web/scale", {"spec": {"replicas": 0}})
        self.pods(1)
        self.assertEqual(len(self.events("SuccessfulCreate")), 2)
        self.assertEqual(len(self.events("SuccessfulDelete")), 2)

    def test_says_what_is_refused(self):
        self.start(policy=False)
        self.until(CORE + "serviceaccounts/default", lambda a: "secrets" in a)
        self.make(APPS + "replicasets", workload("ReplicaSet"))
        why = ('pods "web-" is forbidden: PodSecurityPolicy: no providers available to validate '
               'pod request')
        found = self.until(APPS + "replicasets/web", lambda r: r["status"].get("conditions"))
        condition = found["status"]["conditions"][0]
        condition.pop("lastTransitionTime")
        self.assertEqual(condition, {"type": "ReplicaFailure", "status": "True",
                                     "reason": "FailedCreate", "message": why})
        self.until(CORE + "events", lambda e: [i for i in e["items"] if i["count"] > 2])
        self.assertEqual(self.events("FailedCreate"), ["Error creating: " + why])
        self.make("/apis/policy/v1beta1/podsecuritypolicies", OPEN)
        self.make("/apis/rbac.authorization.k8s.io/v1/clusterroles", ROLE)
        self.make("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", BINDING)
        self.pods(2)
        self.until(APPS + "replicasets/web", lambda r: "conditions" not in r["status"])


class Deployments(Controllers):
    def test_rolls_out_and_back(self):
        self.start(nodes=2)
        self.make(APPS + "deployments", workload("Deployment", replicas=3))
        self.until(APPS + "deployments/web", lambda d: d["status"].get("availableReplicas") == 3)
        self.patch(APPS + "deployments/web", {"spec": {"template": template("nginx:1.20")}})
        done = self.until(APPS + "deployments/web", lambda d: (
            d["status"].get("updatedReplicas") == 3 and d["status"]["replicas"] == 3
            and d["status"].get("availableReplicas") == 3))
        self.assertEqual(done["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "2")
        for pod in self.pods(3, "Running"):
            self.assertEqual(pod["spec"]["containers"][0]["image"], "nginx:1.20")
        self.patch(APPS + "deployments/web", {"spec": {"template": template()}})
        sets = self.until(APPS + "replicasets", lambda s: sorted(
            r["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
            for r in s["items"]) == ["2", "3"])["items"]
        newest = [r for r in sets if r["spec"]["template"]["spec"]["containers"][0]["image"]
                  == "nginx:1.19"][0]
        annotations = newest["metadata"]["annotations"]
        self.assertEqual(annotations["deployment.kubernetes.io/revision-history"], "1")
        self.assertIn("Scaled up replica set %s to 3" % newest["metadata"]["name"],
                      self.events("ScalingReplicaSet"))
        self.until(APPS + "deployments/web", lambda d: [
            (c["reason"], c["message"]) for c in d["status"]["conditions"]] == [
                ("MinimumReplicasAvailable", "Deployment has minimum availability."),
                ("NewReplicaSetAvailable", "ReplicaSet \"%s\" has successfully progressed."
                 % newest["metadata"]["name"])])

    def test_recreates(self):
        self.start(nodes=1)
        self.make(APPS + "deployments", workload("Deployment", strategy={"type": "Recreate"}))
        self.until(APPS + "deployments/web", lambda d: d["status"].get("availableReplicas") == 2)
        old = {p["metadata"]["name"] for p in self.pods(2)}
        self.patch(APPS + "deployments/web", {"spec": {"template": template("nginx:1.20")}})
        self.until(CORE + "pods", lambda pods: len(pods["items"]) == 2 and not old & {
            p["metadata"]["name"] for p in pods["items"]})

    def test_pauses_and_keeps_few_revisions(self):
        self.start(nodes=1)
        self.make(APPS + "deployments", workload("Deployment", replicas=1, revisionHistoryLimit=1))
        for number in range(3):
            self.patch(APPS + "deployments/web",
                       {"spec": {"template": template("nginx:1.%d" % number)}})
            self.until(APPS + "deployments/web", lambda d: (
                d["status"].get("observedGeneration") == d["metadata"]["generation"]
                and d["status"].get("updatedReplicas") == 1 and d["status"]["replicas"] == 1
                and d["status"].get("availableReplicas") == 1))
        self.until(APPS + "replicasets", lambda s: len(s["items"]) == 2)
        self.patch(APPS + "deployments/web",
                   {"spec": {"paused": True, "template": template("nginx:9")}})
        self.until(APPS + "deployments/web", lambda d: "Deployment is paused" in [
            c["message"] for c in d["status"]["conditions"]])
        # None is made for the new template. Of the two, both of the past now, the older goes when the
        # seconds in which they were made tell which it is.
        left = self.get(APPS + "replicasets")["items"]
        self.assertNotIn("nginx:9", [s["spec"]["template"]["spec"]["containers"][0]["image"] for s in left])
        self.assertEqual(sum(s["spec"]["replicas"] for s in left), 1)


class StatefulSets(Controllers):
    def test_one_after_the_other(self):
        self.start(nodes=1)
        claims = [{"metadata": {"name": "data"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}]
        self.make(APPS + "statefulsets", workload("StatefulSet", replicas=3, serviceName="web",
                                                  volumeClaimTemplates=claims))
        self.until(APPS + "statefulsets/web", lambda s: s["status"].get("readyReplicas") == 3)
        pods = sorted(self.pods(3, "Running"), key=lambda p: int(p["metadata"]["resourceVersion"]))
        self.assertEqual({p["metadata"]["name"] for p in pods}, {"web-0", "web-1", "web-2"})
        self.assertEqual({c["metadata"]["name"] for c in self.get(
            CORE + "persistentvolumeclaims")["items"]}, {"data-web-0", "data-web-1", "data-web-2"})
        self.patch(APPS + "statefulsets/web", {"spec": {"template": template("nginx:1.20")}})
        done = self.until(APPS + "statefulsets/web", lambda s: (
            s["status"]["currentRevision"] == s["status"]["updateRevision"]
            and s["status"].get("updatedReplicas") == 3 and s["status"]["observedGeneration"] == 2))
        revisions = self.get(APPS + "controllerrevisions")["items"]
        self.assertEqual([r["revision"] for r in revisions if r["metadata"]["name"]
                          == done["status"]["updateRevision"]], [2])
        for pod in self.pods(3):
            self.assertEqual(pod["spec"]["containers"][0]["image"], "nginx:1.20")
        self.patch(APPS + "statefulsets/web/scale", {"spec": {"replicas": 1}})
        self.assertEqual(self.pods(1)[0]["metadata"]["name"], "web-0")


class DaemonSets(Controllers):
    def test_one_on_each_node(self):
        self.start(nodes=3)
        daemons = workload("DaemonSet")
        del daemons["spec"]["replicas"]
        self.make(APPS + "daemonsets", daemons)
        self.until(APPS + "daemonsets/web", lambda d: d["status"].get("numberAvailable") == 3)
        self.assertEqual({p["spec"]["nodeName"] for p in self.pods(3, "Running")},
                         {"node-1", "node-2", "node-3"})
        self.patch(APPS + "daemonsets/web", {"spec": {"template": template("nginx:1.20")}})
        self.until(APPS + "daemonsets/web", lambda d: (
            d["status"].get("observedGeneration") == 2 and d["status"].get("numberAvailable") == 3
            and d["status"].get("updatedNumberScheduled") == 3))
        self.assertEqual(len(self.get(APPS + "controllerrevisions")["items"]), 2)
        self.patch(APPS + "daemonsets/web", {"spec": {"template": {"spec": {
            "nodeSelector": {"kubernetes.io/hostname": "node-2"}}}}})
        self.until(CORE + "pods", lambda pods: [p["spec"].get("nodeName")
                                                for p in pods["items"]] == ["node-2"])


class Nodes(Controllers):
    def test_runs_and_ends_pods(self):
        self.start(nodes=1)
        node = self.until("/api/v1/nodes/node-1", lambda n: n.get("status", {}).get("conditions")
                          and not n["spec"].get("taints"))
        self.assertEqual([c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready"],
                         ["True"])
        self.until("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1",
                   lambda lease: lease["kind"] == "Lease")
        self.until(CORE + "serviceaccounts/default", lambda a: "secrets" in a)
        self.make(CORE + "pods", {"metadata": {"name": "a"}, "spec": template()["spec"]})
        pod = self.pods(1, "Running")[0]
        self.assertEqual(pod["spec"]["nodeName"], "node-1")
        self.assertEqual(pod["status"]["podIPs"], [{"ip": pod["status"]["podIP"]}])
        self.assertEqual({c["type"]: c["status"] for c in pod["status"]["conditions"]},
                         dict.fromkeys(["Initialized", "Ready", "ContainersReady", "PodScheduled"],
                                       "True"))
        self.assertEqual(self.events("Scheduled"),
                         ["Successfully assigned default/a to node-1"])
        status, going = self.ask("DELETE", CORE + "pods/a")
        self.assertEqual((status, going["metadata"]["deletionGracePeriodSeconds"]), (200, 30))
        self.until(CORE + "pods/a", lambda p: p.get("reason") == "NotFound")

    def test_says_why_a_pod_waits(self):
        self.start(nodes=2)
        self.until("/api/v1/nodes", lambda n: len(n["items"]) == 2 and not any(
            i["spec"].get("taints") for i in n["items"]))
        self.until(CORE + "serviceaccounts/default", lambda a: "secrets" in a)
        self.patch("/api/v1/nodes/node-2", {"spec": {"unschedulable": True}})
        self.until("/api/v1/nodes/node-2", lambda n: n["spec"].get("taints"))
        self.make(CORE + "pods", {"metadata": {"name": "a"}, "spec": {
            **template()["spec"], "nodeSelector": {"disk": "ssd"}}})
        why = ("0/2 nodes are available: 1 node(s) didn't match Pod's node affinity, "
               "1 node(s) were unschedulable.")
        pod = self.until(CORE + "pods/a", lambda p: p["status"].get("conditions"))
        self.assertEqual(pod["status"]["conditions"][0]["message"], why)
        self.assertEqual(self.events("FailedScheduling"), [why])
        self.patch("/api/v1/nodes/node-1", {"metadata": {"labels": {"disk": "ssd"}}})
        self.pods(1, "Running")

    def test_pods_that_end(self):
        self.start(nodes=1)
        jobs = "/apis/batch/v1/namespaces/default/jobs"
        pod = {"spec": {**template()["spec"], "restartPolicy": "Never"}}
        fails = {"metadata": {"annotations": {"podgate.io/exit-code": "3"}}, **pod}
        runs_on = {"metadata": {"annotations": {"podgate.io/exit-code": "none"}}, **pod}
        for name, made in (("well", pod), ("badly", fails), ("never", runs_on)):
            self.make(jobs, {"metadata": {"name": name}, "spec": {"backoffLimit": 0, "template": made}})
        job = self.until(jobs + "/well", lambda j: "completionTime" in j["status"])
        self.assertEqual((job["status"]["succeeded"], job["status"]["conditions"][0]["type"]), (1, "Complete"))
        job = self.until(jobs + "/badly", lambda j: "conditions" in j["status"])
        self.assertEqual((job["status"]["failed"], job["status"]["conditions"][0]["reason"]), (1, "BackoffLimitExceeded"))
        ended = self.ask("GET", CORE + "pods?labelSelector=job-name=badly")[1]["items"][0]["status"]
        self.assertEqual(ended["containerStatuses"][0]["state"]["terminated"]["exitCode"], 3)
        self.make(CORE + "pods", {"metadata": {"name": "alone"}, **pod})
        self.until(CORE + "pods/alone", lambda p: p["status"]["phase"] == "Running")
        never = self.ask("GET", CORE + "pods?labelSelector=job-name=never")[1]["items"][0]
        self.assertEqual(never["status"]["phase"], "Running")
        # and is made again when it is deleted
        self.ask("DELETE", CORE + "pods/" + never["metadata"]["name"])
        self.until(CORE + "pods?labelSelector=job-name=never", lambda l: len(l["items"]) == 1 and
                   l["items"][0]["metadata"]["name"] != never["metadata"]["name"])


class NoControllers(Controllers):
    def test_leaves_objects_as_they_were_made(self):
        self.up("--kubernetes-version", "1.20", "--no-controllers", "--listen", "127.0.0.1:0")
        made = self.make(APPS + "deployments", workload("Deployment"))
        self.make("/api/v1/namespaces", {"metadata": {"name": "shop"}})
        self.assertEqual(self.ask("DELETE", "/api/v1/namespaces/shop")[0], 200)
        # Objects of before the last answer would have been acted on by now, one after the other.
        for _ in range(20):
            self.assertEqual(self.get(APPS + "deployments/web"), made)
        for path in (APPS + "replicasets", CORE + "pods", CORE + "serviceaccounts", "/api/v1/nodes"):
            self.assertEqual(self.get(path)["items"], [], path)
        self.assertEqual(self.get("/api/v1/namespaces/shop")["status"], {"phase": "Terminating"})


if __name__ == "__main__":
    unittest.main()
