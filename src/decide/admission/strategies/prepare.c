/* SPDX-License-Identifier: Apache-2.0 */
/* What many registries do to an object before they validate it. */
#include "decide/admission/strategies/prepare.h"

#include "kube/schema.h"

static Value *metadata_of(AdmissionRun *run)
{
    return value_need_object(admission_own(run), STR("metadata"), run->arena);
}

void prepare_first_generation(AdmissionRun *run)
{
    Value *metadata = metadata_of(run);
    if (metadata) {
        value_set_lit(metadata, "generation", value_int(1), run->arena);
    }
}

/* An empty list is a list where every word counts (is_exact), else nothing. */
static bool is_nothing(const Value *v, bool is_exact)
{
    return value_is_null(v) || (!is_exact && value_is(v, VALUE_ARRAY) && v->len == 0);
}

static size_t count_members(const Value *object, bool is_exact)
{
    size_t n = 0;
    VALUE_EACH_MEMBER(m, object) {
        n += !is_nothing(&m->value, is_exact);
    }
    return n;
}

/* The depth is bounded by what the readers allow. */
static bool is_same(const Value *a, const Value *b, bool is_exact)
{
    if (is_nothing(a, is_exact) || is_nothing(b, is_exact)) {
        return is_nothing(a, is_exact) && is_nothing(b, is_exact);
    }
    if (a->kind != b->kind) {
        return value_equal(a, b);
    }
    if (a->kind == VALUE_OBJECT) {
        VALUE_EACH_MEMBER(m, a) {
            if (!is_same(&m->value, value_get(b, member_key(m)), is_exact)) {
                return false;
            }
        }
        return count_members(a, is_exact) == count_members(b, is_exact);
    }
    if (a->kind == VALUE_ARRAY) {
        for (size_t i = 0; i < a->len; i++) {
            if (i >= b->len || !is_same(&a->items[i], &b->items[i], is_exact)) {
                return false;
            }
        }
        return a->len == b->len;
    }
    return value_equal(a, b);
}

bool prepare_same(const Value *a, const Value *b)
{
    return is_same(a, b, false);
}

static void next_generation(AdmissionRun *run, Str member, bool is_exact)
{
    int64_t before = value_as_int(value_at(run->old_object, "metadata", "generation", NULL)).value;
    Value *metadata = metadata_of(run);
    if (metadata &&
        !is_same(value_get(&run->object, member), value_get(run->old_object, member), is_exact)) {
        value_set_lit(metadata, "generation", value_int(before + 1), run->arena);
    }
}

void prepare_next_generation(AdmissionRun *run, Str member)
{
    next_generation(run, member, false);
}

void prepare_next_generation_exactly(AdmissionRun *run, Str member)
{
    next_generation(run, member, true);
}

void prepare_clear(AdmissionRun *run, Str member)
{
    Arena *a = run->arena;
    Value *object = admission_own(run);
    Str api_version = value_get_str(object, STR("apiVersion"));
    Str kind = value_get_str(object, STR("kind"));
    const SchemaType *type = schema_find(api_version, kind);
    Value nothing = value_object();
    Value zero;
    Err err;
    const Value *v = NULL;
    if (type && schema_decode(type, &nothing, run->request->target, a, &zero, NULL, &err)) {
        v = value_get(&zero, member);
    }
    if (v) {
        value_set(object, member, *v, a);
    } else {
        value_remove(object, member);
    }
}

static void keep(Value *now, const Value *old, Str member, Arena *a)
{
    const Value *v = value_get(old, member);
    if (v) {
        value_set(now, member, value_copy(v, a), a);
    } else {
        value_remove(now, member);
    }
}

void prepare_keep(AdmissionRun *run, Str member)
{
    keep(admission_own(run), run->old_object, member, run->arena);
}

void prepare_keep_metadata(AdmissionRun *run, Str member)
{
    Value *metadata = metadata_of(run);
    if (metadata) {
        keep(metadata, value_get_lit(run->old_object, "metadata"), member, run->arena);
    }
}
