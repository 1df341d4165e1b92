# SPDX-License-Identifier: Apache-2.0
"""podgate events and podgate rbac from-audit: logs of Falco and of API servers."""

import gzip
import json
import os
import re
import time

from podgate import ERROR, NO, ROOT, YES, Case, run
from test_up import SECONDS_MAX, Served

LOGS = os.path.join(ROOT, "tests", "fixtures", "audit")
FALCO = os.path.join(LOGS, "falco.jsonl")
# github.com/liggitt/audit2rbac, testdata/demo.log (Apache-2.0)
DEMO = os.path.join(LOGS, "audit2rbac-demo.log")

STARTED = "Warning: " + FALCO + ":1: no JSON object\n"


def event(verb="get", user="alice", code=200, more=None, **ref):
    body = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Request", "stage": "ResponseComplete",
            "auditID": "%s-%s-%s" % (verb, user, len(str(more))), "verb": verb, "requestURI": "/api",
            "user": {"username": user, "groups": ["system:authenticated"]}, "responseStatus": {"code": code},
            "requestReceivedTimestamp": "2021-03-01T10:00:00.000000Z", **(more or {})}
    if ref:
        body["objectRef"] = {"apiVersion": "v1", **ref}
    return json.dumps(body) + "\n"


POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "shop"},
       "spec": {"hostNetwork": True, "containers": [
           {"name": "a", "image": "i", "securityContext": {
               "privileged": True, "allowPrivilegeEscalation": True, "runAsNonRoot": True,
               "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}}]}}
POLICY = ('pods "p" is forbidden: PodSecurityPolicy: unable to admit pod: '
          '[spec.securityContext.hostNetwork: Invalid value: true: Host network is not allowed to be used '
          'spec.containers[0].securityContext.privileged: Invalid value: true: Privileged containers are '
          'not allowed]')


OPEN = """\
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata: {name: open}
spec:
  hostPID: true
  volumes: ['*']
  seLinux: {rule: RunAsAny}
  supplementalGroups: {rule: RunAsAny}
  runAsUser: {rule: RunAsAny}
  fsGroup: {rule: RunAsAny}
"""


class Events(Case):
    def test_falco(self):
        result = run("events", FALCO)
        self.assertEqual((result.status, result.err), (YES, STARTED))
        periods, rules, places = [[re.split(r" {2,}", line) for line in part.splitlines()]
                                  for part in result.out.split("\n\n")]
        self.assertEqual(periods, [["TIME", "ERRORS", "WARNINGS", "NOTICES", "EVENTS", "PREVENTABLE"],
                                   ["2021-03-01", "1", "0", "2", "3", "2"],
                                   ["2021-03-02", "1", "0", "1", "2", "0"],
                                   ["2021-03-08", "0", "1", "1", "2", "1"]])
        self.assertEqual({row[0]: row[-1] for row in rules}, {
            "RULE": "PREVENTED BY",
            "Contact K8S API Server From Container": "no admission policy: automountServiceAccountToken: false, "
                                                     "and RBAC for what the account may do",
            "Launch Privileged Container": "privileged: false; baseline: Privileged Containers",
            "Launch Sensitive Mount Container": "allowedHostPaths, or volumes without hostPath; "
                                                "baseline: HostPath Volumes",
            "Our Own Rule": "not known here",
            "Terminal shell in container": "no admission policy: RBAC, who may create pods/exec and pods/attach",
            "Write below etc (on the node)": "no admission policy: a process of the node, of no pod",
            "Write below root": "readOnlyRootFilesystem: true; no standard asks for a read-only root file system"})
        self.assertIn(["shop", "deployment/web", "Write below root", "1", "2021-03-01T09:40:10Z"], places)
        self.assertIn(["shop", "db", "Terminal shell in container", "1", "2021-03-01T10:02:11Z"], places)

    def test_steps_and_filters(self):
        rows = [
            (["--by", "hour"], ["2021-03-01 09:00", "2021-03-01 10:00", "2021-03-02 11:00", "2021-03-08 12:00"]),
            (["--by", "week"], ["2021-03-01", "2021-03-08"]),
            (["-n", "shop"], ["2021-03-01"]),
            (["--workload", "web"], ["2021-03-01"]),
            (["--workload", "deployment/web"], ["2021-03-01"]),
            (["--workload", "statefulset/db"], ["2021-03-01"]),
            (["--rule", "our own rule"], ["2021-03-08"]),
            (["-n", "shop", "--rule", "Write below etc"], []),
        ]
        for words, starts in rows:
            with self.subTest(words):
                result = run("events", FALCO, *words, "-o", "json")
                self.assertEqual(result.status, YES, result)
                got = result.json()
                self.assertEqual(got["kind"], "EventsReport")
                self.assertEqual([p["start"][:16 if "hour" in words else 10].replace("T", " ")
                                  for p in got["periods"]], starts)
                self.assertEqual(sum(r["count"] for r in got["rules"]), got["events"])
                self.assertEqual(sum(p["count"] for p in got["places"]), got["events"])
                self.assertEqual(got["events"] + got["notAskedFor"], 7)
        self.assertIn("nothing like that happened", run("events", FALCO, "-n", "none").err)

    def test_audit_log(self):
        log = (event("create", code=201, more={"requestObject": POD}, resource="pods", namespace="shop", name="p")
               + event("create", code=403, user="bob",
                       more={"responseStatus": {"code": 403, "message": POLICY}, "requestObject": POD},
                       resource="pods", namespace="shop", name="p")
               + event("create", user="c", resource="pods", subresource="exec", namespace="shop", name="web-0")
               + event("list", user="d", resource="secrets", namespace="shop")
               + event("list", user="system:kube-controller-manager", resource="secrets")
               + event("list", user="e", resource="configmaps", namespace="shop"))
        self.assertEqual({r["rule"] for r in run("events", "-", "-o", "json", stdin=log).json()["rules"]},
                         {"pod: hostNamespaces", "pod: privileged", "refused: PodSecurityPolicy",
                          "exec into a pod", "secrets read"})
        got = run("events", "-", "-o", "json", "--level", "restricted", stdin=log).json()
        self.assertEqual(got["periods"], [{"start": "2021-03-01T00:00:00Z", "events": 6, "requests": 6,
                                           "refused": 1, "violations": 1, "preventable": 3}])
        rules = {r["rule"]: r for r in got["rules"]}
        self.assertEqual(set(rules), {"pod: hostNamespaces", "pod: privileged", "pod: allowPrivilegeEscalation",
                                      "refused: PodSecurityPolicy", "exec into a pod", "secrets read"})
        self.assertEqual(rules["pod: privileged"]["prevention"], {
            "prevents": "Fully", "podSecurityPolicy": "privileged: false",
            "podSecurityStandard": "baseline: Privileged Containers"})
        self.assertEqual(rules["pod: privileged"]["fields"], ["spec.containers[*].securityContext.privileged"])
        self.assertEqual(rules["refused: PodSecurityPolicy"]["fields"],
                         ["spec.securityContext.hostNetwork", "spec.containers[*].securityContext.privileged"])
        self.assertEqual(rules["exec into a pod"]["prevention"]["prevents"], "No")
        table = run("events", "-", stdin=log)
        self.assertIn("TIME         REQUESTS   REFUSED   VIOLATIONS   EVENTS   PREVENTABLE", table.out)
        self.assertIn("FIELDS", table.out)

    def test_bad_lines(self):
        good = event(resource="pods", namespace="a")
        log = self.write("log", good + "nonsense\n" + "{\"kind\":\n" + good[:40])
        result = self.run_in("events", "log")
        self.assertEqual(result.status, YES, result)
        self.assertEqual(len(result.err.splitlines()), 3, result.err)
        for part in ("Warning: log:2: no JSON object\n", "Warning: log:3: ",
                     "Warning: log:4: cut off: the last line is not complete\n"):
            self.assertIn(part, result.err)
        self.refused(self.run_in("events", "log", "--fail-on-unknown"), "3 lines could not be read")
        self.refused(self.run_in("rbac", "from-audit", "log", "--fail-on-unknown"), "3 lines could not be read")
        many = self.run_in("events", "-", stdin=good + "x\n" * 50)
        self.assertIn("Warning: 30 more lines were passed over", many.err)
        self.assertTrue(log)

    def test_wrong_calls(self):
        self.write("packed", gzip.compress(event().encode()))
        self.write("empty", "")
        rows = [
            (["events"], "FILE"),
            (["events", "missing"], "missing: No such file or directory"),
            (["events", "."], ".: Is a directory"),
            (["events", "empty"], "no event among 0 bytes"),
            (["events", "packed"], "decompress it first"),
            (["events", "-", "-"], "standard input can be read once"),
            (["events", "empty", "--by", "year"], "--by"),
            (["events", "empty", "--level", "strict"], "--level"),
            (["rbac", "from-audit"], "LOG"),
            (["rbac", "from-audit", "empty"], "no event of an audit log"),
            (["rbac", "from-audit", "-", "--state", "-"], "standard input can be read once"),
            (["rbac", "from-audit", "empty", "--cluster-from", "0"], "--cluster-from"),
            (["rbac", "from-audit", "empty", "--names-max", "x"], "--names-max"),
            (["rbac", "from-audit", "empty", "--name", "a/b"], "--name"),
            (["rbac", "from-audit", "empty", "--subject", "group:x"], "--subject"),
            (["rbac", "from-audit", "empty", "--subject", "sa:x"], "--subject"),
        ]
        for words, part in rows:
            with self.subTest(words):
                self.refused(self.run_in(*words), part)


class FromAudit(Case):
    def rows(self, *words):
        result = run("rbac", "from-audit", *words, "-o", "table", "--prove")
        self.assertEqual(result.status, YES, result)
        proof = re.search(r"proof: (\d+) of (\d+) different requests are allowed; (\d+) of (\d+) rules are needed",
                          result.err)
        self.assertEqual(proof[1], proof[2], result.err)
        self.assertEqual(proof[3], proof[4], result.err)
        rows = [re.split(r" {2,}", line)[:4] for line in result.out.splitlines()[1:]]
        self.assertEqual(len(rows), int(proof[4]))
        return rows

    def test_as_audit2rbac(self):
        """The three roles that audit2rbac makes of its own sample, with its ways of widening."""
        wide = ["--denied", "--names-max", "1", "--cluster-from", "2", "--verbs-together"]
        rows = [
            ("alice", ["User alice", "ns1", "get, list, watch configmaps, pods, secrets", "3"]),
            ("bob", ["User bob", "*", "get, list, watch nodes, pods", "6"]),
            ("ns1/sa1", ["ServiceAccount ns1/sa1", "*", "get, list, watch nodes, pods", "5"]),
        ]
        for subject, want in rows:
            with self.subTest(subject):
                self.assertEqual(self.rows(DEMO, "--subject", subject, *wide), [want])

    def test_least(self):
        self.assertEqual(self.rows(DEMO, "--denied"), [
            ["User bob", "*", "list nodes", "1"],
            ["User bob", "default", "list pods", "4"],
            ["User bob", "ns1", "list pods", "1"],
            ["ServiceAccount ns1/sa1", "*", "list nodes, pods", "5"],
            ["User alice", "ns1", "list configmaps, pods, secrets", "3"]])
        self.assertEqual(self.rows(DEMO), [["User bob", "default", "list pods", "2"],
                                           ["ServiceAccount ns1/sa1", "*", "list pods", "1"]])
        self.assertEqual(self.rows(DEMO, "-n", "default"), [["User bob", "default", "list pods", "2"]])

    def test_yaml(self):
        result = run("rbac", "from-audit", DEMO, "--subject", "bob")
        self.assertEqual(result.status, YES, result)
        self.assertIn("Warning: 4 requests were refused, and stay so (see --denied)", result.err)
        self.assertEqual(result.out, """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: from-audit:bob
  namespace: default
rules:
# 2 requests: list pods in default, first at %s:3 (2017-09-11T19:58:37Z)
- apiGroups:
  - ""
  resources:
  - pods
  verbs:
  - list
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: from-audit:bob
  namespace: default
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: from-audit:bob
subjects:
- apiGroup: rbac.authorization.k8s.io
  kind: User
  name: bob
""" % DEMO)

    def test_result_as_state(self):
        """What the result allows is not granted again; and it grants what was done."""
        made = run("rbac", "from-audit", DEMO, "--denied", "--name", "made")
        state = self.write("made.yaml", made.out)
        self.assertEqual(run("can-i", "list", "nodes", "--as", "bob", "--state", state).status, YES)
        self.assertEqual(run("can-i", "get", "nodes", "--as", "bob", "--state", state).status, NO)
        again = run("rbac", "from-audit", DEMO, "--denied", "--state", state)
        self.assertEqual((again.status, again.out), (YES, ""))
        self.assertIn("nothing is to be granted", again.err)
        # a role of the name that is there already is not replaced
        more = self.write("more.log", event("list", user="bob", resource="pods", namespace="new"))
        other = run("rbac", "from-audit", more, "--name", "made:bob", "--state", state)
        self.assertIn("name: made:bob-2\n", other.out)

    def test_json(self):
        got = run("rbac", "from-audit", DEMO, "-o", "json", "--prove").json()
        self.assertEqual((got["kind"], got["requests"], got["refused"]), ("RbacFromAuditReport", 3, 11))
        self.assertEqual([o["kind"] for o in got["objects"]],
                         ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"])
        self.assertEqual(got["roles"][0]["rules"][0]["evidence"], [
            {"verb": "list", "resource": "pods", "namespace": "default", "count": 2, "first": DEMO + ":3",
             "time": "2017-09-11T19:58:37Z"}])
        self.assertEqual(got["proof"], {"requests": 2, "refused": 0, "rules": 2, "unneeded": 0})


class OwnLog(Served):
    def test_round_trip(self):
        """The audit log of podgate up, made into roles, allows what was done."""
        log = os.path.join(self.dir, "audit.log")
        process = self.up("--audit-log", log, "--state", self.write("policy.yaml", OPEN))
        base = "/api/v1/namespaces/default/"
        deadline = time.monotonic() + SECONDS_MAX
        while self.ask("GET", base + "serviceaccounts/default")[0] != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        jane = {"Impersonate-User": "jane", "Content-Type": "application/json"}
        for path in ("configmaps", "configmaps/x", "pods/y/log"):
            self.assertEqual(self.ask("GET", base + path, headers=jane)[0], 403)
        pod = json.dumps({"metadata": {"name": "p"}, "spec": {"hostPID": True, "containers": [
            {"name": "a", "image": "b"}]}})
        self.assertEqual(self.ask("POST", base + "pods", pod, headers={"Content-Type": "application/json"})[0], 201)
        self.end(process)
        result = run("rbac", "from-audit", log, "--subject", "jane", "--denied", "--prove")
        self.assertEqual(result.status, YES, result)
        state = self.write("state.yaml", result.out)
        for words in (["list", "configmaps"], ["get", "configmaps/x"], ["get", "pods/y", "--subresource", "log"]):
            self.assertEqual(run("can-i", *words, "--as", "jane", "--state", state).status, YES, words)
        rules = {r["rule"]: r["count"] for r in run("events", log, "-o", "json").json()["rules"]}
        self.assertEqual(rules["refused: authorization"], 3)
        self.assertEqual(rules["pod: hostNamespaces"], 1)
        self.assertNotEqual(run("events", log).status, ERROR)
