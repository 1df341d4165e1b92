# SPDX-License-Identifier: Apache-2.0
"""scripts/demo, which `make run` plays: with each kubectl that is here, and at a terminal."""

import os
import pty
import shutil
import subprocess
import unittest

import clients
from podgate import PROGRAM, ROOT, Case, run

SECONDS_MAX = 300
SCRIPT = os.path.join(ROOT, "scripts", "demo")
KUBECTLS = {os.path.realpath(path) for path in
            (clients.find("1.20"), clients.find("1.32"), shutil.which("kubectl")) if path}


class Demo(Case):
    def setUp(self):
        super().setUp()
        self.env = {**os.environ, "XDG_RUNTIME_DIR": self.dir, "TERM": "xterm"}

    def with_client(self, path):
        folder = os.path.join(self.dir, "bin")
        os.makedirs(folder, exist_ok=True)
        link = os.path.join(folder, "kubectl")
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(path, link)
        self.env["PATH"] = folder + ":" + os.environ["PATH"]

    def test_without_a_terminal(self):
        if not KUBECTLS:
            self.skipTest("no kubectl here")
        for path in sorted(KUBECTLS):
            with self.subTest(path):
                self.with_client(path)
                done = subprocess.run([SCRIPT, PROGRAM], env=self.env, stdin=subprocess.DEVNULL, text=True,
                                      stdout=subprocess.PIPE, check=False, timeout=SECONDS_MAX)
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertNotIn("\033", done.stdout)
                self.assertIn("$ kubectl -n secured run web --image=nginx\nError from server (Forbidden): ", done.stdout)
                self.assertFalse(os.listdir(os.path.join(self.dir, "podgate")))

    def test_at_a_terminal(self):
        if not KUBECTLS:
            self.skipTest("no kubectl here")
        self.with_client(sorted(KUBECTLS)[0])
        ours, theirs = pty.openpty()
        process = subprocess.Popen([SCRIPT, PROGRAM], env=self.env, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        shown = b""
        try:
            while True:
                some = os.read(ours, 65536)
                if not some:
                    break
                shown += some
        except OSError:
            pass  # the other end is closed
        os.close(ours)
        self.assertEqual(process.wait(SECONDS_MAX), 0, shown.decode())
        self.assertIn(b"\033[1m$ kubectl get namespaces", shown)
        self.assertIn(("export KUBECONFIG=%s/podgate/demo/kubeconfig" % self.dir).encode(), shown)
        result = run("down", "--name", "demo", env=self.env)
        self.assertEqual((result.status, result.err), (0, ""))  # it was still there


if __name__ == "__main__":
    unittest.main()
