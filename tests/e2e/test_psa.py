# SPDX-License-Identifier: Apache-2.0
"""podgate psa, and PodSecurity in podgate admit."""

import os
import subprocess
import sys

from podgate import NO, ROOT, YES, Case, run

FIXTURES = os.path.join(ROOT, "tests", "fixtures", "psa")

NGINX = """\
apiVersion: v1
kind: Pod
metadata:
  name: nginx
spec:
  containers:
  - name: nginx
    image: nginx
"""

# What `kubectl run nginx --image=nginx` is told in a namespace that enforces restricted.
REFUSED = (
    'pods "nginx" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false '
    '(container "nginx" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities '
    '(container "nginx" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or '
    'container "nginx" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "nginx" '
    'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")')

NAMESPACE = """\
apiVersion: v1
kind: Namespace
metadata:
  name: default
  labels:
    pod-security.kubernetes.io/%s: %s
"""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: true
      securityContext:
        runAsNonRoot: true
        seccompProfile: {type: RuntimeDefault}
      volumes:
      - name: scratch
      containers:
      - name: web
        image: web
        ports:
        - containerPort: 80
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop: [ALL]
"""

CONFIG = """\
apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults:
      enforce: restricted
    exemptions:
      runtimeClasses: [kata]
"""


class Check(Case):
    def setUp(self):
        super().setUp()
        self.write("nginx.yaml", NGINX)
        self.write("web.yaml", DEPLOYMENT)

    def test_a_row_for_each_container_and_check(self):
        result = self.run_in("psa", "check", "-f", "web.yaml")
        self.assertEqual(result.status, NO, result)
        self.assertEqual(result.out, """\
PLACE            NAMESPACE   OBJECT                CONTAINER   CHECK            FIELD
web.yaml:11:7    shop        deployment.apps/web   <pod>       hostNamespaces   spec.hostNetwork
web.yaml:21:11   shop        deployment.apps/web   web         hostPorts        spec.containers[0].ports[0].hostPort

deployment.apps/web violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true), \
hostPort (container "web" uses hostPort 80)
""")

    def test_as_given(self):
        result = self.run_in("psa", "check", "--as-given", "-f", "web.yaml", "-o", "json").json()
        self.assertEqual(result["items"][0]["reason"], "host namespaces, restricted volume types")
        places = [f["place"] for v in result["items"][0]["violations"] for f in v["fields"]]
        self.assertEqual(places, ["web.yaml:11:7", "web.yaml:16:9"])

    def test_levels_and_versions(self):
        for level, status in (("privileged", YES), ("baseline", YES), ("restricted:v1.7", NO),
                              ("baseline:latest", YES), ("restricted", NO)):
            with self.subTest(level):
                self.assertEqual(self.run_in("psa", "check", "--level", level, "nginx.yaml").status, status)
        self.refused(self.run_in("psa", "check", "--level", "strict", "nginx.yaml"),
                     'level "strict": must be one of privileged, baseline, restricted')
        self.refused(self.run_in("psa", "check", "--level", "baseline:1.2", "nginx.yaml"),
                     'version "1.2": must be "latest" or "v1.x"')

    def test_names(self):
        result = self.run_in("psa", "check", "-f", ".", "-o", "name")
        self.assertEqual(result.out, "pod/nginx\ndeployment.apps/web\n")
        result = self.run_in("psa", "check", "nginx.yaml", "--level", "baseline")
        self.assertEqual(result.out, "1 object: no violation of baseline:latest\n")

    def test_nothing_to_check(self):
        self.write("ns.yaml", NAMESPACE % ("enforce", "baseline"))
        self.refused(self.run_in("psa", "check", "-f", "ns.yaml"), "nothing that makes pods among 1 object")
        self.refused(self.run_in("psa", "check"), "-f says what is checked")


class Fixtures(Case):
    def test_what_the_folders_say_is_what_is_decided(self):
        for level in ("baseline", "restricted"):
            for version in sorted(os.listdir(os.path.join(FIXTURES, level))):
                for verdict, status in (("pass", YES), ("fail", NO)):
                    folder = os.path.join(FIXTURES, level, version, verdict)
                    with self.subTest(folder):
                        result = run("psa", "check", "--level", level + ":" + version, "-o", "json", folder)
                        self.assertEqual(result.status, status, result)
                        got = [item["allowed"] for item in result.json()["items"]]
                        self.assertEqual(got, [verdict == "pass"] * len(os.listdir(folder)))

    def test_they_are_what_the_generator_writes(self):
        done = subprocess.run([sys.executable, os.path.join(FIXTURES, "generate.py"), "--check"],
                              stdout=subprocess.PIPE, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, b""))


class Level(Case):
    def test_workloads_and_namespaces(self):
        self.write("nginx.yaml", NGINX)
        self.write("web.yaml", DEPLOYMENT)
        result = self.run_in("psa", "level", "-f", ".")
        self.assertEqual(result.status, YES, result)
        self.assertEqual(result.out, """\
NAMESPACE   OBJECT                MEETS        IN THE WAY OF THE NEXT LEVEL
default     pod/nginx             baseline     restricted: allowPrivilegeEscalation != false, unrestricted \
capabilities, runAsNonRoot != true, seccompProfile
shop        deployment.apps/web   privileged   baseline: host namespaces, hostPort

NAMESPACE   MEETS        IN THE WAY OF THE NEXT LEVEL
default     baseline     restricted: 1 of 1 object
shop        privileged   baseline: 1 of 1 object
""")
        self.assertEqual(self.run_in("psa", "level", "--state", ".", "-o", "name").out,
                         "default baseline\nshop privileged\n")


class DryRun(Case):
    def test_the_warnings_of_labelling(self):
        self.write("state.yaml", NGINX)
        result = self.run_in("psa", "dry-run", "default", "--enforce", "restricted", "--state", "state.yaml")
        self.assertEqual((result.status, result.out), (NO, """\
Warning: existing pods in namespace "default" violate the new PodSecurity enforce level "restricted:latest"
Warning: nginx: allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile
"""))
        result = self.run_in("psa", "dry-run", "default", "--enforce", "baseline", "--state", "state.yaml")
        self.assertEqual((result.status, result.out), (YES, ""))

    def test_what_is_not_stricter_is_not_tried(self):
        self.write("state.yaml", NGINX + "---\n" + NAMESPACE % ("enforce", "restricted"))
        result = self.run_in("psa", "dry-run", "default", "--enforce", "restricted", "--state", "state.yaml")
        self.assertEqual((result.status, result.out), (YES, ""))

    def test_as_data(self):
        self.write("state.yaml", NGINX)
        got = self.run_in("psa", "dry-run", "default", "--enforce", "restricted:v1.7", "--state", "state.yaml",
                          "-o", "json").json()
        self.assertEqual(got, {"namespace": "default", "enforce": "restricted:v1.7", "warnings": [
            'existing pods in namespace "default" violate the new PodSecurity enforce level "restricted:v1.7"',
            "nginx: runAsNonRoot != true"]})

    def test_a_level_is_needed(self):
        self.refused(self.run_in("psa", "dry-run", "default"), "--enforce")


class Admit(Case):
    def setUp(self):
        super().setUp()
        self.write("nginx.yaml", NGINX)

    def test_the_refusal_of_a_namespace_that_enforces(self):
        self.write("ns.yaml", NAMESPACE % ("enforce", "restricted"))
        result = self.run_in("admit", "-f", "nginx.yaml", "--state", "ns.yaml")
        self.assertEqual(result.status, NO, result)
        self.assertEqual(result.out.splitlines()[-1], "  " + REFUSED)
        self.assertEqual(result.err, "")

    def test_by_option(self):
        got = self.run_in("admit", "-f", "nginx.yaml", "--enforce", "restricted", "-o", "json").json()
        self.assertEqual(got["items"][0]["status"]["message"], REFUSED)
        self.assertEqual(self.run_in("admit", "-f", "nginx.yaml", "--enforce", "baseline").status, YES)

    def test_warnings_and_audit_annotations(self):
        self.write("ns.yaml", NAMESPACE % ("warn", "restricted"))
        got = self.run_in("admit", "-f", "nginx.yaml", "--state", "ns.yaml", "-o", "json").json()["items"][0]
        self.assertTrue(got["allowed"])
        self.assertEqual(got["warnings"], [REFUSED.replace('pods "nginx" is forbidden: violates', "would violate")])
        self.assertEqual(got["auditAnnotations"],
                         {"pod-security.kubernetes.io/enforce-policy": "privileged:latest"})

    def test_a_configuration_file(self):
        self.write("config.yaml", CONFIG)
        self.assertEqual(self.run_in("admit", "-f", "nginx.yaml", "--config", "config.yaml").status, NO)
        self.write("kata.yaml", NGINX + "  runtimeClassName: kata\n")
        self.write("class.yaml", "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: kata}\nhandler: k\n")
        result = self.run_in("admit", "-f", "kata.yaml", "--state", "class.yaml", "--config", "config.yaml")
        self.assertEqual(result.status, YES, result)

    def test_a_wrong_configuration_file(self):
        self.write("config.yaml", CONFIG.replace("enforce: restricted", "enforce: strict"))
        self.refused(self.run_in("admit", "-f", "nginx.yaml", "--config", "config.yaml"),
                     "PodSecurity configuration error: enforce: must be one of privileged, baseline, restricted")

    def test_older_servers_have_no_such_plugin(self):
        self.write("ns.yaml", NAMESPACE % ("enforce", "restricted"))
        result = self.run_in("admit", "-f", "nginx.yaml", "--state", "ns.yaml", "--kubernetes-version", "1.22")
        self.assertEqual(result.status, YES, result)

    def test_a_server_judges_by_its_own_version(self):
        pod = NGINX.replace("    image: nginx\n", "    image: nginx\n    livenessProbe: {httpGet: {host: h, port: 1}}\n")
        self.write("pod.yaml", pod)
        for version, status in (("1.33", YES), ("1.34", NO)):
            result = self.run_in("admit", "-f", "pod.yaml", "--enforce", "baseline", "--kubernetes-version", version)
            self.assertEqual(result.status, status, (version, result))
