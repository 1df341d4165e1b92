# SPDX-License-Identifier: Apache-2.0
"""Random fields for objects: which there are, the OpenAPI documents of a server say."""

import json

from known import is_off

REF = "#/components/schemas/"
# What stands for a string where the document says nothing of it: some is right somewhere, most is
# wrong somewhere.
STRINGS = ("", "a", "web", "web-2", "Not_A_Name", "a.b.example", "-x", "10", "50%", "192.0.2.1", "/data",
           "../up", "http", "TCP", "UDP", "None", "Always", "Never", "example.org/thing", "kubernetes.io/x",
           "Equal", "Exists", "In", "NoSchedule", "NoExecute", "a b", "x" * 64, "x" * 254, "é",
           "app", "*", "*.example.org", "fd00::1", "192.0.2.0/24", "1Gi", "Localhost", "RuntimeDefault")
NUMBERS = (0, 1, 2, 3, 5, 80, 443, 8080, 100, 1000, 30000, -1, 65535, 65536, 2147483647, 2147483648)
QUANTITIES = ("1", "100m", "1Gi", "0", "-1", "1.5", "2e3", "x", "1000m", 1, 0.5)
TIMES = ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123456Z", "yesterday", None)
# Fields by which an object has a say in what becomes of others: sequences run beside each other.
FAR_REACHING = {"PriorityClass": {"globalDefault"}, "ValidatingWebhook": {"rules"},
                "MutatingWebhook": {"rules"}}
# Values for fields of some names, beside the general ones.
NAMED = {
    "ip": ("192.0.2.1", "fd00::1", "192.0.2.300"), "cidr": ("192.0.2.0/24", "fd00::/64", "192.0.2.0/33"),
    "clusterIP": ("None", "", "10.0.0.77", "192.0.2.1"), "externalName": ("a.example", "-x"),
    "mountPath": ("/data", "data", "/etc/x", "/data:x"), "path": ("/", "/x", "x", "../x", "/x/../y"),
    "hostname": ("web", "Web", "a.b"), "subdomain": ("web", "Web"), "host": ("a.example", "*.example", "A", ""),
    "schedule": ("* * * * *", "@daily", "x", "*/5 1 * * 1-5", "TZ=UTC 0 0 * * *"), "timeZone": ("UTC", "Mars", ""),
    "kind": ("Pod", "Service", "User", "Group", "ServiceAccount", "Role", "ClusterRole", ""),
    "apiGroup": ("", "apps", "rbac.authorization.k8s.io"), "apiVersion": ("v1", "apps/v1", "a/b/c"),
    "key": ("key", "app", "example.org/a", "_bad_", ""), "operator": ("In", "NotIn", "Exists", "DoesNotExist", "Gt"),
    "topologyKey": ("kubernetes.io/hostname", "", "zone"), "priorityClassName": ("system-node-critical", "no-such"),
    "runtimeClassName": ("no-such", "Bad_Name"), "nodePort": (30080, 80, 31000), "name": ("a", "c", "web", "A", ""),
    "serviceAccountName": ("default", "none", "Bad_Name"), "image": ("example.org/a:1", "", " x", "a"),
    "protocol": ("TCP", "UDP", "SCTP", "tcp"), "pathType": ("Exact", "Prefix", "ImplementationSpecific", "x"),
    "port": (80, "http", 0, 70000), "containerPort": (80, 443, 0, 70000), "targetPort": (80, "http", "", "BAD", 0),
    "minAvailable": (0, 1, "50%", "x%", -1), "maxUnavailable": (0, 1, "50%", "200%", -1),
    "maxSurge": (0, 1, "50%", "x"), "verbs": ("get", "*", "list"), "storageClassName": ("", "fast", "Bad_Name"),
    "accessModes": ("ReadWriteOnce", "ReadOnlyMany", "x"), "finalizers": ("example.org/f", "x", "foregroundDeletion"),
}


def is_left_out(type_name, field):
    return is_off(type_name, field) or field in FAR_REACHING.get(type_name.rpartition(".")[2], ())


class Documents:
    """The schemas of a server's /openapi/v3, by group and version as they are asked for."""

    def __init__(self, get):
        self.get = get  # the value at a path
        self.schemas = {}
        self.roots = {}

    def root(self, kind):
        """The schema of a kind of kinds.py."""
        if kind.api not in self.roots:
            path = "/openapi/v3/" + ("api/v1" if kind.api == "v1" else "apis/" + kind.api)
            found = self.get(path)["components"]["schemas"]
            self.schemas.update(found)
            group, _, version = kind.api.rpartition("/")
            self.roots[kind.api] = {
                gvk["kind"]: schema for schema in found.values()
                for gvk in schema.get("x-kubernetes-group-version-kind", ())
                if (gvk["group"], gvk["version"]) == (group, version)}
        return self.roots[kind.api][kind.kind]

    def resolve(self, schema):
        """The name of a type, if it has one, and what it is."""
        name = ""
        while True:
            if "$ref" in schema:
                name = schema["$ref"].removeprefix(REF)
                schema = self.schemas[name]
            elif len(schema.get("allOf", ())) == 1:
                schema = schema["allOf"][0]
            else:
                return name, schema


class Fields:
    """Adds random fields to objects."""

    def __init__(self, rng, documents):
        self.rng, self.documents = rng, documents

    def scalar(self, name, schema):
        rng = self.rng
        if schema.get("enum") and rng.random() < 0.8:
            return rng.choice(schema["enum"])
        if name in NAMED and rng.random() < 0.7:
            return rng.choice(NAMED[name])
        if rng.random() < 0.03:
            return rng.choice((None, True, 1, "1", [], {}, 1.5))
        kind = schema.get("type")
        if kind == "boolean":
            return rng.random() < 0.6
        if kind in ("integer", "number"):
            return rng.choice(NUMBERS)
        if schema.get("format") == "date-time":
            return rng.choice(TIMES)
        if schema.get("format") == "int-or-string":
            return rng.choice((*NUMBERS[:10], "50%", "http", ""))
        if schema.get("format") == "byte":
            return rng.choice(("dmFsdWU=", "", "%"))
        if "oneOf" in schema:
            return rng.choice(QUANTITIES)
        return rng.choice(STRINGS)

    def value(self, name, schema, depth=0):
        """A value of that schema, mostly."""
        rng = self.rng
        type_name, schema = self.documents.resolve(schema)
        properties = {key: sub for key, sub in schema.get("properties", {}).items()
                      if not is_left_out(type_name, key)}
        if properties:
            required = [key for key in schema.get("required", ()) if rng.random() < 0.9]
            most = 3 if depth < 3 else 0
            extra = rng.sample(sorted(properties), min(len(properties), rng.randint(0, most)))
            if required or depth >= 4:
                extra = extra[:1] if depth < 4 else []
            return {key: self.value(key, properties[key], depth + 1)
                    for key in sorted({*required, *extra})}
        if schema.get("type") == "array":
            count = rng.choice((0, 1, 1, 1, 2, 2)) if depth < 5 else 0
            return [self.value(name, schema["items"], depth + 1) for _ in range(count)]
        if schema.get("type") == "object":
            values = schema.get("additionalProperties")
            if not isinstance(values, dict):
                return {"free": 1}
            keys = ("app", "a", "example.org/x", "Bad Key!", "cpu", "memory", "storage")
            return {rng.choice(keys): self.value("", values, depth + 1) for _ in range(rng.randint(0, 2))}
        return self.scalar(name, schema)

    def add(self, value, schema, path=()):
        """Puts one random field somewhere into an object; the path it came to."""
        rng = self.rng
        name, schema = self.documents.resolve(schema)
        properties = {key: sub for key, sub in schema.get("properties", {}).items()
                      if (path or key not in ("apiVersion", "kind", "status", "metadata")) and
                      not is_left_out(name, key)}
        if isinstance(value, list):
            if value and rng.random() < 0.8:
                at = rng.randrange(len(value))
                if isinstance(value[at], (dict, list)):
                    return self.add(value[at], schema["items"], (*path, at))
            value.append(self.value(path[-1] if path else "", schema.get("items", {})))
            return (*path, len(value) - 1)
        if not properties or not isinstance(value, dict):
            if isinstance(value, dict):
                value[rng.choice(("app", "a", "example.org/x", "cpu"))] = self.scalar("", schema.get(
                    "additionalProperties", {}) if isinstance(schema.get("additionalProperties"), dict) else {})
            return path
        there = [key for key in sorted(properties) if isinstance(value.get(key), (dict, list))]
        if there and rng.random() < 0.6:
            key = rng.choice(there)
            return self.add(value[key], properties[key], (*path, key))
        key = rng.choice(sorted(properties))
        value[key] = self.value(key, properties[key], min(len(path), 2))
        return (*path, key)

    def metadata(self, metadata):
        """Something more in an object's metadata."""
        rng = self.rng
        key, value = rng.choice((
            ("labels", {"app": "web", "tier": rng.choice(("front", "back"))}),
            ("labels", {"app": rng.choice(STRINGS)}), ("labels", {rng.choice(STRINGS): "x"}),
            ("annotations", {"example.org/note": "text"}), ("annotations", {rng.choice(STRINGS): "x"}),
            ("finalizers", [rng.choice(("example.org/hold", "bad finalizer", "hold", "foregroundDeletion"))]),
            ("ownerReferences", [{"apiVersion": rng.choice(("v1", "")), "kind": "ConfigMap", "name": "owner",
                                  "uid": rng.choice(("a-b-c", "")), "controller": True}]),
            ("name", rng.choice(STRINGS)), ("generateName", rng.choice(("gen-", "Bad_"))),
            ("namespace", rng.choice(("default", "Bad_NS"))), ("unknownField", 1), ("uid", "given"),
            ("resourceVersion", "1"), ("generation", 7), ("creationTimestamp", "2020-01-01T00:00:00Z"),
            ("selfLink", "/x"), ("deletionGracePeriodSeconds", 3), ("labels", {"app": 1}), ("labels", None)))
        metadata[key] = value


def copy(value):
    return json.loads(json.dumps(value))
