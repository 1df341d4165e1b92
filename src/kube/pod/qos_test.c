/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of pods with what makes them, pod-level resources and sidecars, and OOM scores. */
#include "kube/pod/defaults.h"
#include "kube/pod/qos.h"
#include "kube/pod/test_pod.h"

#define BOTH(cpu, memory) "{'cpu':'" cpu "','memory':'" memory "'}"
#define FULL "'resources':{'limits':" BOTH("1", "1Gi") "}"
#define GI (INT64_C(1) << 30)

static void classes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int minor;
        const char *spec;
        PodQos qos;
        PodQosReason reason;
        const char *resource;
        const char *container;
    } rows[] = {
        { "nothing", 37, "'containers':[{'name':'c'}]", POD_QOS_BEST_EFFORT, POD_QOS_ASKS_NOTHING,
          "", "" },
        { "limits alone", 20, "'containers':[{'name':'c'," FULL "}]", POD_QOS_GUARANTEED,
          POD_QOS_ALL_IS_LIMITED, "", "" },
        { "one of two", 20, "'containers':[{'name':'c'," FULL "},{'name':'d'}]", POD_QOS_BURSTABLE,
          POD_QOS_NO_LIMIT, "cpu", "d" },
        { "a sidecar", 37,
          "'initContainers':[{'name':'s','restartPolicy':'Always','resources':{'limits':"
          "{'cpu':'1'}}}],'containers':[{'name':'c'," FULL "}]",
          POD_QOS_BURSTABLE, POD_QOS_NO_LIMIT, "memory", "s" },
        { "requests below limits", 20,
          "'containers':[{'name':'c','resources':{'requests':" BOTH("1", "1Mi") ",'limits':" BOTH(
              "1", "1Gi") "}}]",
          POD_QOS_BURSTABLE, POD_QOS_BELOW_LIMIT, "memory", "" },
        { "the pod's own limits", 37,
          "'resources':{'limits':" BOTH("2", "2Gi") "},'containers':[{'name':'c'},{'name':'d'}]",
          POD_QOS_GUARANTEED, POD_QOS_ALL_IS_LIMITED, "", "" },
        { "they are not known yet", 33,
          "'resources':{'limits':" BOTH("2", "2Gi") "},'containers':[{'name':'c'}]",
          POD_QOS_BEST_EFFORT, POD_QOS_ASKS_NOTHING, "", "" },
        { "a container requests less than the pod's limit", 37,
          "'resources':{'limits':" BOTH("2", "2Gi") "},'containers':[{'name':'c','resources':"
                                                    "{'requests':{'cpu':'1'}}}]",
          POD_QOS_BURSTABLE, POD_QOS_BELOW_LIMIT, "cpu", "" },
        { "only one limit of the pod", 37,
          "'resources':{'limits':{'cpu':'1'}},'containers':[{'name':'c'}]", POD_QOS_BURSTABLE,
          POD_QOS_NO_LIMIT, "memory", "" },
        { "only requests of the pod: the containers' limits do not count", 37,
          "'resources':{'requests':" BOTH("1", "1Gi") "},'containers':[{'name':'c'," FULL "}]",
          POD_QOS_BURSTABLE, POD_QOS_BELOW_LIMIT, "cpu", "" },
        { "a pod that says nothing for all of them", 37,
          "'resources':{},'containers':[{'name':'c'," FULL "}]", POD_QOS_BEST_EFFORT,
          POD_QOS_ASKS_NOTHING, "", "" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        KubeTarget target = kube_target(rows[i].minor);
        Value pod = test_json(arena_cstr(&a, arena_printf(&a, "{'spec':{%s}}", rows[i].spec)), &a);
        pod_apply_defaults(&pod, &target, &a);
        PodQosAnswer got;
        pod_qos_explain(&pod, &target, &got);
        test_same_text(rows[i].name, pod_qos_name(got.qos),
                       arena_cstr(&a, pod_qos_name(rows[i].qos)));
        assert_int_equal(got.reason, rows[i].reason);
        test_same_text(rows[i].name, got.resource, rows[i].resource);
        test_same_text(rows[i].name, got.container, rows[i].container);
    }
    arena_done(&a);
}

#define ASKS(memory) "'resources':{'requests':{'memory':'" memory "'}}"

static void oom_scores(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *pod;
        const char *list;
        int64_t node_memory;
        int want; /* of the list's first container */
    } rows[] = {
        { "guaranteed", "{'spec':{'containers':[{" FULL "}]}}", "containers", 4 * GI, -997 },
        { "best effort", "{'spec':{'containers':[{}]}}", "containers", 4 * GI, 1000 },
        { "a quarter", "{'spec':{'containers':[{" ASKS("1Gi") "}]}}", "containers", 4 * GI, 750 },
        { "a third is rounded towards the request", "{'spec':{'containers':[{" ASKS("1Gi") "}]}}",
          "containers", 3 * GI, 667 },
        { "next to nothing", "{'spec':{'containers':[{" ASKS("1") "}]}}", "containers", 4 * GI,
          999 },
        { "more than there is", "{'spec':{'containers':[{" ASKS("8Gi") "}]}}", "containers", 4 * GI,
          2 },
        { "no request for memory",
          "{'spec':{'containers':[{'resources':{'requests':{'cpu':'1'}}}]}}", "containers", 4 * GI,
          999 },
        { "a sidecar is no worse off than the container that asks least",
          "{'spec':{'initContainers':[{'restartPolicy':'Always'," ASKS(
              "1Mi") "}],"
                     "'containers':[{" ASKS("2Gi") "},{" ASKS("1Gi") "}]}}",
          "initContainers", 4 * GI, 750 },
        { "an init container is",
          "{'spec':{'initContainers':[{" ASKS("1Mi") "}],"
                                                     "'containers':[{" ASKS("2Gi") "}]}}",
          "initContainers", 4 * GI, 999 },
        { "what the pod asks beyond its containers is shared out",
          "{'spec':{'resources':{'requests':{'memory':'2Gi'}},'containers':[{" ASKS("1Gi") "},"
                                                                                           "{}]}}",
          "containers", 4 * GI, 625 },
        { "critical for its node",
          "{'spec':{'priorityClassName':'system-node-critical','priority':2000001000,"
          "'containers':[{}]}}",
          "containers", 4 * GI, -997 },
        { "critical for the cluster only",
          "{'spec':{'priorityClassName':'system-cluster-critical','priority':2000000000,"
          "'containers':[{}]}}",
          "containers", 4 * GI, 1000 },
    };
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(KUBE_MINOR_NEWEST);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value pod = test_json(rows[i].pod, &a);
        pod_apply_defaults(&pod, &target, &a);
        const Value *container = value_item(
            value_get(value_get_lit(&pod, "spec"), str_from_c(rows[i].list)), 0);
        int got = pod_oom_score_adjust(&pod, container, rows[i].node_memory, &target, &a);
        if (got != rows[i].want) {
            fail_msg("%s: got %d, want %d", rows[i].name, got, rows[i].want);
        }
    }
    arena_done(&a);
}

static void critical(void **state)
{
    (void)state;
    static const struct {
        const char *pod;
        bool want;
    } rows[] = {
        { "{'spec':{'priority':1000000000}}", false },
        { "{'spec':{'priority':2000000000}}", true },
        { "{'metadata':{'annotations':{'kubernetes.io/config.mirror':'x'}}}", true },
        { "{'metadata':{'annotations':{'kubernetes.io/config.source':'file'}}}", true },
        { "{'metadata':{'annotations':{'kubernetes.io/config.source':'api'}}}", false },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value pod = test_json(rows[i].pod, &a);
        assert_int_equal(pod_is_critical(&pod), rows[i].want);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes),
        cmocka_unit_test(oom_scores),
        cmocka_unit_test(critical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
