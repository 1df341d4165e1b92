/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is special about one resource on its way into the store: a row for each.
 *
 * Source: Kubernetes pkg/registry/<group>/<resource>/strategy.go
 */
#include "decide/admission/run.h"
#include "decide/psp/object.h"
#include "decide/rbac/escalate.h"
#include "decide/rbac/validate.h"
#include "kube/meta.h"
#include "kube/pod/defaults.h"
#include "kube/pod/prepare.h"
#include "kube/pod/validate.h"

/* -- pods -------------------------------------------------------------------------------------- */

static void pod_prepare_new(AdmissionRun *run)
{
    pod_prepare_for_create(admission_own(run), run->request->target, run->arena);
}

static void pod_prepare_changed(AdmissionRun *run)
{
    pod_prepare_for_update(admission_own(run), run->old_object, run->request->target, run->arena);
}

static void pod_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    pod_validate_create(&run->object, run->request->target, errs);
}

static void pod_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    pod_validate_update(&run->object, run->old_object, run->request->target, errs);
}

/* -- pods/status: of all but the status only labels and annotations can be written ----------------
 */

static void pod_status_prepare(AdmissionRun *run)
{
    Arena *a = run->arena;
    Value *pod = admission_own(run);
    const Value *spec = value_get_lit(run->old_object, "spec");
    if (spec) {
        value_set_lit(pod, "spec", value_copy(spec, a), a);
    }
    Value *metadata = value_need_object(pod, STR("metadata"), a);
    const Value *owners = value_at(run->old_object, "metadata", "ownerReferences", NULL);
    if (owners) {
        value_set_lit(metadata, "ownerReferences", value_copy(owners, a), a);
    } else {
        value_remove(metadata, STR("ownerReferences"));
    }
}

/* -- pods/ephemeralcontainers, whose body up to 1.21 is a kind of its own
 * --------------------------- */

static void ephemeral_defaults(Value *object, const KubeTarget *target, Arena *a)
{
    Value *list = value_get_lit(object, "ephemeralContainers");
    if (!value_is(list, VALUE_ARRAY)) {
        pod_apply_defaults(object, target, a);
        return;
    }
    Value spec = value_object();
    value_set_lit(&spec, "ephemeralContainers", *list, a);
    Value pod = value_object();
    value_set_lit(&pod, "spec", spec, a);
    pod_apply_defaults(&pod, target, a);
    value_set_lit(object, "ephemeralContainers",
                  *value_at(&pod, "spec", "ephemeralContainers", NULL), a);
}

static void ephemeral_validate(AdmissionRun *run, FieldErrors *errs)
{
    Arena *a = run->arena;
    Value pod = run->object;
    const Value *list = value_get_lit(&run->object, "ephemeralContainers");
    if (list || !value_get_lit(&run->object, "spec")) {
        pod = value_copy(run->old_object, a);
        Value *spec = value_need_object(&pod, STR("spec"), a);
        value_set_lit(spec, "ephemeralContainers", list ? *list : value_array(), a);
    }
    pod_validate_ephemeral_containers_update(&pod, run->old_object, run->request->target, errs);
}

/* -- PodSecurityPolicies ------------------------------------------------------------------------
 */

static void policy_defaults(Value *object, const KubeTarget *target, Arena *a)
{
    (void)target;
    psp_apply_defaults(object, a);
}

static void policy_prepare(AdmissionRun *run)
{
    psp_prepare(admission_own(run), run->old_object, run->request->target);
}

static void policy_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(&run->object, "metadata");
    Path at = path_root("metadata");
    meta_validate(metadata, false, name_check_dns1123_subdomain, &at, errs);
    meta_validate_finalizers(metadata, &at, errs);
    psp_validate(&run->object, run->request->target, errs);
}

static void policy_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(&run->object, "metadata");
    Path at = path_root("metadata");
    meta_validate_update(metadata, value_get_lit(run->old_object, "metadata"), &at, errs);
    meta_validate_finalizers(metadata, &at, errs);
    psp_validate(&run->object, run->request->target, errs);
}

/* -- namespaces
 * ------------------------------------------------------------------------------------ */

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

/* -- RBAC
 * ------------------------------------------------------------------------------------------
 */

static void rbac_defaults(Value *object, const KubeTarget *target, Arena *a)
{
    (void)target;
    rbac_apply_defaults(object, a);
}

static void rbac_validate_new(AdmissionRun *run, FieldErrors *errs)
{
    rbac_validate_create(&run->object, errs);
}

static void rbac_validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    rbac_validate_update(&run->object, run->old_object, errs);
}

static bool rbac_guard(AdmissionRun *run)
{
    const AdmissionRequest *r = run->request;
    RbacWrite write = {
        .user = r->user,
        .kind = r->kind,
        .namespace = r->namespace,
        .name = r->name,
        .object = &run->object,
        .old = run->old_object,
    };
    Status refusal;
    return rbac_write_allowed(run->facts, &write, run->arena, &refusal) ||
           admission_refuse(run, refusal);
}

/* -- the rows
 * --------------------------------------------------------------------------------------- */

static const AdmissionStrategy strategies[] = {
    {
        .resource = STR_INIT("pods"),
        .defaults = pod_apply_defaults,
        .prepare_create = pod_prepare_new,
        .prepare_update = pod_prepare_changed,
        .validate_create = pod_validate_new,
        .validate_update = pod_validate_changed,
        .does_common_checks = true,
    },
    {
        .resource = STR_INIT("pods"),
        .subresource = STR_INIT("status"),
        .defaults = pod_apply_defaults,
        .prepare_update = pod_status_prepare,
    },
    {
        .resource = STR_INIT("pods"),
        .subresource = STR_INIT("resize"),
        .defaults = pod_apply_defaults,
    },
    {
        .resource = STR_INIT("pods"),
        .subresource = STR_INIT("ephemeralcontainers"),
        .old_kind = STR_INIT("Pod"),
        .defaults = ephemeral_defaults,
        .validate_update = ephemeral_validate,
    },
    {
        .group = STR_INIT("policy"),
        .resource = STR_INIT("podsecuritypolicies"),
        .defaults = policy_defaults,
        .prepare_create = policy_prepare,
        .prepare_update = policy_prepare,
        .validate_create = policy_validate_new,
        .validate_update = policy_validate_changed,
        .invalid_group = STR_INIT("extensions"),
    },
    {
        .group = STR_INIT(RBAC_GROUP),
        .resource = STR_INIT("roles"),
        .defaults = rbac_defaults,
        .guard = rbac_guard,
        .validate_create = rbac_validate_new,
        .validate_update = rbac_validate_changed,
    },
    {
        .group = STR_INIT(RBAC_GROUP),
        .resource = STR_INIT("clusterroles"),
        .defaults = rbac_defaults,
        .guard = rbac_guard,
        .validate_create = rbac_validate_new,
        .validate_update = rbac_validate_changed,
    },
    {
        .group = STR_INIT(RBAC_GROUP),
        .resource = STR_INIT("rolebindings"),
        .defaults = rbac_defaults,
        .guard = rbac_guard,
        .validate_create = rbac_validate_new,
        .validate_update = rbac_validate_changed,
    },
    {
        .group = STR_INIT(RBAC_GROUP),
        .resource = STR_INIT("clusterrolebindings"),
        .defaults = rbac_defaults,
        .guard = rbac_guard,
        .validate_create = rbac_validate_new,
        .validate_update = rbac_validate_changed,
    },
    {
        .resource = STR_INIT("namespaces"),
        .prepare_create = namespace_prepare,
        .validate_create = namespace_validate,
    },
};

/* Rows that have a file of their own. */
static const AdmissionStrategy *const others[] = { &admission_strategy_priority_class };

static bool is_for(const AdmissionStrategy *row, Str group, Str resource, Str subresource)
{
    return str_eq(row->resource, resource) && str_eq(row->subresource, subresource) &&
           str_eq(row->group, group);
}

const AdmissionStrategy *admission_strategy_find(Str group, Str resource, Str subresource)
{
    static const AdmissionStrategy nothing_special;
    for (size_t i = 0; i < COUNT_OF(strategies); i++) {
        if (is_for(&strategies[i], group, resource, subresource)) {
            return &strategies[i];
        }
    }
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (is_for(others[i], group, resource, subresource)) {
            return others[i];
        }
    }
    return &nothing_special;
}
