# SPDX-License-Identifier: Apache-2.0
"""podgate up: custom resources, from their definition on, as clients and kubectl see them."""

import json
import shutil
import subprocess
import threading
import unittest

import clients
from test_garbage import CORE, Controllers
from test_up import SECONDS_MAX, Served as Server

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "db.example.org"
ROOT = "/apis/" + GROUP + "/v1"
HERE = ROOT + "/namespaces/default/databases"
MERGE = "application/merge-patch+json"

# A shape that operators have: nested objects, lists by key, int-or-string, defaults, open parts.
SPEC = {
    "type": "object",
    "required": ["engine"],
    "properties": {
        "engine": {"type": "string", "enum": ["postgres", "mysql"]},
        "version": {"x-kubernetes-int-or-string": True},
        "replicas": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 9, "default": 1},
        "storage": {
            "type": "object",
            "default": {},
            "properties": {
                "size": {"anyOf": [{"type": "integer"}, {"type": "string"}], "pattern": "^[0-9]+(Mi|Gi)?$",
                         "x-kubernetes-int-or-string": True, "default": "1Gi"},
                "class": {"type": "string", "nullable": True},
            },
        },
        "users": {
            "type": "array",
            "maxItems": 3,
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "roles": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                    "admin": {"type": "boolean", "default": False},
                },
            },
        },
        "settings": {"type": "object", "additionalProperties": {"type": "string"}},
        "raw": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "template": {"type": "object", "x-kubernetes-embedded-resource": True,
                     "x-kubernetes-preserve-unknown-fields": True},
    },
}
STATUS = {
    "type": "object",
    "properties": {
        "replicas": {"type": "integer"},
        "selector": {"type": "string"},
        "phase": {"type": "string"},
    },
}


def version(name, storage=False, **more):
    return {"name": name, "served": True, "storage": storage,
            "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": SPEC, "status": STATUS}}},
            **more}


def definition(group=GROUP, plural="databases", kind="Database", scope="Namespaced", versions=None, **names):
    main = version(
        "v1", True,
        subresources={"status": {}, "scale": {"specReplicasPath": ".spec.replicas",
                                              "statusReplicasPath": ".status.replicas",
                                              "labelSelectorPath": ".status.selector"}},
        additionalPrinterColumns=[
            {"name": "Engine", "type": "string", "jsonPath": ".spec.engine", "description": "what runs"},
            {"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas"},
            {"name": "Size", "type": "string", "jsonPath": ".spec.storage.size", "priority": 1},
            {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}])
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": plural + "." + group},
            "spec": {"group": group, "scope": scope,
                     "names": {"plural": plural, "kind": kind, **names},
                     "versions": versions or [main]}}


def database(name, api_version=GROUP + "/v1", **spec):
    return {"apiVersion": api_version, "kind": "Database", "metadata": {"name": name},
            "spec": {"engine": "postgres", **spec}}


class Custom(Controllers):
    def define(self, *arguments, **more):
        return self.send("POST", DEFINITIONS, definition(*arguments, **more), 201)

    def create(self, body, path=HERE):
        return self.send("POST", path, body, 201)

    def conditions(self, name):
        stored = self.send("GET", DEFINITIONS + "/" + name, status=200)
        return {c["type"]: (c["status"], c["reason"], c["message"]) for c in stored["status"]["conditions"] or []}


class Objects(Custom):
    def test_served_at_once(self):
        for i in range(20):
            plural = "things%d" % i
            self.define(plural=plural, kind="Thing%d" % i)
            listed = self.send("GET", ROOT + "/" + plural, status=200)
            self.assertEqual((listed["kind"], listed["items"]), ("Thing%dList" % i, []))
        self.assertEqual(list(listed), ["apiVersion", "items", "kind", "metadata"])
        self.assertEqual(listed["metadata"]["continue"], "")

    def test_what_is_stored(self):
        self.define()
        made = self.create(database("a", junk=1, version=14, settings={"a": "b"}, raw={"x": [1, 2.5, None]},
                                    users=[{"name": "u", "nope": 1}],
                                    template={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"},
                                              "data": {"a": "b"}}))
        self.assertEqual(list(made), ["apiVersion", "kind", "metadata", "spec"])
        self.assertEqual(made["spec"], {
            "engine": "postgres", "version": 14, "replicas": 1, "storage": {"size": "1Gi"},
            "settings": {"a": "b"}, "raw": {"x": [1, 2.5, None]}, "users": [{"name": "u", "admin": False}],
            "template": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "b"}}})
        self.assertEqual(made["metadata"]["generation"], 1)
        self.assertEqual(self.send("GET", HERE + "/a", status=200), made)
        self.assertEqual(self.send("GET", HERE, status=200)["items"], [made])
        self.assertEqual(self.send("GET", ROOT + "/databases", status=200)["items"], [made])

    def test_what_is_refused(self):
        self.define()
        rows = [
            (database("a", engine="oracle"), 422,
             'spec.engine: Unsupported value: "oracle": supported values: "postgres", "mysql"'),
            (database("a", replicas=10), 422,
             "spec.replicas: Invalid value: 10: spec.replicas in body should be less than or equal to 9"),
            (database("a", users=[{"name": "u"}, {"name": "u"}]), 422,
             'spec.users[1]: Duplicate value: map[string]interface {}{"name":"u"}'),
            (database("A"), 422, "metadata.name: Invalid value"),
            ({**database("a"), "kind": "Other"}, 422, 'kind: Invalid value: "Other": must be Database'),
            ({"apiVersion": GROUP + "/v1", "metadata": {"name": "a"}}, 400, "Object 'Kind' is missing in"),
            ({"kind": "Database", "metadata": {"name": "a"}}, 500,
             "Internal error occurred: Object 'apiVersion' is missing in 'object has no apiVersion field'"),
            (database("a", api_version="apps/v1"), 400,
             "the API version in the data (apps/v1) does not match the expected API version (%s/v1)" % GROUP),
        ]
        for body, status, text in rows:
            with self.subTest(text):
                self.assertIn(text, self.send("POST", HERE, body, status)["message"])
        self.assertEqual(self.send("GET", HERE, status=200)["items"], [])

    def test_routes(self):
        self.define()
        self.create(database("a"))
        rows = [
            ("GET", ROOT + "/namespaces/default/nothing", 404, b"404 page not found\n"),
            ("GET", "/apis/" + GROUP + "/v7/databases", 404, b"404 page not found\n"),
            ("GET", ROOT + "/databases/a", 404, b"404 page not found\n"),
            ("DELETE", ROOT + "/databases", 404, b"404 page not found\n"),
            ("GET", HERE + "/a/log", 404, 'databases.%s "a" not found' % GROUP),
            ("GET", HERE + "/b", 404, 'databases.%s "b" not found' % GROUP),
            ("DELETE", HERE + "/a/status", 405, 'delete is not supported on resources of kind "databases.%s"' % GROUP),
            ("PUT", HERE, 400, "name must be provided"),
        ]
        for method, path, status, text in rows:
            with self.subTest(method + " " + path):
                answer = self.send(method, path, database("a"), status)
                self.assertEqual(answer if isinstance(answer, bytes) else answer["message"], text)

    def test_updates(self):
        self.define()
        made = self.create(database("a"))
        stripped = database("a")
        self.assertIn("metadata.resourceVersion: Invalid value: 0x0: must be specified for an update",
                      self.send("PUT", HERE + "/a", stripped, 422)["message"])
        made["spec"]["replicas"] = 3
        made["status"] = {"phase": "Ready"}
        changed = self.send("PUT", HERE + "/a", made, 200)
        self.assertEqual((changed["metadata"]["generation"], changed["spec"]["replicas"]), (2, 3))
        self.assertNotIn("status", changed)
        self.assertEqual(self.send("PUT", HERE + "/a", made, 409)["reason"], "Conflict")
        same = self.send("PUT", HERE + "/a", changed, 200)
        self.assertEqual(same, changed)
        labelled = self.merge(HERE + "/a", {"metadata": {"labels": {"a": "b"}}})
        self.assertEqual(labelled["metadata"]["generation"], 2)
        gone = self.merge(HERE + "/a", {"spec": {"storage": None, "junk": 1}})
        self.assertEqual((gone["spec"]["storage"], "junk" in gone["spec"]), ({"size": "1Gi"}, False))
        patched = self.send("PATCH", HERE + "/a", [{"op": "replace", "path": "/spec/replicas", "value": 5}], 200,
                            "application/json-patch+json")
        self.assertEqual((patched["spec"]["replicas"], patched["metadata"]["generation"]), (5, 3))
        refused = self.send("PATCH", HERE + "/a", {}, 415, "application/strategic-merge-patch+json")
        self.assertEqual(refused["message"],
                         "the body of the request was in an unknown format - accepted media types include: "
                         "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml")
        dry = self.send("PATCH", HERE + "/a?dryRun=All", {"spec": {"replicas": 7}}, 200, MERGE)
        self.assertEqual(dry["spec"]["replicas"], 7)
        self.assertEqual(self.send("GET", HERE + "/a", status=200), patched)

    def test_status_and_scale(self):
        self.define()
        made = self.create({**database("a"), "status": {"phase": "ignored"}})
        self.assertNotIn("status", made)
        made["status"] = {"phase": "Ready", "replicas": 2, "selector": "app=a", "nope": 1}
        made["spec"]["replicas"] = 8
        made["metadata"]["labels"] = {"a": "b"}
        done = self.send("PUT", HERE + "/a/status", made, 200)
        self.assertEqual(done["status"], {"phase": "Ready", "replicas": 2, "selector": "app=a"})
        self.assertEqual((done["spec"]["replicas"], done["metadata"]["generation"]), (1, 1))
        self.assertNotIn("labels", done["metadata"])
        scale = self.send("GET", HERE + "/a/scale", status=200)
        self.assertEqual((scale["kind"], scale["apiVersion"], scale["spec"], scale["status"]),
                         ("Scale", "autoscaling/v1", {"replicas": 1}, {"replicas": 2, "selector": "app=a"}))
        scale["spec"]["replicas"] = 4
        self.assertEqual(self.send("PUT", HERE + "/a/scale", scale, 200)["spec"], {"replicas": 4})
        stored = self.send("GET", HERE + "/a", status=200)
        self.assertEqual((stored["spec"]["replicas"], stored["metadata"]["generation"]), (4, 2))
        self.assertEqual(self.merge(HERE + "/a/scale", {"spec": {"replicas": 0}})["spec"], {})
        self.assertIn("should be less than or equal to 9",
                      self.send("PATCH", HERE + "/a/scale", {"spec": {"replicas": 20}}, 422, MERGE)["message"])

    def test_apply(self):
        self.define()
        path = HERE + "/a?fieldManager=%s"
        form = "application/apply-patch+yaml"
        made = self.send("PATCH", path % "one", database("a", replicas=2, junk=1), 201, form)
        self.assertEqual((made["spec"]["replicas"], "junk" in made["spec"]), (2, False))
        again = self.send("PATCH", path % "one", database("a", replicas=2), 200, form)
        self.assertEqual(again["spec"], made["spec"])
        refused = self.send("PATCH", path % "two", database("a", replicas=3), 409, form)
        self.assertIn('conflict with "one"', refused["message"])
        forced = self.send("PATCH", path % "two" + "&force=true", database("a", replicas=3), 200, form)
        self.assertEqual(forced["spec"]["replicas"], 3)

    def test_selectors_and_tables(self):
        self.define()
        for name in ("a", "b"):
            self.create({**database(name), "metadata": {"name": name, "labels": {"is": name}}})
        def names(query):
            return [i["metadata"]["name"] for i in self.send("GET", HERE + query, status=200)["items"]]
        self.assertEqual(names("?labelSelector=is=b"), ["b"])
        self.assertEqual(names("?fieldSelector=metadata.name=a"), ["a"])
        self.assertEqual(self.send("GET", HERE + "?fieldSelector=spec.engine=a", status=400)["message"],
                         "field label not supported: spec.engine")
        page = self.send("GET", HERE + "?limit=1", status=200)
        self.assertEqual(page["metadata"]["remainingItemCount"], 1)
        self.assertEqual(names("?limit=1&continue=" + page["metadata"]["continue"]), ["b"])
        _, table = self.ask("GET", HERE, headers={"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"})
        self.assertEqual([c["name"] for c in table["columnDefinitions"]],
                         ["Name", "Engine", "Replicas", "Size", "Age"])
        self.assertEqual(table["rows"][0]["cells"][:4], ["a", "postgres", 1, "1Gi"])
        self.assertEqual(list(table["metadata"]), ["resourceVersion"])
        _, partial = self.ask("GET", HERE + "/a", headers={
            "Accept": "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"})
        self.assertEqual((partial["kind"], "spec" in partial), ("PartialObjectMetadata", False))
        deleted = self.send("DELETE", HERE + "/a", status=200)
        self.assertEqual((deleted["kind"], deleted["details"]["kind"]), ("Status", "databases"))
        self.assertEqual(self.send("DELETE", HERE, status=200)["kind"], "DatabaseList")
        self.assertEqual(names(""), [])

    def test_many(self):
        """A list that is long enough to be streamed."""
        self.define()
        for i in range(250):
            self.create(database("d%03d" % i))
        listed = self.send("GET", HERE, status=200)
        self.assertEqual(list(listed), ["apiVersion", "items", "kind", "metadata"])
        self.assertEqual(len(listed["items"]), 250)

    def test_versions(self):
        old = version("v1beta1", deprecated=True, deprecationWarning="go on to v1")
        old["schema"]["openAPIV3Schema"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        self.define(versions=[version("v1", True), old, {**version("v1alpha1"), "served": False}])
        beta = "/apis/" + GROUP + "/v1beta1/namespaces/default/databases"
        made = self.create(database("a", GROUP + "/v1beta1", extra=True), beta)
        self.assertEqual(made["apiVersion"], GROUP + "/v1beta1")
        stored = self.send("GET", HERE + "/a", status=200)
        self.assertEqual((stored["apiVersion"], "extra" in stored["spec"]), (GROUP + "/v1", False))
        self.assertEqual(self.send("GET", beta, status=200)["items"][0]["apiVersion"], GROUP + "/v1beta1")
        connection = self.connection()
        connection.request("GET", beta)
        self.assertEqual(connection.getresponse().getheader("Warning"), '299 - "go on to v1"')
        connection.close()
        self.assertEqual(self.ask("GET", beta.replace("beta", "alpha"))[0], 404)
        refused = self.send("POST", HERE, database("b", GROUP + "/v1beta1"), 400)
        self.assertIn("does not match the expected API version", refused["message"])
        group = self.send("GET", "/apis/" + GROUP, status=200)
        self.assertEqual([v["version"] for v in group["versions"]], ["v1", "v1beta1"])

    def test_a_changed_definition(self):
        """What is stored is read as the definition is now."""
        made = self.define()
        self.create(database("a", settings={"x": "y"}))
        stored = self.send("GET", DEFINITIONS + "/databases." + GROUP, status=200)
        self.assertEqual(stored["metadata"]["uid"], made["metadata"]["uid"])
        properties = stored["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
        del properties["settings"]
        properties["tier"] = {"type": "string", "default": "gold"}
        self.send("PUT", DEFINITIONS + "/databases." + GROUP, stored, 200)
        read = self.send("GET", HERE + "/a", status=200)["spec"]
        self.assertEqual((read["tier"], "settings" in read), ("gold", False))
        self.assertEqual(self.send("GET", HERE, status=200)["items"][0]["spec"], read)

    def test_a_watch(self):
        self.define()
        lines, begun = [], threading.Event()

        def follow():
            connection = self.connection()
            connection.request("GET", HERE + "?watch=true")
            response = connection.getresponse()
            begun.set()
            for line in response:
                lines.append(json.loads(line))
            connection.close()

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        self.assertTrue(begun.wait(SECONDS_MAX))
        self.create(database("a"))
        self.merge(HERE + "/a", {"spec": {"replicas": 2}})
        self.send("DELETE", DEFINITIONS + "/databases." + GROUP, status=200)
        thread.join(20)
        self.assertFalse(thread.is_alive(), "the watch ends when its definition goes")
        self.assertEqual([line["type"] for line in lines], ["ADDED", "MODIFIED", "DELETED"])
        self.assertEqual(lines[1]["object"]["spec"]["replicas"], 2)

    def test_rights(self):
        self.define()
        bob = {"Impersonate-User": "bob", "Content-Type": "application/json"}
        status, refused = self.ask("GET", HERE, headers=bob)
        self.assertEqual((status, refused["message"]),
                         (403, 'databases.%s is forbidden: User "bob" cannot list resource "databases" in API group '
                               '"%s" in the namespace "default"' % (GROUP, GROUP)))
        rules = [{"apiGroups": [GROUP], "resources": ["databases"], "verbs": ["list"]}]
        base = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
        self.make(base + "/roles", "Role", "r", "rbac.authorization.k8s.io/v1", rules=rules)
        self.make(base + "/rolebindings", "RoleBinding", "r", "rbac.authorization.k8s.io/v1",
                  roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
                  subjects=[{"kind": "User", "name": "bob", "apiGroup": "rbac.authorization.k8s.io"}])
        self.assertEqual(self.ask("GET", HERE, headers=bob)[0], 200)

    def test_a_quota(self):
        self.define()
        name = "count/databases." + GROUP
        self.make(CORE + "/namespaces/default/resourcequotas", "ResourceQuota", "q", spec={"hard": {name: "1"}})
        self.when(CORE + "/namespaces/default/resourcequotas/q", lambda q: q["status"].get("used") == {name: "0"})
        self.create(database("a"))
        self.assertIn("exceeded quota: q, requested: %s=1, used: %s=1, limited: %s=1" % (name, name, name),
                      self.send("POST", HERE, database("b"), 403)["message"])
        self.send("DELETE", HERE + "/a", status=200)
        self.when(CORE + "/namespaces/default/resourcequotas/q", lambda q: q["status"].get("used") == {name: "0"})


class Definitions(Custom):
    def test_names(self):
        self.define(shortNames=["db"])
        self.assertEqual(self.conditions("databases." + GROUP), {
            "NamesAccepted": ("True", "NoConflicts", "no conflicts found"),
            "Established": ("True", "InitialNamesAccepted", "the initial names have been accepted")})
        self.define(plural="stores", kind="Database", shortNames=["db", "st"])
        self.assertEqual(self.conditions("stores." + GROUP), {
            "NamesAccepted": ("False", "ListKindConflict", '"DatabaseList" is already in use'),
            "Established": ("False", "NotAccepted", "not all names are accepted")})
        self.assertEqual(self.ask("GET", ROOT + "/stores")[0], 404)
        self.send("DELETE", DEFINITIONS + "/databases." + GROUP, status=200)
        self.gone(DEFINITIONS + "/databases." + GROUP)
        self.assertEqual(self.conditions("stores." + GROUP)["Established"][0], "True")
        self.assertEqual(self.send("GET", ROOT + "/stores", status=200)["kind"], "DatabaseList")

    def test_deletion(self):
        self.define()
        self.create(database("a"))
        held = database("b")
        held["metadata"]["finalizers"] = ["example.org/hold"]
        self.create(held)
        path = DEFINITIONS + "/databases." + GROUP
        marked = self.send("DELETE", path, status=200)
        self.assertEqual(marked["metadata"]["finalizers"], ["customresourcecleanup.apiextensions.k8s.io"])
        self.assertEqual(marked["status"]["conditions"][-1]["reason"], "InstanceDeletionPending")
        self.gone(HERE + "/a")
        self.when(path, lambda d: d["status"]["conditions"][-1]["reason"] == "InstanceDeletionInProgress")
        refused = self.send("POST", HERE, database("c"), 405)
        self.assertEqual(refused["message"],
                         "create not allowed while custom resource definition is terminating")
        verbs = self.send("GET", ROOT, status=200)["resources"][0]["verbs"]
        self.assertEqual(verbs, ["delete", "deletecollection", "get", "list", "watch"])
        self.merge(HERE + "/b", {"metadata": {"finalizers": None}})
        self.gone(path)
        self.assertEqual(self.ask("GET", HERE)[0], 404)
        self.assertEqual(self.ask("GET", ROOT)[0], 404)
        self.define()
        self.assertEqual(self.send("GET", HERE, status=200)["items"], [])

    def test_a_namespace_goes_with_its_objects(self):
        self.define()
        self.make(CORE + "/namespaces", "Namespace", "gone")
        self.create(database("a"), HERE.replace("default", "gone"))
        self.send("DELETE", CORE + "/namespaces/gone", status=200)
        self.gone(CORE + "/namespaces/gone")
        self.assertEqual(self.send("GET", ROOT + "/databases", status=200)["items"], [])

    def test_owners(self):
        """Custom resources own built-in objects, and are owned by them."""
        self.define()
        owner = self.create(database("a"))
        path = CORE + "/namespaces/default/configmaps"
        def of(kind, api_version, made):
            return {"ownerReferences": [{"apiVersion": api_version, "kind": kind, "name": made["metadata"]["name"],
                                         "uid": made["metadata"]["uid"]}]}
        made = self.make(path, "ConfigMap", "owned", metadata=of("Database", GROUP + "/v1", owner))
        below = database("below")
        below["metadata"].update(of("ConfigMap", "v1", made))
        self.create(below)
        self.send("DELETE", HERE + "/a", status=200)
        self.gone(path + "/owned")
        self.gone(HERE + "/below")

    def test_the_old_version(self):
        old = {"apiVersion": "apiextensions.k8s.io/v1beta1", "kind": "CustomResourceDefinition",
               "metadata": {"name": "olds." + GROUP},
               "spec": {"group": GROUP, "version": "v1", "scope": "Namespaced",
                        "names": {"plural": "olds", "kind": "Old"},
                        "additionalPrinterColumns": [{"name": "A", "type": "string", "JSONPath": ".a"}]}}
        self.send("POST", "/apis/apiextensions.k8s.io/v1beta1/customresourcedefinitions", old, 201)
        self.assertEqual(self.conditions("olds." + GROUP)["NonStructuralSchema"],
                         ("True", "Violations", "spec.preserveUnknownFields: Invalid value: true: must be false"))
        body = {"apiVersion": GROUP + "/v1", "kind": "Old", "metadata": {"name": "o"}, "a": "b", "c": {"d": 1}}
        made = self.create(body, ROOT + "/namespaces/default/olds")
        self.assertEqual((made["a"], made["c"]), ("b", {"d": 1}))
        new = self.send("GET", DEFINITIONS + "/olds." + GROUP, status=200)
        self.assertEqual(new["spec"]["versions"][0]["additionalPrinterColumns"][0]["jsonPath"], ".a")

    def test_the_community_s_groups(self):
        made = definition(group="x.k8s.io")
        self.assertIn("api-approved.kubernetes.io", self.send("POST", DEFINITIONS, made, 422)["message"])
        made["metadata"]["annotations"] = {"api-approved.kubernetes.io": "unapproved, a test"}
        self.send("POST", DEFINITIONS, made, 201)
        self.assertEqual(self.conditions("databases.x.k8s.io")["KubernetesAPIApprovalPolicyConformant"],
                         ("False", "UnapprovedAnnotation", 'not approved: "unapproved, a test"'))


class Modern(Custom):
    """What came after 1.20."""

    def setUp(self):
        Server.setUp(self)
        self.up("--nodes", "0", "--kubernetes-version", "1.32",
                "--disable-admission-plugins", "PodSecurityPolicy")

    def test_field_validation(self):
        self.define()
        refused = self.send("POST", HERE + "?fieldValidation=Strict", database("a", junk=1), 400)
        self.assertEqual(refused["message"],
                         'Database in version "v1" cannot be handled as a Database: strict decoding error: '
                         'unknown field "spec.junk"')
        connection = self.connection()
        connection.request("POST", HERE, json.dumps(database("a", junk=1)), {"Content-Type": "application/json"})
        response = connection.getresponse()
        self.assertEqual(response.getheader("Warning"), '299 - "unknown field \\"spec.junk\\""')
        response.read()
        connection.close()
        refused = self.send("PATCH", HERE + "/a?fieldValidation=Strict", {"spec": {"junk": 1}}, 422, MERGE)
        self.assertIn('strict decoding error: unknown field "spec.junk"', refused["message"])

    def test_rules_are_kept_and_said_not_to_be_evaluated(self):
        made = definition()
        schema = made["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        schema["properties"]["spec"] = {**SPEC, "x-kubernetes-validations": [{"rule": "self.replicas < 3"}]}
        connection = self.connection()
        connection.request("POST", DEFINITIONS, json.dumps(made), {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        connection.close()
        self.assertEqual(response.status, 201)
        self.assertIn("x-kubernetes-validations", response.getheader("Warning"))

    def test_selectable_fields(self):
        main = version("v1", True, selectableFields=[{"jsonPath": ".spec.engine"}])
        self.define(versions=[main])
        self.create(database("a"))
        self.create(database("b", engine="mysql"))
        found = self.send("GET", HERE + "?fieldSelector=spec.engine=mysql", status=200)["items"]
        self.assertEqual([i["metadata"]["name"] for i in found], ["b"])

    def test_discovery(self):
        self.define(shortNames=["db"], categories=["all"])
        _, found = self.ask("GET", "/apis", headers={
            "Accept": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"})
        mine = [i for i in found["items"] if i["metadata"]["name"] == GROUP][0]["versions"][0]["resources"][0]
        self.assertEqual((mine["resource"], mine["shortNames"], mine["singularResource"]),
                         ("databases", ["db"], "database"))
        root = self.send("GET", "/openapi/v3", status=200)["paths"]
        self.assertIn("apis/%s/v1" % GROUP, root)
        document = self.send("GET", root["apis/%s/v1" % GROUP]["serverRelativeURL"], status=200)
        model = document["components"]["schemas"]["org.example.db.v1.Database"]
        self.assertEqual(model["properties"]["spec"]["properties"]["engine"]["enum"], ["postgres", "mysql"])
        other = root["apis/apps/v1"]["serverRelativeURL"]
        self.define(plural="others", kind="Other")
        after = self.send("GET", "/openapi/v3", status=200)["paths"]
        self.assertEqual(after["apis/apps/v1"]["serverRelativeURL"], other)
        self.assertNotEqual(after["apis/%s/v1" % GROUP], root["apis/%s/v1" % GROUP])


class State(Custom):
    def options(self):
        definitions, objects = definition(), database("kept", replicas=4)
        objects["metadata"]["namespace"] = "elsewhere"
        # what is defined stands before its definition
        self.state = self.write("state.json", json.dumps({
            "apiVersion": "v1", "kind": "List", "items": [objects, definitions]}))
        return ["--disable-admission-plugins", "PodSecurityPolicy", "--state", self.state]

    def test_a_state_with_custom_resources(self):
        stored = self.send("GET", HERE.replace("default", "elsewhere") + "/kept", status=200)
        self.assertEqual(stored["spec"]["replicas"], 4)


KUBECTLS = {name: path for name, path in (
    ("1.20", clients.find("1.20")), ("1.32", clients.find("1.32") or shutil.which("kubectl"))) if path}


@unittest.skipUnless(KUBECTLS, "no kubectl here")
class Kubectl(Custom):
    def kubectl(self, client, *arguments, text=None, status=0):
        done = subprocess.run([KUBECTLS[client], "--kubeconfig", self.kubeconfig, *arguments], input=text,
                              capture_output=True, text=True, env=self.env, timeout=60, check=False)
        self.assertEqual(done.returncode, status, done)
        return done.stdout if status == 0 else done.stderr

    def test_sessions(self):
        for client in KUBECTLS:
            with self.subTest(client):
                self.session(client)

    def session(self, client):
        both = json.dumps({"apiVersion": "v1", "kind": "List",
                           "items": [definition(shortNames=["db"], categories=["all"])]})
        one = json.dumps(database("one", settings={"a": "b"}))
        ask = lambda *words, **more: self.kubectl(client, *words, **more)  # noqa: E731
        ask("apply", "-f", "-", text=both)
        ask("wait", "--for=condition=Established", "crd/databases." + GROUP, "--timeout=60s")
        self.assertIn("databases", ask("api-resources", "--api-group=" + GROUP))
        self.assertEqual(ask("apply", "-f", "-", text=one), "database.%s/one created\n" % GROUP)
        self.assertEqual(ask("apply", "-f", "-", text=one), "database.%s/one unchanged\n" % GROUP)
        more = json.dumps(database("one", settings={"a": "b"}, users=[{"name": "u"}]))
        self.assertEqual(ask("apply", "-f", "-", text=more), "database.%s/one configured\n" % GROUP)
        shown = ask("get", "db").split("\n")
        self.assertEqual(shown[0].split(), ["NAME", "ENGINE", "REPLICAS", "AGE"])
        self.assertEqual(shown[1].split()[:3], ["one", "postgres", "1"])
        self.assertIn("SIZE", ask("get", "db", "-o", "wide"))
        self.assertIn("database.%s/one" % GROUP, ask("get", "all"))
        self.assertIn("engine", ask("explain", "databases.spec"))
        self.assertIn("Engine:", ask("describe", "database", "one"))
        ask("scale", "db/one", "--replicas=3")
        self.assertEqual(ask("get", "db", "one", "-o", "jsonpath={.spec.replicas}"), "3")
        ask("label", "db/one", "a=b")
        ask("patch", "db/one", "--type=merge", "-p", '{"spec":{"engine":"mysql"}}')
        wrong = json.dumps(database("two", engine=5))
        self.assertIn("engine", ask("create", "-f", "-", text=wrong, status=1))
        ask("apply", "--server-side", "-f", "-", text=json.dumps(database("three")))
        self.assertEqual(ask("get", "db", "three", "-o", "name"), "database.%s/three\n" % GROUP)
        ask("delete", "db", "--all")
        ask("delete", "crd", "databases." + GROUP)
        self.assertEqual(ask("get", "crd"), "")


class KubectlModern(Kubectl):
    """The same where fields are validated by the server, and explained by OpenAPI's version 3."""

    def setUp(self):
        Server.setUp(self)
        self.up("--nodes", "0", "--kubernetes-version", "1.32",
                "--disable-admission-plugins", "PodSecurityPolicy")


del Controllers
del Custom

if __name__ == "__main__":
    unittest.main()
