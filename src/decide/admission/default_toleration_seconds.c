/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DefaultTolerationSeconds: a pod stays 300 seconds on a node that is not ready or unreachable,
 * unless it says itself how it tolerates that.
 *
 * Source: Kubernetes plugin/pkg/admission/defaulttolerationseconds
 */
#include "decide/admission/run.h"

enum { DEFAULT_SECONDS = 300 };

static const Str taints[] = { STR_INIT("node.kubernetes.io/not-ready"),
                              STR_INIT("node.kubernetes.io/unreachable") };

static bool tolerates(const Value *tolerations, Str taint)
{
    VALUE_EACH_ITEM(t, tolerations) {
        Str key = value_get_str(t, STR("key"));
        Str effect = value_get_str(t, STR("effect"));
        if ((key.len == 0 || str_eq(key, taint)) &&
            (effect.len == 0 || str_eq(effect, STR("NoExecute")))) {
            return true;
        }
    }
    return false;
}

static bool mutate(AdmissionRun *run)
{
    if (!admission_is_pod(run)) {
        return true;
    }
    const Value *given = value_at(&run->object, "spec", "tolerations", NULL);
    bool missing[COUNT_OF(taints)];
    for (size_t i = 0; i < COUNT_OF(taints); i++) {
        missing[i] = !tolerates(given, taints[i]);
    }
    for (size_t i = 0; i < COUNT_OF(taints); i++) {
        if (!missing[i]) {
            continue;
        }
        Arena *a = run->arena;
        Value *spec = value_need_object(admission_own(run), STR("spec"), a);
        Value *list = value_get_lit(spec, "tolerations");
        if (!value_is(list, VALUE_ARRAY)) {
            list = value_set_lit(spec, "tolerations", value_array(), a);
        }
        Value t = value_object();
        value_set_lit(&t, "key", value_str(taints[i]), a);
        value_set_lit(&t, "operator", value_str(STR("Exists")), a);
        value_set_lit(&t, "effect", value_str(STR("NoExecute")), a);
        value_set_lit(&t, "tolerationSeconds", value_int(DEFAULT_SECONDS), a);
        value_add(list, t, a);
        admission_note(run, "tolerates %.*s for %d seconds", STR_ARG(taints[i]), DEFAULT_SECONDS);
    }
    return true;
}

const AdmissionPlugin admission_default_toleration_seconds = {
    .name = STR_INIT("DefaultTolerationSeconds"),
    .operations = ADMISSION_CREATE | ADMISSION_UPDATE,
    .mutate = mutate,
};
