# SPDX-License-Identifier: Apache-2.0
"""A real kube-apiserver with its etcd, built as Go modules and run on loopback.

`tests/real/go.mod` says of which versions. The programs are kept in the cache folder of podgate and
built again when the version changes. `scripts/real-cluster` is this for people.
"""

import base64
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from served import KUBECONFIG, CONTEXT, USER, USERS, token

HERE = os.path.dirname(os.path.abspath(__file__))
MODULE = os.path.join(HERE, "..", "real")
# What is built: the program's name and its package.
PROGRAMS = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
}
NEEDED = ("etcd", "kube-apiserver", "kube-controller-manager")
# Other versions than that of go.mod that can be asked for: their patch version, their etcd (none: that
# of go.mod does) and the Go that their modules name. 1.24 is the last that has PodSecurityPolicy.
OTHERS = {"1.34": ("34.4", "v3.6.4", "1.24.0"), "1.24": ("24.17", None, "1.18")}
# Without what talks to clouds, which was a third of what there was to compile.
TAGS = "grpcnotrace,providerless"
READY_SECONDS_MAX = 180
STOP_SECONDS_MAX = 30
LOG_CHARS_MAX = 3000
SERVICES = "10.0.0.0/24"
NAMESPACES_AT_START = ("default", "kube-system", "kube-public", "kube-node-lease")


class CannotBeHad(Exception):
    """The real thing cannot be had here; the text says why and what would help."""


# -- building ---------------------------------------------------------------------------------------


def say(text):
    print("real-cluster: " + text, file=sys.stderr, flush=True)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def pinned():
    """The version that go.mod names, as 1.N.P."""
    return re.search(r"k8s\.io/kubernetes v(\S+)", read(os.path.join(MODULE, "go.mod"))).group(1)


def whole_version(wanted):
    """1.N.P for 1.N, 1.N.P or nothing."""
    if not wanted or pinned() == wanted or pinned().startswith(wanted + "."):
        return pinned()
    for minor, (patch, _, _) in OTHERS.items():
        if wanted in (minor, "1." + patch):
            return "1." + patch
    raise CannotBeHad("version %s is not known here; there are %s" %
                      (wanted, ", ".join([pinned(), *("1." + row[0] for row in OTHERS.values())])))


def cache(version):
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "podgate", "real", version)


def write_module(version, folder):
    """The module to build from: that of tests/real, for another version without what it pins."""
    shutil.copy(os.path.join(MODULE, "go.mod"), folder)
    shutil.copy(os.path.join(MODULE, "go.sum"), folder)
    if version == pinned():
        return "-mod=readonly"
    _, etcd, go = other(version)
    text = read(os.path.join(folder, "go.mod"))
    tools = re.search(r"tool \(.*?\n\)\n", text, re.S).group(0)
    replaced = re.search(r"replace \(.*?\n\)\n", text, re.S).group(0)
    # A module that was not there yet is asked for by nobody; one that is there no more is added.
    replaced = replaced.replace("(\n", "(\n\tk8s.io/legacy-cloud-providers => k8s.io/legacy-cloud-providers v0.0.0\n")
    replaced = re.sub(r" v0\.\S+", " v0." + version.partition(".")[2], replaced)
    required = "\tk8s.io/kubernetes v%s\n" % version
    if etcd:
        required += "\tgo.etcd.io/etcd/server/v3 %s\n" % etcd
        # Behaves as the Go of its time, as a release of it does.
        tools = "godebug default=go%s\n\n%s" % (go.rpartition(".")[0], tools)
    else:
        tools = ""  # older than tools in go.mod
    with open(os.path.join(folder, "go.mod"), "w", encoding="utf-8") as out:
        out.write("module podgate.invalid/real\n\ngo %s\n\n%s\nrequire (\n%s)\n\n%s" %
                  (go, tools, required, replaced))
    return "-mod=mod"


def other(version):
    """The row of OTHERS."""
    return next(row for row in OTHERS.values() if "1." + row[0] == version)


def go_command(folder, *arguments):
    try:
        done = subprocess.run(["go", *arguments], cwd=folder, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              env={**os.environ, "CGO_ENABLED": "0"})
    except FileNotFoundError:
        raise CannotBeHad("go is not here: install Go (%s or newer) to build a kube-apiserver" %
                          re.search(r"^go (\S+)", read(os.path.join(folder, "go.mod")), re.M).group(1)) from None
    return done.returncode, done.stdout


def version_flags(version):
    """What a release has linked in, of which discovery and /version tell."""
    minor = version.split(".")[1]
    values = {"gitVersion": "v" + version, "gitMajor": "1", "gitMinor": minor, "gitTreeState": "clean"}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return " ".join(["-s -w"] + ["-X %s.%s=%s" % (package, name, value)
                                 for package in packages for name, value in values.items()])


def missing_programs(version, names):
    return [name for name in names if not os.access(os.path.join(cache(version), name), os.X_OK)]


def build(version=None, names=NEEDED):
    """Builds what is not there yet; the path of each program."""
    version = whole_version(version)
    if "etcd" in names and version != pinned() and not other(version)[1]:
        rest = [name for name in names if name != "etcd"]
        return {**build(None, ("etcd",)), **build(version, rest)}
    folder = cache(version)
    missing = missing_programs(version, names)
    programs = {name: os.path.join(folder, name) for name in names}
    if not missing:
        return programs
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="podgate-real-") as module:
        mode = write_module(version, module)
        status, text = go_command(module, "version")
        for name in missing:
            say("building %s of %s (minutes, the first time)" % (name, version))
            began = time.monotonic()
            fresh = os.path.join(folder, ".%s.%d" % (name, os.getpid()))
            status, text = go_command(module, "build", mode, "-trimpath", "-tags", TAGS,
                                      "-ldflags", version_flags(version), "-o", fresh, PROGRAMS[name])
            if status != 0:
                raise CannotBeHad("%s %s could not be built:\n%s" % (name, version, text[-LOG_CHARS_MAX:]))
            os.replace(fresh, os.path.join(folder, name))
            say("%s is built, in %d s" % (name, time.monotonic() - began))
    return programs


# -- running ----------------------------------------------------------------------------------------


def free_ports(count):
    """Ports of 127.0.0.1 that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Process:
    """A program with its log in a file."""

    def __init__(self, folder, name, *arguments):
        self.name = name
        self.folder = folder
        self.arguments = arguments
        self.log = os.path.join(folder, name + ".log")
        self.start()

    def start(self):
        """Also again, after stop() or kill()."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, cwd=self.folder)

    def ended(self):
        return self.process.poll() is not None

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()[-LOG_CHARS_MAX:]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class RealCluster:
    """etcd, kube-apiserver and, if asked for, its controllers; what it has is what `Served` has.

    version      of Kubernetes, 1.N.P
    server       its URL
    kubeconfigs  the path of a kubeconfig by user
    authority    the certificate that signed the server's, PEM
    folder       data, logs and keys; gone when it ends
    """

    def __init__(self, version=None, controllers=True, port=0, durable=True, flags=()):
        self.version = whole_version(version)
        self.programs = build(self.version, NEEDED if controllers else NEEDED[:2])
        self.folder = tempfile.mkdtemp(prefix="podgate-real-")
        self.running = []
        self.trouble = ""
        try:
            self.start(controllers, port, durable, flags)
        except BaseException:
            self.end()
            raise

    def run(self, name, *arguments):
        process = Process(self.folder, name, self.programs[name], *arguments)
        self.running.append(process)
        return process

    def path(self, name):
        return os.path.join(self.folder, name)

    def write_tokens(self):
        with open(self.path("tokens.csv"), "w", encoding="utf-8") as out:
            for user, group in USERS.items():
                out.write('%s,%s,%s-uid,"%s"\n' % (token(user), user, user, group))
            # The controllers' own, which RBAC knows by this name.
            out.write('%s,system:kube-controller-manager,kcm-uid,"system:masters"\n' % token("controllers"))

    def make_key(self):
        try:
            subprocess.run(["openssl", "genrsa", "-out", self.path("accounts.key"), "2048"],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except FileNotFoundError:
            raise CannotBeHad("openssl is not here: Debian's package openssl has it") from None

    def start(self, controllers, port, durable, flags):
        etcd_port, peer_port, free = free_ports(3)
        port = port or free
        self.write_tokens()
        self.make_key()
        etcd = "http://127.0.0.1:%d" % etcd_port
        peer = "http://127.0.0.1:%d" % peer_port
        self.etcd = self.run(
            "etcd", "--data-dir", self.path("etcd"), "--listen-client-urls", etcd,
            "--advertise-client-urls", etcd, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=" + peer,
            "--logger", "zap", "--log-level", "warn", *([] if durable else ["--unsafe-no-fsync"]))
        self.server = "https://127.0.0.1:%d" % port
        self.apiserver = self.run(
            "kube-apiserver", "--etcd-servers", etcd, "--bind-address", "127.0.0.1",
            "--secure-port", str(port), "--cert-dir", self.path("certs"),
            "--token-auth-file", self.path("tokens.csv"), "--authorization-mode", "RBAC",
            "--service-cluster-ip-range", SERVICES, "--endpoint-reconciler-type", "none",
            "--advertise-address", "192.0.2.1",
            "--service-account-issuer", "https://kubernetes.default.svc",
            "--service-account-key-file", self.path("accounts.key"),
            "--service-account-signing-key-file", self.path("accounts.key"), *flags)
        self.wait_ready()
        self.write_kubeconfigs()
        if controllers:
            self.run("kube-controller-manager", "--kubeconfig", self.kubeconfigs["controllers"],
                     "--bind-address", "127.0.0.1", "--secure-port", "0",
                     "--service-account-private-key-file", self.path("accounts.key"),
                     "--root-ca-file", self.path("certs/apiserver.crt"),
                     "--use-service-account-credentials", "--leader-elect=false")
            self.wait_for("/api/v1/namespaces/default/serviceaccounts/default")

    def get(self, path):
        """The status of a GET as administrator; 0 when nobody answers."""
        request = urllib.request.Request(self.server + path,
                                         headers={"Authorization": "Bearer " + token("admin")})
        try:
            context = ssl.create_default_context(cafile=self.path("certs/apiserver.crt"))
            with urllib.request.urlopen(request, context=context, timeout=5) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def wait_for(self, path):
        end = time.monotonic() + READY_SECONDS_MAX
        while self.get(path) != 200:
            for process in self.running:
                if process.ended():
                    raise CannotBeHad("%s ended:\n%s" % (process.name, process.tail()))
            if time.monotonic() > end:
                raise CannotBeHad("%s does not answer 200 after %d s:\n%s" %
                                  (path, READY_SECONDS_MAX, self.apiserver.tail()))
            time.sleep(0.1)

    def wait_ready(self):
        self.wait_for("/readyz")
        for namespace in NAMESPACES_AT_START:
            self.wait_for("/api/v1/namespaces/" + namespace)

    def write_kubeconfigs(self):
        self.authority = read(self.path("certs/apiserver.crt"))
        encoded = base64.b64encode(self.authority.encode()).decode()
        names = [*USERS, "controllers"]
        users = "".join(USER % (user, token(user)) for user in names)
        contexts = "".join(CONTEXT % (user, user) for user in names)
        self.kubeconfigs = {}
        for user in names:
            self.kubeconfigs[user] = self.path(user + ".kubeconfig")
            with open(self.kubeconfigs[user], "w", encoding="utf-8") as out:
                out.write(KUBECONFIG % (self.server, encoded, users, contexts, user))
        self.kubeconfigs["owner"] = self.kubeconfigs["admin"]

    def end(self):
        """Stops all of it, the last that was started first."""
        for process in reversed(self.running):
            process.stop()
        self.running = []
        shutil.rmtree(self.folder, True)
        return ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.trouble = self.end()
