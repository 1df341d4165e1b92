# SPDX-License-Identifier: Apache-2.0
"""Generated pods: all fields that a PodSecurityPolicy decides about."""

from psp_policies import CSI_DRIVERS, Dice, FLEX_DRIVERS, RUNTIME_CLASSES

CAPABILITIES = ["CHOWN", "KILL", "NET_RAW", "SYS_ADMIN", "SYS_TIME", "ALL", "chown", "CAP_CHOWN", "*"]
IDS = [0, 1, 5, 7, 1000, 1001, 1500, 2500, 65534, 65536]
SYSCTLS = ["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "kernel.msgmax",
           "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "net.core.somaxconn",
           "fs.mqueue.msg_max", "kernel.sem", "vm.swappiness", "net/core/somaxconn"]
HOST_PATHS = ["/var", "/var/", "/var/lib", "/var/lib/x", "/varx", "/etc", "/", "/data", "/data/a/b", "/data/ab", "data"]
PROFILES = [{"type": "RuntimeDefault"}, {"type": "Unconfined"}, {"type": "Localhost", "localhostProfile": "a.json"},
            {"type": "Localhost", "localhostProfile": "dir/b.json"}]
SECCOMP = ["runtime/default", "docker/default", "unconfined", "localhost/a.json", "localhost/dir/b.json", "other"]
APPARMOR = ["runtime/default", "localhost/foo", "localhost/bar", "unconfined", "localhost/baz"]
USUAL_VOLUMES = [
    {"emptyDir": {}}, {"configMap": {"name": "c"}}, {"secret": {"secretName": "s"}},
    {"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.name"}}]}},
    {"persistentVolumeClaim": {"claimName": "c"}}, {"projected": {"sources": [{"configMap": {"name": "c"}}]}},
    {"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}, {}]
# As the ServiceAccount plugin makes it, which `secret` admits, too; and those that look alike.
TOKEN_SOURCES = [
    {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}},
    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    {"downwardAPI": {"items": [
        {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}}]
RARE_VOLUMES = [
    {"gcePersistentDisk": {"pdName": "p"}}, {"awsElasticBlockStore": {"volumeID": "v"}},
    {"gitRepo": {"repository": "r"}}, {"nfs": {"server": "s", "path": "/p"}},
    {"iscsi": {"targetPortal": "1.2.3.4", "iqn": "iqn.2001-04.com.example:a", "lun": 0}},
    {"glusterfs": {"endpoints": "e", "path": "p"}}, {"rbd": {"monitors": ["m"], "image": "i"}},
    {"cinder": {"volumeID": "v"}}, {"cephfs": {"monitors": ["m"]}}, {"flocker": {"datasetName": "d"}},
    {"fc": {"targetWWNs": ["w"], "lun": 1}}, {"azureFile": {"secretName": "s", "shareName": "n"}},
    {"vsphereVolume": {"volumePath": "v"}}, {"quobyte": {"registry": "r:1", "volume": "v"}},
    {"azureDisk": {"diskName": "d", "diskURI": "https://blob/d"}}, {"photonPersistentDisk": {"pdID": "p"}},
    {"portworxVolume": {"volumeID": "v"}}, {"storageos": {"volumeName": "v"}},
    {"scaleIO": {"gateway": "g", "system": "s", "secretRef": {"name": "n"}, "volumeName": "v"}},
    {"ephemeral": {"volumeClaimTemplate": {"spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}}}]


class Pods(Dice):
    """Mostly valid, with a few things in each that some policy may refuse."""

    def __init__(self, random, accounts):
        super().__init__(random)
        self.accounts = accounts
        self.share = 0.1

    def rare(self, into, name, make, weight=1.0):
        self.maybe(into, name, self.share * weight, make)

    def windows(self):
        return {"runAsUserName": "ContainerUser"}

    def both(self, context):
        """What pods and containers have alike."""
        self.rare(context, "runAsNonRoot", lambda: self.often(0.7))
        self.rare(context, "runAsUser", lambda: self.one(IDS), 1.5)
        self.rare(context, "runAsGroup", lambda: self.one(IDS))
        self.rare(context, "seLinuxOptions", self.selinux)
        self.rare(context, "seccompProfile", lambda: self.one(PROFILES))
        self.rare(context, "windowsOptions", self.windows, 0.3)

    def capabilities(self):
        out = {}
        self.maybe(out, "add", 0.6, lambda: self.some(CAPABILITIES))
        self.maybe(out, "drop", 0.6, lambda: self.some(CAPABILITIES))
        return out

    def container(self, name, mounts=(), host=False):
        out = {"name": name, "image": "i"}
        context = {}
        self.both(context)
        self.rare(context, "capabilities", self.capabilities, 2)
        self.rare(context, "readOnlyRootFilesystem", lambda: self.often(0.6))
        self.rare(context, "procMount", lambda: self.one(["Default", "Unmasked"]), 0.5)
        self.rare(context, "privileged", lambda: self.often(0.6))
        self.rare(context, "allowPrivilegeEscalation", lambda: self.often(0.4), 2)
        dangerous = context.get("privileged") or "SYS_ADMIN" in str(context)
        if dangerous and context.get("allowPrivilegeEscalation") is False and not self.often(0.1):
            del context["allowPrivilegeEscalation"]
        if context or self.often(0.3):
            out["securityContext"] = context
        self.rare(out, "ports", lambda: [self.port(number, host) for number in range(self.random.randint(1, 2))], 1.5)
        mounted = [{"name": volume, "mountPath": "/m/" + volume, **({"readOnly": self.often(0.6)} if self.often(0.6)
                                                                    else {})}
                   for volume in mounts if self.often(0.7)]
        if mounted:
            out["volumeMounts"] = mounted
        return out

    def port(self, number, host):
        port = self.one([80, 443, 8000, 8004, 8011, 9000]) + number
        out = {"containerPort": port}
        if host and not self.often(0.05):
            out["hostPort"] = port
        elif not host and self.often(0.6):
            out["hostPort"] = self.one([port, 80 + number, 5000 + number])
        return out

    def volume(self):
        kind = self.random.random()
        if kind < 0.45:
            return self.one(USUAL_VOLUMES)
        if kind < 0.6:
            return {"hostPath": {"path": self.one(HOST_PATHS)}}
        if kind < 0.68:
            return {"flexVolume": {"driver": self.one(FLEX_DRIVERS)}}
        if kind < 0.76:
            return {"csi": {"driver": self.one(CSI_DRIVERS)}}
        if kind < 0.86:
            sources = [one for one in TOKEN_SOURCES if not self.often(0.15)]
            return {"projected": {"defaultMode": 420, "sources": sources}}
        return self.one(RARE_VOLUMES)

    def volumes(self):
        return [{"name": "v%d" % number, **self.volume()} for number in range(self.random.randint(1, 3))]

    def security(self):
        context = {}
        self.both(context)
        self.rare(context, "fsGroup", lambda: self.one(IDS), 1.5)
        self.rare(context, "supplementalGroups", lambda: self.some(IDS), 1.5)
        self.rare(context, "fsGroupChangePolicy", lambda: self.one(["Always", "OnRootMismatch"]), 0.5)
        self.rare(context, "sysctls", lambda: [{"name": one, "value": "1"} for one in self.some(SYSCTLS)], 1.5)
        return context

    def annotations(self, names):
        out = {}
        self.rare(out, "seccomp.security.alpha.kubernetes.io/pod", lambda: self.one(SECCOMP))
        for name in names:
            self.rare(out, "container.seccomp.security.alpha.kubernetes.io/" + name, lambda: self.one(SECCOMP), 0.7)
            self.rare(out, "container.apparmor.security.beta.kubernetes.io/" + name, lambda: self.one(APPARMOR))
        self.rare(out, "kubernetes.io/psp", lambda: self.one(["mine", ""]), 0.5)
        return out

    def host_process(self, spec):
        for one in spec["containers"] + spec.get("initContainers", []):
            one.setdefault("securityContext", {})["windowsOptions"] = {"hostProcess": True}
        spec["hostNetwork"] = True

    def spec(self):
        host = self.often(self.share)
        spec = {}
        if host:
            spec["hostNetwork"] = True
        for name in ("hostPID", "hostIPC"):
            self.rare(spec, name, lambda: self.often(0.8))
        self.rare(spec, "volumes", self.volumes, 4)
        mounts = [one["name"] for one in spec.get("volumes", [])]
        spec["containers"] = [self.container("c%d" % number, mounts, host)
                              for number in range(self.one([1, 1, 1, 2, 3]))]
        self.rare(spec, "initContainers", lambda: [self.container("i", mounts, host)], 2)
        self.rare(spec, "ephemeralContainers", lambda: [{"name": "e", "image": "i"}], 0.03)
        context = self.security()
        if context or self.often(0.3):
            spec["securityContext"] = context
        self.rare(spec, "runtimeClassName", lambda: self.one(RUNTIME_CLASSES))
        self.rare(spec, "shareProcessNamespace", lambda: self.often(0.5), 0.5)
        self.rare(spec, "hostname", lambda: "h", 0.5)
        self.rare(spec, "windows", lambda: True, 0.1)
        if spec.pop("windows", False):
            self.host_process(spec)
        self.rare(spec, "os", lambda: {"name": self.one(["linux", "windows"])}, 0.3)
        self.rare(spec, "automountServiceAccountToken", lambda: self.often(0.3), 4)
        self.maybe(spec, "serviceAccountName", 0.7, lambda: self.one(self.accounts))
        return spec

    def pod(self, name):
        self.share = self.one([0.0, 0.03, 0.06, 0.1, 0.2])
        spec = self.spec()
        containers = spec["containers"] + spec.get("initContainers", [])
        metadata = {"name": name}
        annotations = self.annotations([one["name"] for one in containers])
        # A profile that is both a field and an annotation must be the same in both.
        if any("seccompProfile" in one.get("securityContext", {}) for one in [spec, *containers]) \
                and not self.often(0.1):
            annotations = {key: value for key, value in annotations.items() if "seccomp" not in key}
        if annotations:
            metadata["annotations"] = annotations
        return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}

    def ephemeral(self):
        """A strategic merge patch that adds one to the pod."""
        one = self.container("debug")
        for name in ("ports", "volumeMounts"):
            one.pop(name, None)
        patch = {"spec": {"ephemeralContainers": [one]}}
        if self.often(0.2):  # what does not belong there
            patch["metadata"] = {"labels": {"a": "b"}}
        return patch

    def change(self):
        """A patch of a stored pod: its headers and its body."""
        strategic = {"Content-Type": "application/strategic-merge-patch+json"}
        return strategic, self.one([
            {"metadata": {"labels": {"a": "b"}}}, {"metadata": {"annotations": {"kubernetes.io/psp": "other"}}},
            {"metadata": {"annotations": {"kubernetes.io/psp": None}}},
            {"spec": {"containers": [{"name": "c0", "image": "another"}]}},
            {"metadata": {"finalizers": ["example.com/f"]}}, {"spec": {"activeDeadlineSeconds": 100}},
            {"metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/c0": "localhost/bar"}}},
            {"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "c", "uid": "u"}]}},
            {"spec": {"hostPID": True}}])
