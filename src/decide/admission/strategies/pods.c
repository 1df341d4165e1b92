/* SPDX-License-Identifier: Apache-2.0 */
/* Pods and their subresources. Source: Kubernetes pkg/registry/core/pod */
#include "decide/admission/strategies/prepare.h"
#include "decide/admission/strategies/strategies.h"
#include "kube/pod/defaults.h"
#include "kube/pod/prepare.h"
#include "kube/pod/validate.h"

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

enum { QOS_KEPT_SINCE = 30 };

static void pod_status_prepare(AdmissionRun *run)
{
    Arena *a = run->arena;
    Value *pod = admission_own(run);
    const Value *spec = value_get_lit(run->old_object, "spec");
    if (spec) {
        value_set_lit(pod, "spec", value_copy(spec, a), a);
    }
    Value *status = value_need_object(pod, STR("status"), a);
    const Value *class = value_at(run->old_object, "status", "qosClass", NULL);
    if (status && run->request->target->minor >= QOS_KEPT_SINCE && !value_is_null(class) &&
        value_get_str(status, STR("qosClass")).len == 0) {
        value_set_lit(status, "qosClass", *class, a);
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

/* Of all but the list nothing can be written. Up to 1.33 that went for who manages it, too. */
enum { EPHEMERAL_MANAGED_SINCE = 34 };

static void ephemeral_prepare(AdmissionRun *run)
{
    Arena *a = run->arena;
    const Value *spec = value_get_lit(&run->object, "spec");
    if (!value_is(spec, VALUE_OBJECT)) {
        return; /* up to 1.21 the list is all there is */
    }
    const Value *list = value_get_lit(spec, "ephemeralContainers");
    if (list) {
        Value *copy = new(a, Value, 1);
        *copy = value_copy(list, a);
        list = copy;
    }
    static const Str of_metadata[] = {
        STR_INIT("deletionTimestamp"), STR_INIT("generation"),      STR_INIT("labels"),
        STR_INIT("annotations"),       STR_INIT("ownerReferences"), STR_INIT("finalizers"),
        STR_INIT("managedFields"),     STR_INIT("generateName"),
    };
    size_t kept = COUNT_OF(of_metadata);
    if (run->request->target->minor >= EPHEMERAL_MANAGED_SINCE) {
        kept -= 2;
    }
    for (size_t i = 0; i < kept; i++) {
        prepare_keep_metadata(run, of_metadata[i]);
    }
    prepare_keep(run, STR("spec"));
    prepare_keep(run, STR("status"));
    Value *now = value_need_object(admission_own(run), STR("spec"), a);
    if (list) {
        value_set_lit(now, "ephemeralContainers", *list, a);
    } else {
        value_remove(now, STR("ephemeralContainers"));
    }
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

static const AdmissionStrategy rows[] = {
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
        .prepare_update = ephemeral_prepare,
        .validate_update = ephemeral_validate,
    },
};

const AdmissionStrategyList admission_strategies_pods = { rows, COUNT_OF(rows) };
