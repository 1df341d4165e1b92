# SPDX-License-Identifier: Apache-2.0
"""A person at a shell, with one kubectl, a kubeconfig and an empty home."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from normalise import normalise

COMMAND_SECONDS_MAX = 120
WATCH_SECONDS_MAX = 60
UNTIL_SECONDS_MAX = 20
SETTLE_SECONDS = 0.3  # between what a watch printed and the next change to be watched


class Shell:
    """Runs commands as they are typed; a context manager.

    client   path of the kubectl that `kubectl` means here
    served   the server; KUBECONFIG is that of its administrator
    folder   the current folder of the commands
    """

    def __init__(self, client, served):
        self.root = tempfile.mkdtemp(prefix="podgate-shell-")
        self.folder, self.home, programs = (os.path.join(self.root, name) for name in ("work", "home", "bin"))
        for folder in (self.folder, self.home, programs):
            os.mkdir(folder)
        # Messages name the program as it was called, which is always kubectl.
        os.symlink(client, os.path.join(programs, "kubectl"))
        self.kubeconfigs = served.kubeconfigs
        self.names = [(served.server.split("://")[1], "<server>"), (self.folder, "<dir>"), (self.home, "/tmp")]
        self.environment = {"PATH": programs + ":/usr/local/bin:/usr/bin:/bin", "HOME": self.home,
                            "LANG": "C", "LC_ALL": "C", "TZ": "UTC", "TERM": "dumb", "TMPDIR": self.home,
                            "KUBECONFIG": self.kubeconfigs["admin"]}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root, True)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        if name.endswith(".sh"):
            os.chmod(path, 0o755)

    def start(self, command):
        for user, path in self.kubeconfigs.items():
            command = command.replace("{%s}" % user, path)
        return subprocess.Popen(["bash", "-c", command], cwd=self.folder, env=self.environment, text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                start_new_session=True)

    def run(self, command, stdin=""):
        """Exit status, standard output and standard error of a command that ends by itself."""
        process = self.start(command)
        try:
            out, err = process.communicate(stdin or "", timeout=COMMAND_SECONDS_MAX)
            return process.returncode, out, err
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            return "not ended after %d s" % COMMAND_SECONDS_MAX, out, err

    def run_until(self, command, pattern):
        """Repeats a command until what it prints matches; what controllers do takes a moment."""
        end = time.monotonic() + UNTIL_SECONDS_MAX
        while True:
            _, out, err = self.run(command)
            if re.search(pattern, out + err, re.DOTALL) or time.monotonic() >= end:
                return
            time.sleep(0.1)

    def run_lines(self, command, count, during):
        """Runs a command that does not end by itself, and stops it after so many lines.

        during: commands to run meanwhile, each when the first has printed `after` lines."""
        process = self.start(command)
        lines, errors, beside = [], [], ""
        readers = [threading.Thread(target=into.extend, args=(stream,), daemon=True)
                   for stream, into in ((process.stdout, lines), (process.stderr, errors))]
        for reader in readers:
            reader.start()
        waiting = list(during)
        end = time.monotonic() + WATCH_SECONDS_MAX
        while time.monotonic() < end and process.poll() is None and (waiting or len(lines) < count):
            if waiting and len(lines) >= waiting[0].get("after", 1):
                then = waiting.pop(0)
                time.sleep(SETTLE_SECONDS)
                _, out, err = self.run(then["cmd"], then.get("stdin"))
                if then.get("show"):
                    beside += "$ %s\n%s%s" % (then["cmd"], out, err)
            else:
                time.sleep(0.02)
        status = process.poll()  # None: it ran until it was stopped, as it should
        time.sleep(SETTLE_SECONDS)
        try:
            os.killpg(process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        process.wait()
        for reader in readers:
            reader.join()
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()
        return status, "".join(lines[:count]) + beside, "".join(errors)

    def step(self, step, keep_managed):
        """One step of a recorded session: status, output and errors, normalised."""
        for before in step.get("before", []):
            if "until" in before:
                self.run_until(before["cmd"], before["until"])
            else:
                self.run(before["cmd"], before.get("stdin"))
        if "lines" in step:
            done = self.run_lines(step["cmd"], step["lines"], step.get("during", []))
        else:
            done = self.run(step["cmd"], step.get("stdin"))
        return done[0], *(normalise(text, self.names, step["cmd"], keep_managed) for text in done[1:])
