/* SPDX-License-Identifier: Apache-2.0 */
/* The proof finds what is wrong with a policy: rows of a change to an advised one. */
#include "analyze/advise/psp_needs.h"
#include "analyze/advise/test_advise.h"

/* Everything that can be asked for, by someone. */
#define WORKLOADS                                                                              \
    POD("p",                                                                                   \
        "hostPID: true, securityContext: {fsGroup: 5, sysctls: [{name: kernel.msgmax, value: " \
        "'1'}, {name: net.ipv4.tcp_syncookies, value: '1'}]}, volumes: [{name: h, hostPath: "  \
        "{path: /var/log}}, {name: d, csi: {driver: d.io}}], ",                                \
        "runAsUser: 7, capabilities: {add: [A], drop: [B, C]}")                                \
    "---\n" POD("q", "", "runAsUser: 9, capabilities: {drop: [B]}, " SECCOMP)

#define SECCOMP "seccompProfile: {type: RuntimeDefault}"

static const struct {
    const char *path; /* what is set to value (JSON), or removed when that is NULL */
    const char *value;
    const char *want; /* in the message; NULL: the proof holds */
} rows[] = {
    { "/spec/privileged", "false", NULL },
    { "/spec/hostPID", "false", "pod/p in ns is refused: spec.securityContext.hostPID" },
    { "/spec/hostNetwork", "true", "hostNetwork: true is needed by none of them" },
    { "/spec/readOnlyRootFilesystem", "true", "would be changed: /spec/containers/0" },
    { "/spec/allowedCapabilities", "[\"A\",\"Z\"]", "allowedCapabilities: Z is needed by none" },
    { "/spec/allowedCapabilities", "[\"*\"]", "The API refuses it: requiredDropCapabilities" },
    { "/spec/requiredDropCapabilities", "[\"B\",\"C\"]", "pod/q in ns would be changed" },
    { "/spec/requiredDropCapabilities", NULL, "requiredDropCapabilities: not B is needed by none" },
    { "/spec/defaultAddCapabilities", "[\"X\"]", "would be changed" },
    { "/spec/volumes", "[\"csi\",\"hostPath\"]", "secret volumes are not allowed" },
    { "/spec/volumes", "[\"*\"]", "volumes: * instead of what is used of it is needed by none" },
    { "/spec/allowedHostPaths", "[{\"pathPrefix\":\"/var\",\"readOnly\":true}]",
      "allowedHostPaths: /var instead of what is used of it is needed by none" },
    { "/spec/allowedHostPaths", "[]", "allowedHostPaths: everything is needed by none" },
    { "/spec/allowedCSIDrivers", NULL, "allowedCSIDrivers: everything is needed by none" },
    { "/spec/runtimeClass", NULL, "runtimeClass: everything is needed by none" },
    { "/spec/allowedHostPaths", "[{\"pathPrefix\":\"/var/log\"}]",
      "allowedHostPaths: /var/log writable is needed by none" },
    { "/spec/allowedCSIDrivers", "[{\"name\":\"d.io\"},{\"name\":\"e.io\"}]",
      "allowedCSIDrivers: e.io is needed by none" },
    { "/spec/hostPorts", "[{\"min\":80,\"max\":80}]", "hostPorts: 80 is needed by none" },
    { "/spec/runAsUser", "{\"rule\":\"MustRunAs\",\"ranges\":[{\"min\":7,\"max\":10}]}",
      "runAsUser: 10 is needed by none" },
    { "/spec/runAsUser", "{\"rule\":\"MustRunAs\",\"ranges\":[{\"min\":7,\"max\":9}]}",
      "runAsUser: 8 is needed by none" },
    { "/spec/runAsUser", "{\"rule\":\"RunAsAny\"}",
      "RunAsAny instead of MustRunAsNonRoot is needed" },
    { "/spec/runAsUser", "{\"rule\":\"MustRunAsNonRoot\"}", "instead of MustRunAs is needed" },
    { "/spec/fsGroup", "{\"rule\":\"MustRunAs\",\"ranges\":[{\"min\":5,\"max\":5}]}",
      "pod/q in ns would be changed: /spec/securityContext/fsGroup" },
    { "/spec/fsGroup", "{\"rule\":\"MayRunAs\",\"ranges\":[{\"min\":4,\"max\":5}]}",
      "fsGroup: 4 is needed by none" },
    { "/spec/supplementalGroups", "{\"rule\":\"MayRunAs\",\"ranges\":[{\"min\":1,\"max\":65535}]}",
      "supplementalGroups: 1 is needed by none" },
    { "/spec/supplementalGroups", "{\"rule\":\"RunAsAny\"}",
      "supplementalGroups: RunAsAny instead of MayRunAs is needed by none" },
    { "/spec/runAsGroup", NULL, "runAsGroup: RunAsAny instead of MayRunAs is needed by none" },
    { "/spec/forbiddenSysctls", "[]", "forbiddenSysctls: not kernel.shm_rmid_forced is needed by" },
    { "/spec/allowedUnsafeSysctls", "[\"kernel.msgmax\",\"kernel.sem\"]",
      "kernel.sem is needed by none" },
    { "/spec/allowedUnsafeSysctls", "[\"kernel.msg*\"]",
      "kernel.msg* instead of what is used of it is needed by none" },
    { "/metadata/annotations", "{}", "seccomp may not be set" },
};

/* Sets or removes the member that the pointer ends with. */
static void change(Value *policy, const char *path, const char *json, Arena *a)
{
    Str pointer = str_from_c(path);
    size_t slash = (size_t)str_rindex_byte(pointer, '/');
    Value *object = pointer_get(policy, str_slice(pointer, 0, slash), a);
    Str name = str_slice(pointer, slash + 1, pointer.len);
    Value v = value_null();
    Err err;
    if (!json) {
        assert_true(value_remove(object, name));
        return;
    }
    assert_true(json_read(STR("row"), str_from_c(json), NULL, a, &v, &err));
    value_set(object, name, v, a);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Advised a;
        advised_open(&a, WORKLOADS, 20, ADVISE_PER_ALL);
        if (!a.ok) {
            fail_msg("%.*s", STR_ARG(a.err.msg));
        }
        AdvisePsp psp = a.report.policies[0];
        PspNeeds needs;
        Err err = { 0 };
        psp_needs_read(psp.pods, psp.pod_count, &a.target, &a.arena, &needs);
        change(&psp.policy, rows[i].path, rows[i].value, &a.arena);
        psp.taken_count = 0;
        bool holds = psp_prove(&needs, &psp, &a.arena, &err);
        if (holds != !rows[i].want ||
            (!holds && (!str_contains(err.msg, str_from_c(rows[i].want)) ||
                        !str_contains(err.msg, STR("defect of podgate"))))) {
            fail_msg("%s: %s\n got %.*s\nwant %s", rows[i].path, rows[i].value ? rows[i].value : "",
                     STR_ARG(err.msg), rows[i].want ? rows[i].want : "a proof");
        }
        advised_close(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
