# SPDX-License-Identifier: Apache-2.0
"""A `podgate up` for tests: an administrator and two plain users, with their kubeconfigs."""

import base64
import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import threading

SECONDS_MAX = 120
LOG_CHARS_MAX = 4000

# How the server of the recordings was.
RECORDED = ("--kubernetes-version", "1.20", "--nodes", "0")
# Who can ask, by name: the group each is in. The token is the name with -token behind it.
USERS = {"admin": "system:masters", "alice": "dev-team", "bob": "ops-team"}

# A kubeconfig has a context for each of them, named like the user.
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
- name: rehearsal
  cluster: {server: "%s", certificate-authority-data: %s}
users:
%scontexts:
%scurrent-context: %s
"""
USER = "- name: %s\n  user: {token: %s}\n"
CONTEXT = "- name: %s\n  context: {cluster: rehearsal, user: %s}\n"


def token(user):
    return user + "-token"


class Served:
    """A server of its own, that of the recordings unless the options say otherwise; a context manager.

    server       its URL
    kubeconfigs  the path of a kubeconfig by user; `owner` is the one that podgate up wrote
    authority    the certificate that signed the server's, PEM
    folder       gone when it ends
    """

    def __init__(self, program, options=None):
        self.folder = tempfile.mkdtemp(prefix="podgate-served-")
        self.trouble = ""
        self.log = []
        try:
            self.start(program, options or RECORDED)
        except BaseException:
            shutil.rmtree(self.folder, True)
            raise

    def start(self, program, options):
        tokens = os.path.join(self.folder, "tokens.csv")
        with open(tokens, "w", encoding="utf-8") as out:
            for user, group in USERS.items():
                out.write('%s,%s,%s-uid,"%s"\n' % (token(user), user, user, group))
        self.process = subprocess.Popen(
            [program, "up", "--token-file", tokens, "--listen", "127.0.0.1:0", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "XDG_RUNTIME_DIR": self.folder, "HOME": self.folder})
        # Read all along: a server whose log nobody reads would stand still.
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr), daemon=True)
        self.reader.start()
        path = self.process.stdout.readline().rstrip("\n")
        if not path:
            self.process.wait(SECONDS_MAX)
            raise RuntimeError("podgate up does not serve: " + "".join(self.log))
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.server = re.search(r"server: (\S+)", text).group(1)
        encoded = re.search(r"certificate-authority-data: (\S+)", text).group(1)
        self.authority = base64.b64decode(encoded).decode()
        self.kubeconfigs = {"owner": path}
        users = "".join(USER % (user, token(user)) for user in USERS)
        contexts = "".join(CONTEXT % (user, user) for user in USERS)
        for user in USERS:
            self.kubeconfigs[user] = os.path.join(self.folder, user + ".kubeconfig")
            with open(self.kubeconfigs[user], "w", encoding="utf-8") as out:
                out.write(KUBECONFIG % (self.server, encoded, users, contexts, user))

    def ask(self, method, path, body=None, content_type="application/json", user="admin"):
        """One request; status and body, read from JSON."""
        context = ssl.create_default_context(cadata=self.authority)
        connection = http.client.HTTPSConnection(self.server.removeprefix("https://"), timeout=SECONDS_MAX,
                                                 context=context)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {
                "Authorization": "Bearer " + token(user), "Content-Type": content_type})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def end(self):
        """Ends it. What was wrong with how it ran (a status, a sanitizer's report), or ""."""
        self.process.terminate()
        try:
            status = self.process.wait(SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.reader.join(SECONDS_MAX)
        self.process.stdout.close()
        self.process.stderr.close()
        shutil.rmtree(self.folder, True)
        log = "".join(self.log)
        if status != 0 or "runtime error:" in log or "Sanitizer" in log:
            return "podgate up ended with status %d\n%s" % (status, log[-LOG_CHARS_MAX:])
        return ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.trouble = self.end()
