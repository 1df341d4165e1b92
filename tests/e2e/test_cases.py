# SPDX-License-Identifier: Apache-2.0
"""podgate test: recorded cases from files, folders and standard input."""

import json
import os

from podgate import NO, PROGRAM, YES, Case, run

NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}
REFUSED = {"allowed": False, "code": 403, "reason": "Forbidden",
           "details": {"kind": "pods", "name": "p"},
           "message": 'pods "p" is forbidden: error looking up service account n/default: '
                      'serviceaccount "default" not found'}


def case(name, expect=REFUSED, **more):
    made = {"id": name, "topic": "t", "objects": [NAMESPACE],
            "request": {"operation": "CREATE", "user": "admin", "namespace": "n",
                        "groups": ["system:masters", "system:authenticated"],
                        "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
                                   "spec": {"containers": [{"name": "c", "image": "i"}]}}}}
    if expect is not None:
        made["expect"] = expect
    return {**made, **more}


def lines(*cases):
    return "".join(json.dumps(c) + "\n" for c in cases)


class Cases(Case):
    def test_json(self):
        self.write("a.jsonl", lines(case("good"), case("bad", {"code": 201}), case("open", None)))
        result = self.run_in("test", "-o", "json", "a.jsonl")
        self.assertEqual((result.status, result.err), (NO, ""))
        answers = [json.loads(line) for line in result.out.splitlines()]
        self.assertEqual([a["id"] for a in answers], ["good", "bad", "open"])
        self.assertEqual([a.get("pass") for a in answers], [True, False, None])
        for answer in answers:
            self.assertEqual(answer["got"], REFUSED)

    def test_table(self):
        self.write("a.jsonl", lines(case("good"), case("bad", {"code": 201})))
        result = self.run_in("test", "-v", "a.jsonl")
        self.assertEqual(result.status, NO)
        self.assertIn("FAILED bad: code\n  recorded: 201\n  decided:  403\n", result.out)
        self.assertRegex(result.out, r"TOPIC +CASES +PASSED +FAILED +UNSUPPORTED\nt +2 +1 +1 +0\n")
        self.assertEqual(self.run_in("test", "--id", "good", "a.jsonl").status, YES)
        self.assertEqual(self.run_in("test", "--topic", "u", "a.jsonl").status, YES)

    def test_unsupported(self):
        result = run("test", "-o", "json", "-", stdin=lines({"id": "x", "topic": "t", "steps": []}))
        self.assertEqual(result.status, NO)
        self.assertEqual(result.json(), {"id": "x", "unsupported": True})

    def test_folders(self):
        self.write("f/b.jsonl", lines(case("b")))
        self.write("f/a/a.jsonl", lines(case("a")))
        self.write("f/notes.txt", "not read")
        result = self.run_in("test", "-o", "json", "f")
        self.assertEqual(result.status, YES)
        self.assertEqual([json.loads(line)["id"] for line in result.out.splitlines()], ["a", "b"])

    def test_bad_input(self):
        rows = [
            ("{", "a.jsonl:2"),
            ("[]", "a.jsonl:2: a case is an object"),
        ]
        for text, part in rows:
            with self.subTest(text[:40]):
                self.write("a.jsonl", "\n" + text + "\n")
                self.refused(self.run_in("test", "a.jsonl"), part)
        self.refused(self.run_in("test", "none.jsonl"), "none.jsonl: No such file or directory")
        self.refused(self.run_in("test"), "needs")

    def test_a_bad_case_among_others(self):
        gate = case("gate", featureGates={"NoSuchGate": True})
        left_out = case("left out", objects=[NAMESPACE, {"kind": "Pod"}])
        result = run("test", "-o", "json", "-", stdin=lines(gate, left_out))
        self.assertEqual(result.status, NO)
        answers = [json.loads(line) for line in result.out.splitlines()]
        self.assertEqual(answers[0], {"id": "gate", "unsupported": True})
        self.assertTrue(answers[1]["pass"])
        self.assertIn("Warning: -:1: gate: ", result.err)
        self.assertIn("Warning: -:2: left out: left out: not an object of the API", result.err)

    def test_generated_names(self):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "g-"},
               "spec": {"containers": [{"name": "c"}]}}
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "automountServiceAccountToken": False,
                   "metadata": {"name": "default", "namespace": "n"}}
        policy = {"apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy",
                  "metadata": {"name": "open"},
                  "spec": {key: {"rule": "RunAsAny"} for key in
                           ("runAsUser", "seLinux", "fsGroup", "supplementalGroups")}}
        made = case("x", None, objects=[NAMESPACE, account, policy])
        made["request"]["object"] = pod
        got = run("test", "-o", "json", "-", stdin=lines(made)).json()["got"]
        self.assertEqual(got["details"]["name"], "g-?????")
        self.assertEqual(got["message"], 'Pod "g-?????" is invalid: spec.containers[0].image: '
                                         "Required value")

    def test_memory_stays_flat(self):
        few, many = (lines(*(case("%d" % i) for i in range(n))) for n in (100, 10000))
        peaks = []
        for text in (few, many):
            path = self.write("a.jsonl", text)
            pid = os.posix_spawn("/bin/sh", ["sh", "-c", '"$0" test "$1" >/dev/null',
                                             PROGRAM, path],
                                 os.environ)
            _, status, usage = os.wait4(pid, 0)
            self.assertEqual(os.waitstatus_to_exitcode(status), YES)
            peaks.append(usage.ru_maxrss)
        slack = 1.5 if os.environ.get("PODGATE_TEST_SANITIZED") is None else 20
        self.assertLess(peaks[1], peaks[0] * slack)
