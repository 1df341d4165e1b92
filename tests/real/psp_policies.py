# SPDX-License-Identifier: Apache-2.0
"""Generated PodSecurityPolicies, and RBAC that lets some use some of them."""

RULES = "rbac.authorization.k8s.io"
POLICY_GROUP = "policy/v1beta1"
ANNOTATION_SECCOMP = "seccomp.security.alpha.kubernetes.io/"
ANNOTATION_APPARMOR = "apparmor.security.beta.kubernetes.io/"
CAPABILITIES = ["ALL", "CHOWN", "KILL", "NET_RAW", "SYS_ADMIN", "SYS_TIME", "chown", "*", "CAP_CHOWN"]
VOLUME_TYPES = ["*", "hostPath", "emptyDir", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "secret",
                "nfs", "iscsi", "glusterfs", "persistentVolumeClaim", "rbd", "flexVolume", "cinder", "cephFS",
                "downwardAPI", "fc", "azureFile", "configMap", "vsphereVolume", "quobyte", "azureDisk",
                "photonPersistentDisk", "projected", "portworxVolume", "scaleIO", "storageos", "csi", "ephemeral"]
USUAL_TYPES = ["configMap", "emptyDir", "projected", "secret", "downwardAPI", "persistentVolumeClaim"]
SYSCTLS = ["kernel.msgmax", "kernel.*", "kernel.shm_rmid_forced", "net.*", "net.core.somaxconn", "*",
           "net.ipv4.tcp_syncookies", "net.ipv4.ip_local_port_range", "fs.mqueue.msg_max", "fs.mqueue.*"]
SECCOMP = ["*", "runtime/default", "docker/default", "unconfined", "localhost/a.json", "localhost/dir/b.json"]
APPARMOR = ["runtime/default", "localhost/foo", "localhost/bar", "unconfined"]
HOST_PATHS = ["/", "/var", "/var/", "/var/lib", "/etc", "/data/a", "/data"]
FLEX_DRIVERS = ["example/lvm", "example/cifs", "lvm", "Example/LVM"]
CSI_DRIVERS = ["a.csi.example", "b.csi.example", "A.csi.example"]
SELINUX = {"level": ["s0", "s0:c0,c1", "s0:c1,c0", "s0:c123,c456", "s1:c0", "s0:c1.c3"], "role": ["r", "object_r"],
           "type": ["container_t", "spc_t"], "user": ["u", "system_u"]}
RANGES = [(0, 0), (1, 10), (1, 65535), (5, 5), (1000, 1000), (1000, 2000), (1001, 3000), (65534, 65534)]
RUNTIME_CLASSES = ["fast", "slow", "heavy"]
PORTS = [(0, 65535), (80, 80), (8000, 8010), (8005, 9000), (1, 1023)]


class Dice:
    """What both generators do with a random number generator."""

    def __init__(self, random):
        self.random = random

    def often(self, share):
        return self.random.random() < share

    def one(self, values):
        return self.random.choice(values)

    def some(self, values, most=3):
        return self.random.sample(values, self.random.randint(1, min(most, len(values))))

    def maybe(self, into, name, share, make):
        if self.often(share):
            into[name] = make()

    def selinux(self):
        out = {}
        for name, share in (("level", 0.6), ("role", 0.3), ("type", 0.5), ("user", 0.3)):
            self.maybe(out, name, share, lambda name=name: self.one(SELINUX[name]))
        return out


class Policies(Dice):
    """Most of them valid; a policy restricts a few things and leaves the others open, so that pods
    come through."""

    def ranges(self):
        return [{"min": low, "max": high} for low, high in self.some(RANGES, 3)]

    def strategy(self, rules, strictness):
        """A rule with ranges, where it takes any."""
        rule = self.one(rules[1:]) if self.often(strictness) else rules[0]
        out = {"rule": rule}
        if rule in ("MustRunAs", "MayRunAs") or self.often(0.02):
            out["ranges"] = self.ranges()
        return out

    def capabilities(self, spec, strictness):
        self.maybe(spec, "allowedCapabilities", 0.4, lambda: self.some(CAPABILITIES, 4))
        self.maybe(spec, "requiredDropCapabilities", 0.4 * strictness, lambda: self.some(CAPABILITIES, 3))
        self.maybe(spec, "defaultAddCapabilities", 0.3 * strictness, lambda: self.some(CAPABILITIES, 2))
        clash = set(spec.get("requiredDropCapabilities", [])) & {
            *spec.get("defaultAddCapabilities", []), *spec.get("allowedCapabilities", [])}
        if clash and not self.often(0.1):
            spec["requiredDropCapabilities"] = [
                one for one in spec["requiredDropCapabilities"] if one not in clash]

    def volumes(self, spec):
        if self.often(0.5):
            spec["volumes"] = ["*"]
        elif self.often(0.9):
            spec["volumes"] = sorted({*(USUAL_TYPES if self.often(0.8) else []), *self.some(VOLUME_TYPES[1:], 8)})
        self.maybe(spec, "allowedHostPaths", 0.3, lambda: [
            {"pathPrefix": path, **({"readOnly": self.often(0.7)} if self.often(0.5) else {})}
            for path in self.some(HOST_PATHS)])
        self.maybe(spec, "allowedFlexVolumes", 0.2, lambda: [{"driver": one} for one in self.some(FLEX_DRIVERS)])
        self.maybe(spec, "allowedCSIDrivers", 0.2, lambda: [{"name": one} for one in self.some(CSI_DRIVERS)])

    def sysctls(self, spec):
        self.maybe(spec, "allowedUnsafeSysctls", 0.3, lambda: self.some(SYSCTLS))
        self.maybe(spec, "forbiddenSysctls", 0.2, lambda: self.some(SYSCTLS, 2))
        forbidden = spec.get("forbiddenSysctls", [])
        if any(one[:6] in str(forbidden) or one == "*" or "*" in forbidden
               for one in spec.get("allowedUnsafeSysctls", [])) and not self.often(0.1):
            del spec["allowedUnsafeSysctls"]

    def annotations(self):
        out = {}
        if self.often(0.7):
            allowed = ["*"] if self.often(0.6) else self.some(SECCOMP, 3)
            out[ANNOTATION_SECCOMP + "allowedProfileNames"] = ",".join(allowed)
            self.maybe(out, ANNOTATION_SECCOMP + "defaultProfileName", 0.3 if "*" in allowed else 0.8, lambda: self.one(
                [one for one in allowed if one != "*"] or SECCOMP[1:]))
        elif self.often(0.05):
            out[ANNOTATION_SECCOMP + "defaultProfileName"] = self.one(SECCOMP[1:])
        if self.often(0.35):
            allowed = self.some(APPARMOR, 3)
            self.maybe(out, ANNOTATION_APPARMOR + "allowedProfileNames", 0.8, lambda: ",".join(allowed))
            self.maybe(out, ANNOTATION_APPARMOR + "defaultProfileName", 0.5, lambda: self.one(allowed))
        return out

    def spec(self):
        strictness = self.one([0.0, 0.15, 0.4, 0.8])
        spec = {}
        for name, share in (("privileged", 0.3), ("hostNetwork", 0.4), ("hostPID", 0.4), ("hostIPC", 0.4)):
            self.maybe(spec, name, 0.8, lambda share=share: self.often(share))
        self.maybe(spec, "hostPorts", 0.5, lambda: [
            {"min": low, "max": high} for low, high in self.some(PORTS, 2)])
        self.capabilities(spec, strictness)
        self.volumes(spec)
        self.sysctls(spec)
        spec["seLinux"] = {"rule": "MustRunAs", "seLinuxOptions": self.selinux()} if self.often(
            0.5 * strictness) else {"rule": "RunAsAny"}
        spec["runAsUser"] = self.strategy(["RunAsAny", "MustRunAs", "MustRunAsNonRoot"], strictness)
        self.maybe(spec, "runAsGroup", 0.6, lambda: self.strategy(["RunAsAny", "MustRunAs", "MayRunAs"], strictness))
        spec["supplementalGroups"] = self.strategy(["RunAsAny", "MustRunAs", "MayRunAs"], strictness)
        spec["fsGroup"] = self.strategy(["RunAsAny", "MustRunAs", "MayRunAs"], strictness)
        self.maybe(spec, "readOnlyRootFilesystem", 0.3, lambda: self.often(strictness))
        self.maybe(spec, "allowPrivilegeEscalation", 0.5, lambda: self.often(1 - 0.6 * strictness))
        self.maybe(spec, "defaultAllowPrivilegeEscalation", 0.3 * strictness, lambda: self.often(0.3))
        if spec.get("privileged") and spec.get("allowPrivilegeEscalation") is False and not self.often(0.1):
            del spec["privileged"]
        if spec.get("allowPrivilegeEscalation") is False and not self.often(0.1):
            spec.pop("defaultAllowPrivilegeEscalation", None)
        self.maybe(spec, "allowedProcMountTypes", 0.1, lambda: self.some(["Default", "Unmasked"], 2))
        self.maybe(spec, "runtimeClass", 0.2, self.runtime_class)
        if self.often(0.03):  # an invalid one, mostly
            self.spoil(spec)
        return spec

    def runtime_class(self):
        allowed = ["*"] if self.often(0.3) else self.some(RUNTIME_CLASSES, 3) if self.often(0.8) else []
        out = {"allowedRuntimeClassNames": allowed}
        self.maybe(out, "defaultRuntimeClassName", 0.4, lambda: self.one(
            RUNTIME_CLASSES if allowed in (["*"], []) else allowed))
        return out

    def spoil(self, spec):
        field, value = self.one([
            ("runAsUser", {"rule": "MustRunAs"}), ("runAsUser", {"rule": "Never"}), ("seLinux", {"rule": ""}),
            ("fsGroup", {"rule": "MustRunAs", "ranges": [{"min": 10, "max": 1}]}),
            ("supplementalGroups", {"rule": "MayRunAs", "ranges": [{"min": -1, "max": 1}]}),
            ("volumes", ["none", "*"]), ("allowedHostPaths", [{"pathPrefix": ""}]),
            ("allowedHostPaths", [{"pathPrefix": "/a/../b"}]), ("allowedFlexVolumes", [{"driver": ""}]),
            ("allowedCSIDrivers", [{"name": "a b"}]), ("hostPorts", [{"min": 9, "max": 1}]),
            ("hostPorts", [{"min": -1, "max": 70000}]), ("allowedUnsafeSysctls", ["a..b"]),
            ("forbiddenSysctls", ["*.a", ""]), ("allowedProcMountTypes", ["Other"]),
            ("runtimeClass", {"allowedRuntimeClassNames": ["*", "a"]}),
            ("runtimeClass", {"allowedRuntimeClassNames": ["A_"], "defaultRuntimeClassName": "b"}),
            ("runAsGroup", {"rule": "MustRunAs"}), ("defaultAddCapabilities", ["*"])])
        spec[field] = value

    def policy(self, name):
        metadata = {"name": name}
        annotations = self.annotations()
        if annotations:
            metadata["annotations"] = annotations
        return {"apiVersion": POLICY_GROUP, "kind": "PodSecurityPolicy", "metadata": metadata, "spec": self.spec()}

    # -- who may use them ----------------------------------------------------------------------------

    def rule(self, names):
        """Mostly one that grants `use`."""
        out = {"apiGroups": [self.one(["policy", "policy", "policy", "extensions", "*", "apps"])],
               "resources": [self.one(["podsecuritypolicies"] * 8 + ["*", "pods"])],
               "verbs": self.one([["use"]] * 8 + [["*"], ["get", "list"], ["use", "create"]])}
        if names:
            out["resourceNames"] = names
        return out

    def grants(self, namespace, names, subjects):
        """Roles and their bindings. Those of the whole cluster name users of this namespace alone, or
        what is used here would be used elsewhere, too."""
        out = []
        for number in range(self.random.randint(2, 5)):
            name = "%s-%d" % (namespace, number)
            inside = self.often(0.6)
            role = "Role" if inside and self.often(0.5) else "ClusterRole"
            # One that names no policy grants those of all the namespaces.
            everything = inside and self.often(0.04)
            rule = self.rule(None if everything else self.some(names, 4))
            if not number:
                rule.update(apiGroups=["policy"], resources=["podsecuritypolicies"], verbs=["use"])
            out.append((role, namespace, {"metadata": {"name": name}, "rules": [rule]}))
            mine = [one for one in subjects if inside or not one["name"].startswith("system:")]
            out.append(("RoleBinding" if inside else "ClusterRoleBinding", namespace, {
                "metadata": {"name": name}, "subjects": self.some(mine, 4),
                "roleRef": {"apiGroup": RULES, "kind": role, "name": name}}))
        return out


def user(name):
    return {"apiGroup": RULES, "kind": "User", "name": name}


def group(name):
    return {"apiGroup": RULES, "kind": "Group", "name": name}


def account(namespace, name):
    return {"kind": "ServiceAccount", "namespace": namespace, "name": name}
