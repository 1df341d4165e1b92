# SPDX-License-Identifier: Apache-2.0
"""The recorded PodSecurityPolicy cases, put to a current API server that has podgate before it.

A case is skipped where a current server cannot express it: it refuses the pod itself, or has another
form for what the pod says. All of a kind are made beforehand and asked about after, as the policies
of one case are nothing to the users of another; those that grant to everybody are asked alone.
"""

import copy
import json
import lzma
import os
import re

from hooks import DENIED, HERE, POLICIES, RBAC, wait_until

CASES = os.path.join(HERE, "..", "conformance", "cases")
PATHS = {"Namespace": "/api/v1/namespaces", "ServiceAccount": "/api/v1/namespaces/%s/serviceaccounts",
         "Secret": "/api/v1/namespaces/%s/secrets", "PodSecurityPolicy": POLICIES,
         "Role": RBAC + "/namespaces/%s/roles", "RoleBinding": RBAC + "/namespaces/%s/rolebindings",
         "ClusterRole": RBAC + "/clusterroles", "ClusterRoleBinding": RBAC + "/clusterrolebindings",
         "RuntimeClass": "/apis/node.k8s.io/v1/runtimeclasses"}
ORDER = list(PATHS)
OLD_ANNOTATIONS = re.compile(r"(seccomp\.security\.alpha|container\.seccomp\.security\.alpha|"
                             r"container\.apparmor\.security\.beta)\.kubernetes\.io")
TEXT_MAX = 1500
POLICIES_KNOWN = 'podgate_snapshot_objects{of="policies"}'


def read_cases():
    """Those about pods."""
    for name in sorted(os.listdir(CASES)):
        if name.startswith("psp-") and name.endswith(".xz"):
            with lzma.open(os.path.join(CASES, name), "rt", encoding="utf-8") as lines:
                for line in lines:
                    case = json.loads(line)
                    request = case["request"]
                    if request["operation"] != "HTTP" and request["object"].get("kind") in (
                            "Pod", "EphemeralContainers"):
                        yield case


def lacking(case):
    """Why a current server has no way to say this, or ""."""
    if case["request"].get("subresource"):
        return "pods/ephemeralcontainers takes pods now"
    if case.get("featureGates"):
        return "feature gates of 1.20"
    if not case["request"].get("namespace"):
        return "no namespace"
    if OLD_ANNOTATIONS.search(json.dumps(case["request"])):
        return "annotations that are fields now"
    if '"supplementalGroups": []' in json.dumps(case["request"]):
        return "an empty list that is not sent on to webhooks"
    if '"default-token-' in json.dumps(case["objects"]):
        return "tokens were secrets"
    if case["expect"]["code"] in (400, 422):
        return "refused for what it is, not by a policy"
    return ""


def reaches_others(case):
    """Whether who asks may use policies of other cases, or others those of this."""
    if not any(one["kind"] == "PodSecurityPolicy" for one in case["objects"]):
        return True
    if "no providers available" in case["expect"].get("message", ""):
        return True
    if "system:masters" in case["request"]["groups"]:
        return True
    for one in case["objects"]:
        if one["kind"] in ("ClusterRoleBinding", "RuntimeClass"):
            return True
        if one["kind"] == "RoleBinding" and one["roleRef"]["name"] in ("cluster-admin", "admin"):
            return True
        if one["kind"] in ("Role", "ClusterRole") and any(
                not rule.get("resourceNames") for rule in one.get("rules") or []
                if {"*", "podsecuritypolicies"} & set(rule.get("resources") or [])):
            return True
    return False


def path_of(one):
    path = PATHS[one["kind"]]
    return path % one["metadata"]["namespace"] if "%s" in path else path


def make(world, case):
    for one in sorted(case["objects"], key=lambda o: ORDER.index(o["kind"])):
        one = copy.deepcopy(one)
        if one["kind"] == "PodSecurityPolicy":
            one["apiVersion"] = "podgate.io/v1"
        if one["metadata"].get("name") == "edit" and one["kind"] == "ClusterRole":
            continue
        world.make(path_of(one), one)
    old = case["request"].get("oldObject")
    if old:
        world.make("/api/v1/namespaces/%s/pods" % case["request"]["namespace"], old)


def unmake(world, case):
    """What other cases would see of it."""
    for one in case["objects"]:
        if "%s" not in PATHS[one["kind"]] and one["kind"] not in ("Namespace", "RuntimeClass"):
            world.send("DELETE", path_of(one) + "/" + one["metadata"]["name"])


def ask(world, case):
    request = case["request"]
    namespace, body = request["namespace"], request["object"]
    identity = {"user": request["user"], "groups": request["groups"]}
    path = "/api/v1/namespaces/%s/pods" % namespace
    if request["operation"] == "UPDATE":
        path += "/" + body["metadata"]["name"]
    return world.send("PUT" if request["operation"] == "UPDATE" else "POST", path + "?dryRun=All", body,
                      identity)


def without_new_form(container):
    """AppArmor's annotation is a field, too, in a current server; seccomp's is none any more."""
    context = container.get("securityContext")
    if context is not None:
        context.pop("appArmorProfile", None)
        context.pop("seccompProfile", None)
        if not context:
            del container["securityContext"]


def comparable(found, has_old_annotations, mirrors):
    """Of a pod what policies decide and what they change. 1.20 wrote fields for seccomp to annotations,
    too: mirrors."""
    spec = copy.deepcopy(found["spec"])
    if has_old_annotations:
        for container in [spec, *spec["containers"], *spec.get("initContainers", [])]:
            without_new_form(container)
    annotations = {key: value for key, value in (found["metadata"].get("annotations") or {}).items()
                   if not (mirrors and "seccomp" in key)}
    return {"annotations": annotations, "spec": spec}


def differences(where, want, have):
    if isinstance(want, dict) and isinstance(have, dict):
        for key in sorted(set(want) | set(have)):
            yield from differences(where + "." + key, want.get(key), have.get(key))
    elif isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        for number, pair in enumerate(zip(want, have)):
            yield from differences("%s[%d]" % (where, number), *pair)
    elif want != have:
        yield "%s: recorded %s, stored %s" % (where, json.dumps(want), json.dumps(have))


def judge(case, answer):
    """(why it fails, why it is skipped)"""
    status, _, body = answer
    expect = case["expect"]
    message = body.get("message", "") if isinstance(body, dict) else str(body)
    if status >= 400 and not message.startswith(DENIED):
        return ("", "refused by the server itself: " + message[:160]) if status in (400, 403, 422) else (
            "%d %s" % (status, message), "")
    if status != expect["code"]:
        return "%d instead of %d: %s\n  recorded: %s" % (
            status, expect["code"], message[:TEXT_MAX], expect.get("message", "")[:TEXT_MAX]), ""
    if status >= 400:
        want, have = expect["message"], message.removeprefix(DENIED)
        same = want == have or (expect.get("messageIsPrefix") and have.startswith(want)) or (
            "messageAlternatives" in expect and sorted(re.split(r"[\[\], ]+", want)) ==
            sorted(re.split(r"[\[\], ]+", have)))
        if not same or body.get("reason") != expect["reason"]:
            return "recorded: %s\n  answered: %s" % (want[:TEXT_MAX], message[:TEXT_MAX]), ""
        return "", ""
    old = bool(OLD_ANNOTATIONS.search(json.dumps(expect["object"])))
    mirrors = "seccompProfile" in json.dumps(case["request"]["object"])
    return "\n".join(differences("", comparable(expect["object"], old, mirrors),
                                 comparable(body, old, mirrors))), ""


class Recorded:
    """make() before the webhook is registered, as old pods are to be admitted by nobody; then run()."""

    def __init__(self, world, tap, pool):
        self.world, self.tap, self.pool = world, tap, pool
        self.cases = list(read_cases())
        self.together, self.alone = [], []
        for case in self.cases:
            if not lacking(case):
                (self.alone if reaches_others(case) else self.together).append(case)

    def make(self):
        list(self.pool.map(lambda case: make(self.world, case), self.together))
        for case in self.alone:
            make(self.world, case)
            unmake(self.world, case)

    def report(self, case, answer):
        why, skip = judge(case, answer)
        self.tap.report("recorded " + case["id"], why, skip)

    def run(self, hook):
        for case in self.cases:
            why = lacking(case)
            if why:
                self.tap.report("recorded " + case["id"], skip=why)
        answers = self.pool.map(lambda case: (case, ask(self.world, case)), self.together)
        for case, answer in answers:
            self.report(case, answer)
        for case in self.together:
            unmake(self.world, case)
        for case in self.alone:
            make_again(self.world, case)
            self.world.settle()
            count = sum(one["kind"] == "PodSecurityPolicy" for one in case["objects"])
            wait_until(lambda count=count: hook.metric(POLICIES_KNOWN) == count)
            self.report(case, ask(self.world, case))
            unmake(self.world, case)


def make_again(world, case):
    """The objects that unmake() took away."""
    for one in case["objects"]:
        if "%s" not in PATHS[one["kind"]] and one["kind"] != "Namespace":
            one = {**one, "apiVersion": "podgate.io/v1"} if one["kind"] == "PodSecurityPolicy" else one
            world.make(path_of(one), one)
