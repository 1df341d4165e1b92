# SPDX-License-Identifier: Apache-2.0
"""Helm 3 and Helm 4 with a chart made for it: hooks, a definition, lookup, waiting, the ways back; and with podgate's."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

import run as suites
from balancer import Balancer
from served import Served

PROGRAM = os.environ["PODGATE"]
CHART = os.path.join(os.path.dirname(os.path.abspath(__file__)), "chart")
OWN = os.path.join(os.path.dirname(CHART), "..", "..", "..", "deploy", "helm", "podgate")
SECONDS_MAX = 300
WAIT = ("--wait", "--timeout", "120s")


class Server:
    """Mixed into a test class for each Helm and each version of the server; a server a test."""

    maxDiff = None

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="podgate-helm-")
        self.addCleanup(shutil.rmtree, self.home, True)
        self.served = Served(PROGRAM, self.options())
        self.addCleanup(self.end)
        self.env = {**os.environ, "KUBECONFIG": self.served.kubeconfigs["owner"], "HOME": self.home,
                    "HELM_CACHE_HOME": self.home, "HELM_CONFIG_HOME": self.home, "HELM_DATA_HOME": self.home}

    def options(self):
        return suites.server_options(self.minor)

    def end(self):
        self.assertEqual(self.served.end(), "")

    def get(self, path):
        """An object of the API; None when there is none."""
        status, body = self.served.ask("GET", path)
        self.assertIn(status, (200, 404), body)
        return body if status == 200 else None

    def run_helm(self, *arguments):
        return subprocess.run([os.path.join(os.environ["PODGATE_HELM"], "helm" + self.helm_version), *arguments],
                              env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=SECONDS_MAX)

    def helm(self, *arguments):
        done = self.run_helm(*arguments)
        self.assertEqual(done.returncode, 0, "%s\n%s\n%s" % (arguments, done.stdout, done.stderr))
        return done.stdout

    def fails(self, *arguments):
        done = self.run_helm(*arguments)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stderr


class Helm(Server):
    def color(self):
        return self.get("/api/v1/namespaces/shop/configmaps/web")["data"]["color"]

    def history(self):
        rows = json.loads(self.helm("history", "web", "-n", "shop", "-o", "json"))
        return [(row["revision"], row["status"]) for row in rows]

    def install(self, *more):
        return self.helm("install", "web", CHART, "-n", "shop", "--create-namespace", *WAIT, *more)

    def test_a_life(self):
        notes = self.install()
        self.assertIn("web is red on Kubernetes v1.%d" % self.minor, notes)
        self.assertIn("with Deployments", notes)
        self.assertEqual(self.get("/apis/apps/v1/namespaces/shop/deployments/web")["status"]["availableReplicas"], 2)
        self.assertTrue(self.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.shop.example.org"))
        job = self.get("/apis/batch/v1/namespaces/shop/jobs/web-migration")
        self.assertEqual(job["status"]["succeeded"], 1)
        self.assertIsNone(self.get("/api/v1/namespaces/shop/serviceaccounts/web-migration"))
        password = self.get("/api/v1/namespaces/shop/secrets/web-password")["data"]["password"]
        self.assertEqual(len(base64.b64decode(password)), 16)
        self.assertIn("Succeeded", self.helm("test", "web", "-n", "shop", "--timeout", "120s"))

        self.helm("upgrade", "web", CHART, "-n", "shop", "--set", "color=blue,replicas=3,widget=true", *WAIT)
        self.assertEqual(self.color(), "blue")
        self.assertEqual(self.get("/apis/shop.example.org/v1/namespaces/shop/widgets/web")["spec"],
                         {"size": 3, "color": "grey"})
        self.assertEqual(self.get("/apis/apps/v1/namespaces/shop/deployments/web")["status"]["availableReplicas"], 3)
        self.assertNotEqual(self.get("/apis/batch/v1/namespaces/shop/jobs/web-migration")["metadata"]["uid"],
                            job["metadata"]["uid"])
        self.assertEqual(self.get("/api/v1/namespaces/shop/secrets/web-password")["data"]["password"], password)

        self.helm("rollback", "web", "1", "-n", "shop", *WAIT)
        self.assertEqual(self.color(), "red")
        self.assertIsNone(self.get("/apis/shop.example.org/v1/namespaces/shop/widgets/web"))
        self.assertEqual(self.history(), [(1, "superseded"), (2, "superseded"), (3, "deployed")])
        self.assertEqual([r["name"] for r in json.loads(self.helm("list", "-A", "-o", "json"))], ["web"])
        status = json.loads(self.helm("status", "web", "-n", "shop", "-o", "json"))
        self.assertEqual(status["info"]["status"], "deployed")
        self.assertIn("kind: Deployment", self.helm("get", "manifest", "web", "-n", "shop"))

        self.helm("uninstall", "web", "-n", "shop", *WAIT)
        for path in ("/apis/apps/v1/namespaces/shop/deployments/web", "/api/v1/namespaces/shop/secrets/web-password"):
            self.assertIsNone(self.get(path))
        # what a chart defines stays, as Helm has it
        self.assertTrue(self.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.shop.example.org"))
        self.assertEqual(self.helm("list", "-A", "-q"), "")

    def test_dry_runs(self):
        """Against the server: it looks things up and changes nothing."""
        self.install()
        password = self.get("/api/v1/namespaces/shop/secrets/web-password")["data"]["password"]
        out = self.helm("upgrade", "web", CHART, "-n", "shop", "--dry-run=server", "--set", "color=blue")
        self.assertIn(password, out)
        self.assertIn('color: "blue"', out)
        self.assertEqual(self.color(), "red")
        out = self.helm("template", "web", CHART, "-n", "shop", "--dry-run=server", "--is-upgrade")
        self.assertIn(password, out)
        self.assertEqual(self.history(), [(1, "deployed")])

    def test_validation_of_a_template(self):
        """By the types that the server publishes; newer servers do it themselves, when they are sent it."""
        template = ("template", "web", CHART, "-n", "default", "--validate")
        self.assertIn("kind: Deployment", self.helm(*template))
        if self.minor < 27:
            self.assertIn('invalid type for io.k8s.api.apps.v1.DeploymentSpec.replicas: got "string", expected "integer"',
                          self.fails(*template, "--set", "replicas=many"))

    def test_a_hook_that_fails(self):
        """Its pod ends with a code other than 0, and what comes behind it is not made."""
        problem = self.fails("install", "web", CHART, "-n", "shop", "--create-namespace", *WAIT,
                             "--set", "migration.exitCode=3")
        self.assertIn("pre-install", problem)
        self.assertIsNone(self.get("/apis/apps/v1/namespaces/shop/deployments/web"))
        self.assertEqual(self.history(), [(1, "failed")])

    def test_what_the_server_refuses(self):
        problem = self.fails("install", "web", CHART, "-n", "shop", "--create-namespace", *WAIT,
                             "--set", "replicas=-1")
        self.assertIn('Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than '
                      "or equal to 0", problem)

    def test_back_after_a_failure(self):
        self.install()
        option = "--rollback-on-failure" if self.helm_version == "4" else "--atomic"
        self.fails("upgrade", "web", CHART, "-n", "shop", *WAIT, option, "--set", "color=blue,replicas=-1")
        self.assertEqual(self.color(), "red")
        self.assertEqual(self.history(), [(1, "superseded"), (2, "failed"), (3, "deployed")])

    def test_what_others_changed(self):
        """An upgrade puts right what it has in its manifest, and lets be what it does not."""
        self.install()
        status, _ = self.served.ask("PATCH", "/api/v1/namespaces/shop/configmaps/web",
                                    {"data": {"color": "black", "more": "yes"}}, "application/merge-patch+json")
        self.assertEqual(status, 200)
        force = ("--force-conflicts",) if self.helm_version == "4" else ()
        self.helm("upgrade", "web", CHART, "-n", "shop", *WAIT, *force, "--set", "color=green")
        data = self.get("/api/v1/namespaces/shop/configmaps/web")["data"]
        self.assertEqual((data["color"], data["more"]), ("green", "yes"))


class Own(Server, unittest.TestCase):
    """podgate's own chart, and a podgate as its pods would be: with their certificate and their rights."""

    def options(self):
        self.relay = Balancer([])  # until podgate serves
        self.addCleanup(self.relay.close)
        return (*super().options(), "--service-address",
                "podgate-system/podgate=127.0.0.1:%d" % self.relay.port)

    def write(self, name, data):
        with open(os.path.join(self.home, name), "wb") as out:
            out.write(data)

    def make(self, path, **body):
        status, answer = self.served.ask("POST", path, body)
        self.assertEqual(status, 201, answer)
        return answer

    def until(self, what):
        end = time.monotonic() + SECONDS_MAX
        while not what():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def serve(self, secret):
        for name in ("tls.crt", "tls.key"):
            self.write(name, base64.b64decode(secret[name]))
        token = self.make("/api/v1/namespaces/podgate-system/serviceaccounts/podgate/token", spec={})["status"]["token"]
        with open(self.served.kubeconfigs["admin"], encoding="utf-8") as file:
            self.write("hook", file.read().replace("admin-token", token).encode())
        hook = subprocess.Popen([PROGRAM, "serve", "--listen", "127.0.0.1:0", "--tls-cert-file", "tls.crt",
                                 "--tls-private-key-file", "tls.key", "--kubeconfig", "hook"], cwd=self.home,
                                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(hook.stderr.close)
        self.addCleanup(hook.wait)
        lines = []
        for line in hook.stderr:
            lines.append(line)
            if "listening on" in line:
                self.relay.targets = [int(line.rsplit(":", 1)[1])]
                break
        reader = threading.Thread(target=lambda: lines.extend(hook.stderr), daemon=True)
        reader.start()
        self.addCleanup(reader.join)
        self.addCleanup(hook.terminate)

    def create(self, name, privileged):
        return self.served.ask("POST", "/api/v1/namespaces/apps/pods", {
            "metadata": {"name": name}, "spec": {"containers": [
                {"name": "c", "image": "i", "securityContext": {"privileged": privileged}}]}}, user="alice")

    def rights(self):
        self.make("/api/v1/namespaces", metadata={"name": "apps"})
        status, answer = self.served.ask("POST", "/api/v1/namespaces/apps/serviceaccounts",
                                         {"metadata": {"name": "default"}})
        self.assertIn(status, (201, 409), answer)
        anything = {"rule": "RunAsAny"}
        self.make("/apis/podgate.io/v1/podsecuritypolicies", apiVersion="podgate.io/v1", kind="PodSecurityPolicy",
                  metadata={"name": "five"}, spec={
                      "runAsUser": anything, "seLinux": anything, "supplementalGroups": anything, "volumes": ["*"],
                      "fsGroup": {"rule": "MustRunAs", "ranges": [{"min": 5, "max": 9}]}})
        rbac = "/apis/rbac.authorization.k8s.io/v1"
        self.make(rbac + "/clusterroles", metadata={"name": "five"}, rules=[
            {"apiGroups": ["policy"], "resources": ["podsecuritypolicies"], "verbs": ["use"], "resourceNames": ["five"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}])
        self.make(rbac + "/clusterrolebindings", metadata={"name": "five"}, subjects=[
            {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}],
                  roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "five"})

    def configurations(self):
        """By kind; who is trusted by each of its webhooks."""
        path = "/apis/admissionregistration.k8s.io/v1/%swebhookconfigurations/podgate"
        return [{hook["clientConfig"]["caBundle"] for hook in one["webhooks"]} if one else None
                for one in (self.get(path % kind) for kind in ("mutating", "validating"))]

    def test_in_two_steps(self):
        """As docs/webhook.md has it: the webhooks are registered when the pods are ready."""
        chart = ("podgate", OWN, "-n", "podgate-system")
        self.helm("install", *chart, "--create-namespace", "--set", "webhooks=false", *WAIT)
        deployment = self.get("/apis/apps/v1/namespaces/podgate-system/deployments/podgate")
        self.assertEqual(deployment["status"]["availableReplicas"], 2)
        self.assertEqual(self.configurations(), [None, None])
        path = "/api/v1/namespaces/podgate-system/secrets/podgate-tls"
        secret = self.get(path)["data"]
        self.serve(secret)
        self.rights()
        self.assertEqual(self.create("before", True)[0], 201)
        self.helm("upgrade", *chart, "--reuse-values", "--set", "webhooks=true,replicas=3", *WAIT)
        self.assertEqual(self.get(path)["data"], secret)  # a certificate outlives upgrades
        deployment = self.get("/apis/apps/v1/namespaces/podgate-system/deployments/podgate")
        self.assertEqual(deployment["status"]["availableReplicas"], 3)
        self.assertEqual(self.configurations(), [{secret["ca.crt"]}] * 2)
        # a review waits for nothing that podgate has not seen yet, but for a namespace
        self.until(lambda: self.create("good", False)[0] == 201)
        pod = self.get("/api/v1/namespaces/apps/pods/good")
        self.assertEqual(pod["spec"]["securityContext"], {"fsGroup": 5})
        status, answer = self.create("bad", True)
        self.assertEqual(status, 403, answer)
        self.assertIn('admission webhook "pods.podgate.io" denied the request', answer["message"])
        self.assertIn("Privileged containers are not allowed", answer["message"])
        # all goes, but the definition and what is of it
        self.helm("uninstall", "podgate", "-n", "podgate-system", *WAIT)
        self.assertEqual(self.configurations(), [None, None])
        self.assertIsNone(self.get(path))
        self.assertEqual(self.create("after", True)[0], 201)
        self.assertTrue(self.get("/apis/podgate.io/v1/podsecuritypolicies/five"))


for version in suites.kits.HELM:
    for number in suites.MINORS:
        name = "Helm%s_1_%d" % (version, number)
        globals()[name] = type(name, (Helm, unittest.TestCase), {"helm_version": version, "minor": number})

Own.helm_version, Own.minor = max(suites.kits.HELM), suites.MINORS[-1]
