/* SPDX-License-Identifier: Apache-2.0 */
/* Webhook configurations and APIServices. Source: Kubernetes pkg/registry/admissionregistration,
 * k8s.io/kube-aggregator pkg/registry/apiservice */
#include "decide/admission/strategies/prepare.h"
#include "decide/admission/strategies/strategies.h"
#include "kube/groups/api_service.h"
#include "kube/groups/webhooks.h"

/* -- webhook configurations ----------------------------------------------------------------------
 */

static void webhooks_prepare_changed(AdmissionRun *run)
{
    prepare_next_generation_exactly(run, STR("webhooks"));
}

/* Where a webhook is asked more often than it wants to be. */
static void warn_of_conditions(AdmissionRun *run)
{
    size_t i = 0;
    VALUE_EACH_ITEM(hook, value_get_lit(&run->object, "webhooks")) {
        if (value_len(value_get_lit(hook, "matchConditions"))) {
            admission_warn(run,
                           arena_printf(run->arena,
                                        "podgate does not evaluate webhooks[%zu].matchConditions: "
                                        "the webhook is asked wherever its rules and selectors "
                                        "match",
                                        i));
        }
        i++;
    }
}

static void webhooks_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    webhooks_validate_create(&run->object, run->request->target, errs);
    warn_of_conditions(run);
}

static void webhooks_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    webhooks_validate_update(&run->object, run->old_object, run->request->target, errs);
    warn_of_conditions(run);
}

/* -- APIServices --------------------------------------------------------------------------------
 */

static void api_service_prepare_new(AdmissionRun *run)
{
    prepare_clear(run, STR("status"));
    api_service_mark_local(admission_own(run), prepare_now(run), run->arena);
}

static void api_service_prepare_changed(AdmissionRun *run)
{
    prepare_keep(run, STR("status"));
}

static void api_service_prepare_status(AdmissionRun *run)
{
    static const Str kept[] = { STR_INIT("labels"), STR_INIT("annotations"), STR_INIT("finalizers"),
                                STR_INIT("ownerReferences") };
    prepare_keep(run, STR("spec"));
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        prepare_keep_metadata(run, kept[i]);
    }
}

static void api_service_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    api_service_validate_create(&run->object, errs);
}

static void api_service_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    api_service_validate_update(&run->object, run->old_object, errs);
}

static void api_service_validate_status(AdmissionRun *run, FieldErrors *errs)
{
    api_service_validate_status_update(&run->object, run->old_object, errs);
}

#define WEBHOOKS(of)                                                                            \
    {                                                                                           \
        .group = STR_INIT("admissionregistration.k8s.io"),                                      \
        .resource = STR_INIT(of "webhookconfigurations"), .defaults = webhooks_apply_defaults,  \
        .prepare_create = prepare_first_generation, .prepare_update = webhooks_prepare_changed, \
        .validate_create = webhooks_validate_new, .validate_update = webhooks_validate_changed, \
        .needs_version = true,                                                                  \
    }

static const AdmissionStrategy rows[] = {
    WEBHOOKS("mutating"),
    WEBHOOKS("validating"),
    {
        .group = STR_INIT("apiregistration.k8s.io"),
        .resource = STR_INIT("apiservices"),
        .defaults = api_service_apply_defaults,
        .prepare_create = api_service_prepare_new,
        .prepare_update = api_service_prepare_changed,
        .validate_create = api_service_validate_new,
        .validate_update = api_service_validate_changed,
        .needs_version = true,
    },
    {
        .group = STR_INIT("apiregistration.k8s.io"),
        .resource = STR_INIT("apiservices"),
        .subresource = STR_INIT("status"),
        .defaults = api_service_apply_defaults,
        .prepare_update = api_service_prepare_status,
        .validate_update = api_service_validate_status,
        .needs_version = true,
    },
};

const AdmissionStrategyList admission_strategies_registration = { rows, COUNT_OF(rows) };
