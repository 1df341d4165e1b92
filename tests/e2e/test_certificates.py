# SPDX-License-Identifier: Apache-2.0
"""Certificate requests: openssl makes them, kubectl approves them, and what comes out is a client."""

import base64
import json
import os
import shutil
import ssl
import subprocess
import unittest

import clients
from test_controllers import Controllers

CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
CLIENTS = {v: clients.find(v) for v in clients.VERSIONS}
OPENSSL = shutil.which("openssl")
CLIENT = "kubernetes.io/kube-apiserver-client"
KUBELET = "kubernetes.io/kube-apiserver-client-kubelet"
SERVING = "kubernetes.io/kubelet-serving"
KEYS = {"ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "rsa": ["-newkey", "rsa:2048"], "ed25519": ["-newkey", "ed25519"]}


@unittest.skipUnless(OPENSSL, "openssl is not there")
class Certificates(Controllers):
    def serve(self, version="1.20"):
        self.up("--kubernetes-version", version, "--nodes", "0")
        self.env["KUBECONFIG"] = self.kubeconfig

    def openssl(self, *arguments, text=None):
        done = subprocess.run([OPENSSL, *arguments], input=text, cwd=self.dir, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout

    def key_and_request(self, name, subject, key="ec", names=None):
        more = ["-addext", "subjectAltName=" + names] if names else []
        self.openssl("req", "-new", "-nodes", *KEYS[key], "-keyout", name + ".key", "-out", name + ".csr",
                     "-subj", subject, *more)
        with open(os.path.join(self.dir, name + ".csr"), encoding="utf-8") as file:
            return file.read()

    def request(self, name, pem, signer=CLIENT, usages=("client auth",), user=None, **spec):
        body = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
                "metadata": {"name": name},
                "spec": {"request": base64.b64encode(pem.encode()).decode(), "signerName": signer,
                         "usages": list(usages), **spec}}
        headers = {"Content-Type": "application/json"}
        for key, value in (user or {}).items():
            headers["Impersonate-" + key] = value
        return self.ask("POST", CSRS, json.dumps(body), headers=headers)

    def approve(self, name, **condition):
        csr = self.get(CSRS + "/" + name)
        csr["status"]["conditions"] = [{"type": "Approved", "status": "True", **condition}]
        return self.write_to("PUT", CSRS + "/" + name + "/approval", csr)

    def issued(self, name):
        csr = self.until(CSRS + "/" + name, lambda c: c["status"].get("certificate"))
        pem = base64.b64decode(csr["status"]["certificate"]).decode()
        self.write(name + ".crt", pem)
        return pem

    def text(self, name):
        return self.openssl("x509", "-in", name + ".crt", "-noout", "-text")

    def failed(self, name):
        csr = self.until(CSRS + "/" + name, lambda c: any(
            x["type"] == "Failed" for x in c["status"].get("conditions", [])))
        condition = csr["status"]["conditions"][-1]
        self.assertEqual(condition["reason"], "SignerValidationFailure")
        self.assertNotIn("certificate", csr["status"])
        return condition["message"]

    def run_kubectl(self, version, *arguments):
        done = subprocess.run([CLIENTS[version], *arguments], env=self.env, cwd=self.dir, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def go_through(self, version, key):
        """From the key to a client that RBAC knows."""
        pem = self.key_and_request("jane", "/CN=jane/O=dev/O=qa", key)
        self.write("csr.yaml", json.dumps({
            "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
            "metadata": {"name": "jane"},
            "spec": {"request": base64.b64encode(pem.encode()).decode(), "signerName": CLIENT,
                     "usages": ["client auth"]}}))
        status, out = self.run_kubectl(version, "apply", "-f", "csr.yaml")
        self.assertEqual((status, out), (0, "certificatesigningrequest.certificates.k8s.io/jane created\n"))
        self.assertRegex(self.run_kubectl(version, "get", "csr")[1], r"jane .* podgate-admin .*Pending\n")
        self.assertEqual(self.run_kubectl(version, "certificate", "approve", "jane"),
                         (0, "certificatesigningrequest.certificates.k8s.io/jane approved\n"))
        self.issued("jane")
        self.assertRegex(self.run_kubectl(version, "get", "csr")[1], r"jane .*Approved,Issued\n")
        as_jane = ["--kubeconfig", "/dev/null", "--server", "https://%s:%s" % (self.host, self.port),
                   "--certificate-authority", self.write("ca.crt", self.ca()),
                   "--client-certificate", "jane.crt", "--client-key", "jane.key"]
        status, out = self.run_kubectl(version, *as_jane, "get", "pods")
        self.assertEqual(status, 1)
        self.assertIn('pods is forbidden: User "jane" cannot list resource "pods"', out)
        self.assertEqual(self.run_kubectl(version, "create", "rolebinding", "dev", "--clusterrole=view",
                                          "--group=qa")[0], 0)
        self.assertEqual(self.run_kubectl(version, *as_jane, "get", "pods"),
                         (0, "No resources found in default namespace.\n"))

    def ca(self):
        with open(self.kubeconfig, encoding="utf-8") as file:
            line = next(x for x in file if "certificate-authority-data" in x)
        return base64.b64decode(line.split()[1]).decode()

    @unittest.skipUnless(CLIENTS["1.20"], "kubectl 1.20 is not there")
    def test_kubectl_1_20(self):
        self.serve()
        self.go_through("1.20", "rsa")

    @unittest.skipUnless(CLIENTS["1.32"], "kubectl 1.32 is not there")
    def test_kubectl_1_32(self):
        self.serve("1.32")
        self.go_through("1.32", "ed25519")

    def test_what_a_certificate_says(self):
        self.serve("1.30")
        self.request("a", self.key_and_request("a", "/CN=a", names="DNS:a.example,IP:10.0.0.1"),
                     usages=["client auth", "digital signature", "key encipherment"],
                     expirationSeconds=3600)
        self.assertEqual(self.approve("a")[0], 200)
        self.issued("a")
        text = self.text("a")
        self.assertIn("DNS:a.example, IP Address:10.0.0.1", text)
        self.assertIn("CA:FALSE", text)
        self.assertRegex(text, r"Key Usage: critical\n +Digital Signature, Key Encipherment\n")
        self.assertRegex(text, r"Extended Key Usage: *\n +TLS Web Client Authentication\n")
        # An hour, and five minutes before it was asked for.
        self.assertEqual(self.valid_seconds("a"), 3900)
        self.request("b", self.key_and_request("b", "/CN=b"))
        self.approve("b")
        self.issued("b")
        self.assertEqual(self.valid_seconds("b"), 365 * 24 * 3600)

    def valid_seconds(self, name):
        dates = dict(line.split("=", 1) for line in
                     self.openssl("x509", "-in", name + ".crt", "-noout", "-dates").splitlines())
        return int(ssl.cert_time_to_seconds(dates["notAfter"]) -
                   ssl.cert_time_to_seconds(dates["notBefore"]))

    def test_what_signers_refuse(self):
        self.serve()
        plain = self.key_and_request("x", "/CN=x")
        node = self.key_and_request("n", "/CN=system:node:n/O=system:nodes")
        node_names = self.key_and_request("m", "/CN=system:node:n/O=system:nodes", names="DNS:n")
        kubelet = ["client auth", "digital signature", "key encipherment"]
        rows = [
            (plain, CLIENT, ["client auth", "server auth"],
             "invalid usage for client certificate: server auth"),
            (plain, CLIENT, ["digital signature"],
             "missing required usage for client certificate: client auth"),
            (plain, KUBELET, kubelet, "subject organization is not system:nodes"),
            (node_names, KUBELET, kubelet, "DNS subjectAltNames are not allowed"),
            (node, KUBELET, ["client auth"],
             "usages did not match [client auth digital signature key encipherment]"),
            (node, SERVING, kubelet, "DNS or IP subjectAltName is required"),
            (node_names, SERVING, kubelet,
             "usages did not match [digital signature key encipherment server auth]"),
        ]
        for i, (pem, signer, usages, message) in enumerate(rows):
            with self.subTest(message):
                name = "r%d" % i
                self.assertEqual(self.request(name, pem, signer, usages)[0], 201)
                self.assertEqual(self.approve(name)[0], 200)
                self.assertEqual(self.failed(name), message)

    def test_what_the_api_refuses(self):
        self.serve()
        self.key_and_request("x", "/CN=x")
        der = base64.b64decode("".join(self.openssl("req", "-in", "x.csr", "-outform", "PEM")
                                       .splitlines()[1:-1]))
        bad = bytearray(der)
        bad[-1] ^= 1
        forged = "-----BEGIN CERTIFICATE REQUEST-----\n%s\n-----END CERTIFICATE REQUEST-----\n" % (
            base64.encodebytes(bytes(bad)).decode().strip())
        status, body = self.request("x", forged)
        self.assertEqual(status, 422)
        self.assertTrue(body["message"].endswith(": x509: ECDSA verification failure"), body["message"][-200:])
        status, body = self.request("y", self.key_and_request("y", "/CN=y/O=system:masters"))
        self.assertEqual(
            (status, body["message"]),
            (403, 'certificatesigningrequests.certificates.k8s.io "y" is forbidden: use of '
             "kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed"))

    def test_kubelets(self):
        self.serve()
        node = self.key_and_request("n", "/CN=system:node:n/O=system:nodes")
        kubelet = ["client auth", "digital signature", "key encipherment"]
        nobody = {"User": "system:node:n"}
        self.assertEqual(self.request("before", node, KUBELET, kubelet, nobody)[0], 403)
        user = {"User": "system:bootstrap:abcdef", "Group": "system:bootstrappers"}
        self.make("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
            "metadata": {"name": "ask"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                        "name": "system:node-bootstrapper"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group",
                          "name": "system:bootstrappers"}]})
        self.make("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
            "metadata": {"name": "approve"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                        "name": "system:certificates.k8s.io:certificatesigningrequests:nodeclient"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group",
                          "name": "system:bootstrappers"}]})
        self.assertEqual(self.request("n", node, KUBELET, kubelet, user)[0], 201)
        self.issued("n")
        condition = self.get(CSRS + "/n")["status"]["conditions"][0]
        self.assertEqual((condition["reason"], condition["message"]),
                         ("AutoApproved", "Auto approving kubelet client certificate after "
                          "SubjectAccessReview."))

    def test_who_approves_has_another_clock(self):
        self.serve("1.30")
        self.podgate("clock", "advance", "3d")
        self.request("x", self.key_and_request("x", "/CN=x"))
        self.assertEqual(self.approve("x", lastUpdateTime="2020-01-01T00:00:00Z")[0], 200)
        self.issued("x")
        self.podgate("clock", "advance", "1h")
        self.until(CSRS + "/x", lambda c: c.get("code") == 404)

    def test_they_go(self):
        self.up("--kubernetes-version", "1.30", "--nodes", "0")
        self.env["KUBECONFIG"] = self.kubeconfig
        self.request("issued", self.key_and_request("x", "/CN=x"))
        self.request("pending", self.key_and_request("y", "/CN=y"))
        self.approve("issued")
        self.issued("issued")
        context = ssl.create_default_context(cadata=self.ca())
        shutil.copy(os.path.join(self.dir, "issued.crt"), os.path.join(self.dir, "x.crt"))
        context.load_cert_chain(os.path.join(self.dir, "x.crt"), os.path.join(self.dir, "x.key"))
        self.assertEqual(self.ask("GET", "/api", context=context)[0], 200)
        self.podgate("clock", "advance", "61m")
        self.until(CSRS + "/issued", lambda c: c.get("code") == 404)
        self.assertEqual(self.get(CSRS + "/pending")["kind"], "CertificateSigningRequest")
        self.podgate("clock", "advance", "1d")
        self.until(CSRS + "/pending", lambda c: c.get("code") == 404)
        # The certificate outlives its request, but not its year.
        self.assertEqual(self.ask("GET", "/api", context=context)[0], 200)
        self.podgate("clock", "advance", "365d")
        self.assertEqual(self.ask("GET", "/api", context=context)[0], 401)


# unittest collects what is imported, too.
del Controllers

if __name__ == "__main__":
    unittest.main()
