# SPDX-License-Identifier: Apache-2.0
"""Admission webhooks: real HTTPS servers that podgate up calls."""

import base64
import contextlib
import http.server
import json
import os
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

from podgate import ERROR
from test_up import KUBECTL, SECONDS_MAX, Served

REGISTRATION = "/apis/admissionregistration.k8s.io/v1/"
PODS = "/api/v1/namespaces/default/pods"
MAPS = "/api/v1/namespaces/default/configmaps"


def certificate(folder, name, names, ca=None):
    """A key and certificate for names; signed by ca, or an authority when there is none."""
    key, cert = os.path.join(folder, name + ".key"), os.path.join(folder, name + ".crt")
    kinds = ",".join(("IP:" if n[0].isdigit() else "DNS:") + n for n in names)
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
               "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout", key, "-out", cert]
    if ca:
        command += ["-CA", ca + ".crt", "-CAkey", ca + ".key",
                    "-addext", "basicConstraints=critical,CA:FALSE"]
    if kinds:
        command += ["-addext", "subjectAltName=" + kinds]
    subprocess.run(command, check=True, capture_output=True)
    return os.path.join(folder, name)


class Hook:
    """A webhook; answer(request) gives the members of the response, or (status, type, text)."""

    def __init__(self, test, pair, answer=None, raw=None):
        self.seen = []  # (path, headers, review)
        self.lock = threading.Lock()
        self.answer = answer or (lambda request: {})
        self.raw = raw
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, kind, text = hook.respond(self.path, dict(self.headers), body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        if pair:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pair + ".crt", pair + ".key")
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        test.addCleanup(self.stop)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def respond(self, path, headers, body):
        review = json.loads(body)
        with self.lock:
            self.seen.append((path, headers, review))
        if self.raw:
            return self.raw(review)
        response = {"uid": review["request"]["uid"], "allowed": True, **self.answer(review["request"])}
        if "patch" in response and not isinstance(response["patch"], str):
            response["patch"] = base64.b64encode(json.dumps(response["patch"]).encode()).decode()
            response.setdefault("patchType", "JSONPatch")
        text = json.dumps({"kind": "AdmissionReview", "apiVersion": review["apiVersion"],
                           "response": response})
        return 200, "application/json", text.encode()

    @property
    def requests(self):
        return [review["request"] for _, _, review in self.seen]


class Hooked(Served):
    """A test with webhooks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.ca = certificate(cls.folder.name, "ca", [])
        cls.pair = certificate(cls.folder.name, "server",
                               ["127.0.0.1", "hook.apps.svc", "localhost"], cls.ca)
        with open(cls.ca + ".crt", "rb") as file:
            cls.bundle = base64.b64encode(file.read()).decode()

    def hook(self, answer=None, raw=None, pair=None):
        return Hook(self, pair or self.pair, answer, raw)

    def webhook(self, hook, name="a.example.com", path="/admit", **more):
        where = hook if isinstance(hook, str) else "https://127.0.0.1:%d%s" % (hook.port, path)
        out = {"name": name, "clientConfig": {"url": where, "caBundle": self.bundle},
               "sideEffects": "None", "admissionReviewVersions": ["v1"],
               "rules": [{"operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"],
                          "resources": ["configmaps", "pods"]}], **more}
        if "service" in more:
            out["clientConfig"] = {"service": out.pop("service"), "caBundle": self.bundle}
        return out

    def register(self, kind, name, *webhooks):
        """kind: Mutating or Validating"""
        body = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind + "WebhookConfiguration",
                "metadata": {"name": name}, "webhooks": list(webhooks)}
        status, answer = self.post(REGISTRATION + kind.lower() + "webhookconfigurations", body)
        self.assertEqual(status, 201, answer)
        return answer

    def post(self, path, body, method="POST", kind="application/json", **more):
        return self.ask(method, path, json.dumps(body), headers={"Content-Type": kind}, **more)

    def map(self, name="m", **metadata):
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata},
                "data": {"a": "b"}}

    def start(self, *arguments):
        return self.up("--disable-admission-plugins", "PodSecurityPolicy,ServiceAccount",
                       "--nodes", "0", "--no-controllers", *arguments)


class Webhooks(Hooked):
    def test_what_is_sent(self):
        """Every member of the AdmissionReview, for each operation."""
        self.start()
        hook = self.hook()
        rule = {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"],
                "scope": "Namespaced"}
        self.register("Mutating", "m", self.webhook(hook, rules=[rule]))
        status, made = self.post(MAPS + "?fieldManager=me", self.map())
        self.assertEqual(status, 201)
        path, headers, review = hook.seen[0]
        self.assertEqual(path, "/admit?timeout=10s")
        self.assertEqual({k: headers.get(k) for k in ("User-Agent", "Content-Type", "Accept")},
                         {"User-Agent": "kube-apiserver-admission", "Accept": "application/json, */*",
                          "Content-Type": "application/json"})
        kind = {"group": "", "version": "v1", "kind": "ConfigMap"}
        resource = {"group": "", "version": "v1", "resource": "configmaps"}
        request = dict(review["request"])
        self.assertRegex(request.pop("uid"), "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                             "[0-9a-f]{12}$")
        sent = request.pop("object")
        self.assertEqual(review["kind"] + review["apiVersion"], "AdmissionReviewadmission.k8s.io/v1")
        self.assertEqual(request, {
            "kind": kind, "resource": resource, "requestKind": kind, "requestResource": resource,
            "name": "m", "namespace": "default", "operation": "CREATE",
            "userInfo": {"username": "podgate-admin",
                         "groups": ["system:masters", "system:authenticated"]},
            "oldObject": None, "dryRun": False,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1", "fieldManager": "me"}})
        self.assertEqual(list(sent), ["kind", "apiVersion", "metadata", "data"])
        self.assertEqual(sent["metadata"]["creationTimestamp"], None)
        self.assertNotIn("uid", sent["metadata"])

        changed = {**made, "data": {"a": "c"}}
        self.assertEqual(self.post(MAPS + "/m", changed, "PUT")[0], 200)
        update = hook.requests[-1]
        self.assertEqual((update["operation"], update["options"]["kind"], update["name"]),
                         ("UPDATE", "UpdateOptions", "m"))
        self.assertEqual((update["object"]["data"], update["oldObject"]["data"]), ({"a": "c"}, {"a": "b"}))
        self.assertEqual(update["oldObject"]["metadata"]["uid"], made["metadata"]["uid"])

        self.assertEqual(self.post(MAPS + "/m", {"data": {"a": "d"}}, "PATCH",
                                   "application/merge-patch+json")[0], 200)
        self.assertEqual(hook.requests[-1]["options"]["kind"], "UpdateOptions")

        self.ask("DELETE", MAPS + "/m", json.dumps({"kind": "DeleteOptions", "apiVersion": "v1",
                                                     "propagationPolicy": "Background"}))
        gone = hook.requests[-1]
        self.assertEqual((gone["operation"], gone["object"], gone["oldObject"]["data"], gone["options"]),
                         ("DELETE", None, {"a": "d"},
                          {"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/v1",
                           "propagationPolicy": "Background"}))

    def pod(self, name="p", **metadata):
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata},
                "spec": {"containers": [{"name": "c", "image": "i"}]}}

    def deployment(self):
        labels = {"matchLabels": {"a": "b"}}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
                "spec": {"selector": labels, "replicas": 1,
                         "template": {"metadata": {"labels": {"a": "b"}},
                                      "spec": {"containers": [{"name": "c", "image": "i"}]}}}}

    def test_subresources(self):
        self.start()
        hook = self.hook()
        rule = {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"],
                "resources": ["*/binding", "*/exec", "pods/status", "*/eviction", "*/scale"]}
        self.register("Validating", "v", self.webhook(hook, rules=[rule]))
        self.assertEqual(self.post(PODS, self.pod())[0], 201)
        self.assertEqual(hook.seen, [])  # not the pod itself
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "p"},
                   "target": {"kind": "Node", "name": "n"}}
        rows = [
            ("POST", PODS + "/p/binding", binding, "CREATE", "v1", "Binding", "binding"),
            ("POST", PODS + "/p/exec?command=sh&command=-c&stdin=true&container=c", None, "CONNECT",
             "v1", "PodExecOptions", "exec"),
            ("PATCH", PODS + "/p/status", {"status": {"phase": "Running"}}, "UPDATE", "v1", "Pod",
             "status"),
            ("POST", PODS + "/p/eviction", {"apiVersion": "policy/v1beta1", "kind": "Eviction",
                                            "metadata": {"name": "p"}}, "CREATE", "v1beta1", "Eviction",
             "eviction"),
            ("POST", "/apis/apps/v1/namespaces/default/deployments", self.deployment(), None, 0, 0, 0),
            ("PATCH", "/apis/apps/v1/namespaces/default/deployments/d/scale", {"spec": {"replicas": 3}},
             "UPDATE", "v1", "Scale", "scale"),
        ]
        for method, path, body, operation, version, kind, subresource in rows:
            with self.subTest(path):
                before = len(hook.seen)
                form = "application/merge-patch+json" if method == "PATCH" else "application/json"
                self.post(path, body, method, form)
                # Controllers write, too: those of the status of the deployment.
                made = [r for r in hook.requests[before:]
                        if r["userInfo"]["username"] == "podgate-admin"]
                if operation is None:
                    self.assertEqual(made, [])
                    continue
                # Twice when a controller has changed the object meanwhile.
                self.assertEqual({(r["operation"], r["kind"]["version"], r["kind"]["kind"],
                                   r["subResource"]) for r in made},
                                 {(operation, version, kind, subresource)})
        connect = next(r for r in hook.requests if r["operation"] == "CONNECT")
        self.assertEqual((connect["object"], connect["options"]),
                         ({"kind": "PodExecOptions", "apiVersion": "v1", "stdin": True, "container": "c",
                           "command": ["sh", "-c"]}, None))
        scale = hook.requests[-1] if hook.requests[-1].get("subResource") == "scale" else next(
            r for r in hook.requests if r.get("subResource") == "scale")
        self.assertEqual((scale["object"]["spec"], scale["oldObject"]["spec"],
                          scale["kind"]["group"], scale["resource"]["group"]),
                         ({"replicas": 3}, {"replicas": 1}, "autoscaling", "apps"))

    def message(self, answer):
        return answer[0], answer[1].get("reason"), answer[1].get("message")

    def test_denials(self):
        self.start()
        says = {}
        hook = self.hook(lambda request: {"allowed": False, **says})
        self.register("Validating", "v", self.webhook(hook))
        start = 'admission webhook "a.example.com" denied the request'
        rows = [
            ({}, 400, None, start + " without explanation"),
            ({"status": {"message": "no way"}}, 400, None, start + ": no way"),
            ({"status": {"message": "no way", "code": 403, "reason": "Forbidden"}}, 403, "Forbidden",
             start + ": no way"),
            ({"status": {"reason": "Because", "code": 200, "status": "Success"}}, 400, "Because",
             start + ": Because"),
            ({"status": {"code": 422, "message": "x", "details": {"kind": "k", "causes": [
                {"reason": "r", "message": "m", "field": "f"}]}}}, 422, None, start + ": x"),
        ]
        for given, code, reason, message in rows:
            with self.subTest(given):
                says.clear()
                says.update(given)
                status, body = self.post(MAPS, self.map())
                want = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                        "message": message, "code": code}
                if reason:
                    want["reason"] = reason
                if "details" in given.get("status", {}):
                    want["details"] = given["status"]["details"]
                self.assertEqual((status, body), (code, want))
        self.assertEqual(self.ask("GET", MAPS + "/m")[0], 404)

    def failures(self, version):
        """(what the webhook does, what is said of it)"""
        def body(**members):
            return lambda review: (200, "application/json", json.dumps(
                {"kind": "AdmissionReview", "apiVersion": review["apiVersion"], **members}).encode())

        def answer(mutating=None, **members):
            return lambda review: body(response={"uid": review["request"]["uid"], "allowed": True,
                                                 **members})(review)

        def other(version):
            return lambda review: (200, "application/json", json.dumps(
                {"kind": "AdmissionReview", **({"apiVersion": version} if version else {}),
                 "response": {"uid": review["request"]["uid"], "allowed": True}}).encode())
        called = "" if version < 22 else "failed to call webhook: "
        checked = "" if version < 22 else "received invalid webhook response: "
        patch = base64.b64encode(b"[]").decode()
        return [
            (lambda r: (404, "text/plain", b"gone"), called + "the server could not find the requested "
                                                              "resource"),
            (lambda r: (500, "text/plain", b"oh \"no\"\n"), called + 'an error on the server ("oh '
             '\\"no\\"") has prevented the request from succeeding'),
            (lambda r: (500, "application/json", b"{}"), called + 'an error on the server ("unknown") '
                                                                  "has prevented the request from "
                                                                  "succeeding"),
            (lambda r: (418, "text/plain", b"tea"), called + "the server responded with the status code "
                                                             "418 but did not return more information"),
            (lambda r: (200, "text/plain", b""), called + "0-length response with status code: 200 and "
                                                          "content type: text/plain"),
            (lambda r: (200, "text/html", b"<p>"), called + "couldn't get version/kind; json parse error: "
             "invalid character '<' looking for beginning of value"),
            (other("admission.k8s.io/v1beta1"), called + "converting (v1beta1.AdmissionReview) to "
                                                         "(v1.AdmissionReview): unknown conversion"),
            (other(None), checked + "expected webhook response of admission.k8s.io/v1, "
                                    "Kind=AdmissionReview, got /, Kind=AdmissionReview"),
            (body(), checked + "webhook response was absent"),
            (answer(uid="x"), checked + 'expected response.uid="UID", got "x"'),
            (answer(patch=patch), checked + "validating webhook may not return response.patch"),
            (answer(patchType="JSONPatch"), checked + "validating webhook may not return "
                                                      "response.patchType"),
        ]

    def test_failures(self):
        for version in (20, 30):
            self.start("--kubernetes-version", "1.%d" % version)
            raw = [None]
            hook = self.hook(raw=lambda review: raw[0](review))
            self.register("Validating", "v", self.webhook(hook))
            for does, said in self.failures(version):
                with self.subTest(said, version=version):
                    raw[0] = does
                    answer = self.post(MAPS, self.map())
                    said = said.replace("UID", hook.requests[-1]["uid"])
                    why = 'failed calling webhook "a.example.com": ' + said
                    self.assertEqual(self.message(answer), (500, "InternalError",
                                                            "Internal error occurred: " + why))
                    self.assertEqual(answer[1]["details"], {"causes": [{"message": why}]})

    def test_failing_to_connect(self):
        self.start()
        ca = certificate(self.dir, "other", [])
        named = certificate(self.dir, "named", ["else.where"], self.ca)
        nameless = certificate(self.dir, "localhost", [], self.ca)
        good = self.hook()
        rows = [
            ("https://127.0.0.1:1/x", {}, "dial tcp 127.0.0.1:1: connect: connection refused"),
            ("https://127.0.0.1:%d/x" % good.port, {"caBundle": self.read_base64(ca + ".crt")},
             "x509: certificate signed by unknown authority"),
            ("https://127.0.0.1:%d/x" % self.hook(pair=named).port, {},
             "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs"),
            ("https://localhost:%d/x" % self.hook(pair=named).port, {},
             "x509: certificate is valid for else.where, not localhost"),
            ("https://localhost:%d/x" % self.hook(pair=nameless).port, {},
             "x509: certificate relies on legacy Common Name field, use SANs or temporarily enable "
             "Common Name matching with GODEBUG=x509ignoreCN=0"),
            ("https://127.0.0.1:%d/x" % self.plain_server(), {},
             "http: server gave HTTP response to HTTPS client"),
        ]
        for i, (url, more, words) in enumerate(rows):
            with self.subTest(words):
                hook = self.webhook(url)
                hook["clientConfig"].update(more)
                name = "v%d" % i
                self.register("Validating", name, hook)
                answer = self.post(MAPS, self.map())
                self.assertEqual(self.message(answer), (
                    500, "InternalError", 'Internal error occurred: failed calling webhook '
                    '"a.example.com": Post "%s?timeout=10s": %s' % (url, words)))
                self.ask("DELETE", REGISTRATION + "validatingwebhookconfigurations/" + name)
        self.register("Validating", "open", self.webhook("https://127.0.0.1:1/", failurePolicy="Ignore"))
        self.register("Mutating", "open", self.webhook("https://127.0.0.1:1/", failurePolicy="Ignore"))
        self.assertEqual(self.post(MAPS, self.map())[0], 201)

    def plain_server(self):
        """One that speaks HTTP without TLS; its port."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client, contextlib.suppress(OSError):
                    client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    while client.recv(4096):
                        pass
        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1]

    def read_base64(self, path):
        with open(path, "rb") as file:
            return base64.b64encode(file.read()).decode()

    def test_timeout(self):
        self.start()
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        hook = self.hook(lambda request: go_on.wait(SECONDS_MAX) and {})
        url = "https://127.0.0.1:%d/admit?timeout=1s" % hook.port
        self.register("Validating", "v", self.webhook(hook, timeoutSeconds=1))
        answer = self.post(MAPS, self.map())
        self.assertEqual(self.message(answer), (
            500, "InternalError", 'Internal error occurred: failed calling webhook "a.example.com": Post '
            '"%s": context deadline exceeded' % url))
        # The client has no more time than that either.
        self.register("Validating", "v2", self.webhook(hook, name="b.example.com", timeoutSeconds=30))
        self.ask("DELETE", REGISTRATION + "validatingwebhookconfigurations/v")
        answer = self.post(MAPS + "?timeout=1s", self.map())
        self.assertIn('"%s": context deadline exceeded' % url, answer[1]["message"])

    def test_rules(self):
        self.start()
        self.post("/api/v1/namespaces", {"metadata": {"name": "other", "labels": {"env": "prod"}}})
        seen = self.hook()

        def rule(operations="*", groups="*", versions="*", resources="*", **more):
            return {"operations": operations.split(), "apiGroups": [g.strip("-") for g in groups.split()],
                    "apiVersions": versions.split(), "resources": resources.split(), **more}
        expression = {"key": "env", "operator": "In", "values": ["prod"]}
        prod = {"matchLabels": {"env": "prod"}}
        rows = {  # name: (members, what is matched)
            "all": ({"rules": [rule(resources="*/*")]}, "map secret other ns role deploy update delete"),
            "maps": ({"rules": [rule(resources="configmaps")]}, "map other update delete"),
            "create": ({"rules": [rule("CREATE", resources="*")]}, "map secret other ns role deploy"),
            "update": ({"rules": [rule("UPDATE DELETE", resources="configmaps")]}, "update delete"),
            "core": ({"rules": [rule(groups="-")]}, "map secret other ns update delete"),
            "apps": ({"rules": [rule(groups="apps rbac.authorization.k8s.io", versions="v1")]},
                     "role deploy"),
            "version": ({"rules": [rule(versions="v2")]}, ""),
            "cluster": ({"rules": [rule(scope="Cluster")]}, "ns role"),
            "namespaced": ({"rules": [rule(scope="Namespaced")]},
                           "map secret other deploy update delete"),
            "subresources": ({"rules": [rule(resources="configmaps/status")]}, ""),
            "several": ({"rules": [rule(resources="secrets"), rule(resources="namespaces")]}, "secret ns"),
            "prod": ({"rules": [rule()], "namespaceSelector": prod}, "other ns role"),
            "no-prod": ({"rules": [rule()], "namespaceSelector": {"matchExpressions": [
                {**expression, "operator": "NotIn"}]}}, "map secret deploy role update delete"),
            "labelled": ({"rules": [rule()], "objectSelector": {"matchExpressions": [expression]}},
                         "secret ns update delete"),
        }
        self.register("Validating", "v", *[
            self.webhook(seen, name=name + ".example.com", path="/" + name, **members)
            for name, (members, _) in rows.items()])
        labelled = {"labels": {"env": "prod"}}
        secrets = MAPS.replace("configmaps", "secrets")
        steps = [
            ("map", "POST", MAPS, self.map()),
            ("secret", "POST", secrets, {"metadata": {"name": "s", **labelled}}),
            ("other", "POST", MAPS.replace("default", "other"), self.map()),
            ("ns", "POST", "/api/v1/namespaces", {"metadata": {"name": "n2", **labelled}}),
            ("role", "POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles",
             {"metadata": {"name": "r"}, "rules": []}),
            ("deploy", "POST", "/apis/apps/v1/namespaces/default/deployments", self.deployment()),
            ("update", "PUT", MAPS + "/m", self.map(**labelled)),
            ("delete", "DELETE", MAPS + "/m", {}),
        ]
        got = {name: [] for name in rows}
        for step, method, path, body in steps:
            before = len(seen.seen)
            status, answer = self.post(path, body, method)
            self.assertLess(status, 300, answer)
            for url, _, review in seen.seen[before:]:
                if review["request"]["userInfo"]["username"] == "podgate-admin":
                    got[url[1:url.index("?")]].append(step)
        self.assertEqual({name: sorted(steps) for name, steps in got.items()},
                         {name: sorted(want.split()) for name, (_, want) in rows.items()})

    def test_equivalent_versions(self):
        self.start()
        ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": "i"},
                   "spec": {"defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}}
        rule = {"operations": ["*"], "apiGroups": ["extensions"], "apiVersions": ["v1beta1"],
                "resources": ["ingresses"]}
        exact, hook = self.hook(), self.hook(lambda r: {"patch": [
            {"op": "replace", "path": "/spec/backend/serviceName", "value": "changed"}]})
        self.register("Mutating", "m", self.webhook(exact, matchPolicy="Exact", rules=[rule]),
                      self.webhook(hook, name="b.example.com", rules=[rule]))
        status, made = self.post("/apis/networking.k8s.io/v1/namespaces/default/ingresses", ingress)
        self.assertEqual(status, 201, made)
        self.assertEqual(made["spec"]["defaultBackend"]["service"]["name"], "changed")
        request = hook.requests[0]
        self.assertEqual((request["kind"], request["requestKind"], request["resource"],
                          request["requestResource"], request["object"]["apiVersion"]),
                         ({"group": "extensions", "version": "v1beta1", "kind": "Ingress"},
                          {"group": "networking.k8s.io", "version": "v1", "kind": "Ingress"},
                          {"group": "extensions", "version": "v1beta1", "resource": "ingresses"},
                          {"group": "networking.k8s.io", "version": "v1", "resource": "ingresses"},
                          "extensions/v1beta1"))
        self.assertEqual((len(hook.seen), exact.seen), (1, []))

    def test_dry_run(self):
        self.start()
        hooks = {}
        for effects in ("None", "NoneOnDryRun"):
            hooks[effects] = self.hook()
            self.register("Mutating", effects.lower(), self.webhook(hooks[effects], sideEffects=effects))
        self.assertEqual(self.post(MAPS + "?dryRun=All", self.map())[0], 201)
        for hook in hooks.values():
            self.assertEqual([(r["dryRun"], r["options"]["dryRun"]) for r in hook.requests],
                             [(True, ["All"])])
        self.assertEqual(self.ask("GET", MAPS + "/m")[0], 404)
        beta = {"apiVersion": "admissionregistration.k8s.io/v1beta1",
                "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "some"},
                "webhooks": [self.webhook(self.hook(), sideEffects="Some",
                                          admissionReviewVersions=["v1beta1"])]}
        status, answer = self.post(REGISTRATION.replace("v1/", "v1beta1/") +
                                   "validatingwebhookconfigurations", beta)
        self.assertEqual(status, 201, answer)
        self.assertEqual(self.message(self.post(MAPS + "?dryRun=All", self.map())),
                         (400, "BadRequest", 'admission webhook "a.example.com" does not support dry run'))
        self.assertEqual(self.post(MAPS, self.map())[0], 201)

    def test_v1beta1(self):
        self.start()

        def answer(review):
            patch = base64.b64encode(b'[{"op":"add","path":"/data/x","value":"y"}]').decode()
            return 200, "application/json", json.dumps({"response": {"allowed": True,
                                                                     "patch": patch}}).encode()
        hook = self.hook(raw=answer)
        self.register("Mutating", "m", self.webhook(hook, admissionReviewVersions=["v9", "v1beta1"]))
        self.assertEqual(self.post(MAPS, self.map())[1]["data"], {"a": "b", "x": "y"})
        self.assertEqual(hook.seen[0][2]["apiVersion"], "admission.k8s.io/v1beta1")

    def test_patches(self):
        self.start()
        patch = [None]
        hook = self.hook(lambda r: {"patch": patch[0], "patchType": "JSONPatch"})
        self.register("Mutating", "m", self.webhook(hook))
        text = base64.b64encode
        rows = [
            ([{"op": "add", "path": "/data/b", "value": "c"}], 201, None),
            ([{"op": "remove", "path": "/data/none"}], 500, "error in remove for path: '/data/none': "
             "Unable to remove nonexistent key: none: missing value"),
            ([{"op": "test", "path": "/data/a", "value": "z"}], 500, None),
            ([{"op": "add", "path": "/unknown", "value": {"a": 1}}], 201, None),  # dropped
            ([{"op": "replace", "path": "/data", "value": [1]}], 500, None),
            (text(b'{"op": "add"}').decode(), 500, "json: cannot unmarshal object into Go value of type "
                                                   "jsonpatch.Patch"),
            (text(b"oops").decode(), 500, "invalid character 'o' looking for beginning of value"),
            ("!", 500, 'failed calling webhook "a.example.com": illegal base64 data at input byte 0'),
        ]
        for i, (given, code, words) in enumerate(rows):
            with self.subTest(given):
                patch[0] = given
                status, answer = self.post(MAPS, self.map("m%d" % i))
                self.assertEqual(status, code, answer)
                if words:
                    self.assertEqual(answer["message"], "Internal error occurred: " + words)
                self.assertNotIn("unknown", answer)
        # Defaults of what a webhook adds; a deletion cannot be changed.
        patch[0] = [{"op": "add", "path": "/spec/containers/-", "value": {"name": "side", "image": "s"}}]
        status, made = self.post(PODS, self.pod())
        self.assertEqual(status, 201, made)
        self.assertEqual([c["terminationMessagePath"] for c in made["spec"]["containers"]],
                         ["/dev/termination-log"] * 2)
        self.assertEqual(self.message(self.ask("DELETE", PODS + "/p")), (
            500, "InternalError", 'Internal error occurred: admission webhook "a.example.com" attempted to '
            "modify the object, which is not supported for this operation"))

    def test_order_and_reinvocation(self):
        audit = os.path.join(self.dir, "audit.log")
        self.start("--audit-log", audit)

        def adds(letter):
            def answer(request):
                have = request["object"]["data"]
                return {"patch": [{"op": "add", "path": "/data/" + letter, "value": str(len(have))}],
                        "auditAnnotations": {"key": letter}, "warnings": ["from " + letter]
                        } if letter not in have else {}
            return answer
        hooks = {letter: self.hook(adds(letter)) for letter in "xyz"}
        again = {"reinvocationPolicy": "IfNeeded"}
        self.register("Mutating", "b", self.webhook(hooks["z"], name="z.example.com"))
        self.register("Mutating", "a", self.webhook(hooks["x"], name="x.example.com", **again),
                      self.webhook(hooks["y"], name="y.example.com", **again))
        connection = self.connection()
        self.addCleanup(connection.close)
        connection.request("POST", MAPS, json.dumps(self.map()), {"Content-Type": "application/json"})
        response = connection.getresponse()
        self.assertEqual(json.loads(response.read())["data"], {"a": "b", "x": "1", "y": "2", "z": "3"})
        self.assertEqual(response.headers.get_all("Warning"),
                         ['299 - "from %s"' % letter for letter in "xyz"])
        self.assertEqual([len(hooks[letter].seen) for letter in "xyz"], [2, 2, 1])
        with open(audit, encoding="utf-8") as file:
            events = [json.loads(line) for line in file]
        notes = next(e["annotations"] for e in events if e["requestURI"] == MAPS and e["verb"] == "create")
        prefix = "mutation.webhook.admission.k8s.io/round_"
        rounds = {k[len(prefix):]: json.loads(v) for k, v in notes.items() if k.startswith(prefix)}
        self.assertEqual(rounds, {
            "%d_index_%d" % (i, j): {"configuration": c, "webhook": w + ".example.com", "mutated": i == 0}
            for i, j, c, w in ((0, 0, "a", "x"), (0, 1, "a", "y"), (0, 2, "b", "z"), (1, 0, "a", "x"),
                               (1, 1, "a", "y"))})
        self.assertEqual(json.loads(notes["patch.webhook.admission.k8s.io/round_0_index_1"]), {
            "configuration": "a", "webhook": "y.example.com", "patchType": "JSONPatch",
            "patch": [{"op": "add", "path": "/data/y", "value": "2"}]})
        self.assertEqual(notes["y.example.com/key"], "y")

    def test_validating_ones_run_at_once(self):
        self.start()
        together = threading.Barrier(3)  # all are called before any answers
        hooks = [self.hook(lambda r: together.wait(SECONDS_MAX) is None or {}) for _ in range(3)]
        self.register("Validating", "v", *[self.webhook(h, name="h%d.example.com" % i, timeoutSeconds=30)
                                           for i, h in enumerate(hooks)])
        self.assertEqual(self.post(MAPS, self.map())[0], 201)

    def test_webhooks_that_ask_the_server(self):
        """More of them at once than the server has threads for connections."""
        self.start()
        count = 24
        together = threading.Barrier(count)

        def answer(request):
            together.wait(SECONDS_MAX)
            status, _ = self.ask("GET", "/api/v1/namespaces/default")
            made, _ = self.post(MAPS, self.map("by-" + request["name"]))
            return {"allowed": (status, made) == (200, 201)}
        hook = self.hook(answer)
        labels = {"asked": "yes"}  # not the tokens of service accounts, which come about meanwhile
        self.register("Validating", "v", self.webhook(
            hook, timeoutSeconds=30, objectSelector={"matchLabels": labels}, rules=[
                {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"],
                 "resources": ["secrets"]}]))
        got = [None] * count

        def create(i):
            got[i] = self.post(MAPS.replace("configmaps", "secrets"),
                               {"metadata": {"name": "s%d" % i, "labels": labels}})
        threads = [threading.Thread(target=create, args=(i,)) for i in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([answer for answer in got if answer[0] != 201], [])

    def test_object_that_changes_meanwhile(self):
        """What was asked about counts no more when somebody changed it: it is asked again."""
        self.start()
        self.assertEqual(self.post(MAPS, self.map())[0], 201)
        hook = self.hook()

        def answer(request):
            if len(hook.seen) == 1:
                status, body = self.post(MAPS + "/m", {"data": {"other": "x"}}, "PATCH",
                                         "application/merge-patch+json")
                self.assertEqual(status, 200, body)
            return {}
        hook.answer = answer
        self.register("Validating", "v", self.webhook(hook, timeoutSeconds=30))
        status, made = self.post(MAPS + "/m", {"data": {"mine": "y"}}, "PATCH",
                                 "application/merge-patch+json")
        self.assertEqual((status, made["data"]), (200, {"a": "b", "other": "x", "mine": "y"}))
        # the first, that of the other patch, and the first again
        self.assertEqual([r["object"]["data"] for r in hook.requests],
                         [{"a": "b", "mine": "y"}, {"a": "b", "other": "x"},
                          {"a": "b", "other": "x", "mine": "y"}])

    def test_metrics(self):
        self.start()
        self.register("Validating", "v", self.webhook(self.hook(), name="v.example.com"))
        self.register("Mutating", "m", self.webhook(
            self.hook(lambda r: {"allowed": "a" in r["object"]["data"]})))
        self.assertEqual(self.post(MAPS, self.map())[0], 201)
        self.assertEqual(self.post(MAPS, {**self.map("n"), "data": {"x": "y"}})[0], 400)
        text = self.ask("GET", "/metrics")[1].decode()
        name = "apiserver_admission_webhook_admission_duration_seconds_count"
        self.assertEqual(sorted(line for line in text.splitlines() if line.startswith(name)), [
            name + '{name="a.example.com",operation="CREATE",rejected="false",type="admit"} 1',
            name + '{name="a.example.com",operation="CREATE",rejected="true",type="admit"} 1',
            name + '{name="v.example.com",operation="CREATE",rejected="false",type="validating"} 1'])

    def test_configurations_are_exempt(self):
        self.start()
        hook = self.hook(lambda r: {"allowed": False})
        everything = {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*/*"]}
        self.register("Validating", "v", self.webhook(hook, rules=[everything]))
        self.register("Mutating", "m", self.webhook(hook, rules=[everything]))
        self.assertEqual(self.post(MAPS, self.map())[0], 400)
        for kind, name in (("validating", "v"), ("mutating", "m")):
            self.assertEqual(self.ask("DELETE", REGISTRATION + kind + "webhookconfigurations/" + name)[0],
                             200)
        self.assertEqual(self.post(MAPS, self.map())[0], 201)

    def test_services(self):
        hook = self.hook()
        self.start("--service-address", "apps/hook:8443=127.0.0.1:%d" % hook.port)
        self.post("/api/v1/namespaces", {"metadata": {"name": "apps"}})

        def ask(**service):
            name = "v%d" % len(hook.seen) + "-".join(map(str, service.values())).replace("/", "")
            self.register("Validating", name, self.webhook(
                "", service={"namespace": "apps", "name": "hook", **service}))
            answer = self.post(MAPS, self.map())
            self.ask("DELETE", REGISTRATION + "validatingwebhookconfigurations/" + name)
            self.ask("DELETE", MAPS + "/m")
            return answer
        said = 'Internal error occurred: failed calling webhook "a.example.com": Post "%s": %s'
        self.assertEqual(ask(port=8443, path="/deep/er/")[0], 201)
        self.assertEqual(hook.seen[-1][0], "/deep/er?timeout=10s")
        self.assertEqual(hook.seen[-1][1]["Host"], "hook.apps.svc:8443")
        url = "https://hook.apps.svc:443/?timeout=10s"
        self.assertEqual(ask()[1]["message"], said % (url, 'service "hook" not found'))
        service = {"metadata": {"name": "hook"}, "spec": {"ports": [{"port": 444, "targetPort": 1}]}}
        services = "/api/v1/namespaces/apps/services"
        self.assertEqual(self.post(services, service)[0], 201)
        self.assertEqual(ask()[1]["message"], said % (url, 'no service port 443 found for service "hook"'))
        self.ask("DELETE", services + "/hook")
        service["spec"]["ports"] = [{"port": 443, "targetPort": 1}]
        self.assertEqual(self.post(services, service)[0], 201)
        self.assertEqual(ask()[1]["message"], said % (url, 'no endpoints available for service "hook"'))
        endpoints = {"metadata": {"name": "hook"}, "subsets": [
            {"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": hook.port}]}]}
        self.assertEqual(self.post("/api/v1/namespaces/apps/endpoints", endpoints)[0], 201)
        self.assertEqual(ask()[1]["message"], said % (
            url, "dial tcp 192.0.2.1:%d: connect: no route to host" % hook.port))

    def test_endpoints_on_this_machine(self):
        # Endpoints may not name 127.0.0.1.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("192.0.2.1", 9))
                address = probe.getsockname()[0]
            except OSError:
                self.skipTest("this machine has no address")
        if address.startswith("127."):
            self.skipTest("this machine has no address")
        self.start()
        hook = self.hook()
        relay = socket.create_server((address, 0))
        self.addCleanup(relay.close)

        def serve():
            while True:
                try:
                    near, _ = relay.accept()
                except OSError:
                    return
                far = socket.create_connection(("127.0.0.1", hook.port))
                for a, b in ((near, far), (far, near)):
                    threading.Thread(target=self.pump, args=(a, b), daemon=True).start()
        threading.Thread(target=serve, daemon=True).start()
        self.post("/api/v1/namespaces", {"metadata": {"name": "apps"}})
        self.post("/api/v1/namespaces/apps/services",
                  {"metadata": {"name": "hook"}, "spec": {"ports": [{"port": 443}]}})
        status, answer = self.post("/api/v1/namespaces/apps/endpoints", {
            "metadata": {"name": "hook"}, "subsets": [{
                "addresses": [{"ip": address}], "ports": [{"port": relay.getsockname()[1]}]}]})
        self.assertEqual(status, 201, answer)
        self.register("Validating", "v", self.webhook("", service={"namespace": "apps", "name": "hook"}))
        status, answer = self.post(MAPS, self.map())
        self.assertEqual((status, len(hook.seen)), (201, 1), answer)

    @staticmethod
    def pump(source, to):
        try:
            while data := source.recv(65536):
                to.sendall(data)
            to.shutdown(1)
        except OSError:
            pass

    def test_controllers_pods(self):
        """What controllers write goes through webhooks, too."""
        self.up("--disable-admission-plugins", "PodSecurityPolicy,ServiceAccount")
        hook = self.hook(lambda r: {"patch": [{"op": "add", "path": "/metadata/labels/by",
                                               "value": "webhook"}]})
        self.register("Mutating", "m", self.webhook(hook, rules=[
            {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}]))
        self.assertEqual(self.post("/apis/apps/v1/namespaces/default/deployments", self.deployment())[0],
                         201)
        connection = self.connection()
        self.addCleanup(connection.close)
        connection.request("GET", PODS + "?watch=true&labelSelector=by%3Dwebhook")
        event = json.loads(connection.getresponse().readline())
        self.assertEqual(event["object"]["metadata"]["labels"]["by"], "webhook")
        self.assertEqual(hook.requests[0]["userInfo"]["username"],
                         "system:serviceaccount:kube-system:replicaset-controller")
        self.assertEqual(hook.requests[0].get("name"), None)  # it is generated later

    def test_controllers_pods_that_are_denied(self):
        self.up("--disable-admission-plugins", "PodSecurityPolicy,ServiceAccount")
        hook = self.hook(lambda r: {"allowed": False, "status": {"message": "not today"}})
        self.register("Validating", "v", self.webhook(hook, rules=[
            {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}]))
        self.post("/apis/apps/v1/namespaces/default/deployments", self.deployment())
        connection = self.connection()
        self.addCleanup(connection.close)
        connection.request("GET", "/api/v1/namespaces/default/events?watch=true"
                                  "&fieldSelector=reason%3DFailedCreate")
        event = json.loads(connection.getresponse().readline())["object"]
        self.assertEqual(event["message"], 'Error creating: admission webhook "a.example.com" denied the '
                                           "request: not today")

    def test_match_conditions(self):
        self.start("--kubernetes-version", "1.30")
        hook = self.hook()
        body = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
                "metadata": {"name": "v"}, "webhooks": [self.webhook(hook, matchConditions=[
                    {"name": "never", "expression": "false"}])]}
        connection = self.connection()
        self.addCleanup(connection.close)
        connection.request("POST", REGISTRATION + "validatingwebhookconfigurations", json.dumps(body),
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        self.assertEqual((response.status, response.headers["Warning"]), (
            201, '299 - "podgate does not evaluate webhooks[0].matchConditions: the webhook is asked '
                 'wherever its rules and selectors match"'))
        self.assertEqual(self.post(MAPS, self.map())[0], 201)
        self.assertEqual(len(hook.seen), 1)

    def test_warnings_are_limited(self):
        self.start()
        hook = self.hook(lambda r: {"warnings": ["no\nheader"] + ["é" * 1000 + str(i) for i in range(30)] + ["é" * 1000 + "0"]})
        self.register("Validating", "v", self.webhook(hook))
        connection = self.connection()
        self.addCleanup(connection.close)
        connection.request("POST", MAPS, json.dumps(self.map()), {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        warnings = [w.encode("latin-1").decode() for w in response.headers.get_all("Warning")]
        self.assertEqual(warnings, ['299 - "%s"' % ("é" * 256)] * 16)

    def test_deleting_a_collection(self):
        self.start()
        for i in range(3):
            self.post(MAPS, self.map("m%d" % i, labels={"of": "us"}))
        hook = self.hook(lambda r: {"allowed": r["oldObject"]["metadata"]["name"] != "m2"})
        self.register("Validating", "v", self.webhook(hook))
        self.assertEqual(self.ask("DELETE", MAPS + "?labelSelector=of%3Dus")[0], 400)
        self.assertEqual([(r["oldObject"]["metadata"]["name"], r.get("name")) for r in hook.requests],
                         [("m0", None), ("m1", None), ("m2", None)])

    @unittest.skipUnless(KUBECTL, "there is no kubectl")
    def test_kubectl(self):
        self.start()
        hook = self.hook(lambda r: {"allowed": False, "status": {"code": 403, "reason": "Forbidden",
                                                                 "message": "not on Sundays"}})
        self.register("Validating", "v", self.webhook(hook))
        done = subprocess.run([KUBECTL, "--kubeconfig", self.kubeconfig, "create", "configmap", "c"],
                              capture_output=True, text=True, check=False, timeout=SECONDS_MAX,
                              env={**self.env, "KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false"})
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn('admission webhook "a.example.com" denied the request: not on Sundays', done.stderr)

    def test_ending_while_a_webhook_is_asked(self):
        process = self.start()
        asked, go_on = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)
        hook = self.hook(lambda r: asked.set() or go_on.wait(SECONDS_MAX) or {})
        self.register("Validating", "v", self.webhook(hook, timeoutSeconds=30))
        connection = self.connection()
        self.addCleanup(connection.close)
        connection.request("POST", MAPS, json.dumps(self.map()), {"Content-Type": "application/json"})
        self.assertTrue(asked.wait(SECONDS_MAX))
        process.terminate()
        self.assertEqual(process.wait(timeout=SECONDS_MAX), 0)

    def test_services_of_the_state(self):
        """Who brings webhooks is told which services have no address."""
        hooks = [self.webhook("", name=name + ".example.com", service={"namespace": "apps", "name": name})
                 for name in ("here", "gone")]
        state = self.write("state.json", json.dumps({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "v"}, "webhooks": hooks}))
        process = self.start("--state", state, "--service-address", "apps/here=127.0.0.1:1")
        _, _, said = self.end(process)
        self.assertIn("--service-address says where\n            apps/gone is\n", said)

    def test_bad_addresses(self):
        for text in ("hook", "apps/hook=127.0.0.1", "apps/hook:0=h:1", "a/b:x=h:1", "a/b=:1", "/b=h:1"):
            with self.subTest(text):
                result = self.podgate("up", "--service-address", text)
                self.refused(result, "--service-address is NAMESPACE/NAME[:PORT]=HOST:PORT")
                self.assertEqual(result.status, ERROR)


if __name__ == "__main__":
    unittest.main()
