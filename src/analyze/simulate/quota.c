/* SPDX-License-Identifier: Apache-2.0 */
/* The quotas of a namespace while the pods of one workload come back. */
#include "analyze/simulate/quota.h"

/* -- amounts ----------------------------------------------------------------------------------- */

static ResourceList times(ResourceList list, int64_t n, Arena *a)
{
    ResourceList sum = { new(a, Resource, list.count + 1), 0 };
    ResourceList doubled = list;
    for (; n > 0; n /= 2) {
        if (n % 2) {
            sum = resources_add(sum, doubled, a);
        }
        doubled = resources_add(doubled, doubled, a);
    }
    return sum;
}

/* A pod's usage under one quota: nothing when it is not in its scopes. */
static ResourceList usage_of(const Value *quota, ResourceList hard, const Value *pod,
                             const KubeTarget *target, Arena *a)
{
    QuotaKind kind = quota_kind_find(STR(""), STR("pods"), STR("Pod"));
    ResourceList out = { new(a, Resource, hard.count + 1), 0 };
    if (!quota_in_scopes(&kind, pod, value_get_lit(quota, "spec"), target)) {
        return out;
    }
    ResourceList usage = quota_usage(&kind, pod, target, a);
    for (size_t i = 0; i < usage.count; i++) {
        if (resources_has(hard, usage.items[i].name)) {
            out.items[out.count++] = usage.items[i];
        }
    }
    return out;
}

/* -- the book ---------------------------------------------------------------------------------- */

QuotaBook quota_book_new(const Facts *facts, Str namespace, Arena *a)
{
    ObjectKey key = { STR(""), STR("ResourceQuota"), namespace, STR("") };
    QuotaBook b = { .quotas = facts->objects(facts->cluster, key) };
    b.hard = new(a, ResourceList, b.quotas.count + 1);
    b.used = new(a, ResourceList, b.quotas.count + 1);
    b.is_counted = new(a, bool, b.quotas.count + 1);
    for (size_t i = 0; i < b.quotas.count; i++) {
        const Value *status = value_get_lit(b.quotas.items[i], "status");
        const Value *hard = value_get_lit(status, "hard");
        b.is_counted[i] = value_len(status) == 0;
        b.hard[i] = resources_read(hard ? hard : value_at(b.quotas.items[i], "spec", "hard", NULL),
                                   a);
        b.used[i] = resources_read(value_get_lit(status, "used"), a);
    }
    return b;
}

void quota_book_add(QuotaBook *b, const Value *pod, int64_t pods, const KubeTarget *target,
                    Arena *a)
{
    for (size_t i = 0; i < b->quotas.count; i++) {
        if (b->is_counted[i]) {
            ResourceList usage = usage_of(b->quotas.items[i], b->hard[i], pod, target, a);
            b->used[i] = resources_add(b->used[i], times(usage, pods, a), a);
        }
    }
}

/* -- facts ------------------------------------------------------------------------------------- */

static Value amounts(ResourceList hard, ResourceList used, Arena *a)
{
    Value v = value_object();
    for (size_t i = 0; i < hard.count; i++) {
        const Quantity *q = resources_find(used, hard.items[i].name);
        bool some = q && quantity_sign(q) > 0;
        value_set(&v, hard.items[i].name, value_str(some ? quantity_text(q, a) : STR("0")), a);
    }
    return v;
}

/* What is used when started of the workload's pods have started again. */
static ResourceList used_now(const QuotaBook *b, size_t i, ResourceList usage, int64_t pods,
                             int64_t started, Arena *a)
{
    ResourceList used = resources_subtract(b->used[i], times(usage, pods, a), a);
    for (size_t j = 0; j < used.count; j++) {
        if (quantity_sign(&used.items[j].quantity) < 0) {
            used.items[j].quantity = quantity_from_int(0, QUANTITY_DECIMAL_SI);
        }
    }
    return resources_add(used, times(usage, started, a), a);
}

static const Value *quota_now(const QuotaBook *b, size_t i, const Value *pod, int64_t pods,
                              int64_t started, const KubeTarget *target, Arena *a)
{
    Value *quota = new(a, Value, 1);
    *quota = value_copy(b->quotas.items[i], a);
    ResourceList usage = usage_of(quota, b->hard[i], pod, target, a);
    ResourceList used = used_now(b, i, usage, pods, started, a);
    Value status = value_object();
    value_set_lit(&status, "hard", amounts(b->hard[i], b->hard[i], a), a);
    value_set_lit(&status, "used", amounts(b->hard[i], used, a), a);
    value_set_lit(quota, "status", status, a);
    return quota;
}

static Str name_of(const Value *quota)
{
    return value_as_str(value_at(quota, "metadata", "name", NULL));
}

QuotaBook quota_book_raise(const QuotaBook *b, const Value *pod, int64_t pods, int64_t wanted,
                           const KubeTarget *target, Arena *a, const QuotaRaise **raises,
                           size_t *count)
{
    QuotaBook out = *b;
    size_t limits = 0;
    out.hard = new(a, ResourceList, b->quotas.count + 1);
    for (size_t i = 0; i < b->quotas.count; i++) {
        limits += b->hard[i].count;
    }
    QuotaRaise *found = new(a, QuotaRaise, limits + 1);
    *raises = found;
    *count = 0;
    for (size_t i = 0; i < b->quotas.count; i++) {
        ResourceList usage = usage_of(b->quotas.items[i], b->hard[i], pod, target, a);
        ResourceList need = used_now(b, i, usage, pods, wanted, a);
        out.hard[i] = (ResourceList){ new(a, Resource, b->hard[i].count + 1), b->hard[i].count };
        for (size_t j = 0; j < b->hard[i].count; j++) {
            Resource *limit = &out.hard[i].items[j];
            *limit = b->hard[i].items[j];
            const Quantity *q = resources_find(need, limit->name);
            if (resources_has(usage, limit->name) && q && quantity_cmp(q, &limit->quantity) > 0) {
                found[(*count)++] = (QuotaRaise){ name_of(b->quotas.items[i]), limit->name,
                                                  quantity_text(&limit->quantity, a),
                                                  quantity_text(q, a) };
                limit->quantity = *q;
            }
        }
    }
    return out;
}

static const Facts *under(const void *cluster)
{
    return ((const QuotaFacts *)cluster)->under;
}

static RbacBindingList rbac_bindings(const void *cluster, SubjectKind kind, Str subject_namespace,
                                     Str subject_name, Str namespace)
{
    const Facts *f = under(cluster);
    return f->rbac_bindings(f->cluster, kind, subject_namespace, subject_name, namespace);
}

static RbacBindingList rbac_all_bindings(const void *cluster, Str namespace)
{
    const Facts *f = under(cluster);
    return f->rbac_all_bindings(f->cluster, namespace);
}

static const struct RbacRole *rbac_role(const void *cluster, Str namespace, Str name)
{
    const Facts *f = under(cluster);
    return f->rbac_role(f->cluster, namespace, name);
}

static const struct PspPolicy *psp_policy(const void *cluster, Str name)
{
    const Facts *f = under(cluster);
    return f->psp_policy(f->cluster, name);
}

static PspPolicyList psp_policies(const void *cluster)
{
    const Facts *f = under(cluster);
    return f->psp_policies(f->cluster);
}

static const Value *object(const void *cluster, ObjectKey key)
{
    const Facts *f = under(cluster);
    return f->object(f->cluster, key);
}

static ObjectList objects(const void *cluster, ObjectKey key)
{
    const QuotaFacts *q = cluster;
    if (str_eq(key.kind, STR("ResourceQuota")) && key.group.len == 0 &&
        str_eq(key.namespace, q->namespace)) {
        return q->quotas;
    }
    return q->under->objects(q->under->cluster, key);
}

static const struct CustomKinds *custom_kinds(const void *cluster)
{
    return facts_custom_kinds(under(cluster));
}

void quota_facts_init(QuotaFacts *f, const Facts *facts, Str namespace, const QuotaBook *b,
                      const Value *pod, int64_t pods, int64_t started, const KubeTarget *target,
                      Arena *a)
{
    const Value **items = new(a, const Value *, b->quotas.count + 1);
    for (size_t i = 0; i < b->quotas.count; i++) {
        items[i] = quota_now(b, i, pod, pods, started, target, a);
    }
    *f = (QuotaFacts){
        .facts = {
            .cluster = f,
            .rbac_bindings = rbac_bindings,
            .rbac_all_bindings = rbac_all_bindings,
            .rbac_role = rbac_role,
            .psp_policy = psp_policy,
            .psp_policies = psp_policies,
            .object = object,
            .objects = objects,
            .custom_kinds = custom_kinds,
        },
        .under = facts,
        .namespace = namespace,
        .quotas = { items, b->quotas.count },
    };
}
