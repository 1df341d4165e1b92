/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the defaults of a structural schema are values that it takes, and has no members that it
 * prunes.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/defaulting/{validation,prune}.go
 */
#include "kube/crd/structural.h"

/* Where a schema stands within that of a resource, to build a resource that has its default. */
typedef struct Place {
    const struct Place *parent;
    Str key; /* absent: an item */
} Place;

typedef struct DefaultCheck {
    bool require_pruned;
    const KubeTarget *target;
} DefaultCheck;

/* The resource that has v in that place and nothing else but apiVersion and kind. */
static Value surround(const Place *place, Value v, Arena *a)
{
    for (const Place *p = place; p; p = p->parent) {
        Value around = p->key.ptr ? value_object() : value_array();
        if (p->key.ptr) {
            value_append(&around, p->key, v, a);
        } else {
            value_add(&around, v, a);
        }
        v = around;
    }
    if (!value_get_lit(&v, "kind")) {
        value_set_lit(&v, "kind", value_str(STR("Validation")), a);
    }
    if (!value_get_lit(&v, "apiVersion")) {
        value_set_lit(&v, "apiVersion", value_str(STR("validation/v1")), a);
    }
    return v;
}

static Str list_text(const FieldErrors *errs)
{
    Buf b = buf_new(errs->arena);
    field_errors_write_aggregate(errs, &b);
    return buf_str(&b);
}

/* A default within apiVersion, kind or metadata of a resource. */
static void check_in_meta(const DefaultCheck *c, const CrdSchema *s, const CrdSchema *root,
                          const Place *place, const Path *path, FieldErrors *errs)
{
    Arena *a = errs->arena;
    FieldErrors found = field_errors_new_for(errs->minor, a);
    Value object = surround(place, value_copy(s->default_value, a), a);
    if (crd_coerce(&object, root, true, false, c->target, NULL, &found)) {
        crd_validate_embedded(&object, root, true, NULL, &found);
    }
    if (found.count) {
        crd_field_invalid(
            errs, *path, s->default_value,
            arena_printf(a, "must result in valid metadata: %.*s", STR_ARG(list_text(&found))));
        return;
    }
    crd_validate_value(s->default_value, s, true, c->target, path, errs);
}

static void check_plain(const DefaultCheck *c, const CrdSchema *s, const Path *path,
                        FieldErrors *errs)
{
    Arena *a = errs->arena;
    Value value = value_copy(s->default_value, a);
    if (c->require_pruned) {
        crd_prune(&value, s, s->embedded_resource, NULL, a, NULL);
        if (!crd_go_equal(&value, s->default_value)) {
            crd_field_invalid(errs, *path, s->default_value, STR("must not have unknown fields"));
        }
    }
    size_t before = errs->count;
    value = value_copy(s->default_value, a);
    if (!crd_coerce(&value, s, s->embedded_resource, false, c->target, path, errs)) {
        return;
    }
    crd_validate_embedded(&value, s, s->embedded_resource, path, errs);
    if (errs->count == before) {
        crd_validate_value(&value, s, true, c->target, path, errs);
    }
}

/* Bounded by the depth that documents are read with. */
static void check(const DefaultCheck *c, const CrdSchema *s, const CrdSchema *root,
                  const Place *place, bool in_meta, const Path *path, FieldErrors *errs)
{
    if (!s) {
        return;
    }
    if (s->embedded_resource) {
        in_meta = false;
        root = s;
        place = NULL;
    }
    if (s->default_value) {
        Path at = path_child(path, "default");
        if (in_meta) {
            check_in_meta(c, s, root, place, &at, errs);
        } else {
            check_plain(c, s, &at, errs);
        }
    }
    Path items = path_child(path, "items"), properties = path_child(path, "properties");
    Place item = { place, STR_ABSENT };
    check(c, s->items, root, &item, in_meta, &items, errs);
    for (size_t i = 0; i < s->property_count; i++) {
        Str name = s->properties[i].name;
        Place child = { place, name };
        Path at = path_key(&properties, name);
        bool is_meta = s->embedded_resource &&
                       (str_eq(name, STR("metadata")) || str_eq(name, STR("apiVersion")) ||
                        str_eq(name, STR("kind")));
        check(c, s->properties[i].schema, root, &child, in_meta || is_meta, &at, errs);
    }
}

void crd_validate_defaults(const CrdSchema *s, bool require_pruned, const KubeTarget *target,
                           const Path *path, FieldErrors *errs)
{
    DefaultCheck c = { require_pruned, target };
    CrdSchema root = crd_schema_as_resource(s);
    check(&c, &root, &root, NULL, false, path, errs);
}

/* Whether a default of a schema changes as it is pruned within its resource. */
static bool has_unpruned(const CrdSchema *s, const CrdSchema *root, const Place *place,
                         const KubeTarget *target, Arena *a)
{
    if (!s) {
        return false;
    }
    if (s->default_value && place) {
        Value before = surround(place, value_copy(s->default_value, a), a);
        value_remove(&before, STR("kind"));
        value_remove(&before, STR("apiVersion"));
        Value after = value_copy(&before, a);
        FieldErrors errs = field_errors_new_for(target->minor, a);
        if (!crd_coerce(&after, root, true, true, target, NULL, &errs)) {
            return false;
        }
        crd_prune(&after, root, true, NULL, a, NULL);
        if (!crd_go_equal(&before, &after)) {
            return true;
        }
    }
    Place item = { place, STR_ABSENT }, any = { place, STR("*") };
    if (has_unpruned(s->additional, root, &any, target, a) ||
        has_unpruned(s->items, root, &item, target, a)) {
        return true;
    }
    for (size_t i = 0; i < s->property_count; i++) {
        Place child = { place, s->properties[i].name };
        if (has_unpruned(s->properties[i].schema, root, &child, target, a)) {
            return true;
        }
    }
    return false;
}

bool crd_schema_has_unpruned_default(const CrdSchema *s, const KubeTarget *target, Arena *a)
{
    return s && has_unpruned(s, s, NULL, target, a);
}
