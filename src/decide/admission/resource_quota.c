/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ResourceQuota: what a namespace holds stays within the quotas that are set for it.
 *
 * A quota is held against its status, as the quota controller keeps it. One that has no status (a
 * manifest) is held against its spec and what the state holds.
 *
 * Source: k8s.io/apiserver pkg/admission/plugin/resourcequota
 */
#include "decide/admission/quota_usage.h"
#include "decide/admission/run.h"

typedef struct Quota {
    Str name;
    const Value *spec;
    ResourceList hard;
    ResourceList used;
    bool is_counted; /* it has no status: what it has used was found in the state */
} Quota;

/* The object of the request itself, which a folder of manifests holds before it is made. */
static bool is_created(const AdmissionRun *run, const Value *object)
{
    Str name = value_as_str(value_at(&run->object, "metadata", "name", NULL));
    return run->request->operation == ADMISSION_CREATE && name.len > 0 &&
           str_eq(name, value_as_str(value_at(object, "metadata", "name", NULL)));
}

/* An object of the state with its defaults: manifests leave them out. */
static void read_counted(const AdmissionRun *run, const QuotaKind *kind, const Value *object,
                         Value *out)
{
    const AdmissionStrategy *strategy = admission_strategy_find(kind->group, kind->resource,
                                                                STR(""));
    *out = *object;
    if (strategy->defaults) {
        *out = value_copy(object, run->arena);
        strategy->defaults(out, run->request->target, run->arena);
    }
}

/* What the objects of the state use together under the quota. */
static ResourceList count_state(const AdmissionRun *run, const QuotaKind *kind, const Value *spec,
                                ResourceList hard)
{
    Arena *a = run->arena;
    const KubeTarget *target = run->request->target;
    ResourceList used = { new(a, Resource, hard.count), 0 };
    for (size_t i = 0; i < hard.count; i++) {
        used.items[used.count++] = (Resource){ hard.items[i].name,
                                               quantity_from_int(0, QUANTITY_DECIMAL_SI) };
    }
    ObjectKey key = { kind->group, kind->kind, run->request->namespace, STR("") };
    ObjectList objects = run->facts->objects(run->facts->cluster, key);
    for (size_t i = 0; i < objects.count; i++) {
        Value object;
        if (!is_created(run, objects.items[i])) {
            read_counted(run, kind, objects.items[i], &object);
            if (quota_in_scopes(kind, &object, spec, target)) {
                used = resources_add(used, quota_usage(kind, &object, target, a), a);
            }
        }
    }
    return used;
}

static Quota read_quota(const AdmissionRun *run, const QuotaKind *kind, const Value *object)
{
    Arena *a = run->arena;
    const Value *status = value_get_lit(object, "status");
    Quota q = {
        .name = value_as_str(value_at(object, "metadata", "name", NULL)),
        .spec = value_get_lit(object, "spec"),
        .hard = resources_read(value_get_lit(status, "hard"), a),
        .used = resources_read(value_get_lit(status, "used"), a),
    };
    if (value_len(status) == 0) {
        q.hard = resources_read(value_get_lit(q.spec, "hard"), a);
        q.used = count_state(run, kind, q.spec, q.hard);
        q.is_counted = true;
    }
    return q;
}

/* Those of list that the test holds for. */
typedef bool Keep(const Resource *r, const void *context);

static ResourceList filter(ResourceList list, Keep *keep, const void *context, Arena *a)
{
    ResourceList out = { new(a, Resource, list.count), 0 };
    for (size_t i = 0; i < list.count; i++) {
        if (keep(&list.items[i], context)) {
            out.items[out.count++] = list.items[i];
        }
    }
    return out;
}

static bool is_in(const Resource *r, const void *list)
{
    return resources_has(*(const ResourceList *)list, r->name);
}

static bool is_nonzero(const Resource *r, const void *context)
{
    (void)context;
    return !quantity_is_zero(&r->quantity);
}

static bool is_negative(const Resource *r, const void *context)
{
    (void)context;
    return quantity_sign(&r->quantity) < 0;
}

static bool is_positive(const Resource *r, const void *context)
{
    (void)context;
    return quantity_sign(&r->quantity) > 0;
}

/* "a=1,b=2Gi", or with names_only "a,b" */
static Str print(ResourceList list, bool names_only, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < list.count; i++) {
        buf_add(&b, i ? STR(",") : STR(""));
        buf_add(&b, list.items[i].name);
        if (!names_only) {
            buf_byte(&b, '=');
            buf_add(&b, quantity_text(&list.items[i].quantity, a));
        }
    }
    return buf_str(&b);
}

/* The hard limits of the quota that concern the kind. */
static ResourceList concerning(const QuotaKind *kind, ResourceList hard, Arena *a)
{
    ResourceList out = { new(a, Resource, hard.count), 0 };
    for (size_t i = 0; i < hard.count; i++) {
        if (quota_concerns(kind, hard.items[i].name, a)) {
            out.items[out.count++] = hard.items[i];
        }
    }
    return out;
}

/* Keeps the quotas that the object counts under; refused when it does not say what they ask for. */
static bool match(AdmissionRun *run, const QuotaKind *kind, Quota *quotas, size_t *count)
{
    Arena *a = run->arena;
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        Quota q = quotas[i];
        ResourceList restricted = concerning(kind, q.hard, a);
        if (restricted.count == 0 ||
            !quota_in_scopes(kind, &run->object, q.spec, run->request->target)) {
            continue;
        }
        Str missing = kind->missing
                          ? kind->missing(&run->object, restricted, run->request->target, a)
                          : STR("");
        if (missing.len) {
            return admission_forbid(run, "failed quota: %.*s: must specify %.*s", STR_ARG(q.name),
                                    STR_ARG(missing));
        }
        if (filter(restricted, is_in, &q.used, a).count < restricted.count) {
            return admission_forbid(run, "status unknown for quota: %.*s, resources: %.*s",
                                    STR_ARG(q.name), STR_ARG(print(restricted, true, a)));
        }
        quotas[kept++] = q;
    }
    *count = kept;
    return true;
}

static bool check(AdmissionRun *run, const Quota *q, ResourceList delta)
{
    Arena *a = run->arena;
    ResourceList requested = filter(delta, is_in, &q->hard, a);
    ResourceList after = resources_add(q->used, requested, a);
    ResourceList exceeded = { new(a, Resource, requested.count), 0 };
    for (size_t i = 0; i < requested.count; i++) {
        Str name = requested.items[i].name;
        if (quantity_cmp(resources_find(after, name), resources_find(q->hard, name)) > 0) {
            exceeded.items[exceeded.count++] = requested.items[i];
        }
    }
    if (exceeded.count == 0) {
        return true;
    }
    AdmissionExcess *excess = new(a, AdmissionExcess, 1);
    *excess = (AdmissionExcess){ q->name, exceeded, filter(q->used, is_in, &exceeded, a),
                                 filter(q->hard, is_in, &exceeded, a) };
    run->decision->excess = excess;
    return admission_forbid(run, "exceeded quota: %.*s, requested: %.*s, used: %.*s, limited: %.*s",
                            STR_ARG(q->name), STR_ARG(print(exceeded, false, a)),
                            STR_ARG(print(excess->used, false, a)),
                            STR_ARG(print(excess->hard, false, a)));
}

/* Those that the object counts under get a new usage, as the plugin writes it into their status. */
static void note_usage(AdmissionRun *run, const Quota *quotas, size_t count, ResourceList delta)
{
    Arena *a = run->arena;
    const AdmissionQuotaUse **end = &run->decision->quotas;
    for (size_t i = 0; i < count; i++) {
        ResourceList requested = filter(delta, is_in, &quotas[i].hard, a);
        if (requested.count == 0 || quotas[i].is_counted) {
            continue;
        }
        AdmissionQuotaUse *use = new(a, AdmissionQuotaUse, 1);
        *use = (AdmissionQuotaUse){ .name = quotas[i].name, .used = value_object() };
        ResourceList after = resources_add(quotas[i].used, requested, a);
        for (size_t j = 0; j < after.count; j++) {
            value_set(&use->used, after.items[j].name,
                      value_str(quantity_text(&after.items[j].quantity, a)), a);
        }
        *end = use;
        end = (const AdmissionQuotaUse **)&use->next;
    }
}

static bool validate(AdmissionRun *run)
{
    const AdmissionRequest *r = run->request;
    Arena *a = run->arena;
    bool resize = admission_is_pod_resize(run);
    if ((r->subresource.len && !resize) || r->namespace.len == 0) {
        return true;
    }
    QuotaKind kind = quota_kind_find(r->group, r->resource, r->kind);
    kind.operations |= resize ? ADMISSION_UPDATE : 0;
    ObjectKey key = { STR(""), STR("ResourceQuota"), r->namespace, STR("") };
    ObjectList objects = run->facts->objects(run->facts->cluster, key);
    if (!(kind.operations & r->operation) || objects.count == 0) {
        return true;
    }
    Quota *quotas = new(a, Quota, objects.count);
    size_t count = objects.count;
    for (size_t i = 0; i < count; i++) {
        quotas[i] = read_quota(run, &kind, objects.items[i]);
    }
    if (!match(run, &kind, quotas, &count)) {
        return false;
    }
    ResourceList delta = quota_usage(&kind, &run->object, r->target, a);
    ResourceList negative = filter(delta, is_negative, NULL, a);
    if (negative.count > 0) {
        return admission_forbid(run, "quota usage is negative for resource(s): %.*s",
                                STR_ARG(print(negative, true, a)));
    }
    if (r->operation == ADMISSION_UPDATE) {
        delta = resources_subtract(delta, quota_usage(&kind, run->old_object, r->target, a), a);
        delta = filter(delta, is_positive, NULL, a);
    }
    delta = filter(delta, is_nonzero, NULL, a);
    for (size_t i = 0; i < count; i++) {
        if (!check(run, &quotas[i], delta)) {
            return false;
        }
    }
    note_usage(run, quotas, count, delta);
    return true;
}

const AdmissionPlugin admission_resource_quota = {
    .name = STR_INIT("ResourceQuota"),
    .operations = ADMISSION_CREATE | ADMISSION_UPDATE,
    .validate = validate,
};
