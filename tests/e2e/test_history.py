# SPDX-License-Identifier: Apache-2.0
"""podgate serve --history, podgate history and podgate report: what was decided, kept and told."""

import json
import os
import re
import resource
import signal
import sqlite3
import subprocess

from podgate import ERROR, NO, YES, Case, run
from test_serve import Serve, review

ENFORCEMENT = """\
apiVersion: podgate.io/v1
kind: Enforcement
modes:
  podSecurity: enforce
  namespaces:
  - {names: [lenient], podSecurity: warn}
exemptions:
- name: agents
  reason: reads the logs of the node
  namespaces: [agents]
"""
NAMESPACES = ("strict", "lenient", "agents", "open")
DENIED = 'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'


def state():
    level = {"pod-security.kubernetes.io/enforce": "baseline"}
    return "---\n".join(json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {
        "name": name, "labels": {} if name == "open" else level}}) + "\n" for name in NAMESPACES)


class Recorded(Serve):
    """The webhook of four namespaces, with a history."""

    def setUp(self):
        super().setUp()
        self.write("state.yaml", state())
        self.write("enforcement.yaml", ENFORCEMENT)
        self.file = os.path.join(self.dir, "history.db")

    def start(self, *more):
        return self.serve("--state", "state.yaml", "--enforcement", "enforcement.yaml", "--history",
                          self.file, "--disable-admission-plugins", "PodSecurityPolicy", *more)

    def written(self, count):
        """Once so many decisions were written."""
        self.until(lambda: self.metric("podgate_history_written_total") >= count)

    def history(self, *arguments):
        return run("history", self.file, *arguments)

    def rows(self, *arguments):
        result = self.history("-o", "json", "--limit", "0", *arguments)
        self.assertIn(result.status, (YES, NO), result)
        items = result.json()["items"]
        self.assertEqual(result.status, YES if items else NO)
        return items

    def decide_four(self):
        for namespace in NAMESPACES:
            self.decide("/validate", review(namespace=namespace, hostNetwork=True))


class Telling(Recorded):
    def setUp(self):
        super().setUp()
        self.process = self.start()
        self.decide_four()
        body = review("system:serviceaccount:open:builder", "open")
        body["request"]["dryRun"] = True
        body["request"]["userInfo"]["groups"].append("system:serviceaccounts")
        body["request"]["object"]["metadata"] = {"generateName": "job-", "namespace": "open"}
        self.decide("/mutate", body)
        self.decide("/validate", body)
        self.written(6)

    def test_what_a_row_says(self):
        strict, lenient, agents, opened, mutated, validated = self.rows()
        self.assertRegex(strict.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(strict, {
            "apiVersion": "podgate.io/v1", "kind": "Decision", "result": "refused", "allowed": False,
            "code": 403, "dryRun": False, "uid": "u", "user": "alice", "groups": ["system:authenticated"],
            "namespace": "strict", "version": "v1", "resource": "pods", "objectKind": "Pod", "name": "p",
            "operation": "CREATE", "phase": "validate", "policy": "baseline:latest",
            "plugin": "PodSecurity", "mode": "enforce", "reason": "Forbidden", "message": DENIED})
        self.assertEqual([lenient[k] for k in ("result", "allowed", "code", "mode", "plugin", "message")],
                         ["would refuse", True, 200, "warn", "PodSecurity", DENIED])
        self.assertEqual((agents["result"], agents["exemption"]), ("exempt", "agents"))
        self.assertEqual((opened["result"], opened["dryRun"]), ("admitted", False))
        for row, phase in ((mutated, "mutate"), (validated, "validate")):
            self.assertEqual([row.get(k) for k in ("phase", "dryRun", "name", "generateName", "groups")],
                             [phase, True, None, "job-", ["system:authenticated", "system:serviceaccounts"]])

    def test_while_it_serves_and_after(self):
        def look():
            self.assertEqual(len(self.rows("--denied")), 1)
            self.assertEqual(len(self.rows("--would-refuse")), 1)
            self.assertEqual(len(self.rows("--denied", "--would-refuse")), 2)
            self.assertEqual(len(self.rows("-n", "strict")), 1)
            self.assertEqual(len(self.rows("--user", "alice")), 4)
            self.assertEqual(len(self.rows("--subject", "open/builder")), 2)
            self.assertEqual(len(self.rows("--subject", "system:serviceaccounts")), 2)
            self.assertEqual(len(self.rows("--user", "system:serviceaccounts")), 0)
            self.assertEqual(len(self.rows("--policy", "baseline:latest")), 2)
            for name in ("po", "Pod", "pods"):
                self.assertEqual(len(self.rows("--resource", name)), 6)
            self.assertEqual(len(self.rows("--resource", "pods/resize")), 0)
            self.assertEqual(len(self.rows("--resource", "deploy")), 0)
            self.assertEqual(len(self.rows("--since", "1h")), 6)
            self.assertEqual(len(self.rows("--since", "2200-01-01T00:00:00Z")), 0)
            self.assertEqual(len(self.rows("--until", "1h")), 0)
            newest = self.history("-o", "json", "--limit", "1").json()["items"]
            self.assertEqual([row["phase"] for row in newest], ["validate"])
            self.assertEqual(self.history("-o", "name", "--denied").out, "pod/p -n strict\n")
        look()
        self.assertEqual(self.end(self.process), YES)
        self.assertEqual(sorted(n for n in os.listdir(self.dir) if n.startswith("history")), ["history.db"])
        look()
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)

    def test_tables(self):
        lines = self.history("--denied").out.splitlines()
        self.assertEqual(lines[0].split(), "TIME NAMESPACE OBJECT USER PHASE RESULT POLICY PLUGIN MESSAGE".split())
        self.assertRegex(lines[1], r"^\S+Z   strict +pods/p +alice +validate +refused +baseline:latest "
                                   r"+PodSecurity +%s$" % re.escape(DENIED))
        lines = [line.split()[:-1] for line in self.history("--summary").out.splitlines()]
        self.assertEqual(lines, [
            "NAMESPACE POLICY PLUGIN RESULT COUNT".split(),
            "agents <none> <none> exempt 1".split(),
            "lenient baseline:latest PodSecurity would refuse 1".split(),
            "open <none> <none> admitted 2".split(),
            "strict baseline:latest PodSecurity refused 1".split()])
        counts = self.history("--summary", "--denied", "-o", "json").json()["counts"]
        self.assertEqual([(c["namespace"], c["count"]) for c in counts], [("strict", 1)])
        self.assertEqual(self.history("--summary", "-n", "none").status, NO)

    def test_reports(self):
        result = run("report", self.file, "-o", "json")
        self.assertEqual(result.status, YES, result)
        reports = {r["metadata"]["namespace"]: r for r in result.json()["items"]}
        self.assertEqual(list(reports), sorted(NAMESPACES))
        strict = reports["strict"]
        self.assertEqual((strict["apiVersion"], strict["kind"]), ("wgpolicyk8s.io/v1alpha2", "PolicyReport"))
        self.assertEqual(strict["summary"], {"pass": 0, "fail": 1, "warn": 0, "error": 0, "skip": 0})
        one, = strict["results"]
        self.assertEqual(set(one.pop("timestamp")), {"seconds", "nanos"})
        self.assertEqual(one, {
            "source": "podgate", "policy": "baseline:latest", "rule": "PodSecurity", "category": "Pod Security",
            "result": "fail", "scored": True, "message": DENIED,
            "resources": [{"apiVersion": "v1", "kind": "Pod", "namespace": "strict", "name": "p"}],
            "properties": {"user": "alice", "operation": "CREATE", "mode": "enforce", "uid": "u",
                           "reason": "Forbidden"}})
        self.assertEqual([reports[n]["results"][0]["result"] for n in ("lenient", "agents", "open")],
                         ["warn", "skip", "pass"])
        text = run("report", self.file, "--format", "openreports", "-n", "strict").out
        self.assertTrue(text.startswith("apiVersion: openreports.io/v1alpha1\nkind: Report\n"), text)
        self.assertEqual(run("report", self.file, "-n", "none").status, NO)

    def test_the_last_decision_counts(self):
        self.decide("/validate", review(namespace="strict"))
        self.written(7)
        report, = run("report", self.file, "-n", "strict", "-o", "json").json()["items"]
        self.assertEqual([r["result"] for r in report["results"]], ["pass"])

    def test_calls_that_are_wrong(self):
        for words, message in (
                (("--since", "yesterday"), '--since: "yesterday" is no time'),
                (("--limit", "-1"), "--limit is a number of rows"),
                (("--summary", "--limit", "3"), "--summary counts all"),
                (("--summary", "-o", "name"), "--summary counts all")):
            result = self.history(*words)
            self.assertEqual((result.status, result.out), (ERROR, ""), result)
            self.assertIn(message, result.err)


class Files(Case):
    def refuses(self, *parts):
        for command in ("history", "report"):
            self.refused(self.run_in(command, "h.db"), *parts)

    def test_none(self):
        self.refuses("h.db: No such file or directory")
        self.assertEqual(os.listdir(self.dir), [])

    def test_no_history(self):
        for text in (b"", b"a: b\n", b"x" * 8192):
            self.write("h.db", text)
            self.refuses("h.db: is no history of podgate serve")
        os.unlink(os.path.join(self.dir, "h.db"))
        other = sqlite3.connect(os.path.join(self.dir, "h.db"))
        other.execute("CREATE TABLE decisions (x)")
        other.commit()
        other.close()
        self.refuses("h.db: is no history of podgate serve")

    def test_a_folder(self):
        os.mkdir(os.path.join(self.dir, "h.db"))
        self.refuses("h.db: Is a directory")


class Keeping(Recorded):
    def test_across_a_restart_and_a_kill(self):
        process = self.start()
        self.decide_four()
        self.written(4)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertEqual(len(self.rows()), 4)
        self.start()
        self.decide_four()
        self.written(4)
        self.assertEqual(len(self.rows()), 8)

    def test_what_is_queued_at_the_end_is_written(self):
        process = self.start()
        for _ in range(50):
            self.decide("/validate", review(namespace="open"))
        self.assertEqual(self.end(process), YES)
        self.assertEqual(len(self.rows()), 50)

    def test_a_damaged_one_makes_way(self):
        self.end(self.start())
        with open(self.file, "r+b") as file:
            file.seek(100)
            file.write(b"\xff" * 8000)
        for command in ("history", "report"):
            result = run(command, self.file)
            self.assertEqual((result.status, result.out), (ERROR, ""), result)
            self.assertIn("history.db is damaged: ", result.err)
        self.start()
        self.decide_four()
        self.written(4)
        self.assertIn("the history begins anew", "".join(self.lines))
        self.assertEqual(len(self.rows()), 4)
        self.assertTrue(os.path.exists(self.file + ".damaged"))

    def refuses(self, *more):
        arguments = ("serve", "--listen", "127.0.0.1:0", "--tls-cert-file", "tls.crt", "--tls-private-key-file",
                     "tls.key", "--state", "state.yaml", *more)
        result = self.run_in(*arguments)
        self.assertEqual(result.status, ERROR, result)
        return result.err

    def test_files_of_others_are_left_alone(self):
        path = self.write("notes.txt", "not for podgate\n")
        self.assertIn("notes.txt: is no history of podgate serve", self.refuses("--history", "notes.txt"))
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "not for podgate\n")
        self.assertIn("No such file or directory", self.refuses("--history", "nowhere/h.db"))

    def test_bounds_that_are_wrong(self):
        self.assertIn('--history-max-mb is a number from 8 to 1048576, not "1"',
                      self.refuses("--history", "h.db", "--history-max-mb", "1"))
        self.assertIn("--history-max-days is a number from 1 to 36500",
                      self.refuses("--history", "h.db", "--history-max-days", "x"))
        self.assertIn("are for --history", self.refuses("--history-max-days", "3"))

    def test_what_is_too_old_goes(self):
        self.end(self.start())
        database = sqlite3.connect(self.file)
        columns = [row[1] for row in database.execute("PRAGMA table_info(decisions)")]
        old = [1000 if c in ("time", "allowed", "dryRun", "code") else "old" for c in columns[1:]]
        database.execute("INSERT INTO decisions VALUES (NULL, %s)" % ", ".join("?" * len(old)), old)
        database.commit()
        database.close()
        self.assertEqual(len(self.rows()), 1)
        self.start("--history-max-days", "1")
        self.decide("/validate", review(namespace="open"))
        self.written(1)
        self.assertEqual([row["namespace"] for row in self.rows()], ["open"])


class FullDisk(Recorded):
    def goes_on(self, more_room):
        """Decisions are made, and made known that they are not kept, until there is room."""
        def fill():
            for _ in range(20):
                self.assertFalse(self.decide("/validate", review("u" * 300, "strict", hostNetwork=True))["allowed"])
                self.assertTrue(self.decide("/validate", review("u" * 300, "open"))["allowed"])
            return self.metric("podgate_history_dropped_total") > 0
        self.until(fill)
        self.until(lambda: any("history: " in line and self.file in line for line in self.lines))
        more_room()
        def keeps():
            before = self.metric("podgate_history_written_total")
            fill()
            return self.metric("podgate_history_written_total") > before
        self.until(keeps)
        self.until(lambda: any("decisions are recorded again" in line for line in self.lines))
        self.assertTrue(self.rows("--denied"))

    def test_a_limit_on_files(self):
        process = self.start()
        none = resource.RLIM_INFINITY
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (128 << 10, none))
        self.goes_on(lambda: resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (none, none)))
        self.assertEqual(self.end(process), YES)

    def test_a_small_disk_from_the_start(self):
        disk = os.path.join(self.dir, "disk")
        os.mkdir(disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=False,
                                 stderr=subprocess.PIPE)
        if mounted.returncode:
            self.skipTest("nothing can be mounted here: " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=False)
        with open(os.path.join(disk, "filler"), "wb") as filler:
            filler.write(b"x" * (60 << 10))
        self.file = os.path.join(disk, "history.db")
        process = self.start()
        self.goes_on(lambda: subprocess.run(["mount", "-o", "remount,size=16m", disk], check=True))
        self.assertEqual(self.end(process), YES)
