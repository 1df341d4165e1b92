# SPDX-License-Identifier: Apache-2.0
"""The scripts around the build: layers, the derived package source."""

import os
import subprocess

from podgate import ROOT, Case


class Layers(Case):
    def check(self, **files):
        for name, text in files.items():
            self.write("src/" + name.replace("__", "/") + ".c", text)
        done = subprocess.run([os.path.join(ROOT, "scripts", "check-layers"), self.dir],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.decode()

    def test_downwards_is_allowed(self):
        status, text = self.check(decide__psp__a='#include "kube/x.h"\n#include "decide/facts.h"\n',
                                  decide__admission__b='#include "decide/psp/a.h"\n',
                                  cli__c='#include "server/s.h"\n#include <unistd.h>\n')
        self.assertEqual(status, 0, text)

    def test_violations(self):
        rows = [
            ("base__a", '#include "doc/x.h"', "base/ may not include doc/"),
            ("decide__psp__a", '#include "cluster/x.h"', "decide/ may not include cluster/"),
            ("decide__psp__a", '#include "decide/rbac/rbac.h"',
             "engine decide/psp may not include engine decide/rbac"),
            ("decide__psp__a", "#  include <time.h>", "decide/ is pure: no <time.h>"),
            ("kube__a", "#include <yyjson.h>", "<yyjson.h> is for doc/"),
            ("cli__a", '#include "lib/x.h"', "nothing includes lib/"),
            ("kube__a", '#include "names.h"', 'write "kube/names.h"'),
            ("nowhere__a", "", "not in a room"),
            ("cli__a", "#include <cmocka.h>", "for tests"),
        ]
        for name, line, message in rows:
            with self.subTest(line):
                self.setUp()
                status, text = self.check(**{name: line + "\n"})
                self.assertEqual(status, 1)
                self.assertIn(message, text)
                self.assertIn("src/" + name.replace("__", "/") + ".c:1: ", text)


class Bootstrap(Case):
    """Where libyyjson-dev must come from trixie: the source derived from the entries there."""

    def source(self, codename):
        done = subprocess.run([os.path.join(ROOT, "scripts", "bootstrap"), "--show-source", self.dir,
                               codename], stdout=subprocess.PIPE, check=False)
        return done.stdout.decode() if done.returncode == 0 else None

    def test_deb822(self):
        self.write("sources.list.d/other.sources",
                   "Types: deb\nURIs: https://other.example/x\nSuites: nodistro\nComponents: main\n")
        self.write("sources.list.d/z.sources",
                   "# the archive\nTypes: deb deb-src\n# a comment\nURIs: https://mirror.example/debian\n"
                   "Suites: bookworm bookworm-updates\nComponents: main contrib\n"
                   "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n"
                   " -----END PGP PUBLIC KEY BLOCK-----\nArchitectures: amd64\n\n"
                   "Types: deb\nURIs: https://mirror.example/debian-security\n"
                   "Suites: bookworm-security\nComponents: main\n")
        self.assertEqual(self.source("bookworm"),
                         "Types: deb\nSuites: trixie\nComponents: main\n"
                         "URIs: https://mirror.example/debian\n"
                         "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n"
                         " -----END PGP PUBLIC KEY BLOCK-----\nArchitectures: amd64\n")

    def test_deb822_disabled_or_without_main(self):
        self.write("sources.list.d/a.sources",
                   "Types: deb\nURIs: https://a.example\nSuites: bookworm\nComponents: main\nEnabled: no\n\n"
                   "Types: deb-src\nURIs: https://b.example\nSuites: bookworm\nComponents: main\n\n"
                   "Types: deb\nURIs: https://c.example\nSuites: bookworm\nComponents: contrib\n")
        self.assertIsNone(self.source("bookworm"))

    def test_one_line(self):
        self.write("sources.list",
                   "# deb https://no.example bookworm main\n"
                   "deb cdrom:[Debian] bookworm main\n"
                   "deb-src https://src.example bookworm main\n"
                   "deb https://sec.example bookworm-security main\n"
                   "deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] https://m.example/debian "
                   "bookworm main contrib # ours\n")
        self.assertEqual(self.source("bookworm"),
                         "deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] "
                         "https://m.example/debian trixie main\n")

    def test_one_line_by_suite(self):
        self.write("sources.list.d/debian.list", "deb http://m.example/debian oldstable main\n")
        self.assertEqual(self.source("bookworm"), "deb http://m.example/debian trixie main\n")

    def test_nothing_to_derive_from(self):
        self.assertIsNone(self.source("bookworm"))
