# SPDX-License-Identifier: Apache-2.0
"""podgate snapshot: a cluster saved, restored, branched."""

import json
import os
import stat
import subprocess
import threading

from podgate import PROGRAM, YES
from test_stress import MAPS, Client, config_map
from test_up import SECONDS_MAX, Served

SNAPSHOT = "/podgate/snapshot"


class Snapshots(Served):
    def setUp(self):
        super().setUp()
        self.env.pop("XDG_STATE_HOME", None)
        self.env.pop("KUBECONFIG", None)
        self.process = self.up("--nodes", "0")
        self.client = Client(self)
        self.which = ("--kubeconfig", self.kubeconfig)

    def write_map(self, name, data, method="POST"):
        path = MAPS if method == "POST" else MAPS + "/" + name
        status, answer = self.client.ask(method, path, b"" if method == "DELETE" else config_map(name, data))
        self.assertIn(status, (200, 201), answer)
        return json.loads(answer)

    def counted(self, done):
        """Controllers write meanwhile: their objects count, too."""
        self.assertEqual((done.status, done.err), (YES, ""), done)
        self.assertRegex(done.out, r"^\d+ added, \d+ changed, \d+ deleted\n$")

    @staticmethod
    def item(made):
        """As it is in a list."""
        return {key: value for key, value in made.items() if key not in ("kind", "apiVersion")}

    @staticmethod
    def by_name(got):
        """Without the one that a controller writes when its time has come."""
        items = {item["metadata"]["name"]: item for item in got["items"]}
        items.pop("kube-root-ca.crt", None)
        return items

    def maps(self):
        _, got = self.ask("GET", MAPS)
        return self.by_name(got)

    def save(self, name, *arguments):
        done = self.podgate("snapshot", "save", name, *(arguments or self.which))
        self.assertEqual(done.status, YES, done)
        return done.out.strip()

    def branch(self, *arguments):
        """What another cluster answers to kubectl get --raw."""
        script = ("import os, re, ssl, sys, json, base64, http.client\n"
                  "text = open(os.environ['KUBECONFIG']).read()\n"
                  "port = re.search(r'https://127.0.0.1:(\\d+)', text).group(1)\n"
                  "data = {k: base64.b64decode(v) for k, v in re.findall(r'([a-z-]+)-data: (\\S+)', text)}\n"
                  "context = ssl.create_default_context(cadata=data['certificate-authority'].decode())\n"
                  "open('pair.pem', 'wb').write(data['client-certificate'] + data['client-key'])\n"
                  "context.load_cert_chain('pair.pem')\n"
                  "c = http.client.HTTPSConnection('127.0.0.1', int(port), context=context)\n"
                  "c.request('GET', '%s')\n"
                  "print(c.getresponse().read().decode())\n" % MAPS)
        done = self.podgate("up", "--nodes", "0", *arguments, "--", "python3", "-c", script)
        self.assertEqual(done.status, YES, done)
        return self.by_name(json.loads(done.out))

    def test_save_and_restore(self):
        made = self.write_map("kept", {"a": "1"})
        self.write_map("changed", {"a": "1"})
        deleted = self.write_map("deleted", {"a": "1"})
        path = self.save("one")
        self.assertEqual(path, os.path.join(self.dir, ".local/state/podgate/snapshots/one.json"))
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        before = self.maps()
        self.write_map("changed", {"a": "2"}, "PUT")
        self.write_map("deleted", None, "DELETE")
        again = self.write_map("replaced", {"a": "1"})
        self.write_map("new", {"a": "1"})
        _, at = self.ask("GET", MAPS)
        watch = Client(self)
        watch.watch("%s?watch=true&resourceVersion=%s" % (MAPS, at["metadata"]["resourceVersion"]))
        done = self.podgate("snapshot", "restore", "one", *self.which)
        self.counted(done)
        after = self.maps()
        self.assertEqual(after["kept"], self.item(made))
        self.assertEqual(set(after), set(before))
        self.assertEqual(after["deleted"]["metadata"]["uid"], deleted["metadata"]["uid"])
        self.assertEqual(after["changed"]["data"], {"a": "1"})
        names = {"kept", "changed", "deleted", "replaced", "new"}
        ours = (e for e in map(json.loads, watch.lines()) if e["object"]["metadata"]["name"] in names)
        events = [next(ours) for _ in range(4)]
        watch.close()
        self.assertEqual(sorted((e["type"], e["object"]["metadata"]["name"]) for e in events),
                         [("ADDED", "deleted"), ("DELETED", "new"), ("DELETED", "replaced"), ("MODIFIED", "changed")])
        versions = [int(e["object"]["metadata"]["resourceVersion"]) for e in events]
        self.assertEqual(versions, sorted(set(versions)))
        self.assertGreater(versions[0], int(again["metadata"]["resourceVersion"]))
        self.write_map("new", {"a": "1"})
        self.counted(self.podgate("snapshot", "restore", path, *self.which))  # by file
        self.assertEqual(set(self.maps()), set(before))
        done = self.podgate("snapshot", "restore", "one", "-o", "json", *self.which)
        self.assertEqual(sorted(done.json()), ["added", "changed", "deleted"], done)

    def test_another_of_the_same_name(self):
        made = self.write_map("a", {"n": "1"})
        self.save("one")
        self.write_map("a", None, "DELETE")
        self.write_map("a", {"n": "1"})
        self.counted(self.podgate("snapshot", "restore", "one", *self.which))
        self.assertEqual(self.maps()["a"]["metadata"]["uid"], made["metadata"]["uid"])

    def test_a_branch(self):
        made = self.write_map("a", {"n": "1"})
        self.save("one")
        self.write_map("b", {"n": "1"})
        self.assertEqual(self.branch("--from", "one"), {"a": self.item(made)})  # to the version
        self.assertEqual(set(self.maps()), {"a", "b"})
        data = os.path.join(self.dir, "data")
        self.assertEqual(self.branch("--from", "one", "--data", data), {"a": self.item(made)})
        self.assertEqual(self.branch("--data", data), {"a": self.item(made)})
        self.refused(self.podgate("up", "--from", "one", "--data", data, "--", "true"),
                     "holds a cluster already: --from is for a new one")
        self.refused(self.podgate("up", "--from", "one", "--preset", "eks", "--", "true"), "--preset is for")
        path = self.save("two", "--data", data)
        with open(path, encoding="utf-8") as file:
            self.assertIn(made, json.load(file)["items"])
        self.write_map("c", {"n": "1"})
        self.save("three")
        done = self.podgate("snapshot", "restore", "three", "--data", data)
        self.counted(done)
        self.assertEqual(set(self.branch("--data", data)), {"a", "b", "c"})

    def test_tokens_are_good_in_a_branch(self):
        path = "/api/v1/namespaces/default/serviceaccounts/default/token"
        status, answer = self.client.ask("POST", path, {"spec": {"expirationSeconds": 3600}})
        self.assertEqual(status, 201, answer)
        token = {"Authorization": "Bearer " + json.loads(answer)["status"]["token"]}
        self.save("one")
        admin = self.admin
        self.up("--nodes", "0", "--from", "one")
        self.assertEqual(self.ask("GET", "/apis", context=self.anonymous, headers=token)[0], 200)
        self.assertEqual(self.ask("GET", MAPS, context=admin)[0], 200)

    def test_it_is_of_one_version(self):
        """While clients move a number from one object to another, their sum is the same in every snapshot."""
        for name in ("left", "right"):
            self.write_map(name, {"i": "0"})
        ending = threading.Event()

        def move():
            client = Client(self)
            i = 0
            while not ending.is_set():
                i += 1
                for name in ("left", "right"):
                    status, answer = client.ask("PUT", MAPS + "/" + name, config_map(name, {"i": str(i)}))
                    assert status == 200, answer

        thread = threading.Thread(target=move)
        thread.start()
        try:
            for i in range(5):
                path = self.save("s%d.json" % i, *self.which)
                with open(os.path.join(self.dir, path), encoding="utf-8") as file:
                    snapshot = json.load(file)
                found = {item["metadata"]["name"]: int(item["data"]["i"]) for item in snapshot["items"]
                         if item["kind"] == "ConfigMap" and item["metadata"]["name"] in ("left", "right")}
                self.assertIn(found["left"] - found["right"], (0, 1))
                self.assertLessEqual(max(int(item["metadata"]["resourceVersion"]) for item in snapshot["items"]),
                                     int(snapshot["metadata"]["resourceVersion"]))
        finally:
            ending.set()
            thread.join(SECONDS_MAX)

    def test_list_and_delete(self):
        self.assertEqual(self.podgate("snapshot", "list").out.split(),
                         "NAME CREATED KUBERNETES VERSION OBJECTS BYTES".split())
        path = self.save("b")
        self.save("a")
        listed = self.podgate("snapshot", "list", "-o", "json").json()["snapshots"]
        self.assertEqual([(s["name"], s["kubernetes"]) for s in listed], [("a", "1.20"), ("b", "1.20")])
        self.assertEqual(listed[1]["bytes"], os.path.getsize(path))
        with open(path, encoding="utf-8") as file:
            self.assertEqual(listed[1]["objects"], len(json.load(file)["items"]))
        table = self.podgate("snapshot", "list").out.splitlines()
        self.assertEqual([line.split()[0] for line in table], ["NAME", "a", "b"])
        self.refused(self.podgate("snapshot", "save", "a", *self.which), "a is there already; --force replaces it")
        self.save("a", "--force", *self.which)
        done = self.podgate("snapshot", "delete", "a", "b")
        self.assertEqual((done.status, done.out, done.err), (YES, "", ""))
        self.refused(self.podgate("snapshot", "delete", "a"), "a.json: No such file or directory")
        other = self.write("other.json", "{}")
        self.refused(self.podgate("snapshot", "delete", other), "other.json: is no snapshot of podgate's")
        self.assertTrue(os.path.exists(other))

    def test_damage(self):
        path = self.save("one")
        with open(path, "rb") as file:
            text = file.read()
        data = os.path.join(self.dir, "data")
        for name, changed in (("changed", text.replace(b'"name":"kube-public"', b'"name":"kube-secret"', 1)),
                              ("shorter", b"\n".join(text.split(b"\n")[:9] + text.split(b"\n")[10:])),
                              ("cut", text[:len(text) // 2])):
            with self.subTest(name):
                self.write(".local/state/podgate/snapshots/%s.json" % name, changed)
                self.refused(self.podgate("snapshot", "restore", name, *self.which), "the snapshot is damaged")
                self.refused(self.podgate("up", "--from", name, "--data", data, "--", "true"), "the snapshot is damaged")
        self.counted(self.podgate("snapshot", "restore", "one", *self.which))

    def test_who_may(self):
        status, answer = self.ask("GET", SNAPSHOT, context=self.anonymous)
        self.assertEqual((status, answer["reason"]), (403, "Forbidden"))
        status, answer = self.ask("POST", "/podgate/restore?snapshot=one", context=self.anonymous)
        self.assertEqual(status, 403)
        self.assertEqual(self.ask("POST", "/podgate/restore?snapshot=../x")[0], 400)
        self.assertEqual(self.ask("PUT", SNAPSHOT)[0], 405)
        self.assertNotIn("/podgate", json.dumps(self.ask("GET", "/")[1]))

    def test_as_it_is_found(self):
        self.refused(self.podgate("snapshot", "save", "x"), "no cluster called default runs in the background")
        self.refused(self.podgate("snapshot", "save", "x", "--name", "n", "--data", "d"), "give one of them")
        self.refused(self.podgate("snapshot", "save", "x", "--data", "nowhere"), "nowhere: No such file or directory")
        self.refused(self.podgate("snapshot", "save", "x", "--kubeconfig", self.write("k", "a: b\n")),
                     "is no kubeconfig that podgate up wrote")
        self.refused(self.podgate("snapshot", "save", "a b"), "a snapshot's name is made of letters")
        done = self.podgate("up", "--nodes", "0", "--", PROGRAM, "snapshot", "save", "inside")
        self.assertEqual(done.status, YES, done)
        self.assertTrue(os.path.exists(done.out.strip()))
        self.end(self.process)
        self.refused(self.podgate("snapshot", "save", "x", *self.which), "No such file or directory")

    def test_offline_commands_read_it(self):
        path = self.save("one")
        done = self.podgate("can-i", "list", "secrets", "--as", "jane", "--state", path)
        self.assertEqual((done.status, done.out.split()[0]), (1, "no"), done)
        self.assertNotIn("not known", done.err)
        done = subprocess.run([PROGRAM, "can-i", "list", "secrets", "--as", "system:admin", "--as-group",
                               "system:masters", "--state", path], env=self.env, stdout=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, YES)
