/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/pod/warnings.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct {
    int minor;
    bool is_template;
    const char *pod;      /* with ' for " */
    const char *warnings; /* lines */
} rows[] = {
    { 21, false, "{'spec':{'nodeSelector':{'beta.kubernetes.io/os':'linux'}}}", "" },
    { 22, false, "{'spec':{'nodeSelector':{'beta.kubernetes.io/os':'linux'}}}",
      "spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use 'kubernetes.io/os' "
      "instead\n" },
    { 30, true,
      "{'spec':{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{"
      "'nodeSelectorTerms':[{'matchExpressions':[{'key':'beta.kubernetes.io/arch'}]}]}}}}}",
      "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution."
      "nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/arch is deprecated since "
      "v1.14; use 'kubernetes.io/arch' instead\n" },
    { 30, false, "{'spec':{'topologySpreadConstraints':[{'topologyKey':'zone'}]}}",
      "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching "
      "no pod\n" },
    { 30, false,
      "{'metadata':{'annotations':{'scheduler.alpha.kubernetes.io/critical-pod':'',"
      "'container.apparmor.security.beta.kubernetes.io/c':'unconfined'}},'spec':{'containers':[{"
      "'name':'c'}]}}",
      "metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; "
      "use the 'priorityClassName' field instead\n"
      "metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since "
      "v1.30; use the 'appArmorProfile' field instead\n" },
    { 27, false, "{'spec':{'volumes':[{'rbd':{}},{'storageos':{}}]}}",
      "spec.volumes[1].storageOS: deprecated in v1.22, non-functional in v1.25+\n" },
    { 24, false, "{'spec':{'volumes':[{'glusterfs':{}},{'flocker':{}}]}}",
      "spec.volumes[1].flocker: deprecated in v1.22, support removal is planned in v1.26\n" },
    { 26, false, "{'spec':{'volumes':[{'glusterfs':{}}]}}",
      "spec.volumes[0].glusterfs: deprecated in v1.25, this feature will be removed soon after in "
      "a subsequent release\n" },
    { 28, false, "{'spec':{'volumes':[{'rbd':{}}]}}",
      "spec.volumes[0].rbd: deprecated in v1.28, non-functional in v1.31+\n" },
    { 25, false,
      "{'spec':{'imagePullSecrets':[{'name':'a'},{'name':'a'},{}],'containers':[{'env':[{'name':"
      "'X','value':'1'},{'name':'X','value':'$(X)2'}],'resources':{'limits':{'memory':'100m'}}}]}}",
      "spec.imagePullSecrets[1].name: duplicate name 'a'\n"
      "spec.imagePullSecrets[2].name: invalid empty name ''\n"
      "spec.containers[0].resources.limits[memory]: fractional byte value '100m' is invalid, must "
      "be an integer\n"
      "spec.containers[0].env[1]: hides previous definition of 'X'\n" },
    { 30, false,
      "{'spec':{'containers':[{'env':[{'name':'X','value':'1'},{'name':'X','value':'$(X)2'},{"
      "'name':'X','value':'3'}],'ports':[{'containerPort':80,'protocol':'TCP'},{'containerPort':80,"
      "'protocol':'TCP'}]}]}}",
      "spec.containers[0].env[2]: hides previous definition of 'X', which may be dropped when "
      "using apply\n"
      "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]\n" },
};

static Str with_quotes(const char *text, Arena *a)
{
    Buf b = buf_new(a);
    for (; *text; text++) {
        char c = *text == '\'' ? '"' : *text;
        buf_byte(&b, c);
    }
    return buf_str(&b);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        Value pod;
        Err err;
        arena_init(&a, 0);
        KubeTarget target = kube_target(rows[i].minor);
        assert_true(json_read(STR("pod"), with_quotes(rows[i].pod, &a), NULL, &a, &pod, &err));
        Path spec = path_root("spec"), template = path_child(&spec, "template");
        StrList got = pod_warnings(&pod, rows[i].is_template ? &template : NULL, &target, &a);
        Buf b = buf_new(&a);
        for (size_t j = 0; j < got.count; j++) {
            buf_add(&b, got.items[j]);
            buf_byte(&b, '\n');
        }
        Str wanted = with_quotes(rows[i].warnings, &a);
        if (!str_eq(buf_str(&b), wanted)) {
            fail_msg("row %zu\n  got    %.*s  wanted %.*s", i, STR_ARG(buf_str(&b)),
                     STR_ARG(wanted));
        }
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
