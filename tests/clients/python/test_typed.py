# SPDX-License-Identifier: Apache-2.0
"""The typed API of the official client: every verb on many kinds, patches, pages, errors."""

import base64

from kubernetes import client
from rehearsal import Rehearsal, each_version

TEMPLATE = {"metadata": {"labels": {"app": "a"}},
            "spec": {"containers": [{"name": "main", "image": "registry.example/app:1"}]}}
JOB = {"template": {"spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}}
SELECTOR = {"matchLabels": {"app": "a"}}
HOOK = {"name": "hook.example.org", "clientConfig": {"url": "https://127.0.0.1:1/"}, "sideEffects": "None",
        "admissionReviewVersions": ["v1"]}
CRD = {"group": "example.org", "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets"},
       "versions": [{"name": "v1", "served": True, "storage": True,
                     "schema": {"openAPIV3Schema": {"type": "object"}}}]}
SUBJECT = [{"kind": "User", "name": "alice", "apiGroup": "rbac.authorization.k8s.io"}]
REF = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
QUEUE = {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}}

# API, what its methods call the kind, the versions of the server that serve it, the object
NAMESPACED = [
    (client.CoreV1Api, "config_map", (0, 99), {"data": {"a": "b"}}),
    (client.CoreV1Api, "secret", (0, 99), {"stringData": {"a": "b"}}),
    (client.CoreV1Api, "service", (0, 99), {"spec": {"ports": [{"port": 80}], "selector": {"app": "a"}}}),
    (client.CoreV1Api, "service_account", (0, 99), {}),
    (client.CoreV1Api, "pod", (0, 99), {"spec": TEMPLATE["spec"]}),
    (client.CoreV1Api, "pod_template", (0, 99), {"template": TEMPLATE}),
    (client.CoreV1Api, "endpoints", (0, 99), {"subsets": [{"addresses": [{"ip": "10.0.0.9"}], "ports": [{"port": 1}]}]}),
    (client.CoreV1Api, "limit_range", (0, 99), {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}}),
    (client.CoreV1Api, "resource_quota", (0, 99), {"spec": {"hard": {"pods": "10"}}}),
    (client.CoreV1Api, "persistent_volume_claim", (0, 99), {
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}),
    (client.CoreV1Api, "replication_controller", (0, 99), {
        "spec": {"replicas": 0, "selector": {"app": "a"}, "template": TEMPLATE}}),
    (client.AppsV1Api, "deployment", (0, 99), {"spec": {"selector": SELECTOR, "template": TEMPLATE}}),
    (client.AppsV1Api, "replica_set", (0, 99), {"spec": {"replicas": 0, "selector": SELECTOR, "template": TEMPLATE}}),
    (client.AppsV1Api, "stateful_set", (0, 99), {
        "spec": {"serviceName": "a", "selector": SELECTOR, "template": TEMPLATE}}),
    (client.AppsV1Api, "daemon_set", (0, 99), {"spec": {"selector": SELECTOR, "template": TEMPLATE}}),
    (client.AppsV1Api, "controller_revision", (0, 99), {"revision": 1, "data": {"a": 1}}),
    (client.BatchV1Api, "job", (0, 99), {"spec": JOB}),
    (client.BatchV1Api, "cron_job", (21, 99), {"spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": JOB}}}),
    (client.AutoscalingV1Api, "horizontal_pod_autoscaler", (0, 99), {
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}}}),
    (client.AutoscalingV2Api, "horizontal_pod_autoscaler", (23, 99), {
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}}}),
    (client.NetworkingV1Api, "ingress", (0, 99), {
        "spec": {"defaultBackend": {"service": {"name": "a", "port": {"number": 80}}}}}),
    (client.NetworkingV1Api, "network_policy", (0, 99), {"spec": {"podSelector": {}, "policyTypes": ["Ingress"]}}),
    (client.PolicyV1Api, "pod_disruption_budget", (21, 99), {"spec": {"minAvailable": 1, "selector": SELECTOR}}),
    (client.RbacAuthorizationV1Api, "role", (0, 99), {
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}),
    (client.RbacAuthorizationV1Api, "role_binding", (0, 99), {"roleRef": REF, "subjects": SUBJECT}),
    (client.CoordinationV1Api, "lease", (0, 99), {"spec": {"holderIdentity": "a", "leaseDurationSeconds": 15}}),
    (client.DiscoveryV1Api, "endpoint_slice", (21, 99), {
        "addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.9"]}], "ports": [{"port": 1, "name": ""}]}),
    (client.StorageV1Api, "csi_storage_capacity", (24, 99), {"storageClassName": "a", "capacity": "1Gi"}),
    (client.ResourceV1Api, "resource_claim", (34, 99), {
        "spec": {"devices": {"requests": [{"name": "a", "exactly": {"deviceClassName": "a.example.org"}}]}}}),
]
CLUSTER = [
    (client.CoreV1Api, "namespace", (0, 99), {}),
    (client.CoreV1Api, "node", (0, 99), {}),
    (client.CoreV1Api, "persistent_volume", (0, 99), {
        "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "storageClassName": "none",
                 "hostPath": {"path": "/data"}}}),
    (client.RbacAuthorizationV1Api, "cluster_role", (0, 99), {
        "rules": [{"nonResourceURLs": ["/healthz"], "verbs": ["get"]}]}),
    (client.RbacAuthorizationV1Api, "cluster_role_binding", (0, 99), {"roleRef": REF, "subjects": SUBJECT}),
    (client.StorageV1Api, "storage_class", (0, 99), {"provisioner": "example.org/none"}),
    (client.StorageV1Api, "csi_driver", (0, 99), {"spec": {"attachRequired": False}}),
    (client.StorageV1Api, "csi_node", (0, 99), {"spec": {"drivers": [{"name": "d.example.org", "nodeID": "n"}]}}),
    (client.StorageV1Api, "volume_attachment", (0, 99), {
        "spec": {"attacher": "example.org", "nodeName": "a", "source": {"persistentVolumeName": "a"}}}),
    (client.SchedulingV1Api, "priority_class", (0, 99), {"value": 7}),
    (client.NodeV1Api, "runtime_class", (0, 99), {"handler": "h"}),
    (client.NetworkingV1Api, "ingress_class", (0, 99), {"spec": {"controller": "example.org/c"}}),
    (client.ApiextensionsV1Api, "custom_resource_definition", (0, 99), {"spec": CRD}),
    (client.ApiregistrationV1Api, "api_service", (0, 99), {
        "spec": {"group": "example.org", "version": "v1", "groupPriorityMinimum": 10, "versionPriority": 10,
                 "insecureSkipTLSVerify": True, "service": {"name": "a", "namespace": "default"}}}),
    (client.AdmissionregistrationV1Api, "validating_webhook_configuration", (0, 99), {"webhooks": [HOOK]}),
    (client.AdmissionregistrationV1Api, "mutating_webhook_configuration", (0, 99), {"webhooks": [HOOK]}),
    (client.AdmissionregistrationV1Api, "validating_admission_policy", (30, 99), {
        "spec": {"validations": [{"expression": "true"}], "matchConstraints": {"resourceRules": [
            {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]}}}),
    (client.FlowcontrolApiserverV1Api, "flow_schema", (29, 99), {
        "spec": {"priorityLevelConfiguration": {"name": "exempt"}}}),
    (client.FlowcontrolApiserverV1Api, "priority_level_configuration", (29, 99), {"spec": QUEUE}),
    (client.CertificatesV1Api, "certificate_signing_request", (0, 99), None),
    (client.ResourceV1Api, "device_class", (34, 99), {"spec": {}}),
]
# Those that a controller lets go of first.
FINALIZED = ("namespace", "persistent_volume", "persistent_volume_claim", "custom_resource_definition")
# As openssl made it: /O=walkers/CN=walker. Its key is nowhere.
REQUEST = """\
-----BEGIN CERTIFICATE REQUEST-----
MIHeMIGFAgEAMCMxEDAOBgNVBAoMB3dhbGtlcnMxDzANBgNVBAMMBndhbGtlcjBZ
MBMGByqGSM49AgEGCCqGSM49AwEHA0IABFFvxoC52vZmsyZjS/NfiWMzhcE5HRsg
MyXqPy1zJYW+gGb3rHgx9WUADACJT2BTEN4lyGGSHvx0YMecxVQ6M3ygADAKBggq
hkjOPQQDAgNIADBFAiEAqn6fCWe9ySSwkJbhqK+cft1d4pXuBYWV41Xmh7p0/qwC
IAO+Yv0GsqeMwZGuU8ogqCNK4WkId5YGUtRKmRagjfyL
-----END CERTIFICATE REQUEST-----
"""


class Verbs:
    """The methods of one kind, whichever way the client names them."""

    def __init__(self, api, kind, namespace):
        self.api = api
        self.kind = kind
        self.scope = (namespace,) if namespace else ()

    def __call__(self, verb, *arguments, **more):
        kind = "namespaced_" + self.kind if self.scope else self.kind
        method = getattr(self.api, "%s_%s" % (verb, kind))
        if verb in ("create", "list", "delete_collection"):
            return method(*self.scope, *arguments, **more)
        return method(arguments[0], *self.scope, *arguments[1:], **more)


@each_version
class Typed(Rehearsal):
    def walk(self, verbs, body):
        """Every verb, once around."""
        name, label = "walked", {"label_selector": "walked=yes"}
        metadata = {"name": name, "labels": {"walked": "yes"}}
        if verbs.kind == "api_service":
            metadata["name"] = name = "v1.example.org"
        if verbs.kind == "custom_resource_definition":
            metadata["name"] = name = "widgets.example.org"
        if verbs.kind == "priority_level_configuration":
            body = {**body, "metadata": metadata}
        # a dry run leaves nothing
        verbs("create", {**body, "metadata": metadata}, dry_run="All")
        self.fails(404, "NotFound", verbs, "read", name)
        made = verbs("create", {**body, "metadata": metadata}, field_manager="walker")
        self.assertTrue(made.metadata.uid)
        self.fails(409, "AlreadyExists", verbs, "create", {**body, "metadata": metadata})
        read = verbs("read", name)
        self.assertEqual(read.metadata.uid, made.metadata.uid)
        self.assertEqual([o.metadata.name for o in verbs("list", **label).items], [name])
        # read, change, write; what was read before is then too old
        read.metadata.annotations = {"example.org/step": "replaced"}
        for _ in range(5):  # controllers write, too
            try:
                replaced = verbs("replace", name, read)
                break
            except client.ApiException as problem:
                self.assertEqual(problem.status, 409)
                read = verbs("read", name)
                read.metadata.annotations = {"example.org/step": "replaced"}
        self.assertEqual(replaced.metadata.annotations["example.org/step"], "replaced")
        replaced.metadata.resource_version = made.metadata.resource_version
        self.fails(409, "Conflict", verbs, "replace", name, replaced)
        # a dictionary is a strategic merge patch, a list a JSON patch
        patched = verbs("patch", name, {"metadata": {"annotations": {"example.org/more": "yes"}}})
        self.assertEqual(patched.metadata.annotations["example.org/step"], "replaced")
        patched = verbs("patch", name, [{"op": "remove", "path": "/metadata/annotations/example.org~1step"}])
        self.assertEqual(patched.metadata.annotations["example.org/more"], "yes")
        self.assertNotIn("example.org/step", patched.metadata.annotations)
        # Of services, servers before 1.23 answer a Status, which is not what this client reads.
        raw = verbs.kind == "service" and self.minor < 23
        verbs("delete", name, grace_period_seconds=0, propagation_policy="Background", _preload_content=not raw)
        if verbs.kind not in FINALIZED:
            self.fails(404, "NotFound", verbs, "read", name)
        if verbs.kind != "namespace" and (verbs.kind != "service" or self.minor >= 23):
            verbs("delete_collection", **label)

    def test_namespaced(self):
        for api, kind, (since, until), body in NAMESPACED:
            with self.subTest(kind, api=api.__name__):
                if since <= self.minor <= until:
                    self.walk(Verbs(api(self.api), kind, self.namespace), body)

    def test_of_the_cluster(self):
        for api, kind, (since, until), body in CLUSTER:
            with self.subTest(kind, api=api.__name__):
                if since <= self.minor <= until:
                    self.walk(Verbs(api(self.api), kind, None), self.signing_request() if body is None else body)

    def signing_request(self):
        return {"spec": {"request": base64.b64encode(REQUEST.encode()).decode(),
                         "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]}}

    def test_pages(self):
        for i in range(25):
            self.config_map("page-%02d" % i)
        names, more = [], None
        sizes = []
        while True:
            page = self.core.list_namespaced_config_map(self.namespace, limit=10, _continue=more,
                                                        field_selector="metadata.name!=kube-root-ca.crt")
            names += [o.metadata.name for o in page.items]
            sizes.append((len(page.items), page.metadata.remaining_item_count))
            more = page.metadata._continue
            if not more:
                break
            self.config_map("late-%d" % len(names))  # is not in the list that was begun
        self.assertEqual(names, ["page-%02d" % i for i in range(25)])
        self.assertEqual([size for size, _ in sizes], [10, 10, 5])
        self.fails(400, "BadRequest", self.core.list_namespaced_config_map, self.namespace, limit=1,
                   _continue="nonsense")

    def test_patch_types(self):
        apps = client.AppsV1Api(self.api)
        two = [{"name": "main", "image": "a:1"}, {"name": "side", "image": "b:1"}]
        apps.create_namespaced_deployment(self.namespace, {
            "metadata": {"name": "d"}, "spec": {"replicas": 0, "selector": SELECTOR, "template": {
                "metadata": TEMPLATE["metadata"], "spec": {"containers": two}}}})

        def patch(body, content_type=None):
            done = apps.patch_namespaced_deployment("d", self.namespace, body, _content_type=content_type)
            return [(c.name, c.image) for c in done.spec.template.spec.containers]

        change = {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "b:2"}]}}}}
        self.assertEqual(sorted(patch(change)), [("main", "a:1"), ("side", "b:2")])
        path = "/spec/template/spec/containers/"
        self.assertEqual(patch([{"op": "test", "path": path + "0/name", "value": "main"},
                                {"op": "replace", "path": path + "0/image", "value": "a:3"}])[0], ("main", "a:3"))
        self.assertEqual(patch(change, "application/merge-patch+json"), [("side", "b:2")])
        self.fails(422, "Invalid", patch, [{"op": "test", "path": path + "0/name", "value": "other"}])
        self.fails(422, "Invalid", patch, {"spec": {"replicas": -1}})

    def test_server_side_apply(self):
        def apply(manager, data, **more):
            return self.core.patch_namespaced_config_map(
                "applied", self.namespace,
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "applied"}, "data": data},
                field_manager=manager, _content_type="application/apply-patch+yaml", **more)

        apply("one", {"a": "1", "b": "1"})
        status = self.fails(409, "Conflict", apply, "two", {"a": "2"})
        self.assertEqual(status["message"], 'Apply failed with 1 conflict: conflict with "one": .data.a')
        done = apply("two", {"a": "2"}, force=True)
        self.assertEqual(done.data, {"a": "2", "b": "1"})
        self.assertEqual(sorted(m.manager for m in done.metadata.managed_fields), ["one", "two"])
        self.assertEqual(apply("one", {}).data, {"a": "2"})  # b had no other owner

    def test_subresources(self):
        apps = client.AppsV1Api(self.api)
        apps.create_namespaced_deployment(self.namespace, {
            "metadata": {"name": "d"}, "spec": {"replicas": 0, "selector": SELECTOR, "template": TEMPLATE}})
        scale = apps.read_namespaced_deployment_scale("d", self.namespace)
        self.assertEqual((scale.spec.replicas or 0, scale.status.selector), (0, "app=a"))
        apps.patch_namespaced_deployment_scale("d", self.namespace, {"spec": {"replicas": 2}})
        self.assertEqual(apps.read_namespaced_deployment("d", self.namespace).spec.replicas, 2)
        done = apps.patch_namespaced_deployment_status("d", self.namespace, {"status": {"observedGeneration": 1},
                                                                            "spec": {"replicas": 9}})
        self.assertEqual(done.spec.replicas, 2)

    def test_eviction(self):
        self.core.create_namespaced_pod(self.namespace, {"metadata": {"name": "p"}, "spec": TEMPLATE["spec"]})
        eviction = {"metadata": {"name": "p", "namespace": self.namespace},
                    "deleteOptions": {"gracePeriodSeconds": 0}}
        if self.minor < 22:
            eviction["apiVersion"] = "policy/v1beta1"
            eviction["kind"] = "Eviction"
        self.core.create_namespaced_pod_eviction("p", self.namespace, eviction)
        self.fails(404, "NotFound", self.core.read_namespaced_pod, "p", self.namespace)

    def test_errors(self):
        status = self.fails(422, "Invalid", self.core.create_namespaced_config_map, self.namespace,
                            {"metadata": {"name": "Not_A_Name"}})
        self.assertEqual(status["details"]["causes"][0]["field"], "metadata.name")
        self.fails(403, "Forbidden", client.CoreV1Api(self.as_user("alice")).list_namespaced_secret, self.namespace)
        self.fails(401, "Unauthorized", client.CoreV1Api(self.as_token("wrong")).list_namespace)
        self.fails(404, "NotFound", self.core.create_namespaced_config_map, "missing", {"metadata": {"name": "a"}})

    def test_reviews(self):
        access = client.AuthorizationV1Api(self.as_user("alice"))
        asked = {"spec": {"resourceAttributes": {"verb": "list", "resource": "secrets", "namespace": self.namespace}}}
        self.assertFalse(access.create_self_subject_access_review(asked).status.allowed)
        access = client.AuthorizationV1Api(self.api)
        self.assertTrue(access.create_self_subject_access_review(asked).status.allowed)
        asked["spec"].update(user="alice", groups=["dev-team"])
        self.assertFalse(access.create_subject_access_review(asked).status.allowed)
        rules = access.create_self_subject_rules_review({"spec": {"namespace": self.namespace}})
        self.assertIn("*", [verb for rule in rules.status.resource_rules for verb in rule.verbs])
        review = client.AuthenticationV1Api(self.api).create_token_review({"spec": {"token": "bob-token"}})
        self.assertEqual(review.status.user.username, "bob")
        if self.minor >= 28:
            whoami = client.AuthenticationV1Api(self.as_user("bob")).create_self_subject_review({})
            self.assertEqual(whoami.status.user_info.username, "bob")

    def test_version_and_discovery(self):
        self.assertEqual(client.VersionApi(self.api).get_code().minor, str(self.minor))
        groups = client.ApisApi(self.api).get_api_versions()
        self.assertIn("apps", [group.name for group in groups.groups])
        resources = client.AppsV1Api(self.api).get_api_resources()
        self.assertIn("deployments/scale", [r.name for r in resources.resources])
