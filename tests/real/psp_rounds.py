# SPDX-License-Identifier: Apache-2.0
"""What is asked in one namespace: a round of policies, grants, pods and changes, out of a seed."""

import random

from hooks import RBAC
from psp_pods import Pods
from psp_policies import Policies, account, group, user

PODS_A_ROUND = 40
STORED_A_ROUND = 8
POLICIES = "/apis/policy/v1beta1/podsecuritypolicies"
PLACES = {"Role": "roles", "RoleBinding": "rolebindings", "ClusterRole": "clusterroles",
          "ClusterRoleBinding": "clusterrolebindings"}
STRATEGIC = {"Content-Type": "application/strategic-merge-patch+json"}
DRY = "?dryRun=All"


def rbac_path(kind, namespace):
    inside = "/namespaces/" + namespace if not kind.startswith("Cluster") else ""
    return "%s%s/%s" % (RBAC, inside, PLACES[kind])


def step(method, path, body, who="admin", headers=None):
    return {"method": method, "path": path, "body": body, "who": who, "headers": headers}


class Round:
    """All that is asked in one namespace; a seed and a number give the same always."""

    def __init__(self, seed, number, prefix, count=PODS_A_ROUND):
        self.number = number
        self.namespace = "%s%d" % (prefix, number)
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
