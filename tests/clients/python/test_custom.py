# SPDX-License-Identifier: Apache-2.0
"""Custom resources: a definition, and its objects by the API for them and by the dynamic client."""

import time

from kubernetes import client, dynamic, watch
from kubernetes.dynamic import exceptions
from rehearsal import SECONDS_MAX, Rehearsal, each_version

GROUP = "shop.example.org"
SCHEMA = {"type": "object", "properties": {
    "spec": {"type": "object", "required": ["size"], "properties": {
        "size": {"type": "integer", "minimum": 1}, "color": {"type": "string", "default": "grey"},
        "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                  "items": {"type": "object", "required": ["name"], "properties": {
                      "name": {"type": "string"}, "count": {"type": "integer"}}}}}},
    "status": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
DEFINITION = {
    "metadata": {"name": "widgets." + GROUP},
    "spec": {"group": GROUP, "scope": "Namespaced",
             "names": {"kind": "Widget", "plural": "widgets", "singular": "widget", "shortNames": ["wd"],
                       "categories": ["all"]},
             "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA},
                           "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.size",
                                                                    "statusReplicasPath": ".status.size"}}}]}}


def widget(name, **spec):
    return {"apiVersion": GROUP + "/v1", "kind": "Widget", "metadata": {"name": name}, "spec": spec}


@each_version
class Custom(Rehearsal):
    def setUp(self):
        super().setUp()
        self.definitions = client.ApiextensionsV1Api(self.api)
        self.definitions.create_custom_resource_definition(DEFINITION)
        self.addCleanup(self.remove)
        for event in watch.Watch().stream(self.definitions.list_custom_resource_definition,
                                          field_selector="metadata.name=widgets." + GROUP):
            conditions = {c.type: c.status for c in event["object"].status.conditions or ()}
            if conditions.get("Established") == "True":
                break
        self.objects = client.CustomObjectsApi(self.api)
        self.at = (GROUP, "v1", self.namespace, "widgets")

    def remove(self):
        self.definitions.delete_custom_resource_definition("widgets." + GROUP)
        deadline = time.monotonic() + SECONDS_MAX
        while self.definitions.list_custom_resource_definition().items:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def test_verbs(self):
        made = self.objects.create_namespaced_custom_object(*self.at, widget("a", size=1, unknown="dropped"))
        self.assertEqual(made["spec"], {"size": 1, "color": "grey"})
        status = self.fails(422, "Invalid", self.objects.create_namespaced_custom_object, *self.at, widget("b", size=0))
        self.assertIn("spec.size in body should be greater than or equal to 1", status["message"])
        made["spec"]["color"] = "red"
        made = self.objects.replace_namespaced_custom_object(*self.at, "a", made)
        self.assertEqual(made["metadata"]["generation"], 2)
        done = self.objects.patch_namespaced_custom_object_status(*self.at, "a", {"status": {"size": 1}, "spec": {"size": 9}})
        self.assertEqual((done["spec"]["size"], done["status"]["size"]), (1, 1))
        self.objects.patch_namespaced_custom_object_scale(*self.at, "a", {"spec": {"replicas": 5}})
        read = self.objects.get_namespaced_custom_object(*self.at, "a")
        self.assertEqual(read["spec"]["size"], 5)
        listed = self.objects.list_namespaced_custom_object(*self.at)
        self.assertEqual([o["metadata"]["name"] for o in listed["items"]], ["a"])
        self.objects.delete_namespaced_custom_object(*self.at, "a")
        self.fails(404, "NotFound", self.objects.get_namespaced_custom_object, *self.at, "a")

    def test_dynamic(self):
        widgets = dynamic.DynamicClient(self.api).resources.get(api_version=GROUP + "/v1", kind="Widget")
        self.assertEqual(widgets.short_names, ["wd"])
        applied = widget("a", size=1)
        widgets.server_side_apply(applied, namespace=self.namespace, field_manager="one")
        done = widgets.server_side_apply(applied, namespace=self.namespace, field_manager="two")
        self.assertEqual(sorted(m.manager for m in done.metadata.managedFields), ["one", "two"])
        with self.assertRaises(exceptions.ConflictError):
            widgets.server_side_apply(widget("a", size=2), namespace=self.namespace, field_manager="three")

    def test_apply_to_a_list_by_its_keys(self):
        widgets = dynamic.DynamicClient(self.api).resources.get(api_version=GROUP + "/v1", kind="Widget")

        def apply(manager, *names):
            done = widgets.server_side_apply(widget("a", size=1, parts=[{"name": n} for n in names]),
                                             namespace=self.namespace, field_manager=manager)
            return [part["name"] for part in done.to_dict()["spec"]["parts"]]

        self.assertEqual(apply("one", "left"), ["left"])
        self.assertEqual(apply("two", "right"), ["left", "right"])
        self.assertEqual(apply("one"), ["right"])

    def test_watch(self):
        start = self.objects.list_namespaced_custom_object(*self.at)["metadata"]["resourceVersion"]
        self.objects.create_namespaced_custom_object(*self.at, widget("a", size=1))
        self.objects.delete_namespaced_custom_object(*self.at, "a")
        seen, watcher = [], watch.Watch()
        for event in watcher.stream(self.objects.list_namespaced_custom_object, *self.at, resource_version=start,
                                    _request_timeout=SECONDS_MAX):
            seen.append((event["type"], event["object"]["metadata"]["name"]))
            if len(seen) == 2:
                watcher.stop()
        self.assertEqual(seen, [("ADDED", "a"), ("DELETED", "a")])
