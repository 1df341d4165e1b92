# SPDX-License-Identifier: Apache-2.0
"""What users and controllers of a cluster see that has podgate before it: kubectl, events, mutation."""

import base64
import http.server
import json
import os
import ssl
import statistics
import threading
import time

from hooks import APART, DENIED, HOOKS, POLICIES, SEEN, RBAC, account, pod, policy, user, wait_until

EDITS = 20
PAIRS = 100
EDIT_SECONDS_MAX = 1.0
TIGHT = {"privileged": False, "requiredDropCapabilities": ["KILL"], "allowPrivilegeEscalation": False,
         "runAsUser": {"rule": "MustRunAs", "ranges": [{"min": 1000, "max": 2000}]},
         "fsGroup": {"rule": "MustRunAs", "ranges": [{"min": 5, "max": 9}]}}
REFUSED = 'PodSecurityPolicy: unable to admit pod: [spec.containers[0].securityContext.privileged: ' \
          'Invalid value: true: Privileged containers are not allowed]'
PRIVILEGED = [{"name": "c", "image": "i", "securityContext": {"privileged": True}}]


def equal(want, have):
    if want != have:
        raise AssertionError("expected %r\n  found %r" % (want, have))


def contains(part, whole):
    if part not in whole:
        raise AssertionError("expected %r\n  in %r" % (part, whole))


def deployment(name, containers):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}},
                     "template": {"metadata": {"labels": {"app": name}},
                                  "spec": {"containers": containers}}}}


class Use:
    """A namespace, a policy that alice and its service accounts may use, another that nobody may."""

    def __init__(self, world, hook):
        self.world, self.hook = world, hook
        world.namespace("use")
        world.namespace("bare")
        world.make(POLICIES, policy("tight", **TIGHT))
        world.make(POLICIES, policy("loose", privileged=True))
        world.allow("use-tight", user("alice"), "use", names=["tight"])
        for who in ("alice", "bob"):
            for namespace in ("use", "bare"):
                world.make("%s/namespaces/%s/rolebindings" % (RBAC, namespace), {
                    "metadata": {"name": "edit-" + who}, "subjects": [user(who)],
                    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                                "name": "edit"}})
        world.settle(hook)

    def apply(self, who, body, namespace="use", *more, version="1.32"):
        return self.world.kubectl("--as", who, "-n", namespace, "create", "-f", "-", *more,
                                  stdin=json.dumps(body), version=version)

    def stored(self, name, namespace="use"):
        status, _, answer = self.world.send("GET", "/api/v1/namespaces/%s/pods/%s" % (namespace, name))
        return answer if status == 200 else None

    # -- tests --------------------------------------------------------------------------------------

    def users(self):
        """Old RBAC of group policy decides; what it changes is stored."""
        status, out, err = self.apply("alice", pod("alices"))
        equal((0, "pod/alices created\n", ""), (status, out, err))
        found = self.stored("alices")
        equal("tight", found["metadata"]["annotations"]["kubernetes.io/psp"])
        equal({"fsGroup": 5}, found["spec"]["securityContext"])
        equal({"allowPrivilegeEscalation": False, "capabilities": {"drop": ["KILL"]}, "runAsUser": 1000},
              found["spec"]["containers"][0]["securityContext"])
        status, out, err = self.apply("alice", pod("bad", PRIVILEGED))
        equal((1, ""), (status, out))
        contains(DENIED + 'pods "bad" is forbidden: ' + REFUSED, err)
        status, _, err = self.apply("bob", pod("bobs"))
        equal(1, status)
        contains("unable to admit pod: []", err)
        equal(None, self.stored("bobs"))

    def old_kubectl(self):
        status, _, err = self.apply("alice", pod("bad", PRIVILEGED), version="1.20")
        equal(1, status)
        contains(REFUSED, err)

    def own_group(self):
        """`use` in podgate.io counts as that in policy does."""
        self.world.allow("use-own", user("bob"), "bare", group="podgate.io", names=["loose"])
        self.world.settle(self.hook)
        equal(0, self.apply("bob", pod("bobs", PRIVILEGED), "bare")[0])
        equal("loose", self.stored("bobs", "bare")["metadata"]["annotations"]["kubernetes.io/psp"])

    def dry_run(self):
        """The same answer, nothing stored."""
        status, _, answer = self.world.create(pod("dry"), "use", "alice")
        equal(201, status)
        equal({"fsGroup": 5}, answer["spec"]["securityContext"])
        equal("tight", answer["metadata"]["annotations"]["kubernetes.io/psp"])
        equal(None, self.stored("dry"))
        status, out, err = self.apply("alice", pod("dry"), "use", "--dry-run=server")
        equal((0, "pod/dry created (server dry run)\n", ""), (status, out, err))
        status, _, answer = self.world.create(pod("dry", PRIVILEGED), "use", "alice")
        equal(403, status)
        contains(REFUSED, answer["message"])

    def updates(self):
        """An old pod's labels may change; another image is decided anew."""
        containers = [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "1"}}}]
        equal(201, self.world.create(pod("changed", containers), "use", "alice", dry_run=False)[0])
        identity = {"user": "alice", "groups": []}
        patch = {"Content-Type": "application/merge-patch+json"}
        path = "/api/v1/namespaces/use/pods/changed"
        equal(200, self.world.send("PATCH", path, {"metadata": {"labels": {"a": "b"}}}, identity, patch)[0])
        ephemeral = [{"name": "e", "image": "i", "securityContext": {"privileged": True}}]
        strategic = {"Content-Type": "application/strategic-merge-patch+json"}
        self.world.allow("debug", user("alice"), "use", "pods/ephemeralcontainers",
                         ("patch", "update"), "")

        def debug():
            return self.world.send("PATCH", path + "/ephemeralcontainers",
                                   {"spec": {"ephemeralContainers": ephemeral}}, identity, strategic)
        wait_until(lambda: "cannot patch resource" not in debug()[2].get("message", ""))
        status, _, answer = debug()
        equal(403, status)
        contains("spec.ephemeralContainers[0].securityContext.privileged", answer["message"])
        # Nothing is changed in a pod that is there: the container has to say what the policy wants.
        ephemeral[0]["securityContext"] = {"runAsUser": 1000, "allowPrivilegeEscalation": False,
                                           "capabilities": {"drop": ["KILL"]}}
        status, _, answer = debug()
        equal((200, ""), (status, answer.get("message", "")))
        self.world.allow("resize", user("alice"), "use", "pods/resize", ("patch", "update"), "")
        before = self.hook.metric(SEEN % "mutate")

        def resize():
            return self.world.send("PATCH", path + "/resize", {"spec": {"containers": [
                {"name": "c", "resources": {"requests": {"cpu": "2"}}}]}}, identity, strategic)
        wait_until(lambda: "cannot patch resource" not in resize()[2].get("message", ""))
        status, _, answer = resize()
        equal((200, ""), (status, answer.get("message", "")))
        if self.hook.metric(SEEN % "mutate") <= before:
            raise AssertionError("resize was not reviewed")

    def deployments(self):
        """Its controller is refused until the pods' service account may use a policy."""
        status, out, err = self.apply("bob", deployment("web", [{"name": "c", "image": "i"}]))
        equal((0, "deployment.apps/web created\n"), (status, out))
        contains("Warning: pods of this Deployment would be refused: ", err)
        contains("PodSecurityPolicy: unable to admit pod: []", err)

        def event():
            events = self.world.send("GET", "/api/v1/namespaces/use/events")[2]["items"]
            return [one for one in events if one["reason"] == "FailedCreate" and
                    one["involvedObject"]["kind"] == "ReplicaSet"]
        wait_until(event, why="no FailedCreate event")
        contains("Error creating: " + DENIED + 'pods "web-', event()[0]["message"])
        contains("PodSecurityPolicy: unable to admit pod: []", event()[0]["message"])
        self.world.allow("accounts", account("use"), "use", names=["tight"])
        self.world.settle(self.hook)
        # Its controller waits longer and longer: a new template has it try at once.
        changed = deployment("web", [{"name": "c", "image": "j"}])
        equal(0, self.world.kubectl("-n", "use", "apply", "-f", "-", stdin=json.dumps(changed))[0])

        def pods():
            return self.world.send("GET", "/api/v1/namespaces/use/pods?labelSelector=app%3Dweb")[2]["items"]
        wait_until(pods, why="no pod of the deployment")
        equal("tight", pods()[0]["metadata"]["annotations"]["kubernetes.io/psp"])
        equal({"fsGroup": 5}, pods()[0]["spec"]["securityContext"])

    def warnings(self):
        """Those of Pod Security, which the server itself gives, too, come once."""
        self.world.namespace("warned", {"pod-security.kubernetes.io/warn": "restricted"})
        status, _, err = self.world.kubectl("-n", "warned", "create", "-f", "-",
                                            stdin=json.dumps(pod("w", PRIVILEGED)))
        equal((0, 1, 1), (status, err.count("Warning: would violate PodSecurity"), err.count("\n")))

    def edits(self):
        """A policy's edit is in force for the next pod within a second; how long it took is printed."""
        taken = []
        for number in range(EDITS):
            privileged = number % 2 == 0
            self.world.make(POLICIES, policy("tight", **{**TIGHT, "privileged": privileged,
                                                         "allowPrivilegeEscalation": True}))
            began = time.monotonic()
            wait_until(lambda wanted=privileged: (self.world.create(
                pod("e", PRIVILEGED), "use", "alice")[0] == 201) == wanted)
            taken.append(time.monotonic() - began)
        self.world.make(POLICIES, policy("tight", **TIGHT))
        self.world.settle(self.hook)
        print("# %d edits in force after %.0f ms in the median, %.0f ms at most" % (
            EDITS, statistics.median(taken) * 1000, max(taken) * 1000))
        if statistics.median(taken) > EDIT_SECONDS_MAX:
            raise AssertionError(str(taken))

    def latency(self):
        """What a pod's creation takes with podgate and without; printed, for the paired median."""
        self.world.namespace("aside", {APART: ""})
        pairs = []
        for _ in range(PAIRS):
            pair = []
            for namespace in ("aside", "use"):
                began = time.monotonic()
                equal(201, self.world.create(pod(), namespace)[0])
                pair.append(time.monotonic() - began)
            pairs.append(pair)
        print("# a pod takes %.2f ms, and %.2f ms more with podgate, /mutate and /validate" % (
            statistics.median(pair[0] for pair in pairs) * 1000,
            statistics.median(pair[1] - pair[0] for pair in pairs) * 1000))

    def reinvocation(self):
        """A webhook that comes after adds a container: podgate is asked again, and changes that, too."""
        sidecar = Sidecar(self.world)
        rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]
        self.world.make(HOOKS + "/mutatingwebhookconfigurations", {
            "metadata": {"name": "then-another"}, "webhooks": [self.world.entry(
                sidecar.port, "/", rules, "sidecar.example.com",
                namespaceSelector={"matchLabels": {"kubernetes.io/metadata.name": "use"}})]})
        try:
            def two():
                status, _, answer = self.world.create(pod("two"), "use", "alice")
                equal(201, status)
                return answer if len(answer["spec"]["containers"]) == 2 else None
            wait_until(two)
            before = self.hook.metric(SEEN % "mutate")
            answer = two()
            equal(2, self.hook.metric(SEEN % "mutate") - before)
            equal({"allowPrivilegeEscalation": False, "capabilities": {"drop": ["KILL"]},
                   "runAsUser": 1000}, answer["spec"]["containers"][1]["securityContext"])
            equal("tight", answer["metadata"]["annotations"]["kubernetes.io/psp"])
            sidecar.privileged = True
            status, _, answer = self.world.create(pod("two"), "use", "alice")
            equal(403, status)
            contains("spec.containers[1].securityContext.privileged", answer["message"])
        finally:
            self.world.send("DELETE", HOOKS + "/mutatingwebhookconfigurations/then-another")
            sidecar.server.shutdown()
        wait_until(lambda: len(self.world.create(pod("one"), "use", "alice")[2]["spec"]["containers"]) == 1)

    def tests(self):
        named = [("users", self.users), ("a kubectl of 1.20", self.old_kubectl),
                 ("RBAC of podgate.io", self.own_group), ("dry run", self.dry_run),
                 ("updates", self.updates), ("deployments", self.deployments),
                 ("warnings", self.warnings), ("edits", self.edits), ("latency", self.latency),
                 ("reinvocation", self.reinvocation)]
        return [("use: " + name, lambda test=test: test() or "") for name, test in named]


class Sidecar:
    """A mutating webhook that adds a container."""

    def __init__(self, world):
        sidecar = self
        self.privileged = False

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["request"]
                answer = {"uid": asked["uid"], "allowed": True}
                if len(asked["object"]["spec"]["containers"]) < 2:
                    added = {"name": "s", "image": "s", "terminationMessagePolicy": "File",
                             "imagePullPolicy": "Always", "terminationMessagePath": "/t"}
                    if sidecar.privileged:
                        added["securityContext"] = {"privileged": True}
                    patch = [{"op": "add", "path": "/spec/containers/-", "value": added}]
                    answer["patchType"] = "JSONPatch"
                    answer["patch"] = base64.b64encode(json.dumps(patch).encode()).decode()
                body = json.dumps({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
                                   "response": answer}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(world.authority, os.path.join(world.folder, "hook.key"))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def run(world, tap, hook):
    for name, test in Use(world, hook).tests():
        tap.run(name, test)
