# SPDX-License-Identifier: Apache-2.0
"""API priority and fairness: its objects are kept, nothing comes of them."""

import unittest

from test_controllers import Controllers

VERSIONS = (("1.20", "v1beta1", "assuredConcurrencyShares"), ("1.26", "v1beta3", "nominalConcurrencyShares"),
            ("1.30", "v1", "nominalConcurrencyShares"))


class FlowControl(Controllers):
    def test_objects(self):
        for version, at, shares in VERSIONS:
            with self.subTest(version):
                self.up("--kubernetes-version", version, "--nodes", "0")
                group = "/apis/flowcontrol.apiserver.k8s.io/%s/" % at
                self.make(group + "prioritylevelconfigurations", {
                    "metadata": {"name": "slow"},
                    "spec": {"type": "Limited", "limited": {
                        shares: 1, "limitResponse": {"type": "Reject"}}}})
                made = self.make(group + "flowschemas", {
                    "metadata": {"name": "bots"},
                    "spec": {"priorityLevelConfiguration": {"name": "slow"},
                             "rules": [{"subjects": [{"kind": "Group", "group": {"name": "bots"}}],
                                        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}]}]}})
                self.assertEqual(made["spec"]["matchingPrecedence"], 1000)
                for kind, name in (("prioritylevelconfigurations", "slow"), ("flowschemas", "bots")):
                    self.assertIn(name, [o["metadata"]["name"] for o in self.get(group + kind)["items"]])
                status, body = self.write_to("POST", group + "flowschemas", {"metadata": {"name": "x"}, "spec": {}})
                self.assertEqual(status, 422, body)
                self.assertIn("spec.priorityLevelConfiguration.name: Required value", body["message"])


# unittest collects what is imported, too.
del Controllers

if __name__ == "__main__":
    unittest.main()
