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

/* Unset, null and empty lists or maps are one to the API server's comparison. */
static bool is_nothing(const Value *v)
{
    return value_is_null(v) || (v->kind >= VALUE_ARRAY && v->len == 0);
}

static bool same(const Value *a, const Value *b);

/* Every member of a is the same in b; what a lacks, b has as nothing. */
static bool same_members(const Value *a, const Value *b, bool (*ignored)(Str key))
{
    VALUE_EACH_MEMBER(m, a)
    {
        Str key = member_key(m);
        if (!(ignored && ignored(key)) && !same(&m->value, value_get(b, key))) {
            return false;
        }
    }
    VALUE_EACH_MEMBER(m, b)
    {
        Str key = member_key(m);
        if (!(ignored && ignored(key)) && !is_nothing(&m->value) && !value_get(a, key)) {
            return false;
        }
    }
    return true;
}

/* As deep as the documents are, which their readers limit. */
static bool same(const Value *a, const Value *b)
{
    if (is_nothing(a) || is_nothing(b)) {
        return is_nothing(a) && is_nothing(b);
    }
    if (a->kind == VALUE_ARRAY && b->kind == VALUE_ARRAY) {
        for (uint32_t i = 0; i < a->len; i++) {
            if (a->len != b->len || !same(&a->items[i], &b->items[i])) {
                return false;
            }
        }
        return true;
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
