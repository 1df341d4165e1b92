# SPDX-License-Identifier: Apache-2.0
"""Generated sequences of requests. The same seed gives the same sequences.

A step is a dict: method, path, headers, body (a value, or text). In path and body,
`@rv:N` stands for the resourceVersion in the answer to step N, `@name:N` for the name there,
`@continue:N` for its continue token.
"""

import random
import zlib

from fields import STRINGS, Fields, copy
from kinds import KINDS

JSON = "application/json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
VALIDATIONS = ("", "", "", "fieldValidation=Strict", "fieldValidation=Warn", "fieldValidation=Ignore",
               "fieldValidation=Bad")
MANAGERS = ("", "", "fieldManager=one", "fieldManager=two")


def joined(*parameters):
    parts = [part for part in parameters if part]
    return "?" + "&".join(parts) if parts else ""


class Sequence:
    """The steps of one: what happens to one object, or some of a kind."""

    def __init__(self, seed, number, documents):
        self.rng = random.Random(zlib.crc32(b"%d/%d" % (seed, number)))
        self.namespace = "s%d-%d" % (seed, number)
        self.kind = self.rng.choices(KINDS, [kind.weight for kind in KINDS])[0]
        self.schema = documents.root(self.kind)
        self.fields = Fields(self.rng, documents)
        self.steps = []
        self.name = "web" if self.kind.namespaced else self.namespace + "-web"
        if self.kind.kind == "ClusterRole" or self.kind.kind == "ClusterRoleBinding":
            self.name = self.namespace + ":web"
        self.collection = self.kind.collection(self.namespace)
        self.path = self.collection + "/" + self.name

    def step(self, method, path, body=None, content=None, accept=JSON):
        headers = {"Accept": accept}
        if body is not None:
            headers["Content-Type"] = content or JSON
        self.steps.append({"method": method, "path": path, "headers": headers, "body": body})

    def object(self, most=3):
        """A new object with so many random fields at most."""
        made = copy(self.kind.object(self.name))
        if made.get("involvedObject") or made.get("regarding"):
            made.get("involvedObject", made.get("regarding"))["namespace"] = self.namespace
            made["metadata"]["namespace"] = self.namespace
        self.touch(made, self.rng.randint(0, most))
        return made

    def touch(self, made, count):
        for _ in range(count):
            if self.rng.random() < 0.12:
                self.fields.metadata(made["metadata"])
            elif self.rng.random() < 0.04:
                made[self.rng.choice(("unknown", "Spec", "spec"))] = self.rng.choice((1, {}, None, "x"))
            else:
                self.fields.add(made, self.schema)

    # -- what can be done -----------------------------------------------------------------------

    def create(self):
        rng = self.rng
        made = self.object()
        accept = rng.choice((JSON,) * 6 + (TABLE, PARTIAL))
        self.step("POST", self.collection + joined(
            rng.choice(VALIDATIONS), rng.choice(MANAGERS), rng.choice(("",) * 9 + ("dryRun=All", "dryRun=x"))),
            made, accept=accept)

    def create_plain(self):
        self.step("POST", self.collection, self.object(0))

    def read(self):
        self.step("GET", self.path, accept=self.rng.choice((JSON, JSON, TABLE, PARTIAL)))

    def listing(self):
        rng = self.rng
        selector = rng.choice(("", "", "labelSelector=app%3Dweb", "labelSelector=app in (web,x),!tier",
                               "labelSelector=app!=web", "labelSelector=,bad", "labelSelector=a==b,c notin (d)",
                               "fieldSelector=metadata.name=" + self.name, "fieldSelector=spec.x=1",
                               "fieldSelector=metadata.name!=web", "fieldSelector=status.phase=Running",
                               "fieldSelector=type=Opaque", "labelSelector=a>1,b<x"))
        more = rng.choice(("", "", "limit=1", "limit=x", "limit=-1", "resourceVersion=0", "resourceVersion=x",
                           "resourceVersion=0&resourceVersionMatch=Exact", "resourceVersionMatch=NotOlderThan",
                           "continue=x", "limit=500", "timeoutSeconds=5", "resourceVersion=1&continue=x"))
        if not self.kind.namespaced and not selector:
            selector = "fieldSelector=metadata.name=" + self.name
            more = more if "limit=1" not in more else ""
        self.step("GET", self.collection + joined(selector, more),
                  accept=rng.choice((JSON, JSON, TABLE, PARTIAL_LIST)))

    def paged(self):
        if not self.kind.namespaced:
            return
        for name in ("page-b", "page-a", "page-c"):
            made = self.object(0)
            made["metadata"]["name"] = name
            self.step("POST", self.collection, made)
        self.step("GET", self.collection + "?limit=2")
        self.step("GET", self.collection + "?limit=2&continue=@continue:%d" % (len(self.steps) - 1))

    def parameters(self):
        rng = self.rng
        return joined(rng.choice(VALIDATIONS), rng.choice(MANAGERS), rng.choice(("",) * 9 + ("dryRun=All",)))

    def replace(self):
        made = self.object(2)
        version = self.rng.choice((None, None, "@rv:0", "1", "x"))
        if version:
            made["metadata"]["resourceVersion"] = version
        self.step("PUT", self.target() + self.parameters(), made)

    def target(self):
        """The object, now and then a subresource of it."""
        there = ["status"] * self.kind.status
        if there and self.rng.random() < 0.15:
            return self.path + "/" + self.rng.choice(there)
        return self.path

    def part(self, most=2):
        """A patch: what random fields add to nothing."""
        whole = self.object(0)
        before = copy(whole)
        self.touch(whole, self.rng.randint(1, most))
        changed = {key: value for key, value in whole.items() if before.get(key) != value}
        if "metadata" in changed:
            changed["metadata"] = {key: value for key, value in changed["metadata"].items()
                                   if before["metadata"].get(key) != value}
        if self.rng.random() < 0.2:
            drop = [key for key in changed.get("spec", {})] if isinstance(changed.get("spec"), dict) else []
            if drop:
                changed["spec"][self.rng.choice(drop)] = None
        return changed

    def merge_patch(self):
        self.step("PATCH", self.target() + self.parameters(), self.part(), MERGE)

    def strategic_patch(self):
        self.step("PATCH", self.target() + self.parameters(), self.part(), STRATEGIC)

    def json_patch(self):
        rng = self.rng
        operations = []
        for _ in range(rng.randint(1, 3)):
            made = self.object(0)
            path = self.fields.add(made, self.schema)
            value = made
            for key in path:
                value = value[key] if not isinstance(value, dict) or key in value else None
                if value is None:
                    break
            operations.append(rng.choice((
                {"op": "add", "path": pointer(path), "value": value},
                {"op": "add", "path": pointer(path), "value": value},
                {"op": "replace", "path": pointer(path), "value": value},
                {"op": "remove", "path": pointer(path)},
                {"op": "add", "path": "/metadata/labels", "value": {"app": "web", "x": "y"}},
                {"op": "add", "path": "/metadata/labels/x", "value": "z"},
                {"op": "test", "path": "/metadata/name", "value": rng.choice((self.name, "other"))},
                {"op": "copy", "from": "/metadata/name", "path": "/metadata/annotations"},
                {"op": "move", "from": "/metadata/labels/x", "path": "/metadata/labels/y"},
                {"op": "bad", "path": "/metadata/labels"}, {"path": "x"})))
        self.step("PATCH", self.target() + self.parameters(), operations, JSON_PATCH)

    def apply(self):
        rng = self.rng
        made = self.object(rng.choice((0, 1, 2)))
        if rng.random() < 0.5:
            made = {key: made[key] for key in made if key in ("apiVersion", "kind", "metadata")} | (
                {"spec": made["spec"]} if "spec" in made else {})
        self.step("PATCH", self.target() + joined(
            rng.choice(("fieldManager=one", "fieldManager=two", "fieldManager=one", "")),
            rng.choice(("", "", "force=true")), rng.choice(VALIDATIONS),
            rng.choice(("",) * 9 + ("dryRun=All",))), made, APPLY)

    def labels_apply(self):
        rng = self.rng
        made = {"apiVersion": self.kind.api, "kind": self.kind.kind, "metadata": {
            "name": self.name, "labels": {rng.choice(("app", "tier", "x")): rng.choice(("a", "b"))}}}
        self.step("PATCH", self.path + joined(rng.choice(("fieldManager=one", "fieldManager=two")),
                                              rng.choice(("", "force=true"))), made, APPLY)

    def scale(self):
        if not self.kind.scale:
            return
        rng = self.rng
        self.step("GET", self.path + "/scale")
        self.step("PATCH", self.path + "/scale", {"spec": {"replicas": rng.choice((0, 3, -1, "x", None))}},
                  rng.choice((MERGE, STRATEGIC)))
        self.step("PUT", self.path + "/scale", {
            "apiVersion": "autoscaling/v1", "kind": "Scale",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {"replicas": rng.choice((0, 5))}})

    def delete(self):
        rng = self.rng
        query = joined(rng.choice(("", "propagationPolicy=Foreground", "propagationPolicy=Orphan",
                                   "propagationPolicy=Background", "propagationPolicy=x", "orphanDependents=true")),
                       rng.choice(("", "gracePeriodSeconds=0", "gracePeriodSeconds=-1", "gracePeriodSeconds=5")),
                       rng.choice(("", "", "dryRun=All")))
        body = rng.choice((None, None, {"kind": "DeleteOptions", "apiVersion": "v1"},
                           {"preconditions": {"uid": "other"}}, {"propagationPolicy": "Foreground"},
                           {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"resourceVersion": "1"}},
                           {"gracePeriodSeconds": 0}, {"orphanDependents": True, "propagationPolicy": "Orphan"}))
        self.step("DELETE", self.path + query, body)

    def delete_all(self):
        if self.kind.namespaced and self.kind.kind != "Service":
            self.step("DELETE", self.collection + joined(self.rng.choice(("", "labelSelector=app=web")),
                                                         self.rng.choice(("", "limit=1"))))

    def odd(self):
        rng = self.rng
        method, path, body, content = rng.choice((
            ("GET", self.path + "/no-such", None, None), ("PATCH", self.path, {}, "application/x"),
            ("POST", self.collection, "{", JSON), ("POST", self.collection, "[]", JSON),
            ("POST", self.collection, "", JSON), ("POST", self.collection, "a: b", "application/yaml"),
            ("POST", self.collection, {"kind": "Other", "apiVersion": self.kind.api}, JSON),
            ("POST", self.collection, {"kind": self.kind.kind, "apiVersion": "other/v1"}, JSON),
            ("PUT", self.path, {"metadata": {"name": "other"}}, JSON),
            ("PUT", self.collection + "/" + rng.choice(("none", "None_")), self.object(0), JSON),
            ("PATCH", self.path, "[", JSON_PATCH), ("PATCH", self.path, "{}", JSON_PATCH),
            ("PATCH", self.path, "[]", MERGE), ("PATCH", self.path, "null", STRATEGIC),
            ("PATCH", self.path + "?fieldManager=" + "m" * 129, {}, MERGE),
            ("PATCH", self.path + "?fieldManager=a", "x", APPLY), ("PATCH", self.path + "?force=true", {}, MERGE),
            ("POST", self.path, {}, JSON), ("PUT", self.collection, {}, JSON),
            ("GET", self.collection + "/" + rng.choice(STRINGS[4:6]), None, None)))
        self.step(method, path, body, content)


def pointer(path):
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


# What a sequence does after it has made its object, and how often.
ACTIONS = ((Sequence.read, 2), (Sequence.listing, 2), (Sequence.replace, 3), (Sequence.merge_patch, 4),
           (Sequence.strategic_patch, 4), (Sequence.json_patch, 3), (Sequence.apply, 4),
           (Sequence.labels_apply, 2), (Sequence.scale, 1), (Sequence.delete, 1), (Sequence.delete_all, 0.3),
           (Sequence.odd, 1.5), (Sequence.create, 2), (Sequence.paged, 0.3))


def sequence(seed, number, documents):
    """One sequence; its namespace is made beforehand."""
    made = Sequence(seed, number, documents)
    rng = made.rng
    first = rng.random()
    if first < 0.5:
        made.create()
    if first > 0.4:
        made.create_plain()
    if first > 0.9:
        made.apply()
    for _ in range(rng.randint(3, 9)):
        rng.choices([action for action, _ in ACTIONS], [weight for _, weight in ACTIONS])[0](made)
    made.read()
    return made
