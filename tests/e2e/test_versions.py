# SPDX-License-Identifier: Apache-2.0
"""podgate up as versions other than 1.20, with kubectl and with requests of our own."""

import json
import os
import shutil
import ssl
import subprocess
import threading
import unittest
import urllib.error
import urllib.request

import clients
import served
from podgate import PROGRAM, Case

KUBECTL = clients.find("1.32") or shutil.which("kubectl")
SECONDS_MAX = 60

PSP = """\
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata: {name: tight}
spec:
  seLinux: {rule: RunAsAny}
  supplementalGroups: {rule: RunAsAny}
  runAsUser: {rule: RunAsAny}
  fsGroup: {rule: RunAsAny}
  volumes: ['*']
"""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: %s
  selector: {matchLabels: {app: %s}}
  template:
    metadata: {labels: {app: %s}}
    spec: {containers: [{name: c, image: nginx%s}]}
"""


def deployment(replicas="1", app="web", more=""):
    return DEPLOYMENT % (replicas, app, app, more)


class Version(Case):
    """A test that starts the server as the versions it wants."""

    def setUp(self):
        super().setUp()
        threads = threading.active_count()
        self.addCleanup(lambda: self.assertLessEqual(threading.active_count(), threads))

    def up(self, version, *options):
        server = served.Served(PROGRAM, ("--kubernetes-version", version, "--nodes", "0", *options))
        self.addCleanup(self.end, server)
        self.server = server
        self.version = version
        return server

    def end(self, server):
        self.assertEqual(server.end(), "")

    def kubectl(self, *arguments, user="admin", stdin=""):
        """Standard output and standard error of kubectl, joined."""
        done = subprocess.run([KUBECTL, "--kubeconfig", self.server.kubeconfigs[user], *arguments],
                              input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False, timeout=SECONDS_MAX, cwd=self.dir,
                              env={**os.environ, "HOME": self.dir})
        return done.stdout

    def ask(self, method, path, body=None, content_type="application/json"):
        """The status and the text of an answer."""
        context = ssl.create_default_context(cadata=self.server.authority)
        request = urllib.request.Request(
            self.server.server + path, method=method,
            data=None if body is None else (body if isinstance(body, bytes) else
                                            json.dumps(body).encode()),
            headers={"Authorization": "Bearer " + served.token("admin"),
                     "Content-Type": content_type})
        try:
            with urllib.request.urlopen(request, context=context, timeout=SECONDS_MAX) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def message(self, *arguments, **more):
        return json.loads(self.ask(*arguments, **more)[1])["message"]


class TestWatchList(Version):
    """Watches that begin with what there is, and say when that was all."""

    PATH = "/api/v1/namespaces?watch=1&timeoutSeconds=1"
    ASKED = PATH + "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"

    def events(self, path):
        status, text = self.ask("GET", path)
        self.assertEqual(status, 200, text)
        return [json.loads(line) for line in text.splitlines()]

    def ends(self, path):
        """Which of the events say that all there was has been sent."""
        return [event["object"]["metadata"].get("annotations", {}).get("k8s.io/initial-events-end")
                for event in self.events(path)]

    def test_on(self):
        for version in ("1.32", "1.35"):
            self.up(version)
            four = [None] * 4
            self.assertEqual(self.ends(self.ASKED), four)
            self.assertEqual(self.ends(self.ASKED + "&allowWatchBookmarks=true"), four + ["true"])
            self.assertEqual(self.ends(self.PATH + "&allowWatchBookmarks=true"), four + ["true"])
            self.assertEqual(self.ends(self.ASKED + "&allowWatchBookmarks=true&resourceVersion=1"),
                             four + ["true"])
            self.assertEqual(self.events(self.ASKED.replace("true", "false")), [])
            end = self.events("/api/v1/namespaces/default/pods?watch=1&timeoutSeconds=1"
                              "&allowWatchBookmarks=true")[0]
            self.assertEqual(end["type"], "BOOKMARK")
            self.assertEqual(end["object"]["kind"], "Pod")
            self.assertEqual(end["object"]["spec"], {"containers": None})

    def test_off(self):
        self.up("1.31")
        self.assertEqual(self.ends(self.PATH + "&allowWatchBookmarks=true"), [None] * 4)
        self.assertEqual(self.message("GET", self.ASKED),
                         'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: '
                         "sendInitialEvents is forbidden for watch unless the WatchList feature "
                         "gate is enabled")

    def test_unknown(self):
        self.up("1.20")
        self.assertEqual(len(self.events(self.PATH + "&sendInitialEvents=true")), 4)
        self.assertEqual(self.message("GET", self.PATH + "&resourceVersion=5"
                                      "&resourceVersionMatch=NotOlderThan"),
                         'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: '
                         "resourceVersionMatch is forbidden for watch")


class TestWords(Version):
    """What the decoder and validation say."""

    MAPS = "/api/v1/namespaces/default/configmaps"

    def test_wrong_types(self):
        rows = (
            ("1.22", "v1.ConfigMap.ObjectMeta: v1.ObjectMeta.Name: ReadString: expects \" or n, but "
                     "found 5, error found in #10 byte of ...|{\"name\": 5}}|..., bigger context "
                     "...|{\"metadata\": {\"name\": 5}}|..."),
            ("1.23", "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of "
                     "type string"),
            ("1.32", "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of "
                     "type string"),
        )
        for version, wanted in rows:
            self.up(version)
            self.assertEqual(self.message("POST", self.MAPS, {"metadata": {"name": 5}}),
                             'ConfigMap in version "v1" cannot be handled as a ConfigMap: ' + wanted)

    def test_bad_values(self):
        body = {"metadata": {"name": "a", "annotations": {"a": "x" * 300000}}}
        role = {"metadata": {"name": "a"}, "subjects": [],
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                            "name": "view"}}
        bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
        rows = (
            ("1.20", "must have at most 262144 bytes",
             'rbac.RoleRef{APIGroup:"rbac.authorization.k8s.io", Kind:"ClusterRole", Name:"edit"}'),
            ("1.32", "may not be more than 262144 bytes",
             'rbac.RoleRef{APIGroup:"rbac.authorization.k8s.io", Kind:"ClusterRole", Name:"edit"}'),
            ("1.34", "may not be more than 262144 bytes",
             '{"APIGroup":"rbac.authorization.k8s.io","Kind":"ClusterRole","Name":"edit"}'),
        )
        for version, too_long, reference in rows:
            self.up(version)
            self.assertEqual(self.message("POST", self.MAPS, body),
                             'ConfigMap "a" is invalid: metadata.annotations: Too long: ' + too_long)
            self.assertEqual(self.ask("POST", bindings, role)[0], 201)
            self.assertEqual(self.message("PATCH", bindings + "/a", {"roleRef": {"name": "edit"}},
                                          content_type="application/merge-patch+json"),
                             'ClusterRoleBinding.rbac.authorization.k8s.io "a" is invalid: roleRef: '
                             "Invalid value: " + reference + ": cannot change roleRef")

    def test_selectors(self):
        rows = (("1.21", "'=', '!=', '==', 'in', notin'"), ("1.22", "in, notin, =, ==, !=, gt, lt"))
        for version, operators in rows:
            self.up(version)
            self.assertEqual(self.message("GET", self.MAPS + "?labelSelector=a%20b"),
                             "unable to parse requirement: found 'b', expected: " + operators)

    def test_patches(self):
        self.up("1.32")
        self.ask("POST", self.MAPS, {"metadata": {"name": "m"}})
        self.assertEqual(
            self.message("PATCH", self.MAPS + "/m?fieldValidation=Strict", {"foo": {"a": [1]}},
                         content_type="application/strategic-merge-patch+json"),
            ' "" is invalid: patch: Invalid value: "map[foo:map[a:[1]]]": strict decoding error: '
            'unknown field "foo"')
        self.assertEqual(
            self.ask("PATCH", self.MAPS + "/m?fieldValidation=Ignore", {"foo": 5},
                     content_type="application/merge-patch+json")[0], 200)


@unittest.skipUnless(KUBECTL, "there is no kubectl")
class TestKubectl(Version):
    def test_who_am_i(self):
        self.up("1.28")
        self.assertEqual(self.kubectl("auth", "whoami", user="alice").split("\n")[1:4],
                         ["Username    alice", "UID         alice-uid",
                          "Groups      [dev-team system:authenticated]"])
        self.up("1.27")
        self.assertIn("the selfsubjectreviews API is not enabled in the cluster",
                      self.kubectl("auth", "whoami", user="alice"))

    def test_no_policies(self):
        """Clusters from 1.25 on have none, unless somebody brings some."""
        self.up("1.24")
        self.assertIn("no providers available", self.kubectl("run", "p", "--image=nginx"))
        self.up("1.25", "--admission-plugins", "PodSecurityPolicy")
        self.assertIn("no providers available", self.kubectl("run", "p", "--image=nginx"))
        self.up("1.25")
        self.kubectl("create", "serviceaccount", "default")
        self.assertEqual(self.kubectl("run", "p", "--image=nginx"), "pod/p created\n")
        self.assertEqual(self.kubectl("create", "-f", "-", stdin=PSP),
                         "Warning: policy/v1beta1 PodSecurityPolicy is deprecated in v1.21+, "
                         "unavailable in v1.25+\npodsecuritypolicy.policy/tight created\n")
        self.assertEqual(self.kubectl("run", "q", "--image=nginx", "--privileged"),
                         'Error from server (Forbidden): pods "q" is forbidden: PodSecurityPolicy: '
                         "unable to admit pod: [spec.containers[0].securityContext.privileged: "
                         "Invalid value: true: Privileged containers are not allowed]\n")

    def test_old_words(self):
        self.up("1.19")
        self.kubectl("create", "serviceaccount", "default")
        self.kubectl("create", "-f", "-", stdin=PSP)
        self.assertEqual(self.kubectl("run", "q", "--image=nginx", "--privileged"),
                         'Error from server (Forbidden): pods "q" is forbidden: unable to validate '
                         "against any pod security policy: [spec.containers[0].securityContext."
                         "privileged: Invalid value: true: Privileged containers are not allowed]\n")

    def test_standards(self):
        self.up("1.32")
        self.kubectl("create", "namespace", "shop")
        self.assertEqual(self.kubectl("get", "namespace", "shop", "-o", "jsonpath={.metadata.labels}"),
                         '{"kubernetes.io/metadata.name":"shop"}')
        self.kubectl("create", "serviceaccount", "default", "-n", "shop")
        self.kubectl("label", "namespace", "shop", "pod-security.kubernetes.io/enforce=baseline",
                     "pod-security.kubernetes.io/warn=restricted")
        self.assertEqual(self.kubectl("run", "q", "-n", "shop", "--image=nginx", "--privileged"),
                         'Error from server (Forbidden): pods "q" is forbidden: violates PodSecurity '
                         '"baseline:latest": privileged (container "q" must not set '
                         "securityContext.privileged=true)\n")
        out = self.kubectl("create", "deployment", "d", "-n", "shop", "--image=nginx")
        self.assertTrue(out.startswith('Warning: would violate PodSecurity "restricted:latest": '), out)
        self.assertTrue(out.endswith("deployment.apps/d created\n"), out)

    def test_fields(self):
        self.up("1.28")
        self.kubectl("create", "namespace", "shop")
        bad = deployment(more=", imagePullPolcy: Always")
        unknown = 'unknown field "spec.template.spec.containers[0].imagePullPolcy"'
        self.assertEqual(self.kubectl("create", "-f", "-", stdin=bad),
                         'Error from server (BadRequest): error when creating "STDIN": Deployment in '
                         'version "v1" cannot be handled as a Deployment: strict decoding error: '
                         + unknown + "\n")
        self.assertEqual(self.kubectl("create", "--validate=warn", "-f", "-", stdin=bad),
                         "Warning: " + unknown + "\ndeployment.apps/web created\n")
        self.kubectl("apply", "-f", "-", stdin=deployment())
        self.assertIn("strict decoding error: " + unknown, self.kubectl("apply", "-f", "-", stdin=bad))
        self.assertEqual(self.kubectl("apply", "--validate=ignore", "-f", "-", stdin=bad),
                         "deployment.apps/web configured\n")
        self.assertIn("json: cannot unmarshal string into Go struct field DeploymentSpec.spec."
                      "replicas of type int32",
                      self.kubectl("create", "--validate=ignore", "-f", "-",
                                   stdin=deployment('"3"')))

    def test_immutable(self):
        rows = (("1.33", 'v1.LabelSelector{MatchLabels:map[string]string{"app":"b"}, '
                         "MatchExpressions:[]v1.LabelSelectorRequirement(nil)}"),
                ("1.34", '{"matchLabels":{"app":"b"}}'))
        for version, selector in rows:
            self.up(version)
            self.kubectl("create", "namespace", "shop")
            self.kubectl("apply", "-f", "-", stdin=deployment(app="a"))
            self.assertEqual(self.kubectl("apply", "-f", "-", stdin=deployment(app="b")),
                             'The Deployment "web" is invalid: spec.selector: Invalid value: '
                             + selector + ": field is immutable\n")

    def test_what_is_only_kept(self):
        self.up("1.30")
        out = self.kubectl("create", "-f", "-", stdin="""\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: a}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations: [{expression: 'false'}]
""")
        self.assertEqual(out, "Warning: podgate keeps ValidatingAdmissionPolicy objects but does not "
                              "evaluate them\nvalidatingadmissionpolicy.admissionregistration.k8s.io/a "
                              "created\n")

    def test_warnings_of_templates(self):
        self.up("1.30")
        self.kubectl("create", "namespace", "shop")
        old = deployment(more=", env: [{name: A, value: b}, {name: A, value: c}]")
        self.assertEqual(self.kubectl("apply", "-f", "-", stdin=old),
                         'Warning: spec.template.spec.containers[0].env[1]: hides previous definition '
                         'of "A", which may be dropped when using apply\ndeployment.apps/web created\n')
        self.assertEqual(self.kubectl("label", "-n", "shop", "deployment", "web", "a=b"),
                         "deployment.apps/web labeled\n")

    def test_who_scales_owns(self):
        # the client is called as its file is
        wanted = ('conflict with "%s" with subresource "scale" using apps/v1: .spec.replicas'
                  % os.path.basename(KUBECTL))
        self.up("1.32")
        self.kubectl("create", "namespace", "shop")
        self.kubectl("apply", "-f", "-", stdin=deployment())
        self.assertEqual(self.kubectl("scale", "-n", "shop", "deployment", "web", "--replicas=3"),
                         "deployment.apps/web scaled\n")
        self.assertIn(wanted, self.kubectl("apply", "--server-side", "-f", "-", stdin=deployment("2")))


class TestNewest(Version):
    """What a real API server 1.37 does otherwise than one of 1.20: see tests/real."""

    def newer(self):
        self.up("1.37", "--no-controllers", "--disable-admission-plugins", "PodSecurityPolicy")

    def make(self, path, body):
        status, text = self.ask("POST", path, body)
        self.assertEqual(status, 201, text)
        return json.loads(text)

    def test_words_of_the_newest(self):
        self.newer()
        maps = "/api/v1/namespaces/default/configmaps"
        sets = "/apis/apps/v1/namespaces/default/statefulsets"
        labels = {"app": "web"}
        self.make(maps, {"metadata": {"name": "m"}})
        self.make(sets, {"metadata": {"name": "web"}, "spec": {
            "selector": {"matchLabels": labels}, "serviceName": "web", "template": {
                "metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}})
        merge, operations = "application/merge-patch+json", "application/json-patch+json"
        applied = "application/apply-patch+yaml"
        for method, path, body, kind, wanted in (
                ("POST", maps + "?dryRun=x", {"metadata": {"name": "n"}}, "application/json",
                 'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["x"]: supported '
                 'values: "All"'),
                ("GET", maps + "?resourceVersion=x", None, "",
                 'invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: '
                 'parsing "x": invalid syntax'),
                ("GET", maps + "?continue=a.b", None, "",
                 "invalid continue token: continue key is not valid: illegal base64 data at input byte 1"),
                ("GET", maps + "?labelSelector=,&resourceVersion=0&resourceVersionMatch=Exact", None, "",
                 "found ',', expected: !, identifier, or 'end of string'"),
                ("PATCH", maps + "/m", [], merge,
                 "error decoding patch: json: cannot unmarshal array into Go value of type "
                 "map[string]interface {}"),
                ("PATCH", maps + "/m", {}, operations,
                 "error decoding patch: json: cannot unmarshal object into Go value of type "
                 "[]handlers.jsonPatchOp"),
                ("PATCH", maps + "/m", b"[", operations, "invalid JSON patch"),
                ("PATCH", maps + "/m?fieldManager=a", "x", applied,
                 "error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot "
                 "unmarshal string into Go value of type map[string]interface {}"),
                ("PATCH", maps + "/m?fieldManager=a", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
                    "name": "m"}, "immutable": 1}, applied,
                 "failed to create typed patch object (/m; /v1, Kind=ConfigMap): .immutable: expected "
                 "boolean, got &{1}"),
                ("PATCH", maps + "/m?fieldValidation=x", {}, applied,
                 'PatchOptions.meta.k8s.io "" is invalid: [fieldManager: Required value: is required for '
                 'apply patch, fieldValidation: Unsupported value: "x": supported values: "", "Ignore", '
                 '"Strict", "Warn"]'),
                ("PATCH", maps + "/m", {"metadata": {"namespace": "other"}}, merge,
                 "the namespace of the provided object does not match the namespace sent on the request"),
                ("PATCH", maps + "/m", {"metadata": {"uid": "x"}}, merge,
                 'ConfigMap "m" is invalid: metadata.uid: Invalid value: "x": field is immutable'),
                ("PATCH", maps + "/m", {"metadata": {"ownerReferences": [{
                    "apiVersion": "v1", "kind": "Pod", "name": "p", "uid": ""}]}}, merge,
                 'ConfigMap "m" is invalid: metadata.ownerReferences[0].uid: Required value: must not be '
                 'empty'),
                ("PUT", maps + "/m", {"metadata": {"name": "m", "resourceVersion": "x"}}, "application/json",
                 'strconv.ParseUint: parsing "x": invalid syntax'),
                ("PATCH", sets + "/web", {"spec": {"podManagementPolicy": "Parallel"}}, merge,
                 'StatefulSet.apps "web" is invalid: spec.podManagementPolicy: Invalid value: "Parallel": '
                 'field is immutable')):
            self.assertEqual(self.message(method, path, body, content_type=kind), wanted)

    def test_nothing_changed(self):
        """Neither the version nor a time changes when an object does not; an apply still owns."""
        self.newer()
        path = "/api/v1/namespaces/default/configmaps"
        made = self.make(path, {"metadata": {"name": "m"}, "data": {"a": "b"}})
        status, text = self.ask("PUT", path + "/m", {"metadata": {"name": "m"}, "data": {"a": "b"}})
        self.assertEqual((status, json.loads(text)), (200, made))
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {}}
        status, text = self.ask("PATCH", path + "/m?fieldManager=other", body,
                                "application/apply-patch+yaml")
        entry = next(one for one in json.loads(text)["metadata"]["managedFields"]
                     if one["manager"] == "other")
        self.assertEqual(entry["fieldsV1"], {"f:data": {}})
        self.assertNotIn("time", entry)

    def test_fields_stand_as_go_declares_them(self):
        self.newer()
        made = self.make("/api/v1/namespaces/default/services", {
            "spec": {"ports": [{"port": 80}], "selector": {"b": "c", "a": "b"}}, "metadata": {"name": "web"}})
        self.assertEqual(list(made), ["kind", "apiVersion", "metadata", "spec", "status"])
        self.assertEqual(list(made["metadata"]), ["name", "namespace", "uid", "resourceVersion",
                                                  "creationTimestamp", "managedFields"])
        self.assertEqual(list(made["spec"]["ports"][0]), ["protocol", "port", "targetPort"])
        self.assertEqual(list(made["spec"]["selector"]), ["a", "b"])

    def test_deletes_of_pods_and_dry_runs(self):
        """A pod is marked even when it goes at once; options in a body are all that count."""
        self.newer()
        self.make("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "default"}})
        pods = "/api/v1/namespaces/default/pods"
        for query, body, stays in (("?dryRun=All", None, True), ("?dryRun=All", {}, False)):
            self.make(pods, {"metadata": {"name": "p"}, "spec": {"containers": [
                {"name": "c", "image": "i"}]}})
            status, text = self.ask("DELETE", pods + "/p" + query, body)
            gone = json.loads(text)["metadata"]
            self.assertEqual((status, gone["deletionGracePeriodSeconds"], gone["generation"]), (200, 0, 2))
            self.assertEqual(self.ask("GET", pods + "/p")[0], 200 if stays else 404)
            self.ask("DELETE", pods + "/p")

    def test_events_stay_as_they_are(self):
        event = {"eventTime": "2026-01-02T03:04:05.000006Z", "action": "Testing", "reason": "Tested",
                 "reportingController": "example.org/tests", "reportingInstance": "tests-1",
                 "type": "Normal", "metadata": {"name": "e"}, "regarding": {"namespace": "default"}}
        path = "/apis/events.k8s.io/v1/namespaces/default/events"
        for version, wanted in (("1.20", 200), ("1.37", 422)):
            self.up(version, "--no-controllers")
            self.make(path, event)
            self.assertEqual(self.ask("PATCH", path + "/e", {"reason": "Other"},
                                      "application/merge-patch+json")[0], wanted)


if __name__ == "__main__":
    unittest.main()
