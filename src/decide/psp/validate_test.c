/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a PodSecurityPolicy invalid, in which words; defaults; what is dropped. */
#include "decide/psp/object.h"

#include "decide/psp/test_psp.h"

typedef struct Row {
    const char *name;
    const char *spec; /* on top of a valid one */
    const char *want; /* the errors, with "; " between them */
    int minor;        /* 0 for 20 */
    const char *api_version;
} Row;

static const Row specs[] = {
    {
        .name = "valid",
        .spec = "",
        .want = "",
    },
    {
        .name = "runAsUser rule",
        .spec = "'runAsUser':{'rule':'x'}",
        .want = "spec.runAsUser.rule: Unsupported value: \"x\": supported values: "
                "\"MustRunAs\", \"MustRunAsNonRoot\", \"RunAsAny\"",
    },
    {
        .name = "no runAsUser",
        .spec = "'runAsUser':null",
        .want = "spec.runAsUser.rule: Unsupported value: \"\": supported values: "
                "\"MustRunAs\", \"MustRunAsNonRoot\", \"RunAsAny\"",
    },
    {
        .name = "runAsUser ranges",
        .spec = "'runAsUser':{'rule':'MustRunAs','ranges':[{'min':-2,'max':-3},"
                "{'min':5,'max':4}]}",
        .want = "spec.runAsUser.ranges[0].min: Invalid value: -2: min cannot be "
                "negative; spec.runAsUser.ranges[0].max: Invalid value: -3: max "
                "cannot be negative; spec.runAsUser.ranges[0].min: Invalid value: "
                "-2: min cannot be greater than max; spec.runAsUser.ranges[1].min: "
                "Invalid value: 5: min cannot be greater than max",
    },
    {
        .name = "MustRunAs without ranges is accepted",
        .spec = "'runAsUser':{'rule':'MustRunAs'}",
        .want = "",
    },
    {
        .name = "runAsGroup rule, unsorted",
        .spec = "'runAsGroup':{'rule':'x','ranges':[{'min':5,'max':4}]}",
        .want = "spec.runAsGroup.rule: Unsupported value: \"x\": supported values: "
                "\"MustRunAs\", \"RunAsAny\", \"MayRunAs\"",
    },
    {
        .name = "runAsGroup RunAsAny with ranges",
        .spec = "'runAsGroup':{'rule':'RunAsAny','ranges':[{'min':1,'max':2}]}",
        .want = "spec.runAsGroup.ranges: Invalid value: "
                "[]policy.IDRange{policy.IDRange{Min:1, Max:2}}: Ranges must be empty",
    },
    {
        .name = "runAsGroup without ranges",
        .spec = "'runAsGroup':{'rule':'MustRunAs'}",
        .want = "spec.runAsGroup.ranges: Invalid value: []policy.IDRange(nil): must "
                "provide at least one range",
    },
    {
        .name = "runAsGroup with no ranges",
        .spec = "'runAsGroup':{'rule':'MayRunAs','ranges':[]}",
        .want = "spec.runAsGroup.ranges: Invalid value: []policy.IDRange{}: must "
                "provide at least one range",
    },
    {
        .name = "runAsGroup ranges",
        .spec = "'runAsGroup':{'rule':'MayRunAs','ranges':[{'min':5,'max':4}]}",
        .want = "spec.runAsGroup.ranges[0].min: Invalid value: 5: min cannot be "
                "greater than max",
    },
    {
        .name = "seLinux",
        .spec = "'seLinux':{'rule':'MayRunAs'}",
        .want = "spec.seLinux.rule: Unsupported value: \"MayRunAs\": supported values: "
                "\"MustRunAs\", \"RunAsAny\"",
    },
    {
        .name = "seLinux MustRunAs without options is accepted",
        .spec = "'seLinux':{'rule':'MustRunAs'}",
        .want = "",
    },
    {
        .name = "supplementalGroups then fsGroup",
        .spec = "'fsGroup':{'rule':''},'supplementalGroups':{'rule':'MustRunAsNonRoot"
                "','ranges':[{'min':2,'max':1}]}",
        .want = "spec.supplementalGroups.rule: Unsupported value: "
                "\"MustRunAsNonRoot\": supported values: \"MayRunAs\", \"MustRunAs\", "
                "\"RunAsAny\"; spec.supplementalGroups.ranges[0].min: Invalid value: "
                "2: min cannot be greater than max; spec.fsGroup.rule: Unsupported "
                "value: \"\": supported values: \"MayRunAs\", \"MustRunAs\", \"RunAsAny\"",
    },
    {
        .name = "volumes",
        .spec = "'volumes':['secret','nope']",
        .want = "spec.volumes: Unsupported value: \"nope\": supported values: \"*\", "
                "\"awsElasticBlockStore\", \"azureDisk\", \"azureFile\", \"cephFS\", "
                "\"cinder\", \"configMap\", \"csi\", \"downwardAPI\", \"emptyDir\", "
                "\"ephemeral\", \"fc\", \"flexVolume\", \"flocker\", \"gcePersistentDisk\", "
                "\"gitRepo\", \"glusterfs\", \"hostPath\", \"iscsi\", \"nfs\", "
                "\"persistentVolumeClaim\", \"photonPersistentDisk\", \"portworxVolume\", "
                "\"projected\", \"quobyte\", \"rbd\", \"scaleIO\", \"secret\", \"storageos\", "
                "\"vsphereVolume\"",
    },
    {
        .name = "wildcard and required drops",
        .spec = "'allowedCapabilities':['*'],'requiredDropCapabilities':['ALL',"
                "'KILL']",
        .want = "requiredDropCapabilities: Invalid value: []core.Capability{\"ALL\", "
                "\"KILL\"}: must be empty when all capabilities are allowed by a "
                "wildcard",
    },
    {
        .name = "added and dropped",
        .spec = "'allowedCapabilities':['A'],'requiredDropCapabilities':['A','B'],"
                "'defaultAddCapabilities':['B']",
        .want = "defaultAddCapabilities: Invalid value: \"B\": capability is listed in "
                "defaultAddCapabilities and requiredDropCapabilities; "
                "allowedCapabilities: Invalid value: \"A\": capability is listed in "
                "allowedCapabilities and requiredDropCapabilities",
    },
    {
        .name = "escalation by default",
        .spec = "'allowPrivilegeEscalation':false,"
                "'defaultAllowPrivilegeEscalation':true",
        .want = "spec.defaultAllowPrivilegeEscalation: Invalid value: true: Cannot "
                "set DefaultAllowPrivilegeEscalation to true without also setting "
                "AllowPrivilegeEscalation to true",
    },
    {
        .name = "proc mount types",
        .spec = "'allowedProcMountTypes':['Default','x']",
        .want = "spec.allowedProcMountTypes[1]: Unsupported value: \"x\": supported "
                "values: \"Default\", \"Unmasked\"",
    },
    {
        .name = "host paths: the first empty one ends it",
        .spec = "'allowedHostPaths':[{'pathPrefix':'/a/../b'},{},"
                "{'pathPrefix':'/..'}]",
        .want = "spec.allowedHostPaths[0]: Invalid value: \"/a/../b\": must not "
                "contain '..'; spec.allowedHostPaths[1]: Required value: is required",
    },
    {
        .name = "flex volumes",
        .spec = "'allowedFlexVolumes':[{'driver':'a'},{}]",
        .want = "spec.allowedFlexVolumes.allowedFlexVolumes[1].driver: Required "
                "value: must specify a driver",
    },
    {
        .name = "csi drivers",
        .spec = "'allowedCSIDrivers':[{'name':'OK.upper'},{'name':'has space'}]",
        .want = "spec.allowedCSIDrivers.allowedCSIDriver[1].name: Invalid value: "
                "\"has space\": a lowercase RFC 1123 subdomain must consist of lower "
                "case alphanumeric characters, '-' or '.', and must start and end "
                "with an alphanumeric character (e.g. 'example.com', regex used for "
                "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a"
                "-z0-9])?)*')",
    },
    {
        .name = "csi driver: empty",
        .spec = "'allowedCSIDrivers':[{}]",
        .want = "spec.allowedCSIDrivers.allowedCSIDriver[0].name: Required value; "
                "spec.allowedCSIDrivers.allowedCSIDriver[0].name: Invalid value: \"\": "
                "a lowercase RFC 1123 subdomain must consist of lower case "
                "alphanumeric characters, '-' or '.', and must start and end with an "
                "alphanumeric character (e.g. 'example.com', regex used for "
                "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a"
                "-z0-9])?)*')",
    },
    {
        .name = "csi driver: long",
        .spec = "'allowedCSIDrivers':[{'name':'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "aaaaaaaaaaaaaaaaaaaaaaaaaa'}]",
        .want = "spec.allowedCSIDrivers.allowedCSIDriver[0].name: Too long: must "
                "have at most 63 bytes",
    },
    {
        .name = "sysctls",
        .spec = "'allowedUnsafeSysctls':['','net/core','kernel.sem','net.*.x']",
        .want = "spec.allowedUnsafeSysctls[0]: Invalid value: \"\": empty sysctl not "
                "allowed; spec.allowedUnsafeSysctls[1]: Invalid value: \"net/core\": "
                "must have at most 253 characters and match regex "
                "([a-z0-9]([-_a-z0-9]*[a-z0-9])?\\.)*([a-z0-9][-_a-z0-9]*)?[a-z0-9*]; "
                "spec.allowedUnsafeSysctls[3]: Invalid value: \"net.*.x\": must have "
                "at most 253 characters and match regex "
                "([a-z0-9]([-_a-z0-9]*[a-z0-9])?\\.)*([a-z0-9][-_a-z0-9]*)?[a-z0-9*]",
    },
    {
        .name = "sysctls: all and more",
        .spec = "'forbiddenSysctls':['kernel.sem','*']",
        .want = "spec.forbiddenSysctls.items: Forbidden: if '*' is present, must not "
                "specify other sysctls",
    },
    {
        .name = "sysctls: both the same",
        .spec = "'allowedUnsafeSysctls':['a.b'],'forbiddenSysctls':['a.b']",
        .want = "spec.allowedUnsafeSysctls[0]: Invalid value: \"a.b\": sysctl overlaps "
                "with a.b",
    },
    {
        .name = "sysctls: allowed pattern over a name",
        .spec = "'allowedUnsafeSysctls':['a.*'],'forbiddenSysctls':['a.b']",
        .want = "spec.forbiddenSysctls[0]: Invalid value: \"a.b\": sysctl overlaps "
                "with a.*",
    },
    {
        .name = "sysctls: forbidden pattern over a name",
        .spec = "'allowedUnsafeSysctls':['a.b'],'forbiddenSysctls':['a.*']",
        .want = "spec.allowedUnsafeSysctls[0]: Invalid value: \"a.b\": sysctl overlaps "
                "with a.*",
    },
    {
        .name = "sysctls: two patterns",
        .spec = "'allowedUnsafeSysctls':['a.*','b.c.*'],'forbiddenSysctls':['a.b.*',"
                "'b.*']",
        .want = "spec.forbiddenSysctls[0]: Invalid value: \"a.b.*\": sysctl overlaps "
                "with a.*; spec.allowedUnsafeSysctls[1]: Invalid value: \"b.c.*\": "
                "sysctl overlaps with b.*",
    },
    {
        .name = "runtime classes",
        .spec = "'runtimeClass':{'allowedRuntimeClassNames':['x','Up','x'],"
                "'defaultRuntimeClassName':'y'}",
        .want = "spec.runtimeClass.allowedRuntimeClassNames[1]: Invalid value: \"Up\": "
                "a lowercase RFC 1123 subdomain must consist of lower case "
                "alphanumeric characters, '-' or '.', and must start and end with an "
                "alphanumeric character (e.g. 'example.com', regex used for "
                "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a"
                "-z0-9])?)*'); spec.runtimeClass.allowedRuntimeClassNames[2]: "
                "Duplicate value: \"x\"; spec.runtimeClass.allowedRuntimeClassNames: "
                "Required value: default \"y\" must be allowed",
    },
    {
        .name = "runtime classes: all and more",
        .spec = "'runtimeClass':{'allowedRuntimeClassNames':['*','x'],"
                "'defaultRuntimeClassName':'y'}",
        .want = "spec.runtimeClass.allowedRuntimeClassNames: Invalid value: "
                "[]string{\"*\", \"x\"}: if '*' is present, must not specify other "
                "RuntimeClass names",
    },
    {
        .name = "sysctls: no slashes, though pods may have them from 1.23 on",
        .spec = "'forbiddenSysctls':['net/core']",
        .want = "spec.forbiddenSysctls[0]: Invalid value: \"net/core\": must have at "
                "most 253 characters and match regex "
                "([a-z0-9]([-_a-z0-9]*[a-z0-9])?\\.)*([a-z0-9][-_a-z0-9]*)?[a-z0-9*]",
        .minor = 24,
    },
    {
        .name = "volumes of later versions are none of policy/v1beta1",
        .spec = "'volumes':['image']",
        .want = "spec.volumes: Unsupported value: \"image\": supported values: \"*\", "
                "\"awsElasticBlockStore\", \"azureDisk\", \"azureFile\", \"cephFS\", "
                "\"cinder\", \"configMap\", \"csi\", \"downwardAPI\", \"emptyDir\", "
                "\"ephemeral\", \"fc\", \"flexVolume\", \"flocker\", \"gcePersistentDisk\", "
                "\"gitRepo\", \"glusterfs\", \"hostPath\", \"iscsi\", \"nfs\", "
                "\"persistentVolumeClaim\", \"photonPersistentDisk\", \"portworxVolume\", "
                "\"projected\", \"quobyte\", \"rbd\", \"scaleIO\", \"secret\", \"storageos\", "
                "\"vsphereVolume\"",
        .minor = 37,
        .api_version = "policy/v1beta1",
    },
    {
        .name = "volumes of later versions in podgate.io/v1",
        .spec = "'volumes':['image','resourceClaim']",
        .want = "",
        .minor = 37,
        .api_version = "podgate.io/v1",
    },
};

static void check(Arena *a, const Row *row, Value *psp)
{
    KubeTarget target = kube_target(row->minor ? row->minor : 20);
    FieldErrors errs = field_errors_new(a);
    if (row->api_version) {
        value_set_lit(psp, "apiVersion", value_str(str_from_c(row->api_version)), a);
    }
    psp_validate(psp, &target, &errs);
    Buf b = buf_new(a);
    for (const FieldError *e = errs.first; e; e = e->next) {
        buf_add(&b, b.len ? STR("; ") : STR(""));
        field_error_write(e, &b);
    }
    psp_test_same(row->name, "errors", buf_str(&b), str_from_c(row->want));
}

static Value valid_spec(Arena *a, const char *members)
{
    return psp_test_members(
        a,
        "'runAsUser':{'rule':'RunAsAny'},'seLinux':{'rule':'RunAsAny'},"
        "'fsGroup':{'rule':'RunAsAny'},'supplementalGroups':{'rule':'RunAsAny'},"
        "'allowPrivilegeEscalation':true",
        members);
}

static void test_specs(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        Value psp = psp_test_object(&a, "p", NULL, valid_spec(&a, specs[i].spec));
        check(&a, &specs[i], &psp);
        arena_reset(&a);
    }
    arena_done(&a);
}

static const Row annotations[] = {
    {
        .name = "defaultProfileName apparmor",
        .spec = "'apparmor.security.beta.kubernetes.io/defaultProfileName':'bogus'",
        .want = "metadata.annotations[apparmor.security.beta.kubernetes.io/defaultPro"
                "fileName]: Invalid value: \"bogus\": invalid AppArmor profile name: "
                "\"bogus\"",
    },
    {
        .name = "allowedProfileNames apparmor",
        .spec = "'apparmor.security.beta.kubernetes.io/allowedProfileNames':'runtime/"
                "default,x,,localhost/y'",
        .want = "metadata.annotations[apparmor.security.beta.kubernetes.io/allowedPro"
                "fileNames]: Invalid value: \"runtime/default,x,,localhost/y\": "
                "invalid AppArmor profile name: \"x\"",
    },
    {
        .name = "defaultProfileName seccomp",
        .spec = "'seccomp.security.alpha.kubernetes.io/defaultProfileName':'bogus'",
        .want = "metadata.annotations[seccomp.security.alpha.kubernetes.io/defaultPro"
                "fileName]: Invalid value: \"bogus\": must be a valid seccomp profile",
    },
    {
        .name = "allowedProfileNames seccomp",
        .spec = "'seccomp.security.alpha.kubernetes.io/allowedProfileNames':'*,"
                "unconfined,localhost/,docker/default,'",
        .want = "metadata.annotations[seccomp.security.alpha.kubernetes.io/allowedPro"
                "fileNames]: Invalid value: \"\": must be a valid seccomp profile",
    },
    {
        .name = "allowedProfileNames seccomp",
        .spec = "'seccomp.security.alpha.kubernetes.io/allowedProfileNames':'localhos"
                "t//a/../b'",
        .want = "metadata.annotations[seccomp.security.alpha.kubernetes.io/allowedPro"
                "fileNames]: Invalid value: \"/a/../b\": must be a relative path; "
                "metadata.annotations[seccomp.security.alpha.kubernetes.io/allowedPro"
                "fileNames]: Invalid value: \"/a/../b\": must not contain '..'",
    },
    {
        .name = "allowedProfileNames seccomp",
        .spec = "'seccomp.security.alpha.kubernetes.io/allowedProfileNames':'',"
                "'apparmor.security.beta.kubernetes.io/allowedProfileNames':''",
        .want = "",
    },
};

static void test_annotations(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(annotations); i++) {
        Value psp = psp_test_object(&a, "p", annotations[i].spec, valid_spec(&a, ""));
        check(&a, &annotations[i], &psp);
        arena_reset(&a);
    }
    arena_done(&a);
}

static void test_defaults(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    static const char *const rows[][2] = {
        { "{'spec':{}}", "{'spec':{'allowPrivilegeEscalation':true}}" },
        { "{'spec':{'allowPrivilegeEscalation':null}}",
          "{'spec':{'allowPrivilegeEscalation':true}}" },
        { "{'spec':{'allowPrivilegeEscalation':false}}",
          "{'spec':{'allowPrivilegeEscalation':false}}" },
        { "{}", "{}" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value psp = psp_test_json(&a, rows[i][0]);
        Value want = psp_test_json(&a, rows[i][1]);
        psp_apply_defaults(&psp, &a);
        assert_true(value_equal(&psp, &want));
    }
    arena_done(&a);
}

static void test_prepare(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget off = kube_target(20);
    KubeTarget on = off;
    on.features |= 1u << FEATURE_PROC_MOUNT_TYPE;
    const char *with = "{'spec':{'allowedProcMountTypes':['Unmasked']}}";
    Value old = psp_test_json(&a, with);
    Value none = psp_test_json(&a, "{'spec':{}}");
    Value psp = psp_test_json(&a, with);
    psp_prepare(&psp, NULL, &on);
    assert_true(value_equal(&psp, &old));
    psp_prepare(&psp, &old, &off);
    assert_true(value_equal(&psp, &old));
    psp_prepare(&psp, &none, &off);
    assert_true(value_equal(&psp, &none));
    psp = psp_test_json(&a, with);
    psp_prepare(&psp, NULL, &off);
    assert_true(value_equal(&psp, &none));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_specs),
        cmocka_unit_test(test_annotations),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_prepare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
