# SPDX-License-Identifier: Apache-2.0
"""The program as a whole: finding commands, help, standard streams that are closed or full."""

import os
import re
import subprocess
import unittest

from podgate import ERROR, PROGRAM, YES, Case, run


def commands():
    """Every command of the program's own help, as a list of words each."""
    found = []
    for name in re.findall(r"^  ([a-z-]+) +[A-Z]", run("--help").out, re.M):
        text = run(name, "--help").out
        inner = re.findall(r"^  ([a-z-]+) +[A-Z]", text, re.M) if " COMMAND" in text else []
        found += [[name, sub] for sub in inner] or [[name]]
    return found


class Program(Case):
    def test_version(self):
        for word in ("version", "--version", "-V"):
            with self.subTest(word):
                result = run(word)
                self.assertEqual(result.status, YES)
                self.assertRegex(result.out, r"^podgate \d+\.\d+\.\d+\n")
                self.assertEqual(result.err, "")

    def test_calls_that_are_wrong(self):
        rows = [
            ([], "Usage: podgate"),
            (["verzion"], 'did you mean "version"?'),
            (["--versions"], "unknown option --versions"),
            (["nothing-like-it"], 'unknown command "nothing-like-it"'),
            (["version", "x"], 'unexpected argument "x"'),
            (["version", "--helpp"], "did you mean --help?"),
            (["version", "-q"], "unknown option -q"),
            (["completion"], "needs bash|zsh|fish"),
            (["completion", "tcsh"], 'unknown shell "tcsh"'),
            (["help", "no-such"], 'unknown command "no-such"'),
            ([""], 'unknown command ""'),
        ]
        for words, message in rows:
            with self.subTest(words):
                result = run(*words)
                self.assertEqual((result.status, result.out), (ERROR, ""), result)
                self.assertIn(message, result.err)

    def test_help_of_every_command(self):
        for words in commands():
            with self.subTest(words):
                result = run(*words, "--help")
                self.assertEqual((result.status, result.err), (YES, ""))
                self.assertTrue(result.out.startswith("Usage: podgate " + " ".join(words)), result)
                self.assertEqual(result.out, run("help", *words).out)
                self.assertEqual(result.out, run(*words, "-h").out)
                self.assertLessEqual(max(map(len, result.out.splitlines())), 100)

    def test_as_a_plugin_of_kubectl(self):
        link = os.path.join(self.dir, "kubectl-podgate")
        os.symlink(PROGRAM, link)
        done = subprocess.run([link, "version", "--help"], stdout=subprocess.PIPE, check=True)
        self.assertIn(b"Usage: kubectl podgate version", done.stdout)

    def test_standard_output_closed(self):
        done = subprocess.run(["sh", "-c", '"$0" --help >&-', PROGRAM], stderr=subprocess.PIPE,
                              check=False)
        self.assertEqual(done.returncode, ERROR)
        self.assertIn(b"standard output: it is closed", done.stderr)

    def test_standard_output_full(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE,
                                  check=False)
        self.assertEqual(done.returncode, ERROR)
        self.assertIn(b"No space left on device", done.stderr)

    def test_pipe_closed(self):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([PROGRAM, "--help"], stdout=writer, stderr=subprocess.PIPE, check=False)
        os.close(writer)
        self.assertEqual(done.returncode, ERROR)
        self.assertIn(b"standard output: Broken pipe", done.stderr)

    def test_standard_error_closed(self):
        done = subprocess.run(["sh", "-c", '"$0" no-such 2>&-', PROGRAM], stdout=subprocess.PIPE,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (ERROR, b""))

    def test_no_colour_where_nobody_looks(self):
        for words in (["no-such"], ["--help"]):
            result = run(*words)
            self.assertNotIn("\033", result.out + result.err)

    def test_colour_on_a_terminal(self):
        for env, wanted in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
            with self.subTest(env):
                main, other = os.openpty()
                clean = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
                subprocess.run([PROGRAM, "no-such"], stderr=other, check=False,
                               env={**clean, "TERM": "xterm", **env})
                os.close(other)
                text = os.read(main, 4096)
                os.close(main)
                self.assertEqual(b"\033[31m" in text, wanted, text)


class Completion(Case):
    def bash(self, line):
        """What bash would offer at the end of line."""
        script = os.path.join(self.dir, "completion")
        self.write("completion", run("completion", "bash").out)
        words = line.split(" ")
        # As readline does, --name=value comes as three words.
        parts = [p for w in words for p in (re.split("(=)", w) if w.startswith("--") else [w])]
        while "" in parts[:-1]:
            parts.remove("")
        program = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()\n'
                   '_podgate; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", program, "bash", script, *parts], cwd=self.dir,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        self.assertEqual(done.stderr, b"")
        return [line for line in done.stdout.decode().split("\n") if line]

    def test_bash(self):
        self.assertIn("version", self.bash("podgate v"))
        self.assertIn("--version", self.bash("podgate --"))
        self.assertEqual(self.bash("podgate completion z"), ["zsh"])
        self.assertEqual(self.bash("podgate version --h"), ["--help"])
        self.assertIn("completion", self.bash("podgate help "))

    def test_bash_offers_every_command_and_option(self):
        for words in commands():
            with self.subTest(words):
                self.assertIn(words[0], self.bash("podgate " + words[0][0]))
                offered = set(self.bash("podgate " + " ".join(words) + " --"))
                options = set(re.findall(r"^  (?:-\w, |    )(--[a-z-]+)",
                                         run(*words, "--help").out, re.M))
                self.assertEqual(offered, options)

    def test_syntax(self):
        for shell in ("bash", "zsh", "fish"):
            with self.subTest(shell):
                path = self.write("script", run("completion", shell).out)
                try:
                    subprocess.run([shell, "-n", path], check=True)
                except FileNotFoundError:
                    raise unittest.SkipTest(shell + " is not here")


if __name__ == "__main__":
    unittest.main()
