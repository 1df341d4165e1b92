# SPDX-License-Identifier: Apache-2.0
"""podgate review: one AdmissionReview, and a stream of them."""

import base64
import json
import os
import subprocess

from podgate import ERROR, NO, PROGRAM, ROOT, YES, Case, run

STATE = os.path.join(ROOT, "examples", "eks")
SANITIZED = bool(os.environ.get("PODGATE_TEST_SANITIZED"))


def review(uid="u1", version="v1", account="eks-test-user", host_network=False, kind="Pod"):
    pod = {"apiVersion": "v1", "kind": kind,
           "metadata": {"name": "web", "namespace": "psp-eks-restrictive"},
           "spec": {"serviceAccountName": account,
                    "containers": [{"name": "web", "image": "nginx"}]}}
    if host_network:
        pod["spec"]["hostNetwork"] = True
    resource = {"Pod": "pods", "ConfigMap": "configmaps"}[kind]
    return {"apiVersion": "admission.k8s.io/" + version, "kind": "AdmissionReview", "request": {
        "uid": uid, "kind": {"group": "", "version": "v1", "kind": kind},
        "resource": {"group": "", "version": "v1", "resource": resource}, "name": "web",
        "namespace": "psp-eks-restrictive", "operation": "CREATE",
        "userInfo": {"username": "bob", "groups": ["system:authenticated"]}, "object": pod}}


def ask(*reviews, arguments=()):
    text = "".join(json.dumps(r) + "\n" for r in reviews)
    return run("review", "--state", STATE, *arguments, stdin=text)


class One(Case):
    def test_allowed_and_changed(self):
        result = ask(review())
        self.assertEqual((result.status, result.err), (YES, ""), result)
        answer = result.json()
        self.assertEqual((answer["apiVersion"], answer["kind"]),
                         ("admission.k8s.io/v1", "AdmissionReview"))
        response = answer["response"]
        self.assertEqual((response["uid"], response["allowed"]), ("u1", True))
        self.assertEqual(response["patchType"], "JSONPatch")
        patch = json.loads(base64.b64decode(response["patch"]))
        self.assertIn({"op": "add", "path": "/spec/containers/0/securityContext/runAsNonRoot",
                       "value": True}, [*patch, *self.leaves(patch)])

    @staticmethod
    def leaves(patch):
        """Operations that add an object, taken apart."""
        for op in patch:
            for key, value in op["value"].items() if isinstance(op.get("value"), dict) else ():
                yield {"op": op["op"], "path": op["path"] + "/" + key, "value": value}

    def test_the_version_that_asked(self):
        self.assertEqual(ask(review(version="v1beta1")).json()["apiVersion"],
                         "admission.k8s.io/v1beta1")

    def test_denied(self):
        result = ask(review(host_network=True))
        self.assertEqual(result.status, NO, result)
        response = result.json()["response"]
        self.assertEqual((response["allowed"], response["status"]["code"]), (False, 403))
        self.assertIn("Host network is not allowed to be used", response["status"]["message"])

    def test_nobody_may(self):
        response = ask(review(account="other")).json()["response"]
        self.assertEqual(response["status"]["message"],
                         'pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: []')

    def test_other_kinds_pass(self):
        result = ask(review(kind="ConfigMap"))
        self.assertEqual(result.status, YES, result)
        self.assertIs(result.json()["response"]["allowed"], True)

    def test_no_review(self):
        for text in ("", "{}", "[]", "null", "{", '{"apiVersion": "v1", "kind": "Pod"}',
                     '{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}',
                     "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\n"):
            with self.subTest(text):
                self.refused(run("review", stdin=text), "<stdin>")

    def test_wrong_types(self):
        for field in ("uid", "userInfo", "object", "resource", "kind", "operation", "namespace"):
            for wrong in (1, "x", [], True):
                if wrong == "x" and field not in ("userInfo", "object", "resource", "kind"):
                    continue
                with self.subTest("%s=%r" % (field, wrong)):
                    asked = review()
                    asked["request"][field] = wrong
                    self.refused(run("review", "--state", STATE, stdin=json.dumps(asked)), field)

    def test_standard_input_closed(self):
        done = subprocess.run(["sh", "-c", '"$0" review <&-', PROGRAM], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        self.assertEqual((done.returncode, done.stdout), (ERROR, b""))
        self.assertIn(b"standard input: it is closed", done.stderr)

    def test_standard_input_is_read_once(self):
        self.refused(run("review", "--state", "-"), "standard input is where the review comes from")


class Stream(Case):
    def test_one_answer_a_line(self):
        asked = [review("a"), review("b", host_network=True), review("c", version="v1beta1")]
        result = ask(*asked, arguments=["--stream"])
        answers = [json.loads(line) for line in result.out.splitlines()]
        self.assertEqual([a["response"]["uid"] for a in answers], ["a", "b", "c"])
        self.assertEqual([a["response"]["allowed"] for a in answers], [True, False, True])
        self.assertEqual(result.status, NO)

    def test_a_bad_line_is_answered_too(self):
        text = "\n".join([json.dumps(review("a")), "nonsense", "", json.dumps(review("b"))])
        result = run("review", "--stream", "--state", STATE, stdin=text)
        answers = [json.loads(line)["response"] for line in result.out.splitlines()]
        self.assertEqual([a["allowed"] for a in answers], [True, False, True])
        self.assertEqual(answers[1]["status"]["code"], 400)
        self.assertIn("<stdin>:2: ", result.err)
        self.assertEqual(result.status, ERROR)

    def test_answers_come_before_the_input_ends(self):
        with subprocess.Popen([PROGRAM, "review", "--stream", "--state", STATE], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            for uid in ("a", "b"):
                process.stdin.write(json.dumps(review(uid)).encode() + b"\n")
                process.stdin.flush()
                self.assertEqual(json.loads(process.stdout.readline())["response"]["uid"], uid)
            process.stdin.close()
            self.assertEqual(process.wait(), YES)

    def test_a_line_that_is_too_long(self):
        asked = review()
        asked["request"]["object"]["metadata"]["annotations"] = {"a": "x" * (9 << 20)}
        result = ask(asked, arguments=["--stream"])
        self.assertEqual((result.status, result.out), (ERROR, ""))
        self.assertIn("<stdin>:1: a line of more than", result.err)

    def test_the_reader_of_the_answers_leaves(self):
        with subprocess.Popen([PROGRAM, "review", "--stream", "--state", STATE], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as process:
            process.stdout.close()
            process.stdin.write(json.dumps(review()).encode() + b"\n")
            self.assertIn(b"standard output: Broken pipe", process.stderr.read())
            self.assertEqual(process.wait(), ERROR)

    def peak_kilobytes(self, count):
        """The program's peak memory over so many reviews."""
        lines = (json.dumps(review()) + "\n" + json.dumps(review(host_network=True)) + "\n").encode()
        path = self.write("reviews", lines * 500)
        with open(os.devnull, "wb") as nowhere:
            process = subprocess.Popen([PROGRAM, "review", "--stream", "--state", STATE],
                                       stdin=subprocess.PIPE, stdout=nowhere)
            with open(path, "rb") as source:
                text = source.read()
            for _ in range(count // 1000):
                process.stdin.write(text)
            process.stdin.close()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, NO)
        return usage.ru_maxrss

    def test_memory_does_not_grow(self):
        if SANITIZED:
            self.assertGreater(self.peak_kilobytes(2000), 0)  # for what the sanitizers find
            return
        few, many = self.peak_kilobytes(1000), self.peak_kilobytes(100000)
        self.assertLess(many, few + 512, "%d KB after 1,000 reviews, %d after 100,000" % (few, many))
