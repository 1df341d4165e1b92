# SPDX-License-Identifier: Apache-2.0
"""podgate clock: the clock of a rehearsal cluster, and what goes by it."""

import os
import subprocess
import unittest

from podgate import NO, YES
from test_controllers import CORE, Controllers
from test_up import KUBECTL, POLICY

BATCH = "/apis/batch/v1/namespaces/default/"
START = "2030-01-01T00:30:00Z"


class Clock(Controllers):
    def serve(self, *arguments, version="1.30", clock=START):
        process = self.up("--kubernetes-version", version, "--nodes", "0", "--clock", clock, *arguments)
        self.env["KUBECONFIG"] = self.kubeconfig
        return process

    def clock(self, *arguments):
        result = self.podgate("clock", *arguments)
        self.assertEqual((result.status, result.err), (YES, ""), result)
        return result.out.rstrip("\n")

    def cron(self, **spec):
        job = {"spec": {"template": {"spec": {"restartPolicy": "Never",
                                              "containers": [{"name": "c", "image": "i"}]}}}}
        self.make(BATCH + "cronjobs", {
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "hourly"},
            "spec": {"schedule": "0 * * * *", "jobTemplate": job, **spec}})

    def jobs(self, *names):
        self.until(BATCH + "jobs", lambda l: sorted(j["metadata"]["name"] for j in l["items"]) ==
                   sorted(names))

    def test_telling_and_setting(self):
        self.serve()
        self.assertTrue("2030-01-01T00:30:00Z" <= self.clock() < "2030-01-01T00:35:00Z")
        self.assertEqual(self.clock("set", "2030-05-06T07:08:09Z"), "2030-05-06T07:08:09Z")
        self.assertTrue("2030-05-08T07:08:09Z" <= self.clock("advance", "1d23h59m60s"))
        self.assertTrue(self.clock("set", "+1h") > "2030-05-08T08:")
        made = self.make(CORE + "configmaps", {"metadata": {"name": "a"}})
        self.assertTrue(made["metadata"]["creationTimestamp"].startswith("2030-05-08T08:"))
        for arguments, words in [
                (["set", START], "time never runs backwards: it is 2030-05-08T"),
                (["set", "yesterday"], '"yesterday" is no time'),
                (["set", "2300-01-01T00:00:00Z"], "a clock here goes from 1970 to 2299"),
                (["advance", "1x"], '"+1x" is no duration'),
                (["advance", "99999999999999999999d"], "is no duration"),
                (["advance"], "say show, advance DURATION or set TIME"),
                (["show", "1h"], "say show, advance DURATION or set TIME"),
                (["--kubeconfig", "missing"], "missing")]:
            self.refused(self.podgate("clock", *arguments), words)

    def test_the_past(self):
        self.up("--kubernetes-version", "1.30", "--clock", "1985-10-26T01:20:00Z")
        self.env["KUBECONFIG"] = self.kubeconfig
        node = self.until("/api/v1/nodes/node-1", lambda n: any(
            c["type"] == "Ready" and c["status"] == "True"
            for c in n.get("status", {}).get("conditions", [])))
        self.assertTrue(node["metadata"]["creationTimestamp"].startswith("1985-10-26T01:2"))
        self.cron()
        self.clock("set", "1985-10-26T02:00:00Z")
        self.until(BATCH + "jobs", lambda l: len(l["items"]) == 1)

    def test_which_server(self):
        del self.env["XDG_RUNTIME_DIR"]
        self.env["KUBECONFIG"] = self.write("other", "apiVersion: v1\nkind: Config\n")
        result = self.podgate("clock")
        self.assertEqual((result.status, result.err), (NO, "podgate clock: default is not running\n"))
        self.env["XDG_RUNTIME_DIR"] = self.dir
        out = os.path.join(self.dir, "kc")
        self.addCleanup(self.podgate, "down", "--name", "late")
        self.podgate("up", "--background", "--name", "late", "--clock", "+1d", "--kubeconfig-out", out)
        self.assertEqual(self.podgate("clock").status, NO)
        self.clock("--name", "late")
        self.clock("--kubeconfig", out)
        inside = self.podgate("up", "--clock", START, "--", "sh", "-c", '"$PODGATE" clock advance 1d')
        self.assertTrue(inside.out.startswith("2030-01-02T00:"), inside)
        for wrong in ("then", "+", "+1", "-1h"):
            self.refused(self.podgate("up", "--clock", wrong), "--clock: ")

    def test_who_may(self):
        self.serve("--token-file", self.write("tokens", 'letmein,jane,7,"dev"\n'))
        bearer = {"Authorization": "Bearer letmein", "Content-Type": "application/json"}

        def ask(method, body=None):
            return self.ask(method, "/podgate/clock", body, self.anonymous, bearer)[0]

        self.assertEqual(ask("GET"), 403)
        self.assertEqual(ask("POST", '{"to":"+1h"}'), 403)
        self.assertEqual(self.ask("GET", "/podgate/clock", context=self.anonymous)[0], 403)
        self.make("/apis/rbac.authorization.k8s.io/v1/clusterroles", {
            "metadata": {"name": "clock"},
            "rules": [{"nonResourceURLs": ["/podgate/clock"], "verbs": ["get"]}]})
        self.make("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
            "metadata": {"name": "clock"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "clock"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "jane"}]})
        self.assertEqual(ask("GET"), 200)
        self.assertEqual(ask("POST", '{"to":"+1h"}'), 403)
        self.assertEqual(self.ask("DELETE", "/podgate/clock")[0], 405)
        for body in ("", "[]", "{", '{"to":1}'):
            self.assertEqual(self.ask("POST", "/podgate/clock", body)[0], 400, body)
        self.assertNotIn("/podgate/clock", self.get("/")["paths"])

    def test_schedules(self):
        self.serve()
        self.cron(startingDeadlineSeconds=1200)
        self.clock("set", "2030-01-01T01:10:00Z")
        self.jobs("hourly-31557660")
        # Those that were missed are not made up for: the latest alone is started.
        self.clock("set", "2030-01-01T05:10:00Z")
        self.jobs("hourly-31557660", "hourly-31557900")
        # Later than the deadline, none is; then it goes on.
        self.clock("set", "2030-01-01T07:50:00Z")
        self.clock("set", "2030-01-01T08:00:00Z")
        self.jobs("hourly-31557660", "hourly-31557900", "hourly-31558080")

    def test_one_at_a_time(self):
        self.serve()
        self.cron(concurrencyPolicy="Forbid")
        self.clock("set", "2030-01-01T01:00:00Z")
        self.jobs("hourly-31557660")
        self.clock("set", "2030-01-01T02:00:00Z")
        self.until(CORE + "events",
                   lambda l: any(e["reason"] == "JobAlreadyActive" for e in l["items"]))
        self.patch(BATCH + "cronjobs/hourly", {"spec": {"concurrencyPolicy": "Replace"}})
        self.clock("set", "2030-01-01T03:00:00Z")
        self.jobs("hourly-31557780")

    def test_jobs_end(self):
        self.serve()
        self.make(BATCH + "jobs", {
            "metadata": {"name": "slow"},
            "spec": {"activeDeadlineSeconds": 3600, "ttlSecondsAfterFinished": 3600,
                     "template": {"spec": {"restartPolicy": "Never",
                                           "containers": [{"name": "c", "image": "i"}]}}}})
        self.until(BATCH + "jobs/slow", lambda j: "startTime" in j.get("status", {}))
        self.clock("advance", "1h")
        self.until(BATCH + "jobs/slow",
                   lambda j: any(c["type"] == "Failed" and c["reason"] == "DeadlineExceeded"
                                 for c in j["status"].get("conditions", [])))
        self.clock("advance", "1h")
        self.until(BATCH + "jobs/slow", lambda j: j.get("code") == 404)

    def test_events_go(self):
        self.serve()
        self.make(CORE + "events", {"metadata": {"name": "e"}, "reason": "R", "message": "m",
                                    "involvedObject": {"kind": "Pod", "namespace": "default", "name": "p"},
                                    "lastTimestamp": "2030-01-01T00:30:00Z"})
        self.clock("set", "2030-01-01T01:20:00Z")
        self.assertEqual(self.get(CORE + "events/e")["reason"], "R")
        self.clock("set", "2030-01-01T01:50:00Z")
        self.until(CORE + "events/e", lambda e: e.get("code") == 404)

    def test_tokens_end(self):
        self.serve()
        self.until(CORE + "serviceaccounts/default", lambda s: s["kind"] == "ServiceAccount")
        made = self.make(CORE + "serviceaccounts/default/token", {"spec": {"expirationSeconds": 3600}})
        self.assertTrue(made["status"]["expirationTimestamp"].startswith("2030-01-01T01:3"))
        bearer = {"Authorization": "Bearer " + made["status"]["token"]}
        self.assertEqual(self.ask("GET", "/api", context=self.anonymous, headers=bearer)[0], 200)
        self.clock("advance", "59m")
        self.assertEqual(self.ask("GET", "/api", context=self.anonymous, headers=bearer)[0], 200)
        # A minute more is granted, as clocks differ.
        self.clock("advance", "3m")
        self.assertEqual(self.ask("GET", "/api", context=self.anonymous, headers=bearer)[0], 401)

    @unittest.skipUnless(KUBECTL, "kubectl is not there")
    def test_ages(self):
        self.serve("--state", self.write("state.yaml", POLICY))
        self.clock("advance", "3d")
        out = subprocess.run([KUBECTL, "get", "configmap", "settings"], env=self.env, check=True,
                             stdout=subprocess.PIPE, text=True).stdout
        self.assertRegex(out, r"settings +1 +3d\n")


# unittest collects what is imported, too.
del Controllers

if __name__ == "__main__":
    unittest.main()
