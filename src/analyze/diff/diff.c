/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of two states, put side by side. */
#include "analyze/diff/private.h"

#include "kube/groups/convert.h"
#include "kube/kinds.h"

#include <stdlib.h>

typedef struct Pair {
    Str group; /* that it is kept under */
    Str kind;
    Str namespace;
    Str name;
    const Value *before;
    const Value *after;
} Pair;

typedef struct Pairs {
    Arena *arena;
    Map by_key;
    Pair *items;
    size_t count;
} Pairs;

Str diff_change_text(DiffChange change)
{
    static const Str texts[] = { STR_INIT("added"), STR_INIT("removed"), STR_INIT("changed") };
    return texts[change];
}

static Str text_of(const Value *object, Str field)
{
    Str s = value_get_str(object, field);
    return s.ptr ? s : STR("");
}

static Pair *pair_of(Pairs *p, const Value *object)
{
    Str group, version;
    const Value *metadata = value_get_lit(object, "metadata");
    kube_split_api_version(text_of(object, STR("apiVersion")), &group, &version);
    Pair at = { .kind = text_of(object, STR("kind")),
                .namespace = text_of(metadata, STR("namespace")),
                .name = text_of(metadata, STR("name")) };
    at.group = kube_storage_group(group, at.kind);
    Str key = arena_printf(p->arena, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(at.kind), STR_ARG(at.group),
                           STR_ARG(at.namespace), STR_ARG(at.name));
    void **place = map_at(&p->by_key, key);
    if (*place == NULL) {
        p->items[p->count] = at;
        *place = &p->items[p->count++];
    }
    return *place;
}

static int by_place(const void *left, const void *right)
{
    const Pair *a = left, *b = right;
    int order = str_cmp(a->kind, b->kind);
    order = order ? order : str_cmp(a->group, b->group);
    order = order ? order : str_cmp(a->namespace, b->namespace);
    return order ? order : str_cmp(a->name, b->name);
}

static bool is_wanted(const DiffOptions *o, const Pair *p)
{
    if (o->wants == NULL) {
        return o->all_fields || !diff_is_momentary(p->group, p->kind);
    }
    return (p->before && o->wants(o->context, p->before)) ||
           (p->after && o->wants(o->context, p->after));
}

/* A copy of a Secret whose values were left out. */
static bool is_redacted(const Value *object)
{
    const Value *annotations = value_at(object, "metadata", "annotations", NULL);
    return value_get_lit(annotations, DIFF_REDACTED) != NULL;
}

/* As converting leaves an object: with what its version always writes. */
static Value written(const Value *object, const DiffOptions *o, Arena *a)
{
    const SchemaType *type = schema_find(text_of(object, STR("apiVersion")),
                                         text_of(object, STR("kind")));
    Value out;
    if (type == NULL || !schema_decode(type, object, &o->target, a, &out, NULL, NULL)) {
        return *object;
    }
    schema_encode_stored(type, &out, &o->target);
    return out;
}

/* The fields of a pair; apiVersion and kind are what makes it one. */
static void compare(const Pair *p, const DiffOptions *o, Arena *a, DiffFields *out)
{
    Value before = *p->before, after = *p->after;
    Str version = text_of(p->before, STR("apiVersion"));
    *out = (DiffFields){ .arena = a,
                         .all_fields = o->all_fields,
                         .hides = str_eq(p->kind, STR("Secret")) && p->group.len == 0 };
    out->has_no_values = out->hides && (is_redacted(p->before) || is_redacted(p->after));
    out->has_no_keys = out->has_no_values && str_eq(value_get_str(p->before, STR("type")),
                                                    STR("kubernetes.io/service-account-token"));
    if (!str_eq(text_of(p->after, STR("apiVersion")), version) &&
        kube_convert(p->after, version, &o->target, a, &after)) {
        before = written(p->before, o, a);
    }
    if (!str_eq(value_get_str(&after, STR("apiVersion")), version) && !o->all_fields) {
        after = value_copy(&after, a); /* of a custom resource */
        value_set_lit(&after, "apiVersion", value_str(version), a);
    }
    diff_fields(out, &before, &after);
}

static bool entry_of(const Pair *p, const DiffOptions *o, Arena *a, DiffEntry *out)
{
    const Value *first = p->before ? p->before : p->after;
    *out = (DiffEntry){ .change = p->before == NULL  ? DIFF_ADDED
                                  : p->after == NULL ? DIFF_REMOVED
                                                     : DIFF_CHANGED,
                        .api_version = text_of(first, STR("apiVersion")),
                        .group = p->group,
                        .kind = p->kind,
                        .namespace = p->namespace,
                        .name = p->name };
    if (out->change == DIFF_CHANGED) {
        DiffFields fields;
        compare(p, o, a, &fields);
        out->fields = fields.items;
        out->field_count = fields.count;
    }
    return out->change != DIFF_CHANGED || out->field_count > 0;
}

void diff_states(const DiffState *before, const DiffState *after, const DiffOptions *o, Arena *a,
                 DiffResult *out)
{
    size_t most = before->count + after->count;
    Pairs pairs = { .arena = a, .by_key = map_new(a), .items = new(a, Pair, most) };
    for (size_t i = 0; i < before->count; i++) {
        pair_of(&pairs, before->objects[i])->before = before->objects[i];
    }
    for (size_t i = 0; i < after->count; i++) {
        pair_of(&pairs, after->objects[i])->after = after->objects[i];
    }
    if (pairs.count) {
        qsort(pairs.items, pairs.count, sizeof *pairs.items, by_place);
    }
    DiffEntry *entries = new(a, DiffEntry, pairs.count);
    *out = (DiffResult){ .entries = entries };
    for (size_t i = 0; i < pairs.count; i++) {
        if (is_wanted(o, &pairs.items[i]) &&
            entry_of(&pairs.items[i], o, a, &entries[out->count])) {
            out->by_change[entries[out->count++].change]++;
        }
    }
}
