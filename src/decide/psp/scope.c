/* SPDX-License-Identifier: Apache-2.0 */
/* What the plugin looks at, and what passes without a look. */
#include "decide/psp/psp.h"

/* The first target on which ephemeral containers that are added to a running pod are decided: that
 * which has them by default. The plugin let every subresource through, and so these. */
enum { EPHEMERAL_CONTAINERS_MINOR = 23 };

/* Members that do not count in a comparison of two objects' metadata. */
static bool is_ignored_metadata(Str key)
{
    static const Str ignored[] = { STR_INIT("ownerReferences"), STR_INIT("finalizers"),
                                   STR_INIT("managedFields"), STR_INIT("selfLink") };
    return str_list_has((StrList){ ignored, COUNT_OF(ignored) }, key);
}

/* Unset, null and the empty list are one to the API server's comparison, and so is the empty map;
 * an empty object of another kind is not an unset one. */
static bool is_nothing(Str key, const Value *v)
{
    static const Str map_fields[] = { STR_INIT("labels"), STR_INIT("annotations"),
                                      STR_INIT("nodeSelector") };
    if (value_is(v, VALUE_OBJECT)) {
        return v->len == 0 && str_list_has((StrList){ map_fields, COUNT_OF(map_fields) }, key);
    }
    return value_is_null(v) || (v->kind == VALUE_ARRAY && v->len == 0);
}

static bool same(const Value *a, const Value *b);

/* Every member of a is the same in b; what one lacks, the other has as nothing. */
static bool same_members(const Value *a, const Value *b, bool (*ignored)(Str key))
{
    VALUE_EACH_MEMBER(m, a) {
        Str key = member_key(m);
        if (!(ignored && ignored(key)) && !is_nothing(key, &m->value)) {
            const Value *other = value_get(b, key);
            if (!other || !same(&m->value, other)) {
                return false;
            }
        }
    }
    VALUE_EACH_MEMBER(m, b) {
        Str key = member_key(m);
        if (!(ignored && ignored(key)) && !is_nothing(key, &m->value) &&
            is_nothing(key, value_get(a, key))) {
            return false;
        }
    }
    return true;
}

/* As deep as the documents are, which their readers limit. */
static bool same(const Value *a, const Value *b)
{
    if (a->kind == VALUE_ARRAY && b->kind == VALUE_ARRAY) {
        bool equal = a->len == b->len;
        for (uint32_t i = 0; equal && i < a->len; i++) {
            equal = same(&a->items[i], &b->items[i]);
        }
        return equal;
    }
    if (a->kind == VALUE_OBJECT && b->kind == VALUE_OBJECT) {
        return same_members(a, b, NULL);
    }
    return value_equal(a, b);
}

static bool is_metadata(Str key)
{
    return str_eq(key, STR("metadata"));
}

static bool only_gc_fields_change(const Value *object, const Value *old)
{
    return value_is(old, VALUE_OBJECT) && same_members(object, old, is_metadata) &&
           same_members(value_get_lit(object, "metadata"), value_get_lit(old, "metadata"),
                        is_ignored_metadata);
}

bool psp_looks_at(const PspScope *scope)
{
    if (scope->subresource.len) {
        return scope->target->minor >= EPHEMERAL_CONTAINERS_MINOR &&
               str_eq(scope->subresource, STR("ephemeralcontainers"));
    }
    return !scope->is_update || !only_gc_fields_change(scope->object, scope->old);
}
