# SPDX-License-Identifier: Apache-2.0
"""What breaks around podgate: the API server, etcd, watches, podgate itself; and bad clients."""

import contextlib
import json
import os
import re
import select
import socket
import ssl
import threading
import time

import churn
import disks
from balancer import Balancer
from hooks import DENIED, POLICIES, RBAC, pod, policy, review, user, wait_until
from use import PRIVILEGED, contains, equal

CUTS = 20
LOADERS = 8
LOAD_PODS = 40
TRIES = 5
SLOW_CLIENTS = 200
BIG_ENV = 1350  # variables of a kilobyte each: near what etcd takes


class Cutter:
    """A relay that ends TLS itself, so that it can cut a connection in the middle of an event."""

    def __init__(self, world):
        self.world = world
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(world.authority, os.path.join(world.folder, "hook.key"))
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        self.cuts = False
        self.cut = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def kubeconfig(self):
        with open(self.world.real.kubeconfigs["admin"], encoding="utf-8") as file:
            text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:%d" % self.port, file.read())
        text = re.sub(r"certificate-authority-data: [^}\s]+",
                      "certificate-authority: " + self.world.authority, text)
        path = os.path.join(self.world.folder, "cut.kubeconfig")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(client,), daemon=True).start()

    def relay(self, raw):
        """One connection, in a thread of its own: TLS is not read and written at once."""
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            client = stack.enter_context(self.server.wrap_socket(raw, server_side=True))
            server = stack.enter_context(self.world.client.context.wrap_socket(
                socket.create_connection((self.world.client.host, self.world.client.port)),
                server_hostname=self.world.client.host))
            other = {client: server, server: client}
            while True:
                ready = [one for one in other if one.pending()] or select.select(list(other), [], [])[0]
                for one in ready:
                    one.settimeout(0)
                    try:
                        data = one.recv(65536)
                    except ssl.SSLWantReadError:  # what came was TLS's own
                        continue
                    finally:
                        one.settimeout(None)
                    if not data:
                        return
                    if one is server and self.cuts and b'"type":"' in data:
                        self.cut += 1
                        client.sendall(data[:len(data) // 2])
                        return
                    other[one].sendall(data)


class Faults:
    def __init__(self, world, hook):
        self.world, self.hook = world, hook
        world.namespace("faults")
        world.make(POLICIES, policy("plain"))
        world.allow("use-plain", user("alice"), "faults", names=["plain"])
        for who in ("alice", "bob"):
            world.make("%s/namespaces/faults/rolebindings" % RBAC, {
                "metadata": {"name": "edit-" + who}, "subjects": [user(who)],
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"}})
        world.settle(hook)

    def decides(self, hook=None):
        """Asked of podgate itself, as an API server would."""
        hook = hook or self.hook
        equal(True, hook.decide("/mutate", review(pod(), "faults"))["allowed"])
        equal(False, hook.decide("/mutate", review(pod(), "faults", "bob"))["allowed"])
        equal(False, hook.decide("/validate", review(pod("p", PRIVILEGED), "faults"))["allowed"])

    def works(self):
        """Asked of the API server; and what is made now is in force."""
        self.world.settle(self.hook)
        equal(201, self.world.create(pod(), "faults", "alice")[0])
        status, _, answer = self.world.create(pod(), "faults", "bob")
        equal(403, status)
        contains(DENIED, answer["message"])

    # -- the cluster --------------------------------------------------------------------------------

    def api_server(self):
        """Killed, and started again: decisions go on, also of a podgate that starts meanwhile."""
        cache = os.path.join(self.world.folder, "cache.json")
        other = self.world.serve("--cache", cache)
        other.wait_ready()
        wait_until(lambda: os.path.exists(cache))
        self.world.real.apiserver.kill()
        other.kill()
        self.hook.wait_behind()
        self.decides()
        equal(200, self.hook.call("GET", "/readyz")[0])
        other = self.world.serve("--cache", cache)
        equal(1.0, other.metric("podgate_cluster_from_cache"))
        self.decides(other)
        self.world.real.apiserver.start()
        began = time.monotonic()
        self.world.real.wait_ready()
        ready = time.monotonic()
        self.hook.wait_caught_up()
        other.wait_ready()
        wait_until(lambda: other.metric("podgate_cluster_synced") == 1)
        print("# the API server was back after %.1f s, podgate followed it again after %.1f s more" % (
            ready - began, time.monotonic() - ready))
        self.world.settle(self.hook, other)
        self.works()
        equal("", other.end())

    def etcd(self):
        self.world.real.etcd.kill()
        for _ in range(100):
            self.decides()
        equal(200, self.hook.call("GET", "/readyz")[0])
        self.world.real.etcd.start()
        self.world.real.wait_ready()
        self.works()

    def watches(self):
        """Cut in the middle of an event, each time that there is one."""
        cutter = Cutter(self.world)
        hook = self.world.serve(kubeconfig=cutter.kubeconfig())
        hook.wait_ready()
        self.world.make(POLICIES, policy("turns"))
        self.world.allow("use-turns", user("carol"), "faults", names=["turns"])
        self.world.settle(hook)
        asked = review(pod("p", PRIVILEGED), "faults", "carol")
        for number in range(CUTS):
            cutter.cuts = True
            before = cutter.cut
            self.world.make(POLICIES, policy("turns", privileged=number % 2 == 0))
            wait_until(lambda before=before: cutter.cut > before, why="nothing was cut")
            cutter.cuts = False
            wait_until(lambda number=number: hook.decide("/validate", asked)["allowed"] == (number % 2 == 0),
                       why=lambda: "".join(hook.lines))
        cutter.socket.close()
        print("# %d watches were cut in the middle of an event; %d failures, %d lists" % (
            cutter.cut, hook.metric("podgate_cluster_failures_total"), hook.metric("podgate_lists_total")))
        equal("", hook.end())

    def keeps_alive(self):
        """Its connections to the API server are such that a peer that is gone without a word is missed."""
        with open("/proc/%d/net/tcp" % self.hook.process.pid, encoding="ascii") as file:
            rows = [line.split() for line in file][1:]
        inodes = set()
        folder = "/proc/%d/fd" % self.hook.process.pid
        for name in os.listdir(folder):
            with contextlib.suppress(OSError):
                inodes.add(os.readlink(os.path.join(folder, name)))
        port = "%04X" % self.world.client.port
        timers = [row[5][:2] for row in rows if row[3] == "01" and row[2].endswith(":" + port) and
                  "socket:[%s]" % row[9] in inodes]
        if "02" not in timers:  # 01: it has just sent something
            raise AssertionError("timers of its connections: %s" % timers)

    # -- podgate itself -----------------------------------------------------------------------------

    def load(self, answers, going):
        """Pods, one after the other; what was answered by nobody is asked for again."""
        count = 0
        while going.is_set() or count < LOAD_PODS:
            count += 1
            who, wanted = (("alice", 201), ("bob", 403))[count % 2]
            for attempt in range(TRIES):
                status, _, answer = self.world.create(pod(), "faults", who)
                message = answer.get("message", "")
                answers.append((attempt, status, wanted, message))
                if status == wanted and (status == 201 or message.startswith(DENIED)):
                    break

    def replicas(self):
        """Two behind a balancer, one is killed, started, the other is killed. What was on its way
        through the killed one is refused, as failurePolicy says: an API server sends a review once. It
        goes through when it is sent again."""
        two = [self.world.serve(), self.world.serve()]
        for hook in two:
            hook.wait_ready()
        self.world.settle(*two)
        balancer = Balancer([hook.port for hook in two])
        self.world.register(balancer.port)
        wait_until(lambda: self.through(two))
        answers, going = [], threading.Event()
        going.set()
        threads = [threading.Thread(target=self.load, args=(answers, going)) for _ in range(LOADERS)]
        for one in threads:
            one.start()
        kills = 0
        for number in (0, 1, 0):
            seen = len(answers)
            wait_until(lambda seen=seen: len(answers) > seen + 10 * LOADERS)
            two[number].kill()
            kills += 1
            seen = len(answers)
            wait_until(lambda seen=seen: len(answers) > seen + 10 * LOADERS)
            two[number] = self.world.serve()
            two[number].wait_ready()
            balancer.targets[number] = two[number].port
        going.clear()
        for one in threads:
            one.join()
        self.world.register(self.hook.port)
        balancer.close()
        late = [row for row in answers if row[0] == TRIES - 1 and row[1] != row[2]]
        lost = [row for row in answers if row[0] == 0 and row[1] != row[2]]
        wrong = [row for row in answers if row[1] != row[2] and row[1] not in (500, 503, 504)]
        print("# %d pods, %d kills, %d were on their way through the killed one%s" % (
            len(answers), kills, len(lost), ": " + lost[0][3][:200] if lost else ""))
        for hook in two:
            equal("", hook.end())
        equal([], wrong)
        equal([], late)
        if len(lost) > kills * LOADERS:
            raise AssertionError("%d lost" % len(lost))

    def through(self, two):
        """Whether the API server asks these by now."""
        before = [self.reviews(hook) for hook in two]
        for _ in range(4):
            self.world.create(pod(), "faults", "alice")
        return [self.reviews(hook) for hook in two] != before

    @staticmethod
    def reviews(hook):
        return hook.metric('podgate_review_duration_seconds_count{phase="mutate"}')

    # -- bad clients --------------------------------------------------------------------------------

    def slow_clients(self):
        """They hold connections half way through a request; others are answered meanwhile."""
        context = ssl.create_default_context(cafile=self.world.authority)
        slow = []
        for number in range(SLOW_CLIENTS):
            raw = socket.create_connection(("127.0.0.1", self.hook.port))
            if number % 4:  # the others do not even begin with TLS
                raw = context.wrap_socket(raw, server_hostname="127.0.0.1")
                raw.sendall(b"POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n" +
                            (b"\r\n{" if number % 2 else b""))
            slow.append(raw)
        for _ in range(50):
            self.decides()
        equal(201, self.world.create(pod(), "faults", "alice")[0])
        for one in slow:
            one.close()
        self.decides()

    def no_reviews(self):
        """Cut off anywhere, or too large: 400 or 413, and never that something is allowed."""
        whole = json.dumps(review(pod(), "faults")).encode()
        for path in ("/mutate", "/validate"):
            for end in range(0, len(whole), 7):
                status, text = self.hook.call("POST", path, whole[:end])
                equal(400, status)
                equal(False, "allowed" in text)
            for body in (b"null", b"[]", b"\0" * 99, b"{" * 5000, whole.replace(b'"request"', b'"Request"'),
                         whole.replace(b'"CREATE"', b'"create"'), whole.replace(b'"alice"', b"7"),
                         whole.replace(b'"object": {', b'"object": 1, "x": {')):
                status, text = self.hook.call("POST", path, body)
                equal((400, False), (status, "allowed" in text))
            equal(413, self.hook.call("POST", path, b" " * (64 << 20))[0])
        self.decides()

    def large_pods(self):
        """As large as a cluster can store, old and new in one review."""
        env = [{"name": "V%d" % n, "value": "x" * 1000} for n in range(BIG_ENV)]
        status, _, answer = self.world.create(
            pod("large", [{"name": "c", "image": "i", "env": env}]), "faults", "alice", dry_run=False)
        equal((201, ""), (status, answer.get("message", "")))
        status, _, answer = self.world.send(
            "PATCH", "/api/v1/namespaces/faults/pods/large", {"metadata": {"labels": {"a": "b"}}},
            {"user": "alice", "groups": []}, {"Content-Type": "application/merge-patch+json"})
        equal((200, ""), (status, answer.get("message", "")))

    def tests(self):
        named = [("large pods", self.large_pods), ("no reviews", self.no_reviews),
                 ("slow clients", self.slow_clients), ("watches that are cut", self.watches),
                 ("watches of a peer that is gone", self.keeps_alive),
                 ("many changes", lambda: churn.many_changes(self.world, self.hook)), ("replicas that are killed", self.replicas),
                 ("a full disk", lambda: disks.full(self.world, self.hook)),
                 ("etcd is killed", self.etcd), ("the API server is killed", self.api_server)]
        return [("faults: " + name, lambda test=test: test() or "") for name, test in named]


def run(world, tap, hook):
    for name, test in Faults(world, hook).tests():
        began = time.monotonic()
        tap.run(name, test)
        print("# %s took %.1f s" % (name, time.monotonic() - began), flush=True)
