# SPDX-License-Identifier: Apache-2.0
"""podgate diff: what differs between two states."""

import json
import os
import unittest

from podgate import ERROR, NO, ROOT, YES, Case
from test_up import Served

DUMP = os.path.join(ROOT, "tests", "fixtures", "import", "cluster.yaml")

BEFORE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, uid: a, resourceVersion: "1", labels: {team: a}}
spec:
  replicas: 3
  template:
    spec:
      containers:
      - {name: web, image: "nginx:1", env: [{name: A, value: a}]}
      - {name: log, image: log}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: gone}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: script, namespace: shop}
data:
  run: |
    first
    second
    third
---
apiVersion: v1
kind: Secret
metadata: {name: key}
data: {a: c2VjcmV0}
"""

AFTER = """\
apiVersion: v1
kind: Secret
metadata: {name: key}
data: {a: b3RoZXI=}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: script, namespace: shop}
data:
  run: |
    first
    2nd
    third
---
apiVersion: extensions/v1beta1
kind: Deployment
metadata: {name: web, namespace: shop, uid: b, resourceVersion: "2", labels: {team: b}}
spec:
  replicas: 5
  template:
    spec:
      containers:
      - {name: web, image: "nginx:2", env: [{name: A, value: a}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: new}
"""

TEXT = """\
removed  configmap/gone -n default
changed  configmap/script -n shop
    data[run]:
  -   second
  +   2nd
changed  deployment.apps/web -n shop
  - metadata.labels[team]: "a"
  + metadata.labels[team]: "b"
  - spec.replicas: 3
  + spec.replicas: 5
  - spec.template.spec.containers[web].image: "nginx:1"
  + spec.template.spec.containers[web].image: "nginx:2"
  - spec.template.spec.containers[log]: {"name":"log","image":"log","resources":{}}
added    namespace/new
changed  secret/key -n default
  - data[a]: "*** (before)"
  + data[a]: "*** (after)"

KIND              ADDED   REMOVED   CHANGED
ConfigMap         0       1         1
Deployment.apps   0       0         1
Namespace         1       0         0
Secret            0       0         1
"""


class Files(Case):
    def setUp(self):
        super().setUp()
        self.write("before.yaml", BEFORE)
        self.write("after.yaml", AFTER)

    def diff(self, *arguments, status=NO, **more):
        result = self.run_in("diff", *arguments, **more)
        self.assertEqual(result.status, status, result)
        return result.out

    def test_text(self):
        self.assertEqual(self.diff("before.yaml", "after.yaml"), TEXT)
        self.assertEqual(self.diff("before.yaml", "-", stdin=AFTER), TEXT)
        self.write("folder/a.yaml", AFTER)
        self.assertEqual(self.diff("before.yaml", "folder"), TEXT)

    def test_the_same(self):
        self.assertEqual(self.diff("before.yaml", "before.yaml", status=YES), "")
        self.assertEqual(self.diff(DUMP, DUMP, "--all-fields", status=YES), "")
        tree = json.loads(self.diff(DUMP, DUMP, "-o", "json", status=YES))
        self.assertEqual(tree, {"summary": {"added": 0, "removed": 0, "changed": 0}, "changes": []})

    def test_forms(self):
        tree = json.loads(self.diff("before.yaml", "after.yaml", "-o", "json"))
        self.assertEqual(tree["summary"], {"added": 1, "removed": 1, "changed": 3})
        self.assertEqual(tree["changes"][0], {"change": "removed", "apiVersion": "v1",
                                              "kind": "ConfigMap", "namespace": "default",
                                              "name": "gone"})
        self.assertIn({"path": "spec.replicas", "before": 3, "after": 5},
                      tree["changes"][2]["fields"])
        self.assertIn("  - after: 5\n    before: 3\n    path: spec.replicas\n",
                      self.diff("before.yaml", "after.yaml", "-o", "yaml"))
        self.assertEqual(self.diff("before.yaml", "after.yaml", "-o", "name"),
                         "configmap/gone -n default\nconfigmap/script -n shop\n"
                         "deployment.apps/web -n shop\nnamespace/new\nsecret/key -n default\n")

    def test_what_is_compared(self):
        rows = [
            (["--kind", "deploy"], ["deployment.apps/web -n shop"]),
            (["--kind", "cm,ns"], ["configmap/gone -n default", "configmap/script -n shop",
                                   "namespace/new"]),
            (["--kind", "cm", "--kind", "secrets"],
             ["configmap/gone -n default", "configmap/script -n shop", "secret/key -n default"]),
            (["-n", "shop"], ["configmap/script -n shop", "deployment.apps/web -n shop"]),
            (["-l", "team=a"], ["deployment.apps/web -n shop"]),
            (["-l", "team=b"], ["deployment.apps/web -n shop"]),
            (["--kind", "cm", "-n", "shop"], ["configmap/script -n shop"]),
        ]
        for options, want in rows:
            with self.subTest(options):
                out = self.diff("before.yaml", "after.yaml", "-o", "name", *options)
                self.assertEqual(out.splitlines(), want)
        self.diff("before.yaml", "after.yaml", "--kind", "pods", status=YES)

    def test_all_fields(self):
        out = self.diff("before.yaml", "after.yaml", "--kind", "deploy", "--all-fields")
        self.assertIn('  - metadata.uid: "a"\n  + metadata.uid: "b"\n', out)

    def test_custom_resources(self):
        self.write("a.yaml", "apiVersion: x.io/v1\nkind: Widget\nmetadata: {name: w}\nspec: {a: 1}")
        self.write("b.yaml", "apiVersion: x.io/v2\nkind: Widget\nmetadata: {name: w}\nspec: {a: 2}")
        for options in ([], ["--kind", "widget"], ["--kind", "Widget.x.io"]):
            with self.subTest(options):
                out = self.diff("a.yaml", "b.yaml", *options)
                self.assertTrue(out.startswith("changed  widget.x.io/w\n"
                                               "  - spec.a: 1\n  + spec.a: 2\n"), out)
        self.diff("a.yaml", "b.yaml", "--kind", "widget.y.io", status=YES)

    def test_what_is_wrong(self):
        self.write("config.yaml", "apiVersion: v1\nkind: Config\ncontexts: []\n")
        rows = [
            (["before.yaml"], "needs STATE STATE"),
            (["before.yaml", "nothing"], "nothing: No such file or directory"),
            (["before.yaml", "nothing@x"], "nothing@x: No such file or directory"),
            (["before.yaml", "config.yaml"], "no current-context is set"),
            (["before.yaml", "config.yaml@x"], 'context "x" is not there'),
            (["before.yaml", "after.yaml", "-l", "a in"], "--selector: "),
            (["before.yaml", "after.yaml", "--kind", "a,,b"], "--kind: "),
            (["before.yaml", "after.yaml", "-o", "wide"], "table, json, yaml or name"),
        ]
        for arguments, message in rows:
            with self.subTest(arguments):
                self.refused(self.run_in("diff", *arguments), message)


class Clusters(Served):
    def test_running_ones(self):
        first = self.up("--state", DUMP, "--no-controllers")
        before = self.kubeconfig
        context = self.podgate("diff", before, before + "@podgate")
        self.assertEqual((context.status, context.out), (YES, ""), context)
        dump = self.podgate("import", "--kubeconfig", before, "--with-secrets", "--out", "a.yaml")
        self.assertEqual(dump.status, YES, dump)
        status, body = self.ask("PATCH", "/apis/apps/v1/namespaces/shop/deployments/web",
                                '{"metadata": {"labels": {"tried": "yes"}}}',
                                headers={"Content-Type": "application/merge-patch+json"})
        self.assertEqual(status, 200, body)
        result = self.podgate("diff", "a.yaml", before, "--kind", "deploy")
        self.assertEqual(result.status, NO, result)
        self.assertTrue(result.out.startswith('changed  deployment.apps/web -n shop\n'
                                              '  + metadata.labels[tried]: "yes"\n'), result)
        self.env["KUBECONFIG"] = before
        result = self.podgate("diff", "a.yaml", "@podgate", "-n", "shop", "-o", "name", "--kind",
                              "deploy,cm")
        self.assertEqual(result.out, "deployment.apps/web -n shop\n", result)
        self.end(first)
        self.refused(self.podgate("diff", "a.yaml", "@other"), 'No such file or directory')


if __name__ == "__main__":
    unittest.main()
