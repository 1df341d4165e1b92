# SPDX-License-Identifier: Apache-2.0
"""podgate serve --authorizer=subjectaccessreview: the rehearsal cluster is asked who may use a policy."""

import concurrent.futures
import json
import os
import re

from podgate import YES
from test_serve import BINDING, HEAD, POLICY, RBAC, ROLE, Serve, review

# What decides about pods is the webhook alone.
HOOKED = ("--disable-admission-plugins", "PodSecurityPolicy")
ASKS = ("--authorizer", "subjectaccessreview")
AT_ONCE = ("--authorizer-cache-authorized-ttl", "0", "--authorizer-cache-unauthorized-ttl", "0")


class Authorizer(Serve):
    def begin(self, *arguments):
        api = self.up("--kubernetes-version", "1.24", "--nodes", "0", *HOOKED)
        self.apply_policy()
        self.serve("--kubeconfig", self.kubeconfig, *ASKS, *arguments)
        self.ready()
        return api

    def asked(self, result):
        text = self.call("GET", "/metrics")[1]
        name = 'podgate_access_reviews_total{result="%s"} ' % result
        return sum(int(line[len(name):]) for line in text.splitlines() if line.startswith(name))

    def test_what_the_api_server_says(self):
        self.begin(*AT_ONCE)
        self.assertTrue(self.allowed())
        self.assertFalse(self.allowed("bob"))
        self.assertTrue(self.decide("/validate", review(securityContext={"fsGroup": 5}))["allowed"])
        refused = self.decide("/validate", review(securityContext={"fsGroup": 3}))
        # the reasons of a policy are for who may use it
        self.assertIn("spec.securityContext.fsGroup: Invalid value: []int64{3}", refused["status"]["message"])
        self.assertEqual(self.decide("/validate", review("bob", securityContext={"fsGroup": 3}))["status"][
            "message"], 'pods "p" is forbidden: PodSecurityPolicy: unable to validate pod: []')
        # nothing is kept: what changes is in force for the next pod
        self.ask("DELETE", RBAC + "/clusterrolebindings/use-five")
        self.assertFalse(self.allowed())
        self.apply(RBAC + "/clusterrolebindings", BINDING)
        self.assertTrue(self.allowed())
        # a service account, by its group
        self.apply(RBAC + "/namespaces/default/rolebindings", {**BINDING, "kind": "RoleBinding", "subjects": [
            {"kind": "Group", "name": "system:serviceaccounts:default",
             "apiGroup": "rbac.authorization.k8s.io"}]})
        self.assertTrue(self.allowed("bob", serviceAccountName="builder"))
        # RBAC itself is not read
        text = self.call("GET", "/metrics")[1]
        self.assertIn('podgate_snapshot_objects{of="bindings"} 0\n', text)

    def test_answers_are_kept(self):
        api = self.begin()
        for _ in range(3):
            self.assertTrue(self.allowed())
            self.assertFalse(self.allowed("bob"))
        # bob in three groups, alice in the first
        self.assertEqual((self.asked("allowed"), self.asked("denied")), (1, 3))
        self.assertGreater(self.metric("podgate_access_cache_hits_total"), 0)
        self.assertEqual(self.metric("podgate_access_cache_entries"), 4)
        api.kill()
        api.communicate()
        self.until(lambda: self.metric("podgate_cluster_behind_seconds") > 0)
        self.assertTrue(self.allowed())
        answer = self.decide("/mutate", review("carol"))
        self.assertFalse(answer["allowed"])
        self.assertEqual(answer["status"]["code"], 403)
        self.assertIn("podgate could not ask who may use which policy: Post ", answer["warnings"][0])
        self.assertGreater(self.asked("error"), 0)
        # and that was not kept: it is asked again
        before = self.asked("error")
        self.assertFalse(self.allowed("carol"))
        self.assertGreater(self.asked("error"), before)

    def test_an_api_server_that_does_not_answer(self):
        """A question has its time; the pod is refused then."""
        api = self.begin("--authorizer-timeout", "1")
        api.send_signal(19)  # SIGSTOP
        try:
            answer = self.decide("/mutate", review("carol"))
        finally:
            api.send_signal(18)
        self.assertFalse(answer["allowed"])
        self.assertIn("podgate could not ask", answer["warnings"][0])

    def test_many_at_once(self):
        self.begin(*AT_ONCE)
        users = ["alice", "bob"] * 50
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            got = list(pool.map(self.allowed, users))
        self.assertEqual(got, [user == "alice" for user in users])

    def test_the_cluster_that_asks_is_asked(self):
        """The API server waits for podgate, and podgate for it."""
        self.begin(*AT_ONCE)
        result = self.podgate("install", "--kubeconfig", self.kubeconfig, "--webhook-url",
                              "https://127.0.0.1:%d" % self.hook_port, "--ca-file", "tls.crt")
        self.assertEqual(result.status, YES, result)
        self.apply("/api/v1/namespaces", {"metadata": {"name": "apps"}})
        pod = {"metadata": {"name": "p"}, "spec": {"serviceAccountName": "default",
                                                  "automountServiceAccountToken": False,
                                                  "containers": [{"name": "c", "image": "i"}]}}
        self.apply("/api/v1/namespaces/apps/serviceaccounts", {"metadata": {"name": "builder"}})
        pod["spec"]["serviceAccountName"] = "builder"
        headers = {"Content-Type": "application/json", "Impersonate-User": "alice"}
        self.apply(RBAC + "/clusterrolebindings", {
            "metadata": {"name": "edit"}, "roleRef": {**BINDING["roleRef"], "name": "admin"},
            "subjects": [{"kind": "Group", "name": "system:authenticated",
                          "apiGroup": "rbac.authorization.k8s.io"}]})
        status, answer = self.ask("POST", "/api/v1/namespaces/apps/pods", json.dumps(pod), headers=headers)
        self.assertEqual(status, 201, answer)
        self.assertEqual(answer["spec"]["securityContext"]["fsGroup"], 5)
        headers["Impersonate-User"] = "bob"
        status, answer = self.ask("POST", "/api/v1/namespaces/apps/pods", json.dumps(pod), headers=headers)
        self.assertEqual(status, 403, answer)

    def test_calls_that_make_no_sense(self):
        self.write("state.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": [POLICY, ROLE]}))
        pair = ["--tls-cert-file", "tls.crt", "--tls-private-key-file", "tls.key"]
        for arguments, message in (
                (["--state", "state.json", *ASKS], "asks a cluster: not with --state"),
                (["--authorizer-timeout", "3"], "are for --authorizer=subjectaccessreview"),
                (["--authorizer", "sar"], "--authorizer"),
                ([*ASKS, "--authorizer-timeout", "x"], "--authorizer-timeout is a number of seconds")):
            result = self.podgate("serve", *pair, *arguments)
            self.assertEqual(result.status, 2, result)
            self.assertIn(message, result.err)


class LeastPrivilege(Serve):
    """podgate serve as the account that podgate install makes, with no more than its rights."""

    def account(self, *arguments):
        """A kubeconfig with a token of it."""
        printed = self.podgate("install", "-o", "json", *arguments)
        self.assertEqual(printed.status, YES, printed)
        places = {"Namespace": "/api/v1/namespaces",
                  "ServiceAccount": "/api/v1/namespaces/podgate-system/serviceaccounts",
                  "ClusterRole": RBAC + "/clusterroles", "ClusterRoleBinding": RBAC + "/clusterrolebindings"}
        for one in printed.json()["items"]:
            if one["kind"] in places:
                self.apply(places[one["kind"]], one)
        status, answer = self.ask("POST", places["ServiceAccount"] + "/podgate/token", "{}",
                                  headers={"Content-Type": "application/json"})
        self.assertEqual(status, 201, answer)
        with open(self.kubeconfig, encoding="utf-8") as file:
            text = file.read()
        self.write("token", answer["status"]["token"])
        user = "- name: podgate\n  user:\n    tokenFile: %s\n" % os.path.join(self.dir, "token")
        text = re.sub(r"users:\n(?:[- ] .*\n)+", "users:\n" + user, text)
        return self.write("account", re.sub(r"\buser: (?!$).*", "user: podgate", text))

    def test_by_rbac(self):
        self.up("--kubernetes-version", "1.24", "--nodes", "0", *HOOKED)
        self.serve("--kubeconfig", self.account())
        self.ready()
        self.apply_policy()
        self.until(self.allowed)
        self.assertFalse(self.allowed("bob"))
        self.assertEqual(self.metric("podgate_cluster_failures_total"), 0)

    def test_by_asking_with_events(self):
        self.up("--kubernetes-version", "1.24", "--nodes", "0", *HOOKED)
        account = self.account("--authorizer", "subjectaccessreview", "--events", "on")
        self.write("how.yaml", HEAD + "modes: {podSecurityPolicy: audit}\n")
        hook = self.serve("--kubeconfig", account, "--enforcement", "how.yaml", "--events", "on", *ASKS)
        self.ready()
        self.apply_policy()
        self.until(lambda: "admit-policy" in json.dumps(self.decide("/mutate", review())))
        answer = self.decide("/validate", review("bob"))
        self.assertIn("would-refuse-podsecuritypolicy", answer["auditAnnotations"])
        self.assertEqual(self.end(hook), YES)
        events = self.ask("GET", "/api/v1/namespaces/default/events")[1]["items"]
        self.assertEqual([e["reason"] for e in events], ["PodgateWouldRefuse"])
        self.assertNotIn("events are not written", "".join(self.lines))

    def test_a_definition_that_comes_later(self):
        """It is waited for by a watch, and policies are known as soon as there can be some."""
        self.up("--kubernetes-version", "1.30", "--nodes", "0", *HOOKED)
        self.serve("--kubeconfig", self.account(), "--policies", "podgate.io")
        self.ready()
        self.assertFalse(self.allowed())
        definition = next(one for one in self.podgate("install", "-o", "json").json()["items"]
                          if one["kind"] == "CustomResourceDefinition")
        crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        policies = "/apis/podgate.io/v1/podsecuritypolicies"
        self.apply(RBAC + "/clusterroles", ROLE)
        self.apply(RBAC + "/clusterrolebindings", BINDING)
        self.apply(crds, definition)
        self.until(lambda: self.ask("GET", policies)[0] == 200)
        self.apply(policies, {**POLICY, "apiVersion": "podgate.io/v1"})
        self.until(self.allowed)
