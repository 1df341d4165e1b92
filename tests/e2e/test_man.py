# SPDX-License-Identifier: Apache-2.0
"""Every command has a manual page, and each page has every option of its command."""

import os
import re
import unittest

from podgate import PROGRAM, ROOT, run
from test_program import commands

PAGES = os.path.join(os.path.dirname(PROGRAM), "docs", "man")


def page(name):
    with open(os.path.join(PAGES, name), encoding="utf-8") as text:
        return re.sub(r"\\(.)", r"\1", re.sub(r"\\f[BIR]", "", text.read()))


@unittest.skipUnless(os.path.isdir(PAGES), "built without scdoc")
class Man(unittest.TestCase):
    def test_a_page_for_every_command(self):
        for words in commands():
            with self.subTest(words):
                text = page("podgate-%s.1" % words[0])
                self.assertIn("podgate " + " ".join(words), text)
                help_text = run(*words, "--help").out
                for option in re.findall(r"^  (?:-\w, |    )(--[a-z-]+)", help_text, re.M):
                    self.assertIn(option, text)
                for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "SEE ALSO"):
                    self.assertIn(".SH " + section, text)

    def test_the_program_names_every_command(self):
        text = page("podgate.1")
        for words in commands():
            self.assertIn("\n%s\n" % words[0], text)

    def test_every_page_is_built(self):
        written = {n[:-4] for n in os.listdir(os.path.join(ROOT, "docs", "man")) if n.endswith(".scd")}
        self.assertEqual(written, {n for n in os.listdir(PAGES) if n.endswith(".1")})
