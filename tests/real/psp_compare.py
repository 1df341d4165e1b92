# SPDX-License-Identifier: Apache-2.0
"""The last API server that had PodSecurityPolicy and another one, asked the same; what may differ."""

import collections
import concurrent.futures
import re

from answers import Normaliser, category, differences
from hooks import ANYTHING, wait_until
from psp_policies import RUNTIME_CLASSES, group, user
from psp_rounds import DRY, POLICIES, rbac_path

# -- what is known to differ --------------------------------------------------------------------------


def is_host_process(step, real, ours):
    """A container with the rights of its Windows node: the plugin never looked."""
    del real
    return "hostProcess" in str(step["body"]) + str(ours[2])


def is_ephemeral(step, real, ours):
    """The plugin let the subresource through unseen."""
    del real
    return step["path"].partition("?")[0].endswith("/ephemeralcontainers") and ours[0] == 403


def is_order(step, real, ours):
    """What several policies said, in the order of a Go map."""
    del step
    return real[0] == ours[0] == 403 and in_one_order(real[2]) == in_one_order(ours[2])


def in_one_order(status):
    """With the words of the reasons sorted."""
    said, bracket, reasons = status.get("message", "").partition(": [")
    return {**status, "message": said + bracket + " ".join(sorted(reasons.removesuffix("]").split(" ")))}


def without_addresses(value):
    """A struct in a message has addresses of the server's memory."""
    if isinstance(value, dict):
        return {key: without_addresses(sub) for key, sub in value.items()}
    if isinstance(value, list):
        return [without_addresses(sub) for sub in value]
    return re.sub(r"\(0x[0-9a-f]+\)", "(<address>)", value) if isinstance(value, str) else value


def is_group(step, real, ours):
    """Which of its groups an invalid policy is told of by: it depends on the Go that compiled the server."""
    del step
    return real[0] == ours[0] == 422 and in_old_group(real[2]) == ours[2]


def in_old_group(status):
    message = status.get("message", "").replace("PodSecurityPolicy.policy ", "PodSecurityPolicy.extensions ", 1)
    return {**status, "message": message, "details": {**status.get("details", {}), "group": "extensions"}}


class Comparison:
    """The two servers, and what they said."""

    documented_rules = (is_group, is_host_process, is_ephemeral, is_order)

    def __init__(self, real, ours, options):
        self.clients = [real, ours]
        self.tally = collections.defaultdict(list)
        self.options = options
        self.documented = collections.Counter()
        self.outcomes = collections.Counter()

    def ask(self, one):
        answers = []
        for client in self.clients:
            normaliser = Normaliser()
            status, headers, body = client.send(one["method"], one["path"], one["headers"], one["body"], one["who"])
            headers.pop("Content-Encoding", None)
            answers.append((status, normaliser.value(headers), without_addresses(normaliser.value(body))))
        return answers

    def differences(self, one, real, ours):
        """Pairs of where and what."""
        del one
        return differences(real, ours)

    def play(self, made, steps):
        """What was different, as text."""
        found = []
        for one in steps:
            real, ours = self.ask(one)
            self.count(made, one, real)
            if real[0] == ours[0] == 201 and one["path"] == made.pods_path() + DRY:
                made.admitted.append((one["body"], one["who"]))
            different = self.differences(one, real, ours)
            why = next((rule for rule in self.documented_rules if different and rule(one, real, ours)), None)
            if why:
                self.documented[why.__doc__] += 1
                continue
            for where, what in different:
                self.tally[category(one, where, what)].append((made.namespace, what, one))
                found.append("%s %s as %s: %s: %s\n    body %s" % (
                    one["method"], one["path"], one["who"], where, what, str(one["body"])[:1500]))
        return "\n".join(found)

    def count(self, made, one, answer):
        if one["path"].startswith(made.pods_path()):
            said = "admitted" if answer[0] < 300 else "refused"
            if answer[0] not in (200, 201, 403):
                said = "no valid pod" if answer[0] == 422 else "status %d" % answer[0]
            elif answer[0] == 403 and "PodSecurityPolicy" not in str(answer[2].get("message")):
                said = "refused by others"
            self.outcomes["update" if one["method"] == "PATCH" else "create", said] += 1

    def all_rounds(self, tap, name, rounds, steps):
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            tests = [("%s of round %d" % (name, one.number), lambda one=one: self.play(one, steps(one)))
                     for one in rounds]
            list(pool.map(lambda pair: tap.run(*pair), tests))

    # -- the real server learns of things by watches ---------------------------------------------------

    def send_all(self, *arguments, **more):
        for client in self.clients:
            client.send(*arguments, **more)

    def settle(self, mark):
        """Until admission has seen all that was made before, in both: each kind's events come in their
        order, and here is a last one of each."""
        self.make_mark(mark)
        self.wait_answer(mark, mark + "-a", 201)
        self.wait_answer(mark, mark + "-b", 201)
        self.send_all("DELETE", POLICIES + "/" + mark)
        # Or the administrator, who may use all, would be admitted by it.
        self.wait_answer(mark, mark + "-a", 403)

    def wait_answer(self, mark, who, status):
        body = {"metadata": {"name": "p"}, "spec": {
            "serviceAccountName": "default", "containers": [{"name": "c", "image": "i"}]}}
        for client in self.clients:
            last = []

            def answered(client=client, last=last):
                last[:] = client.send("POST", "/api/v1/namespaces/%s/pods%s" % (mark, DRY), None, body, {"user": who})
                return last[0] == status
            wait_until(answered, why=lambda last=last: "%s is not answered %d: %s" % (who, status, last))

    def make_mark(self, mark):
        self.send_all("POST", "/api/v1/namespaces", None, {"metadata": {"name": mark}})
        self.send_all("POST", "/api/v1/namespaces/%s/serviceaccounts" % mark, None, {"metadata": {"name": "default"}})
        self.send_all("POST", POLICIES, None, {"metadata": {"name": mark}, "spec": ANYTHING})
        rule = {"apiGroups": ["policy"], "resources": ["podsecuritypolicies"], "resourceNames": [mark],
                "verbs": ["use"]}
        for kind, who in (("ClusterRole", mark + "-a"), ("Role", mark + "-b")):
            self.send_all("POST", rbac_path(kind, mark), None, {"metadata": {"name": who}, "rules": [rule]})
            self.send_all("POST", rbac_path(kind + "Binding", mark), None, {
                "metadata": {"name": who}, "subjects": [user(who)],
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": who}})

    def prepare(self):
        """Everybody may create pods, whom no policy keeps from it."""
        self.send_all("POST", rbac_path("ClusterRole", ""), None, {"metadata": {"name": "pods"}, "rules": [
            {"apiGroups": [""], "resources": ["pods", "pods/ephemeralcontainers"], "verbs": ["*"]}]})
        self.send_all("POST", rbac_path("ClusterRoleBinding", ""), None, {
            "metadata": {"name": "pods"}, "subjects": [group("system:authenticated")],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "pods"}})
        for name in RUNTIME_CLASSES:
            body = {"metadata": {"name": name}, "handler": name}
            if name == "heavy":
                body["overhead"] = {"podFixed": {"cpu": "10m"}}
            self.send_all("POST", "/apis/node.k8s.io/v1/runtimeclasses", None, body)
