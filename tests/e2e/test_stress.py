# SPDX-License-Identifier: Apache-2.0
"""podgate up with many clients at once, and with clients of ill will: nothing is lost, nothing comes twice,
memory stays bounded, others are served meanwhile.

PODGATE_STRESS_CHANGES says how many changes the watches follow (20,000; 100000 takes half a minute).
"""

import gzip
import json
import os
import re
import resource
import socket
import ssl
import threading
import time
import unittest

from test_up import SECONDS_MAX, Served

SANITIZED = bool(os.environ.get("PODGATE_TEST_SANITIZED"))
CHANGES = int(os.environ.get("PODGATE_STRESS_CHANGES") or (2000 if SANITIZED else 20000))
MAPS = "/api/v1/namespaces/default/configmaps"
VERSION = re.compile(rb'"resourceVersion":"(\d+)"')


class Client:
    """One connection that is kept alive; little is read of an answer, so that the server has the work."""

    def __init__(self, test):
        made = socket.create_connection((test.host, int(test.port)), timeout=SECONDS_MAX)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = test.admin.wrap_socket(made, server_hostname="localhost")
        self.buffer = b""
        test.addCleanup(self.close)

    def close(self):
        self.socket.close()

    def fill(self):
        got = self.socket.recv(1 << 16)
        if not got:
            raise EOFError
        self.buffer += got

    def send(self, method, path, body=b"", content_type="application/json"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = "%s %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (
            method, path, content_type, len(body))
        self.socket.sendall(head.encode() + body)

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), head

    def ask(self, *request, **more):
        """Status and body."""
        self.send(*request, **more)
        status, head = self.head()
        length = int(re.search(rb"(?i)\r\ncontent-length: (\d+)", head).group(1))
        while len(self.buffer) < length:
            self.fill()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return status, body

    def watch(self, path):
        self.send("GET", path)
        status, head = self.head()
        assert status == 200, head

    def lines(self):
        """The lines of a watch that is open."""
        text = b""
        while True:
            while b"\r\n" not in self.buffer:
                self.fill()
            size, _, self.buffer = self.buffer.partition(b"\r\n")
            size = int(size, 16)
            while len(self.buffer) < size + 2:
                self.fill()
            text += self.buffer[:size]
            self.buffer = self.buffer[size + 2:]
            *whole, text = text.split(b"\n")
            yield from whole
            if size == 0:
                assert not text, text[-100:]
                return


def config_map(name, data, version=None):
    metadata = {"name": name}
    if version:
        metadata["resourceVersion"] = version
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


class Stress(Served):
    def setUp(self):
        super().setUp()
        self.process = self.up()
        self.addCleanup(self.ends_well)

    def ends_well(self):
        if self.process.poll() is None:
            status, _, err = self.end(self.process)
            self.assertEqual(status, 0, err)

    def together(self, *jobs):
        """Runs each job (function, arguments) in a thread of its own; the first failure is the test's."""
        failed = []

        def work(job, arguments):
            try:
                job(*arguments)
            except BaseException as error:  # pylint: disable=broad-except
                failed.append(error)

        threads = [threading.Thread(target=work, args=(job, arguments), daemon=True) for job, *arguments in jobs]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + SECONDS_MAX * 3
        for thread in threads:
            thread.join(max(0, deadline - time.monotonic()))
            self.assertFalse(thread.is_alive(), "it does not end")
        if failed:
            raise failed[0]

    def resident(self):
        """MiB."""
        with open("/proc/%d/status" % self.process.pid, encoding="utf-8") as file:
            return int(re.search(r"VmRSS:\s*(\d+)", file.read()).group(1)) / 1024

    def bounded(self, before, most):
        """No more than so many MiB were added. Sanitizers keep what was freed: there it says nothing."""
        if not SANITIZED:
            self.assertLess(self.resident() - before, most)

    def create(self, client, path, body):
        status, answer = client.ask("POST", path, body)
        self.assertEqual(status, 201, answer)
        return answer

    def served(self, times=20):
        """Others are: no answer takes long."""
        client = Client(self)
        for _ in range(times):
            began = time.monotonic()
            self.assertEqual(client.ask("GET", "/api/v1/namespaces/default")[0], 200)
            self.assertLess(time.monotonic() - began, 10)
        client.close()

    # -- writers ----------------------------------------------------------------------------------

    def test_no_update_is_lost(self):
        """Clients that count in one object, each from what it read."""
        each = 200 if SANITIZED else 1000
        self.create(Client(self), MAPS, config_map("shared", {"n": "0"}))
        conflicts = []

        def count():
            client = Client(self)
            for _ in range(each):
                while True:
                    status, answer = client.ask("GET", MAPS + "/shared")
                    self.assertEqual(status, 200)
                    stored = json.loads(answer)
                    stored["data"]["n"] = str(int(stored["data"]["n"]) + 1)
                    status, answer = client.ask("PUT", MAPS + "/shared", stored)
                    if status == 200:
                        break
                    self.assertEqual((status, json.loads(answer)["reason"]), (409, "Conflict"))
                    conflicts.append(1)

        self.together((count,), (count,))
        _, stored = self.ask("GET", MAPS + "/shared")
        self.assertEqual(stored["data"]["n"], str(2 * each))

    def test_patches_are_not_lost(self):
        """Clients that patch an object without having read it: each patch is of what is there."""
        each, clients = (50 if SANITIZED else 200), 4
        self.create(Client(self), MAPS, config_map("shared", {}))

        def patch(mine):
            client = Client(self)
            for i in range(each):
                key = "k-%d-%d" % (mine, i)
                if i % 2:
                    body, form = {"data": {key: "v"}}, "application/merge-patch+json"
                else:
                    body, form = {"data": {key: "v"}}, "application/strategic-merge-patch+json"
                status, answer = client.ask("PATCH", MAPS + "/shared", body, content_type=form)
                self.assertEqual(status, 200, answer)

        self.together(*((patch, i) for i in range(clients)))
        _, stored = self.ask("GET", MAPS + "/shared")
        self.assertEqual(len(stored["data"]), each * clients)

    def test_generated_names(self):
        each, clients = (30 if SANITIZED else 150), 6
        names = []

        def create():
            client = Client(self)
            body = {"metadata": {"generateName": "made-"}, "data": {"a": "b"}}
            for _ in range(each):
                status, answer = client.ask("POST", MAPS, body)
                if status != 409:  # a name that is there by chance
                    self.assertEqual(status, 201, answer)
                    names.append(json.loads(answer)["metadata"]["name"])

        self.together(*([(create,)] * clients))
        self.assertEqual(len(set(names)), len(names))
        self.assertGreater(len(names), each * clients - 10)
        _, stored = self.ask("GET", MAPS)
        there = {item["metadata"]["name"] for item in stored["items"]}
        self.assertTrue(there.issuperset(names))

    def test_a_quota_holds(self):
        """Clients that create pods at once: no more than the quota says."""
        most, clients, each = 25, 6, 20
        client = Client(self)
        rows = [
            ("/api/v1/namespaces", {"metadata": {"name": "small"}}),
            ("/api/v1/namespaces/small/serviceaccounts", {"metadata": {"name": "default"}}),
            ("/apis/policy/v1beta1/podsecuritypolicies",
             {"metadata": {"name": "all"},
              "spec": {"privileged": True, "volumes": ["*"], "seLinux": {"rule": "RunAsAny"},
                       "runAsUser": {"rule": "RunAsAny"}, "fsGroup": {"rule": "RunAsAny"},
                       "supplementalGroups": {"rule": "RunAsAny"}}}),
            ("/api/v1/namespaces/small/resourcequotas",
             {"metadata": {"name": "quota"}, "spec": {"hard": {"pods": str(most), "requests.cpu": "100"}}}),
        ]
        for path, body in rows:
            status, answer = client.ask("POST", path, body)
            self.assertIn(status, (201, 409), answer)  # 409: a controller was there first
        # The quota holds once it has been looked at: until then nothing is refused.
        path = "/api/v1/namespaces/small/pods"
        deadline = time.monotonic() + SECONDS_MAX
        statuses = []

        def pod(name):
            return {"metadata": {"name": name},
                    "spec": {"automountServiceAccountToken": False,
                             "containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "1"}}}]}}

        while time.monotonic() < deadline:
            _, quota = self.ask("GET", "/api/v1/namespaces/small/resourcequotas/quota")
            if "used" in quota.get("status", {}):
                break
            time.sleep(0.05)

        def create(mine):
            own = Client(self)
            for i in range(each):
                status, answer = own.ask("POST", path, pod("p-%d-%d" % (mine, i)))
                statuses.append(status)
                if status != 201:
                    self.assertEqual(status, 403, answer)
                    self.assertIn(b"exceeded quota", answer)

        self.together(*((create, i) for i in range(clients)))
        _, stored = self.ask("GET", path)
        self.assertEqual(statuses.count(201), most)
        self.assertEqual(len(stored["items"]), most)

    # -- custom resources ---------------------------------------------------------------------------

    def test_definitions_come_and_go(self):
        """While others list, watch and create what they define: each answer is one that there can be."""
        rounds = 15 if SANITIZED else 60
        definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        root = "/apis/stress.example.org/v1"
        path = root + "/namespaces/default/things"
        over, made = threading.Event(), []

        def definition(i):
            spec = {"type": "object", "properties": {"n": {"type": "integer", "default": i},
                                                     "s": {"type": "string", "pattern": "^[a-z]*$"}}}
            return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                    "metadata": {"name": "things.stress.example.org"},
                    "spec": {"group": "stress.example.org", "scope": "Namespaced",
                             "names": {"plural": "things", "kind": "Thing"},
                             "versions": [{"name": "v1", "served": True, "storage": True,
                                           "schema": {"openAPIV3Schema": {"type": "object",
                                                                          "properties": {"spec": spec}}}}]}}

        def define():
            client = Client(self)
            for i in range(rounds):
                while True:
                    status, answer = client.ask("POST", definitions, definition(i))
                    if status != 409:  # the one before is still going
                        break
                self.assertEqual(status, 201, answer)
                self.assertEqual(client.ask("GET", path)[0], 200)
                status, answer = client.ask("PATCH", definitions + "/things.stress.example.org",
                                            {"metadata": {"labels": {"i": str(i)}}},
                                            content_type="application/merge-patch+json")
                self.assertEqual(status, 200, answer)
                status, answer = client.ask("DELETE", definitions + "/things.stress.example.org")
                self.assertEqual(status, 200, answer)
            over.set()

        def create(mine):
            client, i = Client(self), 0
            while not over.is_set():
                i += 1
                name = "t-%d-%d" % (mine, i)
                status, answer = client.ask("POST", path, {
                    "apiVersion": "stress.example.org/v1", "kind": "Thing", "metadata": {"name": name}, "spec": {}})
                self.assertIn(status, (201, 404, 405), answer)
                if status == 201:
                    made.append(name)
                    self.assertIn("n", json.loads(answer)["spec"])

        def read():
            client = Client(self)
            while not over.is_set():
                status, answer = client.ask("GET", path)
                self.assertIn(status, (200, 404), answer)
                status, answer = client.ask("GET", "/apis/stress.example.org/v1")
                self.assertIn(status, (200, 404), answer)
                self.assertEqual(client.ask("GET", "/openapi/v2")[0], 200)

        def follow():
            while not over.is_set():
                client = Client(self)
                client.send("GET", path + "?watch=true&timeoutSeconds=1")
                status, _ = client.head()
                self.assertIn(status, (200, 404))
                if status == 200:
                    for line in client.lines():
                        self.assertIn(line[9:10], (b"A", b"M", b"D"))
                client.close()

        self.together((define,), (create, 1), (create, 2), (read,), (follow,), (follow,))
        self.assertTrue(made)
        self.served(5)

    # -- watches ----------------------------------------------------------------------------------

    def change(self, client, i, name, written):
        """One change: each object in turn is made, changed several times, deleted."""
        step = i % 10
        if step == 0:
            status, answer = client.ask("POST", MAPS, config_map(name, {"i": str(i)}))
        elif step == 9:
            status, answer = client.ask("DELETE", MAPS + "/" + name)
            written.append(None)  # its version is not told
            self.assertEqual(status, 200, answer)
            return
        elif step % 2:
            status, answer = client.ask("PUT", MAPS + "/" + name, config_map(name, {"i": str(i)}))
        else:
            status, answer = client.ask("PATCH", MAPS + "/" + name, {"data": {"i": str(i)}},
                                        content_type="application/merge-patch+json")
        self.assertIn(status, (200, 201), answer)
        written.append(int(VERSION.search(answer).group(1)))

    def test_watches_miss_nothing(self):
        clients, each = 4, CHANGES // 40 * 10
        started, written = [], []
        _, stored = self.ask("GET", MAPS)
        start = stored["metadata"]["resourceVersion"]

        def write(mine):
            client = Client(self)
            for i in range(each):
                self.change(client, i, "m-%d-%d" % (mine, i // 10), written)

        def follow(seen, reconnects):
            last, kinds = start, []
            while len(seen) < clients * each:
                client = Client(self)
                client.watch("%s?watch=true&resourceVersion=%s" % (MAPS, last))
                for line in client.lines():
                    if b'"name":"m-' not in line:
                        continue  # a controller's
                    kinds.append(line[9:10])
                    seen.append(int(VERSION.search(line).group(1)))
                    if len(seen) == clients * each or (reconnects and len(seen) % 700 == 0):
                        break
                client.close()
                last = str(seen[-1])
            started.append(kinds)

        steady, returning = [], []
        self.together((follow, steady, False), (follow, returning, True), *((write, i) for i in range(clients)))
        self.assertEqual(steady, returning)
        self.assertTrue(all(a < b for a, b in zip(steady, steady[1:])))
        known = [version for version in written if version]
        self.assertTrue(set(steady).issuperset(known))
        self.assertEqual(len(steady), len(written))
        for kinds in started:
            self.assertEqual((kinds.count(b"A"), kinds.count(b"D")), (clients * each // 10,) * 2)

    def test_a_slow_watch_delays_nobody(self):
        """It is told, in the end, that it is too late; what it costs meanwhile is bounded."""
        each, size = 600, 60000  # far more than is kept
        before = self.resident()
        _, stored = self.ask("GET", MAPS)
        path = "%s?watch=true&resourceVersion=%s" % (MAPS, stored["metadata"]["resourceVersion"])
        slow = Client(self)
        slow.watch(path)
        self.create(Client(self), MAPS, config_map("large", {"a": "0"}))
        seen = []

        def write():
            client = Client(self)
            for i in range(each):
                status, _ = client.ask("PUT", MAPS + "/large", config_map("large", {"a": "%d" % i + "x" * size}))
                self.assertEqual(status, 200)

        def follow():
            client = Client(self)
            client.watch(path)
            for line in client.lines():
                if b'"name":"large"' in line:  # else it is a controller's
                    seen.append(line[9:10])
                if len(seen) == each + 1:
                    break

        began = time.monotonic()
        self.together((write,), (follow,))
        self.assertLess(time.monotonic() - began, SECONDS_MAX)
        self.bounded(before, 64)
        told = list(slow.lines())
        self.assertLess(len(told), each)
        last = json.loads(told[-1])
        self.assertEqual((last["type"], last["object"]["code"], last["object"]["reason"]), ("ERROR", 410, "Expired"))
        own = [line[9:10] for line in told if b'"name":"large"' in line]
        self.assertTrue(all(kind == b"M" for kind in own[1:]))

    # -- lists ------------------------------------------------------------------------------------

    def test_pages_are_of_one_version(self):
        """Pages of a list while its objects come and go: together they are the list of one moment."""
        client = Client(self)
        namespaces = ["a", "a-b", "a0", "b"]
        for namespace in namespaces:
            self.create(client, "/api/v1/namespaces", {"metadata": {"name": namespace}})
            for i in range(40):
                self.create(client, "/api/v1/namespaces/%s/configmaps" % namespace,
                            config_map("stays-%d" % i, {"a": "b"}))
        over = threading.Event()

        def disturb(mine):
            own = Client(self)
            path = "/api/v1/namespaces/%s/configmaps" % namespaces[mine]
            i = 0
            while not over.is_set():
                i += 1
                self.create(own, path, config_map("comes-%d" % i, {"a": "b"}))
                own.ask("PUT", path + "/stays-%d" % (i % 40), config_map("stays-%d" % (i % 40), {"a": str(i)}))
                if i > 3:
                    self.assertEqual(own.ask("DELETE", path + "/comes-%d" % (i - 3))[0], 200)

        def read():
            try:
                own = Client(self)
                for limit in (7, 25, 60):
                    self.pages(own, limit)
            finally:
                over.set()

        self.together((read,), *((disturb, i) for i in range(len(namespaces))))

    def pages(self, client, limit):
        path = "/api/v1/configmaps?limit=%d" % limit
        found, token, version = [], "", None
        while token is not None:
            status, answer = client.ask("GET", path + ("&continue=" + token if token else ""))
            self.assertEqual(status, 200, answer)
            page = json.loads(answer)
            version = version or page["metadata"]["resourceVersion"]
            self.assertEqual(page["metadata"]["resourceVersion"], version)
            self.assertLessEqual(len(page["items"]), limit)
            found += page["items"]
            token = page["metadata"].get("continue")
        status, answer = client.ask(
            "GET", "/api/v1/configmaps?resourceVersion=%s&resourceVersionMatch=Exact" % version)
        self.assertEqual(status, 200, answer)
        self.assertEqual(found, json.loads(answer)["items"])
        keys = ["%(namespace)s/%(name)s" % item["metadata"] for item in found]
        self.assertEqual(keys, sorted(set(keys)))
        self.assertEqual(len([key for key in keys if "/stays-" in key]), 160)
        self.assertTrue(all(int(item["metadata"]["resourceVersion"]) <= int(version) for item in found))

    def test_long_lists(self):
        """Written while they are sent, compressed or not: the same list, whatever its length."""
        client = Client(self)
        for i in range(520):
            if i in (150, 210, 520 - 1):
                self.same_in_all_forms(i < 400)
            self.create(client, MAPS, config_map("m-%d" % i, {"a": "x" * (10 if i < 400 else 2000)}))

    def same_in_all_forms(self, is_small):
        connection = self.connection()
        bodies = []
        for coding in ("identity", "gzip"):
            connection.request("GET", MAPS, headers={"Accept-Encoding": coding})
            response = connection.getresponse()
            text = response.read()
            self.assertEqual(response.getheader("Content-Encoding") == "gzip", coding == "gzip" and not is_small)
            bodies.append(gzip.decompress(text) if response.getheader("Content-Encoding") else text)
        self.assertEqual(bodies[0], bodies[1])
        self.assertEqual(bodies[0][-4:], b"}]}\n")
        connection.request("GET", MAPS + "?limit=100", headers={"Accept-Encoding": "identity"})
        page = json.loads(connection.getresponse().read())["items"]
        self.assertEqual(json.loads(bodies[0])["items"][:100], page)
        connection.close()

    def test_a_slow_list_costs_little(self):
        """Clients that ask for a long list and do not read it; what one reads later is as it was then."""
        count, clients = 400, 60
        client = Client(self)
        for i in range(count):
            self.create(client, MAPS, config_map("m-%d" % i, {"a": "x" * 20000, "b": "old"}))
        before = self.resident()
        slow = [Client(self) for _ in range(clients)]
        for one in slow:
            one.send("GET", MAPS)
            one.fill()
        self.bounded(before, 48)
        for i in range(count):
            self.assertEqual(client.ask("PUT", MAPS + "/m-%d" % i, config_map("m-%d" % i, {"b": "new"}))[0], 200)
            if i % 2:
                self.assertEqual(client.ask("DELETE", MAPS + "/m-%d" % i)[0], 200)
        self.bounded(before, 64)
        for one in slow[1:]:
            one.close()
        status, _ = slow[0].head()
        self.assertEqual(status, 200)
        stored = json.loads(b"".join(slow[0].lines()))
        items = [item for item in stored["items"] if item["metadata"]["name"].startswith("m-")]
        self.assertEqual([item["data"]["b"] for item in items], ["old"] * count)
        version = int(stored["metadata"]["resourceVersion"])
        self.assertTrue(all(int(item["metadata"]["resourceVersion"]) <= version for item in items))

    # -- clients of ill will ----------------------------------------------------------------------

    def dial(self):
        made = socket.create_connection((self.host, int(self.port)), timeout=SECONDS_MAX)
        self.addCleanup(made.close)
        return made

    def test_silent_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        count = 2000 if min(hard, 8192) > 2200 else min(hard, 8192) - 200
        self.served(1)
        before = self.resident()
        silent = [self.dial() for _ in range(count)]
        for i, made in enumerate(silent[:200]):  # some stop in the middle of a handshake
            made.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[:1 + i % 11])
        self.served()
        self.bounded(before, 64)

    def test_malformed_tls(self):
        hello = b"\x16\x03\x01\x00\xff\x01\x00\x00\xfb\x03\x03" + bytes(range(256))[:244]
        for i in range(0, 244, 4):
            made = self.dial()
            bad = bytearray(hello)
            bad[i] ^= 0xFF
            made.sendall(bytes(bad[: 10 + i * 2]))
            made.close()
        self.served()

    def test_malformed_http(self):
        self.served(1)
        before = self.resident()
        rows = [b"GET\r\n\r\n", b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", b"\0" * 1000 + b"\r\n\r\n",
                b"GET / HTTP/1.1\r\n" + b"A" * 70000, b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
                b"POST " + MAPS.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                b"POST " + MAPS.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
                b"POST " + MAPS.encode() + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
                b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(10000)) + b"\r\n"]
        for row in rows * 5:
            made = self.admin.wrap_socket(self.dial(), server_hostname="localhost")
            try:
                made.sendall(row)
            except OSError:
                pass  # closed before all of it was sent
            made.close()
        self.served()
        self.bounded(before, 64)

    def test_bodies_that_stop(self):
        self.served(1)
        before = self.resident()
        half = []
        for i in range(200):
            made = self.admin.wrap_socket(self.dial(), server_hostname="localhost")
            made.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                         b"Content-Length: 100000\r\n\r\n{\"metadata\":" % MAPS.encode())
            half.append(made)
            if i % 3 == 0:
                made.close()
        self.served()
        self.create(Client(self), MAPS, config_map("whole", {"a": "b"}))
        self.bounded(before, 48)

    def test_large_bodies_at_once(self):
        """Bodies as large as they may be, and such as take the most memory once they are read."""
        size = 3 << 20
        bodies = [b'{"data":{"a":"' + b"x" * (size - 100) + b'"}}',  # too large once it is read
                  b'{"data":' + b"[" * (size - 100), b'{"x":[' + b"[]," * (size // 3 - 100) + b"[]]}",
                  b'{"data":{' + b",".join(b'"%x":""' % i for i in range(size // 12)) + b"}}",
                  b"[" + b"1," * (size // 2 - 100) + b"1]", b"\xff" * size]
        self.served(1)
        before = self.resident()

        def send(body):
            client = Client(self)
            for _ in range(3):
                status, _ = client.ask("POST", MAPS, body)
                self.assertIn(status, (400, 413, 422))

        self.together(*((send, body) for body in bodies), (self.served,))
        self.served()
        self.bounded(before, 320)

    def test_clients_that_leave_early(self):
        client = Client(self)
        for i in range(20):
            self.create(client, MAPS, config_map("large-%d" % i, {"a": "x" * 500000}))
        for path in (MAPS, MAPS + "?watch=true"):
            for _ in range(20):
                leaver = Client(self)
                leaver.send("GET", path)
                leaver.socket.recv(1000)
                leaver.close()
        self.served()
        self.assertEqual(client.ask("GET", MAPS)[0], 200)

    def test_it_ends_with_clients_at_work(self):
        """Requests are answered or broken off, watches end; the process ends in good order."""
        def work(mine):
            try:
                client = Client(self)
                if mine % 2:
                    client.watch("/api/v1/configmaps?watch=true")
                    for _ in client.lines():
                        pass
                    return
                for i in range(100000):
                    client.ask("POST", MAPS, config_map("m-%d-%d" % (mine, i), {"a": "b"}))
            except (OSError, EOFError, ssl.SSLError):
                pass

        threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        status, _, err = self.end(self.process)
        self.assertEqual(status, 0, err)
        for thread in threads:
            thread.join(SECONDS_MAX)
            self.assertFalse(thread.is_alive())


if __name__ == "__main__":
    unittest.main()
