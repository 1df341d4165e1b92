# SPDX-License-Identifier: Apache-2.0
"""Input that nobody meant: a clear message, exit 2, nothing on standard output."""

import os
import subprocess

from podgate import ERROR, PROGRAM, YES, Case

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: web
    image: nginx
"""

# Every way in which a command reads objects; the path comes last.
READERS = [["psp", "list", "--state"], ["admit", "-f"]]


class BadInput(Case):
    def each(self, path, *parts):
        for reader in READERS:
            with self.subTest(" ".join(reader)):
                self.refused(self.run_in(*reader, path), *parts)

    def test_missing(self):
        self.each("no-such.yaml", "no-such.yaml: No such file or directory")

    def test_unreadable(self):
        path = self.write("secret.yaml", POD)
        os.chmod(path, 0)
        if os.access(path, os.R_OK):
            self.skipTest("root reads everything")
        self.each("secret.yaml", "secret.yaml: Permission denied")

    def test_truncated_json(self):
        self.write("cut.json", '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a')
        self.each("cut.json", "cut.json:1:")

    def test_bad_yaml(self):
        self.write("bad.yaml", "apiVersion: v1\nkind: [Pod\nmetadata:\n")
        self.each("bad.yaml", "bad.yaml:")

    def test_duplicate_key(self):
        self.write("twice.yaml", POD.replace("kind: Pod\n", "kind: Pod\nkind: Pod\n"))
        self.each("twice.yaml", "twice.yaml:3", "kind")

    def test_binary(self):
        self.write("program.yaml", b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 20)
        self.each("program.yaml", "program.yaml")

    def test_utf16(self):
        self.write("wide.yaml", POD.encode("utf-16"))
        self.each("wide.yaml", "wide.yaml", "UTF-16")

    def test_device(self):
        self.each("/dev/zero", "/dev/zero")

    def test_not_an_object(self):
        for name, text in (("scalar.yaml", "just words\n"), ("list.json", "[1, 2]"),
                           ("nameless.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {}\n"),
                           ("kindless.yaml", "metadata:\n  name: x\n")):
            with self.subTest(name):
                self.write(name, text)
                self.each(name, name)

    def test_an_empty_folder(self):
        os.mkdir(os.path.join(self.dir, "folder"))
        self.each("folder", "folder: no *.yaml, *.yml or *.json in this folder")

    def test_null_in_a_list(self):
        self.write("list.yaml", "apiVersion: v1\nkind: List\nitems:\n- null\n")
        self.each("list.yaml", "list.yaml", "items[0]")

    def test_alias_bomb(self):
        text = "a0: &a0 [x]\n" + "".join("a%d: &a%d [%s]\n" % (i, i, ", ".join(["*a%d" % (i - 1)] * 10))
                                         for i in range(1, 12))
        self.write("bomb.yaml", text)
        self.each("bomb.yaml", "bomb.yaml")

    def test_too_deep(self):
        self.write("deep.json", "[" * 100000)
        self.each("deep.json", "deep.json")
        self.write("deep.yaml", "[" * 100000)
        self.each("deep.yaml", "deep.yaml")

    def test_fifty_megabytes_of_one_value(self):
        self.write("large.yaml", "a: " + "x" * (50 << 20) + "\n")
        self.each("large.yaml", "large.yaml")

    def test_standard_input_closed(self):
        for reader in READERS:
            with self.subTest(" ".join(reader)):
                done = subprocess.run(["sh", "-c", '"$@" <&-', "sh", PROGRAM, *reader, "-"],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
                self.assertEqual((done.returncode, done.stdout), (ERROR, b""))
                self.assertIn(b"Bad file descriptor", done.stderr)

    def test_unknown_field(self):
        self.write("pod.yaml", POD.replace("image:", "imagePullPolcy: Always\n    image:"))
        for reader in READERS:
            with self.subTest(" ".join(reader)):
                warned = self.run_in(*reader, "pod.yaml")
                self.assertNotEqual(warned.status, ERROR, warned)
                self.assertIn("Warning: pod.yaml", warned.err)
                self.assertIn("spec.containers[0].imagePullPolcy: unknown field", warned.err)
                self.assertIn('"imagePullPolicy"', warned.err)
        self.each_strict("pod.yaml", "spec.containers[0].imagePullPolcy: unknown field")

    def each_strict(self, path, *parts):
        for reader in READERS:
            with self.subTest(" ".join(reader) + " --strict"):
                self.refused(self.run_in(*reader, path, "--strict"), *parts)

    def test_unknown_kind(self):
        self.write("crd.yaml", POD + "---\napiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: w\n")
        for reader in READERS:
            with self.subTest(" ".join(reader)):
                warned = self.run_in(*reader, "crd.yaml")
                self.assertNotEqual(warned.status, ERROR, warned)
                self.assertIn("crd.yaml:10: kind Widget of example.com/v1 is not known", warned.err)
        self.each_strict("crd.yaml", "kind Widget of example.com/v1 is not known")


class Harmless(Case):
    def test_an_empty_state(self):
        for name, text in (("empty.yaml", ""), ("comment.yaml", "# nothing\n---\n"),
                           ("null.json", "null"), ("list.yaml", "apiVersion: v1\nkind: List\nitems: []\n")):
            with self.subTest(name):
                self.write(name, text)
                result = self.run_in("psp", "list", "--state", name)
                self.assertEqual((result.status, result.out), (YES, ""), result)
