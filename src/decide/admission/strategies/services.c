/* SPDX-License-Identifier: Apache-2.0 */
/* Services. Source: Kubernetes pkg/registry/core/service */
#include "decide/admission/strategies/strategies.h"
#include "kube/core/core.h"
#include "kube/core/service_allocate.h"

static void prepare_new(AdmissionRun *run)
{
    service_prepare_for_create(admission_own(run), run->request->target, run->arena);
}

/* Services are validated before the store fills in the version of an update that names none. */
static void forget_filled_version(AdmissionRun *run)
{
    Str given = value_as_str(value_at(run->request->object, "metadata", "resourceVersion", NULL));
    Str stored = value_as_str(
        value_at(run->request->old_object, "metadata", "resourceVersion", NULL));
    if (given.len == 0 && stored.len > 0) {
        value_remove(value_get_lit(admission_own(run), "metadata"), STR("resourceVersion"));
    }
}

static void prepare_changed(AdmissionRun *run)
{
    forget_filled_version(run);
    service_prepare_for_update(admission_own(run), run->old_object, run->request->target,
                               run->arena);
}

static void validate_new(AdmissionRun *run, FieldErrors *errs)
{
    service_validate(&run->object, run->request->target, errs);
}

static void validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    service_validate_update(&run->object, run->old_object, run->request->target, errs);
}

static void status_prepare(AdmissionRun *run)
{
    Value *service = admission_own(run);
    const Value *spec = value_get_lit(run->old_object, "spec");
    if (spec) {
        value_set_lit(service, "spec", value_copy(spec, run->arena), run->arena);
    }
}

static void status_validate(AdmissionRun *run, FieldErrors *errs)
{
    service_validate_status_update(&run->object, run->old_object, run->request->target, errs);
}

/* -- allocation -------------------------------------------------------------------------------- */

typedef struct ServiceList {
    const Value **items;
    size_t count;
    size_t room;
} ServiceList;

static void add_all(ServiceList *to, ObjectList from, Arena *a)
{
    if (to->count + from.count > to->room) {
        to->room = 2 * (to->count + from.count);
        const Value **items = new(a, const Value *, to->room);
        if (to->count) {
            memcpy(items, to->items, to->count * sizeof(*items));
        }
        to->items = items;
    }
    for (size_t i = 0; i < from.count; i++) {
        to->items[to->count++] = from.items[i];
    }
}

static ServiceList all_services(const AdmissionRun *run)
{
    const Facts *facts = run->facts;
    ObjectKey key = { .group = STR(""), .kind = STR("Namespace"), .namespace = STR("") };
    ObjectList namespaces = facts->objects(facts->cluster, key);
    ServiceList list = { NULL, 0, 0 };
    key.kind = STR("Service");
    for (size_t i = 0; i < namespaces.count; i++) {
        key.namespace = value_as_str(value_at(namespaces.items[i], "metadata", "name", NULL));
        add_all(&list, facts->objects(facts->cluster, key), run->arena);
    }
    return list;
}

static bool allocate(AdmissionRun *run)
{
    ServiceList list = all_services(run);
    ServicePools pools = {
        .services = list.items,
        .count = list.count,
        .seed = admission_suffix(run),
        .dry_run = run->request->dry_run,
    };
    bool update = run->request->operation == ADMISSION_UPDATE;
    Status refusal;
    return service_allocate(admission_own(run), update ? run->old_object : NULL, &pools,
                            run->request->target, run->arena, &refusal) ||
           admission_refuse(run, refusal);
}

static const AdmissionStrategy rows[] = {
    {
        .resource = STR_INIT("services"),
        .defaults = service_apply_defaults,
        .prepare_create = prepare_new,
        .prepare_update = prepare_changed,
        .validate_create = validate_new,
        .validate_update = validate_changed,
        .allocate = allocate,
    },
    {
        .resource = STR_INIT("services"),
        .subresource = STR_INIT("status"),
        .defaults = service_apply_defaults,
        .prepare_update = status_prepare,
        .validate_update = status_validate,
    },
};

const AdmissionStrategyList admission_strategies_services = { rows, COUNT_OF(rows) };
