# SPDX-License-Identifier: Apache-2.0
"""A current API server with `podgate serve` before it, asked what the last one with PodSecurityPolicy was
asked: what it says by itself is told apart from what podgate says."""

import copy
import json
import os
import re
import subprocess

from answers import compare, show_apart
from hooks import POLICIES as CUSTOM, World, wait_until
from psp_compare import Comparison, in_one_order, is_ephemeral, is_host_process
from psp_rounds import POLICIES
from real import RealCluster


class Current:
    """Sends requests of 1.24 as they are now: policies are of podgate's group, and nothing is replaced
    but by its version."""

    def __init__(self, client):
        self.client = client

    def send(self, method, path, headers=None, body=None, who="admin"):
        if path.startswith(POLICIES):
            path = CUSTOM + path.removeprefix(POLICIES)
            if body is not None:
                body = {**body, "apiVersion": "podgate.io/v1", "kind": "PodSecurityPolicy"}
            if method == "PUT":
                status, _, there = self.client.send("GET", path)
                if status == 200:
                    version = there["metadata"]["resourceVersion"]
                    body["metadata"] = {**body["metadata"], "resourceVersion": version}
        return self.client.send(method, path, headers, body, who)


# -- what a current server does by itself --------------------------------------------------------------

SECCOMP = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_OF = "container.seccomp.security.alpha.kubernetes.io/"
# How the current server refuses what 1.24 took.
NEW_RULES = ("`hostUsers` must be false to use `Unmasked`", "may not be specified when 'hostNetwork' is true")


def profile(context):
    """A seccomp profile as annotations say it."""
    found = (context or {}).pop("seccompProfile", None)
    if not found:
        return None
    if found["type"] == "Localhost":
        return "localhost/" + found["localhostProfile"]
    return {"RuntimeDefault": "runtime/default", "Unconfined": "unconfined"}[found["type"]]


def profiles(spec, annotations):
    """By where it counts. 1.24 copied annotations into fields and fields into annotations, which no
    server does any more; taken out of both."""
    containers = [one for name in ("initContainers", "containers", "ephemeralContainers")
                  for one in spec.get(name) or []]
    out = {}
    for where, holder in [(SECCOMP, spec), *((SECCOMP_OF + one["name"], one) for one in containers)]:
        field = profile(holder.get("securityContext"))
        said = annotations.pop(where, field)
        if said:
            out[where] = said
    return out


def of_pod(body):
    """What policies decide about and what they change. AppArmor's annotations are fields, too, since
    1.30: the server copies them."""
    body = copy.deepcopy(body)
    metadata, spec = body["metadata"], body["spec"]
    annotations = metadata.get("annotations") or {}
    containers = [*spec["containers"], *(spec.get("initContainers") or [])]
    for one in containers:
        (one.get("securityContext") or {}).pop("appArmorProfile", None)
    found = profiles(spec, annotations)
    for volume in spec.get("volumes") or []:
        # Written even where it is not known, until 1.34.
        volume.get("ephemeral", {}).get("volumeClaimTemplate", {}).get("metadata", {}).pop("creationTimestamp", None)
    for one in containers:
        if one.get("securityContext") == {}:
            del one["securityContext"]
    return {"seccomp": found, "annotations": annotations, "labels": metadata.get("labels"), "spec": spec}


# By podgate, for the API server: what it said itself follows.
DENIED = re.compile(r'admission webhook "(pods|policies)\.podgate\.io" denied the request: ')


def verdict(answer):
    """Status and words; of a policy without its group, which is another now."""
    status, _, body = answer
    message = re.sub(r"^PodSecurityPolicy\.[a-z.]+ ", "PodSecurityPolicy ", DENIED.sub("", body.get("message", "")))
    # The name that 1.24 made this when it copied the annotation into the field.
    message = message.replace(": docker/default is not", ": runtime/default is not")
    return {"status": status, "reason": body.get("reason"), "message": message}


def is_denied(answer):
    return bool(DENIED.match(answer[2].get("message", "")))


def is_same_in_any_order(step, real, ours):
    """What several policies said, in the order of a Go map."""
    del step
    return real[0] == 403 and in_one_order(verdict(real)) == in_one_order(verdict(ours))


def is_new_rule(step, real, ours):
    """Refused by the current server alone, for what it is."""
    del step
    causes = ours[2].get("details", {}).get("causes") if ours[0] == 422 and not is_denied(ours) else None
    return real[0] in (200, 201) and bool(causes) and all(
        any(rule in cause["message"] for rule in NEW_RULES) for cause in causes)


class ServeComparison(Comparison):
    documented_rules = (is_host_process, is_ephemeral, is_same_in_any_order, is_new_rule)

    def differences(self, one, real, ours):
        if real[0] == ours[0] == 404 or real[0] == ours[0] == 422 and not is_denied(ours):
            return []  # in the words of either version
        if real[0] < 300 and ours[0] < 300:
            is_pod = real[2]["kind"] == "Pod"
            return compare(of_pod(real[2]), of_pod(ours[2]), "pod") if is_pod else []
        said = verdict(real), verdict(ours)
        return [("verdict", show_apart(*map(json.dumps, said)))] if said[0] != said[1] else []


class Cluster:
    """The server, podgate, and the webhooks as `podgate install` registers them."""

    def __init__(self, program, target):
        self.real = RealCluster(None, controllers=False, durable=False, flags=("--allow-privileged=true",))
        try:
            self.world = World(self.real, program)
            hook = self.world.serve("--kubernetes-version", target)
            hook.wait_ready()
            self.install(hook)
        except BaseException:
            self.end()
            raise
        self.client = Current(self.world.client)

    def install(self, hook):
        done = subprocess.run(
            [self.world.program, "install", "--webhook-url", "https://127.0.0.1:%d" % hook.port, "--ca-file",
             self.world.authority, "--kubeconfig", self.real.kubeconfigs["admin"]], text=True,
            capture_output=True, check=False, env={**os.environ, "HOME": self.world.folder}, timeout=120)
        if done.returncode:
            raise AssertionError("podgate install: " + done.stderr)
        wait_until(lambda: self.world.send("GET", CUSTOM)[0] == 200, why="policies are not served")
        # What controllers would have made, for the pod that asks whether podgate is asked.
        self.world.make("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
        self.world.wait_registered(hook.port)

    def end(self):
        trouble = self.world.end() if hasattr(self, "world") else ""
        self.real.end()
        return trouble

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.trouble = self.end()
