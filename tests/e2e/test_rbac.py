# SPDX-License-Identifier: Apache-2.0
"""podgate rbac: graph, risks, lint, diff, secrets."""

import json
import os
import shutil
import unittest

from podgate import ERROR, NO, ROOT, YES, Case, run

FIXTURES = os.path.join(ROOT, "tests", "fixtures", "rbac")


def rbac(*arguments, state="rback.yaml", **more):
    return run("rbac", *arguments, "--state", os.path.join(FIXTURES, state), **more)


class Graph(Case):
    def graph(self, *arguments, **more):
        result = rbac("graph", *arguments, "-o", "json", **more)
        self.assertEqual(result.status, YES, result)
        graph = result.json()
        return {n["id"]: n for n in graph["nodes"]}, {(e["from"], e["to"]) for e in graph["edges"]}

    def test_dot(self):
        result = rbac("graph")
        self.assertEqual((result.status, result.err), (YES, ""))
        self.assertTrue(result.out.startswith("digraph rbac {\n"), result)
        self.assertIn("Legend", result.out)
        self.assertNotIn("system:", result.out)
        self.assertNotIn("Legend", rbac("graph", "--no-legend").out)
        self.assertIn("system:kube-scheduler", rbac("graph", "--defaults", "--whole").out)

    def test_what_is_missing_is_drawn_so(self):
        nodes, _ = self.graph()
        self.assertEqual(sorted(i for i in nodes if nodes[i].get("missing")),
                         ["ClusterRole missing-clusterrole", "ClusterRole namespace1/missing-clusterrole",
                          "PodSecurityPolicy privileged", "Role namespace1/missing-role",
                          "ServiceAccount namespace1/missing-service-account"])

    def test_from_standard_input(self):
        items = {"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
             "metadata": {"name": "b"}, "subjects": [{"kind": "User", "name": "eve"}],
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}}]}
        result = run("rbac", "graph", "--state", "-", "-o", "json", stdin=json.dumps(items))
        self.assertEqual(result.status, YES, result)
        self.assertIn({"from": "User eve", "to": "ClusterRoleBinding b"}, result.json()["edges"])
        self.assertIn("no service accounts", result.err)

    def test_who(self):
        nodes, edges = self.graph("--who", "sa:namespace1/my-service-account2")
        self.assertEqual({i for i in nodes if nodes[i]["type"] == "binding"},
                         {"RoleBinding namespace1/my-role-binding2", "ClusterRoleBinding my-clusterrole-binding"})
        self.assertIn(("ServiceAccount namespace1/my-service-account2", "RoleBinding namespace1/my-role-binding2"),
                      edges)
        self.assertNotIn("ServiceAccount namespace2/my-service-account", nodes)

    def test_resource_and_verb(self):
        nodes, _ = self.graph("--resource", "secrets")
        self.assertEqual(set(nodes), {"ClusterRole orphaned-clusterrole", "rules of ClusterRole orphaned-clusterrole"})
        nodes, _ = self.graph("--resource", "pods", "--verb", "delete")
        self.assertEqual(set(nodes), set())

    def test_namespace(self):
        nodes, _ = self.graph("-n", "namespace1")
        self.assertNotIn("RoleBinding namespace2/my-role-binding", nodes)
        self.assertIn("ClusterRoleBinding my-clusterrole-binding", nodes)
        self.assertNotIn("ClusterRoleBinding my-clusterrole-binding2", nodes)

    def test_wrong_calls(self):
        self.refused(run("rbac", "graph"), "which cluster?")
        self.refused(rbac("graph", "--who", "sa:x"), "is no subject")
        self.refused(rbac("graph", "-o", "png"))

    def test_graphviz_is_not_there(self):
        self.refused(rbac("graph", "-o", "svg", env={"PATH": self.dir}), "needs Graphviz")

    def test_graphviz_fails(self):
        script = self.write("dot", "#!/bin/sh\nexit 3\n")
        os.chmod(script, 0o755)
        self.refused(rbac("graph", "-o", "svg", env={"PATH": self.dir}), "dot failed")

    @unittest.skipUnless(shutil.which("dot"), "without Graphviz")
    def test_svg(self):
        result = rbac("graph", "-o", "svg")
        self.assertEqual(result.status, YES, result)
        self.assertTrue("</svg>" in result.out and "namespace1" in result.out)
