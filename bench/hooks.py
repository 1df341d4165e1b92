# SPDX-License-Identifier: Apache-2.0
"""For benches that send reviews to webhooks: certificates, processes, load."""
import json
import os
import re
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
NO_PSP = ("--disable-admission-plugins", "PodSecurityPolicy")


class Folder(tempfile.TemporaryDirectory):
    """With cert.pem and key.pem, for this machine."""

    def __enter__(self):
        name = super().__enter__()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
             name + "/key.pem", "-out", name + "/cert.pem", "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
        return name


class Process:
    """A webhook; a context manager."""

    def __init__(self, command, **how):
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True, **how)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()

    def status(self, name):
        """A line of its status, in kB."""
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as file:
            return int(re.search(r"^%s:\s+(\d+) kB$" % name, file.read(), re.M).group(1))

    def cpu(self):
        """Seconds of processor time so far."""
        with open("/proc/%d/stat" % self.process.pid, encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def get(self, path, body=None):
        request = urllib.request.Request("https://127.0.0.1:%d%s" % (self.port, path), data=body)
        with urllib.request.urlopen(request, context=ssl._create_unverified_context()) as answer:
            return answer.read().decode()

    def wait_ready(self, seconds=30):
        end = time.monotonic() + seconds
        while True:
            try:
                return self.get("/readyz")
            except urllib.error.HTTPError as problem:
                if time.monotonic() > end:
                    raise SystemExit(problem.read().decode())
                time.sleep(0.02)

    def review(self):
        """Whether the review of the load is allowed."""
        with open(os.path.join(HERE, "data", "review.json"), "rb") as file:
            return json.loads(self.get("/validate", file.read()))["response"]["allowed"]


class Podgate(Process):
    def __init__(self, podgate, folder, *arguments):
        super().__init__([podgate, "serve", "--listen", "127.0.0.1:0", "--tls-cert-file", folder + "/cert.pem",
                          "--tls-private-key-file", folder + "/key.pem", *arguments], stderr=subprocess.PIPE)
        for line in self.process.stderr:
            found = re.search(r" listening on https://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                return
        raise SystemExit("podgate serve did not start")


def load(build, port, connections, ms, rate=0):
    """What podgate-bench-reviews says: a dictionary of numbers."""
    done = subprocess.run([os.path.join(build, "podgate-bench-reviews"), str(port), str(connections),
                           str(int(ms)), *([str(rate)] if rate else [])],
                          check=True, stdout=subprocess.PIPE, text=True)
    return {name: float(value) for name, value in (line.split() for line in done.stdout.splitlines())}
