# SPDX-License-Identifier: Apache-2.0
"""What `podgate install` makes, in a real cluster: its definition, its webhooks; then rights that the API
server is asked for, Events, and a definition that goes and comes."""

import json
import os
import random
import subprocess
import time

from hooks import APART, POLICIES, RBAC, account, pod, policy, review, user, wait_until
from use import PRIVILEGED, contains, deployment, equal

ASKS = ("--authorizer", "subjectaccessreview", "--authorizer-cache-authorized-ttl", "0",
        "--authorizer-cache-unauthorized-ttl", "0")
REVIEWS = 300
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
NAME = "podsecuritypolicies.podgate.io"
AUDIT = """\
apiVersion: podgate.io/v1
kind: Enforcement
modes: {podSecurityPolicy: audit}
"""
INVALID = 'The PodSecurityPolicy "bad" is invalid: '


class Installed:
    def __init__(self, world, hook):
        self.world, self.hook = world, hook

    def podgate(self, *arguments):
        done = subprocess.run([self.world.program, *arguments, "--kubeconfig",
                               self.world.real.kubeconfigs["admin"]], text=True, capture_output=True,
                              check=False, env={**os.environ, "HOME": self.world.folder}, timeout=120)
        equal((0, done.stderr), (done.returncode, done.stderr))
        return done.stderr

    def apply(self, body):
        return self.world.kubectl("apply", "-f", "-", stdin=json.dumps(body))

    # -- tests --------------------------------------------------------------------------------------

    def install(self):
        """In the place of the definition that is there, with the schema that it really has."""
        said = self.podgate("install", "--webhook-url", "https://127.0.0.1:%d" % self.hook.port,
                            "--ca-file", self.world.authority)
        contains("CustomResourceDefinition %s applied" % NAME, said)
        schema = self.world.send("GET", CRDS + "/" + NAME)[2]["spec"]["versions"][0]["schema"]
        equal(False, "x-kubernetes-preserve-unknown-fields" in schema["openAPIV3Schema"])
        self.world.wait_registered(self.hook.port)

    def invalid_policies(self):
        """Refused when they are applied: types by the schema, the rest by podgate."""
        rows = [
            ({"runAsUser": {"rule": "Nobody"}}, INVALID + 'spec.runAsUser.rule: Unsupported value: "Nobody": '
             'supported values: "MustRunAs", "MustRunAsNonRoot", "RunAsAny"'),
            ({"fsGroup": {"rule": "MustRunAs", "ranges": [{"min": 9, "max": 5}]}},
             INVALID + "spec.fsGroup.ranges[0].min: Invalid value: 9: min cannot be greater than max"),
            ({"privileged": "yes"}, "spec.privileged: Invalid value"),
            ({"requiredDropCapabilities": ["KILL"], "allowedCapabilities": ["KILL"]},
             'capability is listed in allowedCapabilities and requiredDropCapabilities'),
        ]

        def refused(spec):
            status, _, err = self.apply(policy("bad", **spec))
            return err if status == 1 else None
        # the API server learns of its webhooks by a watch
        wait_until(lambda: refused(rows[0][0]), why="an invalid policy was not refused")
        for spec, message in rows:
            contains(message, refused(spec) or "")
        self.world.send("DELETE", POLICIES + "/bad")
        status, out, err = self.apply(policy("good"))
        equal((0, "podsecuritypolicy.podgate.io/good created\n", ""), (status, out, err))
        # an edit that breaks it is refused, too, and what was in force stays
        contains(INVALID.replace("bad", "good"), self.apply(policy("good", runAsUser={"rule": "Nobody"}))[2])

    def asked(self):
        """Two webhooks of the same cluster, one by its RBAC and one that asks the API server: the same
        answers."""
        asking = self.world.serve(*ASKS)
        asking.wait_ready()
        chance = random.Random(7)
        self.world.namespace("asked")
        for number in range(8):
            name = "a-%d" % number
            self.world.make(POLICIES, policy(name, **chance.choice([
                {"privileged": True}, {"fsGroup": {"rule": "MustRunAs", "ranges": [{"min": 5, "max": 9}]}},
                {}, {"readOnlyRootFilesystem": True}])))
            subject = chance.choice([user("ann"), user("ben"), account("asked"), account("asked", "other"),
                                     {**user("devs"), "kind": "Group"}])
            self.world.allow("asked-" + name, subject, chance.choice([None, "asked"]),
                             group=chance.choice(["policy", "extensions", "podgate.io"]), names=[name])
        self.world.settle(self.hook, asking)
        differing, allowed = [], 0
        for number in range(REVIEWS):
            containers = chance.choice([None, PRIVILEGED, [
                {"name": "c", "image": "i", "securityContext": {"readOnlyRootFilesystem": True}}]])
            body = pod("p", containers, serviceAccountName=chance.choice(["default", "other", "third"]))
            asked = review(body, "asked", chance.choice(["ann", "ben", "cid"]),
                           chance.choice([("system:authenticated",), ("devs", "system:authenticated")]))
            path = chance.choice(["/mutate", "/validate"])
            one, two = self.hook.decide(path, asked), asking.decide(path, asked)
            allowed += one["allowed"]
            if one != two:
                differing.append((path, asked, one, two))
        print("# %d reviews, %d allowed; %d questions were asked of the API server" % (
            REVIEWS, allowed, asking.metric("podgate_access_cache_misses_total")))
        equal([], differing[:1])
        if not REVIEWS / 20 < allowed < REVIEWS * 19 / 20:
            raise AssertionError("nothing was compared")
        equal("", asking.end())

    def events(self):
        """In the mode audit pods are made, and the Deployment is told."""
        with open(os.path.join(self.world.folder, "audit.yaml"), "w", encoding="utf-8") as out:
            out.write(AUDIT)
        telling = self.world.serve("--enforcement", "audit.yaml", "--events", "on", *ASKS)
        telling.wait_ready()
        self.world.register(telling.port)
        self.world.namespace("told")
        self.world.make("/apis/apps/v1/namespaces/told/deployments",
                        deployment("web", [{"name": "c", "image": "i"}]))

        def told():
            found = self.world.send("GET", "/api/v1/namespaces/told/events")[2]["items"]
            return [one for one in found if one["reason"] == "PodgateWouldRefuse"]
        wait_until(told, why=lambda: "no event: " + "".join(telling.lines))
        event = told()[0]
        owner = self.world.send("GET", "/apis/apps/v1/namespaces/told/deployments/web")[2]["metadata"]
        equal(("Deployment", "web", owner["uid"], "Warning"),
              (event["involvedObject"]["kind"], event["involvedObject"]["name"],
               event["involvedObject"]["uid"], event["type"]))
        contains("would be refused, were podSecurityPolicy enforced: pods \"web-", event["message"])
        pods = self.world.send("GET", "/api/v1/namespaces/told/pods")[2]["items"]
        equal(1, len(pods))
        described = self.world.kubectl("-n", "told", "describe", "deployment", "web")[1]
        contains("PodgateWouldRefuse", described)
        self.world.register(self.hook.port)
        equal("", telling.end())

    def definition(self):
        """It goes, with its policies, and comes again: how long until podgate knows is printed."""
        only = self.world.serve("--policies", "podgate.io")
        only.wait_ready()
        self.world.namespace("again", {APART: ""})
        self.world.allow("again", user("alice"), "again", names=["again"])
        whole = self.world.send("GET", CRDS + "/" + NAME)[2]
        definition = {"apiVersion": whole["apiVersion"], "kind": whole["kind"],
                      "metadata": {"name": NAME}, "spec": whole["spec"]}
        taken = []
        for _ in range(3):
            self.world.send("DELETE", CRDS + "/" + NAME)
            wait_until(lambda: self.world.send("GET", CRDS + "/" + NAME)[0] == 404)
            wait_until(lambda: not self.decides(only))
            self.world.send("POST", CRDS, definition)

            def make():
                return self.world.send("POST", POLICIES, policy("again"))[0] == 201
            wait_until(make)
            began = time.monotonic()
            wait_until(lambda: self.decides(only))
            taken.append(time.monotonic() - began)
        print("# a policy of a new definition is in force after %.0f ms at most" % (max(taken) * 1000))
        equal("", only.end())

    def decides(self, hook):
        return hook.decide("/mutate", review(pod(), "again"))["allowed"]

    def uninstall(self):
        self.install()  # what the tests registered is not its own
        self.podgate("uninstall")
        for kind in ("mutating", "validating"):
            path = "/apis/admissionregistration.k8s.io/v1/%swebhookconfigurations/podgate" % kind
            equal(404, self.world.send("GET", path)[0])
        equal(200, self.world.send("GET", RBAC + "/clusterroles")[0])

    def tests(self):
        named = [("install", self.install), ("invalid policies", self.invalid_policies),
                 ("rights that are asked for", self.asked), ("events", self.events),
                 ("a definition that goes and comes", self.definition), ("uninstall", self.uninstall)]
        return [("installed: " + name, lambda test=test: test() or "") for name, test in named]


def run(world, tap, hook):
    for name, test in Installed(world, hook).tests():
        tap.run(name, test)
