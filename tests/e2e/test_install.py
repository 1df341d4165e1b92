# SPDX-License-Identifier: Apache-2.0
"""What `make install` puts where, and another program built against it."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from podgate import PROGRAM, ROOT, Case

BUILD = os.path.dirname(PROGRAM)
SANITIZED = bool(os.environ.get("PODGATE_TEST_SANITIZED"))

TINY = r"""
#include <podgate/podgate.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    static const char pod[] = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"
                              "spec: {containers: [{name: web, image: nginx}]}\n";
    const char *const presets[] = { "eks", NULL };
    PodgateOptions options = { .size = sizeof(options), .presets = presets };
    char *report = NULL;
    char *error = NULL;
    PodgateState *state = podgate_state_open(&options, &error);
    if (!state) {
        puts(error);
        return 2;
    }
    PodgateAnswer answer = podgate_admit(state, NULL, "pod", pod, strlen(pod), &report, &error);
    printf("%s %d %d\n", podgate_version(), (int)answer,
           report && strstr(report, "eks.privileged") != NULL);
    podgate_free(report);
    podgate_state_close(state);
    return 0;
}
"""


class Install(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if SANITIZED:
            raise unittest.SkipTest("installed once, from the build that is meant for it")
        cls.root = tempfile.mkdtemp(prefix="podgate-install-")
        cls.addClassCleanup(shutil.rmtree, cls.root, True)
        options = subprocess.run(["meson", "introspect", BUILD, "--buildoptions"], check=True,
                                 stdout=subprocess.PIPE)
        prefix = next(o["value"] for o in json.loads(options.stdout) if o["name"] == "prefix")
        cls.addClassCleanup(subprocess.run, ["ninja", "-C", BUILD], stdout=subprocess.DEVNULL)
        cls.addClassCleanup(subprocess.run, ["meson", "configure", BUILD, "-Dprefix=" + prefix])
        subprocess.run(["make", "-s", "install", "DESTDIR=" + cls.root, "PREFIX=/opt/podgate",
                        "BUILD=" + os.path.relpath(BUILD, ROOT)], cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "MAKEFLAGS": ""})
        cls.prefix = os.path.join(cls.root, "opt", "podgate")

    def files(self):
        return {os.path.relpath(os.path.join(where, name), self.prefix)
                for where, _, names in os.walk(self.prefix) for name in names}

    def pkg_config(self, *arguments):
        folder = os.path.dirname(next(f for f in self.files() if f.endswith("podgate.pc")))
        done = subprocess.run(["pkg-config", *arguments, "podgate"], check=True,
                              stdout=subprocess.PIPE,
                              env={**os.environ, "PKG_CONFIG_SYSROOT_DIR": self.root,
                                   "PKG_CONFIG_LIBDIR": ":".join(
                                       [os.path.join(self.prefix, folder), *self.default_path()])})
        return done.stdout.decode().split()

    @staticmethod
    def default_path():
        done = subprocess.run(["pkg-config", "--variable", "pc_path", "pkg-config"], check=True,
                              stdout=subprocess.PIPE)
        return done.stdout.decode().strip().split(":")

    def build_and_run(self, *flags):
        source = self.write("tiny.c", TINY)
        program = os.path.join(self.dir, "tiny")
        subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-o", program, source, *flags],
                       check=True)
        libraries = [os.path.join(self.prefix, os.path.dirname(f)) for f in self.files()
                     if f.endswith("libpodgate.so")]
        done = subprocess.run([program], check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT,
                              env={**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)})
        self.assertRegex(done.stdout.decode(), r"^\d+\.\d+\.\d+ 0 1\n$")
        return program

    def test_all_of_it(self):
        files = self.files()
        for name in ("bin/podgate", "bin/kubectl-podgate", "libexec/podgate/podgate-server", "include/podgate/podgate.h",
                     "share/bash-completion/completions/podgate",
                     "share/zsh/site-functions/_podgate",
                     "share/fish/vendor_completions.d/podgate.fish",
                     "share/man/man1/podgate.1", "share/man/man1/podgate-admit.1"):
            self.assertTrue(name in files or name + ".gz" in files, name + " is not installed")
        for name in ("libpodgate.a", "libpodgate.so", "podgate.pc"):
            self.assertTrue(any(f.endswith("/" + name) for f in files), name + " is not installed")
        self.assertFalse([f for f in files if "test" in os.path.basename(f)
                          and not f.startswith("share/man")])
        done = subprocess.run([os.path.join(self.prefix, "bin", "kubectl-podgate"), "--version"],
                              check=True, stdout=subprocess.PIPE)
        self.assertTrue(done.stdout.startswith(b"podgate "))

    def test_commands_that_serve(self):
        installed = os.path.join(self.prefix, "bin", "kubectl-podgate")
        done = subprocess.run([installed, "up", "--", "sh", "-c", "test -s \"$KUBECONFIG\""],
                              check=False, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_part_that_serves_is_missing(self):
        with tempfile.TemporaryDirectory() as folder:
            alone = shutil.copy(os.path.join(self.prefix, "bin", "podgate"), folder)
            done = subprocess.run([alone, "up"], check=False, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, r"^podgate up: podgate-server is not installed: .*\n$")

    def test_another_program_shared(self):
        program = self.build_and_run(*self.pkg_config("--cflags", "--libs"))
        needed = subprocess.run(["readelf", "-d", program], check=True, stdout=subprocess.PIPE)
        self.assertIn(b"libpodgate.so.0", needed.stdout)

    def test_another_program_static(self):
        static = next(f for f in self.files() if f.endswith("libpodgate.a"))
        flags = [os.path.join(self.prefix, static) if f == "-lpodgate" else f
                 for f in self.pkg_config("--cflags", "--libs", "--static")]
        self.build_and_run(*flags)

    def test_only_the_public_names_are_exported(self):
        library = next(f for f in self.files() if f.endswith("libpodgate.so"))
        done = subprocess.run(["nm", "-D", "--defined-only", os.path.join(self.prefix, library)],
                              check=True, stdout=subprocess.PIPE)
        names = {line.split()[-1] for line in done.stdout.decode().splitlines()}
        with open(os.path.join(ROOT, "include", "podgate", "podgate.h"), encoding="utf-8") as header:
            declared = {word.split("(")[0].lstrip("*") for word in header.read().split()
                        if word.lstrip("*").startswith("podgate_") and "(" in word}
        self.assertTrue(names)
        self.assertLessEqual(names, declared)
