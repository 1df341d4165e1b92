# SPDX-License-Identifier: Apache-2.0
"""podgate import: a dump, or a running cluster, becomes a copy that podgate up serves as it is."""

import base64
import contextlib
import json
import os
import socket
import stat
import threading
import time
import unittest

from podgate import ROOT, YES, Case
from test_up import SECONDS_MAX, Served

DUMP = os.path.join(ROOT, "tests", "fixtures", "import", "cluster.yaml")
SECRET_VALUE = "aHVudGVyMg=="
REDACTED = "cmVkYWN0ZWQ="


def uid(n):
    return "00000000-0000-4000-8000-%012d" % n


def by_name(listed):
    return {item["metadata"]["name"]: item for item in listed["items"]}


class Dump(Case):
    """From a dump to a copy."""

    def copy(self, *arguments, **more):
        result = self.run_in("import", *arguments, "-o", "json", **more)
        self.assertEqual(result.status, YES, result)
        return {(i["kind"], i["metadata"]["name"]): i for i in result.json()["items"]}, result.err

    def test_what_is_copied(self):
        objects, err = self.copy(DUMP)
        kinds = {kind for kind, _ in objects}
        self.assertNotIn("Event", kinds)
        self.assertNotIn("Lease", kinds)
        self.assertNotIn("ValidatingWebhookConfiguration", kinds)
        self.assertNotIn("Thing", kinds)
        self.assertEqual(objects["Widget", "w"]["spec"], {"size": 3})
        pod = objects["Pod", "web-5d4f8c7b9d-abcde"]
        self.assertEqual(pod["metadata"]["uid"], uid(3))
        self.assertEqual(pod["metadata"]["ownerReferences"][0]["uid"], uid(2))
        self.assertEqual(pod["status"]["phase"], "Running")
        self.assertIn("Thing (example.net/v1) left out: no CustomResourceDefinition", err)
        self.assertIn("1 of kind Event: they tell of a moment", err)
        self.assertIn("1 without values (--with-secrets copies them)", err)
        self.assertIn("podgate up --kubernetes-version 1.13 --state FILE", err)

    def test_secrets(self):
        rows = [([], REDACTED), (["--redact-secrets"], REDACTED), (["--with-secrets"], SECRET_VALUE)]
        for options, value in rows:
            with self.subTest(options):
                objects, _ = self.copy(DUMP, *options)
                self.assertEqual(objects["Secret", "password"]["data"], {"key": value})
                self.assertEqual(SECRET_VALUE in json.dumps(list(objects.values())),
                                 value == SECRET_VALUE)
        self.refused(self.run_in("import", DUMP, "--with-secrets", "--redact-secrets"), "contradict")

    def test_webhooks(self):
        objects, _ = self.copy(DUMP, "--with-webhooks")
        self.assertIn(("ValidatingWebhookConfiguration", "calls"), objects)

    def test_forms_of_input(self):
        with open(DUMP, encoding="utf-8") as file:
            text = file.read()
        whole, _ = self.copy(DUMP)
        self.write("folder/a.yaml", text)
        self.assertEqual(self.copy("folder")[0], whole)
        self.assertEqual(self.copy("-", stdin=text)[0], whole)
        again = self.write("again.json", self.run_in("import", DUMP, "-o", "json").out)
        self.assertEqual(self.copy(again)[0], whole)

    def test_output(self):
        for path, form in (("out.yaml", "apiVersion: v1\n"), ("out.json", "{\n")):
            with self.subTest(path):
                result = self.run_in("import", DUMP, "--out", path)
                self.assertEqual((result.status, result.out), (YES, ""), result)
                self.assertIn("--state " + path, result.err)
                at = os.path.join(self.dir, path)
                self.assertEqual(stat.S_IMODE(os.stat(at).st_mode), 0o600)
                with open(at, encoding="utf-8") as file:
                    self.assertTrue(file.read().startswith(form))
        result = self.run_in("import", DUMP, "--out", "folder/")
        self.assertEqual(result.status, YES, result)
        self.assertIn("deployment.extensions.yaml", os.listdir(os.path.join(self.dir, "folder")))
        self.assertIn("widget.example.org.yaml", os.listdir(os.path.join(self.dir, "folder")))
        self.refused(self.run_in("import", DUMP, "--out", "folder"), "folder: is no empty folder")
        self.assertEqual(self.copy("folder")[0], self.copy(DUMP)[0])

    def test_many_of_a_kind(self):
        items = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m%d" % i}}
                 for i in range(5001)]
        many = self.write("many.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
        self.assertEqual(self.run_in("import", many, "--out", "folder/").status, YES)
        self.assertEqual(sorted(os.listdir(os.path.join(self.dir, "folder"))),
                         ["configmap-2.yaml", "configmap.yaml"])
        self.assertEqual(self.run_in("diff", many, "folder").status, YES)

    def test_what_is_wrong(self):
        broken = self.write("broken.yaml", "a: [")
        rows = [
            ([], "a dump of a cluster is needed, or --kubeconfig or --context"),
            ([DUMP, "--context", "a"], "either a dump or --kubeconfig and --context"),
            (["nothing"], "nothing: No such file or directory"),
            ([broken], "broken.yaml:2:1: not YAML"),
            (["--kubeconfig", "nothing"], "nothing: No such file or directory"),
            ([DUMP, "--out", "no/such/folder"], "no/such/folder: No such file or directory"),
            ([DUMP, "--strict"], "nothing is written, as the copy would not be whole"),
        ]
        for arguments, message in rows:
            with self.subTest(arguments):
                self.refused(self.run_in("import", *arguments), message)


class Copied(Served):
    """A copy, served."""

    def ask_list(self, path):
        status, body = self.ask("GET", path)
        self.assertEqual(status, 200, body)
        return by_name(body)

    def until(self, what):
        """Waits until what() is true; what it says then."""
        end = time.monotonic() + SECONDS_MAX
        while not what():
            self.assertLess(time.monotonic(), end, "it takes too long")
            time.sleep(0.02)
        return what()

    def settled(self):
        """The controllers have looked at everything: they did what only comes last."""
        self.until(lambda: "default" in self.ask_list("/api/v1/namespaces/shop/serviceaccounts"))
        probe = {"metadata": {"name": "probe"}, "spec": {
            "replicas": 0, "selector": {"matchLabels": {"probe": "a"}},
            "template": {"metadata": {"labels": {"probe": "a"}},
                         "spec": {"containers": [{"name": "a", "image": "b"}]}}}}
        status, body = self.ask("POST", "/apis/apps/v1/namespaces/default/deployments",
                                json.dumps(probe), headers={"Content-Type": "application/json"})
        self.assertEqual(status, 201, body)
        self.until(lambda: self.ask_list("/apis/apps/v1/namespaces/default/replicasets"))

    def test_as_it_is(self):
        for version in ("1.20", "1.24", "1.30"):
            with self.subTest(version):
                process = self.up("--kubernetes-version", version, "--state", DUMP)
                self.settled()
                pods = self.ask_list("/api/v1/namespaces/shop/pods")
                self.assertEqual(set(pods), {"web-5d4f8c7b9d-abcde", "lost"})
                pod = pods["web-5d4f8c7b9d-abcde"]
                self.assertEqual(pod["metadata"]["uid"], uid(3))
                self.assertEqual(pod["metadata"]["creationTimestamp"], "2019-01-02T03:04:05Z")
                self.assertNotIn("selfLink", pod["metadata"])
                self.assertEqual(pod["status"]["containerStatuses"][0]["restartCount"], 4)
                self.assertEqual(pod["spec"]["nodeName"], "worker-1")
                sets = self.ask_list("/apis/apps/v1/namespaces/shop/replicasets")
                self.assertEqual({n: s["metadata"]["uid"] for n, s in sets.items()},
                                 {"web-5d4f8c7b9d": uid(2)})
                self.assertEqual(sets["web-5d4f8c7b9d"]["status"]["readyReplicas"], 1)
                deployments = self.ask_list("/apis/apps/v1/namespaces/shop/deployments")
                self.assertEqual(deployments["web"]["metadata"]["uid"], uid(1))
                self.assertEqual(deployments["web"]["metadata"]["generation"], 1)
                # a static pod is its node's, and what is owned by a custom resource is kept with it
                self.assertIn("kube-apiserver-worker-1",
                              self.ask_list("/api/v1/namespaces/kube-system/pods"))
                self.assertIn("of-widget",
                              self.ask_list("/apis/apps/v1/namespaces/shop/statefulsets"))
                self.assertEqual(set(self.ask_list("/api/v1/nodes")), {"worker-1"})
                policies = self.ask_list("/apis/policy/v1beta1/podsecuritypolicies")
                self.assertEqual(policies["restricted"]["metadata"]["uid"], uid(20))
                maps = self.ask_list("/api/v1/namespaces/shop/configmaps")
                self.assertEqual(maps["Not_Valid"]["data"], {"a": "b"})
                self.assertEqual(maps["going"]["metadata"]["deletionTimestamp"],
                                 "2019-01-02T03:04:05Z")
                self.assertNotIn("ownerReferences", pods["lost"]["metadata"])
                _, _, err = self.end(process)
                self.assertIn('Pod "lost" is owned by Job "gone", which is not there', err)
                self.assertIn('kept as it is, though ConfigMap "Not_Valid" is invalid', err)

    def test_it_lives(self):
        """A finalizer that is done, an owner that is deleted, a new pod on a node that came along."""
        self.up("--state", DUMP, "--disable-admission-plugins", "PodSecurityPolicy")
        patch = {"Content-Type": "application/merge-patch+json"}
        maps = "/api/v1/namespaces/shop/configmaps"
        status, body = self.ask("PATCH", maps + "/going", '{"metadata": {"finalizers": null}}',
                                headers=patch)
        self.assertEqual(status, 200, body)
        self.assertNotIn("going", self.ask_list(maps))
        pods = "/api/v1/namespaces/shop/pods"
        status, body = self.ask("PATCH", "/apis/apps/v1/namespaces/shop/deployments/web",
                                '{"spec": {"replicas": 2}}', headers=patch)
        self.assertEqual(status, 200, body)
        self.until(lambda: [p for p in self.ask_list(pods).values()
                            if p["metadata"]["name"] != "web-5d4f8c7b9d-abcde"
                            and p["status"].get("hostIP") == "10.1.0.1"
                            and p["status"]["phase"] == "Running"])
        status, body = self.ask("DELETE", "/apis/apps/v1/namespaces/shop/deployments/web")
        self.assertEqual(status, 200, body)
        self.until(lambda: set(self.ask_list(pods)) == {"lost"})

    def test_manifests_beside_it(self):
        more = self.write("more.yaml", "apiVersion: v1\nkind: ConfigMap\n"
                                       "metadata: {name: new, namespace: shop}\n")
        self.up("--state", DUMP, "--state", more)
        maps = self.ask_list("/api/v1/namespaces/shop/configmaps")
        self.assertLessEqual({"new", "Not_Valid"}, set(maps))
        self.assertNotEqual(maps["new"]["metadata"]["uid"], "")


class Snapshots(Served):
    """The copy as a snapshot."""

    def setUp(self):
        super().setUp()
        self.env["XDG_STATE_HOME"] = self.dir

    def test_a_branch_of_it(self):
        result = self.podgate("import", DUMP, "--snapshot", "prod", "--kubernetes-version", "1.24")
        self.assertEqual((result.status, result.out), (YES, ""), result)
        self.assertIn("serve it  podgate up --from prod\n", result.err)
        self.assertIn('kept as it is, though ConfigMap "Not_Valid" is invalid', result.err)
        process = self.up("--from", "prod")
        status, version = self.ask("GET", "/version")
        self.assertEqual((status, version["minor"]), (200, "24"))
        pod = by_name(self.ask("GET", "/api/v1/namespaces/shop/pods")[1])["web-5d4f8c7b9d-abcde"]
        self.assertEqual((pod["metadata"]["uid"], pod["status"]["phase"]), (uid(3), "Running"))
        nodes = by_name(self.ask("GET", "/api/v1/nodes")[1])
        self.assertEqual(set(nodes), {"worker-1"})
        same = self.podgate("diff", "prod", self.kubeconfig, "--kind", "po,deploy,rs,no,psp")
        self.assertEqual((same.status, same.out), (YES, ""), same)
        status, body = self.ask("DELETE", "/apis/policy/v1beta1/podsecuritypolicies/restricted")
        self.assertEqual(status, 200, body)
        gone = self.podgate("diff", "prod", self.kubeconfig, "--kind", "po,psp", "-o", "name")
        self.assertEqual(gone.out, "podsecuritypolicy.policy/restricted\n", gone)
        self.end(process)

    def test_replaced(self):
        names = ["--snapshot", "prod"]
        self.assertEqual(self.podgate("import", DUMP, *names).status, YES)
        self.refused(self.podgate("import", DUMP, *names), "prod is there already; --force replaces it")
        self.assertEqual(self.podgate("import", DUMP, *names, "--force").status, YES)
        self.assertEqual(self.podgate("diff", "prod", "prod").status, YES)
        self.refused(self.podgate("import", DUMP, "--snapshot", "a b"), "a snapshot's name is made of")
        self.refused(self.podgate("import", DUMP, *names, "--out", "x"), "no --out, no --output")
        self.refused(self.podgate("import", DUMP, "--force"), "are for --snapshot")

    def test_in_a_data_directory(self):
        process = self.up("--data", "data", "--state", DUMP)
        self.end(process)
        same = self.podgate("diff", "data", DUMP, "--kind", "deploy,psp")
        self.assertEqual((same.status, same.out), (YES, ""), same)
        process = self.up("--data", "data")
        self.assertEqual(set(by_name(self.ask("GET", "/api/v1/nodes")[1])), {"worker-1"})
        self.end(process)
        self.refused(self.podgate("diff", "data", "no-such"), "no-such: No such file or directory")


class Live(Served):
    """A running cluster."""

    def test_a_copy_of_it(self):
        for version in ("1.20", "1.30"):  # without and with aggregated discovery
            with self.subTest(version):
                first = self.up("--kubernetes-version", version, "--state", DUMP, "--no-controllers")
                result = self.podgate("import", "--kubeconfig", self.kubeconfig, "--out", "copy.yaml")
                self.assertEqual(result.status, YES, result)
                self.assertIn("--kubernetes-version " + version, result.err)
                kinds = "no,po,rs,deploy,sts,psp,cm,secret,clusterrole"
                same = self.podgate("diff", "copy.yaml", self.kubeconfig, "--kind", kinds)
                self.assertEqual((same.status, same.out), (YES, ""), same)
                self.end(first)
                with open(os.path.join(self.dir, "copy.yaml"), encoding="utf-8") as file:
                    self.assertNotIn(SECRET_VALUE, file.read())
                second = self.up("--kubernetes-version", version, "--state", "copy.yaml")
                pods = by_name(self.ask("GET", "/api/v1/namespaces/shop/pods")[1])
                self.assertEqual(pods["web-5d4f8c7b9d-abcde"]["metadata"]["uid"], uid(3))
                self.end(second)

    def tokens(self):
        """The Secrets of the service accounts' tokens of namespace default, once there is one."""
        end = time.monotonic() + SECONDS_MAX
        while time.monotonic() < end:
            _, body = self.ask("GET", "/api/v1/namespaces/default/secrets")
            found = {n: s for n, s in by_name(body).items() if s.get("data", {}).get("token")}
            if found:
                return found
            time.sleep(0.02)
        self.fail("there are no tokens")

    def test_tokens_are_signed_anew(self):
        first = self.up("--kubernetes-version", "1.20")
        before = self.tokens()
        result = self.podgate("import", "--kubeconfig", self.kubeconfig, "--out", "copy.yaml")
        self.assertEqual(result.status, YES, result)
        self.end(first)
        self.up("--kubernetes-version", "1.20", "--state", "copy.yaml")
        after = self.tokens()
        self.assertEqual(set(after), set(before))
        (name, secret), = after.items()
        self.assertNotEqual(secret["data"]["token"], before[name]["data"]["token"])
        token = base64.b64decode(secret["data"]["token"]).decode()
        status, _ = self.ask("GET", "/api", context=self.anonymous,
                             headers={"Authorization": "Bearer " + token})
        self.assertEqual(status, 200)

    def test_pages(self):
        """More objects than a page has."""
        maps = "".join("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m%d}\n" % i
                       for i in range(1203))
        self.up("--state", self.write("maps.yaml", maps))
        result = self.podgate("import", "--kubeconfig", self.kubeconfig, "-o", "json")
        names = [i["metadata"]["name"] for i in result.json()["items"] if i["kind"] == "ConfigMap"
                 and i["metadata"]["namespace"] == "default"]
        self.assertEqual({n for n in names if n.startswith("m")}, {"m%d" % i for i in range(1203)})
        self.assertEqual(len(names), len(set(names)))

    def user(self, text):
        """A kubeconfig of the server for another user."""
        with open(self.kubeconfig, encoding="utf-8") as file:
            lines = file.read()
        cluster = lines[lines.index("clusters:"):]
        ca = cluster[cluster.index("certificate-authority-data: "):].splitlines()[0]
        return self.write("user.yaml", """\
apiVersion: v1
kind: Config
current-context: x
contexts: [{name: x, context: {cluster: c, user: u}}]
clusters:
- name: c
  cluster:
    server: https://%s:%s
    %s
users:
- name: u
  user: %s
""" % (self.host, self.port, ca, text))

    def test_who_asks(self):
        tokens = self.write("tokens.csv", 'secret-token,jane,1,"dev"\n')
        plugin = self.write("plugin", """#!/bin/sh
[ "$SAYS" = hello ] || exit 9
case $KUBERNETES_EXEC_INFO in *ExecCredential*) ;; *) exit 8 ;; esac
echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
       "status": {"token": "'$1'"}}'
""")
        os.chmod(plugin, 0o700)
        self.write("token", "secret-token\n")
        roles = self.write("roles.yaml", """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: some}
rules:
- {apiGroups: [""], resources: [namespaces, pods], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: some}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: some}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: jane}]
""")
        self.up("--token-file", tokens, "--state", roles)
        execs = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, " \
                "args: [%s], env: [{name: SAYS, value: hello}]}}"
        for user in ("{token: secret-token}", "{tokenFile: token}", execs % "secret-token"):
            with self.subTest(user):
                result = self.podgate("import", "--kubeconfig", self.user(user), "-o", "json")
                self.assertEqual(result.status, YES, result)
                self.assertIn('Warning: secrets cannot be read: secrets is forbidden: User "jane"',
                              result.err)
                self.assertEqual({i["kind"] for i in result.json()["items"]}, {"Namespace"})
        result = self.podgate("import", "--kubeconfig", self.user("{token: secret-token}"), "--strict")
        self.refused(result, "the copy would not be whole")
        rows = [
            ("{token: wrong}", "Unauthorized"),
            (execs % "wrong", "Unauthorized"),
            ("{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin}}",
             "plugin: it ended with exit status 9"),
            ("{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./nothing, "
             "installHint: get it}}", "nothing: No such file or directory\nget it"),
            ("{token: [a]}", "user.yaml:12:10: users[0].user.token: is no string but array"),
        ]
        for user, message in rows:
            with self.subTest(user):
                self.refused(self.podgate("import", "--kubeconfig", self.user(user)), message)

    def proxy(self):
        """A proxy that takes CONNECT; its port, and where it was asked to connect to."""
        asked = []
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def pass_on(source, to):
            with contextlib.suppress(OSError):
                while data := source.recv(65536):
                    to.sendall(data)
                to.shutdown(socket.SHUT_WR)

        def serve(client):
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(65536)
            place = head.split()[1].decode()
            asked.append(place)
            host, _, port = place.rpartition(":")
            server = socket.create_connection((host, int(port)))
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            threading.Thread(target=pass_on, args=(server, client), daemon=True).start()
            pass_on(client, server)

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    threading.Thread(target=serve, args=(client,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return listener.getsockname()[1], asked

    def test_through_a_proxy(self):
        self.up()
        port, asked = self.proxy()
        with open(self.kubeconfig, encoding="utf-8") as file:
            text = file.read().replace("    server: ", "    proxy-url: http://127.0.0.1:%d\n    server: " % port)
        result = self.podgate("import", "--kubeconfig", self.write("proxied.yaml", text), "-o", "json")
        self.assertEqual(result.status, YES, result)
        self.assertIn("kube-system", {i["metadata"]["name"] for i in result.json()["items"]})
        self.assertEqual(set(asked), {"%s:%s" % (self.host, self.port)})

    def test_nobody_there(self):
        process = self.up()
        text = self.user("{token: a}")
        self.end(process)
        self.refused(self.podgate("import", "--kubeconfig", text), "connection refused")


if __name__ == "__main__":
    unittest.main()
