/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions, compared with what kubectl 1.20 and 1.32 printed for the same objects. */
#include "cli/describe.h"
#include "cli/tabs.h"
#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void labels(void **state)
{
    (void)state;
    static const struct {
        Str field;
        const char *label;
    } rows[] = {
        { STR_INIT("hostIPC"), "Host IPC" },
        { STR_INIT("hostPID"), "Host PID" },
        { STR_INIT("apiVersion"), "API Version" },
        { STR_INIT("uid"), "UID" },
        { STR_INIT("seLinux"), "Se Linux" },
        { STR_INIT("runAsUser"), "Run As User" },
        { STR_INIT("requiredDropCapabilities"), "Required Drop Capabilities" },
        { STR_INIT("allowedCSIDrivers"), "Allowed CSI Drivers" },
        { STR_INIT("a.b/c"), "a.b/c" },
        { STR_INIT("f:spec"), "f:spec" },
        { STR_INIT(""), "" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(arena_cstr(&a, describe_label(rows[i].field, &a)), rows[i].label);
    }
    arena_done(&a);
}

static const char policy[] =
    "{\"apiVersion\":\"policy/v1beta1\",\"kind\":\"PodSecurityPolicy\",\"metadata\":{"
    "\"annotations\":{\"seccomp.security.alpha.kubernetes.io/allowedProfileNames\":\"*\","
    "\"kubernetes.io/description\":\"privileged allows full unrestricted access to pod features, "
    "as if the PodSecurityPolicy controller was not enabled.\"},"
    "\"labels\":{\"kubernetes.io/cluster-service\":\"true\","
    "\"eks.amazonaws.com/component\":\"pod-security-policy\"},\"name\":\"eks.privileged\","
    "\"uid\":\"0d7da1a6\"},"
    "\"spec\":{\"privileged\":true,\"allowPrivilegeEscalation\":true,\"allowedCapabilities\":[\"*"
    "\"],"
    "\"hostNetwork\":true,\"hostIPC\":true,\"hostPID\":true,\"hostPorts\":[{\"min\":0,\"max\":"
    "65535}],"
    "\"fsGroup\":{\"rule\":\"RunAsAny\"},\"volumes\":[\"*\"]}}";

static const char described[] =
    "Name:         eks.privileged\n"
    "Namespace:    \n"
    "Labels:       eks.amazonaws.com/component=pod-security-policy\n"
    "              kubernetes.io/cluster-service=true\n"
    "Annotations:  kubernetes.io/description:\n"
    "                privileged allows full unrestricted access to pod features, as if the "
    "PodSecurityPolicy controller was not enabled.\n"
    "              seccomp.security.alpha.kubernetes.io/allowedProfileNames: *\n"
    "API Version:  policy/v1beta1\n"
    "Kind:         PodSecurityPolicy\n"
    "Metadata:\n"
    "  UID:  0d7da1a6\n"
    "Spec:\n"
    "  Allow Privilege Escalation:  true\n"
    "  Allowed Capabilities:\n"
    "    *\n"
    "  Fs Group:\n"
    "    Rule:        RunAsAny\n"
    "  Host IPC:      true\n"
    "  Host Network:  true\n"
    "  Host PID:      true\n"
    "  Host Ports:\n"
    "    Max:       65535\n"
    "    Min:       0\n"
    "  Privileged:  true\n"
    "  Volumes:\n"
    "    *\n"
    "Events:  <none>\n";

static void an_object(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value v;
    Err err;
    assert_true(json_read(STR("test"), STR(policy), NULL, &a, &v, &err));
    Buf b = buf_new(&a);
    describe_object(&v, &b);
    assert_string_equal(arena_cstr(&a, buf_str(&b)), described);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels),
        cmocka_unit_test(an_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
