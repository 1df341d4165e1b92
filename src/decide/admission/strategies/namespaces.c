/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces. Source: Kubernetes pkg/registry/core/namespace */
#include "decide/admission/strategies/strategies.h"
#include "kube/meta.h"

static void namespace_prepare(AdmissionRun *run)
{
    Arena *a = run->arena;
    Value *namespace = admission_own(run);
    Value *spec = value_need_object(namespace, STR("spec"), a);
    const Value *given = value_get_lit(spec, "finalizers");
    Value finalizers = value_is(given, VALUE_ARRAY) ? value_copy(given, a) : value_array();
    bool has = false;
    VALUE_EACH_ITEM(f, &finalizers) {
        has |= str_eq(value_as_str(f), STR("kubernetes"));
    }
    if (!has) {
        value_add(&finalizers, value_str(STR("kubernetes")), a);
    }
    value_set_lit(spec, "finalizers", finalizers, a);
    Value status = value_object();
    value_set_lit(&status, "phase", value_str(STR("Active")), a);
    value_set_lit(namespace, "status", status, a);
}

static void namespace_validate(AdmissionRun *run, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(&run->object, "metadata");
    Path at = path_root("metadata");
    meta_validate(metadata, false, name_check_dns1123_label, &at, errs);
    meta_validate_finalizers(metadata, &at, errs);
}

static const AdmissionStrategy rows[] = {
    {
        .resource = STR_INIT("namespaces"),
        .prepare_create = namespace_prepare,
        .validate_create = namespace_validate,
    },
};

const AdmissionStrategyList admission_strategies_namespaces = { rows, COUNT_OF(rows) };
