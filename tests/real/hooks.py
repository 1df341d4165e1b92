# SPDX-License-Identifier: Apache-2.0
"""`podgate serve` in front of a real cluster: its certificates, its processes, how it is registered."""

import base64
import http.client
import json
import os
import re
import ssl
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("common", "api"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

import clients  # noqa: E402
from replay import Client  # noqa: E402

SECONDS_MAX = 60
WEBHOOK = "pods.podgate.io"
DENIED = 'admission webhook "%s" denied the request: ' % WEBHOOK
RBAC = "/apis/rbac.authorization.k8s.io/v1"
HOOKS = "/apis/admissionregistration.k8s.io/v1"
POLICIES = "/apis/podgate.io/v1/podsecuritypolicies"
# Namespaces with this label are not podgate's.
APART = "podgate-tests/apart"
PODS = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "scope": "*",
         "resources": ["pods", "pods/ephemeralcontainers", "pods/resize"]}]
WORKLOADS = [
    {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "scope": "*",
     "resources": ["replicationcontrollers", "podtemplates"]},
    {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "scope": "*",
     "resources": ["deployments", "replicasets", "daemonsets", "statefulsets"]},
    {"apiGroups": ["batch"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "scope": "*",
     "resources": ["jobs", "cronjobs"]}]
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "podsecuritypolicies.podgate.io"},
    "spec": {"group": "podgate.io", "scope": "Cluster",
             "names": {"plural": "podsecuritypolicies", "singular": "podsecuritypolicy",
                       "kind": "PodSecurityPolicy", "listKind": "PodSecurityPolicyList",
                       "shortNames": ["psp"]},
             "versions": [{"name": "v1", "served": True, "storage": True, "schema": {
                 "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}]}}
ANYTHING = {"runAsUser": {"rule": "RunAsAny"}, "seLinux": {"rule": "RunAsAny"},
            "supplementalGroups": {"rule": "RunAsAny"}, "fsGroup": {"rule": "RunAsAny"},
            "volumes": ["*"]}


def policy(name, **spec):
    return {"apiVersion": "podgate.io/v1", "kind": "PodSecurityPolicy", "metadata": {"name": name},
            "spec": {**ANYTHING, **spec}}


def user(name):
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}


def account(namespace, name="default"):
    return {"kind": "ServiceAccount", "namespace": namespace, "name": name}


def pod(name="p", containers=None, **spec):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
            "spec": {"containers": containers or [{"name": "c", "image": "i"}], **spec}}


def review(body, namespace, who="alice", groups=("system:authenticated",)):
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": {"uid": "u", "kind": {"group": "", "version": "v1", "kind": "Pod"},
                        "resource": {"group": "", "version": "v1", "resource": "pods"},
                        "name": body["metadata"].get("name", ""), "namespace": namespace,
                        "operation": "CREATE", "object": body,
                        "userInfo": {"username": who, "groups": list(groups)}}}


def wait_until(what, seconds=SECONDS_MAX, why="what was waited for did not come"):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise AssertionError(why() if callable(why) else why)
        time.sleep(0.01)


class Hook:
    """One `podgate serve`."""

    def __init__(self, program, folder, authority, kubeconfig, *arguments, port=0):
        self.folder = folder
        self.authority = authority
        self.mine = threading.local()
        self.lines = []
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:%d" % port, "--tls-cert-file", "hook.crt",
             "--tls-private-key-file", "hook.key", "--kubeconfig", kubeconfig, *arguments],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, env={**os.environ, "HOME": folder})
        for line in self.process.stderr:
            self.lines.append(line)
            match = re.search(r"listening on https://127\.0\.0\.1:(\d+)", line)
            if match:
                self.port = int(match.group(1))
                break
        else:
            raise AssertionError("podgate serve does not listen: " + "".join(self.lines))
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def call(self, method, path, body=None):
        for fresh in (False, True):
            if fresh or not hasattr(self.mine, "connection"):
                self.mine.connection = http.client.HTTPSConnection(
                    "127.0.0.1", self.port, timeout=SECONDS_MAX,
                    context=ssl.create_default_context(cafile=self.authority))
            try:
                self.mine.connection.request(method, path, body)
                answer = self.mine.connection.getresponse()
                return answer.status, answer.read().decode()
            except (http.client.HTTPException, OSError):
                self.mine.connection.close()
                if fresh:
                    raise
        return None

    def decide(self, path, body):
        status, text = self.call("POST", path, json.dumps(body))
        assert status == 200, (status, text)
        return json.loads(text)["response"]

    def metric(self, name):
        found = re.search(r"^%s (\S+)$" % re.escape(name), self.call("GET", "/metrics")[1], re.M)
        return float(found.group(1)) if found else 0.0

    def wait_ready(self):
        wait_until(lambda: self.call("GET", "/readyz")[0] == 200,
                   why=lambda: self.call("GET", "/readyz")[1] + "".join(self.lines))

    def wait_behind(self):
        """Until it has noticed that the API server is away."""
        wait_until(lambda: self.metric("podgate_cluster_behind_seconds") > 0)

    def wait_caught_up(self):
        wait_until(lambda: self.metric("podgate_cluster_behind_seconds") == 0,
                   why=lambda: "".join(self.lines))

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stderr.close()

    def end(self):
        """What was wrong with how it ran, or ""."""
        if self.process.returncode is not None:
            return ""
        self.process.terminate()
        try:
            status = self.process.wait(SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.reader.join()
        self.process.stderr.close()
        log = "".join(self.lines)
        if status != 0 or "runtime error:" in log or "Sanitizer" in log:
            return "podgate serve ended with status %d\n%s" % (status, log[-4000:])
        return ""


class World:
    """A real cluster, podgate before it, and who asks."""

    def __init__(self, real, program):
        self.real = real
        self.program = program
        self.folder = real.folder
        self.client = Client(real)
        self.hooks = []
        self.marks = 0
        self.make_certificate()

    def make_certificate(self):
        self.authority = os.path.join(self.folder, "hook.crt")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                        os.path.join(self.folder, "hook.key"), "-out", self.authority, "-subj",
                        "/CN=podgate", "-days", "2", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                       check=True, stderr=subprocess.DEVNULL)

    def serve(self, *arguments, kubeconfig=None, port=0):
        hook = Hook(self.program, self.folder, self.authority,
                    kubeconfig or self.real.kubeconfigs["admin"], *arguments, port=port)
        self.hooks.append(hook)
        return hook

    # -- objects ------------------------------------------------------------------------------------

    def send(self, method, path, body=None, who="admin", headers=None):
        return self.client.send(method, path, headers, body, who)

    def make(self, path, body):
        """Creates an object, or puts it in the place of the one that is there."""
        status, _, answer = self.send("POST", path, body)
        if status == 409:
            place = path + "/" + body["metadata"]["name"]
            there = self.send("GET", place)[2]["metadata"]["resourceVersion"]
            status, _, answer = self.send(
                "PUT", place, {**body, "metadata": {**body["metadata"], "resourceVersion": there}})
        if status not in (200, 201):
            raise AssertionError("%s: %s" % (path, json.dumps(answer)[:1500]))
        return answer

    def namespace(self, name, labels=None):
        self.make("/api/v1/namespaces", {"metadata": {"name": name, "labels": labels or {}}})
        self.make("/api/v1/namespaces/%s/serviceaccounts" % name, {
            "metadata": {"name": "default"}, "automountServiceAccountToken": False})

    def allow(self, name, subject, namespace=None, resource="podsecuritypolicies", verbs=("use",),
              group="policy", names=None):
        """RBAC for a policy, or anything else: a role and its binding."""
        kind = "Role" if namespace else "ClusterRole"
        where = RBAC + ("/namespaces/" + namespace if namespace else "")
        lower = "roles" if namespace else "clusterroles"
        rule = {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}
        if names:
            rule["resourceNames"] = list(names)
        self.make("%s/%s" % (where, lower), {"metadata": {"name": name}, "rules": [rule]})
        self.make("%s/%sbindings" % (where, lower[:-1]), {
            "metadata": {"name": name}, "subjects": [subject],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}})

    def install(self):
        self.make("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", CRD)
        wait_until(lambda: self.send("GET", POLICIES)[0] == 200)

    def settle(self, *hooks):
        """Until all that was made before is known to podgate: each kind's events come in their order,
        and here is a last one of each."""
        self.marks += 1
        name = "mark-%d" % self.marks
        self.namespace(name, {APART: ""})
        self.make(POLICIES, policy(name))
        self.allow(name, user(name + "-a"), names=[name])
        self.allow(name, user(name + "-b"), namespace=name, names=[name])
        for hook in hooks or self.hooks:
            for who in ("-a", "-b"):
                wait_until(lambda hook=hook, who=who: hook.decide(
                    "/mutate", review(pod(), name, name + who))["allowed"],
                    why=lambda hook=hook: "not seen: %s %s" % (name, "".join(hook.lines)))
        self.send("DELETE", POLICIES + "/" + name)
        self.send("DELETE", RBAC + "/clusterrolebindings/" + name)

    # -- webhooks -----------------------------------------------------------------------------------

    def entry(self, port, path, rules, name=WEBHOOK, **more):
        with open(self.authority, "rb") as file:
            bundle = base64.b64encode(file.read()).decode()
        return {"name": name, "rules": rules, "sideEffects": "None", "failurePolicy": "Fail",
                "admissionReviewVersions": ["v1"], "timeoutSeconds": 10,
                "clientConfig": {"url": "https://127.0.0.1:%d%s" % (port, path), "caBundle": bundle},
                "namespaceSelector": {"matchExpressions": [{"key": APART, "operator": "DoesNotExist"}]},
                **more}

    def register(self, port):
        self.make(HOOKS + "/mutatingwebhookconfigurations", {
            "metadata": {"name": "podgate"},
            "webhooks": [self.entry(port, "/mutate", PODS, reinvocationPolicy="IfNeeded")]})
        self.make(HOOKS + "/validatingwebhookconfigurations", {
            "metadata": {"name": "podgate"},
            "webhooks": [self.entry(port, "/validate", PODS + WORKLOADS)]})
        self.wait_registered(port)

    def wait_registered(self, port):
        """The API server learns of its webhooks by a watch of its own."""
        hook = next((hook for hook in self.hooks if hook.port == port), None)
        probe = {"metadata": {"name": "probe"}, "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod()["spec"]}}}
        asks = {"mutate": lambda: self.create(pod("probe"), "default"),
                "validate": lambda: self.send(
                    "POST", "/apis/apps/v1/namespaces/default/deployments?dryRun=All", probe)}
        for phase, ask in asks.items() if hook else ():
            before = hook.metric(SEEN % phase)
            wait_until(lambda phase=phase, ask=ask, before=before: ask() and
                       hook.metric(SEEN % phase) > before)

    def unregister(self):
        for kind in ("mutating", "validating"):
            self.send("DELETE", "%s/%swebhookconfigurations/podgate" % (HOOKS, kind))

    # -- asking -------------------------------------------------------------------------------------

    def create(self, body, namespace, who="admin", dry_run=True, groups=()):
        """Sends a pod; status, headers, answer."""
        identity = who if who == "admin" else {"user": who, "groups": list(groups)}
        return self.send("POST", "/api/v1/namespaces/%s/pods%s" %
                         (namespace, "?dryRun=All" if dry_run else ""), body, identity)

    def kubectl(self, *arguments, stdin=None, version="1.32"):
        done = subprocess.run([clients.find(version), "--kubeconfig", self.real.kubeconfigs["admin"],
                               *arguments], input=stdin, text=True, capture_output=True, check=False,
                              env={**os.environ, "HOME": self.folder}, timeout=SECONDS_MAX)
        return done.returncode, done.stdout, done.stderr

    def end(self):
        trouble = [hook.end() for hook in self.hooks]
        self.hooks = []
        return "\n".join(filter(None, trouble))


SEEN = 'podgate_review_duration_seconds_count{phase="%s"}'
