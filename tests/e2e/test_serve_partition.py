# SPDX-License-Identifier: Apache-2.0
"""Three replicas of podgate serve on a network of their own, and one of them cut off from it.

Each replica is in a network namespace with a cable to a bridge, where the API server is, too. The
test runs itself again in a namespace that holds all of it, and so needs no rights.
"""

import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import time

from podgate import PROGRAM, YES, Case
from test_serve import POLICY, SECONDS_MAX, Serve, review

HERE = os.path.dirname(os.path.abspath(__file__))
INSIDE = "PODGATE_TEST_IN_NETWORK"
NET = "10.77.0.%d"
REPLICAS = (11, 12, 13)
PORT = 8443
ENTER = ["unshare", "--user", "--map-root-user", "--net", "--kill-child"]


def ip(*arguments, pid=None):
    enter = ["nsenter", "--target", str(pid), "--net"] if pid else []
    subprocess.run([*enter, "ip", *arguments], check=True)


def cannot_be_had():
    """Why there can be no such network; empty when there can."""
    for program in ("ip", "unshare", "nsenter"):
        if not shutil.which(program):
            return program + " is not installed"
    tried = subprocess.run([*ENTER, "ip", "link", "add", "bridge0", "type", "bridge"], check=False,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return tried.stdout.decode().strip() or "no bridge" if tried.returncode else ""


class Partition(Case):
    def test_three_replicas_one_cut_off(self):
        why = cannot_be_had()
        if why:
            self.skipTest(why)
        done = subprocess.run([*ENTER, sys.executable, os.path.join(HERE, "run.py"), PROGRAM, "Network."],
                              env={**os.environ, INSIDE: "1"}, check=False, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=4 * SECONDS_MAX)
        text = done.stdout.decode()
        self.assertEqual(done.returncode, 0, text)
        self.assertRegex(text, r"(?m)^ok 1 - ")


class Network(Serve):
    def setUp(self):
        super().setUp()
        ip("link", "set", "lo", "up")
        ip("link", "add", "bridge0", "type", "bridge")
        ip("address", "add", NET % 1 + "/24", "dev", "bridge0")
        ip("link", "set", "bridge0", "up")

    def replica(self, number):
        """In a network of its own, which has a cable before podgate starts there."""
        process = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", 'echo there; read go; exec "$@"', "sh", PROGRAM, "serve", "--listen",
             "%s:%d" % (NET % number, PORT), "--tls-cert-file", "tls.crt", "--tls-private-key-file",
             "tls.key", "--kubeconfig", self.kubeconfig],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=self.dir,
            env=self.env)
        self.addCleanup(process.wait, SECONDS_MAX)
        self.addCleanup(process.terminate)
        self.addCleanup(process.stdout.close)
        self.assertEqual(process.stdout.readline(), "there\n")
        cable = "cable%d" % number
        ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", str(process.pid))
        ip("link", "set", cable, "master", "bridge0", "up")
        ip("address", "add", NET % number + "/24", "dev", "eth0", pid=process.pid)
        ip("link", "set", "eth0", "up", pid=process.pid)
        process.stdin.write("go\n")
        process.stdin.close()
        return process

    def call_at(self, number, method, path, body=None):
        connection = http.client.HTTPSConnection(NET % number, PORT, timeout=SECONDS_MAX, context=self.trust())
        try:
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def trust(self):
        context = ssl.create_default_context(cafile=os.path.join(self.dir, "tls.crt"))
        context.check_hostname = False
        return context

    def admits(self, number):
        status, text = self.call_at(number, "POST", "/mutate", json.dumps(review()))
        self.assertEqual(status, 200, text)
        return json.loads(text)["response"]["allowed"]

    def soon(self, what):
        end = time.monotonic() + SECONDS_MAX
        while not what():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)

    def asked_inside(self, process, number):
        """The same from within the replica's own network, which is there when the cable is not."""
        script = ("import json, ssl, sys, urllib.request as u\n"
                  "c = ssl.create_default_context(cafile=sys.argv[1]); c.check_hostname = False\n"
                  "def get(path, data=None): return u.urlopen(u.Request(sys.argv[2] + path, data), context=c).read()\n"
                  "answer = json.loads(get('/mutate', sys.argv[3].encode()))['response']['allowed']\n"
                  "print(json.dumps([answer, get('/metrics').decode()]))")
        done = subprocess.run(["nsenter", "--target", str(process.pid), "--net", sys.executable, "-c", script,
                               os.path.join(self.dir, "tls.crt"), "https://%s:%d" % (NET % number, PORT),
                               json.dumps(review())], check=True, stdout=subprocess.PIPE)
        allowed, metrics = json.loads(done.stdout)
        return allowed, float(re.search(r"^podgate_cluster_behind_seconds (\S+)$", metrics, re.M).group(1))

    def test_one_is_cut_off(self):
        self.up("--kubernetes-version", "1.24", "--nodes", "0", "--no-anonymous", "--listen", NET % 1 + ":0")
        self.apply_policy()
        processes = {number: self.replica(number) for number in REPLICAS}
        for number in REPLICAS:
            self.soon(lambda n=number: self.call_at(n, "GET", "/readyz")[0] == 200)
            self.assertTrue(self.admits(number))
        alone, others = REPLICAS[0], REPLICAS[1:]
        ip("link", "set", "lo", "up", pid=processes[alone].pid)
        ip("link", "set", "cable%d" % alone, "down")
        self.ask("DELETE", "/apis/policy/v1beta1/podsecuritypolicies/five")
        for number in others:
            self.soon(lambda n=number: not self.admits(n))
        # The one that is alone goes on with what it knows, and says for how long it has heard nothing.
        self.assertTrue(self.asked_inside(processes[alone], alone)[0])
        self.soon(lambda: self.asked_inside(processes[alone], alone)[1] > 0)
        self.assertTrue(self.asked_inside(processes[alone], alone)[0])
        # It comes back by itself, and knows all that happened.
        ip("link", "set", "cable%d" % alone, "up")
        self.soon(lambda: self.call_at(alone, "GET", "/healthz")[0] == 200)
        self.soon(lambda: not self.admits(alone))
        self.apply("/apis/policy/v1beta1/podsecuritypolicies", POLICY)
        for number in REPLICAS:
            self.soon(lambda n=number: self.admits(n))
        for process in processes.values():
            process.terminate()
            self.assertEqual(process.wait(SECONDS_MAX), YES)


if INSIDE in os.environ:
    del Partition
else:
    del Network
