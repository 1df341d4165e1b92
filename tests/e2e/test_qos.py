# SPDX-License-Identifier: Apache-2.0
"""podgate qos: classes, OOM scores and the order of eviction."""

from podgate import YES, Case

PODS = """\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
spec:
  nodeName: n1
  containers:
  - {name: c, image: "x:1", resources: {requests: {memory: 4Gi}}}
  - {name: d, image: "x:1", resources: {requests: {memory: 1Gi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop}
spec:
  nodeName: n1
  containers: [{name: c, image: "x:1"}]
---
apiVersion: v1
kind: Pod
metadata: {name: g, namespace: shop}
spec:
  nodeName: n1
  priorityClassName: system-node-critical
  containers: [{name: c, image: "x:1", resources: {limits: {cpu: 1, memory: 1Gi}}}]
---
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {capacity: {memory: 16Gi}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      initContainers: [{name: s, image: x, restartPolicy: Always}]
      containers: [{name: c, image: "x:1", resources: {limits: {cpu: 1, memory: 1Gi}}}]
"""

LIMITS = """\
apiVersion: v1
kind: LimitRange
metadata: {name: limits, namespace: shop}
spec:
  limits:
  - type: Container
    default: {cpu: 1, memory: 1Gi}
"""

POD_LEVEL = """\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  resources: {limits: {cpu: 2, memory: 2Gi}}
  containers: [{name: c, image: "x:1"}, {name: d, image: "x:1"}]
"""


class Qos(Case):
    def setUp(self):
        super().setUp()
        self.write("pods.yaml", PODS)

    def test_table(self):
        result = self.run_in("qos", "-f", "pods.yaml")
        self.assertEqual(result.status, YES, result)
        rows = [line.split("   ") for line in result.out.splitlines()]
        rows = [[cell.strip() for cell in row if cell.strip()] for row in rows]
        self.assertEqual(rows[1:], [
            ["n1", "shop", "pod/a", "Burstable", "c=750 d=938", "0", "2", 'container "c" has no cpu limit'],
            ["n1", "shop", "pod/b", "BestEffort", "1000", "0", "1", "no container asks for CPU or memory"],
            ["n1", "shop", "pod/g", "Guaranteed", "-997", "2000001000", "never",
             "requests are the limits, for CPU and memory"],
            ["<none>", "default", "deployment.apps/web", "Burstable", "2..999", "0", "1",
             'init container "s" has no cpu limit'],
        ])

    def test_the_state_alone_as_data(self):
        items = self.run_in("qos", "--state", "pods.yaml", "--node-memory", "4Gi", "-o", "json").json()["items"]
        self.assertEqual([i["qosClass"] for i in items], ["Burstable", "BestEffort", "Guaranteed", "Burstable"])
        self.assertEqual(items[3]["oomScoreAdj"], [{"container": "s", "value": 750}, {"container": "c", "value": 750}])
        self.assertEqual((items[3]["container"], items[3]["resource"]), ("s", "cpu"))
        self.assertNotIn("evicted", items[2])

    def test_limit_ranges_count(self):
        self.write("limits.yaml", LIMITS)
        items = self.run_in("qos", "-f", ".", "-o", "json").json()["items"]
        self.assertEqual([i["qosClass"] for i in items if i["namespace"] == "shop"],
                         ["Burstable", "Guaranteed", "Guaranteed"])

    def test_pod_level_resources_by_version(self):
        self.write("level.yaml", POD_LEVEL)
        for version, qos in (("1.37", "Guaranteed"), ("1.34", "Guaranteed"), ("1.33", "BestEffort")):
            with self.subTest(version):
                result = self.run_in("qos", "-f", "level.yaml", "--kubernetes-version", version, "-o", "json")
                self.assertEqual(result.json()["items"][0]["qosClass"], qos)

    def test_what_cannot_be_answered(self):
        self.refused(self.run_in("qos"), "-f or --state says what is looked at")
        self.refused(self.run_in("qos", "-f", "pods.yaml", "--node-memory", "much"), "--node-memory")
        self.refused(self.run_in("qos", "-f", "missing.yaml"), "missing.yaml")
        self.write("limits.yaml", LIMITS)
        self.refused(self.run_in("qos", "-f", "limits.yaml"), "nothing that makes pods")
