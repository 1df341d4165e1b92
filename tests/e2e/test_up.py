# SPDX-License-Identifier: Apache-2.0
"""podgate up and podgate down: the server as a process, its connections, kubectl against it."""

import base64
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import threading
import time
import unittest

import clients
from podgate import ERROR, NO, PROGRAM, YES, Case, run

KUBECTL = clients.find("1.32") or shutil.which("kubectl")
SECONDS_MAX = 60

POLICY = """\
apiVersion: policy/v1beta1
kind: PodSecurityPolicy
metadata: {name: none}
spec:
  seLinux: {rule: RunAsAny}
  supplementalGroups: {rule: RunAsAny}
  runAsUser: {rule: MustRunAsNonRoot}
  fsGroup: {rule: RunAsAny}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: default}
data: {a: b}
"""


class Served(Case):
    """A test with a server of its own."""

    def setUp(self):
        super().setUp()
        self.env = {**os.environ, "XDG_RUNTIME_DIR": self.dir, "HOME": self.dir}

    def up(self, *arguments):
        """A server in the foreground; its process, once it serves."""
        process = subprocess.Popen([PROGRAM, "up", *arguments], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.env, cwd=self.dir, text=True)
        self.addCleanup(self.end, process)
        self.read_kubeconfig(process.stdout.readline().rstrip("\n"))
        return process

    def end(self, process):
        if process.poll() is None:
            process.terminate()
        out, err = process.communicate(timeout=SECONDS_MAX)
        return process.returncode, out, err

    def read_kubeconfig(self, path):
        self.kubeconfig = path
        with open(path, encoding="utf-8") as file:
            text = file.read()
        host, self.port = re.search(r"server: https://(.+):(\d+)\n", text).groups()
        self.host = host.strip("[]")
        data = {key: base64.b64decode(value).decode()
                for key, value in re.findall(r"([a-z-]+)-data: (\S+)", text)}
        self.anonymous = ssl.create_default_context(cadata=data["certificate-authority"])
        self.admin = ssl.create_default_context(cadata=data["certificate-authority"])
        both = self.write("admin.pem", data["client-certificate"] + data["client-key"])
        self.admin.load_cert_chain(both)

    def connection(self, context=None, seconds=SECONDS_MAX):
        return http.client.HTTPSConnection(self.host, int(self.port), timeout=seconds,
                                           context=context or self.admin)

    def ask(self, method, path, body=None, context=None, headers=None):
        """One request: status and body, read from JSON."""
        connection = self.connection(context)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        try:
            return response.status, json.loads(text)
        except ValueError:
            return response.status, text

    def podgate(self, *arguments):
        return run(*arguments, cwd=self.dir, env=self.env)


class Up(Served):
    def test_in_the_foreground(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                process = self.up()
                self.assertEqual(stat.S_IMODE(os.stat(self.kubeconfig).st_mode), 0o600)
                self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(self.kubeconfig)).st_mode), 0o700)
                status, body = self.ask("GET", "/api/v1/namespaces/default")
                self.assertEqual((status, body["kind"]), (200, "Namespace"))
                process.send_signal(number)
                status, out, err = self.end(process)
                self.assertEqual((status, out), (YES, ""))
                self.assertIn("https://127.0.0.1:" + self.port, err)
                self.assertIn("export KUBECONFIG=" + self.kubeconfig, err)
                self.assertFalse(os.path.exists(os.path.dirname(self.kubeconfig)))

    def test_a_command(self):
        script = self.write("script", "no magic")
        rows = [
            (["sh", "-c", "exit 7"], 7),
            (["sh", "-c", "exit 0"], 0),
            (["sh", "-c", "exit 255"], 255),
            (["sh", "-c", "kill -TERM $$"], 128 + signal.SIGTERM),
            (["sh", "-c", "kill -KILL $$"], 128 + signal.SIGKILL),
            (["podgate-no-such-command"], 127),
            ([script], 126),
            (["--help"], 127),
        ]
        for words, status in rows:
            with self.subTest(words):
                self.assertEqual(self.podgate("up", "--", *words).status, status)
        result = run("up", "--", "sh", "-c", "cat; cat $KUBECONFIG; test -t 0 || echo; exit 3", stdin="in\n",
                     env=self.env)
        self.assertEqual(result.status, 3)
        self.assertTrue(result.out.startswith("in\n# Written by podgate up.\n"), result)
        self.assertEqual(result.err, "")

    def test_a_command_is_sent_signals(self):
        for name, status in (("TERM", 9), ("INT", 10), ("HUP", 11), ("USR1", 12)):
            with self.subTest(name):
                script = "trap 'exit %d' %s; echo ready; while :; do sleep 0.05; done" % (status, name)
                process = subprocess.Popen([PROGRAM, "up", "--", "sh", "-c", script], env=self.env,
                                           stdout=subprocess.PIPE, text=True)
                self.addCleanup(process.stdout.close)
                self.assertEqual(process.stdout.readline(), "ready\n")
                process.send_signal(getattr(signal, "SIG" + name))
                self.assertEqual(process.wait(SECONDS_MAX), status)

    def test_state_and_presets(self):
        state = self.write("state.yaml", POLICY)
        process = self.up("--state", state, "--preset", "eks")
        status, policies = self.ask("GET", "/apis/policy/v1beta1/podsecuritypolicies")
        self.assertEqual(status, 200)
        names = [p["metadata"]["name"] for p in policies["items"]]
        self.assertIn("eks.privileged", names)
        self.assertIn("none", names)
        status, settings = self.ask("GET", "/api/v1/namespaces/default/configmaps/settings")
        self.assertEqual((status, settings.get("data")), (200, {"a": "b"}))
        _, _, err = self.end(process)
        self.assertIn("%d PodSecurityPolicies (" % len(names), err)
        self.assertIn("loaded    2 objects\n", err)

    def test_state_that_is_not_all_good(self):
        state = self.write("state.yaml", """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: Upper}
---
apiVersion: example.org/v1
kind: Widget
metadata: {name: x}
---
apiVersion: extensions/v1beta1
kind: Deployment
metadata: {name: old}
spec: {template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: b}]}}}
""")
        process = self.up("--state", state)
        for path in ("/api/v1/namespaces/shop", "/api/v1/namespaces/shop/configmaps/settings"):
            self.assertEqual(self.ask("GET", path)[0], 200)
        _, _, err = self.end(process)
        warnings = [line for line in err.splitlines() if line.startswith("Warning: ")]
        self.assertEqual(len(warnings), 3, err)
        self.assertIn(state + ":9: kind Widget of example.org/v1 is not known", warnings[0])
        self.assertIn(state + ':5: ConfigMap "Upper" is invalid: metadata.name: Invalid value: ', warnings[1])
        self.assertIn(state + ":13: kind Deployment of extensions/v1beta1 is not served by Kubernetes 1.20",
                      warnings[2])
        self.assertIn("loaded    1 object; 3 left out\n", err)
        self.refused(self.podgate("up", "--strict", "--state", state, "--", "true"), "kind Widget")
        state = self.write("state.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Upper}\n")
        self.refused(self.podgate("up", "--strict", "--state", state, "--", "true"),
                     "1 object of --state was refused (--strict)")

    def test_a_signal_while_state_is_loaded(self):
        text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%d}\n"
        state = self.write("state.yaml", "---\n".join(text % i for i in range(20000)))
        process = subprocess.Popen([PROGRAM, "up", "--state", state, "--", "true"], env=self.env,
                                   stderr=subprocess.PIPE, text=True)
        time.sleep(0.05)  # wherever it is by then
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=SECONDS_MAX)
        self.assertIn(process.returncode, (ERROR, -signal.SIGINT), err)
        self.assertFalse([name for name in os.listdir(self.dir) if name.startswith("podgate-")])

    def test_audit_log(self):
        log = os.path.join(self.dir, "audit.log")
        process = self.up("--audit-log", log, "--state", self.write("state.yaml", POLICY))
        base = "/api/v1/namespaces/default/"
        pod = {"metadata": {"name": "p"}, "spec": {"automountServiceAccountToken": False, "containers": [
            {"name": "a", "image": "b", "securityContext": {"runAsUser": 7}}]}}
        headers = {"Content-Type": "application/json"}
        deadline = time.monotonic() + SECONDS_MAX
        while self.ask("GET", base + "serviceaccounts/default")[0] != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        agent = {**headers, "User-Agent": "test/1"}
        status, answer = self.ask("POST", base + "pods?fieldManager=x", json.dumps(pod), headers=agent)
        self.assertEqual(status, 201, answer)
        self.assertEqual(self.ask("GET", base + "pods/p", headers={"Impersonate-User": "jane"})[0], 403)
        secret = json.dumps({"metadata": {"name": "s"}, "stringData": {"a": "hidden"}})
        self.assertEqual(self.ask("POST", base + "secrets", secret, headers=headers)[0], 201)
        self.assertEqual(self.ask("GET", "/version")[0], 200)
        bearer = {"Authorization": "Bearer wrong"}
        self.assertEqual(self.ask("GET", base + "pods", context=self.anonymous, headers=bearer)[0], 401)
        self.assertEqual(self.ask("GET", base + "pods?watch=1&timeoutSeconds=1&resourceVersion=0")[0], 200)
        self.end(process)
        with open(log, encoding="utf-8") as lines:
            text = lines.read()
        self.assertNotIn("hidden", text)
        events = [json.loads(line) for line in text.splitlines()]
        events = [e for e in events if e.get("objectRef", {}).get("resource") in ("pods", "secrets")
                  and e["user"].get("username", "") in ("podgate-admin", "") or e["requestURI"] == "/version"]
        ids = [e.pop("auditID") for e in events]
        for event in events:
            for key in ("requestReceivedTimestamp", "stageTimestamp"):
                self.assertRegex(event.pop(key), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        admin = {"username": "podgate-admin", "groups": ["system:masters", "system:authenticated"]}
        self.assertEqual(events[0], {
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Request", "stage": "ResponseComplete",
            "requestURI": base + "pods?fieldManager=x", "verb": "create", "user": admin,
            "sourceIPs": ["127.0.0.1"], "userAgent": "test/1",
            "objectRef": {"resource": "pods", "namespace": "default", "name": "p", "apiVersion": "v1"},
            "responseStatus": {"metadata": {}, "code": 201}, "requestObject": pod,
            "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "",
                            "podsecuritypolicy.admission.k8s.io/admit-policy": "none",
                            "podsecuritypolicy.admission.k8s.io/validate-policy": "none"}})
        refused = events[1]
        self.assertEqual(refused["impersonatedUser"], {"username": "jane", "groups": ["system:authenticated"]})
        self.assertEqual((refused["level"], refused["responseStatus"]["code"]), ("Metadata", 403))
        self.assertIn('User "jane" cannot get', refused["responseStatus"]["message"])
        self.assertEqual(refused["annotations"]["authorization.k8s.io/decision"], "forbid")
        self.assertEqual([(e["level"], e["stage"], e["verb"], e["responseStatus"]["code"]) for e in events[2:]],
                         [("Metadata", "ResponseComplete", "create", 201),
                          ("Metadata", "ResponseComplete", "get", 200),
                          ("Metadata", "ResponseStarted", "list", 401),
                          ("Metadata", "ResponseStarted", "watch", 200),
                          ("Metadata", "ResponseComplete", "watch", 200)])
        self.assertEqual(events[4]["user"], {})
        self.assertEqual(len(set(ids)), len(ids) - 1)  # a watch is one request

    def test_metrics(self):
        self.up()
        base = "/api/v1/namespaces/default/"
        for name in ("a", "b", "a"):
            self.ask("POST", base + "configmaps", json.dumps({"metadata": {"name": name}}),
                     headers={"Content-Type": "application/json"})
        self.ask("GET", "/api/v1/pods/x/no%22such", context=self.anonymous)
        self.assertEqual(self.ask("GET", "/metrics", context=self.anonymous)[0], 403)
        status, text = self.ask("GET", "/metrics")
        self.assertEqual(status, 200)
        lines = text.decode().splitlines()
        for code, count in ((201, 2), (409, 1)):
            self.assertIn('apiserver_request_total{code="%d",component="apiserver",group="",resource="configmaps",'
                          'scope="namespace",subresource="",verb="POST",version="v1"} %d' % (code, count), lines)
        self.assertNotIn("such", text.decode())
        self.assertIn('etcd_object_counts{resource="namespaces"} 4', lines)
        resident = [line for line in lines if line.startswith("process_resident_memory_bytes ")]
        self.assertGreater(float(resident[0].split()[1]), 1 << 20)
        for line in lines:
            self.assertRegex(line, r'^# |^[a-z_]+(\{([a-z_]+="[^"]*",?)*\})? [0-9.e+]+$')

    def test_calls_that_are_wrong(self):
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        port = taken.getsockname()[1]
        tokens = self.write("tokens", "a,b,c\na,b\n")
        config = self.write("config", "kind: Config\n")
        rows = [
            (["x"], 'unexpected argument "x"; a command comes after --'),
            (["--listen", "6443"], "--listen is ADDRESS:PORT"),
            (["--listen", "example.org:1"], "--listen is ADDRESS:PORT"),
            (["--listen", "127.0.0.1:65536"], "--listen is ADDRESS:PORT"),
            (["--listen", "127.0.0.1:+1"], "--listen is ADDRESS:PORT"),
            (["--listen", "::1:0"], "--listen is ADDRESS:PORT"),
            (["--listen", "0.0.0.0:0"], "--no-anonymous"),
            (["--listen", "[::]:0"], "--no-anonymous"),
            (["--listen", "192.0.2.1:0"], "--no-anonymous"),
            (["--listen", "192.0.2.1:0", "--no-anonymous"], "cannot listen on 192.0.2.1:0: "),
            (["--listen", "127.0.0.1:%d" % port],
             "cannot listen on 127.0.0.1:%d: Address already in use" % port),
            (["--nodes", "many"], "--nodes is a number from 0 to 1000"),
            (["--nodes", "-1"], "--nodes is a number from 0 to 1000"),
            (["--preset", "eksx"], "did you mean eks"),
            (["--kubernetes-version", "2"], "--kubernetes-version"),
            (["--admission-plugins", "Nonsense"], 'plugin "Nonsense" is unknown'),
            (["--token-file", tokens], tokens + ": line 2: "),
            (["--token-file", "missing"], "missing: "),
            (["--audit-log", "/no/such/folder/log"], "/no/such/folder/log: "),
            (["--kubeconfig-out", config], config + ": is there already"),
            (["--kubeconfig-out", "/no/such/folder/x"], "/no/such/folder/x: "),
            (["--state", "missing.yaml"], "missing.yaml: "),
            (["--name", "x"], "--background"),
            (["--background", "--name", "../x"], "--name is made of"),
        ]
        for words, message in rows:
            with self.subTest(words):
                words = words if "--background" in words or words == ["x"] else [*words, "--", "true"]
                self.refused(self.podgate("up", *words), message)
        self.assertFalse([name for name in os.listdir(self.dir) if name.startswith("podgate")])
        with open(config, encoding="utf-8") as file:
            self.assertEqual(file.read(), "kind: Config\n")
        self.refused(self.podgate("up", "--background", "--", "true"), "runs no command")

    def test_where_it_listens(self):
        self.up("--listen", "0.0.0.0:0", "--no-anonymous")
        self.assertEqual(self.host, "127.0.0.1")
        self.assertEqual(self.ask("GET", "/version")[0], 200)
        self.assertEqual(self.ask("GET", "/version", context=self.anonymous)[0], 401)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.up("--listen", "localhost:%d" % port)
        self.assertEqual(int(self.port), port)
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest("no IPv6 here")
        self.up("--listen", "[::1]:0")
        self.assertEqual(self.ask("GET", "/version")[0], 200)

    def test_kubeconfig_out(self):
        path = os.path.join(self.dir, "mine")
        for _ in range(2):  # its own it may overwrite
            process = self.up("--kubeconfig-out", "mine")
            self.assertEqual(self.kubeconfig, path)
            self.assertEqual(self.ask("GET", "/version")[0], 200)
            self.end(process)
            self.assertTrue(os.path.exists(path))
        self.assertEqual(self.podgate("up", "--kubeconfig-out", "mine", "--", "sh", "-c", "echo $KUBECONFIG").out,
                         path + "\n")

    def test_who_asks(self):
        tokens = self.write("tokens", 'letmein,jane,7,"dev,ops"\nroot,bob,8,system:masters\n')
        self.up("--token-file", tokens)
        path = "/api/v1/namespaces/default/configmaps"

        def bearer(token, context=self.anonymous):
            return self.ask("GET", path, context=context, headers={"Authorization": "Bearer " + token})

        self.assertEqual(bearer("root")[0], 200)
        status, body = bearer("letmein")
        self.assertEqual(status, 403)
        self.assertIn('User "jane" cannot list resource "configmaps"', body["message"])
        for token in ("wrong", "a.b.c", "x" * 5000):
            status, body = bearer(token)
            self.assertEqual((status, body["reason"]), (401, "Unauthorized"))
        status, body = self.ask("GET", path, context=self.anonymous)
        self.assertEqual(status, 403)
        self.assertIn('User "system:anonymous"', body["message"])
        # A certificate comes before a token.
        self.assertEqual(bearer("wrong", self.admin)[0], 200)


class Background(Served):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.down_all)

    def down_all(self):
        folder = os.path.join(self.dir, "podgate")
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            self.podgate("down", "--name", name)

    def background(self, *arguments):
        result = self.podgate("up", "--background", *arguments)
        self.assertEqual((result.status, result.err), (YES, ""), result)
        self.read_kubeconfig(result.out.rstrip("\n"))

    def test_up_and_down(self):
        self.background()
        folder = os.path.join(self.dir, "podgate", "default")
        self.assertEqual(sorted(os.listdir(folder)), ["kubeconfig", "log", "pid"])
        self.assertEqual(self.kubeconfig, os.path.join(folder, "kubeconfig"))
        self.assertEqual(self.ask("GET", "/version")[0], 200)
        result = self.podgate("up", "--background")
        self.refused(result, "default is running already, process ")
        self.assertEqual(self.ask("GET", "/version")[0], 200)
        first = self.port
        with open(self.kubeconfig, encoding="utf-8") as file:
            self.assertIn("\ncurrent-context: podgate\n", file.read())
        self.background("--name", "second")
        with open(self.kubeconfig, encoding="utf-8") as file:
            self.assertIn("\ncurrent-context: podgate-second\n", file.read())
        self.assertNotEqual(self.port, first)
        self.assertEqual(self.podgate("down").status, YES)
        self.assertFalse(os.path.exists(folder))
        self.assertEqual(self.ask("GET", "/version")[0], 200)
        result = self.podgate("down")
        self.assertEqual((result.status, result.out, result.err),
                         (NO, "", "podgate down: default is not running; --name second is\n"))
        self.assertEqual(self.podgate("down", "--name", "second").status, YES)
        self.assertEqual(os.listdir(os.path.join(self.dir, "podgate")), [])

    def test_what_one_that_was_killed_left(self):
        self.background()
        pid = os.path.join(self.dir, "podgate", "default", "pid")
        with open(pid, encoding="utf-8") as file:
            os.kill(int(file.read()), signal.SIGKILL)
        deadline = time.monotonic() + SECONDS_MAX
        while self.podgate("down").status != NO and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(os.path.exists(os.path.dirname(pid)))
        # And with the files still there.
        self.background()
        with open(pid, encoding="utf-8") as file:
            number = int(file.read())
        os.kill(number, signal.SIGKILL)
        while True:
            result = self.podgate("up", "--background")
            if result.status == YES or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        self.read_kubeconfig(result.out.rstrip("\n"))
        self.assertEqual(self.ask("GET", "/version")[0], 200)

    def test_state_from_standard_input(self):
        result = run("up", "--background", "--state", "-", stdin=POLICY, cwd=self.dir, env=self.env)
        self.assertEqual((result.status, result.err), (YES, ""), result)
        self.read_kubeconfig(result.out.rstrip("\n"))
        self.assertEqual(self.ask("GET", "/apis/policy/v1beta1/podsecuritypolicies/none")[0], 200)

    def test_that_it_cannot_start(self):
        self.refused(self.podgate("up", "--background", "--state", "missing.yaml"), "missing.yaml")
        self.assertFalse(os.path.exists(os.path.join(self.dir, "podgate", "default")))

    def test_without_a_runtime_folder(self):
        del self.env["XDG_RUNTIME_DIR"]
        environment = {key: value for key, value in os.environ.items() if key != "XDG_RUNTIME_DIR"}
        environment["HOME"] = self.dir
        command = [PROGRAM, "up", "--background"]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
        self.assertEqual(done.stdout, self.dir + "/.local/state/podgate/default/kubeconfig\n")
        subprocess.run([PROGRAM, "down"], env=environment, check=True)


class Connections(Served):
    """What clients of ill will send; the server answers others all the while."""

    def dial(self):
        made = socket.create_connection(("127.0.0.1", int(self.port)), timeout=SECONDS_MAX)
        self.addCleanup(made.close)
        return made

    def test_silent_ones(self):
        self.up()
        silent = [self.dial() for _ in range(500)]
        for made in silent[:100]:  # in the middle of a handshake
            made.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
        for _ in range(20):
            self.assertEqual(self.ask("GET", "/version")[0], 200)

    def test_no_tls(self):
        self.up()
        for text in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\0" * 100000,
                     b"\x16\x03\x01\xff\xff" + b"x" * 70000):
            made = self.dial()
            made.settimeout(1)
            try:
                made.sendall(text)
                made.recv(1000)
            except OSError:
                pass  # closed, or it waits for the rest
        self.assertEqual(self.ask("GET", "/version")[0], 200)

    def test_no_http(self):
        self.up()
        rows = [(b"\r\n", b""), (b"GET / HTTP/1.1\r\nno header\r\n\r\n", b" 400 "), (b"x" * 200000, b""),
                (b"GET /version HTTP/9.1\r\n\r\n", b" 505 "),
                (b"POST /version HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b" 400 ")]
        for text, want in rows:
            with self.subTest(text[:40]):
                made = self.admin.wrap_socket(self.dial(), server_hostname="localhost")
                made.settimeout(SECONDS_MAX if want else 0.5)
                try:
                    made.sendall(text)
                    answer = made.recv(1000)
                except OSError:
                    answer = b""
                made.close()
                self.assertIn(want, answer)
        self.assertEqual(self.ask("GET", "/version")[0], 200)

    def test_large_headers(self):
        self.up()
        connection = self.connection()
        connection.putrequest("GET", "/version")
        for i in range(10000):
            connection.putheader("X-%d" % i, "y" * 20)
        try:
            connection.endheaders()
            self.assertEqual(connection.getresponse().status, 431)
        except OSError:
            pass  # closed before all of it was sent
        connection.close()
        self.assertEqual(self.ask("GET", "/version", headers={"X-Large": "y" * 30000})[0], 200)
        status, _ = self.ask("GET", "/version?" + "y" * 30000)
        self.assertEqual(status, 200)

    def test_large_bodies(self):
        self.up()
        path = "/api/v1/namespaces/default/configmaps"
        config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "large"}, "data": {"a": "b"}}
        headers = {"Content-Type": "application/json"}
        text = json.dumps(config_map)
        fits = text + " " * (3 * 1024 * 1024 - len(text))
        self.assertEqual(self.ask("POST", path, fits, headers=headers)[0], 201)
        for size in (len(fits) + 1, 10 * 1024 * 1024):
            self.assertEqual(self.ask("POST", path, "x" * size, headers=headers)[0], 413)

    def test_many_at_once(self):
        self.up()
        failed = []

        def client():
            connection = self.connection()
            for _ in range(50):
                connection.request("GET", "/api/v1/namespaces")
                response = connection.getresponse()
                if response.status != 200 or b"kube-system" not in response.read():
                    failed.append(response.status)
            connection.close()

        threads = [threading.Thread(target=client) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS_MAX)
        self.assertEqual(failed, [])

    def test_watches_end_with_the_server(self):
        process = self.up()
        watches = []
        for _ in range(20):
            connection = self.connection()
            connection.request("GET", "/api/v1/namespaces?watch=true")
            watches.append((connection, connection.getresponse()))
        for _, response in watches:
            self.assertIn(b'"ADDED"', response.readline())
        status, _, _ = self.end(process)
        self.assertEqual(status, YES)
        for connection, response in watches:
            response.read()  # in good order: else it is an error
            connection.close()


@unittest.skipUnless(KUBECTL, "no kubectl here (PODGATE_KUBECTL_1_32 names one)")
class Kubectl(Served):
    def kubectl(self, *arguments, stdin=None):
        return subprocess.run([KUBECTL, "--kubeconfig", self.kubeconfig, *arguments], input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                              env=self.env, timeout=SECONDS_MAX)

    def test_it_works(self):
        self.up()
        done = self.kubectl("get", "namespaces", "-o", "name")
        self.assertEqual(done.stdout, "namespace/default\nnamespace/kube-node-lease\nnamespace/kube-public\n"
                                      "namespace/kube-system\n", done.stderr)
        self.assertEqual(self.kubectl("create", "namespace", "shop").returncode, 0)
        self.assertEqual(self.kubectl("auth", "can-i", "*", "*").stdout, "yes\n")
        self.assertEqual(self.kubectl("config", "current-context").stdout, "podgate\n")

    def test_kustomize(self):
        self.write("app/kustomization.yaml", "namespace: shop\nresources: [shop.yaml]\n"
                   "configMapGenerator:\n- name: settings\n  literals: [color=red]\n")
        self.write("app/shop.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
        self.up()
        app = os.path.join(self.dir, "app")
        done = self.kubectl("apply", "-k", app)
        self.assertRegex(done.stdout, r"\Anamespace/shop created\nconfigmap/settings-\w+ created\n\Z")
        done = self.kubectl("diff", "-k", app)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        done = self.kubectl("apply", "--server-side", "-k", app)
        self.assertRegex(done.stdout, r"\Anamespace/shop serverside-applied\nconfigmap/settings-\w+ serverside-applied\n\Z")

    def test_within_a_command(self):
        done = self.podgate("up", "--", KUBECTL, "get", "namespace", "default", "-o", "name")
        self.assertEqual((done.status, done.out), (YES, "namespace/default\n"), done)
        done = self.podgate("up", "--", KUBECTL, "get", "namespace", "missing")
        self.assertEqual(done.status, 1)
        self.assertIn('namespaces "missing" not found', done.err)
