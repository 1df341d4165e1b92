/* SPDX-License-Identifier: Apache-2.0 */
/* Advised policies: rows of workloads and the spec that is advised. */
#include "analyze/advise/test_advise.h"

/* Beside what every row shares: see common below. */
static const struct {
    const char *name;
    const char *workloads;
    int minor; /* 0 for 20 */
    const char *path;
    const char *want; /* JSON; NULL: not there */
} rows[] = {
    { "nothing is asked for", POD("p", "", STRICT), 0, "/spec/privileged", "false" },
    { "nothing is asked for: volumes", POD("p", "automountServiceAccountToken: false, ", STRICT), 0,
      "/spec/volumes", "[]" },
    { "nothing is asked for: sysctls", POD("p", "", STRICT), 0, "/spec/forbiddenSysctls",
      "[\"*\"]" },
    { "every container is read-only", POD("p", "", STRICT), 0, "/spec/readOnlyRootFilesystem",
      "true" },
    { "every container forbids escalation", POD("p", "", STRICT), 0,
      "/spec/allowPrivilegeEscalation", "false" },
    { "all drops are required", POD("p", "", STRICT), 0, "/spec/requiredDropCapabilities",
      "[\"ALL\"]" },
    { "unset is writable", POD("p", "", ""), 0, "/spec/readOnlyRootFilesystem", "false" },
    { "unset may escalate", POD("p", "", ""), 0, "/spec/allowPrivilegeEscalation", "true" },
    { "the token is a secret", POD("p", "", ""), 0, "/spec/volumes", "[\"secret\"]" },
    { "the token as a projected volume needs no more", POD("p", "", ""), 30, "/spec/volumes",
      "[\"secret\"]" },
    { "what another needs is enough",
      POD("p", "volumes: [{name: v, projected: {sources: [{secret: {name: s}}]}}], ", ""), 30,
      "/spec/volumes", "[\"projected\"]" },
    { "users as ranges",
      POD("p", "", "runAsUser: 7") "---\n" POD("q", "", "runAsUser: 5") "---\n" POD(
          "r", "", "runAsUser: 6") "---\n" POD("s", "", "runAsUser: 1000"),
      0, "/spec/runAsUser",
      "{\"rule\":\"MustRunAs\",\"ranges\":[{\"min\":5,\"max\":7},{\"min\":1000,\"max\":1000}]}" },
    { "the pod's user is the container's",
      POD("p",
          "securityContext: {runAsUser: 3, runAsGroup: 4, fsGroup: 5, "
          "supplementalGroups: [6]}, ",
          ""),
      0, "/spec/runAsUser", "{\"rule\":\"MustRunAs\",\"ranges\":[{\"min\":3,\"max\":3}]}" },
    { "groups that all have",
      POD("p",
          "securityContext: {runAsUser: 3, runAsGroup: 4, fsGroup: 5, "
          "supplementalGroups: [6]}, ",
          ""),
      0, "/spec/supplementalGroups",
      "{\"rule\":\"MustRunAs\",\"ranges\":[{\"min\":6,\"max\":6}]}" },
    { "an empty list is none",
      POD("p", "securityContext: {supplementalGroups: []}, ",
          "") "---\n" POD("q", "securityContext: {supplementalGroups: [6]}, ", ""),
      0, "/spec/supplementalGroups", "{\"rule\":\"MayRunAs\",\"ranges\":[{\"min\":6,\"max\":6}]}" },
    { "groups that some have",
      POD("p", "securityContext: {fsGroup: 5}, ", "") "---\n" POD("q", "", ""), 0, "/spec/fsGroup",
      "{\"rule\":\"MayRunAs\",\"ranges\":[{\"min\":5,\"max\":5}]}" },
    { "a group that nobody has", POD("p", "", ""), 0, "/spec/fsGroup",
      "{\"rule\":\"MayRunAs\",\"ranges\":[{\"min\":65534,\"max\":65534}]}" },
    { "no root where the pod says so", POD("p", "", "runAsNonRoot: true"), 0, "/spec/runAsUser",
      "{\"rule\":\"MustRunAsNonRoot\"}" },
    { "a user and runAsNonRoot",
      POD("p", "", "runAsNonRoot: true") "---\n" POD("q", "", "runAsUser: 4"), 0, "/spec/runAsUser",
      "{\"rule\":\"MustRunAsNonRoot\"}" },
    { "only when all say so", POD("p", "", "runAsNonRoot: true") "---\n" POD("q", "", ""), 0,
      "/spec/runAsUser", "{\"rule\":\"RunAsAny\"}" },
    { "a user that may be root",
      POD("p", "", "runAsUser: 4, runAsNonRoot: false") "---\n" POD("q", "", "runAsNonRoot: true"),
      0, "/spec/runAsUser", "{\"rule\":\"RunAsAny\"}" },
    { "root is a user", POD("p", "", "runAsUser: 0"), 0, "/spec/runAsUser",
      "{\"rule\":\"MustRunAs\",\"ranges\":[{\"min\":0,\"max\":0}]}" },
    { "host ports as ranges",
      POD("p", "",
          "}, ports: [{containerPort: 1, hostPort: 81}, {containerPort: 2, hostPort: 80}, "
          "{containerPort: 3, hostPort: 90}], lifecycle: {"),
      0, "/spec/hostPorts", "[{\"min\":80,\"max\":81},{\"min\":90,\"max\":90}]" },
    { "under hostNetwork ports are the host's",
      POD("p", "hostNetwork: true, ", "}, ports: [{containerPort: 80}], lifecycle: {"), 0,
      "/spec/hostPorts", "[{\"min\":80,\"max\":80}]" },
    { "paths within others",
      POD("p",
          "volumes: [{name: a, hostPath: {path: /var/log/}}, {name: b, hostPath: "
          "{path: /var/log/pods}}, {name: c, hostPath: {path: /var/logs}}], ",
          ""),
      0, "/spec/allowedHostPaths",
      "[{\"pathPrefix\":\"/var/log\",\"readOnly\":true},"
      "{\"pathPrefix\":\"/var/logs\",\"readOnly\":true}]" },
    { "a path that is written within one that is read",
      POD("p",
          "volumes: [{name: a, hostPath: {path: /var}}, {name: b, hostPath: {path: /var/x}}], ",
          "}, volumeMounts: [{name: a, mountPath: /a, readOnly: true}, {name: b, mountPath: /b}], "
          "lifecycle: {"),
      0, "/spec/allowedHostPaths",
      "[{\"pathPrefix\":\"/var\",\"readOnly\":true},{\"pathPrefix\":\"/var/x\"}]" },
    { "a path that is read within one that is written",
      POD("p",
          "volumes: [{name: a, hostPath: {path: /var}}, {name: b, hostPath: {path: /var/x}}], ",
          "}, volumeMounts: [{name: b, mountPath: /b, readOnly: true}, {name: a, mountPath: /a}], "
          "lifecycle: {"),
      0, "/spec/allowedHostPaths", "[{\"pathPrefix\":\"/var\"}]" },
    { "the whole host",
      POD("p", "volumes: [{name: a, hostPath: {path: /}}, {name: b, hostPath: {path: /x}}], ", ""),
      0, "/spec/allowedHostPaths", "[{\"pathPrefix\":\"/\",\"readOnly\":true}]" },
    { "capabilities, sorted", POD("p", "", "capabilities: {add: [SYS_TIME, NET_RAW], drop: [ALL]}"),
      0, "/spec/allowedCapabilities", "[\"NET_RAW\",\"SYS_TIME\"]" },
    { "a drop that others add is not required",
      POD("p", "", "capabilities: {add: [A], drop: [A, B]}"), 0, "/spec/requiredDropCapabilities",
      "[\"B\"]" },
    { "unsafe sysctls",
      POD("p", "securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}]}, ", ""), 0,
      "/spec/allowedUnsafeSysctls", "[\"kernel.msgmax\"]" },
    { "safe sysctls that are not set are forbidden",
      POD("p", "securityContext: {sysctls: [{name: kernel.shm_rmid_forced, value: '1'}]}, ", ""), 0,
      "/spec/forbiddenSysctls",
      "[\"net.ipv4.ip_local_port_range\",\"net.ipv4.tcp_syncookies\","
      "\"net.ipv4.ping_group_range\"]" },
    { "drivers",
      POD("p", "volumes: [{name: a, csi: {driver: d.io}}, {name: b, flexVolume: {driver: x/y}}], ",
          ""),
      0, "/spec/allowedCSIDrivers", "[{\"name\":\"d.io\"}]" },
    { "runtime classes", POD("p", "runtimeClassName: gvisor, ", ""), 0, "/spec/runtimeClass",
      "{\"allowedRuntimeClassNames\":[\"gvisor\"]}" },
    { "procMount", POD("p", "hostUsers: false, ", "procMount: Unmasked") "---\n" POD("q", "", ""),
      33, "/spec/allowedProcMountTypes", "[\"Default\",\"Unmasked\"]" },
    { "no profile is a list of none", POD("p", "", ""), 0, "/metadata/annotations", NULL },
    { "seccomp profiles of all",
      POD("p", "securityContext: {seccompProfile: {type: RuntimeDefault}}, ", ""), 0,
      "/metadata/annotations",
      "{\"seccomp.security.alpha.kubernetes.io/allowedProfileNames\":\"runtime/default\"}" },
    { "seccomp profiles of some",
      POD("p", "securityContext: {seccompProfile: {type: RuntimeDefault}}, ",
          "") "---\n" POD("q", "", ""),
      30, "/metadata/annotations",
      "{\"seccomp.security.alpha.kubernetes.io/allowedProfileNames\":\"*\"}" },
    { "two names of one profile",
      "{apiVersion: v1, kind: Pod, metadata: {name: o, namespace: ns, annotations: "
      "{seccomp.security.alpha.kubernetes.io/pod: docker/default}}, spec: {containers: [{name: c, "
      "image: x}]}}\n---\n" POD("p", "securityContext: {seccompProfile: {type: RuntimeDefault}}, ",
                                ""),
      0, "/metadata/annotations",
      "{\"seccomp.security.alpha.kubernetes.io/allowedProfileNames\":\"runtime/default\"}" },
    { "AppArmor profiles of all", POD("p", "", "appArmorProfile: {type: RuntimeDefault}"), 31,
      "/metadata/annotations",
      "{\"apparmor.security.beta.kubernetes.io/allowedProfileNames\":\"runtime/default\"}" },
    { "AppArmor profiles of some",
      POD("p", "", "appArmorProfile: {type: RuntimeDefault}") "---\n" POD("q", "", ""), 31,
      "/metadata/annotations", NULL },
    { "SELinux options of all",
      POD("p", "securityContext: {seLinuxOptions: {level: 's0:c1,c2'}}, ",
          "") "---\n" POD("q", "securityContext: {seLinuxOptions: {level: 's0:c2,c1'}}, ", ""),
      0, "/spec/seLinux", "{\"rule\":\"MustRunAs\",\"seLinuxOptions\":{\"level\":\"s0:c1,c2\"}}" },
    { "SELinux options of one container", POD("p", "", "seLinuxOptions: {level: s0}"), 0,
      "/spec/seLinux", "{\"rule\":\"RunAsAny\"}" },
    { "host process containers are privileged",
      POD("p", "hostNetwork: true, os: {name: windows}, ",
          "windowsOptions: {hostProcess: true, runAsUserName: x}"),
      30, "/spec/privileged", "true" },
    { "an owner counts with its pods", DEPLOYMENT "---\n" REPLICA_SET "---\n" RUNNING, 0,
      "/spec/allowedCapabilities", "[\"NET_ADMIN\"]" },
    { "a container that looks into a pod does not count",
      "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns, uid: u}, spec: {containers: "
      "[{name: c, image: x}], ephemeralContainers: [{name: e, image: x, securityContext: "
      "{privileged: true}}]}}",
      37, "/spec/privileged", "false" },
    { "groups of the newest version", POD("p", "", ""), 37, "/apiVersion", "\"podgate.io/v1\"" },
    { "and of older ones", POD("p", "", ""), 24, "/apiVersion", "\"policy/v1beta1\"" },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Advised a;
        advised_open(&a, rows[i].workloads, rows[i].minor ? rows[i].minor : 20, ADVISE_PER_ALL);
        if (!a.ok || a.inputs.skipped) {
            fail_msg("%s: %.*s", rows[i].name, STR_ARG(a.ok ? a.inputs.skipped->why : a.err.msg));
        }
        const Value *got = pointer_get(&a.report.policies[0].policy, str_from_c(rows[i].path),
                                       &a.arena);
        Buf text = buf_new(&a.arena);
        if (got) {
            json_write(got, &text);
        }
        if (!str_eq(buf_str(&text), str_from_c(rows[i].want))) {
            fail_msg("%s: got %.*s, want %s", rows[i].name, STR_ARG(buf_str(&text)),
                     rows[i].want ? rows[i].want : "nothing");
        }
        advised_close(&a);
    }
}

static void test_owner_counts_once(void **state)
{
    (void)state;
    Advised a;
    advised_open(&a, DEPLOYMENT "---\n" REPLICA_SET "---\n" RUNNING, 20, ADVISE_PER_WORKLOAD);
    assert_true(a.ok);
    assert_int_equal(a.report.count, 1);
    const AdvisePsp *psp = &a.report.policies[0];
    assert_int_equal(psp->workload_count, 1);
    assert_int_equal(psp->pod_count, 2); /* the template, and one with a sidecar */
    Str name = arena_concat(&a.arena, psp->name, STR(""));
    assert_true(str_eq(name, STR("advised.ns.deployment.web")));
    Buf yaml = buf_new(&a.arena);
    advise_psp_write_yaml(&a.report, (AdvisePspYaml){ 0 }, &yaml);
    assert_true(str_contains(buf_str(&yaml),
                             STR("- NET_ADMIN # needed by deployment/web container sidecar (in "
                                 "pod/web-1-a)\n")));
    advised_close(&a);
}

static void test_what_no_policy_admits(void **state)
{
    (void)state;
    Advised a;
    advised_open(&a, POD("p", "", "procMount: Unmasked") "---\n" POD("q", "", ""), 20,
                 ADVISE_PER_ALL);
    assert_true(a.ok);
    assert_int_equal(a.inputs.skipped_count, 1);
    assert_true(str_contains(a.inputs.skipped->why, STR("ProcMountType is not allowed")));
    assert_int_equal(a.report.policies[0].workload_count, 1);
    advised_close(&a);
}

/* A dump of a newer cluster, decided as an older one. */
static void test_what_no_policy_can_name(void **state)
{
    (void)state;
    Advised a;
    advised_open(&a,
                 "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns, uid: u}, spec: "
                 "{securityContext: {sysctls: [{name: kernel/msgmax, value: '1'}]}, containers: "
                 "[{name: c, image: x}]}}\n---\n" POD("q", "", ""),
                 20, ADVISE_PER_ALL);
    assert_true(a.ok);
    assert_int_equal(a.inputs.skipped_count, 1);
    assert_true(str_contains(a.inputs.skipped->why, STR("no policy that names what it has")));
    advised_close(&a);
}

static void test_groups(void **state)
{
    static const struct {
        AdvisePer per;
        const char *names;
    } groups[] = {
        { ADVISE_PER_ALL, "advised" },
        { ADVISE_PER_NAMESPACE, "advised.mm advised.ns" },
        { ADVISE_PER_ACCOUNT, "advised.mm.default advised.ns.a advised.ns.default" },
        { ADVISE_PER_WORKLOAD, "advised.mm.pod.z advised.ns.pod.w advised.ns.pod.x" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        Advised a;
        advised_open(
            &a,
            POD("x", "serviceAccountName: a, ", "") "---\n" POD(
                "w", "",
                "") "---\n"
                    "{apiVersion: v1, kind: Pod, metadata: {name: z, namespace: mm}, spec: "
                    "{containers: [{name: c, image: x}]}}\n",
            20, groups[i].per);
        assert_true(a.ok);
        Buf names = buf_new(&a.arena);
        for (size_t k = 0; k < a.report.count; k++) {
            buf_printf(&names, "%s%.*s", k ? " " : "", STR_ARG(a.report.policies[k].name));
        }
        assert_string_equal(arena_cstr(&a.arena, buf_str(&names)), groups[i].names);
        advised_close(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_owner_counts_once),
        cmocka_unit_test(test_what_no_policy_admits),
        cmocka_unit_test(test_what_no_policy_can_name),
        cmocka_unit_test(test_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
