# SPDX-License-Identifier: Apache-2.0
"""podgate advise: what is printed is proved, can be applied, and is as strict as another tool's."""

import json
import os

from podgate import NO, PROGRAM, ROOT, YES, Case, run

SAMPLES = os.path.join(ROOT, "tests", "fixtures", "advise", "kube-psp-advisor", "samples.json")
EXAMPLE = os.path.join(ROOT, "examples", "advise", "shop.yaml")

# Where the other tool's policy is stricter, it refuses a workload that it was made for: sample,
# field, and what the API server would say. Everything else must be as strict here.
REFUSES_ITS_OWN = [
    # every host path read-only, for pods that mount them writable
    ("test-yaml/psp-grant.yaml", "busy-ds", "allowedHostPaths", "must be read-only"),
    # sysctls that need leave
    ("test-yaml/psp-grant.yaml", "busy-ds", "allowedUnsafeSysctls", 'unsafe sysctl \\"kernel.msgmax\\"'),
    ("test-yaml/psp-grant.yaml", "busy-rs", "allowedUnsafeSysctls", 'unsafe sysctl \\"net.core.somaxconn\\"'),
]


def spec(policy):
    return policy.get("spec", policy)


def ids(rule, low=0):
    """The ids that a rule lets through, as a set of ranges; None for any."""
    name = (rule or {}).get("rule", "RunAsAny")
    if name == "RunAsAny":
        return None
    if name == "MustRunAsNonRoot":
        return [(1, 2**31 - 1)]
    return [(r["min"], r["max"]) for r in rule["ranges"]]


def within(inner, outer):
    return outer is None or (inner is not None and
                             all(any(o[0] <= i[0] and i[1] <= o[1] for o in outer) for i in inner))


def paths(policy):
    """Prefix to whether it is read-only; None when hostPath volumes may be anything."""
    if "hostPath" not in policy.get("volumes", []):
        return {}
    listed = policy.get("allowedHostPaths")
    return {p["pathPrefix"]: p.get("readOnly", False) for p in listed} if listed else None


def paths_within(inner, outer):
    return outer is None or (inner is not None and all(
        any((path + "/").startswith(prefix.rstrip("/") + "/") and (read_only or not outer[prefix])
            for prefix in outer) for path, read_only in inner.items()))


def capabilities(policy):
    return set(policy.get("allowedCapabilities", [])) | set(policy.get("defaultAddCapabilities", []))


def ports(policy):
    return [(p["min"], p["max"]) for p in policy.get("hostPorts", [])]


# Field: is ours as strict as theirs?
STRICT = {
    "privileged": lambda o, t: t.get("privileged", False) or not o.get("privileged", False),
    "hostNetwork": lambda o, t: t.get("hostNetwork", False) or not o.get("hostNetwork", False),
    "hostPID": lambda o, t: t.get("hostPID", False) or not o.get("hostPID", False),
    "hostIPC": lambda o, t: t.get("hostIPC", False) or not o.get("hostIPC", False),
    "allowPrivilegeEscalation": lambda o, t: t.get("allowPrivilegeEscalation", True)
    or not o.get("allowPrivilegeEscalation", True),
    "readOnlyRootFilesystem": lambda o, t: o.get("readOnlyRootFilesystem", False)
    or not t.get("readOnlyRootFilesystem", False),
    "allowedCapabilities": lambda o, t: capabilities(o) <= capabilities(t),
    "defaultAddCapabilities": lambda o, t: "defaultAddCapabilities" not in o,
    "requiredDropCapabilities": lambda o, t: set(o.get("requiredDropCapabilities", []))
    >= set(t.get("requiredDropCapabilities", [])),
    "volumes": lambda o, t: set(o["volumes"]) <= set(t.get("volumes", [])),
    "allowedHostPaths": lambda o, t: paths_within(paths(o), paths(t)),
    "hostPorts": lambda o, t: within(ports(o), ports(t)),
    "runAsUser": lambda o, t: within(ids(o["runAsUser"]), ids(t["runAsUser"])),
    "runAsGroup": lambda o, t: within(ids(o["runAsGroup"]), ids(t.get("runAsGroup"))),
    "fsGroup": lambda o, t: within(ids(o["fsGroup"]), ids(t["fsGroup"])),
    "supplementalGroups": lambda o, t: within(ids(o["supplementalGroups"]), ids(t["supplementalGroups"])),
    "seLinux": lambda o, t: t["seLinux"]["rule"] == "RunAsAny" or o["seLinux"] == t["seLinux"],
    "allowedUnsafeSysctls": lambda o, t: set(o.get("allowedUnsafeSysctls", []))
    <= set(t.get("allowedUnsafeSysctls", [])),
}

DUMP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, uid: d}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: "x:1"}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-1
  namespace: shop
  uid: r
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: d, controller: true}]
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: "x:1"}]}
---
apiVersion: v1
kind: Pod
metadata:
  name: web-1-a
  namespace: shop
  uid: p
  annotations: {kubernetes.io/psp: old}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-1, uid: r, controller: true}]
spec:
  nodeName: n1
  containers:
  - {name: nginx, image: "x:1"}
  - {name: proxy, image: "y:1", securityContext: {capabilities: {add: [NET_ADMIN]}}}
status: {phase: Running}
---
apiVersion: v1
kind: Pod
metadata:
  name: apiserver-n1
  namespace: kube-system
  uid: m
  annotations: {kubernetes.io/config.mirror: x, kubernetes.io/config.source: file}
spec:
  nodeName: n1
  hostNetwork: true
  containers: [{name: c, image: "x:1", ports: [{containerPort: 6443}]}]
  volumes: [{name: certs, hostPath: {path: /etc/kubernetes/pki}}]
status: {phase: Running}
"""


class AdvisePsp(Case):
    def policies(self, *arguments):
        result = self.run_in("advise", "psp", *arguments, "-o", "json")
        self.assertEqual(result.status, YES, result)
        return result.json()["policies"]

    def test_as_strict_as_kube_psp_advisor(self):
        with open(SAMPLES, encoding="utf-8") as text:
            samples = json.load(text)
        self.assertEqual(len(samples), 21)
        looser = []
        invalid = 0
        for i, sample in enumerate(samples):
            names = [w["metadata"]["name"] for w in sample["workloads"]]
            listing = {"apiVersion": "v1", "kind": "List", "items": sample["workloads"]}
            self.write("sample.json", json.dumps(listing))
            call = ("-f", "sample.json", "--kubernetes-version", "1.20")
            if sample["source"] == "examples/pods-deny.yaml":
                invalid += 1  # no API server takes these, so no policy is needed for them
                self.refused(self.run_in("advise", "psp", *call),
                             "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
                continue
            (advised,) = self.policies(*call)
            ours, theirs = spec(advised["policy"]), sample["policy"]
            with self.subTest(i, source=sample["source"], names=names):
                for field, is_strict in STRICT.items():
                    if not is_strict(ours, theirs):
                        looser.append((sample["source"], names[0], field))
        self.assertEqual(invalid, 2)
        expected = sorted({(source, name, field) for source, name, field, _ in REFUSES_ITS_OWN})
        self.assertEqual(sorted(looser), expected)

    def test_where_theirs_is_stricter_it_refuses_its_own_workloads(self):
        with open(SAMPLES, encoding="utf-8") as text:
            samples = json.load(text)
        for source, name, field, message in REFUSES_ITS_OWN:
            (sample,) = [s for s in samples if s["source"] == source
                         and s["workloads"][0]["metadata"]["name"] == name]
            with self.subTest(name=name, field=field):
                result = self.admit(sample["workloads"], sample["policy"])
                self.assertEqual(result.status, NO, result)
                self.assertIn(message, result.out)

    def test_a_capability_that_a_runtime_gives_anyway_must_be_allowed(self):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"},
               "spec": {"containers": [
                   {"name": "a", "image": "x:1", "securityContext": {"capabilities": {"add": ["AUDIT_WRITE"]}}},
                   {"name": "b", "image": "x:1"}]}}
        any_rule = {"rule": "RunAsAny"}
        theirs = {"fsGroup": any_rule, "runAsUser": any_rule, "seLinux": any_rule, "supplementalGroups": any_rule,
                  "volumes": ["secret"]}  # what kube-psp-advisor writes for it
        result = self.admit([pod], theirs)
        self.assertEqual(result.status, NO, result)
        self.assertIn("capability may not be added", result.out)
        self.write("pod.json", json.dumps(pod))
        (ours,) = self.policies("-f", "pod.json", "--kubernetes-version", "1.20")
        self.assertEqual(ours["policy"]["spec"]["allowedCapabilities"], ["AUDIT_WRITE"])

    def admit(self, workloads, policy):
        """podgate admit of the workloads, with the one policy for all accounts."""
        objects = [
            {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": "p"}, "spec": policy},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "p"},
             "rules": [{"verbs": ["use"], "apiGroups": ["policy"], "resources": ["podsecuritypolicies"],
                        "resourceNames": ["p"]}]},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "p"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "p"},
             "subjects": [{"kind": "Group", "name": "system:serviceaccounts",
                           "apiGroup": "rbac.authorization.k8s.io"}]}]
        for name, items in (("workloads.json", workloads), ("policy.json", objects)):
            self.write(name, json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        return self.run_in("admit", "-f", "workloads.json", "--state", "policy.json",
                           "--kubernetes-version", "1.20", "-o", "json")

    def test_what_is_printed_can_be_applied_and_admits(self):
        for per in ("workload", "service-account", "namespace", "all"):
            for version in ("1.20", "1.37"):
                with self.subTest(per, version=version):
                    version = ("--kubernetes-version", version)
                    advised = run("advise", "psp", "-f", EXAMPLE, "--per", per, "--grant", *version)
                    self.assertEqual(advised.status, YES, advised)
                    self.write("advised.yaml", advised.out)
                    with open(EXAMPLE, encoding="utf-8") as text:
                        self.write("shop.yaml", text.read())
                    result = self.run_in("admit", "-f", "shop.yaml", "--state", "advised.yaml", "--strict", "-o",
                                         "json", *version)
                    self.assertEqual(result.status, YES, result)

    def test_evidence_and_proof(self):
        result = run("advise", "psp", "-f", EXAMPLE, "--prove")
        self.assertIn("  hostNetwork: false # no pod asks for it\n", result.out)
        self.assertIn("  - min: 2020 # needed by daemonset/logs container reader\n", result.out)
        self.assertIn("# Proof: 2 pods admitted again; ", result.out)
        self.assertIn("#   without volumes: configMap, deployment/web in shop is refused: spec.volumes[0]: ", result.out)
        report = run("advise", "psp", "-f", EXAMPLE, "--prove", "-o", "json").json()
        self.assertEqual(report["kind"], "PspAdviceReport")
        (policy,) = report["policies"]
        evidence = {e["path"]: e for e in policy["evidence"]}
        self.assertEqual(evidence["/spec/volumes/0"]["neededBy"], [{"object": "deployment/web", "namespace": "shop"}])
        self.assertEqual(policy["proof"]["podsAdmitted"], 2)
        self.assertEqual(len(policy["proof"]["without"]), policy["proof"]["takenAway"])
        self.assertTrue(all(t["outcome"] and t["object"] for t in policy["proof"]["without"]))
        self.assertEqual(policy["grants"][0]["kind"], "Role")
        table = run("advise", "psp", "-f", EXAMPLE, "-o", "table", "--prove")
        self.assertIn("PodSecurityPolicy advised, for 2 workloads\n", table.out)
        self.assertIn("Proof: 2 pods admitted again as they are; ", table.out)

    def test_subjects_have_their_evidence(self):
        result = run("advise", "psp", "-f", EXAMPLE, "--grant")
        self.assertIn("- kind: ServiceAccount\n  name: logs # needed by daemonset/logs\n", result.out)

    def test_owners_are_followed(self):
        self.write("dump.yaml", DUMP)
        policies = {p["name"]: p for p in self.policies("--state", "dump.yaml", "--per", "namespace")}
        self.assertEqual(sorted(policies), ["advised.kube-system", "advised.shop"])
        shop = policies["advised.shop"]
        self.assertEqual(shop["workloads"], [{"object": "deployment/web", "namespace": "shop"}])
        self.assertEqual(shop["policy"]["spec"]["allowedCapabilities"], ["NET_ADMIN"])
        (needed,) = [e["neededBy"] for e in shop["evidence"] if e["path"] == "/spec/allowedCapabilities/0"]
        self.assertEqual(needed, [{"object": "deployment/web", "namespace": "shop", "container": "proxy",
                                   "pod": "web-1-a"}])

    def test_static_pods_are_granted_to_nodes(self):
        self.write("dump.yaml", DUMP)
        (policy,) = self.policies("--state", "dump.yaml", "-n", "kube-system")
        self.assertEqual(policy["grants"][1]["subjects"],
                         [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:nodes"}])
        self.assertEqual(policy["policy"]["spec"]["volumes"], ["hostPath"])
        self.assertEqual(policy["policy"]["spec"]["hostPorts"], [{"min": 6443, "max": 6443}])

    def test_a_running_cluster(self):
        script = '"$0" advise psp --kubeconfig "$KUBECONFIG" -n shop --per workload -o json'
        result = run("up", "--state", EXAMPLE, "--", "sh", "-c", script, PROGRAM, env={"XDG_RUNTIME_DIR": self.dir})
        self.assertEqual(result.status, YES, result)
        self.assertEqual([(p["name"], p["policy"]["apiVersion"]) for p in result.json()["policies"]],
                         [("advised.shop.daemonset.logs", "policy/v1beta1"),
                          ("advised.shop.deployment.web", "policy/v1beta1")])

    def test_names(self):
        self.write("dump.yaml", DUMP)
        names = [p["name"] for p in self.policies("--state", "dump.yaml", "--per", "service-account", "--name", "x")]
        self.assertEqual(names, ["x.kube-system.static-pods", "x.shop.default"])

    def test_shared_accounts_are_warned_about(self):
        self.write("two.yaml", DUMP.replace("name: apiserver-n1", "name: other").replace("kube-system", "shop")
                   .replace("kubernetes.io/config.mirror: x, kubernetes.io/config.source: file", ""))
        result = self.run_in("advise", "psp", "-f", "two.yaml", "--per", "workload")
        self.assertEqual(result.status, YES, result)
        self.assertIn("service account shop/default is of workloads of several policies", result.err)

    def test_what_a_policy_of_today_sets(self):
        self.write("dump.yaml", DUMP + """---
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata: {name: old}
spec:
  runAsUser: {rule: RunAsAny}
  seLinux: {rule: RunAsAny}
  fsGroup: {rule: MustRunAs, ranges: [{min: 7, max: 7}]}
  supplementalGroups: {rule: RunAsAny}
  allowedCapabilities: ['*']
  volumes: ['*']
""")
        result = self.run_in("advise", "psp", "--state", "dump.yaml")
        self.assertEqual(result.status, YES, result)
        self.assertIn("policy old sets /spec/securityContext/fsGroup on pods of deployment/web in namespace shop",
                      result.err)

    def test_what_no_policy_admits(self):
        self.write("pods.yaml", """\
apiVersion: v1
kind: Pod
metadata: {name: odd}
spec: {containers: [{name: c, image: "x:1", securityContext: {procMount: Unmasked}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: fine}
spec: {containers: [{name: c, image: "x:1"}]}
""")
        call = ("advise", "psp", "-f", "pods.yaml", "--kubernetes-version", "1.20")
        result = self.run_in(*call, "-o", "json")
        self.assertEqual(result.status, YES, result)
        self.assertIn("left out: pod/odd in namespace default: under any policy it is refused: ", result.err)
        self.assertEqual([s["object"] for s in result.json()["skipped"]], ["pod/odd"])
        self.refused(self.run_in(*call, "--fail-on-unknown"), "1 workload was left out (--fail-on-unknown)")

    def test_wrong_calls(self):
        self.write("dump.yaml", DUMP)
        self.refused(self.run_in("advise", "psp"), "says which workloads")
        self.refused(self.run_in("advise", "psp", "-f", "dump.yaml", "-n", "none"),
                     "nothing that makes pods among 4 objects in namespace none")
        self.refused(self.run_in("advise", "psp", "-f", "-", "--state", "-"), "standard input can be read once")
        self.refused(self.run_in("advise", "psp", "-f", "missing.yaml"), "missing.yaml")


class AdvisePss(Case):
    def test_levels_labels_and_what_is_in_the_way(self):
        result = run("advise", "pss", "-f", EXAMPLE, "-o", "json")
        self.assertEqual(result.status, YES, result)
        (shop,) = result.json()["namespaces"]
        self.assertEqual(shop["meets"], {"level": "privileged", "version": "latest"})
        self.assertEqual(shop["next"], {"level": "baseline", "version": "latest"})
        self.assertEqual([w["object"] for w in shop["inTheWay"]], ["daemonset/logs"])
        checks = {v["check"]: v["fields"] for v in shop["inTheWay"][0]["violations"]}
        self.assertEqual(checks["hostPorts"], ["spec.containers[0].ports[0].hostPort"])
        self.assertEqual(shop["labels"]["pod-security.kubernetes.io/warn"], "baseline")
        workloads = run("advise", "pss", "-f", EXAMPLE, "-o", "json", "--per", "workload").json()["workloads"]
        self.assertEqual([(w["object"], w["meets"]["level"]) for w in workloads],
                         [("daemonset/logs", "privileged"), ("deployment/web", "baseline")])

    def test_yaml_is_namespaces(self):
        result = run("advise", "pss", "-f", EXAMPLE, "-o", "yaml")
        self.write("labels.yaml", result.out)
        with open(EXAMPLE, encoding="utf-8") as text:
            self.write("shop.yaml", text.read())
        admitted = self.run_in("admit", "-f", "shop.yaml", "--state", "labels.yaml", "--strict")
        self.assertEqual(admitted.status, YES, admitted)
        self.refused(run("advise", "pss", "-f", EXAMPLE, "-o", "yaml", "--per", "workload"), "labels are of namespaces")

    def test_exemptions(self):
        self.write("config.yaml", """\
apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
exemptions: {namespaces: [shop]}
""")
        result = self.run_in("advise", "pss", "-f", EXAMPLE, "--config", "config.yaml")
        self.assertIn("exempt: labels do nothing here", result.out)
        self.assertNotIn("kubectl label", result.out)


class AdviseRbac(Case):
    def test_accounts(self):
        result = run("advise", "rbac", "-f", EXAMPLE)
        self.assertEqual(result.status, YES, result)
        self.assertIn("no roles and bindings are among what was read", result.err)
        self.assertIn("kubectl patch serviceaccount -n shop logs -p '{\"automountServiceAccountToken\":false}'\n",
                      result.out)
        report = run("advise", "rbac", "-f", EXAMPLE, "-o", "json").json()
        self.assertEqual(report["kind"], "RbacAdviceReport")
        self.assertEqual([(a["name"], [r["kind"] for r in a["advice"]]) for a in report["accounts"]],
                         [("logs", ["no-token"]), ("web", [])])
        self.assertIn("web", run("advise", "rbac", "-f", EXAMPLE, "--all").out)

    def test_accounts_alone(self):
        self.write("sa.yaml", "{apiVersion: v1, kind: ServiceAccount, metadata: {name: old, namespace: shop}}\n")
        result = self.run_in("advise", "rbac", "--state", "sa.yaml")
        self.assertEqual(result.status, YES, result)
        self.assertIn("kubectl delete serviceaccount -n shop old\n", result.out)

    def test_roles_are_told_apart(self):
        """Roles of one name in several namespaces; one that two bindings grant."""
        who = "subjects: [{kind: ServiceAccount, name: web, namespace: shop}]"
        binding = ("{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: %s, namespace: %s},"
                   " roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: read}, " + who + "}\n---\n")
        self.write("all.yaml", "{apiVersion: v1, kind: ServiceAccount, metadata: {name: web, namespace: shop}}\n---\n"
                   + binding % ("a", "shop") + binding % ("b", "shop") + binding % ("a", "bank")
                   + binding % ("a", "post"))
        result = self.run_in("advise", "rbac", "--state", "all.yaml", "--all")
        self.assertEqual(result.status, YES, result)
        self.assertIn(" Role/read in bank, Role/read in post, Role/read  ", result.out)
