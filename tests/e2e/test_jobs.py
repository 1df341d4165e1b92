# SPDX-License-Identifier: Apache-2.0
"""Jobs with an index for each completion, and CronJobs of other time zones."""

import os
import unittest

from test_clock import BATCH
from test_controllers import CORE, Controllers

INDEX = "batch.kubernetes.io/job-completion-index"
POD = {"spec": {"restartPolicy": "Never", "initContainers": [{"name": "a", "image": "i"}],
                "containers": [{"name": "c", "image": "i", "env": [{"name": "A", "value": "b"}]}]}}


class Jobs(Controllers):
    def serve(self, version, *arguments):
        self.up("--kubernetes-version", version, "--nodes", "0", "--disable-admission-plugins",
                "PodSecurityPolicy", *arguments)
        self.env["KUBECONFIG"] = self.kubeconfig

    def pods(self, *indexes):
        """The pods that have not ended, by index, once they have these."""
        def active(found):
            return {int(p["metadata"]["annotations"][INDEX]): p for p in found["items"]
                    if p["status"]["phase"] == "Pending" and "deletionTimestamp" not in p["metadata"]}
        return active(self.until(CORE + "pods", lambda l: sorted(active(l)) == sorted(indexes)))

    def finish(self, pod, phase="Succeeded"):
        path = CORE + "pods/%s/status" % pod["metadata"]["name"]
        status, body = self.write_to("PATCH", path, {"status": {"phase": phase}},
                                     "application/merge-patch+json")
        self.assertEqual(status, 200, body)

    def completed(self, text):
        return self.until(BATCH + "jobs/idx", lambda j: j["status"].get("completedIndexes", "") == text)

    def test_indexes(self):
        for version in ("1.24", "1.30"):
            with self.subTest(version):
                self.serve(version)
                self.make(BATCH + "jobs", {"metadata": {"name": "idx"}, "spec": {
                    "completions": 5, "parallelism": 3, "completionMode": "Indexed", "template": POD}})
                pods = self.pods(0, 1, 2)
                pod = pods[1]
                self.assertEqual(pod["spec"]["hostname"], "idx-1")
                self.assertRegex(pod["metadata"]["name"], r"^idx-1-[a-z0-9]{5}$")
                by_label = version == "1.30"
                self.assertEqual(pod["metadata"]["labels"].get(INDEX), "1" if by_label else None)
                variable = {"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {
                    "apiVersion": "v1",
                    "fieldPath": "metadata.%s['%s']" % ("labels" if by_label else "annotations", INDEX)}}}
                self.assertEqual(pod["spec"]["initContainers"][0]["env"], [variable])
                self.assertEqual(pod["spec"]["containers"][0]["env"], [{"name": "A", "value": "b"}, variable])
                self.finish(pods[1])
                self.completed("1")
                pods = self.pods(0, 2, 3)
                self.finish(pods[2])
                self.completed("1,2")
                pods = self.pods(0, 3, 4)
                # What failed is tried again, under the same index.
                self.finish(pods[0], "Failed")
                pods = self.pods(0, 3, 4)
                # What succeeded counts when its pod is gone.
                for pod in self.get(CORE + "pods")["items"]:
                    if pod["metadata"]["annotations"][INDEX] == "1":
                        self.ask("DELETE", CORE + "pods/%s?gracePeriodSeconds=0" % pod["metadata"]["name"])
                self.finish(pods[4])
                self.assertEqual(self.completed("1,2,4")["status"]["succeeded"], 3)
                self.finish(pods[3])
                self.completed("1-4")
                self.finish(pods[0])
                job = self.completed("0-4")
                self.assertEqual([c["type"] for c in job["status"]["conditions"]][-1], "Complete")

    def clock(self, to):
        self.assertEqual(self.podgate("clock", "set", to).out, to + "\n")

    def cron(self, name, zone, schedule="0 9 * * *"):
        return self.write_to("POST", BATCH + "cronjobs", {
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name},
            "spec": {"schedule": schedule, "timeZone": zone, "jobTemplate": {"spec": {"template": POD}}}})

    @unittest.skipUnless(os.path.exists("/usr/share/zoneinfo/Asia/Tokyo"), "there is no tz database")
    def test_time_zones(self):
        self.serve("1.30", "--clock", "2030-06-30T12:00:00Z")
        for name, zone in (("tokyo", "Asia/Tokyo"), ("york", "America/New_York"), ("utc", "Etc/UTC")):
            self.assertEqual(self.cron(name, zone)[0], 201)
        # Nine o'clock comes first where the sun does.
        for to, owner, local in (("2030-07-01T00:00:00Z", "tokyo", "2030-07-01T09:00:00+09:00"),
                                 ("2030-07-01T09:00:00Z", "utc", "2030-07-01T09:00:00Z"),
                                 ("2030-07-01T13:00:00Z", "york", "2030-07-01T09:00:00-04:00")):
            if owner == "tokyo":  # New York's of the 30th comes before
                self.clock("2030-06-30T23:59:00Z")
                self.until(BATCH + "jobs", lambda l: len(l["items"]) == 1)
            self.clock(to)
            jobs = self.until(BATCH + "jobs", lambda l: any(
                local == j["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"]
                for j in l["items"]))["items"]
            job = max(jobs, key=lambda j: j["metadata"]["creationTimestamp"])
            self.assertEqual(job["metadata"]["ownerReferences"][0]["name"], owner)

    def test_time_zones_that_are_none(self):
        self.serve("1.30")
        for zone, message in (
                ("Nowhere/City", 'spec.timeZone: Invalid value: "Nowhere/City": unknown time zone Nowhere/City'),
                ("", 'spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'),
                ("Local", 'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as '
                 "defined in https://www.iana.org/time-zones")):
            status, body = self.cron("x", zone)
            self.assertEqual((status, body["message"]), (422, 'CronJob.batch "x" is invalid: ' + message))


# unittest collects what is imported, too.
del Controllers

if __name__ == "__main__":
    unittest.main()
