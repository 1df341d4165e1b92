# SPDX-License-Identifier: Apache-2.0
"""Tokens of service accounts, as whoever is handed one sees them: checked with the published key."""

import base64
import json
import os
import shutil
import subprocess
import time
import unittest

from test_controllers import CORE, Controllers

try:
    import jwt  # PyJWT, with cryptography: the check by a library is left out where it is not there
except ImportError:
    jwt = None

OPENSSL = shutil.which("openssl")
ACCOUNT = CORE + "serviceaccounts/builder"
ISSUER = "https://kubernetes.default.svc"


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Tokens(Controllers):
    def serve(self, version, *arguments):
        self.up("--kubernetes-version", version, "--disable-admission-plugins", "PodSecurityPolicy",
                *arguments)
        self.env["KUBECONFIG"] = self.kubeconfig
        self.minor = int(version.split(".")[1])
        self.account = self.make(CORE + "serviceaccounts", {"metadata": {"name": "builder"}})
        self.uid = self.account["metadata"]["uid"]
        if self.minor < 24:  # pods are refused until the account has a token
            self.until(ACCOUNT, lambda a: a.get("secrets"))

    def order(self, **spec):
        return self.write_to("POST", ACCOUNT + "/token", {"spec": spec})

    def token(self, **spec):
        status, made = self.order(**spec)
        self.assertEqual(status, 201, made)
        return made["status"]["token"]

    def claims(self, token):
        return json.loads(decode(token.split(".")[1]))

    def pod(self, name="probe", **spec):
        """Its uid, once it runs on a node."""
        self.make(CORE + "pods", {
            "metadata": {"name": name},
            "spec": {"serviceAccountName": "builder", "containers": [{"name": "c", "image": "i"}], **spec}})
        return self.until(CORE + "pods/" + name, lambda p: p["spec"].get("nodeName"))["metadata"]["uid"]

    def review(self, token, **spec):
        return self.make("/apis/authentication.k8s.io/v1/tokenreviews",
                         {"spec": {"token": token, **spec}})["status"]

    def asks(self, token):
        bearer = {"Authorization": "Bearer " + token}
        return self.ask("GET", "/api", context=self.anonymous, headers=bearer)[0]

    def test_what_they_say(self):
        for version in ("1.20", "1.32"):
            with self.subTest(version):
                self.serve(version)
                pod = self.pod()
                now = int(time.time())
                node = self.get("/api/v1/nodes/node-1")["metadata"]["uid"]
                ref = {"kind": "Pod", "apiVersion": "v1", "name": "probe", "uid": pod}
                claims = self.claims(self.token(audiences=["vault"], boundObjectRef=ref))
                own = {"namespace": "default", "pod": {"name": "probe", "uid": pod},
                       "serviceaccount": {"name": "builder", "uid": self.uid}}
                id_of = claims.pop("jti", None)
                if self.minor >= 30:
                    own["node"] = {"name": "node-1", "uid": node}
                    self.assertRegex(id_of, r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
                else:
                    self.assertIsNone(id_of)
                self.assertTrue(now - 60 < claims["iat"] < now + 60)
                self.assertEqual(claims, {
                    "aud": ["vault"], "exp": claims["iat"] + 3600, "iat": claims["iat"], "iss": ISSUER,
                    "kubernetes.io": own, "nbf": claims["iat"],
                    "sub": "system:serviceaccount:default:builder"})

    def test_those_of_volumes_last(self):
        self.serve("1.30")
        pod = self.pod()
        ref = {"kind": "Pod", "apiVersion": "v1", "name": "probe", "uid": pod}
        claims = self.claims(self.token(expirationSeconds=3607, boundObjectRef=ref))
        self.assertEqual(claims["exp"] - claims["iat"], 365 * 24 * 3600)
        self.assertEqual(claims["kubernetes.io"]["warnafter"] - claims["iat"], 3607)
        for spec in ({"expirationSeconds": 3607},
                     {"expirationSeconds": 3607, "boundObjectRef": ref, "audiences": ["vault"]}):
            claims = self.claims(self.token(**spec))
            self.assertEqual(claims["exp"] - claims["iat"], 3607)
            self.assertNotIn("warnafter", claims["kubernetes.io"])

    def test_the_audit_log_tells_ids(self):
        log = os.path.join(self.dir, "audit.log")
        self.serve("1.32", "--audit-log", log)
        token = self.token()
        self.assertEqual(self.asks(token), 200)
        with open(log, encoding="utf-8") as file:
            events = [json.loads(line) for line in file]
        issued = next(e for e in events if e["objectRef"].get("subresource") == "token")
        used = events[-1]
        wanted = "JTI=" + self.claims(token)["jti"]
        self.assertEqual(issued["annotations"]["authentication.kubernetes.io/issued-credential-id"], wanted)
        self.assertEqual(used["user"]["extra"]["authentication.kubernetes.io/credential-id"], [wanted])

    def test_reviews(self):
        self.serve("1.32")
        pod = self.pod()
        token = self.token(boundObjectRef={"kind": "Pod", "apiVersion": "v1", "name": "probe"})
        status = self.review(token)
        self.assertEqual(status["audiences"], [ISSUER])
        self.assertEqual(status["user"], {
            "username": "system:serviceaccount:default:builder", "uid": self.uid,
            "groups": ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
            "extra": {
                "authentication.kubernetes.io/credential-id": ["JTI=" + self.claims(token)["jti"]],
                "authentication.kubernetes.io/node-name": ["node-1"],
                "authentication.kubernetes.io/node-uid": [
                    self.get("/api/v1/nodes/node-1")["metadata"]["uid"]],
                "authentication.kubernetes.io/pod-name": ["probe"],
                "authentication.kubernetes.io/pod-uid": [pod]}})
        self.assertNotIn("authenticated", self.review(token, audiences=["vault"]))
        self.assertEqual(self.review(self.token(audiences=["vault", "x"]), audiences=["vault"])["audiences"],
                         ["vault"])

    def test_they_end_with_what_they_are_bound_to(self):
        for version in ("1.20", "1.32"):
            with self.subTest(version):
                self.serve(version, "--nodes", "1")
                self.pod()
                token = self.token(boundObjectRef={"kind": "Pod", "apiVersion": "v1", "name": "probe"})
                self.assertEqual(self.asks(token), 200)
                self.ask("DELETE", CORE + "pods/probe?gracePeriodSeconds=0")
                self.until(CORE + "pods/probe", lambda p: p.get("code") == 404)
                self.assertEqual(self.asks(token), 401)
                self.assertEqual(self.review(token)["error"],
                                 "service account token has been invalidated" if self.minor > 20
                                 else "Token has been invalidated")
                self.pod()
                error = self.review(token)["error"]
                self.assertIn("does not match service account pod ref claim" if self.minor > 20
                              else "does not match claim", error)
                self.make(CORE + "secrets", {"metadata": {"name": "s"}})
                token = self.token(boundObjectRef={"kind": "Secret", "apiVersion": "v1", "name": "s"})
                self.assertEqual(self.asks(token), 200)
                self.ask("DELETE", CORE + "secrets/s")
                self.assertEqual(self.asks(token), 401)
                token = self.token()
                self.ask("DELETE", ACCOUNT)
                self.assertEqual(self.asks(token), 401)
                self.assertEqual(self.review(token)["error"], 'serviceaccounts "builder" not found')

    def test_what_is_refused(self):
        self.serve("1.20")
        self.make(CORE + "pods", {"metadata": {"name": "other"},
                                  "spec": {"containers": [{"name": "c", "image": "i"}]}})

        def ref(kind, name, **more):
            return {"boundObjectRef": {"kind": kind, "apiVersion": "v1", "name": name, **more}}
        rows = [
            ({"expirationSeconds": 599}, 422, 'TokenRequest.authentication.k8s.io "" is invalid: '
             "spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes"),
            ({"expirationSeconds": 2 ** 32 + 1}, 422, 'TokenRequest.authentication.k8s.io "" is invalid: '
             "spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than "
             "2^32 seconds"),
            (ref("Pod", "none"), 404, 'pods "none" not found'),
            (ref("Pod", "other"), 400, 'cannot bind token for serviceaccount "builder" to pod running '
             "with different serviceaccount name."),
            (ref("Secret", "none"), 404, 'secrets "none" not found'),
            (ref("Node", "node-1"), 400, "cannot bind token to object of type /v1, Kind=Node"),
            (ref("ConfigMap", "x"), 400, "cannot bind token to object of type /v1, Kind=ConfigMap"),
        ]
        for spec, status, message in rows:
            with self.subTest(message):
                got, body = self.order(**spec)
                self.assertEqual((got, body.get("message")), (status, message))
        self.pod()
        status, body = self.order(**ref("Pod", "probe", uid="other"))
        self.assertEqual((status, body["message"]), (
            409, 'Operation cannot be fulfilled on Pod "probe": the UID in the bound object reference '
            "(other) does not match the UID in record. The object might have been deleted and then "
            "recreated"))

    def test_bound_to_a_node(self):
        self.serve("1.32")
        token = self.token(boundObjectRef={"kind": "Node", "apiVersion": "v1", "name": "node-1"})
        self.assertEqual(self.claims(token)["kubernetes.io"]["node"]["name"], "node-1")
        self.assertEqual(self.review(token)["user"]["extra"]["authentication.kubernetes.io/node-name"],
                         ["node-1"])
        status, body = self.write_to("POST", ACCOUNT + "/token", {"metadata": {"name": "x"}})
        self.assertEqual((status, body["message"]), (
            422, 'TokenRequest.authentication.k8s.io "builder" is invalid: metadata.name: Invalid value: '
            '"x": must match the service account name if specified'))

    # -- the key with which they are signed

    def keys(self):
        config = self.get("/.well-known/openid-configuration")
        address = "https://%s:%s" % (self.host, self.port)
        self.assertEqual(config, {
            "issuer": ISSUER, "jwks_uri": address + "/openid/v1/jwks",
            "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"]})
        keys = self.get(config["jwks_uri"][len(address):])["keys"]
        self.assertEqual([k["alg"] for k in keys], ["ES256"])
        return keys

    def test_who_may_ask_for_the_key(self):
        self.serve("1.30")
        for path in ("/.well-known/openid-configuration", "/openid/v1/jwks"):
            self.assertEqual(self.asks_at(path, None), 403)
            self.assertEqual(self.asks_at(path, self.token()), 200)
            self.assertEqual(self.ask("POST", path)[0], 405)

    def asks_at(self, path, token):
        headers = {"Authorization": "Bearer " + token} if token else {}
        return self.ask("GET", path, context=self.anonymous, headers=headers)[0]

    @unittest.skipUnless(jwt, "PyJWT is not there")
    def test_a_library(self):
        self.serve("1.30")
        token = self.token(audiences=["vault"])
        key = jwt.PyJWK(self.keys()[0]).key
        claims = jwt.decode(token, key, algorithms=["ES256"], audience="vault", issuer=ISSUER)
        self.assertEqual(claims["sub"], "system:serviceaccount:default:builder")
        with self.assertRaises(jwt.InvalidAudienceError):
            jwt.decode(token, key, algorithms=["ES256"], audience=ISSUER)
        with self.assertRaises(jwt.InvalidSignatureError):
            jwt.decode(token[:-8] + "AAAAAAAA", key, algorithms=["ES256"], audience="vault")

    @unittest.skipUnless(OPENSSL, "openssl is not there")
    def test_openssl(self):
        self.serve("1.20")
        text, _, signature = self.token().rpartition(".")
        key = self.keys()[0]
        self.assertEqual(json.loads(decode(text.split(".")[0]))["kid"], key["kid"])
        # SubjectPublicKeyInfo of P-256 up to the point, and the two numbers as a sequence.
        point = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200" "04")
        public = self.write("key.der", point + decode(key["x"]) + decode(key["y"]))
        raw = decode(signature)
        numbers = b"".join(self.number(raw[i:i + 32]) for i in (0, 32))
        self.write("sig", bytes([0x30, len(numbers)]) + numbers)
        self.write("text", text)
        done = subprocess.run([OPENSSL, "dgst", "-sha256", "-keyform", "DER", "-verify", public,
                               "-signature", "sig", "text"], cwd=self.dir, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.stdout, "Verified OK\n")

    @staticmethod
    def number(raw):
        value = raw.lstrip(b"\0")
        value = b"\0" + value if value[0] & 0x80 else value
        return bytes([2, len(value)]) + value

    def test_volumes_of_pods(self):
        for version, automatic in (("1.20", False), ("1.21", True), ("1.32", True)):
            with self.subTest(version):
                self.serve(version)
                self.pod()
                spec = self.get(CORE + "pods/probe")["spec"]
                found = [v for v in spec.get("volumes", []) if v["name"].startswith("kube-api-access-")]
                self.assertEqual(len(found), int(automatic))
                if automatic:
                    sources = found[0]["projected"]["sources"]
                    self.assertEqual(sources[0]["serviceAccountToken"],
                                     {"expirationSeconds": 3607, "path": "token"})
                    self.assertEqual(spec["containers"][0]["volumeMounts"][-1]["mountPath"],
                                     "/var/run/secrets/kubernetes.io/serviceaccount")

    def test_who_am_i(self):
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        for version in ("1.28", "1.32"):
            with self.subTest(version):
                self.serve(version)
                bearer = {"Authorization": "Bearer " + self.token(), "Content-Type": "application/json"}
                status, body = self.ask("POST", path, "{}", self.anonymous, bearer)
                self.assertEqual(status, 201, body)
                self.assertEqual(body["status"]["userInfo"]["username"],
                                 "system:serviceaccount:default:builder")


# unittest collects what is imported, too.
del Controllers

if __name__ == "__main__":
    unittest.main()
