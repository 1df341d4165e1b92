# SPDX-License-Identifier: Apache-2.0
"""Generated pods, decided by the API server's own PodSecurity plugin and by podgate's."""

import random

from hooks import APART, review

LEVELS = ("privileged", "baseline", "restricted")
VERSIONS = ("latest", "v1.24", "v1.19", "v1.34")
PODS = 80
SEED = 7
PREFIX = "pod-security.kubernetes.io/"
CAPABILITIES = ["ALL", "CHOWN", "NET_BIND_SERVICE", "NET_RAW", "SYS_ADMIN", "KILL", "MKNOD", "SETUID",
                "NET_ADMIN", "AUDIT_WRITE"]
SYSCTLS = ["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
           "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "kernel.msgmax",
           "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.core.somaxconn",
           "net.ipv4.tcp_rmem", "net.ipv4.tcp_fin_timeout"]
PROFILES = [{"type": "RuntimeDefault"}, {"type": "Unconfined"},
            {"type": "Localhost", "localhostProfile": "a.json"}]
VOLUMES = [{"emptyDir": {}}, {"hostPath": {"path": "/x"}}, {"configMap": {"name": "c"}},
           {"nfs": {"server": "s", "path": "/p"}}, {"secret": {"secretName": "s"}},
           {"persistentVolumeClaim": {"claimName": "c"}}, {"csi": {"driver": "d.example"}},
           {"projected": {"sources": []}}, {"iscsi": {"targetPortal": "1.2.3.4", "iqn": "iqn.2001-04.com.example:a",
                                                      "lun": 0}},
           {"ephemeral": {"volumeClaimTemplate": {"spec": {
               "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}}},
           {"image": {"reference": "i", "pullPolicy": "Always"}}, {"downwardAPI": {"items": []}}]


class Generator:
    """Pods that are valid, most of them with little that a level forbids."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def often(self, share):
        return self.random.random() < share

    def some(self, values, most=3):
        return self.random.sample(values, self.random.randint(1, most))

    def maybe(self, into, name, share, make):
        if self.often(share):
            into[name] = make()

    def selinux(self):
        out = {}
        self.maybe(out, "type", 0.7, lambda: self.random.choice(
            ["container_t", "spc_t", "container_init_t", "container_kvm_t", "container_engine_t", ""]))
        self.maybe(out, "user", 0.2, lambda: "u")
        self.maybe(out, "role", 0.2, lambda: "r")
        return out

    def common(self, share):
        """What pods and containers have alike."""
        context = {}
        self.maybe(context, "runAsNonRoot", 0.5, lambda: self.often(0.8))
        self.maybe(context, "runAsUser", share, lambda: self.random.choice([0, 1, 1000]))
        self.maybe(context, "seccompProfile", 0.4, lambda: self.random.choice(PROFILES))
        self.maybe(context, "seLinuxOptions", share / 2, self.selinux)
        self.maybe(context, "appArmorProfile", share / 2, lambda: self.random.choice(PROFILES))
        self.maybe(context, "windowsOptions", share / 4, lambda: {"runAsUserName": "u"})
        return context

    def capabilities(self):
        out = {}
        self.maybe(out, "add", 0.4, lambda: self.some(CAPABILITIES))
        self.maybe(out, "drop", 0.8, lambda: ["ALL"] if self.often(0.8) else self.some(CAPABILITIES))
        return out

    def container(self, name):
        out = {"name": name, "image": "i"}
        context = self.common(0.15)
        self.maybe(context, "capabilities", 0.7, self.capabilities)
        self.maybe(context, "allowPrivilegeEscalation", 0.7, lambda: self.often(0.1))
        if context.get("allowPrivilegeEscalation") is not False and "SYS_ADMIN" not in str(context):
            self.maybe(context, "privileged", 0.1, lambda: self.often(0.6))
        if context or self.often(0.5):
            out["securityContext"] = context
        self.maybe(out, "ports", 0.15, lambda: [
            {"containerPort": 8000 + number, **({"hostPort": 8000 + number} if self.often(0.5) else {})}
            for number in range(self.random.randint(1, 3))])
        self.maybe(out, "livenessProbe", 0.1, lambda: self.random.choice([
            {"httpGet": {"port": 80, "host": "1.2.3.4"}}, {"tcpSocket": {"port": 80}},
            {"tcpSocket": {"port": 80, "host": "127.0.0.1"}}]))
        self.maybe(out, "lifecycle", 0.05, lambda: {"preStop": {"httpGet": {"port": 80, "host": "h.example"}}})
        return out

    def pod(self, name):
        context = self.common(0.15)
        self.maybe(context, "sysctls", 0.15, lambda: [
            {"name": one, "value": "1"} for one in self.some(SYSCTLS)])
        spec = {"containers": [self.container("c%d" % n) for n in range(self.random.randint(1, 3))]}
        self.maybe(spec, "initContainers", 0.3, lambda: [self.container("i")])
        self.maybe(spec, "volumes", 0.4, lambda: [
            {"name": "v%d" % n, **one} for n, one in enumerate(self.some(VOLUMES, 4))])
        for field in ("hostPID", "hostIPC"):
            self.maybe(spec, field, 0.08, lambda: True)
        self.maybe(spec, "hostUsers", 0.1, lambda: self.often(0.3))
        self.maybe(spec, "os", 0.1, lambda: {"name": "linux"})
        if context or self.often(0.5):
            spec["securityContext"] = context
        metadata = {"name": name}
        self.maybe(metadata, "annotations", 0.08, lambda: {
            "container.apparmor.security.beta.kubernetes.io/c0":
                self.random.choice(["unconfined", "runtime/default", "localhost/foo"])})
        if "annotations" in metadata:
            context.pop("appArmorProfile", None)
            for one in spec["containers"]:
                one.get("securityContext", {}).pop("appArmorProfile", None)
        if not self.often(0.9):
            spec["hostNetwork"] = True
            for one in spec["containers"] + spec.get("initContainers", []):
                for port in one.get("ports", []):
                    port["hostPort"] = port["containerPort"]
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def warnings_of(headers):
    found = headers.get("Warning", [])
    found = found if isinstance(found, list) else [found]
    return [one.removeprefix('299 - "').removesuffix('"').replace('\\"', '"').replace("\\\\", "\\") for one in found]


def play(world, hook, namespace, whole, pods, counts):
    """What differs of these pods in that namespace. The server that defaults them is asked first, in a
    namespace without levels: what is no valid pod is none of either's."""
    found = []
    for body in pods:
        status, theirs, stored = world.create(body, whole)
        if status != 201:
            counts["invalid"] += 1
            continue
        others = set(warnings_of(theirs))
        status, headers, answer = world.create(body, namespace)
        stored["metadata"]["namespace"] = namespace
        ours = hook.decide("/validate", review(stored, namespace, "admin"))
        counts["compared"] += 1
        counts["refused"] += status == 403
        real = {"allowed": status == 201, "message": answer.get("message") if status != 201 else "",
                "warnings": [one for one in warnings_of(headers) if one not in others]}
        mine = {"allowed": ours["allowed"], "message": ours.get("status", {}).get("message", ""),
                "warnings": ours.get("warnings", [])}
        counts["warned"] += bool(real["warnings"])
        if real != mine:
            found.append("%s in %s\n  server  %s\n  podgate %s\n  %s" % (
                body["metadata"]["name"], namespace, real, mine, body))
    return found


def run(world, tap, pool, hook, count=PODS):
    """A test for each pair of levels, its namespaces left as they are."""
    world.namespace("whole", {APART: ""})
    rows = []
    for number, enforce in enumerate(LEVELS):
        for other, warn in enumerate(LEVELS):
            version = VERSIONS[(number * len(LEVELS) + other) % len(VERSIONS)]
            name = "%s-%s" % (enforce, warn)
            world.namespace(name, {APART: "", PREFIX + "enforce": enforce, PREFIX + "warn": warn,
                                   PREFIX + "enforce-version": version})
            generator = Generator("%d %s" % (SEED, name))
            rows.append((name, version, [generator.pod("p%d" % n) for n in range(count)]))
    counts = dict.fromkeys(("compared", "refused", "warned", "invalid"), 0)
    results = pool.map(lambda row: play(world, hook, row[0], "whole", row[2], counts), rows)
    for (name, version, _), found in zip(rows, results):
        tap.report("Pod Security of both, %s at %s" % (name, version), "\n".join(found[:5]))
    print("# %s" % counts)
    tap.report("most pods are valid", "" if counts["compared"] > count * len(rows) * 0.6 else str(counts))
