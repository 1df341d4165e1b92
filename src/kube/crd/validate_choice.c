/* SPDX-License-Identifier: Apache-2.0 */
/* Values against allOf, anyOf, oneOf and not. */
#include "kube/crd/value_result.h"

static void complain(ValueResult *r, const ValuePlace *place, const char *format, Str more,
                     Arena *a)
{
    ValueError *e = value_result_add(r, VALUE_ERROR_COMPOSITE, place, a);
    Buf b = buf_new(a);
    buf_go_quoted(&b, e->place);
    buf_byte(&b, ' ');
    buf_printf(&b, "%s", format);
    buf_add(&b, more);
    e->message = buf_str(&b);
}

/* The results of all in a list: how many hold, the first that does, and of those that fail the one
 * that passed most checks. */
typedef struct Choice {
    size_t held;
    ValueResult first;
    bool has_best;
    ValueResult best;
} Choice;

static Choice try_all(const ValueCheck *c, const Value *v, const CrdSchemas *list,
                      const ValuePlace *place, bool until_held)
{
    Choice out = { 0 };
    for (size_t i = 0; i < list->count; i++) {
        ValueResult one = value_check(c, v, list->items[i], place);
        if (!one.first) {
            out.first = out.held ? out.first : one;
            out.held++;
            if (until_held) {
                break;
            }
        } else if (!out.has_best || one.matches > out.best.matches) {
            out.has_best = true;
            out.best = one;
        }
    }
    return out;
}

static void check_any(const ValueCheck *c, const Value *v, const CrdSchema *s,
                      const ValuePlace *place, ValueResult *r)
{
    Choice any = try_all(c, v, &s->any_of, place, true);
    if (any.held) {
        value_result_merge(r, &any.first);
        return;
    }
    complain(r, place, "must validate at least one schema (anyOf)", STR(""), c->arena);
    value_result_merge(r, &any.best);
}

static void check_one(const ValueCheck *c, const Value *v, const CrdSchema *s,
                      const ValuePlace *place, ValueResult *r)
{
    Choice one = try_all(c, v, &s->one_of, place, false);
    if (one.held == 1) {
        value_result_merge(r, &one.first);
        return;
    }
    Str found = one.held ? arena_printf(c->arena, "Found %zu valid alternatives", one.held)
                         : STR("Found none valid");
    complain(r, place, "must validate one and only one schema (oneOf). ", found, c->arena);
    if (!one.held) {
        value_result_merge(r, &one.best);
    }
}

static void check_all(const ValueCheck *c, const Value *v, const CrdSchema *s,
                      const ValuePlace *place, ValueResult *r)
{
    size_t held = 0;
    for (size_t i = 0; i < s->all_of.count; i++) {
        ValueResult one = value_check(c, v, s->all_of.items[i], place);
        held += !one.first;
        value_result_merge(r, &one);
    }
    if (held < s->all_of.count) {
        complain(r, place, "must validate all the schemas (allOf)",
                 held ? STR("") : STR(". None validated"), c->arena);
    }
}

ValueResult value_check_choices(const ValueCheck *c, const Value *v, const CrdSchema *s,
                                const ValuePlace *place)
{
    ValueResult r = { 0 };
    if (s->any_of.count) {
        check_any(c, v, s, place, &r);
    }
    if (s->one_of.count) {
        check_one(c, v, s, place, &r);
    }
    if (s->all_of.count) {
        check_all(c, v, s, place, &r);
    }
    if (s->not_of && !value_check(c, v, s->not_of, place).first) {
        complain(&r, place, "must not validate the schema (not)", STR(""), c->arena);
    }
    r.matches++;
    return r;
}
