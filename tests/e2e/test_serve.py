# SPDX-License-Identifier: Apache-2.0
"""podgate serve: the webhook over TLS, beside a rehearsal cluster that it watches."""

import base64
import concurrent.futures
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time

from podgate import ERROR, PROGRAM, YES, run
from test_up import Served

SECONDS_MAX = 60
POLICY = {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": "five"},
          "spec": {"runAsUser": {"rule": "RunAsAny"}, "seLinux": {"rule": "RunAsAny"},
                   "supplementalGroups": {"rule": "RunAsAny"}, "volumes": ["*"],
                   "fsGroup": {"rule": "MustRunAs", "ranges": [{"min": 5, "max": 9}]}}}
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ROLE = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "use-five"},
        "rules": [{"apiGroups": ["policy"], "resources": ["podsecuritypolicies"], "verbs": ["use"],
                   "resourceNames": ["five"]}]}
BINDING = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
           "metadata": {"name": "use-five"},
           "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "use-five"},
           "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}]}


def review(user="alice", namespace="default", **spec):
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": namespace},
           "spec": {"containers": [{"name": "c", "image": "i"}], **spec}}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": {"uid": "u", "kind": {"group": "", "version": "v1", "kind": "Pod"},
                        "resource": {"group": "", "version": "v1", "resource": "pods"},
                        "namespace": namespace, "operation": "CREATE", "object": pod,
                        "userInfo": {"username": user, "groups": ["system:authenticated"]}}}


class Serve(Served):
    def setUp(self):
        super().setUp()
        self.certificate("tls")

    def certificate(self, name):
        """A new certificate and its key, for this machine."""
        cert, key = (os.path.join(self.dir, name + end) for end in (".crt", ".key"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key + ".new", "-out",
                        cert + ".new", "-subj", "/CN=podgate", "-days", "2",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                       check=True, stderr=subprocess.DEVNULL)
        os.replace(key + ".new", key)
        os.replace(cert + ".new", cert)
        return cert, key

    def serve(self, *arguments, env=None):
        """The webhook, once it listens. Its lines are in self.lines."""
        process = subprocess.Popen(
            [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--tls-cert-file", "tls.crt",
             "--tls-private-key-file", "tls.key", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=self.dir, env={**self.env, **(env or {})})
        self.addCleanup(self.end, process)
        self.lines = []
        for line in process.stderr:
            self.lines.append(line)
            match = re.search(r"listening on https://127.0.0.1:(\d+)", line)
            if match:
                self.hook_port = int(match.group(1))
                break
        else:
            self.fail("".join(self.lines))
        thread = threading.Thread(target=lambda: self.lines.extend(process.stderr), daemon=True)
        thread.start()
        process.reader = thread
        return process

    def end(self, process):
        """How it ended."""
        if process.poll() is None:
            process.terminate()
        if hasattr(process, "reader"):
            status = process.wait(timeout=SECONDS_MAX)
            process.reader.join()
            process.stdout.close()
            process.stderr.close()
            return status
        return super().end(process)

    def trust(self):
        return ssl.create_default_context(cafile=os.path.join(self.dir, "tls.crt"))

    def call(self, method, path, body=None, context=None):
        connection = http.client.HTTPSConnection("localhost", self.hook_port, timeout=SECONDS_MAX,
                                                 context=context or self.trust())
        try:
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def decide(self, path, body):
        """The response of a review."""
        status, text = self.call("POST", path, json.dumps(body))
        self.assertEqual(status, 200, text)
        answer = json.loads(text)
        self.assertEqual((answer["kind"], answer["apiVersion"]),
                         ("AdmissionReview", "admission.k8s.io/v1"))
        self.assertEqual(answer["response"]["uid"], "u")
        return answer["response"]

    def until(self, what, seconds=SECONDS_MAX):
        end = time.monotonic() + seconds
        while not what():
            self.assertLess(time.monotonic(), end, self.lines)
            time.sleep(0.01)

    def ready(self):
        self.until(lambda: self.call("GET", "/readyz")[0] == 200)

    def apply(self, path, *objects):
        for one in objects:
            status, answer = self.ask("POST", path, json.dumps(one),
                                      headers={"Content-Type": "application/json"})
            self.assertEqual(status, 201, answer)

    def apply_policy(self):
        self.apply("/apis/policy/v1beta1/podsecuritypolicies", POLICY)
        self.apply(RBAC + "/clusterroles", ROLE)
        self.apply(RBAC + "/clusterrolebindings", BINDING)

    def allowed(self, *arguments, **spec):
        return self.decide("/mutate", review(*arguments, **spec))["allowed"]

    def metric(self, name):
        text = self.call("GET", "/metrics")[1]
        return float(re.search(r"^%s (\S+)$" % re.escape(name), text, re.M).group(1))


class Decisions(Serve):
    def test_what_the_cluster_says_is_in_force_at_once(self):
        self.up("--kubernetes-version", "1.24", "--nodes", "0")
        self.serve("--kubeconfig", self.kubeconfig)
        self.ready()
        self.assertFalse(self.allowed())
        self.apply_policy()
        self.until(self.allowed, 5)
        answer = self.decide("/mutate", review())
        patch = json.loads(base64.b64decode(answer["patch"]))
        self.assertIn({"op": "add", "path": "/spec/securityContext", "value": {"fsGroup": 5}}, patch)
        self.assertEqual(answer["auditAnnotations"],
                         {"admit-policy": "five"})
        self.assertTrue(self.decide("/validate", review(securityContext={"fsGroup": 5}))["allowed"])
        refused = self.decide("/validate", review(securityContext={"fsGroup": 3}))
        self.assertFalse(refused["allowed"])
        self.assertEqual(refused["status"]["code"], 403)
        self.assertFalse(self.allowed("bob"))
        self.ask("DELETE", "/apis/policy/v1beta1/podsecuritypolicies/five")
        self.until(lambda: not self.allowed(), 5)

    def test_a_definition_that_is_made_later(self):
        """Its event is larger than what is read at once."""
        self.up("--kubernetes-version", "1.30", "--nodes", "0")
        self.serve("--kubeconfig", self.kubeconfig, "--policies", "podgate.io")
        self.ready()
        self.assertFalse(self.allowed())
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "description": "x" * 50000}
        self.apply("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "podsecuritypolicies.podgate.io"},
            "spec": {"group": "podgate.io", "scope": "Cluster",
                     "names": {"plural": "podsecuritypolicies", "singular": "podsecuritypolicy",
                               "kind": "PodSecurityPolicy", "listKind": "PodSecurityPolicyList"},
                     "versions": [{"name": "v1", "served": True, "storage": True,
                                   "schema": {"openAPIV3Schema": schema}}]}})
        path = "/apis/podgate.io/v1/podsecuritypolicies"
        self.until(lambda: self.ask("GET", path)[0] == 200)
        self.apply(path, {**POLICY, "apiVersion": "podgate.io/v1"})
        self.apply(RBAC + "/clusterroles", ROLE)
        self.apply(RBAC + "/clusterrolebindings", BINDING)
        self.until(self.allowed)

    def test_namespaces_and_their_labels(self):
        self.up("--kubernetes-version", "1.30", "--nodes", "0")
        self.serve("--kubeconfig", self.kubeconfig, "--disable-admission-plugins", "PodSecurityPolicy")
        self.ready()
        # asked about in the very moment that it is made
        self.apply("/api/v1/namespaces", {"metadata": {
            "name": "tight", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}})
        answer = self.decide("/validate", review(namespace="tight", hostNetwork=True))
        self.assertFalse(answer["allowed"])
        self.assertIn('violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
                      answer["status"]["message"])
        self.assertTrue(self.decide("/validate", review(hostNetwork=True))["allowed"])
        nowhere = self.decide("/validate", review(namespace="nowhere"))
        self.assertFalse(nowhere["allowed"])
        self.assertEqual(nowhere["status"]["code"], 500)

    def test_manifests_instead_of_a_cluster(self):
        self.write("state.json", json.dumps({"apiVersion": "v1", "kind": "List",
                                             "items": [POLICY, ROLE, BINDING]}))
        self.serve("--state", "state.json")
        self.assertEqual(self.call("GET", "/readyz"), (200, "ok"))
        self.assertTrue(self.allowed())
        self.assertFalse(self.allowed("bob"))

    def test_many_at_once(self):
        self.write("state.json", json.dumps({"apiVersion": "v1", "kind": "List",
                                             "items": [POLICY, ROLE, BINDING]}))
        self.serve("--state", "state.json")
        users = ["alice", "bob"] * 100
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            got = list(pool.map(self.allowed, users))
        self.assertEqual(got, [user == "alice" for user in users])
        text = self.call("GET", "/metrics")[1]
        self.assertIn('podgate_reviews_total{allowed="true",code="200",operation="CREATE",'
                      'phase="mutate",resource="pods"} 100\n', text)
        self.assertIn('podgate_policy_decisions_total{phase="mutate",policy="five"} 100\n', text)
        self.assertIn('podgate_review_duration_seconds_count{phase="mutate"} 200\n', text)


HEAD = "apiVersion: podgate.io/v1\nkind: Enforcement\n"


class Enforcement(Serve):
    def setUp(self):
        super().setUp()
        self.write("state.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": [
            POLICY, ROLE, BINDING,
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {
                "name": "default", "labels": {"pod-security.kubernetes.io/enforce": "baseline"}}}]}))

    def test_modes(self):
        self.write("how.yaml", HEAD + "modes: {podSecurityPolicy: warn, podSecurity: audit}\n")
        self.serve("--state", "state.json", "--enforcement", "how.yaml")
        bad = review("bob", hostNetwork=True)
        self.assertEqual(self.decide("/mutate", bad), {"uid": "u", "allowed": True})
        answer = self.decide("/validate", bad)
        self.assertTrue(answer["allowed"])
        self.assertEqual(len(answer["warnings"]), 1)
        self.assertIn('would be refused: pods "p" is forbidden: PodSecurityPolicy', answer["warnings"][0])
        self.assertIn('violates PodSecurity "baseline:latest"',
                      answer["auditAnnotations"]["would-refuse-podsecurity"])
        self.assertEqual(self.metric('podgate_would_refuse_total{mode="warn",namespace="default",'
                                     'plugin="podSecurityPolicy"}'), 1)
        # one of them goes on to be enforced
        self.write("how.yaml", HEAD + "modes: {podSecurityPolicy: warn}\n")
        self.until(lambda: not self.decide("/validate", bad)["allowed"])
        self.write("how.yaml", HEAD + "modes: {podSecurityPolicy: off}\n")
        self.until(lambda: "the enforcement stays as it was: how.yaml:3:9: modes.podSecurityPolicy: must be "
                           "enforce, warn or audit" in "".join(self.lines))
        self.assertTrue(self.decide("/mutate", bad)["allowed"])

    def test_exemptions(self):
        self.write("how.yaml", HEAD + "exemptions:\n"
                   "- {name: bob, reason: migrates, users: [bob], expires: 2099-01-01}\n"
                   "- {name: was, reason: once, users: [carol], expires: 2020-01-01}\n"
                   "- {name: idle, reason: nobody knows, namespaces: [nowhere]}\n")
        hook = self.serve("--state", "state.json", "--enforcement", "how.yaml")
        self.assertIn("podgate serve: exemption was ended on 2020-01-01: it applies no more\n", self.lines)
        bad = review("bob", hostNetwork=True)
        self.assertTrue(self.decide("/mutate", bad)["allowed"])
        answer = self.decide("/validate", bad)
        self.assertEqual(answer["auditAnnotations"],
                         {"exempt-podsecurity": "bob", "exempt-podsecuritypolicy": "bob"})
        self.assertFalse(self.decide("/mutate", review("carol"))["allowed"])
        self.assertEqual(self.metric('podgate_exemption_used_total{name="bob"}'), 2)
        self.assertEqual(self.metric('podgate_exemption_used_total{name="idle"}'), 0)
        self.assertEqual(self.metric('podgate_exemption_expired{name="was"}'), 1)
        self.assertEqual(self.end(hook), YES)
        self.assertIn("podgate serve: exemption idle was not needed since the start\n", self.lines)

    def test_what_is_wrong_with_it(self):
        self.write("how.yaml", HEAD + "exemptions: [{name: all, reason: none}]\n")
        result = run("serve", "--state", "state.json", "--enforcement", "how.yaml", "--tls-cert-file",
                     "tls.crt", "--tls-private-key-file", "tls.key", cwd=self.dir, env=self.env)
        self.assertEqual(result.status, ERROR)
        self.assertEqual(result.err, "podgate serve: how.yaml:3:14: exemptions[0]: says nothing of whom it "
                                     "is for: everybody would be exempt\n")


class Faults(Serve):
    def test_the_api_server_goes_away(self):
        api = self.up("--kubernetes-version", "1.24", "--nodes", "0")
        self.apply_policy()
        hook = self.serve("--kubeconfig", self.kubeconfig, "--cache", "cache.json")
        self.ready()
        self.assertTrue(self.allowed())
        self.until(lambda: os.path.exists(os.path.join(self.dir, "cache.json")))
        api.kill()
        api.communicate()
        self.until(lambda: self.metric("podgate_cluster_behind_seconds") > 0)
        self.assertTrue(self.allowed())
        self.assertFalse(self.allowed("bob"))
        self.assertEqual(self.call("GET", "/readyz")[0], 200)
        # and comes not back before podgate itself is started anew
        self.assertEqual(self.end(hook), YES)
        self.serve("--kubeconfig", self.kubeconfig, "--cache", "cache.json")
        self.assertIn("used until the cluster is known", "".join(self.lines))
        self.assertTrue(self.allowed())
        self.assertFalse(self.allowed("bob"))
        self.assertEqual(self.metric("podgate_cluster_from_cache"), 1)
        self.assertEqual(self.metric("podgate_cluster_synced"), 0)

    def test_a_cache_that_is_still_right(self):
        self.up("--kubernetes-version", "1.24", "--nodes", "0", "--no-controllers")
        self.apply_policy()
        hook = self.serve("--kubeconfig", self.kubeconfig, "--cache", "cache.json")
        self.ready()
        self.assertEqual(self.end(hook), YES)
        self.serve("--kubeconfig", self.kubeconfig, "--cache", "cache.json")
        self.assertIn("used until the cluster is known", "".join(self.lines))
        self.until(lambda: self.metric("podgate_cluster_synced") == 1)
        self.assertEqual(self.metric("podgate_cluster_from_cache"), 0)
        self.assertTrue(self.allowed())

    def test_a_cache_that_does_not_fit(self):
        api = self.up("--nodes", "0")
        api.kill()
        api.communicate()
        for text in ("", "{}", "not json\n", '{"podgateCache":1,"time":1,"objects":0}\n'):
            self.write("cache.json", text)
            hook = self.serve("--kubeconfig", self.kubeconfig, "--cache", "cache.json")
            self.assertIn("cache.json: damaged or no cache of podgate: not used", "".join(self.lines))
            self.assertEqual(self.call("GET", "/readyz")[0], 503)
            self.assertEqual(self.call("POST", "/validate", json.dumps(review()))[0], 503)
            self.assertEqual(self.end(hook), YES)

    def test_watches_that_break_off(self):
        """A relay that cuts connections in the middle of an event, again and again."""
        self.up("--kubernetes-version", "1.24", "--nodes", "0")
        relay = Relay(int(self.port))
        self.addCleanup(relay.close)
        with open(self.kubeconfig, encoding="utf-8") as file:
            text = file.read()
        relayed = self.write("relayed", re.sub(r"(server: https://[^:]+):\d+",
                                               r"\1:%d" % relay.port, text))
        self.serve("--kubeconfig", relayed)
        self.ready()
        self.apply_policy()
        self.until(self.allowed)
        for number in range(20):
            relay.cut()
            if number % 2:
                self.apply("/apis/policy/v1beta1/podsecuritypolicies", POLICY)
            else:
                self.ask("DELETE", "/apis/policy/v1beta1/podsecuritypolicies/five")
            self.until(lambda: self.allowed() == bool(number % 2))
        self.assertGreater(self.metric("podgate_cluster_failures_total"), 0)

    def test_what_is_no_review(self):
        self.write("state.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": []}))
        self.serve("--state", "state.json")
        for body in (b"", b"{", b"null", b"\xff\xfe", b"[" * 100000, json.dumps(review()).encode() + b"}",
                     json.dumps({**review(), "request": {"uid": "u"}}).encode()):
            for path in ("/mutate", "/validate"):
                status, text = self.call("POST", path, body)
                self.assertEqual(status, 400, (body[:50], text))
                self.assertNotIn("allowed", text)
        self.assertEqual(self.call("POST", "/mutate", b"x" * (16 << 20))[0], 413)
        self.assertEqual(self.call("PUT", "/mutate", b"{}")[0], 405)
        self.assertEqual(self.call("GET", "/nowhere")[0], 404)
        self.assertEqual(self.call("GET", "/healthz"), (200, "ok"))

    def test_a_new_certificate(self):
        self.write("state.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": []}))
        self.serve("--state", "state.json")
        old = self.trust()
        kept = http.client.HTTPSConnection("localhost", self.hook_port, timeout=SECONDS_MAX, context=old)
        kept.request("GET", "/healthz")
        self.assertEqual(kept.getresponse().read(), b"ok")
        self.write("tls.crt", "half of a")
        self.until(lambda: "not renewed" in "".join(self.lines))
        self.assertEqual(self.call("GET", "/healthz", context=old)[0], 200)
        self.certificate("tls")
        self.until(lambda: "was renewed" in "".join(self.lines))
        self.assertEqual(self.call("GET", "/healthz")[0], 200)
        with self.assertRaises(ssl.SSLError):
            self.call("GET", "/healthz", context=old)
        kept.request("GET", "/healthz")
        self.assertEqual(kept.getresponse().read(), b"ok")
        kept.close()

    def test_clients_need_a_certificate(self):
        self.write("state.json", json.dumps({"apiVersion": "v1", "kind": "List",
                                             "items": [POLICY, ROLE, BINDING]}))
        cert, key = self.certificate("client")
        self.serve("--state", "state.json", "--client-ca-file", "client.crt")
        self.assertEqual(self.call("POST", "/mutate", json.dumps(review()))[0], 401)
        self.assertEqual(self.call("GET", "/healthz")[0], 200)
        context = self.trust()
        context.load_cert_chain(cert, key)
        status, text = self.call("POST", "/mutate", json.dumps(review()), context)
        self.assertEqual(status, 200, text)

    def test_told_to_stop(self):
        self.write("state.json", json.dumps({"apiVersion": "v1", "kind": "List",
                                             "items": [POLICY, ROLE, BINDING]}))
        hook = self.serve("--state", "state.json", "--shutdown-delay", "600")
        hook.send_signal(signal.SIGTERM)
        self.until(lambda: self.call("GET", "/readyz") == (503, "not ready: stopping\n"))
        self.assertTrue(self.allowed())  # whoever has not heard of it yet is answered
        hook.send_signal(signal.SIGTERM)
        self.assertEqual(hook.wait(timeout=SECONDS_MAX), YES)


class BadCalls(Serve):
    def refused_call(self, *arguments):
        result = run("serve", *arguments, cwd=self.dir, env=self.env)
        self.assertEqual((result.status, result.out), (ERROR, ""), result)
        self.assertEqual(result.err.count("\n"), 1, result)
        return result.err

    def test_options(self):
        pair = ["--tls-cert-file", "tls.crt", "--tls-private-key-file", "tls.key"]
        self.assertIn("--tls-cert-file and --tls-private-key-file are needed", self.refused_call())
        self.assertIn("nowhere.crt: No such file", self.refused_call(
            "--tls-cert-file", "nowhere.crt", "--tls-private-key-file", "tls.key"))
        self.assertIn("--listen is ADDRESS:PORT", self.refused_call("--listen", "x", *pair))
        self.assertIn("--state stands for the cluster",
                      self.refused_call("--state", "x", "--kubeconfig", "y", *pair))
        self.assertIn("--preset is for --state", self.refused_call("--preset", "eks", *pair))
        self.assertIn("--shutdown-delay is a number of seconds",
                      self.refused_call("--shutdown-delay", "soon", *pair))
        self.assertIn("nowhere.yaml", self.refused_call("--state", "nowhere.yaml", *pair))
        self.assertIn("nowhere", self.refused_call("--kubeconfig", "nowhere", *pair))

    def test_a_key_of_another(self):
        self.write("state.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": []}))
        self.certificate("other")
        self.assertIn("the key is not that of the certificate", self.refused_call(
            "--state", "state.json", "--listen", "127.0.0.1:0",
            "--tls-cert-file", "tls.crt", "--tls-private-key-file", "other.key"))


class Relay:
    """A TCP relay to a local port, whose connections can be cut."""

    def __init__(self, port):
        self.target = port
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.pairs = []
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            with self.lock:
                self.pairs += [client, server]
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(a, b), daemon=True).start()

    @staticmethod
    def pump(a, b):
        try:
            while True:
                data = a.recv(65536)
                if not data:
                    break
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for s in pairs:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    def close(self):
        self.socket.close()
        self.cut()
