/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling policies: every field and its type, defaults, what builds no provider, size. */
#include "decide/psp/policy.h"

#include "decide/psp/test_psp.h"

static const PspPolicy *compile(Arena *a, const char *json, Err *err)
{
    Value v = psp_test_json(a, json);
    return psp_policy_compile(&v, a, err);
}

/* -- types ------------------------------------------------------------------------------------- */

typedef struct TypeRow {
    const char *field; /* below spec; {} stands for the wrong value */
    const char *want;
} TypeRow;

static const TypeRow types[] = {
    { "'privileged':'yes'", "spec.privileged: must be a boolean, not string" },
    { "'hostNetwork':1", "spec.hostNetwork: must be a boolean, not number" },
    { "'hostPID':[]", "spec.hostPID: must be a boolean, not array" },
    { "'hostIPC':{}", "spec.hostIPC: must be a boolean, not object" },
    { "'readOnlyRootFilesystem':'x'",
      "spec.readOnlyRootFilesystem: must be a boolean, not string" },
    { "'defaultAllowPrivilegeEscalation':0",
      "spec.defaultAllowPrivilegeEscalation: must be a boolean, not number" },
    { "'allowPrivilegeEscalation':0",
      "spec.allowPrivilegeEscalation: must be a boolean, not number" },
    { "'defaultAddCapabilities':'KILL'",
      "spec.defaultAddCapabilities: must be an array, not string" },
    { "'requiredDropCapabilities':[1]",
      "spec.requiredDropCapabilities[0]: must be a string, not number" },
    { "'allowedCapabilities':{}", "spec.allowedCapabilities: must be an array, not object" },
    { "'volumes':'*'", "spec.volumes: must be an array, not string" },
    { "'volumes':['secret',true]", "spec.volumes[1]: must be a string, not boolean" },
    { "'hostPorts':{}", "spec.hostPorts: must be an array, not object" },
    { "'hostPorts':[7]", "spec.hostPorts[0]: must be an object, not number" },
    { "'hostPorts':[{'min':'1'}]", "spec.hostPorts[0].min: must be a 32-bit integer, not string" },
    { "'hostPorts':[{'min':1,'max':2147483648}]",
      "spec.hostPorts[0].max: must be a 32-bit integer, not number" },
    { "'seLinux':'x'", "spec.seLinux: must be an object, not string" },
    { "'seLinux':{'rule':1}", "spec.seLinux.rule: must be a string, not number" },
    { "'seLinux':{'seLinuxOptions':1}",
      "spec.seLinux.seLinuxOptions: must be an object, not number" },
    { "'seLinux':{'seLinuxOptions':{'level':1}}",
      "spec.seLinux.seLinuxOptions.level: must be a string, not number" },
    { "'runAsUser':{'ranges':{}}", "spec.runAsUser.ranges: must be an array, not object" },
    { "'runAsUser':{'ranges':[{'min':1.5}]}",
      "spec.runAsUser.ranges[0].min: must be an integer, not number" },
    { "'runAsGroup':[]", "spec.runAsGroup: must be an object, not array" },
    { "'supplementalGroups':{'ranges':[{'max':'x'}]}",
      "spec.supplementalGroups.ranges[0].max: must be an integer, not string" },
    { "'fsGroup':{'rule':[]}", "spec.fsGroup.rule: must be a string, not array" },
    { "'allowedHostPaths':['/a']", "spec.allowedHostPaths[0]: must be an object, not string" },
    { "'allowedHostPaths':[{'pathPrefix':1}]",
      "spec.allowedHostPaths[0].pathPrefix: must be a string, not number" },
    { "'allowedHostPaths':[{'readOnly':'x'}]",
      "spec.allowedHostPaths[0].readOnly: must be a boolean, not string" },
    { "'allowedFlexVolumes':[{'driver':1}]",
      "spec.allowedFlexVolumes[0].driver: must be a string, not number" },
    { "'allowedCSIDrivers':[{'name':{}}]",
      "spec.allowedCSIDrivers[0].name: must be a string, not object" },
    { "'allowedUnsafeSysctls':1", "spec.allowedUnsafeSysctls: must be an array, not number" },
    { "'forbiddenSysctls':[[]]", "spec.forbiddenSysctls[0]: must be a string, not array" },
    { "'allowedProcMountTypes':'x'", "spec.allowedProcMountTypes: must be an array, not string" },
    { "'runtimeClass':'x'", "spec.runtimeClass: must be an object, not string" },
    { "'runtimeClass':{'allowedRuntimeClassNames':'x'}",
      "spec.runtimeClass.allowedRuntimeClassNames: must be an array, not string" },
    { "'runtimeClass':{'defaultRuntimeClassName':1}",
      "spec.runtimeClass.defaultRuntimeClassName: must be a string, not number" },
};

static void test_types(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        Err err = { 0 };
        Str json = arena_printf(&a, "{'metadata':{'name':'p'},'spec':{%s}}", types[i].field);
        assert_null(compile(&a, arena_cstr(&a, json), &err));
        assert_int_equal(err.code, ERR_TYPE);
        psp_test_same(types[i].field, "error", err.msg, str_from_c(types[i].want));
    }
    arena_done(&a);
}

static void test_not_a_policy(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "[]", "not a PodSecurityPolicy" },
        { "{'kind':'Pod'}", "not a PodSecurityPolicy" },
        { "{'metadata':[]}", "metadata: must be an object, not array" },
        { "{'metadata':{'annotations':'x'}}",
          "metadata.annotations: must be an object, not string" },
        { "{'spec':true}", "spec: must be an object, not boolean" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err err = { 0 };
        assert_null(compile(&a, rows[i][0], &err));
        psp_test_same(rows[i][0], "error", err.msg, str_from_c(rows[i][1]));
    }
    arena_done(&a);
}

/* -- defaults ---------------------------------------------------------------------------------- */

static void test_nulls_and_defaults(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Err err = { 0 };
    const PspPolicy *p = compile(
        &a,
        "{'apiVersion':'extensions/v1beta1','kind':'PodSecurityPolicy',"
        "'metadata':{'name':'p','annotations':null},'spec':{'privileged':null,"
        "'volumes':null,'hostPorts':[null],'requiredDropCapabilities':[null],"
        "'runAsGroup':null,'defaultAllowPrivilegeEscalation':null}}",
        &err);
    assert_non_null(p);
    psp_test_same("defaults", "version", p->api_version, STR("extensions/v1beta1"));
    assert_true(p->allow_privilege_escalation);
    assert_false(p->default_allow_privilege_escalation.set);
    assert_int_equal(p->run_as_group.rule, PSP_RUN_AS_ANY);
    assert_int_equal(p->host_port_count, 1);
    assert_int_equal(p->host_ports[0].max, 0);
    assert_int_equal(p->required_drop_capabilities.count, 1);
    assert_null(p->seccomp.allowed_text.ptr);
    arena_done(&a);
}

static void test_profiles(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    const PspPolicy *p = psp_test_policy(
        &a, "p",
        "'seccomp.security.alpha.kubernetes.io/allowedProfileNames':'a,*,,b',"
        "'apparmor.security.beta.kubernetes.io/allowedProfileNames':''",
        "");
    assert_true(p->seccomp.any);
    assert_int_equal(p->seccomp.allowed.count, 3);
    assert_true(str_list_has(p->seccomp.allowed, STR("")));
    assert_int_equal(p->app_armor.allowed.count, 1);
    assert_non_null(p->app_armor.allowed_text.ptr);
    arena_done(&a);
}

/* -- what builds no provider ---------------------------------------------------------------------
 */

typedef struct BuildRow {
    const char *spec;
    const char *want; /* "" when it builds one */
} BuildRow;

static const BuildRow builds[] = {
    { "", "" },
    { "'runAsUser':{'rule':'MustRunAs'}", "MustRunAs requires at least one range" },
    { "'runAsUser':{'rule':'MustRunAs','ranges':[]}", "MustRunAs requires at least one range" },
    { "'runAsUser':{'rule':'MustRunAsNonRoot'}", "" },
    { "'runAsUser':{'rule':'MayRunAs'}", "Unrecognized RunAsUser strategy type MayRunAs" },
    { "'runAsUser':{}", "Unrecognized RunAsUser strategy type " },
    { "'runAsGroup':{'rule':'MayRunAs'}", "ranges must be supplied for MayRunAs" },
    { "'runAsGroup':{}", "Unrecognized RunAsGroup strategy type " },
    { "'fsGroup':{'rule':'MustRunAs'}", "ranges must be supplied for MustRunAs" },
    { "'fsGroup':{'rule':'MustRunAsNonRoot'}",
      "Unrecognized FSGroup strategy type MustRunAsNonRoot" },
    { "'supplementalGroups':{'rule':'x'}", "Unrecognized SupplementalGroups strategy type x" },
    { "'seLinux':{'rule':'MustRunAs'}", "MustRunAs requires SELinuxOptions" },
    { "'seLinux':{'rule':'MustRunAs','seLinuxOptions':{}}", "" },
    { "'seLinux':{'rule':'MayRunAs'}", "Unrecognized SELinuxContext strategy type MayRunAs" },
    { "'runAsUser':{'rule':'MustRunAs'},'seLinux':{'rule':'MustRunAs'}",
      "[MustRunAs requires at least one range, MustRunAs requires SELinuxOptions]" },
    { "'fsGroup':{'rule':'MustRunAs'},'supplementalGroups':{'rule':'MustRunAs'}",
      "ranges must be supplied for MustRunAs" },
};

static void test_builds(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(builds); i++) {
        const PspPolicy *p = psp_test_policy(&a, "p", NULL, builds[i].spec);
        psp_test_same(builds[i].spec, "error", p->build_error, str_from_c(builds[i].want));
    }
    arena_done(&a);
}

/* -- size ----------------------------------------------------------------------------------------
 */

static void test_size(void **state)
{
    (void)state;
    enum { COUNT = 1000, BUDGET = 2000 };
    Arena from;
    Arena to;
    arena_init(&from, 0);
    arena_init(&to, 0);
    Value v = psp_test_json(
        &from,
        "{'apiVersion':'policy/v1beta1','kind':'PodSecurityPolicy','metadata':{"
        "'name':'restricted','annotations':{"
        "'seccomp.security.alpha.kubernetes.io/allowedProfileNames':'docker/default,runtime/"
        "default',"
        "'apparmor.security.beta.kubernetes.io/allowedProfileNames':'runtime/default',"
        "'seccomp.security.alpha.kubernetes.io/defaultProfileName':'runtime/default',"
        "'apparmor.security.beta.kubernetes.io/defaultProfileName':'runtime/default'}},"
        "'spec':{'privileged':false,'allowPrivilegeEscalation':false,"
        "'requiredDropCapabilities':['ALL'],'volumes':['configMap','emptyDir','projected','secret',"
        "'downwardAPI','csi','persistentVolumeClaim','ephemeral'],'hostNetwork':false,"
        "'runAsUser':{'rule':'MustRunAsNonRoot'},'seLinux':{'rule':'RunAsAny'},"
        "'supplementalGroups':{'rule':'MustRunAs','ranges':[{'min':1,'max':65535}]},"
        "'fsGroup':{'rule':'MustRunAs','ranges':[{'min':1,'max':65535}]},"
        "'readOnlyRootFilesystem':false}}");
    Err err = { 0 };
    for (int i = 0; i < COUNT; i++) {
        assert_non_null(psp_policy_compile(&v, &to, &err));
    }
    assert_true(to.held / COUNT < BUDGET);
    arena_done(&from);
    arena_done(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_not_a_policy),
        cmocka_unit_test(test_nulls_and_defaults),
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_builds),
        cmocka_unit_test(test_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
