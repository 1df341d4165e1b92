# SPDX-License-Identifier: Apache-2.0
"""Which admission plugins decide: --admission-plugins and --disable-admission-plugins."""

from podgate import NO, YES, Case

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
  - name: web
    image: web:1
"""

STATE = """\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    scheduler.alpha.kubernetes.io/node-selector: zone=a
---
apiVersion: v1
kind: LimitRange
metadata:
  name: limits
  namespace: shop
spec:
  limits:
  - type: Container
    max: {cpu: 1}
    min: {cpu: 500m}
"""


class Plugins(Case):
    def setUp(self):
        super().setUp()
        self.write("pod.yaml", POD)
        self.write("state.yaml", STATE)

    def admit(self, *more):
        return self.run_in("admit", "-f", "pod.yaml", "--state", "state.yaml", *more)

    def pod(self, *more):
        result = self.admit("--mutated", "-o", "json", "--disable-admission-plugins", "PodSecurityPolicy", *more)
        self.assertEqual(result.status, YES, result)
        return result.json()

    def test_optional_ones_are_off(self):
        pod = self.pod()
        self.assertEqual(pod["spec"]["containers"][0]["imagePullPolicy"], "IfNotPresent")
        self.assertNotIn("nodeSelector", pod["spec"])
        self.assertEqual(pod["spec"]["containers"][0]["resources"]["limits"], {"cpu": "1"})

    def test_they_are_turned_on_by_name(self):
        pod = self.pod("--admission-plugins", "AlwaysPullImages,PodNodeSelector")
        self.assertEqual(pod["spec"]["containers"][0]["imagePullPolicy"], "Always")
        self.assertEqual(pod["spec"]["nodeSelector"], {"zone": "a"})

    def test_others_are_turned_off(self):
        pod = self.pod("--disable-admission-plugins=LimitRanger", "--disable-admission-plugins=Priority")
        self.assertEqual(pod["spec"]["containers"][0]["resources"], {})
        self.assertNotIn("priority", pod["spec"])

    def test_policies_are_asked_where_they_are_named(self):
        result = self.admit("--enforce", "privileged")
        self.assertEqual(result.status, YES, result)
        result = self.admit("--enforce", "privileged", "--admission-plugins", "PodSecurityPolicy")
        self.assertEqual(result.status, NO, result)

    def test_plugins_of_the_api_server_that_decide_nothing_here(self):
        result = self.admit("--disable-admission-plugins", "PodSecurityPolicy,PodPreset")
        self.assertEqual(result.status, YES, result)
        self.assertIn("Warning: --disable-admission-plugins: plugin PodPreset decides nothing here",
                      result.err)

    def test_wrong_names(self):
        self.refused(self.admit("--admission-plugins", "Nonsense"),
                     '--admission-plugins: plugin "Nonsense" is unknown; known are NamespaceLifecycle, LimitRanger')
        self.refused(self.admit("--admission-plugins", "Priority", "--disable-admission-plugins", "Priority"),
                     "both name Priority")
        self.refused(self.run_in("review", "--admission-plugins", "Nonsense"), 'plugin "Nonsense" is unknown')
