# SPDX-License-Identifier: Apache-2.0
"""podgate psp, compared with what kubectl printed for the same policies."""

import json
import os

from podgate import NO, ROOT, YES, Case, run

EXAMPLES = os.path.join(ROOT, "examples")

LIST = """\
NAME              PRIV    CAPS   SELINUX    RUNASUSER          FSGROUP     SUPGROUP    READONLYROOTFS   VOLUMES
eks.privileged    true    *      RunAsAny   RunAsAny           RunAsAny    RunAsAny    false            *
eks.restrictive   false          RunAsAny   MustRunAsNonRoot   MustRunAs   MustRunAs   false            configMap,emptyDir,projected,secret,downwardAPI,persistentVolumeClaim
"""

# But for the times, versions and UIDs that only a server gives.
DESCRIBE = """\
Name:         eks.restrictive
Namespace:    
Labels:       <none>
Annotations:  apparmor.security.beta.kubernetes.io/allowedProfileNames: runtime/default
              apparmor.security.beta.kubernetes.io/defaultProfileName: runtime/default
              seccomp.security.alpha.kubernetes.io/allowedProfileNames: docker/default,runtime/default
              seccomp.security.alpha.kubernetes.io/defaultProfileName: runtime/default
API Version:  policy/v1beta1
Kind:         PodSecurityPolicy
Metadata:
Spec:
  Allow Privilege Escalation:  false
  Fs Group:
    Ranges:
      Max:  65535
      Min:  1
    Rule:   MustRunAs
  Required Drop Capabilities:
    ALL
  Run As User:
    Rule:  MustRunAsNonRoot
  Se Linux:
    Rule:  RunAsAny
  Supplemental Groups:
    Ranges:
      Max:  65535
      Min:  1
    Rule:   MustRunAs
  Volumes:
    configMap
    emptyDir
    projected
    secret
    downwardAPI
    persistentVolumeClaim
Events:  <none>
"""


class Psp(Case):
    def psp(self, *arguments, example="eks"):
        return run("psp", *arguments, "--state", os.path.join(EXAMPLES, example))

    def test_list(self):
        result = self.psp("list")
        self.assertEqual((result.status, result.out, result.err), (YES, LIST, ""))

    def test_list_by_name(self):
        result = self.psp("list", "eks.restrictive", "-o", "name")
        self.assertEqual(result.out, "podsecuritypolicy.policy/eks.restrictive\n")

    def test_list_as_data(self):
        items = self.psp("list", "-o", "json").json()["items"]
        self.assertEqual([i["metadata"]["name"] for i in items], ["eks.privileged", "eks.restrictive"])
        self.assertIn("  name: eks.privileged\n", self.psp("list", "-o", "yaml").out)

    def test_there_is_none(self):
        result = run("psp", "list")
        self.assertEqual((result.status, result.out), (YES, ""))
        self.assertIn("there is no PodSecurityPolicy", result.err)

    def test_describe(self):
        result = self.psp("describe", "eks.restrictive")
        self.assertEqual((result.status, result.out), (YES, DESCRIBE))

    def test_describe_what_is_not_there(self):
        for command in ("describe", "list", "who-may-use"):
            with self.subTest(command):
                self.refused(self.psp(command, "nope"),
                             'podsecuritypolicies.policy "nope" not found')

    def test_defaults_are_filled_in(self):
        result = self.psp("list", "example", "-o", "json", example="can-i/example-psp.yaml")
        spec = result.json()["items"][0]["spec"]
        self.assertIs(spec["allowPrivilegeEscalation"], True)
        self.assertNotIn("privileged", spec)  # false is not stored

    def test_who_may_use(self):
        result = self.psp("who-may-use", "eks.restrictive")
        self.assertEqual(result.status, YES)
        self.assertIn("ServiceAccount psp-eks-restrictive/eks-test-user", result.out)
        self.assertIn("RoleBinding/psp:restrictive", result.out)

    def test_who_may_use_as_data(self):
        uses = self.psp("who-may-use", "eks.privileged", "-o", "json").json()["subjects"]
        self.assertEqual([u["subject"]["name"] for u in uses],
                         ["system:masters", "system:nodes", "replicaset-controller"])
        self.assertEqual(uses[2]["subject"]["namespace"], "kube-system")

    def test_a_wildcard_on_group_extensions_is_a_grant(self):
        result = self.psp("who-may-use", "host-access", "-o", "name", example="every-policy")
        self.assertEqual(result.out, "ServiceAccount team-a/ci\n")

    def test_nobody_may(self):
        result = self.psp("who-may-use", "example", example="can-i/example-psp.yaml")
        self.assertEqual(result.status, NO)
        self.assertEqual(json.loads(self.psp("who-may-use", "example", "-o", "json",
                                             example="can-i/example-psp.yaml").out)["subjects"], [])
