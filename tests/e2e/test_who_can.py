# SPDX-License-Identifier: Apache-2.0
"""podgate who-can. The cluster is that of kubectl-who-can's integration test."""

import os

from podgate import ERROR, NO, ROOT, YES, Case, run

STATE = os.path.join(ROOT, "tests", "fixtures", "rbac", "who-can.yaml")
EXAMPLE = os.path.join(ROOT, "examples", "who-can", "cluster.yaml")


def subjects(report):
    """(kind, name, where) of each subject, but for those of Kubernetes itself."""
    return [(s["kind"], s["name"], "*" if s["clusterWide"] else ",".join(s["namespaces"]))
            for s in report["subjects"] if not s["name"].startswith("system:") and s.get("namespace") != "kube-system"]


class WhoCan(Case):
    def ask(self, *arguments, state=STATE):
        return run("who-can", *arguments, "--state", state)

    def test_what_kubectl_who_can_prints(self):
        for words, want in (
                ("create cm -n default", [("User", "Alice", "default"), ("User", "Rory", "default")]),
                ("get /logs", [("User", "Bob", "*")]),
                ("list services -n foo", [("ServiceAccount", "operator", "foo")]),
                ("update deployment --subresource scale -n default", [("Group", "devops", "default")]),
                ("get pods/pod-xyz --namespace=foo", [("User", "Batman", "foo")]),
                ("list pods.metrics.k8s.io", [("User", "Spiderman", "*")])):
            with self.subTest(words):
                result = self.ask(*words.split(), "-o", "json")
                self.assertEqual(subjects(result.json()), want)
                self.assertEqual(result.status, YES)

    def test_the_table(self):
        result = self.ask("get", "pods/pod-xyz", "-n", "foo", "--no-preset")
        self.assertEqual((result.status, result.err), (YES, ""))
        self.assertEqual(result.out, """\
SUBJECT                IN NAMESPACE   BINDING                               ROLE
User Batman            foo            RoleBinding/batman-can-view-pod-xyz   Role/view-pod-xyz
Group system:masters   *              <none>                                <may everything>
Group system:nodes     *              <none>                                <Node authorizer>
""")

    def test_names_only(self):
        result = self.ask("get", "pods", "--no-preset")
        self.assertEqual(result.status, NO)
        self.assertIn("\nSome names only:\n", result.out)
        self.assertIn("Batman", result.out)
        report = self.ask("get", "pods", "--no-preset", "-o", "json").json()
        self.assertEqual(report["subjects"], [])
        self.assertEqual(report["onlyNames"][0]["names"], ["pod-xyz"])

    def test_parts_and_names(self):
        for words in ("create pods/exec", "create pods --subresource exec", "create po/web/exec"):
            with self.subTest(words):
                report = self.ask(*words.split(), "-o", "json").json()
                self.assertEqual((report["resource"], report["subresource"]), ("pods", "exec"))
        report = self.ask("get", "pods/log", "--subresource", "", "-o", "json").json()
        self.assertEqual((report["name"], "subresource" in report), ("log", False))

    def test_members_of_groups(self):
        result = self.ask("list", "secrets", "--no-preset", "--members", state=EXAMPLE)
        self.assertIn("ServiceAccount shop/web             shop           RoleBinding/everybody-reads   "
                      "Role/secret-reader   as Group system:serviceaccounts:shop\n", result.out)
        report = self.ask("list", "secrets", "--no-preset", "-o", "json", state=EXAMPLE).json()
        web = [s for s in report["subjects"] if s["name"] == "web"]
        self.assertEqual(web[0]["through"], [{"as": {"kind": "Group", "name": "system:serviceaccounts:shop"}}])

    def test_what_is_missing_is_said(self):
        result = self.ask("get", "secrets/web-tls", "-n", "shop", state=EXAMPLE)
        self.assertIn('Warning: RoleBinding "left-over/shop": Role "gone" does not exist: it grants nothing\n', result.err)
        self.assertIn('Warning: RoleBinding "gateway/shop": ServiceAccount "gateway/edge" does not exist', result.err)
        report = self.ask("get", "secrets/web-tls", "-o", "json", state=EXAMPLE).json()
        self.assertEqual(report["missingRoles"][0]["role"]["name"], "gone")
        self.assertEqual(report["missingServiceAccounts"][0]["subject"]["name"], "gateway")

    def test_the_output_for_other_programs(self):
        self.assertEqual(self.ask("get", "/logs", "--no-preset", "-o", "name").out, "User Bob\n")
        self.assertIn("kind: WhoCanReport\n", self.ask("get", "/logs", "-o", "yaml").out)

    def test_nobody(self):
        result = self.ask("get", "/nothing", "--no-preset", "--no-headers")
        self.assertEqual((result.status, result.out), (NO, "Group system:masters   *     <none>   <may everything>\n"))

    def test_what_is_not_known(self):
        result = self.ask("get", "gizmos.example.org")
        self.assertIn("Warning: the cluster has no resource 'gizmos' in group 'example.org'\n", result.err)
        self.refused(self.ask("get", "gizmos", "--fail-on-unknown"), "no resource 'gizmos'")
        self.assertIn("pods have no subresource 'x'", self.ask("get", "pods", "--subresource", "x").err)
        self.assertIn("verb 'fetch' is not a known verb", self.ask("fetch", "pods").err)
        self.assertIn("are in no namespace", self.ask("get", "nodes", "-n", "foo").err)

    def test_wrong_calls(self):
        self.refused(run("who-can", "get", "pods"), "which cluster?")
        self.refused(self.ask("get"), "RESOURCE")
        self.refused(self.ask("get", "pods", "-n", "a", "-A"), "exclude each other")
        self.refused(self.ask("get", "/logs", "--subresource", "x"), "is a URL")
        self.refused(run("who-can", "get", "pods", "--state", "/nowhere"), "/nowhere")
        self.assertEqual(run("who-can", "get", "pods", "--state", STATE, "-o", "csv").status, ERROR)
