# SPDX-License-Identifier: Apache-2.0
"""podgate access-matrix."""

import csv
import io
import os

from podgate import ERROR, NO, PROGRAM, ROOT, YES, Case, run

STATE = os.path.join(ROOT, "examples", "who-can", "cluster.yaml")


class AccessMatrix(Case):
    def ask(self, *arguments):
        return run("access-matrix", *arguments, "--state", STATE, "--no-preset")

    def test_a_subject_in_a_namespace(self):
        result = self.ask("--sa", "shop:web", "-n", "shop", "--verbs", "get,list", "--verbs", "create")
        self.assertEqual((result.status, result.err), (YES, ""))
        lines = result.out.splitlines()
        self.assertEqual(lines[0].split(), ["RESOURCE", "GET", "LIST", "CREATE"])
        self.assertIn(["secrets", "✔", "✔", "✖"], [line.split() for line in lines])
        self.assertFalse([line for line in lines if line.startswith("nodes")])

    def test_all_namespaces(self):
        result = self.ask("--sa", "shop:web", "-o", "json").json()
        secrets = [r for r in result["resources"] if r["resource"] == "secrets"][0]
        self.assertEqual((secrets["access"]["get"], secrets["access"]["create"]), ("some", "no"))
        self.assertEqual(secrets["namespaces"], {"get": ["shop"], "list": ["shop"]})
        result = self.ask("--sa", "edge:gateway", "-o", "json").json()
        secrets = [r for r in result["resources"] if r["resource"] == "secrets"][0]
        self.assertEqual((secrets["access"]["get"], secrets["names"]), ("named", {"get": ["web-tls"]}))

    def test_it_is_what_can_i_says(self):
        report = self.ask("--as", "jane", "-n", "shop", "-o", "json").json()
        for resource in report["resources"]:
            if resource["resource"] not in ("pods", "deployments", "secrets"):
                continue
            typed = resource["resource"] + ("." + resource["group"] if resource["group"] else "")
            for verb, access in resource["access"].items():
                with self.subTest(resource=typed, part=resource.get("subresource"), verb=verb):
                    said = run("can-i", verb, typed, "-n", "shop", "--as", "jane", "--state", STATE, "--no-preset",
                               "--subresource", resource.get("subresource", ""))
                    self.assertEqual(access == "yes", said.status == YES)

    def test_csv_and_ascii(self):
        rows = list(csv.DictReader(io.StringIO(self.ask("--sa", "shop:web", "-n", "shop", "-o", "csv").out)))
        secrets = [r for r in rows if r["resource"] == "secrets"][0]
        self.assertEqual((secrets["get"], secrets["deletecollection"], secrets["other"]), ("yes", "no", ""))
        out = self.ask("--sa", "shop:web", "-n", "shop", "-o", "ascii", "--no-headers").out
        self.assertIn(["bindings", "n/a", "n/a", "n/a", "no", "n/a", "n/a", "n/a", "n/a"],
                      [line.split() for line in out.splitlines()])

    def test_masters(self):
        result = self.ask("--as-group", "system:masters", "-o", "json").json()
        self.assertEqual({a for r in result["resources"] for a in r["access"].values()}, {"yes"})
        self.assertIn("clusterroles.rbac.authorization.k8s.io", self.ask("--as-group", "system:masters").out)
        self.assertIn("bind,escalate", self.ask("--as-group", "system:masters").out)

    def test_the_subjects_of_a_resource(self):
        result = self.ask("--for", "secrets", "-n", "shop", "-o", "ascii", "--verbs", "get,create")
        self.assertEqual(result.out, """\
NAME                          KIND             SA-NAMESPACE   GET     CREATE
system:masters                Group                           yes     yes
system:serviceaccounts:shop   Group                           yes     no
gateway                       ServiceAccount   edge           named   no
""")
        result = self.ask("--for", "secrets/web-tls", "-n", "shop", "-o", "csv", "--verbs", "get", "--members")
        self.assertEqual(result.out.splitlines(), [
            "name,kind,sa-namespace,get", "system:masters,Group,,yes", "system:serviceaccounts:shop,Group,,yes",
            "gateway,ServiceAccount,edge,yes", "batch,ServiceAccount,shop,yes", "web,ServiceAccount,shop,yes"])
        report = self.ask("--for", "pods/log", "-o", "json").json()
        self.assertEqual(report["for"]["subresource"], "log")
        self.assertEqual(self.ask("--for", "nodes").status, NO)

    def test_differences(self):
        result = self.ask("--sa", "shop:web", "-n", "shop", "--diff-with", "jane", "--verbs", "get,create", "-o", "ascii")
        self.assertEqual(result.status, NO)
        self.assertEqual(result.out, """\
RESOURCE           GET   CREATE
pods               yes
pods/log           yes
secrets            no
deployments.apps   yes   yes
""")
        result = self.ask("--sa", "shop:web", "--diff-with", "sa=shop:batch")
        self.assertEqual((result.status, result.out), (YES, ""))
        result = self.ask("--sa", "shop:web", "-n", "shop", "--diff-with", "namespace=default", "-o", "json")
        self.assertEqual(result.json()["resources"][0]["access"],
                         {"get": {"from": "yes", "to": "no"}, "list": {"from": "yes", "to": "no"}})

    def test_no_access(self):
        self.assertEqual(self.ask("--as", "nobody").status, NO)

    def test_colours_are_for_terminals(self):
        self.assertNotIn("\033", self.ask("--sa", "shop:web").out)

    def test_wrong_calls(self):
        self.refused(self.ask(), "whose access?")
        self.refused(self.ask("--sa", "web"), "NS:NAME")
        self.refused(self.ask("--sa", "a:b", "--as", "c"), "exclude each other")
        self.refused(self.ask("--for", "pods", "--as", "c"), "--for asks about all subjects")
        self.refused(self.ask("--for", "/healthz"), "who-can")
        self.refused(self.ask("--as", "c", "--verbs", "fetch"), 'no verb "fetch"')
        self.refused(self.ask("--as", "c", "--diff-with", "x=y"), 'not "x"')
        self.refused(self.ask("--as", "c", "--members"), "are for --for")
        self.refused(self.ask("--as", "c", "-n", ""), "needs a name")
        self.assertEqual(self.ask("--as", "c", "-o", "name").status, ERROR)

    def test_oneself_in_a_running_cluster(self):
        ask = '"$0" access-matrix --kubeconfig "$KUBECONFIG" -o json'
        result = run("up", "--state", STATE, "--", "sh", "-c", ask, PROGRAM)
        self.assertEqual(result.status, YES, result)
        self.assertEqual(result.json()["subject"]["groups"], ["system:masters", "system:authenticated"])
