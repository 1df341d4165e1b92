/* SPDX-License-Identifier: Apache-2.0 */
/* Ingresses, IngressClasses and NetworkPolicies. Source: Kubernetes pkg/registry/networking */
#include "decide/admission/strategies/prepare.h"
#include "decide/admission/strategies/strategies.h"
#include "kube/groups/ingress.h"
#include "kube/groups/network_policy.h"

/* What these kinds were called first: API servers of before 1.29 say so in a 422. */
#define FIRST_GROUP .invalid_group = STR_INIT("extensions"), .invalid_group_until = 29

/* -- Ingresses ----------------------------------------------------------------------------------
 */

static void ingress_prepare_new(AdmissionRun *run)
{
    prepare_first_generation(run);
    prepare_clear(run, STR("status"));
}

static void ingress_prepare_changed(AdmissionRun *run)
{
    prepare_keep(run, STR("status"));
    prepare_next_generation(run, STR("spec"));
}

static void ingress_status_prepare(AdmissionRun *run)
{
    prepare_keep(run, STR("spec"));
}

static void ingress_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    ingress_validate_create(&run->object, run->request->target, errs);
}

static void ingress_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    ingress_validate_update(&run->object, run->old_object, run->request->target, errs);
}

static void ingress_validate_status(AdmissionRun *run, FieldErrors *errs)
{
    ingress_validate_status_update(&run->object, run->old_object, errs);
}

/* -- IngressClasses and NetworkPolicies: whose spec alone counts ---------------------------------
 */

static void spec_prepare_changed(AdmissionRun *run)
{
    prepare_next_generation(run, STR("spec"));
}

/* Here an empty list in place of none is a change. */
static void network_policy_prepare_changed(AdmissionRun *run)
{
    prepare_next_generation_exactly(run, STR("spec"));
}

static void ingress_class_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    ingress_class_validate_create(&run->object, run->request->target, errs);
}

static void ingress_class_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    ingress_class_validate_update(&run->object, run->old_object, run->request->target, errs);
}

static void network_policy_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    network_policy_validate_create(&run->object, run->request->target, errs);
}

static void network_policy_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    network_policy_validate_update(&run->object, run->old_object, run->request->target, errs);
}

#define INGRESSES(in_group)                                                                   \
    {                                                                                         \
        .group = STR_INIT(in_group),                                                          \
        .resource = STR_INIT("ingresses"),                                                    \
        .defaults = ingress_apply_defaults,                                                   \
        .prepare_create = ingress_prepare_new,                                                \
        .prepare_update = ingress_prepare_changed,                                            \
        .validate_create = ingress_validate_new,                                              \
        .validate_update = ingress_validate_changed,                                          \
        FIRST_GROUP,                                                                          \
    },                                                                                        \
    {                                                                                         \
        .group = STR_INIT(in_group), .resource = STR_INIT("ingresses"),                       \
        .subresource = STR_INIT("status"), .defaults = ingress_apply_defaults,                \
        .prepare_update = ingress_status_prepare, .validate_update = ingress_validate_status, \
        FIRST_GROUP                                                                           \
    }

#define NETWORK_POLICIES(in_group)                                                             \
    {                                                                                          \
        .group = STR_INIT(in_group), .resource = STR_INIT("networkpolicies"),                  \
        .defaults = network_policy_apply_defaults, .prepare_create = prepare_first_generation, \
        .prepare_update = network_policy_prepare_changed,                                      \
        .validate_create = network_policy_validate_new,                                        \
        .validate_update = network_policy_validate_changed, FIRST_GROUP,                       \
    }

static const AdmissionStrategy rows[] = {
    INGRESSES("networking.k8s.io"),
    INGRESSES("extensions"),
    NETWORK_POLICIES("networking.k8s.io"),
    NETWORK_POLICIES("extensions"),
    {
        .group = STR_INIT("networking.k8s.io"),
        .resource = STR_INIT("ingressclasses"),
        .defaults = ingress_class_apply_defaults,
        .prepare_create = prepare_first_generation,
        .prepare_update = spec_prepare_changed,
        .validate_create = ingress_class_validate_new,
        .validate_update = ingress_class_validate_changed,
    },
};

const AdmissionStrategyList admission_strategies_networking = { rows, COUNT_OF(rows) };
