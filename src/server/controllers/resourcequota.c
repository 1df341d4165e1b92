/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status of ResourceQuotas: what is counted, and how much of it there is. Admission adds what
 * is created; this controller counts anew when the quota changes or something went.
 *
 * Source: Kubernetes pkg/controller/resourcequota, k8s.io/apiserver pkg/quota/v1/generic
 */
#include "decide/admission/quota_usage.h"
#include "server/controllers/resources.h"

/* -- what there is to look at ------------------------------------------------------------------ */

static bool has_ended(const Value *pod)
{
    Str phase = value_as_str(value_at(pod, "status", "phase", NULL));
    return str_eq(phase, STR("Succeeded")) || str_eq(phase, STR("Failed"));
}

static Str service_type(const Value *service)
{
    return value_as_str(value_at(service, "spec", "type", NULL));
}

/* Does the change free something? What is added was counted at admission. */
static bool frees(const CtlKind *kind, const StoreEvent *event)
{
    if (event->kind != STORE_MODIFIED) {
        return event->kind == STORE_DELETED;
    }
    const Value *now = &event->object->object;
    const Value *old = &event->old->object;
    if (str_eq(kind->kind, STR("Pod"))) {
        return has_ended(now) && !has_ended(old);
    }
    return str_eq(kind->kind, STR("Service")) && !str_eq(service_type(now), service_type(old));
}

static void observe_quota(Ctl *c, const StoreEvent *event)
{
    const StoreObject *o = event->object;
    if (event->kind == STORE_DELETED) {
        return;
    }
    const Value *old = event->old ? value_get_lit(&event->old->object, "spec") : NULL;
    if (old && value_equal(value_get_lit(&o->object, "spec"), old)) {
        return;
    }
    ctl_enqueue(c, o->namespace, o->name);
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    bool is_core = kind->group.len == 0;
    if (is_core && str_eq(kind->kind, STR("ResourceQuota"))) {
        observe_quota(c, event);
    }
    if (str_eq(kind->kind, STR("CustomResourceDefinition")) && event->kind != STORE_DELETED) {
        ctl_enqueue(c, STR(""), STR("")); /* to watch its kind */
    }
    Str namespace = event->object->namespace;
    if (namespace.len == 0 || !frees(kind, event)) {
        return;
    }
    size_t count;
    const Value *const *quotas = ctl_list(c, STR(""), STR("ResourceQuota"), namespace, &count);
    for (size_t i = 0; i < count; i++) {
        ctl_enqueue(c, namespace, ctl_name(quotas[i]));
    }
}

static void missed(Ctl *c, const CtlKind *kind)
{
    size_t count;
    const Value *const *quotas = ctl_list(c, STR(""), STR("ResourceQuota"), STR_ABSENT, &count);
    (void)kind;
    for (size_t i = 0; i < count; i++) {
        ctl_enqueue(c, ctl_namespace(quotas[i]), ctl_name(quotas[i]));
    }
}

static void watch_all(Ctl *c)
{
    CtlResources all = ctl_resources(c);
    for (size_t i = 0; i < all.count; i++) {
        if (all.items[i].namespaced && !all.items[i].is_alias) {
            ctl_watch(c, all.items[i].group, all.items[i].kind);
        }
    }
}

/* -- counting ---------------------------------------------------------------------------------- */

static void count_objects(Ctl *c, const CtlResource *r, const QuotaKind *kind, const Value *quota,
                          ResourceList *used)
{
    size_t count;
    const Value *const *objects = ctl_list(c, r->group, r->kind, ctl_namespace(quota), &count);
    for (size_t i = 0; i < count; i++) {
        if (quota_in_scopes(kind, objects[i], value_get_lit(quota, "spec"), c->target)) {
            *used = resources_add(*used, quota_usage(kind, objects[i], c->target, c->arena),
                                  c->arena);
        }
    }
}

/* What concerns the kind starts at nothing. False when nothing does. */
static bool begin_count(const QuotaKind *kind, ResourceList hard, ResourceList *known,
                        ResourceList *used, Arena *a)
{
    ResourceList zero = { new(a, Resource, hard.count), 0 };
    for (size_t i = 0; i < hard.count; i++) {
        if (quota_concerns(kind, hard.items[i].name, a)) {
            zero.items[zero.count++] = (Resource){ hard.items[i].name,
                                                   quantity_from_int(0, QUANTITY_DECIMAL_SI) };
        }
    }
    *known = resources_add(*known, zero, a);
    *used = resources_add(*used, zero, a);
    return zero.count > 0;
}

/* {"pods": "1"}: what is under the quota, of that which somebody counts or the status knew. */
static Value used_of(Ctl *c, const Value *quota, ResourceList hard)
{
    Arena *a = c->arena;
    ResourceList known = { NULL, 0 }, used = { NULL, 0 };
    CtlResources all = ctl_resources(c);
    for (size_t i = 0; i < all.count; i++) {
        const CtlResource *r = &all.items[i];
        QuotaKind kind = quota_kind_find(r->group, str_from_c(r->resource), r->kind);
        if (r->namespaced && begin_count(&kind, hard, &known, &used, a)) {
            count_objects(c, r, &kind, quota, &used);
        }
    }
    ResourceList before = resources_read(value_at(quota, "status", "used", NULL), a);
    Value out = value_object();
    for (size_t i = 0; i < hard.count; i++) {
        Str name = hard.items[i].name;
        const Quantity *q = resources_find(resources_has(known, name) ? used : before, name);
        if (q) {
            value_set(&out, name, value_str(quantity_text(q, a)), a);
        }
    }
    return out;
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    Arena *a = c->arena;
    if (name.len == 0) {
        watch_all(c);
        return true;
    }
    const Value *stored = ctl_get(c, STR(""), STR("ResourceQuota"), namespace, name);
    if (stored == NULL) {
        return true;
    }
    const Value *hard = value_at(stored, "spec", "hard", NULL);
    const Value *status = value_get_lit(stored, "status");
    Value used = used_of(c, stored, resources_read(hard, a));
    const Value *old_hard = value_get_lit(status, "hard");
    const Value *old_used = value_get_lit(status, "used");
    if (old_hard && old_used && resources_equal(hard, old_hard, a) &&
        resources_equal(&used, old_used, a)) {
        return true;
    }
    Value quota = value_copy(stored, a);
    Value *now = value_set_lit(&quota, "status", value_object(), a);
    value_set_lit(now, "hard", hard ? *hard : value_object(), a);
    value_set_lit(now, "used", used, a);
    CtlObject at = { "v1", "resourcequotas", namespace, name, "status" };
    ApiResponse response;
    bool written = ctl_update(c, &at, &quota, &response);
    if (written && !(old_hard && resources_equal(hard, old_hard, a))) {
        /* What was created since the counting, under no limit yet, admission did not add. */
        ctl_enqueue(c, namespace, name);
    }
    return written || response.code == 404;
}

const Controller controller_resourcequota = {
    .name = STR_INIT("resourcequota-controller"),
    .kinds = { { STR_INIT(""), STR_INIT("ResourceQuota") },
               { STR_INIT("apiextensions.k8s.io"), STR_INIT("CustomResourceDefinition") } },
    .observe = observe,
    .missed = missed,
    .sync = sync,
    .start = watch_all,
};
