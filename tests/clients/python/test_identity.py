# SPDX-License-Identifier: Apache-2.0
"""Who asks: certificates, bearer tokens, tokens of service accounts, the settings of a pod, others' names."""

import os
import tempfile

from kubernetes import client
from kubernetes.config.incluster_config import InClusterConfigLoader
from rehearsal import Rehearsal, each_version

READER = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]}]


@each_version
class Identity(Rehearsal):
    def setUp(self):
        super().setUp()
        self.core.create_namespaced_service_account(self.namespace, {"metadata": {"name": "reader"}})
        rbac = client.RbacAuthorizationV1Api(self.api)
        rbac.create_namespaced_role(self.namespace, {"metadata": {"name": "reader"}, "rules": READER})
        rbac.create_namespaced_role_binding(self.namespace, {
            "metadata": {"name": "reader"},
            "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": self.namespace}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}})

    def token(self, **spec):
        asked = {"spec": {"audiences": [], "expirationSeconds": 3600, **spec}}
        return self.core.create_namespaced_service_account_token("reader", self.namespace, asked).status.token

    def test_token_request(self):
        core = client.CoreV1Api(self.as_token(self.token()))
        self.assertEqual(len(core.list_namespaced_config_map(self.namespace, field_selector="metadata.name=x").items), 0)
        status = self.fails(403, "Forbidden", core.list_namespaced_secret, self.namespace)
        self.assertIn('User "system:serviceaccount:%s:reader" cannot list resource "secrets"' % self.namespace,
                      status["message"])

    def test_bound_to_a_secret(self):
        secret = self.core.create_namespaced_secret(self.namespace, {"metadata": {"name": "bound"}})
        token = self.token(boundObjectRef={"kind": "Secret", "apiVersion": "v1", "name": "bound",
                                           "uid": secret.metadata.uid})
        core = client.CoreV1Api(self.as_token(token))
        core.list_namespaced_config_map(self.namespace)
        self.core.delete_namespaced_secret("bound", self.namespace)
        self.fails(401, "Unauthorized", core.list_namespaced_config_map, self.namespace)

    def test_another_audience(self):
        core = client.CoreV1Api(self.as_token(self.token(audiences=["vault"])))
        self.fails(401, "Unauthorized", core.list_namespaced_config_map, self.namespace)
        review = client.AuthenticationV1Api(self.api).create_token_review(
            {"spec": {"token": self.token(audiences=["vault"]), "audiences": ["vault"]}})
        self.assertEqual((review.status.authenticated, review.status.audiences), (True, ["vault"]))

    def test_in_cluster(self):
        """The loader's own files are below /var/run; here they are elsewhere, and all else is the same."""
        mounted = tempfile.TemporaryDirectory()
        self.addCleanup(mounted.cleanup)
        files = {"token": self.token(), "ca.crt": self.served.authority}
        for name, text in files.items():
            with open(os.path.join(mounted.name, name), "w", encoding="utf-8") as out:
                out.write(text)
        host, port = self.served.server.removeprefix("https://").rsplit(":", 1)
        settings = client.Configuration()
        settings.cert_file = settings.key_file = None
        InClusterConfigLoader(os.path.join(mounted.name, "token"), os.path.join(mounted.name, "ca.crt"), environ={
            "KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}).load_and_set(settings)
        with client.ApiClient(settings) as api:
            self.config_map("a")
            found = client.CoreV1Api(api).read_namespaced_config_map("a", self.namespace)
        self.assertEqual(found.metadata.namespace, self.namespace)

    def test_impersonation(self):
        self.api.set_default_header("Impersonate-User", "alice")
        self.api.set_default_header("Impersonate-Group", "dev-team")
        status = self.fails(403, "Forbidden", self.core.list_namespaced_secret, self.namespace)
        self.assertIn('User "alice" cannot list resource "secrets"', status["message"])
        other = self.as_user("bob")
        other.set_default_header("Impersonate-User", "alice")
        status = self.fails(403, "Forbidden", client.CoreV1Api(other).list_namespaced_secret, self.namespace)
        self.assertIn('User "bob" cannot impersonate resource "users"', status["message"])

    def test_certificate_is_checked(self):
        """A client with another authority does not talk to it."""
        settings = client.Configuration()
        settings.host = self.served.server
        settings.ssl_ca_cert = None
        settings.retries = 0
        with client.ApiClient(settings) as api, self.assertRaisesRegex(Exception, "CERTIFICATE_VERIFY_FAILED"):
            client.VersionApi(api).get_code()
