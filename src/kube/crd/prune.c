/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pruning: what a structural schema does not name is taken out of an object.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/pruning, .../defaulting/prunenulls.go
 */
#include "kube/crd/structural.h"

typedef struct Pruner {
    Arena *arena;
    Value *unknown; /* NULL, or gets the paths of what is pruned */
} Pruner;

static void note(const Pruner *p, const Path *path)
{
    if (p->unknown) {
        value_add(p->unknown, value_str(path_render(path, p->arena)), p->arena);
    }
}

static bool is_meta(Str key)
{
    return str_eq(key, STR("apiVersion")) || str_eq(key, STR("kind")) ||
           str_eq(key, STR("metadata"));
}

static void prune(const Pruner *p, Value *x, const CrdSchema *s, const Path *path);

/* What is kept as it is, but for what the schema names within. */
static void skip_prune(const Pruner *p, Value *x, const CrdSchema *s, const Path *path)
{
    if (!s) {
        return;
    }
    VALUE_EACH_MEMBER(m, x) {
        if (s->embedded_resource && is_meta(member_key(m))) {
            continue;
        }
        Path at = path_child_str(path, member_key(m));
        const CrdSchema *property = crd_schema_property(s, member_key(m));
        if (property) {
            prune(p, &m->value, property, &at);
        } else if (s->has_additional) {
            prune(p, &m->value, s->additional, &at);
        }
    }
    for (size_t i = 0; x->kind == VALUE_ARRAY && i < x->len; i++) {
        Path at = path_index(path, i);
        skip_prune(p, &x->items[i], s->items, &at);
    }
}

static bool prune_member(const Pruner *p, Member *m, const CrdSchema *s, const Path *path)
{
    Str key = member_key(m);
    Path at = path_child_str(path, key);
    if (s && s->embedded_resource && is_meta(key)) {
        return true;
    }
    const CrdSchema *property = crd_schema_property(s, key);
    if (property) {
        prune(p, &m->value, property, &at);
        return true;
    }
    if (s && s->has_additional) {
        prune(p, &m->value, s->additional, &at);
        return true;
    }
    note(p, &at);
    return false;
}

/* Bounded by the depth that documents are read with. */
static void prune(const Pruner *p, Value *x, const CrdSchema *s, const Path *path)
{
    if (s && s->preserve_unknown_fields) {
        skip_prune(p, x, s, path);
        return;
    }
    if (x->kind == VALUE_OBJECT) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < x->len; i++) {
            if (prune_member(p, &x->members[i], s, path)) {
                x->members[kept++] = x->members[i];
            }
        }
        x->len = kept;
    }
    for (size_t i = 0; x->kind == VALUE_ARRAY && i < x->len; i++) {
        Path at = path_index(path, i);
        prune(p, &x->items[i], s ? s->items : NULL, &at);
    }
}

void crd_prune(Value *object, const CrdSchema *s, bool is_resource, const Path *path, Arena *a,
               Value *unknown)
{
    Pruner p = { a, unknown };
    CrdSchema root = crd_schema_as_resource(s);
    prune(&p, object, is_resource ? &root : s, path);
}

/* Bounded by the depth that documents are read with. */
void crd_prune_nulls(Value *object, const CrdSchema *s)
{
    if (object->kind == VALUE_OBJECT) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < object->len; i++) {
            Member *m = &object->members[i];
            const CrdSchema *of = crd_schema_member(s, member_key(m));
            if (m->value.kind == VALUE_NULL && of && !of->nullable && !of->default_value) {
                continue;
            }
            crd_prune_nulls(&m->value, of);
            object->members[kept++] = *m;
        }
        object->len = kept;
    }
    for (size_t i = 0; object->kind == VALUE_ARRAY && i < object->len; i++) {
        crd_prune_nulls(&object->items[i], s ? s->items : NULL);
    }
}
