# SPDX-License-Identifier: Apache-2.0
"""podgate simulate: what a change would break, and that a cluster before and after it says the same."""

import itertools
import json
import os
import sys
import unittest

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "common"))
import served  # pylint: disable=wrong-import-position
from podgate import ERROR, NO, PROGRAM, ROOT, YES, Case

EXAMPLE = os.path.join(ROOT, "examples", "simulate")
SERVER = os.path.join(os.path.dirname(PROGRAM), "podgate-server")
RULES = {rule: {"rule": "RunAsAny"} for rule in ("runAsUser", "seLinux", "fsGroup", "supplementalGroups")}


def policy(name, **spec):
    return {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": name},
            "spec": {"volumes": ["*"], **RULES, **spec}}


def role(name, *policies):
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name},
            "rules": [{"apiGroups": ["policy"], "resources": ["podsecuritypolicies"],
                       "resourceNames": list(policies), "verbs": ["use"]},
                      {"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}]}


def binding(name, group):
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}]}


def namespace(name, **labels):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def pod(name, in_namespace="shop", spec=None, security=None, **meta):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": in_namespace, **meta},
            "spec": {"containers": [{"name": "c", "image": "i", **({"securityContext": security} if security else {})}],
                     **(spec or {})}}


def deployment(name, replicas, spec=None, in_namespace="shop"):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": in_namespace},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                     "template": {"metadata": {"labels": {"app": name}},
                                  "spec": {"containers": [{"name": "c", "image": "i"}], **(spec or {})}}}}


def owned(kind, name, api="apps/v1"):
    return {"ownerReferences": [{"apiVersion": api, "kind": kind, "name": name, "uid": "u", "controller": True}]}


def many(*objects):
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})


class Simulate(Case):
    def simulate(self, *arguments, version="1.21", **more):
        return self.run_in("simulate", "--kubernetes-version", version, *arguments, **more)

    def changes(self, *arguments, **more):
        result = self.simulate("-o", "json", *arguments, **more)
        self.assertIn(result.status, (YES, NO), result)
        report = result.json()
        self.assertEqual(report["kind"], "SimulateReport")
        refused = [c for c in report["changes"] if c["verdict"] == "refused"]
        self.assertEqual(result.status, NO if refused else YES)
        self.assertEqual(report["summary"]["refused"]["workloads"], len(refused))
        return {c["workload"]: c for c in report["changes"]}, report["summary"]

    def test_the_example(self):
        changes, summary = self.changes("--with", os.path.join(EXAMPLE, "new.yaml"), "--state",
                                        os.path.join(EXAMPLE, "cluster.yaml"))
        web = changes["deployment.apps/web"]
        self.assertEqual((web["verdict"], web["consequence"]), ("refused", "3 of 3 replicas would not start"))
        self.assertEqual(web["reasons"][0]["field"], "spec.volumes[0]")
        self.assertRegex(web["reasons"][0]["place"], r"cluster\.yaml:\d+:\d+$")
        api = changes["deployment.apps/api"]
        self.assertEqual((api["verdict"], api["fields"]),
                         ("changed", [{"field": "spec.containers[0].securityContext.runAsUser", "after": "1000"}]))
        self.assertEqual(summary["workloadsRefusedBefore"], 1)

    def test_ways_out_are_ways_out(self):
        """With what a way asks for the same change breaks nothing."""
        state = os.path.join(EXAMPLE, "cluster.yaml")
        changes, _ = self.changes("--with", os.path.join(EXAMPLE, "new.yaml"), "--state", state)
        ways = changes["deployment.apps/web"]["waysOut"]
        self.assertTrue(ways["widen"]["found"])
        self.write("widened.json", many(*ways["widen"]["objects"]))
        changes, _ = self.changes("--with", "widened.json", "--state", state)
        self.assertNotIn("refused", [c["verdict"] for c in changes.values()])
        self.assertTrue(ways["edit"]["found"])
        self.write("edited.json", many(*ways["edit"]["objects"]))
        changes, _ = self.changes("--with", os.path.join(EXAMPLE, "new.yaml"), "--state", state, "--state",
                                  "edited.json")
        self.assertNotIn("refused", [c["verdict"] for c in changes.values()])

    def test_the_system_first(self):
        changes, summary = self.changes("--without", "psp/system", "--without", "clusterrolebinding/psp-tenants",
                                        "--state", os.path.join(EXAMPLE, "cluster.yaml"))
        self.assertEqual(list(changes), ["daemonset.apps/proxy", "deployment.apps/api", "deployment.apps/web"])
        self.assertTrue(changes["daemonset.apps/proxy"]["system"])
        self.assertEqual(summary["systemWorkloadsRefused"], 1)
        self.assertTrue(changes["deployment.apps/api"]["waysOut"]["grant"]["found"])
        self.assertEqual(changes["deployment.apps/api"]["reasons"],
                         [{"policy": "tenants", "message": "may not be used any more"}])

    def test_pods_by_their_owners(self):
        labels = {"app": "web"}
        running = [pod("web-1-%d" % i, labels=labels, **owned("ReplicaSet", "web-1")) for i in range(3)]
        replicas = deployment("web-1", 3)
        replicas.update(kind="ReplicaSet", metadata={"name": "web-1", "namespace": "shop", **owned("Deployment", "web")})
        old = json.loads(json.dumps(replicas))
        old["metadata"]["name"] = "web-0"
        old["spec"]["replicas"] = 0
        ended = pod("done", status={"phase": "Succeeded"})
        ended["status"] = {"phase": "Succeeded"}
        alone = [pod("bare-%d" % i) for i in range(5)]
        strange = [pod("x-%d" % i, **owned("Rollout", "x", "argoproj.io/v1")) for i in range(2)]
        orphans = [pod("y-%d" % i, **owned("ReplicaSet", "y")) for i in range(4)]
        self.write("state.json", many(policy("a"), role("a", "a"), binding("a", "system:serviceaccounts"), *running,
                                      replicas, old, deployment("web", 3), ended, *alone, *strange, *orphans))
        changes, summary = self.changes("--without", "psp/a", "--state", "state.json")
        self.assertEqual({name: c["pods"] for name, c in changes.items()},
                         {"deployment.apps/web": 3, "pod/bare-0": 5, "rollout.argoproj.io/x": 2,
                          "replicaset.apps/y": 4})
        self.assertEqual(changes["deployment.apps/web"]["podNames"], ["web-1-0", "web-1-1", "web-1-2"])
        self.assertEqual(changes["pod/bare-0"]["consequence"], "5 of 5 pods would not start again")
        self.assertEqual(summary["pods"], 14)

    def test_scope(self):
        self.write("state.json", many(policy("a"), role("a", "a"), binding("a", "system:serviceaccounts"),
                                      deployment("one", 1), deployment("two", 1, in_namespace="other"),
                                      pod("three", "third", labels={"app": "one"})))
        for scope, expected in ((["namespace=shop,third"], {"deployment.apps/one", "pod/three"}),
                                (["namespace=other", "namespace=third"], {"deployment.apps/two", "pod/three"}),
                                (["selector=app=one"], {"deployment.apps/one", "pod/three"}),
                                (["selector=app in (one)", "namespace=shop"], {"deployment.apps/one"})):
            with self.subTest(scope):
                changes, _ = self.changes("--without", "psp/a", "--state", "state.json",
                                          *itertools.chain(*(["--scope", s] for s in scope)))
                self.assertEqual(set(changes), expected)

    def test_quotas_stop_some(self):
        quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": "shop"},
                 "spec": {"hard": {"pods": "4"}}}
        objects = [policy("a"), role("a", "a"), binding("a", "system:serviceaccounts"), deployment("web", 3),
                   deployment("api", 2)]
        self.write("quota.json", json.dumps(quota))
        self.write("state.json", many(*objects))
        changes, _ = self.changes("--with", "quota.json", "--state", "state.json")
        self.assertEqual({name: c["consequence"] for name, c in changes.items()},
                         {"deployment.apps/web": "1 of 3 replicas would not start",
                          "deployment.apps/api": "1 of 2 replicas would not start"})
        self.assertEqual(changes["deployment.apps/web"]["waysOut"]["edit"], {"found": True, "pods": 2})
        raised = changes["deployment.apps/web"]["waysOut"]["widen"]["changes"]
        self.assertEqual([(c["name"], c["path"], c["value"]) for c in raised], [("q", "spec.hard[pods]", "5")])
        # A quota that is full is no reason not to start again what it counts; one that is lowered is.
        quota["spec"]["hard"]["pods"] = "5"
        quota["status"] = {"hard": {"pods": "5"}, "used": {"pods": "5"}}
        self.write("state.json", many(*objects, quota))
        self.write("same.json", json.dumps(policy("b")))
        self.assertEqual(self.changes("--with", "same.json", "--state", "state.json")[0], {})
        changes, _ = self.changes("--with", "quota.json", "--state", "state.json")
        self.assertEqual({c["podsLost"] for c in changes.values()}, {1})

    def test_labels_and_warnings(self):
        self.write("state.json", many(namespace("shop", team="a"), deployment("web", 2)))
        self.write("warn.json", json.dumps(namespace("shop", **{"pod-security.kubernetes.io/warn": "restricted"})))
        self.write("enforce.json",
                   json.dumps(namespace("shop", **{"pod-security.kubernetes.io/enforce": "restricted"})))
        changes, _ = self.changes("--with", "warn.json", "--state", "state.json", version="1.30")
        self.assertEqual(changes["deployment.apps/web"]["verdict"], "warned")
        self.assertIn("would violate PodSecurity", changes["deployment.apps/web"]["warnings"][0])
        changes, _ = self.changes("--with", "enforce.json", "--state", "state.json", version="1.30")
        web = changes["deployment.apps/web"]
        self.assertEqual(web["verdict"], "refused")
        self.assertIn("allowPrivilegeEscalation != false", web["after"]["message"])
        self.assertTrue(web["waysOut"]["widen"]["found"] and web["waysOut"]["edit"]["found"])

    def test_another_policy(self):
        self.write("state.json", many(policy("m"), role("m", "a", "m", "z"), binding("m", "system:serviceaccounts"),
                                      deployment("web", 1)))
        self.write("first.json", json.dumps(policy("a")))
        changes, _ = self.changes("--with", "first.json", "--state", "state.json")
        web = changes["deployment.apps/web"]
        self.assertEqual((web["verdict"], web["before"]["policy"], web["after"]["policy"]), ("changed", "m", "a"))
        self.assertEqual(web["reasons"], [{"policy": "a", "message": "goes before m by name"}])
        self.assertIn("1 of them by another policy",
                      self.simulate("--with", "first.json", "--state", "state.json").out)
        self.write("last.json", many(policy("z"), policy("m", runAsUser={"rule": "MustRunAsNonRoot"})))
        changes, _ = self.changes("--with", "last.json", "--state", "state.json")
        self.assertEqual(changes["deployment.apps/web"]["after"]["policy"], "z")
        self.assertIn("would change the pod, which z admits", changes["deployment.apps/web"]["reasons"][0]["message"])

    def test_a_large_dump(self):
        """Larger than what is kept whole: as a List in JSON and in YAML, and as JSON lines."""
        objects = [policy("a"), role("a", "a"), binding("a", "system:serviceaccounts"), deployment("web", 3)]
        padding = "x" * 20000
        objects += [pod("p-%d" % i, annotations={"example.com/note": padding}) for i in range(300)]
        as_yaml = "apiVersion: v1\nitems:\n" + "".join("- " + json.dumps(o) + "\n" for o in objects) + "kind: List\n"
        reports = []
        for name, text in (("dump.json", many(*objects)), ("dump.yaml", as_yaml),
                           ("lines.json", "\n".join(map(json.dumps, objects)))):
            self.write(name, text)
            with open(os.path.join(self.dir, name), encoding="utf-8") as stdin:
                for path, given in ((name, ""), ("-", stdin.read())):
                    changes, summary = self.changes("--without", "psp/a", "--state", path, stdin=given)
                    self.assertEqual(set(changes), {"deployment.apps/web", "pod/p-0"})
                    self.assertEqual(changes["pod/p-0"]["pods"], 300)
                    reports.append(summary)
        self.assertTrue(all(summary == reports[0] for summary in reports))

    def test_replay(self):
        event = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Request", "auditID": "1",
                 "stage": "ResponseComplete", "requestURI": "/api/v1/namespaces/shop/pods", "verb": "create",
                 "user": {"username": "alice", "groups": ["dev-team", "system:authenticated"]},
                 "objectRef": {"resource": "pods", "namespace": "shop", "apiVersion": "v1"},
                 "responseStatus": {"code": 201}, "requestObject": pod("p", spec={"hostNetwork": True}),
                 "requestReceivedTimestamp": "2024-01-01T00:00:00.000000Z",
                 "stageTimestamp": "2024-01-01T00:00:00.000000Z"}
        self.write("audit.log", json.dumps(event) + "\n")
        self.write("state.json", many(policy("a", hostNetwork=True), role("a", "a"), binding("a", "dev-team"),
                                      namespace("shop")))
        self.write("new.json", json.dumps(policy("a")))
        result = self.simulate("--with", "new.json", "--state", "state.json", "--replay", "audit.log", "-o", "json")
        self.assertEqual(result.status, NO, result)
        self.assertEqual(result.json()["kind"], "ReplayReport")
        result = self.simulate("--with", "new.json", "--state", "state.json", "--replay", "audit.log")
        self.assertIn("1 request, 1 newly refused", result.out)
        self.write("same.json", json.dumps(policy("b")))
        result = self.simulate("--with", "same.json", "--state", "state.json", "--replay", "audit.log")
        self.assertEqual(result.status, YES, result)

    def test_what_is_refused(self):
        self.write("state.json", many(policy("a"), deployment("web", 1)))
        self.write("web.json", json.dumps(deployment("web", 2)))
        self.write("bad.json", '{"kind": "List", "items": [}')
        state = ("--state", "state.json")
        for arguments, part in (
                ((), "what would change?"),
                (("--with", "web.json"), "which cluster?"),
                (("--with", "web.json", *state), "web.json:1: a Deployment is what is decided"),
                (("--without", "psp/b", *state), "the state has no PodSecurityPolicy b"),
                (("--without", "psp", *state), 'is no KIND/NAME'),
                (("--without", "nothing/b", *state), 'there is no kind "nothing"'),
                (("--without", "psp/a/b", *state), "the kind is in no namespace"),
                (("--without", "psp/a", "--scope", "node=x", *state), "--scope"),
                (("--without", "psp/a", "--scope", "selector=a in", *state), "--scope selector"),
                (("--with", "bad.json", *state), "bad.json"),
                (("--without", "psp/a", "--state", "bad.json"), "bad.json"),
                (("--without", "psp/a", "--state", "missing.json"), "missing.json"),
                (("--with", "-", "--state", "-"), "standard input can be read once")):
            with self.subTest(arguments):
                self.refused(self.simulate(*arguments), part)

    def test_a_nodes_own_pods(self):
        mirror = pod("kube-proxy-n1", "kube-system", annotations={"kubernetes.io/config.mirror": "x"},
                     ownerReferences=[{"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "u", "controller": True}])
        mirror["spec"]["nodeName"] = "n1"
        self.write("state.json", many(policy("a"), role("a", "a"), binding("a", "system:nodes"), mirror))
        changes, summary = self.changes("--without", "clusterrolebinding/a", "--state", "state.json")
        self.assertIn("its node runs it all the same", changes["pod/kube-proxy-n1"]["consequence"])
        self.assertEqual(summary["refused"], {"workloads": 1, "pods": 0})

    def test_unknown(self):
        strange = {"apiVersion": "example.com/v1", "kind": "Strange", "metadata": {"name": "s"}}
        typo = deployment("web", 1, {"hostNetwrok": True})
        for objects, part in (((strange,), "kind Strange of example.com/v1 is not known"),
                              ((typo,), "hostNetwrok")):
            self.write("state.json", many(policy("a"), *objects))
            result = self.simulate("--without", "psp/a", "--state", "state.json")
            self.assertIn(part, result.err)
            self.assertNotEqual(result.status, ERROR)
            self.refused(self.simulate("--without", "psp/a", "--state", "state.json", "--fail-on-unknown"), part)


@unittest.skipUnless(os.path.exists(SERVER), "no podgate-server")
class Rehearsed(Case):
    """Each pod is sent to a rehearsal of either state, and the difference is what was foreseen."""

    def pods(self):
        parts = [("plain", {}, {}), ("net", {"hostNetwork": True}, {}), ("priv", {}, {"privileged": True}),
                 ("root", {}, {"runAsUser": 0}), ("user", {}, {"runAsUser": 1500}),
                 ("path", {"volumes": [{"name": "v", "hostPath": {"path": "/var"}}]}, {}),
                 ("caps", {}, {"capabilities": {"add": ["NET_ADMIN"]}}),
                 ("strict", {}, {"allowPrivilegeEscalation": False, "runAsNonRoot": True, "runAsUser": 1000,
                                 "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}})]
        return [pod("%s-%s" % (name, where), where, spec, security)
                for name, spec, security in parts for where in ("shop", "labelled")]

    def answers(self, objects):
        self.write("served.json", many(*objects))
        found = {}
        with served.Served(PROGRAM, ["--kubernetes-version", "1.24", "--nodes", "0", "--state",
                                     os.path.join(self.dir, "served.json")]) as server:
            for each in self.pods():
                where = each["metadata"]["namespace"]
                status, answer = server.ask("POST", "/api/v1/namespaces/%s/pods?dryRun=All" % where, each,
                                            user="alice")
                self.assertIn(status, (201, 403), answer)
                for container in answer.get("spec", {}).get("containers", []):
                    container.pop("volumeMounts")  # named at random
                if status == 403:
                    found[each["metadata"]["name"]] = (False, answer["message"])
                else:
                    found[each["metadata"]["name"]] = (
                        True, answer["metadata"].get("annotations", {}).get("kubernetes.io/psp"),
                        json.dumps({k: v for k, v in answer["spec"].items() if k != "volumes"}, sort_keys=True))
        self.assertEqual(server.trouble, "")
        return found

    def test_a_running_cluster(self):
        self.write("served.json", many(policy("a"), role("a", "a"), binding("a", "system:serviceaccounts"),
                                       namespace("shop"), deployment("web", 2)))
        with served.Served(PROGRAM, ["--kubernetes-version", "1.24", "--nodes", "1", "--state",
                                     os.path.join(self.dir, "served.json")]) as server:
            result = self.run_in("simulate", "--without", "psp/a", "--kubeconfig", server.kubeconfigs["owner"],
                                 "-o", "json")
            self.assertEqual(result.status, NO, result)
            changes = {c["workload"]: c for c in result.json()["changes"]}
            self.assertEqual(changes["deployment.apps/web"]["consequence"], "2 of 2 replicas would not start")
            status, found = server.ask("GET", "/apis/policy/v1beta1/podsecuritypolicies/a")
            self.assertEqual((status, found["metadata"]["name"]), (200, "a"))  # nothing was changed
        self.assertEqual(server.trouble, "")

    def test_both_states(self):
        fixed = [role("use", "open", "tight"), binding("use", "dev-team"), namespace("shop")]
        # A server makes these by itself, but not before it answers.
        fixed += [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": where}}
                  for where in ("shop", "labelled")]
        before = [policy("open", privileged=True, hostNetwork=True, allowedCapabilities=["*"]), policy("tight"),
                  namespace("labelled")]
        after = [policy("open", hostNetwork=True, runAsUser={"rule": "MustRunAs", "ranges": [{"min": 0, "max": 999}]}),
                 policy("tight", volumes=["secret", "projected"], runAsUser={"rule": "MustRunAsNonRoot"}),
                 namespace("labelled", **{"pod-security.kubernetes.io/enforce": "restricted"})]
        was = self.answers(fixed + before)
        would_be = self.answers(fixed + after)
        self.write("state.json", many(*fixed, *before, *self.pods()))
        self.write("after.json", many(*after))
        result = self.run_in("simulate", "--kubernetes-version", "1.24", "--as", "alice", "--as-group", "dev-team",
                             "--with", "after.json", "--state", "state.json", "-o", "json")
        changes = {c["workload"].removeprefix("pod/"): c for c in result.json()["changes"]}
        self.assertGreater(len(changes), 5)
        for name, old in was.items():
            new = would_be[name]
            with self.subTest(name):
                expected = ("refused" if old[0] and not new[0] else "allowed" if new[0] and not old[0]
                            else "same" if old == new or not new[0] else "changed")
                change = changes.get(name, {"verdict": "same"})
                self.assertEqual(change["verdict"], expected, (old, new))
                for side, answer in (("before", old), ("after", new)):
                    if side in change and answer[0]:
                        self.assertEqual(change[side].get("policy"), answer[1])
                    elif side in change:
                        self.assertEqual(change[side]["message"], answer[1])
