/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TaintNodesByCondition: a new node takes no pods until it has said that it is ready.
 *
 * Source: Kubernetes plugin/pkg/admission/nodetaint
 */
#include "decide/admission/run.h"

#define NOT_READY "node.kubernetes.io/not-ready"

static bool mutate(AdmissionRun *run)
{
    if (!admission_is(run, "", "nodes", "")) {
        return true;
    }
    Arena *a = run->arena;
    VALUE_EACH_ITEM(taint, value_at(&run->object, "spec", "taints", NULL)) {
        if (str_eq(value_get_str(taint, STR("key")), STR(NOT_READY)) &&
            str_eq(value_get_str(taint, STR("effect")), STR("NoSchedule"))) {
            return true;
        }
    }
    Value *spec = value_need_object(admission_own(run), STR("spec"), a);
    Value *taints = value_get_lit(spec, "taints");
    if (!value_is(taints, VALUE_ARRAY)) {
        taints = value_set_lit(spec, "taints", value_array(), a);
    }
    Value taint = value_object();
    value_set_lit(&taint, "key", value_str(STR(NOT_READY)), a);
    value_set_lit(&taint, "effect", value_str(STR("NoSchedule")), a);
    value_add(taints, taint, a);
    return true;
}

const AdmissionPlugin admission_taint_nodes_by_condition = {
    .name = STR_INIT("TaintNodesByCondition"),
    .operations = ADMISSION_CREATE,
    .mutate = mutate,
};
