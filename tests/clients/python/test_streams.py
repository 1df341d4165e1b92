# SPDX-License-Identifier: Apache-2.0
"""What needs a container says that there is none, in a form that the client understands."""

from kubernetes import client
from kubernetes.stream import portforward, stream
from rehearsal import SECONDS_MAX, Rehearsal, each_version


@each_version
class Streams(Rehearsal):
    def setUp(self):
        super().setUp()
        self.core.create_namespaced_pod(self.namespace, {
            "metadata": {"name": "p"}, "spec": {"containers": [{"name": "main", "image": "registry.example/app:1"}]}})

    def refused(self, status, call, *arguments, **more):
        with self.assertRaises(client.ApiException) as caught:
            call(*arguments, _request_timeout=SECONDS_MAX, **more)
        self.assertIn("Handshake status %d" % status, str(caught.exception))
        return str(caught.exception)

    def test_exec(self):
        why = self.refused(501, stream, self.core.connect_get_namespaced_pod_exec, "p", self.namespace,
                           command=["true"], stdout=True)
        self.assertIn("podgate up runs no kubelets and no containers", why)
        self.refused(404, stream, self.core.connect_get_namespaced_pod_exec, "missing", self.namespace,
                     command=["true"], stdout=True)

    def test_exec_of_another(self):
        core = client.CoreV1Api(self.as_user("alice"))
        self.refused(403, stream, core.connect_get_namespaced_pod_exec, "p", self.namespace, command=["true"],
                     stdout=True)

    def test_port_forward(self):
        self.refused(501, portforward, self.core.connect_get_namespaced_pod_portforward, "p", self.namespace,
                     ports="80")

    def test_log(self):
        with self.assertRaises(client.ApiException) as caught:
            self.core.read_namespaced_pod_log("p", self.namespace)
        self.assertEqual(caught.exception.status, 501)
