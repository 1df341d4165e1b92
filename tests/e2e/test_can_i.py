# SPDX-License-Identifier: Apache-2.0
"""podgate can-i, compared with what kubectl auth can-i printed of the same cluster."""

import os

from podgate import ERROR, NO, ROOT, YES, Case, run

STATE = os.path.join(ROOT, "examples", "can-i")
APP = "system:serviceaccount:app-test:app"
NOT_NAMESPACED = "Warning: resource 'podsecuritypolicies' is not namespace scoped in group 'policy'\n"

# What everybody who is authenticated may do.
BOB = """\
Resources                                       Non-Resource URLs   Resource Names   Verbs
selfsubjectaccessreviews.authorization.k8s.io   []                  []               [create]
selfsubjectrulesreviews.authorization.k8s.io    []                  []               [create]
                                                [/api/*]            []               [get]
                                                [/api]              []               [get]
                                                [/apis/*]           []               [get]
                                                [/apis]             []               [get]
                                                [/healthz]          []               [get]
                                                [/healthz]          []               [get]
                                                [/livez]            []               [get]
                                                [/livez]            []               [get]
                                                [/openapi/*]        []               [get]
                                                [/openapi]          []               [get]
                                                [/readyz]           []               [get]
                                                [/readyz]           []               [get]
                                                [/version/]         []               [get]
                                                [/version/]         []               [get]
                                                [/version]          []               [get]
                                                [/version]          []               [get]
"""

APP_LIST = """\
Resources                                       Non-Resource URLs                     Resource Names   Verbs
selfsubjectaccessreviews.authorization.k8s.io   []                                    []               [create]
selfsubjectrulesreviews.authorization.k8s.io    []                                    []               [create]
                                                [/.well-known/openid-configuration]   []               [get]
                                                [/api/*]                              []               [get]
                                                [/api]                                []               [get]
                                                [/apis/*]                             []               [get]
                                                [/apis]                               []               [get]
                                                [/healthz]                            []               [get]
                                                [/healthz]                            []               [get]
                                                [/livez]                              []               [get]
                                                [/livez]                              []               [get]
                                                [/openapi/*]                          []               [get]
                                                [/openapi]                            []               [get]
                                                [/openid/v1/jwks]                     []               [get]
                                                [/readyz]                             []               [get]
                                                [/readyz]                             []               [get]
                                                [/version/]                           []               [get]
                                                [/version/]                           []               [get]
                                                [/version]                            []               [get]
                                                [/version]                            []               [get]
podsecuritypolicies.policy                      []                                    [example]        [use]
"""

ADMIN_HEAD = """\
Resources                                       Non-Resource URLs   Resource Names   Verbs
*.*                                             []                  []               [*]
                                                [*]                 []               [*]
"""


def can_i(*arguments):
    return run("can-i", *arguments, "--state", STATE)


class CanI(Case):
    def test_as_kubectl_answers(self):
        rows = [
            (["use", "podsecuritypolicy/example", "-n", "app-test", "--as", APP], "yes", NOT_NAMESPACED),
            (["use", "podsecuritypolicies.policy/example", "-n", "app-test", "--as", APP], "yes",
             NOT_NAMESPACED),
            (["use", "podsecuritypolicy/other", "-n", "app-test", "--as", APP], "no", NOT_NAMESPACED),
            (["use", "podsecuritypolicy/example", "--as", APP], "no", NOT_NAMESPACED),
            (["use", "psp", "-n", "app-test", "--as", APP], "no", NOT_NAMESPACED),
            (["use", "psp", "-n", "app-test", "--as", "root", "--as-group", "system:masters"], "yes",
             NOT_NAMESPACED),
            (["create", "pods", "-n", "app-test", "--as", APP], "no", ""),
            (["get", "pods/log", "-n", "app-test", "--as", APP], "no", ""),
            (["get", "/healthz", "--as", APP], "yes", ""),
            (["get", "/metrics", "--as", APP], "no", ""),
            (["list", "nosuchthings", "--as", "bob"], "no",
             "Warning: the server doesn't have a resource type 'nosuchthings'\n"),
            (["*", "*", "--as", "root", "--as-group", "system:masters"], "yes", ""),
            (["get", "nodes", "--as", "bob", "--as-group", "dev-team"], "no",
             "Warning: resource 'nodes' is not namespace scoped\n"),
            (["get", "nodes", "-A", "--as", "bob"], "no", ""),
            (["frobnicate", "pods", "--as", "bob"], "no",
             "Warning: verb 'frobnicate' is not a known verb\n"),
            (["get", "Deployment.v1.apps/web", "--as", "bob"], "no", ""),
        ]
        for words, answer, err in rows:
            with self.subTest(" ".join(words)):
                result = can_i(*words)
                self.assertEqual((result.out, result.err), (answer + "\n", err), result)
                self.assertEqual(result.status, YES if answer == "yes" else NO)

    def test_quiet(self):
        result = can_i("delete", "pods", "-n", "app-test", "--as", "bob", "-q")
        self.assertEqual((result.status, result.out, result.err), (NO, "", ""))

    def test_list(self):
        result = can_i("--list", "-n", "app-test", "--as", APP)
        self.assertEqual((result.status, result.out, result.err), (YES, APP_LIST, ""))
        self.assertEqual(can_i("--list", "-n", "app-test", "--as", "bob").out, BOB)

    def test_list_of_an_administrator(self):
        out = can_i("--list", "--as", "root", "--as-group", "system:masters").out
        self.assertEqual(out, ADMIN_HEAD + "".join(BOB.splitlines(True)[1:]))

    def test_list_without_headers(self):
        out = can_i("--list", "--no-headers", "--as", "bob").out
        self.assertNotIn("Verbs", out)
        self.assertTrue(out.startswith("selfsubjectaccessreviews.authorization.k8s.io   []"))

    def test_why(self):
        result = can_i("use", "podsecuritypolicy/example", "-n", "app-test", "--as", APP, "-v")
        self.assertIn('RBAC: allowed by RoleBinding "app:psp:unprivileged/app-test" of Role '
                      '"psp:unprivileged" to ServiceAccount "app/app-test"', result.out)
        data = can_i("use", "podsecuritypolicy/example", "-n", "app-test", "--as", APP, "-o", "json")
        self.assertEqual(data.json()["rule"]["resourceNames"], ["example"])

    def test_a_refusal_as_data(self):
        data = can_i("create", "pods", "-n", "app-test", "--as", APP, "-o", "json").json()
        self.assertEqual(data, {
            "allowed": False,
            "message": 'User "%s" cannot create resource "pods" in API group "" in the namespace '
                       '"app-test"' % APP})

    def test_a_service_account_named_as_a_user(self):
        result = can_i("use", "podsecuritypolicy/example", "-n", "app-test", "--as", "app")
        self.assertEqual(result.status, NO)
        self.assertIn("Warning: --as app names a user; the service account of that name is "
                      "system:serviceaccount:app-test:app", result.err)

    def test_a_node_and_its_pods(self):
        state = self.write("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\n"
                           "spec: {nodeName: one, containers: [{name: c, image: i}], "
                           "volumes: [{name: v, secret: {secretName: db}}]}\n")
        for node, secret, answer in (("one", "db", YES), ("one", "other", NO), ("two", "db", NO)):
            result = run("can-i", "get", "secrets/" + secret, "-n", "shop", "--as", "system:node:" + node,
                         "--as-group", "system:nodes", "--state", state)
            self.assertEqual(result.status, answer, result)

    def test_calls_that_are_wrong(self):
        rows = [
            (["create", "pods"], "--as says whose rights"),
            (["create", "--as", "bob"], "needs a verb and a resource"),
            (["--list", "create", "--as", "bob"], "--list asks about everything"),
            (["--list", "-q", "--as", "bob"], "--list goes with none of"),
            (["get", "/healthz", "--subresource", "x", "--as", "bob"], "--subresource is for resources"),
            (["create", "pods", "--as", "bob", "--no-headers"], "--no-headers is for --list"),
            (["create", "pods", "--as-group", "x"], "--as says whose rights"),
            (["create", "pods", "--as", "bob", "--kubernetes-version", "2.0"], "--kubernetes-version"),
        ]
        for words, message in rows:
            with self.subTest(" ".join(words)):
                result = can_i(*words)
                self.assertEqual((result.status, result.out), (ERROR, ""), result)
                self.assertIn(message, result.err)

    def test_without_the_preset_nobody_may_do_anything(self):
        self.assertEqual(run("can-i", "get", "/healthz", "--as", "bob", "--no-preset").out, "no\n")
