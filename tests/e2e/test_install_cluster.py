# SPDX-License-Identifier: Apache-2.0
"""podgate install, cert and uninstall, in a rehearsal cluster; and deploy/, which says the same."""

import base64
import glob
import json
import os
import shutil
import subprocess
import unittest

from podgate import ERROR, NO, ROOT, YES, Case, run
from test_serve import Serve
from test_up import KUBECTL, SECONDS_MAX

NO_POLICIES = ("--disable-admission-plugins", "PodSecurityPolicy")
CONFIGURATIONS = "/apis/admissionregistration.k8s.io/v1/"
SECRET = "/api/v1/namespaces/podgate-system/secrets/podgate-tls"
SOFT = """\
apiVersion: podgate.io/v1
kind: Enforcement
modes:
  podSecurityPolicy: audit
"""
POLICY = """\
apiVersion: podgate.io/v1
kind: PodSecurityPolicy
metadata: {name: five}
spec:
  runAsUser: {rule: %s}
  seLinux: {rule: RunAsAny}
  supplementalGroups: {rule: RunAsAny}
  fsGroup: {rule: MustRunAs, ranges: [{min: 5, max: 9}]}
  volumes: ['*']
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: use-five}
rules:
- {apiGroups: [policy], resources: [podsecuritypolicies], verbs: [use], resourceNames: [five]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: use-five}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: use-five}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}]
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: %s, namespace: apps}
spec:
  containers:
  - {name: c, image: i, securityContext: {privileged: %s}}
"""


def identity(one):
    metadata = one["metadata"]
    return one["apiVersion"], one["kind"], metadata.get("namespace", ""), metadata["name"]


def plain(objects):
    """By identity, without what is made anew each time: keys, and who is trusted by them."""
    out = {}
    for one in objects:
        if not one["metadata"].get("annotations"):
            one["metadata"].pop("annotations", None)  # what kubectl leaves behind
        if one["kind"] == "Secret":
            one.pop("data", None)
        for hook in one.get("webhooks", []):
            hook["clientConfig"].pop("caBundle", None)
        out[identity(one)] = one
    return out


class Cluster(Serve):
    def kubectl(self, *arguments, stdin=""):
        return subprocess.run([KUBECTL, "--kubeconfig", self.kubeconfig, *arguments], input=stdin,
                              capture_output=True, text=True, check=False, cwd=self.dir,
                              env=self.env, timeout=SECONDS_MAX)

    def here(self, command, *arguments):
        more = ("--timeout", "30") if command == "install" and "--timeout" not in arguments else ()
        return self.podgate(command, "--kubeconfig", self.kubeconfig, *more, *arguments)

    def configurations(self):
        names = []
        for kind in ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"):
            names += [x["metadata"]["name"] for x in self.ask("GET", CONFIGURATIONS + kind)[1]["items"]]
        return names

    def webhooks(self, kind="validating"):
        return self.ask("GET", CONFIGURATIONS + kind + "webhookconfigurations/podgate")[1]["webhooks"]

    def bundles(self):
        return {base64.b64decode(hook["clientConfig"]["caBundle"]).decode()
                for kind in ("mutating", "validating") for hook in self.webhooks(kind)}

    def secret(self):
        status, secret = self.ask("GET", SECRET)
        self.assertEqual(status, 200, secret)
        return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}


@unittest.skipUnless(KUBECTL, "no kubectl")
class Outside(Cluster):
    def test_pods_go_through_a_podgate_beside_the_cluster(self):
        self.up("--kubernetes-version", "1.24", "--nodes", "0", *NO_POLICIES)
        self.serve("--kubeconfig", self.kubeconfig)
        url = "https://127.0.0.1:%d" % self.hook_port
        result = self.here("install", "--webhook-url", url, "--ca-file", "tls.crt")
        self.assertEqual(result.status, YES, result)
        self.assertEqual(self.configurations(), ["podgate", "podgate"])

        done = self.kubectl("apply", "-f", "-", stdin=POLICY % "Nobody")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('The PodSecurityPolicy "five" is invalid: spec.runAsUser.rule: '
                      'Unsupported value: "Nobody"', done.stderr)
        done = self.kubectl("apply", "-f", "-", stdin=POLICY % "RunAsAny")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.ask("POST", "/api/v1/namespaces", json.dumps(
            {"metadata": {"name": "apps"}}), headers={"Content-Type": "application/json"})[0], 201)
        self.ask("POST", "/api/v1/namespaces/apps/serviceaccounts", json.dumps(
            {"metadata": {"name": "default"}}), headers={"Content-Type": "application/json"})
        self.until(lambda: self.kubectl("apply", "-f", "-", stdin=POD % ("good", "false")).returncode == 0)
        pod = self.ask("GET", "/api/v1/namespaces/apps/pods/good")[1]
        self.assertEqual(pod["spec"]["securityContext"], {"fsGroup": 5})
        done = self.kubectl("apply", "-f", "-", stdin=POD % ("bad", "true"))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("Privileged containers are not allowed", done.stderr)

        result = self.here("uninstall")
        self.assertEqual(result.status, YES, result)
        self.assertEqual(self.configurations(), [])
        self.assertEqual(self.kubectl("get", "podsecuritypolicies.podgate.io", "five").returncode, 0)
        done = self.kubectl("apply", "-f", "-", stdin=POD % ("bad", "true"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.here("uninstall", "--delete-policies").status, YES)
        self.assertEqual(self.left(), [])

    def left(self):
        kinds = ("crd,clusterroles,clusterrolebindings,mutatingwebhookconfigurations,"
                 "validatingwebhookconfigurations")
        done = self.kubectl("get", kinds, "-o", "name", "-l", "app.kubernetes.io/name=podgate")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()

    def test_one_that_does_not_answer_is_not_registered(self):
        self.up("--kubernetes-version", "1.24", "--nodes", "0")
        result = self.here("install", "--webhook-url", "https://127.0.0.1:1", "--timeout", "1")
        self.assertEqual(result.status, ERROR, result)
        self.assertIn("the webhooks are not registered", result.err)
        self.assertEqual(self.configurations(), [])


@unittest.skipUnless(KUBECTL, "no kubectl")
class Inside(Cluster):
    def test_installed_renewed_and_taken_away(self):
        for minor in ("1.20", "1.24"):
            with self.subTest(minor):
                process = self.up("--kubernetes-version", minor, *NO_POLICIES)
                self.lines = []
                self.life()
                self.end(process)

    def life(self):
        result = self.here("install", "--failure-policy", "Ignore", "--image", "registry.example.com/podgate:1",
                           "--replicas", "3")
        self.assertEqual(result.status, YES, result)
        self.assertLess(result.err.index("Deployment podgate-system/podgate applied"),
                        result.err.index("MutatingWebhookConfiguration podgate applied"))
        status, deployment = self.ask("GET", "/apis/apps/v1/namespaces/podgate-system/deployments/podgate")
        self.assertEqual((status, deployment["spec"]["replicas"]), (200, 3))
        self.assertEqual(deployment["spec"]["template"]["spec"]["containers"][0]["image"],
                         "registry.example.com/podgate:1")
        self.assertEqual({h["name"]: h["failurePolicy"] for h in self.webhooks()}["pods.podgate.io"], "Ignore")
        first = self.secret()
        self.assertEqual(self.bundles(), {first["ca.crt"]})
        self.assertEqual(self.here("cert", "--check").status, YES)

        # again: the certificate is kept
        self.assertEqual(self.here("install").status, YES)
        self.assertEqual(self.secret(), first)
        # renewed: both authorities are trusted, the old one once
        for before in (first, None):
            before = before or self.secret()
            self.assertEqual(self.here("cert", "--renew").status, YES)
            now = self.secret()
            self.assertNotEqual(now["tls.crt"], before["tls.crt"])
            self.assertEqual(now["ca.crt"].count("BEGIN"), 2)
            self.assertIn(before["ca.crt"].split("-----END")[0], now["ca.crt"])
            self.assertEqual(self.bundles(), {now["ca.crt"]})
            self.signed(now)
        # what the configurations lost is put back
        self.assertEqual(self.kubectl("patch", "validatingwebhookconfiguration", "podgate", "--type=json", "-p",
                                      '[{"op":"remove","path":"/webhooks/1/clientConfig/caBundle"}]').returncode, 0)
        self.assertEqual(self.here("cert", "--check").status, NO)
        self.assertEqual(self.here("cert").status, YES)
        self.assertEqual(self.bundles(), {self.secret()["ca.crt"]})

        result = self.here("uninstall", "--delete-policies")
        self.assertEqual(result.status, YES, result)
        self.assertIn("WebhookConfiguration podgate deleted", result.err.splitlines()[0])
        self.until(lambda: self.ask("GET", "/api/v1/namespaces/podgate-system")[0] == 404)
        self.assertEqual(Outside.left(self), [])
        self.assertEqual(self.here("uninstall").err, "")

    def signed(self, secret):
        ca, cert = self.write("ca.pem", secret["ca.crt"]), self.write("cert.pem", secret["tls.crt"])
        done = subprocess.run(["openssl", "verify", "-CAfile", ca, "-verify_hostname",
                               "podgate.podgate-system.svc", cert], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_server_takes_what_is_printed(self):
        for minor in ("1.20", "1.24"):
            with self.subTest(minor):
                process = self.up("--kubernetes-version", minor, "--nodes", "0")
                self.assertEqual(self.kubectl("create", "namespace", "podgate-system").returncode, 0)
                printed = run("install", "--dry-run", "--kubernetes-version", minor).out
                done = self.kubectl("apply", "--dry-run=server", "-f", "-", stdin=printed)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(len(done.stdout.splitlines()), printed.count("\nkind: "))
                self.end(process)

    def test_kustomize_in_the_order_of_the_manual(self):
        """The webhooks are registered last, when podgate has its certificate and is ready."""
        self.up("--kubernetes-version", "1.24", *NO_POLICIES)
        folder = os.path.join(ROOT, "deploy", "kustomize")
        done = self.kubectl("apply", "-k", folder, "-l", "podgate.io/part!=registration")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.configurations(), [])
        self.assertEqual(self.here("cert").status, YES)
        done = self.kubectl("-n", "podgate-system", "rollout", "status", "deployment/podgate")
        self.assertEqual(done.returncode, 0, done.stderr)
        first = self.secret()
        done = self.kubectl("apply", "-k", folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.configurations(), ["podgate", "podgate"])
        self.assertEqual(self.here("cert").status, YES)
        self.assertEqual((self.secret(), self.bundles()), (first, {first["ca.crt"]}))

    def test_a_namespace_of_others_stays(self):
        self.up("--kubernetes-version", "1.24", *NO_POLICIES)
        self.assertEqual(self.kubectl("create", "namespace", "security").returncode, 0)
        result = self.here("install", "-n", "security")
        self.assertEqual(result.status, YES, result)
        self.assertIn("Namespace security is used as it is", result.err)
        self.assertIn("security", self.webhooks()[0]["namespaceSelector"]["matchExpressions"][0]["values"])
        result = self.here("uninstall", "-n", "security")
        self.assertEqual(result.status, YES, result)
        self.assertIn("Namespace security is not podgate's and stays", result.err)


def read_all(text):
    """Objects of YAML. kubectl reads it (without a server), as there is no library that must be here."""
    done = subprocess.run([KUBECTL, "annotate", "--local", "-f", "-", "podgate.io/none-", "-o", "json"],
                          input=text, capture_output=True, text=True, check=True, timeout=SECONDS_MAX)
    rest, objects = done.stdout.strip(), []
    while rest:
        one, end = json.JSONDecoder().raw_decode(rest)
        objects.append(one)
        rest = rest[end:].lstrip()
    return objects


def helm():
    """Where tests/clients put one, or one that is installed."""
    made = glob.glob(os.path.expanduser("~/.cache/podgate/clients/go-*/helm3"))
    return made[0] if made else shutil.which("helm")


@unittest.skipUnless(KUBECTL, "no kubectl")
class Deploy(Case):
    """What deploy/ has for other tools is what podgate install applies."""

    def same(self, text, *arguments, without=()):
        result = run("install", "-o", "json", *arguments)
        self.assertEqual((result.status, result.err), (YES, ""), result)
        want = {key: one for key, one in plain(result.json()["items"]).items() if key[1] not in without}
        got = plain(read_all(text))
        self.assertEqual(sorted(got), sorted(want))
        for key, one in want.items():
            self.assertEqual(got[key], one, key)

    def test_kustomize(self):
        for folder, arguments in (
                ("kustomize", ()), ("kustomize-cert-manager", ("--cert-manager",)),
                ("kustomize-subjectaccessreview", ("--authorizer", "subjectaccessreview")),
                ("kustomize-events", ("--events", "on"))):
            with self.subTest(folder):
                done = subprocess.run([KUBECTL, "kustomize", os.path.join(ROOT, "deploy", folder)],
                                      capture_output=True, text=True, check=True, timeout=SECONDS_MAX)
                self.same(done.stdout, *arguments)

    @unittest.skipUnless(helm(), "no helm")
    def test_helm(self):
        soft = self.write("soft.yaml", SOFT)
        rows = [((), ()), (("--set", "certManager=true"), ("--cert-manager",)),
                (("--set", "authorizer=subjectaccessreview,events=on"),
                 ("--authorizer=subjectaccessreview", "--events=on")),
                (("--set", "replicas=3,failurePolicy=Ignore,image=registry.example.com/p:2"),
                 ("--replicas", "3", "--failure-policy", "Ignore", "--image", "registry.example.com/p:2")),
                (("--set-file", "enforcement=" + soft), ("--enforcement", soft))]
        for options, arguments in rows:
            for namespace in ("podgate-system", "guard"):
                with self.subTest((options, namespace)):
                    done = subprocess.run([helm(), "template", "podgate", os.path.join(ROOT, "deploy/helm/podgate"),
                                           "--include-crds", "--kube-version", "1.30", "-n", namespace, *options],
                                          capture_output=True, text=True, check=False, timeout=SECONDS_MAX,
                                          env={**os.environ, "HOME": self.dir})
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.same(done.stdout, "-n", namespace, *arguments, without=("Namespace",))

    def test_the_chart_is_as_the_manifests_are(self):
        done = subprocess.run([os.path.join(ROOT, "scripts", "make-chart"), "--check"], capture_output=True,
                              text=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_the_image_is_of_this_version(self):
        version = run("version").out.split()[1]
        images = {c["image"] for one in run("install", "-o", "json").json()["items"] if one["kind"] == "Deployment"
                  for c in one["spec"]["template"]["spec"]["containers"]}
        self.assertEqual(images, {"podgate:" + version})

    def test_yaml_and_json_say_the_same(self):
        printed = run("install", "--dry-run", "-n", "guard").out
        self.assertNotIn("podgate-system", printed)
        self.same(printed, "-n", "guard")

    def test_calls_that_are_wrong(self):
        self.write("config", "not a kubeconfig")
        rows = [
            (("install", "--replicas", "0"), "--replicas is a number from 1 to 100"),
            (("install", "--timeout", "soon"), "--timeout is a number"),
            (("install", "-n", "Kube"), "--namespace"),
            (("install", "-n", "kube-system"), "not kube-system"),
            (("install", "--webhook-url", "http://x"), "--webhook-url is https://HOST"),
            (("install", "--webhook-url", "https://x", "--cert-manager"), "not with --cert-manager"),
            (("install", "--webhook-url", "https://x", "--ca-file", "none.pem"), "none.pem"),
            (("install", "--ca-file", "x"), "--ca-file is for --webhook-url"),
            (("install", "--kubernetes-version", "1.30"), "--kubernetes-version is for --dry-run"),
            (("install", "--dry-run", "--kubernetes-version", "9"), "--kubernetes-version"),
            (("install", "--failure-policy", "Maybe"), "--failure-policy"),
            (("install", "--kubeconfig", "config"), "config"),
            (("install", "--dry-run", "--enforcement", "none.yaml"), "none.yaml"),
            (("install", "--dry-run", "--enforcement", "config"), "config:1"),
            (("install", "--webhook-url", "https://x", "--enforcement", "x"), "not with --cert-manager"),
            (("uninstall", "--kubeconfig", "none"), "none"),
            (("cert", "--renew", "--check"), "contradict"),
            (("cert", "extra"), "extra"),
        ]
        for words, message in rows:
            with self.subTest(words):
                self.refused(self.run_in(*words), message)
