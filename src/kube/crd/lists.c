/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists that are sets (each value once) or maps (each key once).
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/listtype
 */
#include "base/map.h"
#include "doc/json.h"
#include "kube/crd/structural.h"

/* What two values have in common when Go takes them for one: scalars by type and value, others by
 * their JSON. */
static Str identity(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    if (v->kind < VALUE_ARRAY) {
        buf_byte(&b, "nbiffsao"[v->kind]);
        json_write(v, &b);
        return buf_str(&b);
    }
    Value sorted = value_copy(v, a);
    value_sort_keys(&sorted);
    json_write(&sorted, &b);
    return buf_str(&b);
}

/* The second time that a value is there is told, a third is not. */
static bool is_second(Map *seen, const Value *v)
{
    static char once, again;
    void **at = map_at(seen, identity(v, seen->arena));
    bool second = *at == &once;
    *at = *at ? &again : &once;
    return second;
}

static void check_set(const Value *list, const Path *path, FieldErrors *errs)
{
    Map seen = map_new(errs->arena);
    for (size_t i = 0; list->len > 1 && i < list->len; i++) {
        if (is_second(&seen, &list->items[i])) {
            crd_field_duplicate(errs, path_index(path, i), &list->items[i]);
        }
    }
}

/* The members of an item that are its keys. */
static Value key_of(const Value *item, StrList names, Arena *a)
{
    Value out = value_object();
    for (size_t i = 0; i < names.count; i++) {
        const Value *v = value_get(item, names.items[i]);
        if (v && !value_get(&out, names.items[i])) {
            value_append(&out, names.items[i], *v, a);
        }
    }
    return out;
}

static void check_map(const Value *list, const CrdSchema *s, const Path *path, FieldErrors *errs)
{
    for (size_t i = 0; i < list->len; i++) {
        if (list->items[i].kind != VALUE_OBJECT && list->items[i].kind != VALUE_NULL) {
            crd_field_invalid(errs, path_index(path, i), &list->items[i],
                              STR("must be an object for an array of list-type map"));
            return;
        }
    }
    Map seen = map_new(errs->arena);
    for (size_t i = 0; list->len > 1 && i < list->len; i++) {
        Value key = key_of(&list->items[i], s->list_map_keys, errs->arena);
        /* one key alone is compared as it is, with its type */
        const Value *only = s->list_map_keys.count == 1 && key.len ? &key.members[0].value : &key;
        if (is_second(&seen, only)) {
            crd_field_duplicate(errs, path_index(path, i), &key);
        }
    }
}

static void check(const Value *v, const CrdSchema *s, const Path *path, FieldErrors *errs);

static void check_members(const Value *object, const CrdSchema *s, bool additional,
                          const Path *path, FieldErrors *errs)
{
    VALUE_EACH_MEMBER(m, object) {
        const CrdSchema *of = additional ? s->additional : crd_schema_property(s, member_key(m));
        Path at = additional ? path_key(path, member_key(m)) : path_child_str(path, member_key(m));
        check(&m->value, of, &at, errs);
    }
}

/* Bounded by the depth of the schema. */
static void check(const Value *v, const CrdSchema *s, const Path *path, FieldErrors *errs)
{
    if (!s) {
        return;
    }
    if (v->kind == VALUE_OBJECT) {
        if (s->additional) {
            check_members(v, s, true, path, errs);
        }
        check_members(v, s, false, path, errs);
    }
    if (v->kind != VALUE_ARRAY) {
        return;
    }
    if (str_eq(s->list_type, STR("set"))) {
        check_set(v, path, errs);
    } else if (str_eq(s->list_type, STR("map"))) {
        check_map(v, s, path, errs);
    }
    for (size_t i = 0; s->items && i < v->len; i++) {
        Path at = path_index(path, i);
        check(&v->items[i], s->items, &at, errs);
    }
}

void crd_validate_lists(const Value *object, const CrdSchema *s, const Path *path,
                        FieldErrors *errs)
{
    check(object, s, path, errs);
}
