# SPDX-License-Identifier: Apache-2.0
"""Admission webhooks: real HTTPS servers that podgate up calls."""

import base64
import http.server
import json
import os
import ssl
import subprocess
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


class Webhooks(Served):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        import tempfile
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
                       "--nodes", "0", *arguments)

    def test_a_create(self):
        self.start()
        hook = self.hook(lambda r: {"patch": [{"op": "add", "path": "/data/c", "value": "d"}]})
        sees = self.hook()
        self.register("Mutating", "m", self.webhook(hook))
        self.register("Validating", "v", self.webhook(sees, name="b.example.com"))
        status, made = self.post(MAPS + "?fieldManager=me", self.map())
        self.assertEqual((status, made["data"]), (201, {"a": "b", "c": "d"}))
        path, headers, review = hook.seen[0]
        self.assertEqual(path, "/admit?timeout=10s")
        self.assertEqual(headers["User-Agent"], "kube-apiserver-admission")
        self.assertEqual(headers["Content-Type"], "application/json")
        print(json.dumps(review))
        print(json.dumps(sees.seen[0][2]))


if __name__ == "__main__":
    unittest.main()
