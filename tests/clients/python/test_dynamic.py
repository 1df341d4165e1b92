# SPDX-License-Identifier: Apache-2.0
"""The dynamic client: resources by discovery, kinds that it has no class for, server-side apply."""

from kubernetes import dynamic, utils
from kubernetes.dynamic import exceptions
from rehearsal import SECONDS_MAX, Rehearsal, each_version

MANIFESTS = [
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "b"}},
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
     "spec": {"ports": [{"port": 80, "protocol": "TCP"}], "selector": {"app": "web"}}},
    {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
     "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": {
         "metadata": {"labels": {"app": "web"}},
         "spec": {"containers": [{"name": "main", "image": "registry.example/web:1"}]}}}},
]


@each_version
class Dynamic(Rehearsal):
    def setUp(self):
        super().setUp()
        self.dynamic = dynamic.DynamicClient(self.api)

    def resource(self, api_version, kind):
        return self.dynamic.resources.get(api_version=api_version, kind=kind)

    def test_discovery(self):
        deployments = self.resource("apps/v1", "Deployment")
        self.assertEqual((deployments.name, deployments.namespaced, deployments.short_names),
                         ("deployments", True, ["deploy"]))
        self.assertIn("scale", deployments.subresources)
        found = self.dynamic.resources.search(short_names=["cm"])
        self.assertIn("ConfigMap", [r.kind for r in found])
        with self.assertRaises(exceptions.ResourceNotFoundError):
            self.resource("example.org/v1", "Nothing")

    def test_verbs(self):
        maps = self.resource("v1", "ConfigMap")
        made = maps.create({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}, "data": {"k": "1"}},
                           namespace=self.namespace)
        made = made.to_dict()
        made["data"]["k"] = "2"
        self.assertEqual(maps.replace(made, namespace=self.namespace).data.k, "2")
        with self.assertRaises(exceptions.ConflictError):
            maps.replace(made, namespace=self.namespace)
        self.assertEqual(maps.patch({"data": {"l": "3"}}, name="a", namespace=self.namespace).data.l, "3")
        self.assertEqual(maps.get(name="a", namespace=self.namespace).data.to_dict(), {"k": "2", "l": "3"})
        self.assertIn("a", [o.metadata.name for o in maps.get(namespace=self.namespace).items])
        maps.delete(name="a", namespace=self.namespace)
        with self.assertRaises(exceptions.NotFoundError):
            maps.get(name="a", namespace=self.namespace)
        with self.assertRaises(exceptions.UnprocessibleEntityError):
            maps.create({"metadata": {"name": "Not_A_Name"}}, namespace=self.namespace)

    def test_apply(self):
        for step in ("created", "the same"):
            for manifest in MANIFESTS:
                with self.subTest(step, kind=manifest["kind"]):
                    done = self.resource(manifest["apiVersion"], manifest["kind"]).server_side_apply(
                        manifest, namespace=self.namespace, field_manager="gitops")
                    mine = [m for m in done.metadata.managedFields if m.manager == "gitops"]
                    self.assertEqual([m.operation for m in mine], ["Apply"])
        maps = self.resource("v1", "ConfigMap")
        other = {**MANIFESTS[0], "data": {"a": "c"}}
        with self.assertRaises(exceptions.ConflictError):
            maps.server_side_apply(other, namespace=self.namespace, field_manager="other")
        done = maps.server_side_apply(other, namespace=self.namespace, field_manager="other", force_conflicts=True)
        self.assertEqual(done.data.a, "c")

    def test_watch(self):
        maps = self.resource("v1", "ConfigMap")
        start = maps.get(namespace=self.namespace).metadata.resourceVersion
        self.config_map("w")
        for event in maps.watch(namespace=self.namespace, resource_version=start, timeout=SECONDS_MAX):
            self.assertEqual((event["type"], event["object"].metadata.name), ("ADDED", "w"))
            break

    def test_subresource(self):
        deployments = self.resource("apps/v1", "Deployment")
        deployments.create({**MANIFESTS[2], "metadata": {"name": "scaled"}}, namespace=self.namespace)
        deployments.scale.patch({"spec": {"replicas": 3}}, name="scaled", namespace=self.namespace,
                                content_type="application/merge-patch+json")
        self.assertEqual(deployments.get(name="scaled", namespace=self.namespace).spec.replicas, 3)

    def test_create_from_dictionaries(self):
        for manifest in MANIFESTS:
            utils.create_from_dict(self.api, manifest, namespace=self.namespace)
        with self.assertRaises(utils.FailToCreateError):
            utils.create_from_dict(self.api, MANIFESTS[0], namespace=self.namespace)
