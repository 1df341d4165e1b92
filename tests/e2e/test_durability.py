# SPDX-License-Identifier: Apache-2.0
"""podgate up --data: what was answered is there after kill -9, a full disk is an error and no loss, a damaged
database is said to be one."""

import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import threading
import unittest

from podgate import run
from test_stress import MAPS, SANITIZED, Client, config_map
from test_up import SECONDS_MAX, Served

ROUNDS = 5 if SANITIZED else 20
WRITES = 500  # of a round
CLIENTS = 4


class Data(Served):
    def setUp(self):
        super().setUp()
        self.data = os.path.join(self.dir, "data")

    def start(self, *arguments, nodes="0"):
        self.process = self.up("--data", self.data, "--nodes", nodes, *arguments)
        self.addCleanup(self.kill, self.process)
        return self.process

    def kill(self, process=None):
        process = process or self.process
        if process.poll() is None:
            process.kill()
            process.wait(SECONDS_MAX)
        process.stdout.close()
        process.stderr.close()

    def stop(self):
        status, _, err = self.end(self.process)
        self.assertEqual(status, 0, err)

    def stored(self, path=MAPS):
        """Data by name, and the list's version; without what a controller makes."""
        status, got = self.ask("GET", path)
        self.assertEqual(status, 200, got)
        return ({item["metadata"]["name"]: item.get("data", {}) for item in got["items"]
                 if item["metadata"]["name"] != "kube-root-ca.crt"},
                int(got["metadata"]["resourceVersion"]))

    def post(self, path, body, client=None):
        status, answer = (client or Client(self)).ask("POST", path, body)
        return status, json.loads(answer)

    def create(self, name, data, client=None):
        return self.post(MAPS, config_map(name, data), client)


class Writer:
    """A client that makes, changes and deletes objects of its own, and knows what it was told."""

    def __init__(self, test, number, acknowledged):
        self.test, self.number, self.acknowledged = test, number, acknowledged
        self.there = {}      # what was acknowledged
        self.flying = None   # name, and what it is when the request has been done
        self.version = 0     # the highest that it was told
        self.next = 0

    def choose(self, pick):
        if self.there and pick.random() < 0.4:
            name = pick.choice(sorted(self.there))
            if pick.random() < 0.5:
                return "DELETE", name, None
            return "PUT", name, {"n": str(self.next)}
        return "POST", "w%d-%d" % (self.number, self.next), {"n": str(self.next)}

    def write(self, seed):
        pick = random.Random(seed)
        client = Client(self.test)
        while True:
            self.next += 1
            method, name, data = self.choose(pick)
            self.flying = (name, data)
            body = b"" if data is None else config_map(name, data)
            try:
                status, answer = client.ask(method, MAPS if method == "POST" else MAPS + "/" + name, body)
            except (EOFError, OSError):
                return  # it was killed
            self.test.assertIn(status, (200, 201), answer)
            self.flying = None
            if data is None:
                del self.there[name]
            else:
                self.there[name] = data
                self.version = max(self.version, int(json.loads(answer)["metadata"]["resourceVersion"]))
            self.acknowledged.release()

    def check(self, stored):
        """What is stored is what was acknowledged, and perhaps what was in flight."""
        mine = {name: data for name, data in stored.items() if name.startswith("w%d-" % self.number)}
        if self.flying:
            name, data = self.flying
            if mine.get(name) == data:
                self.there.pop(name, None)
                if data is not None:
                    self.there[name] = data
        self.test.assertEqual(mine, self.there)
        self.flying = None


class Killed(Data):
    def test_nothing_acknowledged_is_lost(self):
        acknowledged = threading.Semaphore(0)
        writers = [Writer(self, i, acknowledged) for i in range(CLIENTS)]
        for turn in range(ROUNDS):
            self.start()
            stored, version = self.stored()
            self.assertGreaterEqual(version, max(w.version for w in writers))
            for writer in writers:
                writer.check(stored)
            threads = [threading.Thread(target=w.write, args=(turn * 100 + w.number,)) for w in writers]
            for thread in threads:
                thread.start()
            for _ in range(WRITES):
                self.assertTrue(acknowledged.acquire(timeout=SECONDS_MAX))
            self.kill()
            for thread in threads:
                thread.join(SECONDS_MAX)
        self.start()
        stored, _ = self.stored()
        for writer in writers:
            writer.check(stored)
        self.stop()

    def test_controllers_resume(self):
        """A Deployment whose pods are being made: afterwards there are as many as it says, on nodes, each once."""
        self.start("--kubernetes-version", "1.30", nodes="2")
        path = "/apis/apps/v1/namespaces/default/deployments"
        pod = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
        status, answer = Client(self).ask("POST", path, {
            "metadata": {"name": "web"}, "spec": {"replicas": 40, "selector": {"matchLabels": {"app": "web"}},
                                                  "template": pod}})
        self.assertEqual(status, 201, answer)
        for _ in range(3):
            self.kill()
            self.start(nodes="2")
        client = Client(self)
        client.watch(path + "?watch=true&fieldSelector=metadata.name%3Dweb")
        for line in client.lines():
            if json.loads(line)["object"].get("status", {}).get("readyReplicas") == 40:
                break
        client.close()
        _, pods = self.ask("GET", "/api/v1/namespaces/default/pods")
        self.assertEqual(len(pods["items"]), 40)
        self.assertTrue(all(item["spec"].get("nodeName") for item in pods["items"]))
        self.stop()


class Restarted(Data):
    def test_it_is_the_same_cluster(self):
        tokens = self.write("tokens.csv", "secret,jane,1,\"system:masters\"\n")
        self.start("--kubernetes-version", "1.24")
        port = self.port
        _, made = self.create("a", {"k": "v"})
        _, account = self.post("/api/v1/namespaces/default/serviceaccounts/default/token",
                               {"spec": {"expirationSeconds": 3600}})
        token = {"Authorization": "Bearer " + account["status"]["token"]}
        old = self.admin
        self.stop()
        self.start("--token-file", tokens)
        self.assertEqual(self.port, port)
        self.assertEqual(self.ask("GET", "/version")[1]["minor"], "24")
        status, got = self.ask("GET", MAPS + "/a", context=old)  # the certificate of before
        self.assertEqual((status, got), (200, made))
        _, who = self.post("/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": account["status"]["token"]}})
        self.assertTrue(who["status"].get("authenticated"), who)
        status, _ = self.ask("GET", "/apis", context=self.anonymous, headers=token)
        self.assertEqual(status, 200)
        _, second = self.create("b", {})
        self.assertGreater(int(second["metadata"]["resourceVersion"]), int(made["metadata"]["resourceVersion"]))
        self.stop()

    def test_its_clock(self):
        self.start("--clock", "2031-01-02T03:04:05Z")
        _, made = self.create("a", {})
        self.assertRegex(made["metadata"]["creationTimestamp"], "^2031-01-02T03:")
        self.assertEqual(self.post("/podgate/clock", {"to": "+48h"})[0], 200)
        self.kill()
        self.start()
        _, made = self.create("b", {})
        self.assertRegex(made["metadata"]["creationTimestamp"], "^2031-01-04T03:")
        saved = self.podgate("snapshot", "save", os.path.join(self.dir, "s.json"), "--kubeconfig", self.kubeconfig)
        self.assertEqual(saved.status, 0, saved)
        self.stop()
        branch = self.up("--nodes", "0", "--from", os.path.join(self.dir, "s.json"))
        _, made = self.create("c", {})
        self.assertRegex(made["metadata"]["creationTimestamp"], "^2031-01-04T03:")
        self.end(branch)

    def test_what_was_deleted_stays_so(self):
        self.start("--preset", "eks")
        path = "/apis/policy/v1beta1/podsecuritypolicies/eks.privileged"
        self.assertEqual(self.ask("DELETE", path)[0], 200)
        self.stop()
        state = self.write("more.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}")
        self.start("--preset", "eks", "--state", state)
        self.assertEqual(self.ask("GET", path)[0], 404)
        self.assertEqual(self.ask("GET", MAPS + "/x")[0], 404)
        _, _, err = self.end(self.process)
        self.assertIn("holds a cluster already: --state and --preset are for a new one", err)

    def test_the_log_is_taken_into_the_database(self):
        self.start()
        log, database = (os.path.join(self.data, "podgate.db" + end) for end in ("-wal", ""))
        for number in range(100):
            status, _ = self.create("large-%d" % number, {"x": "x" * 500000})
            self.assertEqual(status, 201)
        self.assertGreater(os.path.getsize(database), 20 << 20)
        self.assertLess(os.path.getsize(log), 40 << 20)

    def test_watches_from_before(self):
        self.start()
        _, first = self.create("a", {})
        _, last = self.create("b", {})
        self.kill()
        self.start()
        client = Client(self)
        client.watch("%s?watch=true&resourceVersion=%s" % (MAPS, first["metadata"]["resourceVersion"]))
        event = json.loads(next(client.lines()))
        self.assertEqual((event["type"], event["object"]["code"]), ("ERROR", 410))
        client.close()
        client = Client(self)
        client.watch("%s?watch=true&resourceVersion=%s" % (MAPS, last["metadata"]["resourceVersion"]))
        self.create("c", {})
        self.assertEqual(json.loads(next(client.lines()))["object"]["metadata"]["name"], "c")
        client.close()
        self.stop()

    def test_its_port_is_taken(self):
        self.start()
        port = self.port
        self.stop()
        other = self.up("--listen", "127.0.0.1:%s" % port)
        self.start()
        self.assertNotEqual(self.port, port)
        _, _, err = self.end(self.process)
        self.assertIn("127.0.0.1:%s, where this cluster was served before, is taken" % port, err)
        self.end(other)


class Full(Data):
    def fill(self, most=2000):
        """Writes until the disk takes no more (that what is written moves into the database can make room once or
        twice): what was acknowledged."""
        client = Client(self)
        kept, refused = {}, 0
        for i in range(most):
            data = {"more": "x" * 20000}
            status, answer = self.create("f-%d" % i, data, client)
            if status == 201:
                kept["f-%d" % i] = data
                refused = 0
                continue
            self.assertEqual((status, answer["kind"], answer["reason"]), (500, "Status", "InternalError"))
            self.assertEqual(self.ask("GET", MAPS + "/f-%d" % i)[0], 404)
            self.refusal = answer["message"]
            refused += 1
            if refused == 3:
                return kept
        self.fail("the disk took everything")

    def recovers(self, make_room):
        before, version = self.stored()
        watch = Client(self)
        watch.watch("%s?watch=true&resourceVersion=%d" % (MAPS, version))
        kept = {**before, **self.fill()}
        self.assertRegex(self.refusal, "^Internal error occurred: .*(no space is left on the disk|File too large)")
        stored, _ = self.stored()
        self.assertEqual(stored, kept)
        make_room()
        status, made = self.create("again", {})
        self.assertEqual(status, 201, made)
        seen = []
        for line in watch.lines():
            seen.append(json.loads(line)["object"]["metadata"]["name"])
            if seen[-1] == "again":
                break
        watch.close()
        self.assertEqual(sorted(set(seen) - {"kube-root-ca.crt"}), sorted(set(kept) - set(before) | {"again"}))
        self.assertEqual(len(seen), len(set(seen)))
        self.kill()
        self.start()
        self.assertEqual(self.stored()[0], {**kept, "again": {}})
        self.stop()

    def test_a_limit_on_files(self):
        self.start()
        most = 4 << 20
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        self.recovers(lambda: resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE,
                                               (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))

    def test_a_small_disk(self):
        os.mkdir(self.data)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", self.data], check=False,
                                 stderr=subprocess.PIPE)
        if mounted.returncode:
            self.skipTest("nothing can be mounted here: " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", "-l", self.data], check=False)
        self.start()
        self.recovers(lambda: subprocess.run(["mount", "-o", "remount,size=64m", self.data], check=True))

    def test_controllers_go_on_when_there_is_room(self):
        """What they wrote and the disk did not take, they write again."""
        self.start("--kubernetes-version", "1.30", nodes="1")
        path = "/apis/apps/v1/namespaces/default/deployments"
        pod = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
        spec = {"replicas": 3, "selector": {"matchLabels": {"app": "web"}}, "template": pod}
        status, answer = self.post(path, {"metadata": {"name": "web"}, "spec": spec})
        self.assertEqual(status, 201, answer)
        limits = resource.RLIMIT_FSIZE
        resource.prlimit(self.process.pid, limits, (1 << 20, resource.RLIM_INFINITY))
        kept = self.fill()  # they are at work meanwhile
        resource.prlimit(self.process.pid, limits, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        client = Client(self)
        while client.ask("PATCH", path + "/web", {"spec": {"replicas": 8}},
                         content_type="application/merge-patch+json")[0] != 200:
            pass  # the disk is tried again after a while
        client.watch(path + "?watch=true&fieldSelector=metadata.name%3Dweb")
        for line in client.lines():
            if json.loads(line)["object"].get("status", {}).get("readyReplicas") == 8:
                break
        client.close()
        _, pods = self.ask("GET", "/api/v1/namespaces/default/pods")
        self.assertEqual(len(pods["items"]), 8)
        self.kill()
        self.start(nodes="1")
        _, again = self.ask("GET", "/api/v1/namespaces/default/pods")
        self.assertEqual({p["metadata"]["name"] for p in again["items"]}, {p["metadata"]["name"] for p in pods["items"]})
        stored = self.stored()[0]
        self.assertEqual({name: data for name, data in stored.items() if name.startswith("f-")}, kept)
        self.stop()

    def test_from_the_start(self):
        os.mkdir(self.data)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", self.data], check=False,
                                 stderr=subprocess.PIPE)
        if mounted.returncode:
            self.skipTest("nothing can be mounted here: " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", "-l", self.data], check=False)
        self.refused(run("up", "--data", self.data, "--", "true"), "no space is left on the disk")
        subprocess.run(["mount", "-o", "remount,size=64m", self.data], check=True)
        self.start()
        self.assertEqual(self.ask("GET", "/api/v1/namespaces/default")[0], 200)
        self.stop()


class Refused(Data):
    def database(self):
        return os.path.join(self.data, "podgate.db")

    def made(self):
        self.start()
        for i in range(20):
            self.create("m-%d" % i, {"i": str(i)})
        self.stop()

    def is_refused(self, *parts):
        self.refused(run("up", "--data", self.data, "--nodes", "0", "--", "true"), *parts)

    def test_a_second_process(self):
        self.start()
        self.is_refused(self.data + ": another cluster is served from it, by process %d" % self.process.pid)
        self.assertEqual(self.create("a", {})[0], 201)
        self.stop()

    def test_places_that_are_none(self):
        for path, words in ((self.write("file", ""), "Not a directory"),
                            (os.path.join(self.dir, "no", "such"), "No such file or directory"),
                            ("/proc/nowhere", "No such file or directory")):
            result = run("up", "--data", path, "--", "true")
            self.refused(result, path, words)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_folder_that_is_not_ours(self):
        os.mkdir(self.data, 0o500)
        self.is_refused("Permission denied")

    def test_of_another_program(self):
        os.mkdir(self.data)
        with sqlite3.connect(self.database()) as other:
            other.execute("CREATE TABLE t (a)")
        self.is_refused("podgate.db: is a database of another program")
        shutil.rmtree(self.data)
        os.mkdir(self.data)
        with open(self.database(), "wb") as out:
            out.write(b"no database, whatever it is called " * 200)
        self.is_refused("podgate.db is damaged: file is not a database")

    def test_a_newer_form(self):
        self.made()
        db = sqlite3.connect(self.database())
        db.execute("PRAGMA user_version = 2")
        db.close()
        self.is_refused("is in form 2, this podgate knows forms up to 1: it was written by a newer one")

    def test_rows_that_changed(self):
        rows = (("UPDATE objects SET object = replace(object, '\"i\":\"7\"', '\"i\":\"8\"')",
                 "ConfigMap default/m-7 is not as it was written"),
                ("DELETE FROM objects WHERE name = 'm-3'", "objects, and was written with"),
                ("UPDATE about SET value = value || 'x' WHERE key = 'ca.key'", "ca.key is not as it was written"),
                ("DELETE FROM about WHERE key = 'tokens.key'", "its keys are not in it"),
                ("DELETE FROM state", "it does not say what is in it"))
        self.made()
        kept = self.data + ".kept"
        shutil.copytree(self.data, kept)
        for sql, words in rows:
            with self.subTest(sql):
                shutil.rmtree(self.data)
                shutil.copytree(kept, self.data)
                db = sqlite3.connect(self.database())
                db.execute(sql)
                db.commit()
                db.close()
                self.is_refused("podgate.db is damaged: ", words)

    def test_bytes_that_changed(self):
        """Wherever it is damaged: an error, or nothing is missing (what is not used may change)."""
        self.made()
        self.start()
        stored, _ = self.stored()
        self.stop()
        kept = self.data + ".kept"
        shutil.copytree(self.data, kept)
        size = os.path.getsize(self.database())
        pick = random.Random(7)
        for place in [20, 100, 5000] + [pick.randrange(size) for _ in range(3 if SANITIZED else 12)]:
            with self.subTest(place):
                shutil.rmtree(self.data)
                shutil.copytree(kept, self.data)
                with open(self.database(), "r+b") as file:
                    file.seek(place)
                    file.write(bytes(b ^ 0x55 for b in file.read(64)) if place > 100 else b"\xff" * 40)
                result = run("up", "--data", self.data, "--nodes", "0", "--", "true")
                if result.status:
                    self.refused(result, "podgate.db")
                else:
                    self.start()
                    self.assertEqual(self.stored()[0], stored)
                    self.stop()

    def test_a_log_that_changed(self):
        """After kill -9 much is in the log alone. A frame in the middle that is damaged is no end of it."""
        self.start()
        for i in range(60):
            self.create("m-%d" % i, {"i": str(i)})
        self.kill()
        log = self.database() + "-wal"
        size = os.path.getsize(log)
        with open(log, "r+b") as file:
            file.seek(32 + (size // (24 + 4096) - 80) * (24 + 4096) + 24 + 4000)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 1]))
        self.is_refused("podgate.db-wal is damaged: ", "transactions after the damage would be lost")
        self.assertEqual(os.path.getsize(log), size, "it is left as it is")
        with open(log, "r+b") as file:
            head = file.read(32)
            file.seek(0)
            file.write(b"x" * 32)
        self.is_refused("podgate.db-wal is damaged: it does not begin as a log does")
        with open(log, "r+b") as file:  # as it was
            file.write(head)
            file.seek(32 + (size // (24 + 4096) - 80) * (24 + 4096) + 24 + 4000)
            file.write(byte)
        self.start()
        self.assertEqual(len(self.stored()[0]), 60)
        self.kill()
        os.truncate(log, os.path.getsize(log) - 100)  # a crash while the last transaction was written
        self.start()
        self.stop()

    def test_a_database_that_was_cut_off(self):
        self.made()
        size = os.path.getsize(self.database())
        os.truncate(self.database(), size // 2)
        self.is_refused("podgate.db is damaged: ")
        self.assertEqual(os.path.getsize(self.database()), size // 2, "it is left as it is")
