# SPDX-License-Identifier: Apache-2.0
"""A value of the wrong type, and null, in every field of pods, policies, roles and bindings.

The fields are walked by the tables of src/kube/schema. Each wrong value is a document of its own in
one file, so one run of the program tells of them all: by file, line, column and field path.
"""

import json
import os
import re

from podgate import ERROR, NO, ROOT, YES, Case

SCHEMA = os.path.join(ROOT, "src", "kube", "schema")
DEPTH_MAX = 7  # deeper, types only come again
# A JSON value that cannot be one of the type.
WRONG = {"string": 7, "bool": "true", "int32": "7", "int64": 1.5, "intorstring": True,
         "quantity": True, "time": 7, "microtime": 7, "bytes": 7, "list": {}, "map": [],
         "struct": "x"}
KINDS = {
    "v1 Pod": "core/v1.Pod",
    "policy/v1beta1 PodSecurityPolicy": "policy/v1beta1.PodSecurityPolicy",
    "rbac.authorization.k8s.io/v1 Role": "rbac/v1.Role",
    "rbac.authorization.k8s.io/v1 ClusterRole": "rbac/v1.ClusterRole",
    "rbac.authorization.k8s.io/v1 RoleBinding": "rbac/v1.RoleBinding",
    "rbac.authorization.k8s.io/v1 ClusterRoleBinding": "rbac/v1.ClusterRoleBinding",
}


def read_types():
    """{"core/v1.Pod": [(field, type)]}; embedded structs stand as ("", type)."""
    types = {}
    for name in os.listdir(SCHEMA):
        if not name.endswith(".schema"):
            continue
        package = fields = None
        with open(os.path.join(SCHEMA, name), encoding="utf-8") as source:
            for line in source:
                words = line.split()
                if line.startswith("package "):
                    package = words[1]
                elif line.startswith("type "):
                    fields = types.setdefault("%s.%s" % (package, words[1]), [])
                elif line.startswith("    ") and words and "until=" not in line:
                    inline = words[0] == "inline"
                    type_ = (words[2] if words[1] == "map" and not inline else words[1])
                    prefix = "map " if words[1] == "map" and not inline else ""
                    bare = type_.lstrip("*[]")
                    if bare not in WRONG and bare != "raw" and "/" not in bare:
                        type_ = type_[:len(type_) - len(bare)] + package + "." + bare
                    fields.append(("" if inline else words[0], prefix + type_))
    return types


def walk(types, name, depth=0):
    """(path, what) of every field of a struct: path as a list of names and 0s."""
    for field, type_ in types[name]:
        if not field:
            yield from walk(types, type_, depth)
        else:
            for path, what in walk_value(types, type_, depth):
                yield [field, *path], what


def walk_value(types, type_, depth):
    type_ = type_.lstrip("*")
    if type_.startswith("map "):
        yield [], "map"
        yield from ((["key", *p], w) for p, w in walk_value(types, type_[4:], depth))
    elif type_.startswith("[]"):
        yield [], "list"
        yield from (([0, *p], w) for p, w in walk_value(types, type_[2:], depth))
    elif type_ in WRONG:
        yield [], type_
    elif type_ != "raw":
        yield [], "struct"
        if depth < DEPTH_MAX:
            yield from walk(types, type_, depth + 1)


def put(path, value):
    """A tree with value at path."""
    for step in reversed(path):
        value = [value] if step == 0 else {step: value}
    return value


def merge(into, tree):
    for key, value in tree.items():
        if isinstance(into.get(key), dict) and isinstance(value, dict):
            merge(into[key], value)
        else:
            into[key] = value
    return into


def document(kind, number, path, value):
    api_version, name = kind.split()
    tree = {"apiVersion": api_version, "kind": name,
            "metadata": {"name": "x%d" % number, "namespace": "default"}}
    return json.dumps(merge(tree, put(path, value)))


def shown(path):
    text = ""
    for i, step in enumerate(path):
        text += "[0]" if step == 0 else ("." if i else "") + step
    return text


class Types(Case):
    def fields(self):
        types = read_types()
        for kind, name in KINDS.items():
            for path, what in walk(types, name):
                if path[0] not in ("apiVersion", "kind", "status"):
                    yield kind, path, what

    def test_a_wrong_type_in_every_field(self):
        fields = list(self.fields())
        self.assertGreater(len(fields), 1500)
        self.write("wrong.json", "\n".join(document(kind, i, path, WRONG[what])
                                           for i, (kind, path, what) in enumerate(fields)))
        for command in (["admit", "-f"], ["psp", "list", "--state"]):
            result = self.run_in(*command, "wrong.json")
            self.assertEqual((result.status, result.out), (ERROR, ""))
            told = dict(re.findall(r"^podgate [a-z ]+: wrong\.json:(\d+):\d+: (\S+): ", result.err,
                                   re.M))
            for i, (kind, path, what) in enumerate(fields):
                with self.subTest("%s: %s %s: %s" % (command[0], kind, shown(path), what)):
                    field = re.sub(r"\.key\b", "[key]", shown(path))
                    self.assertIn(told.get(str(i + 1)), (shown(path), field))

    def test_null_in_every_list_and_field(self):
        """As in Go, null is an absent field, and an item without fields in a list. Whatever comes of
        that, the program ends as it should."""
        for kind, path, _ in self.fields():
            if "metadata" in path[:1] or len(path) > 4:
                continue
            with self.subTest("%s: %s" % (kind, shown(path))):
                self.write("null.json", document(kind, 0, path, None))
                result = self.run_in("admit", "-f", "null.json", "--preset", "eks")
                self.assertIn(result.status, (YES, NO, ERROR), result)
                if result.status == ERROR:
                    self.assertEqual(result.out, "")
                    self.assertRegex(result.err, r"(?m)^podgate admit: ")
