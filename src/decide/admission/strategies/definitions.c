/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CustomResourceDefinitions. What is done with them is done with their form of v1.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/registry/customresourcedefinition/strategy.go
 */
#include "decide/admission/strategies/prepare.h"
#include "decide/admission/strategies/strategies.h"
#include "kube/crd/crd.h"

#define V1 "apiextensions.k8s.io/v1"

static void apply_defaults(Value *definition, const KubeTarget *target, Arena *a)
{
    Err err; /* told already, when the body was read */
    (void)!crd_definition_decode(definition, target, a, &err);
    crd_definition_default(definition, a);
}

static const Value *as_v1(const Value *definition, Arena *a)
{
    Value *out = new(a, Value, 1);
    *out = crd_definition_convert(definition, STR(V1), a);
    return out;
}

static void prepare(AdmissionRun *run)
{
    Arena *a = run->arena;
    Value *object = admission_own(run);
    Str version = value_get_str(object, STR("apiVersion"));
    Value v1 = crd_definition_convert(object, STR(V1), a);
    v1 = value_copy(&v1, a);
    crd_definition_prepare(&v1, run->old_object ? as_v1(run->old_object, a) : NULL, a);
    *object = crd_definition_convert(&v1, version, a);
}

static void prepare_status(AdmissionRun *run)
{
    prepare_keep(run, STR("spec"));
}

static void validate(AdmissionRun *run, FieldErrors *errs)
{
    Arena *a = run->arena;
    const Value *v1 = as_v1(&run->object, a);
    Crd crd;
    Err err;
    crd_definition_validate(v1, run->old_object ? as_v1(run->old_object, a) : NULL,
                            run->request->version, run->request->target, errs);
    if (errs->count || !crd_read(v1, run->request->target, a, &crd, &err)) {
        return;
    }
    for (size_t i = 0; i < crd.version_count; i++) {
        if (crd.versions[i].has_rules) {
            admission_warn(run, arena_printf(a,
                                             "podgate keeps x-kubernetes-validations (version "
                                             "%.*s) but does not evaluate them",
                                             STR_ARG(crd.versions[i].name)));
        }
    }
}

static void validate_status(AdmissionRun *run, FieldErrors *errs)
{
    crd_definition_validate_status(as_v1(&run->object, run->arena),
                                   as_v1(run->old_object, run->arena), run->request->target, errs);
}

#define OF_DEFINITIONS                                                                            \
    .group = STR_INIT("apiextensions.k8s.io"), .resource = STR_INIT("customresourcedefinitions"), \
    .defaults = apply_defaults

static const AdmissionStrategy rows[] = {
    {
        OF_DEFINITIONS,
        .prepare_create = prepare,
        .prepare_update = prepare,
        .validate_create = validate,
        .validate_update = validate,
        .needs_version = true,
    },
    {
        OF_DEFINITIONS,
        .subresource = STR_INIT("status"),
        .prepare_update = prepare_status,
        .validate_update = validate_status,
        .needs_version = true,
    },
};

const AdmissionStrategyList admission_strategies_definitions = { rows, COUNT_OF(rows) };
