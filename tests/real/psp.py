#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""PodSecurityPolicy of the last kube-apiserver that had it beside podgate's, and prints TAP.

    tests/real/psp.py PROGRAM [--count PODS] [--seed N] [--only ROUND]... [--show N] [--categories N]
                      [--jobs N] [--build]

In rounds of 40 pods: a namespace with generated policies, RBAC that lets some use some of them, and
generated pods that service accounts, users and members of groups create, as dry runs. Some pods are
stored; then policies are changed and removed, and the pods are updated. Every answer must be the same:
status, headers, message, the object with what a policy changed in it. docs/differences.md says what
may differ. Where that API server cannot be had, all is skipped, with the reason. It takes minutes
to compile: where CI is set and it is not there, --build or PODGATE_BUILD_OLD=1 asks for that.
"""

import argparse
import collections
import concurrent.futures
import os
import random
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("common", "api"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))

from answers import Normaliser, category, differences  # noqa: E402
from hooks import RBAC, wait_until  # noqa: E402
from psp_pods import Pods  # noqa: E402
from psp_policies import Policies, RUNTIME_CLASSES, account, group, user  # noqa: E402
from real import CannotBeHad, RealCluster, missing_programs, whole_version  # noqa: E402
from replay import Client  # noqa: E402
from served import Served  # noqa: E402
from tap import Tap  # noqa: E402

VERSION = "1.24"
SEED = 1
PODS = 1000
PODS_A_ROUND = 40
# Rounds with their policies there at the same time. The plugin tries every policy of the cluster on
# every pod before it asks who may use which, so that each policy makes all requests slower.
ROUNDS_AT_ONCE = 8
STORED_A_ROUND = 8
POLICIES = "/apis/policy/v1beta1/podsecuritypolicies"
PLACES = {"Role": "roles", "RoleBinding": "rolebindings", "ClusterRole": "clusterroles",
          "ClusterRoleBinding": "clusterrolebindings"}
STRATEGIC = {"Content-Type": "application/strategic-merge-patch+json"}
DRY = "?dryRun=All"
ANYTHING = {"runAsUser": {"rule": "RunAsAny"}, "seLinux": {"rule": "RunAsAny"}, "volumes": ["*"],
            "supplementalGroups": {"rule": "RunAsAny"}, "fsGroup": {"rule": "RunAsAny"}}


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


DOCUMENTED = (is_group, is_host_process, is_ephemeral, is_order)


# -- a round ------------------------------------------------------------------------------------------


def rbac_path(kind, namespace):
    inside = "/namespaces/" + namespace if not kind.startswith("Cluster") else ""
    return "%s%s/%s" % (RBAC, inside, PLACES[kind])


def step(method, path, body, who="admin", headers=None):
    return {"method": method, "path": path, "body": body, "who": who, "headers": headers}


class Round:
    """All that is asked in one namespace; a seed and a number give the same always."""

    def __init__(self, seed, number, count):
        self.number = number
        self.namespace = "r%d" % number
        self.dice = Policies(random.Random("%d %d" % (seed, number)))
        self.accounts = ["default", "sa1", "sa2"]
        self.pods = Pods(random.Random("%d %d pods" % (seed, number)), self.accounts * 5 + ["nobody"])
        self.names = ["%s-p%d" % (self.namespace, one) for one in range(self.dice.random.randint(1, 5))]
        self.made = [self.pods.pod("pod-%d" % one) for one in range(count)]
        self.users = [self.user() for _ in self.made]
        self.admitted = []  # pods and who may create them, once it was tried

    def name_of(self, who):
        return "%s-%s" % (self.namespace, who)

    def user(self):
        """Who creates a pod."""
        at = self.pods.random.random()
        if at < 0.03:
            return "admin"
        if at < 0.25:
            return {"user": "system:serviceaccount:%s:%s" % (self.namespace, self.pods.one(self.accounts))}
        groups = self.pods.one([[], [self.name_of("dev")], [self.name_of("dev"), self.name_of("ops")]])
        return {"user": self.name_of(self.pods.one(["alice", "bob"])), "groups": groups}

    def subjects(self):
        return [user(self.name_of("alice")), user(self.name_of("bob")), group(self.name_of("dev")),
                group(self.name_of("ops")), *(account(self.namespace, one) for one in self.accounts),
                *(account(self.namespace, one) for one in self.accounts),
                group("system:authenticated"), group("system:serviceaccounts"),
                group("system:serviceaccounts:" + self.namespace),
                user("system:serviceaccount:%s:sa1" % self.namespace)]

    def setup(self):
        yield step("POST", "/api/v1/namespaces", {"metadata": {"name": self.namespace}})
        for one in self.accounts:
            body = {"metadata": {"name": one}}
            self.dice.maybe(body, "automountServiceAccountToken", 0.4, lambda: self.dice.often(0.3))
            yield step("POST", "/api/v1/namespaces/%s/serviceaccounts" % self.namespace, body)
        for name in self.names:
            yield step("POST", POLICIES, self.dice.policy(name))
        for kind, namespace, body in self.dice.grants(self.namespace, self.names, self.subjects()):
            yield step("POST", rbac_path(kind, namespace), body)

    def creates(self):
        for pod, who in zip(self.made, self.users):
            yield step("POST", self.pods_path() + DRY, pod, who)

    def stores(self):
        """Of those that are admitted, the most different."""
        self.admitted.sort(key=lambda pair: -len(str(pair[0])))
        del self.admitted[STORED_A_ROUND:]
        for pod, who in self.admitted:
            yield step("POST", self.pods_path(), pod, who)

    def pods_path(self, *rest):
        return "/".join(["/api/v1/namespaces/%s/pods" % self.namespace, *rest])

    def edits(self):
        """Of policies that pods are admitted by."""
        for name in self.names:
            if self.dice.often(0.4):
                yield step("PUT", POLICIES + "/" + name, self.dice.policy(name))
            elif self.dice.often(0.2):
                yield step("DELETE", POLICIES + "/" + name, None)

    def updates(self):
        for pod, _ in self.admitted:
            name = pod["metadata"]["name"]
            for _ in range(2):
                headers, body = self.pods.change()
                yield step("PATCH", self.pods_path(name) + DRY, body, self.user(), headers)
            yield step("PATCH", self.pods_path(name, "ephemeralcontainers") + DRY, self.pods.ephemeral(),
                       self.user(), STRATEGIC)


    def ends(self):
        for name in self.names:
            yield step("DELETE", POLICIES + "/" + name, None)


class Comparison:
    """The two servers, and what they said."""

    def __init__(self, real, served, options):
        self.clients = [Client(real), Client(served)]
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

    def play(self, made, steps):
        """What was different, as text."""
        found = []
        for one in steps:
            real, ours = self.ask(one)
            self.count(made, one, real)
            if real[0] == ours[0] == 201 and one["path"] == made.pods_path() + DRY:
                made.admitted.append((one["body"], one["who"]))
            different = differences(real, ours)
            why = next((rule for rule in DOCUMENTED if different and rule(one, real, ours)), None)
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
        """Until the real server's admission has seen all that was made before: each kind's events come in
        their order, and here is a last one of each."""
        self.make_mark(mark)
        for who in (mark + "-a", mark + "-b"):
            def seen(who=who):
                return self.clients[0].send(
                    "POST", "/api/v1/namespaces/%s/pods%s" % (mark, DRY), None,
                    {"metadata": {"name": "p"}, "spec": {"serviceAccountName": "default", "containers": [
                        {"name": "c", "image": "i"}]}}, {"user": who})[0] == 201
            wait_until(seen, why="not seen: " + mark)
        self.send_all("DELETE", POLICIES + "/" + mark)

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


def run(comparison, tap, options):
    count = -(-options.count // PODS_A_ROUND)
    rounds = [Round(options.seed, number, PODS_A_ROUND) for number in options.only or range(count)]
    comparison.prepare()
    began = time.monotonic()
    for first in range(0, len(rounds), ROUNDS_AT_ONCE):
        some = rounds[first:first + ROUNDS_AT_ONCE]
        comparison.all_rounds(tap, "policies and grants", some, Round.setup)
        comparison.settle("before-%d" % first)
        comparison.all_rounds(tap, "pods", some, Round.creates)
        comparison.all_rounds(tap, "stored pods", some, Round.stores)
        comparison.all_rounds(tap, "edits of policies", some, Round.edits)
        comparison.settle("between-%d" % first)
        comparison.all_rounds(tap, "updates of pods", some, Round.updates)
        comparison.all_rounds(tap, "the end", some, Round.ends)
    print("# %d pods: %.1f s" % (len(rounds) * PODS_A_ROUND, time.monotonic() - began))
    counts = comparison.outcomes
    print("# " + ", ".join("%s %s %d" % (*key, number) for key, number in sorted(counts.items())))
    for why, number in comparison.documented.items():
        print("# documented, %d times: %s" % (number, why.partition("\n")[0]))
    least = 0.2 * sum(number for (what, _), number in counts.items() if what == "create")
    tap.report("pods are admitted and refused", "" if min(
        counts["create", "admitted"], counts["create", "refused"]) >= least else str(counts))


def print_categories(tally, most):
    ordered = sorted(tally.items(), key=lambda row: -len(row[1]))
    print("# %d differences in %d categories" % (sum(map(len, tally.values())), len(ordered)))
    for name, samples in ordered[:most]:
        namespace, what, one = samples[0]
        print("#\n# %5d  %s\n#     %s %s %s as %s\n#     %s\n#     body %s" % (
            len(samples), name, namespace, one["method"], one["path"], one["who"],
            what.replace("\n", "\n#     "), str(one["body"])[:2500]))


def start_real(options):
    names = ("etcd", "kube-apiserver")
    asked = options.build or os.environ.get("PODGATE_BUILD_OLD") or not os.environ.get("CI")
    if missing_programs(whole_version(VERSION), names[1:]) and not asked:
        raise CannotBeHad("kube-apiserver %s is not built, and takes minutes: PODGATE_BUILD_OLD=1 builds it" %
                          whole_version(VERSION))
    return RealCluster(VERSION, controllers=False, durable=False, flags=(
        "--allow-privileged=true", "--enable-admission-plugins=PodSecurityPolicy"))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, default=PODS, metavar="PODS")
    parser.add_argument("--only", type=int, action="append", default=[], metavar="ROUND")
    parser.add_argument("--show", type=int, default=20, metavar="N", help="explain N failures (20)")
    parser.add_argument("--categories", type=int, metavar="N", help="print the N most frequent differences")
    parser.add_argument("--jobs", type=int, default=4, metavar="N", help="rounds at once (4)")
    parser.add_argument("--build", action="store_true", help="compile what is missing in CI, too")
    options = parser.parse_args()
    tap = Tap(options.show)
    try:
        real = start_real(options)
    except CannotBeHad as why:
        tap.report("a kube-apiserver with PodSecurityPolicy", skip=str(why).splitlines()[0])
        return tap.end()
    with real, Served(os.path.abspath(options.program), (
            "--kubernetes-version", VERSION, "--nodes", "0", "--no-controllers")) as served:
        comparison = Comparison(real, served, options)
        run(comparison, tap, options)
    tap.report("the server ends in good order", served.trouble)
    if options.categories:
        print_categories(comparison.tally, options.categories)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
