/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways past a quota that has too little left: the workload asks for less, or the quota is raised.
 * Both are reckoned for all pods of the workload, though it is one that is decided.
 */
#include "analyze/remedy/edit.h"

#include "doc/pointer.h"

bool remedy_is_excess(const RemedyTrial *trial)
{
    return str_eq(trial->refused_by, STR("ResourceQuota")) && trial->decision.excess;
}

static int64_t pods_of(const RemedySearch *s)
{
    return s->workload.pods > 1 ? s->workload.pods : 1;
}

/* -- more of the quota --------------------------------------------------------------------------
 */

void remedy_widen_quota(RemedySearch *s, const RemedyTrial *trial, RemedyParts *parts)
{
    Arena *a = s->arena;
    const AdmissionExcess *x = trial->decision.excess;
    for (size_t i = 0; i < x->requested.count; i++) {
        const Resource *r = &x->requested.items[i];
        Quantity need = *resources_find(x->used, r->name);
        Quantity doubled = r->quantity;
        for (int64_t n = pods_of(s); n > 0; n /= 2) {
            if (n % 2) {
                quantity_add(&need, &doubled);
            }
            Quantity half = doubled;
            quantity_add(&doubled, &half);
        }
        Buf pointer = buf_new(a);
        buf_lit(&pointer, "/spec/hard");
        pointer_append(&pointer, arena_str(a, r->name));
        remedy_add(s, parts,
                   (RemedyPart){
                       .op = REMEDY_SET,
                       .object = { STR(""), STR("ResourceQuota"), s->question->namespace,
                                   arena_str(a, x->quota) },
                       .api_version = STR("v1"),
                       .pointer = buf_str(&pointer),
                       .value = value_str(quantity_text(&need, a)),
                   });
    }
}

/* -- less of the workload -----------------------------------------------------------------------
 */

typedef struct Shrink {
    RemedySearch *s;
    const RemedyTrial *trial;
    RemedyParts *parts;
    Str list;      /* requests or limits */
    Str resource;  /* cpu, memory, ephemeral-storage */
    Quantity left; /* for one pod */
} Shrink;

/* "limits.cpu", "requests.cpu" or "cpu" as list and resource; false for what no container asks
 * for. */
static bool split_name(Str name, Str *list, Str *resource)
{
    static const Str lists[] = { STR_INIT("requests."), STR_INIT("limits.") };
    *list = STR("requests");
    *resource = name;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        if (str_starts_with(name, lists[i])) {
            *list = str_slice(lists[i], 0, lists[i].len - 1);
            *resource = str_drop(name, lists[i].len);
        }
    }
    return str_eq(*resource, STR("cpu")) || str_eq(*resource, STR("memory")) ||
           str_eq(*resource, STR("ephemeral-storage"));
}

/* Down to what can be asked for: thousandths of a CPU; whole Mi of memory, or bytes. */
static Quantity rounded(Quantity q, Str resource)
{
    const QuantityNano one = 1000000000;
    const QuantityNano mi = one << 20;
    QuantityNano step = str_eq(resource, STR("cpu"))                     ? one / 1000
                        : q.format == QUANTITY_BINARY_SI && q.nano >= mi ? mi
                                                                         : one;
    return (Quantity){ .nano = q.nano - q.nano % step, .format = q.format };
}

static const Quantity *asked(const Shrink *k, const Value *container, Str list)
{
    const Value *of = value_get(value_get_lit(container, "resources"), list);
    return resources_find(resources_read(of, k->s->arena), k->resource);
}

static void set(const Shrink *k, Str lists, size_t index, Str list, const Quantity *to)
{
    Arena *a = k->s->arena;
    PodPlace place;
    Str path = arena_printf(a, "spec.%.*s[%zu].resources", STR_ARG(lists), index);
    if (remedy_pod_place(k->s, k->trial, path, &place) && place.item) {
        Str at = remedy_pointer_add(place.pointer, STR("resources"), a);
        at = remedy_pointer_add(remedy_pointer_add(at, list, a), k->resource, a);
        remedy_edit_set(k->s, k->parts, at, value_str(quantity_text(to, a)));
    }
}

/* A container's amount; a request that would be above its limit goes with that. */
static void lower(const Shrink *k, Str lists, size_t index, const Value *container, Quantity to)
{
    if (quantity_sign(&to) <= 0) {
        return;
    }
    set(k, lists, index, k->list, &to);
    const Quantity *request = asked(k, container, STR("requests"));
    if (str_eq(k->list, STR("limits")) && request && quantity_cmp(request, &to) > 0) {
        set(k, lists, index, STR("requests"), &to);
    }
}

/* The one that asks for the most gives way, if that does. */
static void shrink(const Shrink *k)
{
    const Value *spec = value_get_lit(&k->trial->decision.object, "spec");
    const Value *containers = value_get_lit(spec, "containers");
    Quantity sum = { .nano = 0 };
    Quantity most = { .nano = 0 };
    size_t at = SIZE_MAX;
    for (size_t i = 0; i < value_len(containers); i++) {
        const Quantity *q = asked(k, value_item(containers, i), k->list);
        if (q) {
            quantity_add(&sum, q);
            at = at == SIZE_MAX || quantity_cmp(q, &most) > 0 ? i : at;
            most = at == i ? *q : most;
        }
    }
    if (at != SIZE_MAX && quantity_cmp(&sum, &k->left) > 0) {
        Quantity to = most;
        quantity_sub(&to, &sum);
        quantity_add(&to, &k->left);
        lower(k, STR("containers"), at, value_item(containers, at), rounded(to, k->resource));
    }
    const Value *inits = value_get_lit(spec, "initContainers");
    for (size_t i = 0; i < value_len(inits); i++) {
        const Quantity *q = asked(k, value_item(inits, i), k->list);
        if (q && quantity_cmp(q, &k->left) > 0) {
            lower(k, STR("initContainers"), i, value_item(inits, i), k->left);
        }
    }
}

void remedy_edit_quota(RemedySearch *s, const RemedyTrial *trial, RemedyParts *parts)
{
    const AdmissionExcess *x = trial->decision.excess;
    for (size_t i = 0; i < x->requested.count; i++) {
        Shrink k = { .s = s, .trial = trial, .parts = parts };
        const Resource *r = &x->requested.items[i];
        k.left = *resources_find(x->hard, r->name);
        quantity_sub(&k.left, resources_find(x->used, r->name));
        if (quantity_sign(&k.left) > 0 && split_name(r->name, &k.list, &k.resource)) {
            k.left.nano /= pods_of(s);
            k.left = rounded(k.left, k.resource);
            shrink(&k);
        }
    }
}
