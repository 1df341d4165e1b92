# SPDX-License-Identifier: Apache-2.0
"""podgate serve under load while its certificate, its token and itself are replaced."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import ssl
import threading

from podgate import YES
from test_serve import BINDING, POLICY, RBAC, ROLE, SECONDS_MAX, Serve, review
from test_serve_access import AT_ONCE, ASKS, HOOKED

WORKERS = 4
ROUNDS = 5


class Load:
    """Reviews by several at once until it is told to end; what was not as it should be, in self.wrong."""

    def __init__(self, test, context, keeps):
        self.test, self.context, self.keeps = test, context, keeps
        self.stop = threading.Event()
        self.wrong = []
        self.done = [0] * WORKERS
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(WORKERS)]
        for one in self.threads:
            one.start()

    def connection(self):
        return http.client.HTTPSConnection("localhost", self.test.hook_port, timeout=SECONDS_MAX,
                                           context=self.context())

    def run(self, number):
        connection = self.connection()
        user, wanted = (("alice", True), ("bob", False))[number % 2]
        while not self.stop.is_set():
            try:
                connection.request("POST", "/mutate", body=json.dumps(review(user)))
                answer = connection.getresponse()
                text = answer.read().decode()
                response = json.loads(text)["response"]
                if answer.status != 200 or response["allowed"] != wanted or "warnings" in response:
                    self.wrong.append(text)
                if not self.keeps:
                    connection.close()
                    connection = self.connection()
            except (OSError, http.client.HTTPException, ValueError) as problem:
                self.wrong.append(repr(problem))
                connection.close()
                connection = self.connection()
            self.done[number] += 1
        connection.close()

    def more(self, count=20):
        """Until so many more are answered."""
        before = sum(self.done)
        self.test.until(lambda: sum(self.done) >= before + count)

    def anew(self):
        """Until what was begun before is over."""
        before = list(self.done)
        self.test.until(lambda: all(now > then + 1 for now, then in zip(self.done, before)))

    def end(self):
        self.stop.set()
        for one in self.threads:
            one.join()
        self.test.assertEqual(self.wrong[:3], [])


class Rotation(Serve):
    def state(self):
        self.write("state.json", json.dumps({"apiVersion": "v1", "kind": "List",
                                             "items": [POLICY, ROLE, BINDING]}))
        return self.serve("--state", "state.json")

    def read(self, name):
        with open(os.path.join(self.dir, name), encoding="ascii") as file:
            return file.read()

    def certificates(self, keeps):
        """Whoever trusts all of them sees no difference."""
        self.state()
        pairs = [self.certificate("next-%d" % number) for number in range(ROUNDS)]
        names = ["tls.crt"] + [os.path.basename(cert) for cert, _ in pairs]
        trusted = "".join(self.read(name) for name in names)
        load = Load(self, lambda: ssl.create_default_context(cadata=trusted), keeps)
        try:
            for number, (cert, key) in enumerate(pairs):
                load.more()
                os.replace(key, os.path.join(self.dir, "tls.key"))
                os.replace(cert, os.path.join(self.dir, "tls.crt"))
                self.until(lambda number=number: sum("was renewed" in line for line in self.lines) > number)
            load.more()
        finally:
            load.end()
        # and it is the new one that is shown
        self.assertEqual(self.call("GET", "/healthz"), (200, "ok"))

    def test_certificates_by_who_keeps_connections(self):
        self.certificates(True)

    def test_certificates_by_who_connects_each_time(self):
        self.certificates(False)

    def token(self, number):
        """One that is good for as long as a Secret of its own is there."""
        headers = {"Content-Type": "application/json"}
        self.apply("/api/v1/namespaces/default/secrets", {"metadata": {"name": "t-%d" % number}})
        status, answer = self.ask("POST", "/api/v1/namespaces/default/serviceaccounts/hook/token", json.dumps({
            "spec": {"boundObjectRef": {"apiVersion": "v1", "kind": "Secret", "name": "t-%d" % number}}}),
            headers=headers)
        self.assertEqual(status, 201, answer)
        self.write("token.new", answer["status"]["token"])
        os.replace(os.path.join(self.dir, "token.new"), os.path.join(self.dir, "token"))

    def test_tokens(self):
        """Each review asks the API server with the token of that moment; a watch is taken up with it."""
        self.up("--kubernetes-version", "1.24", "--nodes", "0", *HOOKED)
        self.apply_policy()
        self.apply("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "hook"}})
        self.apply(RBAC + "/clusterrolebindings", {
            "metadata": {"name": "hook"}, "roleRef": {**BINDING["roleRef"], "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": "hook", "namespace": "default"}]})
        self.token(0)
        with open(self.kubeconfig, encoding="utf-8") as file:
            text = file.read()
        user = "users:\n- name: podgate-admin\n  user:\n    tokenFile: %s\n" % os.path.join(self.dir, "token")
        self.serve("--kubeconfig", self.write("hook", re.sub(r"users:\n(?:[- ] .*\n)+", user, text)), *ASKS,
                   *AT_ONCE)
        self.ready()
        load = Load(self, self.trust, True)
        try:
            for number in range(1, ROUNDS):
                load.more()
                self.token(number)
                load.anew()
                self.ask("DELETE", "/api/v1/namespaces/default/secrets/t-%d" % (number - 1))
            load.more()
        finally:
            load.end()


class Ending(Serve):
    def test_what_has_begun_is_answered(self):
        """A review that waits (for a namespace that is not there) while podgate is told to stop."""
        self.up("--kubernetes-version", "1.24", "--nodes", "0", *HOOKED)
        hook = self.serve("--kubeconfig", self.kubeconfig)
        self.ready()
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            asked = [pool.submit(self.decide, "/validate", review(namespace="nowhere"))
                     for _ in range(WORKERS)]
            self.until(lambda: self.metric("podgate_requests_in_flight") > WORKERS or
                       all(one.done() for one in asked))
            hook.send_signal(signal.SIGTERM)
            answers = [one.result() for one in asked]
        self.assertEqual([(a["allowed"], a["status"]["code"]) for a in answers], [(False, 500)] * WORKERS)
        self.assertEqual(hook.wait(timeout=SECONDS_MAX), YES)

    def test_clients_that_say_nothing(self):
        """They hold connections half way through a request: others are answered, and it ends."""
        self.write("state.json", json.dumps({"apiVersion": "v1", "kind": "List",
                                             "items": [POLICY, ROLE, BINDING]}))
        hook = self.serve("--state", "state.json")
        with contextlib.ExitStack() as stack:
            for number in range(60):
                raw = stack.enter_context(socket.create_connection(("127.0.0.1", self.hook_port)))
                if number % 3:
                    raw = stack.enter_context(self.trust().wrap_socket(raw, server_hostname="localhost"))
                    raw.sendall(b"POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n" +
                                (b"\r\n{" if number % 2 else b""))
            for _ in range(20):
                self.assertTrue(self.allowed())
            self.assertEqual(self.end(hook), YES)
