# SPDX-License-Identifier: Apache-2.0
"""podgate serve while the clock of its machine is set: ahead, back, by a century."""

import json
import os
import re
import shutil
import struct
import subprocess
import tempfile

from podgate import NO, ROOT, YES, run
from test_serve import BINDING, HEAD, POLICY, RBAC, ROLE, Serve, review
from test_serve_access import ASKS, AT_ONCE, HOOKED

HOUR, DAY = 3600, 86400
CENTURY = 36525 * DAY
POLICIES = "/apis/policy/v1beta1/podsecuritypolicies"
COMPILER = shutil.which("cc") or shutil.which("gcc")


class Clock(Serve):
    """What is started with self.watch has a clock that set() sets; the tests and podgate up do not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = tempfile.TemporaryDirectory(prefix="podgate-clock-")
        cls.addClassCleanup(cls.made.cleanup)
        cls.library = os.path.join(cls.made.name, "clock.so")
        if COMPILER:
            subprocess.run([COMPILER, "-shared", "-fPIC", "-o", cls.library,
                            os.path.join(ROOT, "tests", "e2e", "clock.c")], check=True)

    def setUp(self):
        super().setUp()
        if not COMPILER:
            self.skipTest("there is no C compiler")
        self.set(0)
        # A sanitizer wants to come first; it need not, as none of its own functions is replaced.
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        self.watch = {"LD_PRELOAD": self.library, "PODGATE_TEST_CLOCK": os.path.join(self.dir, "clock"),
                      "ASAN_OPTIONS": sanitizer}

    def set(self, seconds):
        """In one piece, and in place: it is mapped."""
        path = os.path.join(self.dir, "clock")
        with open(path, "r+b" if os.path.exists(path) else "w+b") as file:
            file.write(struct.pack("=q", seconds))

    def start(self, *arguments):
        return self.serve(*arguments, env=self.watch)

    def begin(self, *arguments):
        process = self.up("--kubernetes-version", "1.24", "--nodes", "0", *HOOKED)
        self.apply_policy()
        hook = self.start("--kubeconfig", self.kubeconfig, *arguments)
        self.ready()
        return process, hook

    def follows(self):
        """A change is seen, whatever the clock says; and ages are no jumps."""
        self.assertEqual(self.ask("DELETE", POLICIES + "/five")[0], 200)
        self.until(lambda: not self.allowed())
        self.apply(POLICIES, POLICY)
        self.until(self.allowed)
        self.assertFalse(self.allowed("bob"))
        for name in ("podgate_snapshot_age_seconds", "podgate_cluster_behind_seconds"):
            self.assertTrue(0 <= self.metric(name) < HOUR, name)
        self.assertEqual(self.call("GET", "/readyz"), (200, "ok"))

    def test_decisions_go_on(self):
        self.write("how.yaml", HEAD + "exemptions:\n"
                   "- {name: bob, reason: migrates, users: [carol], expires: 2099-01-01}\n")
        _, hook = self.begin("--enforcement", "how.yaml", "--history", "history.db", "--cache", "cache.json")
        for off, exempt in ((0, True), (2 * HOUR, True), (-2 * HOUR, True), (CENTURY, False), (-20 * DAY, True),
                            (0, True)):
            with self.subTest(off):
                self.set(off)
                self.follows()
                # what ends on a day is the one thing that follows it
                self.assertEqual(self.allowed("carol"), exempt)
        self.assertEqual(self.end(hook), YES)

    def test_a_right_that_is_kept(self):
        """For five minutes, by a clock that does not jump; rights that were asked for are not forgotten, nor
        kept any longer."""
        self.begin(*ASKS)
        self.assertTrue(self.allowed())
        self.ask("DELETE", RBAC + "/clusterrolebindings/use-five")
        for off in (HOUR, CENTURY, -HOUR, 0):
            self.set(off)
            self.assertTrue(self.allowed())

    def test_certificates_of_the_api_server(self):
        """They are judged by the clock; when it is right again, so are they."""
        self.up("--kubernetes-version", "1.24", "--nodes", "0", *HOOKED)
        self.apply_policy()
        for off, order in ((10 * 365 * DAY, "after"), (-DAY, "before")):
            with self.subTest(order):
                self.set(off)
                hook = self.start("--kubeconfig", self.kubeconfig)
                self.until(lambda: "x509: certificate has expired or is not yet valid: current time" in
                           "".join(self.lines))
                self.assertIn(" is %s 2" % order, "".join(self.lines))
                status, why = self.call("GET", "/readyz")
                self.assertEqual((status, why[:11]), (503, "not ready: "))
                self.assertEqual(self.call("POST", "/mutate", json.dumps(review()))[0], 503)
                self.set(0)
                self.ready()
                self.assertTrue(self.allowed())
                self.assertFalse(self.allowed("bob"))
                self.assertEqual(self.end(hook), YES)

    def test_the_age_of_a_cache(self):
        api, hook = self.begin("--cache", "cache.json")
        self.assertEqual(self.end(hook), YES)
        shutil.copy(self.kubeconfig, os.path.join(self.dir, "hook"))
        self.end(api)
        rows = [(0, None), (2 * DAY, "too old"), (-DAY, "written in the future"), (HOUR, None)]
        for off, why in rows:
            with self.subTest(off):
                self.set(off)
                hook = self.start("--kubeconfig", "hook", "--cache", "cache.json")
                if why:
                    self.assertIn("%s: not used" % why, "".join(self.lines))
                    self.assertEqual(self.call("POST", "/mutate", json.dumps(review()))[0], 503)
                else:
                    self.assertTrue(self.allowed())
                    self.set(3 * DAY)  # it was good when it was read
                    self.assertTrue(self.allowed())
                    self.assertEqual(self.call("GET", "/readyz"), (200, "ok"))
                self.assertEqual(self.end(hook), YES)

    def test_a_token_that_ends(self):
        """A plugin's: asked for again when the clock says that it has ended."""
        self.write("tokens.csv", "secret-token,hook,1\n")
        self.up("--kubernetes-version", "1.24", "--nodes", "0", *HOOKED, "--token-file", "tokens.csv")
        self.apply_policy()
        self.apply(RBAC + "/clusterrolebindings", {
            "metadata": {"name": "hook"}, "roleRef": {**BINDING["roleRef"], "name": "cluster-admin"},
            "subjects": [{**BINDING["subjects"][0], "name": "hook"}]})
        plugin = self.write("plugin", """#!/bin/sh
echo asked >>%s/asked
date -u -d '+1 hour' '+{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {
"token": "secret-token", "expirationTimestamp": "%%Y-%%m-%%dT%%H:%%M:%%SZ"}}'
""" % self.dir)
        os.chmod(plugin, 0o755)
        with open(self.kubeconfig, encoding="utf-8") as file:
            text = file.read()
        user = ("users:\n- name: podgate-admin\n  user:\n    exec: {apiVersion: client.authentication.k8s.io/v1, "
                "interactiveMode: Never, command: %s}\n" % plugin)
        self.start("--kubeconfig", self.write("hook", re.sub(r"users:\n(?:[- ] .*\n)+", user, text)), *ASKS,
                   *AT_ONCE)
        self.ready()

        def asked():
            with open(os.path.join(self.dir, "asked"), encoding="ascii") as file:
                return len(file.readlines())

        for off, times in ((0, 1), (HOUR // 2, 1), (2 * HOUR, 2), (0, 2), (-60, 2), (2 * DAY, 3)):
            with self.subTest(off):
                self.set(off)
                self.assertTrue(self.allowed())
                self.assertFalse(self.allowed("bob"))
                self.assertEqual(asked(), times)

    def test_a_certificate_made_in_the_future(self):
        """podgate cert sees that nobody takes it, and makes another; the old authority is trusted beside."""
        self.up("--kubernetes-version", "1.24", *HOOKED)
        where = ("--kubeconfig", self.kubeconfig)
        result = run("install", *where, env=self.env)
        self.assertEqual(result.status, YES, result)
        ahead = {**self.env, **self.watch}
        self.set(90 * DAY)
        result = run("cert", "--renew", *where, env=ahead)
        self.assertEqual(result.status, YES, result)
        self.assertEqual(run("cert", "--check", *where, env=ahead).status, YES)
        self.set(0)
        result = run("cert", "--check", *where, env=ahead)
        self.assertEqual((result.status, result.err), (NO, "podgate-system/podgate-tls: it is not good yet\n"))
        self.assertEqual(run("cert", *where, env=ahead).status, YES)
        self.assertEqual(run("cert", "--check", *where, env=ahead).status, YES)

    def test_files_instead_of_a_cluster(self):
        self.write("state.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": [POLICY, ROLE, BINDING]}))
        hook = self.start("--state", "state.json")
        for off in (0, CENTURY, -40 * 365 * DAY, 0):
            self.set(off)
            self.assertTrue(self.allowed())
            self.assertFalse(self.allowed("bob"))
        # a certificate is taken up in the same second as ever
        cert, key = self.certificate("next")
        self.set(-HOUR)
        os.replace(key, os.path.join(self.dir, "tls.key"))
        os.replace(cert, os.path.join(self.dir, "tls.crt"))
        self.until(lambda: "the certificate was renewed" in "".join(self.lines))
        self.assertTrue(self.allowed())
        self.assertEqual(self.end(hook), YES)
