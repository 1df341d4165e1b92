# SPDX-License-Identifier: Apache-2.0
"""podgate explain: why a pod is admitted or refused, messages, and ways out that are ways out."""

import json
import os
import unittest

from podgate import NO, PROGRAM, ROOT, YES, Case

FOLDER = os.path.join(ROOT, "examples", "explain")
CLUSTER = os.path.join(FOLDER, "cluster.yaml")
WEB = os.path.join(FOLDER, "web.yaml")
REFUSAL = os.path.join(FOLDER, "refusal.txt")
INGRESS = os.path.join(FOLDER, "ingress.yaml")
SERVER = os.path.join(os.path.dirname(PROGRAM), "podgate-server")

RESTRICTED = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}
"""

QUOTA = """\
apiVersion: v1
kind: ResourceQuota
metadata: {name: team, namespace: shop}
spec: {hard: {pods: "4"}}
"""

READER = """\
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop}
spec:
  securityContext: {runAsUser: 7, fsGroup: 7}
  containers: [{name: c, image: i, resources: {limits: {cpu: 2, memory: 1536Mi}}}]
"""

ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: ingress, namespace: shop}
"""

MANY = {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy",
        "spec": {"privileged": False, "volumes": ["*"], "runAsUser": {"rule": "RunAsAny"},
                 "seLinux": {"rule": "RunAsAny"}, "fsGroup": {"rule": "RunAsAny"},
                 "supplementalGroups": {"rule": "RunAsAny"}}}

PSP = ('pods "web-956c67785-" is forbidden: PodSecurityPolicy: unable to admit pod: '
       "[spec.securityContext.hostNetwork: Invalid value: true: Host network is not allowed to be used "
       "spec.containers[0].hostPort: Invalid value: 80: Host port 80 is not allowed to be used. "
       "Allowed ports: []]")


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


class Explain(Case):
    def explain(self, *arguments, stdin="", status=NO):
        result = self.run_in("explain", *arguments, "-o", "json", stdin=stdin)
        self.assertEqual(result.status, status, result)
        report = result.json()
        self.assertEqual(report["kind"], "ExplainReport")
        return report

    def objects(self, way, name="way.json"):
        return self.write(name, json.dumps({"apiVersion": "v1", "kind": "List", "items": way["objects"]}))

    def admit(self, workload, *states):
        options = [option for state in states for option in ("--state", state)]
        return self.run_in("admit", "-f", workload, *options).status

    def test_a_refusal(self):
        item = self.explain("-f", WEB, "--state", CLUSTER)["items"][0]
        self.assertEqual((item["allowed"], item["decidedBy"], item["runnerUp"]),
                         (False, "PodSecurityPolicy", "restricted"))
        self.assertEqual([(p["name"], p["usable"], p["verdict"]) for p in item["policies"]],
                         [("restricted", True, "Refuses"), ("ingress", False, "Admits"),
                          ("privileged", False, "Admits")])
        counts = [s for s in item["policies"][0]["subjects"] if "countsFor" in s]
        self.assertEqual([(s["subject"]["name"], s["binding"]["name"], s["countsFor"]) for s in counts],
                         [("system:serviceaccounts", "everybody-restricted", "ServiceAccount")])

    def test_the_ways_out_are_ways_out(self):
        ways = self.explain("-f", WEB, "--state", CLUSTER)["items"][0]["waysOut"]
        self.assertEqual(self.admit(WEB, CLUSTER), NO)
        self.assertEqual([c["text"] for c in ways["edit"]["changes"]],
                         ["remove spec.template.spec.hostNetwork (was true)"])
        self.assertEqual(self.admit(self.objects(ways["edit"]), CLUSTER), YES)
        self.assertEqual(ways["edit"]["patch"], [{"op": "remove", "path": "/spec/template/spec/hostNetwork"}])
        self.assertEqual(ways["grant"]["target"], "ingress")
        self.assertEqual(self.admit(WEB, CLUSTER, self.objects(ways["grant"])), YES)
        self.assertEqual((ways["widen"]["target"], len(ways["widen"]["changes"])), ("restricted", 2))
        self.assertEqual(self.admit(WEB, CLUSTER, self.objects(ways["widen"])), YES)

    def test_a_new_role(self):
        privileged = self.write("p.yaml", read(WEB).replace("hostNetwork", "hostPID"))
        grant = self.explain("-f", privileged, "--state", CLUSTER)["items"][0]["waysOut"]["grant"]
        self.assertEqual([o["kind"] for o in grant["objects"]], ["Role", "RoleBinding"])
        for left_out in grant["objects"]:
            rest = {"objects": [o for o in grant["objects"] if o is not left_out]}
            self.assertEqual(self.admit(privileged, CLUSTER, self.objects(rest)), NO)
        self.assertEqual(self.admit(privileged, CLUSTER, self.objects(grant)), YES)

    def test_pod_security(self):
        state = self.write("ns.yaml", RESTRICTED)
        item = self.explain("-f", WEB, "--state", state, "--kubernetes-version", "1.26")["items"][0]
        self.assertEqual(item["podSecurity"], {"enforces": "restricted:latest", "byLabel": True,
                                               "meets": "privileged"})
        ways = item["waysOut"]
        self.assertEqual([c["text"] for c in ways["widen"]["changes"]],
                         ["set metadata.labels[pod-security.kubernetes.io/enforce] to privileged (was restricted)"])
        self.assertEqual(len(ways["edit"]["changes"]), 5)
        self.assertFalse(ways["grant"]["found"])
        edited = self.objects(ways["edit"])
        self.assertEqual(self.run_in("admit", "-f", edited, "--state", state,
                                     "--kubernetes-version", "1.26").status, YES)

    def test_an_admitted_pod(self):
        item = self.explain("-f", INGRESS, "--state", CLUSTER, status=YES)["items"][0]
        self.assertEqual((item["allowed"], item["winner"]), (True, "ingress"))
        self.assertEqual(item["refused"]["without"],
                         [{"kind": "RoleBinding", "name": "ingress", "namespace": "shop"}])
        text = self.run_in("explain", INGRESS, "--state", CLUSTER)
        self.assertEqual(text.status, YES, text)
        self.assertIn("ingress wins: of the policies that may be used and that change nothing", text.out)

    def test_who_sends_it(self):
        report = self.explain("-f", INGRESS, "--state", CLUSTER, "--as", "bob")
        access = report["items"][0]["access"]
        self.assertEqual((access["allowed"], access["resource"], access["grant"]["roleExists"]),
                         (False, "daemonsets", False))
        grant = self.objects(access["grant"])
        self.explain("-f", INGRESS, "--state", CLUSTER, "--state", grant, "--as", "bob", status=YES)

    def test_a_quota_that_has_too_little_left(self):
        state = self.write("quota.yaml", QUOTA.replace('pods: "4"', 'limits.memory: 1Gi, limits.cpu: "1"'))
        pod = self.write("pod.yaml", READER)
        ways = self.explain("-f", pod, "--state", CLUSTER, "--state", state)["items"][0]["waysOut"]
        self.assertEqual([c["text"] for c in ways["widen"]["changes"]],
                         ["set spec.hard[limits.cpu] to 2 (was 1)", "set spec.hard[limits.memory] to 1536Mi (was 1Gi)"])
        self.assertEqual(self.admit(pod, CLUSTER, state, self.objects(ways["widen"])), YES)
        self.assertEqual([c["text"] for c in ways["edit"]["changes"]],
                         ['set spec.containers["c"].resources.limits.cpu to 1 (was 2)',
                          'set spec.containers["c"].resources.limits.memory to 1Gi (was 1536Mi)'])
        self.assertEqual(self.admit(self.objects(ways["edit"]), CLUSTER, state), YES)
        for way in ("grant", "account"):
            self.assertEqual(ways[way]["reason"],
                             "the admission plugin ResourceQuota refuses it, and that asks nobody for rights")
        text = self.run_in("explain", "-f", pod, "--state", CLUSTER, "--state", state)
        self.assertIn("Raise quota team", text.out)

    def test_another_service_account(self):
        account = self.write("account.yaml", ACCOUNT)
        ways = self.explain("-f", WEB, "--state", CLUSTER, "--state", account)["items"][0]["waysOut"]
        self.assertEqual((ways["account"]["target"], ways["account"]["admittedBy"]), ("ingress", "ingress"))
        self.assertEqual(self.admit(self.objects(ways["account"]), CLUSTER, account), YES)
        self.assertEqual(ways["account"]["patch"][0]["path"], "/spec/template/spec/serviceAccountName")
        text = self.run_in("explain", "-f", WEB, "--state", CLUSTER, "--state", account)
        self.assertIn("Run it as service account ingress", text.out)

    def test_many_policies(self):
        """Nobody reads what each of hundreds says: the nearest are shown, and how many there are."""
        many = [dict(MANY, metadata={"name": "p-%03d" % i}) for i in range(200)]
        many[150] = dict(MANY, metadata={"name": "p-150"}, spec=dict(MANY["spec"], hostNetwork=True))
        grant = [{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "all"},
                  "rules": [{"apiGroups": ["policy"], "resources": ["podsecuritypolicies"], "verbs": ["use"]}]},
                 {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
                  "metadata": {"name": "all"},
                  "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "all"},
                  "subjects": [{"kind": "Group", "name": "system:serviceaccounts",
                                "apiGroup": "rbac.authorization.k8s.io"}]}]
        state = self.write("many.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": many + grant}))
        done = self.run_in("explain", "-f", WEB, "--state", state)
        self.assertEqual(done.status, NO, done)
        self.assertLess(len(done.out.splitlines()), 80)
        table = done.out[done.out.index("the nearest of them"):]
        self.assertEqual([line.split()[0] for line in table.splitlines()[2:5]], ["p-150", "p-000", "p-001"])
        self.assertIn("\n  and 180 more: 180 refuse it, too (-v shows all)\n", done.out)
        self.assertRegex(done.out, r"\.\.\.\s+and\s+[0-9]+\s+bytes\s+more\s+\(-v\s+shows\s+all\)")
        whole = self.run_in("explain", "-v", "-f", WEB, "--state", state)
        self.assertIn("p-199", whole.out)
        self.assertNotIn("bytes more", whole.out)
        short = self.run_in("admit", "-f", WEB, "--state", state)
        self.assertIn("\n  and 180 more policies (-v shows all, podgate explain the nearest)\n", short.out)
        self.assertEqual(len(self.explain("-f", WEB, "--state", state)["items"][0]["policies"]), 200)

    def test_a_message_alone(self):
        report = self.explain("--message", "-", stdin="Error creating: " + PSP)
        refusal = report["refusals"][0]
        self.assertEqual((refusal["decidedBy"], refusal["event"], refusal["name"]),
                         ("PodSecurityPolicy", True, "web-956c67785-"))
        self.assertEqual([p["field"] for p in refusal["points"]],
                         ["spec.securityContext.hostNetwork", "spec.containers[0].hostPort"])
        warning = 'Warning: would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)\n'
        self.explain("--message", "-", stdin=warning, status=YES)

    def test_a_message_of_a_workload(self):
        report = self.explain("--message", "-", "--state", CLUSTER, "--state", WEB,
                              stdin="  Warning  FailedCreate  1s  replicaset-controller  Error creating: " + PSP)
        self.assertEqual(report["refusals"][0]["object"], {"kind": "Deployment", "name": "web"})
        said = [(s["policy"], s["says"], s["wouldSayMore"]) for s in report["refusals"][0]["saidBy"]]
        self.assertEqual(said, [("restricted", 2, 0)])
        self.assertEqual([(i["kind"], i["waysOut"]["edit"]["found"]) for i in report["items"]],
                         [("Deployment", True)])
        fixed = self.write("web.yaml", read(WEB).replace("hostNetwork: true", ""))
        self.explain("--message", "-", "-f", fixed, "--state", CLUSTER, stdin=PSP, status=YES)

    def test_a_message_of_a_pod_that_is_not_there(self):
        report = self.explain("--message", os.path.join(FOLDER, "refusal.txt"), "-n", "shop", "--state", CLUSTER)
        ways = report["items"][0]["waysOut"]
        self.assertEqual(ways["grant"]["target"], "privileged")
        self.assertEqual(len(ways["edit"]["changes"]), 2)
        text = self.run_in("explain", "--message", os.path.join(FOLDER, "refusal.txt"), "-n", "shop",
                           "--state", CLUSTER)
        self.assertIn("A pod with just these fields", text.out)

    def test_a_message_of_rbac(self):
        message = ('Error from server (Forbidden): pods "p" is forbidden: User "bob" cannot get resource '
                   '"pods/log" in API group "" in the namespace "shop"')
        access = self.explain("--message", "-", "--state", CLUSTER, stdin=message)["refusals"][0]["access"]
        role = access["grant"]["objects"][0]
        self.assertEqual(role["rules"], [{"apiGroups": [""], "resources": ["pods/log"],
                                          "resourceNames": ["p"], "verbs": ["get"]}])
        granted = self.objects(access["grant"])
        can = self.run_in("can-i", "get", "pods/p", "--subresource", "log", "-n", "shop", "--as", "bob",
                          "--state", CLUSTER, "--state", granted)
        self.assertEqual(can.status, YES, can)

    def test_a_message_of_a_quota(self):
        message = ('pods "p" is forbidden: exceeded quota: team, requested: pods=1, used: pods=4, limited: pods=4')
        state = self.write("quota.yaml", QUOTA)
        refusal = self.explain("--message", "-", "-n", "shop", "--state", state, stdin=message)["refusals"][0]
        self.assertEqual(refusal["amounts"], [{"resource": "pods", "requested": "1", "used": "4", "limited": "4"}])
        self.assertEqual(refusal["objects"][0]["text"], 'it allows {"pods":"4"}')

    def test_as_text(self):
        done = self.run_in("explain", "-f", WEB, "--state", CLUSTER)
        self.assertEqual(done.status, NO, done)
        for part in ("is refused.", "3 of 3 pods would not start.", "would admit",
                     "remove spec.template.spec.hostNetwork (was true)",
                     "kubectl create rolebinding use-psp-ingress-default -n shop --clusterrole=use-ingress "
                     "--serviceaccount=shop:default"):
            self.assertIn(part, done.out)
        self.assertTrue(self.run_in("explain", "-f", WEB, "--state", CLUSTER, "-o", "yaml").out.startswith("items:"))

    @unittest.skipUnless(os.path.exists(SERVER), "built without the server")
    def test_a_running_cluster(self):
        script = self.write("ask", '"$PODGATE" explain -f "$1" --kubeconfig "$KUBECONFIG" -o json >"$2"; echo $?\n')
        out = os.path.join(self.dir, "out")
        done = self.run_in("up", "--state", CLUSTER, "--", "sh", script, WEB, out)
        self.assertEqual(done.out.strip()[-1:], str(NO), done)
        item = json.loads(read(out))["items"][0]
        self.assertEqual(item["runnerUp"], "restricted")
        self.assertTrue(all(item["waysOut"][way]["found"] for way in ("edit", "grant", "widen")))

    @unittest.skipUnless(os.path.exists(SERVER), "built without the server")
    def test_a_message_about_a_running_cluster(self):
        """The program that asks a cluster is another one: what is on standard input is left for it."""
        script = self.write("ask", '"$PODGATE" explain --message - --kubeconfig "$KUBECONFIG"\n')
        done = self.run_in("up", "--state", CLUSTER, "--", "sh", script, stdin=read(REFUSAL))
        self.assertIn("refused by the admission plugin PodSecurityPolicy", done.out, done)

    def test_wrong_calls(self):
        self.refused(self.run_in("explain"), "-f says what is asked about")
        self.refused(self.run_in("explain", "-f", "-", "--message", "-"), "standard input can be read once")
        self.refused(self.run_in("explain", "--message", "-", stdin="all is well\n"), "there is no refusal")
        self.refused(self.run_in("explain", "--message", "none.txt"), "none.txt")
        other = self.write("x", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")
        self.refused(self.run_in("explain", "-f", other), "nothing that makes pods")
