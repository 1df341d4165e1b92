# SPDX-License-Identifier: Apache-2.0
"""podgate rbac: graph, risks, lint, diff, secrets."""

import json
import os
import shutil
import unittest

from podgate import NO, ROOT, YES, Case, run
from test_up import Served

FIXTURES = os.path.join(ROOT, "tests", "fixtures", "rbac")
EXAMPLES = os.path.join(ROOT, "examples", "rbac")


def rbac(*arguments, state="rback.yaml", folder=FIXTURES, **more):
    return run("rbac", *arguments, "--state", os.path.join(folder, state), **more)


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


# What rback draws of the same objects: subject, binding, role. It takes a binding's subjects apart
# from those of others by kind and name alone, so accounts of two namespaces that have one name are
# one node where it draws both in one namespace; and it draws no policies.
RBACK_EDGES = """\
ServiceAccount namespace1/my-service-account2 > ClusterRoleBinding my-clusterrole-binding > ClusterRole my-clusterrole
ServiceAccount namespace1/my-service-account > ClusterRoleBinding psp-clusterrole-binding > ClusterRole psp-clusterrole
User user2 > ClusterRoleBinding my-clusterrole-binding2 > ClusterRole my-clusterrole2
Group group2 > ClusterRoleBinding my-clusterrole-binding2 > ClusterRole my-clusterrole2
ServiceAccount namespace1/missing-service-account > ClusterRoleBinding my-clusterrole-binding3 > ClusterRole missing-clusterrole
ServiceAccount namespace1/my-service-account > RoleBinding namespace1/my-role-binding > Role namespace1/my-role
User user1 > RoleBinding namespace1/my-role-binding > Role namespace1/my-role
Group group1 > RoleBinding namespace1/my-role-binding > Role namespace1/my-role
ServiceAccount namespace1/my-service-account2 > RoleBinding namespace1/my-role-binding2 > Role namespace1/my-role
ServiceAccount namespace2/my-service-account > RoleBinding namespace1/my-role-binding2 > Role namespace1/my-role
ServiceAccount namespace2/my-service-account > RoleBinding namespace1/my-role-binding3 > Role namespace1/my-role2
ServiceAccount namespace1/my-service-account > RoleBinding namespace1/my-role-binding4 > ClusterRole namespace1/my-clusterrole
ServiceAccount namespace1/missing-service-account > RoleBinding namespace1/my-role-binding5 > Role namespace1/missing-role
ServiceAccount namespace1/my-service-account > RoleBinding namespace1/my-role-binding6 > ClusterRole namespace1/missing-clusterrole
ServiceAccount namespace2/my-service-account > RoleBinding namespace2/my-role-binding > Role namespace2/my-role
User user1 > RoleBinding namespace2/my-role-binding > Role namespace2/my-role
Group group1 > RoleBinding namespace2/my-role-binding > Role namespace2/my-role
ServiceAccount namespace2/my-service-account2 > RoleBinding namespace2/my-role-binding2 > Role namespace2/my-role
ServiceAccount namespace1/my-service-account > RoleBinding namespace2/my-role-binding2 > Role namespace2/my-role
ServiceAccount namespace2/my-service-account > RoleBinding namespace2/my-role-binding3 > Role namespace2/my-role2
ServiceAccount namespace2/my-service-account > RoleBinding namespace2/my-role-binding4 > ClusterRole namespace2/my-clusterrole
"""


class OtherTools(Case):
    """The public example data of rback and rbac-tool (see the fixtures): the same edges and rules."""

    def draw(self, state):
        graph = rbac("graph", "-o", "json", state=state).json()
        return {n["id"]: n for n in graph["nodes"]}, {(e["from"], e["to"]) for e in graph["edges"]}

    def test_rback(self):
        nodes, edges = self.draw("rback.yaml")
        wanted = set()
        for line in RBACK_EDGES.splitlines():
            subject, binding, role = line.split(" > ")
            wanted |= {(subject, binding), (binding, role)}
        wanted.add(("RoleBinding namespace1/my-role-binding7", "Role namespace1/my-role"))  # nobody is bound
        drawn = {e for e in edges if not e[1].startswith(("rules of", "PodSecurityPolicy"))}
        self.assertEqual(drawn, wanted)
        self.assertEqual({i for i in nodes if "orphaned" in i and nodes[i]["type"] != "rules"},
                         {"ServiceAccount namespace1/orphaned-service-account", "ClusterRole orphaned-clusterrole",
                          "Role namespace1/orphaned-role", "Role namespace2/orphaned-role"})
        self.assertEqual(nodes["rules of Role namespace1/my-role"]["rules"], ["get,list pods"])
        self.assertEqual(nodes["rules of Role namespace1/my-role2"]["rules"], ['get deployments.apps "my-name"'])
        self.assertEqual(nodes["rules of ClusterRole psp-clusterrole"]["rules"],
                         ['use podsecuritypolicies.policy "privileged"'])

    def test_rback_who_can_looks_at_no_groups(self):
        # `rback who-can get statefulsets` draws the roles of any API group with such a resource.
        result = rbac("graph", "--verb", "get", "--resource", "statefulsets.apps", "-o", "json")
        self.assertEqual({n["id"] for n in result.json()["nodes"] if n["type"] == "role"},
                         {"Role namespace1/orphaned-role", "Role namespace2/orphaned-role"})
        result = rbac("graph", "--verb", "get", "--resource", "statefulsets.example.com", "-o", "json")
        self.assertEqual(result.json()["nodes"], [])

    def test_rbac_tool(self):
        nodes, edges = self.draw("rbac-tool.yaml")
        account = "ServiceAccount mynamespace/example-user"
        # Its subjects name no namespace: they are in that of the binding, where rbac-tool finds none.
        self.assertNotIn("missing", nodes[account])
        self.assertEqual({e[1] for e in edges if e[0] == account},
                         {"RoleBinding mynamespace/" + b for b in ("example-rolebinding-1", "example-rolebinding-2",
                                                                   "example-psp-bind", "all-psps-bind")})
        self.assertEqual({e[1] for e in edges if e[1].startswith("PodSecurityPolicy")},
                         {"PodSecurityPolicy mypsp", "PodSecurityPolicy *"})
        # A resourceName is no pattern: the policy called * is not there, and lint says so.
        self.assertTrue(nodes["PodSecurityPolicy *"]["missing"])
        self.assertIn('no object is called "*"', rbac("lint", state="rbac-tool.yaml").out)
        self.assertEqual(nodes["rules of Role policyrules/some-rules"]["rules"],
                         ['get,watch,list secrets "some-secret"', "get *"])
        self.assertEqual(nodes["rules of Role policyrules/more-rules"]["rules"], ["get secrets", "get *"])

    def test_rbac_tool_policy_rules(self):
        # The lines that its test data expects: get *, get secrets, get|list|watch of one secret.
        items = rbac("secrets", "-n", "policyrules", "-o", "json", state="rbac-tool.yaml").json()["access"]
        self.assertEqual({(i["role"]["name"], i["secret"], tuple(i["rule"]["verbs"])) for i in items},
                         {("more-rules", "*", ("get",)), ("some-rules", "*", ("get",)),
                          ("some-rules", "some-secret", ("get", "watch", "list"))})


class Risks(Case):
    def test_table(self):
        result = rbac("risks", state="risks.yaml", folder=EXAMPLES)
        self.assertEqual((result.status, result.err), (NO, ""))
        lines = result.out.splitlines()
        self.assertEqual(len(lines), 5)
        self.assertRegex(lines[1], r"^critical +workloads-create +Group deployers +\* +ClusterRoleBinding/deployers "
                         r"+ClusterRole/deployer +create deployments.apps +nothing in .*; "
                         r"baseline \(Pod Security\) in half; restricted \(Pod Security\) in shut$")
        self.assertRegex(lines[3], r"^medium +workloads-create +ServiceAccount shut/ci +shut .* restricted \(Pod Security\)$")

    def test_nodes_proxy_of_a_role_is_none(self):
        self.assertNotIn("nodes-proxy", rbac("risks", state="risks.yaml", folder=EXAMPLES).out)

    def test_data(self):
        report = rbac("risks", "-o", "json", state="risks.yaml", folder=EXAMPLES).json()
        self.assertEqual(report["kind"], "RbacRiskReport")
        self.assertGreater(report["defaultsLeftOut"], 100)
        risk = report["risks"][0]
        self.assertEqual((risk["severity"], risk["risk"], risk["subject"]["name"]),
                         ("critical", "workloads-create", "deployers"))
        self.assertEqual([(w["level"], w["prevents"]) for w in risk["admission"]],
                         [("privileged", False), ("baseline", True), ("restricted", True)])
        self.assertTrue(risk["place"].endswith("risks.yaml:30"), risk["place"])

    def test_question(self):
        def count(*arguments):
            return len(rbac("risks", *arguments, "-o", "json", state="risks.yaml", folder=EXAMPLES).json()["risks"])
        self.assertEqual(count("--severity", "critical"), 1)
        self.assertEqual(count("--risk", "secrets-read"), 1)
        self.assertEqual(count("--who", "user:nora"), 2)
        self.assertEqual(count("-n", "shut"), 2)

    def test_none(self):
        result = rbac("risks", "--risk", "webhooks", state="risks.yaml", folder=EXAMPLES)
        self.assertEqual((result.status, result.out), (YES, ""))

    def test_wrong_calls(self):
        self.refused(rbac("risks", "--risk", "secret-read"), "did you mean secrets-read")
        self.refused(rbac("risks", "--severity", "bad"))
        self.refused(rbac("risks", "--summary", "-o", "json"), "--summary is a table")
        self.refused(rbac("risks", "--who", "sa:x"), "is no subject")


class Lint(Case):
    def test_places(self):
        result = rbac("lint", "--kubernetes-version", "1.20", state="lint.yaml")
        self.assertEqual((result.status, result.err), (NO, ""))
        found = [(line.split()[0].split("/")[-1], line.split()[1]) for line in result.out.splitlines()[1:]]
        self.assertEqual(found, [
            ("lint.yaml:20:21", "never-applies"), ("lint.yaml:21:22", "never-applies"),
            ("lint.yaml:22:3", "shadowed-rule"), ("lint.yaml:26:15", "never-applies"),
            ("lint.yaml:31:16", "never-applies"), ("lint.yaml:35:3", "duplicate-rule"),
            ("lint.yaml:38:3", "every-policy"), ("lint.yaml:41:21", "never-applies"),
            ("lint.yaml:52:3", "duplicate-subject"), ("lint.yaml:55:3", "missing-account"),
            ("lint.yaml:57:3", "account-as-user"), ("lint.yaml:60:3", "account-as-user"),
            ("lint.yaml:63:3", "account-as-user"), ("lint.yaml:66:3", "missing-account"),
            ("lint.yaml:80:3", "duplicate-binding"), ("lint.yaml:92:1", "missing-role"),
            ("lint.yaml:87:1", "no-subjects"), ("lint.yaml:116:3", "duplicate-binding"),
            ("lint.yaml:124:1", "unused-role"), ("lint.yaml:135:3", "shadowed-rule")])

    def test_data(self):
        report = rbac("lint", "-o", "json", "--skip", "missing-role", "--skip", "unused-role").json()
        self.assertEqual(report["kind"], "RbacLintReport")
        self.assertEqual([f["check"] for f in report["findings"]],
                         ["missing-account", "missing-account", "no-subjects"])
        self.assertEqual(report["findings"][0]["field"], "subjects[0]")
        self.assertEqual(report["findings"][0]["object"], {"kind": "ClusterRoleBinding", "name": "my-clusterrole-binding3"})

    def test_a_grant_on_group_extensions(self):
        result = rbac("lint", state="every-policy", folder=os.path.join(ROOT, "examples"))
        self.assertEqual(result.status, NO)
        self.assertIn('a "*" in group extensions lets every PodSecurityPolicy be used', result.out)

    def test_clean(self):
        path = self.write("x.yaml", "{apiVersion: v1, kind: ServiceAccount, metadata: {name: a, namespace: b}}")
        result = run("rbac", "lint", "--state", path)
        self.assertEqual((result.status, result.out, result.err), (YES, "", ""))

    def test_wrong_calls(self):
        self.refused(rbac("lint", "--skip", "unused-roles"), "did you mean unused-role")
        self.refused(run("rbac", "lint", "--state", self.write("x.yaml", "{")), "x.yaml")


class Diff(Case):
    BEFORE = os.path.join(EXAMPLES, "before.yaml")
    AFTER = os.path.join(EXAMPLES, "after.yaml")

    def test_data(self):
        result = run("rbac", "diff", self.BEFORE, self.AFTER, "-o", "json")
        self.assertEqual((result.status, result.err), (NO, ""))
        report = result.json()
        self.assertEqual((report["kind"], report["lost"]), ("RbacDiffReport", 3))
        lost = [c for c in report["changes"] if c["change"] == "lost"]
        self.assertEqual([(c["subject"]["name"], c["right"]["resources"], c["butFor"]) for c in lost],
                         [("shop-devs", ["secrets"], ["get secrets"]),
                          ("ci", ["deployments", "statefulsets"], ["all of it in shop"]),
                          ("ci", ["secrets"], ["get secrets in shop"])])

    def test_no_difference(self):
        result = run("rbac", "diff", self.AFTER, self.AFTER)
        self.assertEqual((result.status, result.out), (YES, ""))

    def test_one_state_and_the_other(self):
        two = run("rbac", "diff", self.BEFORE, self.AFTER, "--who", "sa:shop/ci")
        one = run("rbac", "diff", self.BEFORE, "--state", self.AFTER, "--who", "sa:shop/ci")
        self.assertEqual((one.status, one.out), (NO, two.out))
        self.assertNotIn("shop-devs", one.out)

    def test_namespace(self):
        changes = run("rbac", "diff", self.BEFORE, self.AFTER, "-n", "elsewhere", "-o", "json").json()["changes"]
        self.assertEqual([c.get("inNamespace") for c in changes], [None, None, None])

    def test_wrong_calls(self):
        self.refused(run("rbac", "diff", self.BEFORE), "compared with what?")
        self.refused(run("rbac", "diff"))
        self.refused(run("rbac", "diff", self.BEFORE, self.AFTER, "--state", self.AFTER), "give two states, or one")
        self.refused(run("rbac", "diff", self.BEFORE, os.path.join(self.dir, "gone")), "gone")

    def test_more_rights_than_can_be_compared(self):
        names = ", ".join("n%d" % i for i in range(1100))
        path = self.write("x.yaml", """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r}
rules: [{apiGroups: [x], resources: [%s], verbs: [%s]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: u}]
""" % (names, names))
        empty = self.write("empty.yaml", "")
        self.refused(run("rbac", "diff", empty, path), "more rights than can be compared")


class Secrets(Case):
    def ways(self, *arguments):
        result = rbac("secrets", *arguments, "-o", "json", state="secrets.yaml", folder=EXAMPLES)
        self.assertEqual(result.status, YES, result)
        return {i["subject"]["name"]: (i["how"], i.get("via")) for i in result.json()["access"]}

    def test_every_way(self):
        self.assertEqual(self.ways("shop/db"), {
            "reader": ("read", None), "web": ("read", None), "creator": ("pod", None), "jobber": ("workload", None),
            "patcher": ("patch", None), "execer": ("exec", ["in deployment.apps/web"]),
            "requester": ("token", ["as ServiceAccount shop/web"]), "mimic": ("impersonate", ["as User reader"]),
            "climber": ("escalate", None), "binder": ("bind", ["with Role read"]),
            "monitor": ("node", ["in deployment.apps/web"])})

    def test_another_secret(self):
        self.assertEqual(self.ways("tls", "-n", "shop"), {
            "creator": ("pod", None), "jobber": ("workload", None), "patcher": ("patch", None),
            "execer": ("exec", ["in pod/lonely"]), "lonely": ("exec", ["in pod/lonely"]),
            "climber": ("escalate", None), "monitor": ("node", ["in pod/lonely"])})

    def test_table(self):
        result = rbac("secrets", "shop/db", "--who", "user:requester", state="secrets.yaml", folder=EXAMPLES)
        self.assertEqual(result.out.splitlines()[1].split()[:3], ["shop/db", "token", "User"])
        self.assertTrue(result.out.endswith("create serviceaccounts/token   as ServiceAccount shop/web\n"))

    def test_nobody(self):
        result = rbac("secrets", "--who", "user:nobody", state="secrets.yaml", folder=EXAMPLES)
        self.assertEqual((result.status, result.out), (NO, ""))

    def test_wrong_calls(self):
        self.refused(rbac("secrets", "a/b", "-n", "c"), "names a namespace")
        self.refused(rbac("secrets", "/b"), "a secret is NAMESPACE/NAME")
        self.refused(rbac("secrets", ""), "a secret is NAMESPACE/NAME")
        self.refused(run("rbac", "secrets"), "which cluster?")


class Live(Served):
    """The same of a running cluster: what it holds, without the places of files."""

    def test_every_command(self):
        state = os.path.join(FIXTURES, "rback.yaml")
        self.up("--state", state)
        for command in ("graph", "risks", "secrets"):
            with self.subTest(command):
                of_files = run("rbac", command, "-o", "json", "--state", state).json()
                live = self.podgate("rbac", command, "-o", "json", "--kubeconfig", self.kubeconfig).json()
                for risk in of_files.get("risks", []):
                    del risk["place"]
                of_files.pop("defaultsLeftOut", None), live.pop("defaultsLeftOut", None)
                self.assertEqual(live, of_files)
        lint = self.podgate("rbac", "lint", "-o", "json", "--kubeconfig", self.kubeconfig)
        self.assertEqual(lint.status, NO, lint)
        self.assertNotIn("place", lint.json()["findings"][0])
        self.assertEqual(sorted(f["message"] for f in lint.json()["findings"]),
                         sorted(f["message"] for f in run("rbac", "lint", "-o", "json", "--state", state).json()["findings"]))
        diff = self.podgate("rbac", "diff", state, "--kubeconfig", self.kubeconfig)
        self.assertEqual((diff.status, diff.out), (YES, ""), diff)
