/* SPDX-License-Identifier: Apache-2.0 */
/* A refusal as data. */
#include "analyze/explain/refusal.h"

static void add_str(Value *v, Str key, Str text, Arena *a)
{
    if (text.len) {
        value_set(v, key, value_str(text), a);
    }
}

static Value point_value(const RefusalPoint *p, Arena *a)
{
    Value v = value_object();
    add_str(&v, STR("field"), p->field, a);
    add_str(&v, STR("reason"), p->kind, a);
    add_str(&v, STR("value"), p->value, a);
    add_str(&v, STR("detail"), p->detail, a);
    add_str(&v, STR("text"), p->text, a);
    return v;
}

static Value amount_value(const RefusalAmount *amount, Arena *a)
{
    Value v = value_object();
    add_str(&v, STR("resource"), amount->resource, a);
    add_str(&v, STR("requested"), amount->requested, a);
    add_str(&v, STR("used"), amount->used, a);
    add_str(&v, STR("limited"), amount->limited, a);
    return v;
}

Value refusal_to_value(const Refusal *r, Arena *a)
{
    static const struct {
        Str key;
        size_t offset;
    } texts[] = {
#define ROW(key, member) { STR_INIT(key), offsetof(Refusal, member) }
        ROW("sentence", sentence),  ROW("file", file),
        ROW("resource", resource),  ROW("group", group),
        ROW("name", name),          ROW("namespace", namespace),
        ROW("user", user),          ROW("verb", verb),
        ROW("apiGroup", api_group), ROW("subresource", subresource),
        ROW("path", path),          ROW("level", level),
        ROW("version", version),    ROW("subject", subject),
        ROW("reason", reason),
#undef ROW
    };
    Value v = value_object();
    value_set_lit(&v, "decidedBy", value_str(refusal_kind_name(r->kind)), a);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        add_str(&v, texts[i].key, *(const Str *)((const char *)r + texts[i].offset), a);
    }
    const struct {
        Str key;
        bool set;
    } flags[] = { { STR("event"), r->is_event },
                  { STR("warning"), r->is_warning },
                  { STR("noPolicies"), r->no_policies },
                  { STR("validating"), r->validating } };
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        if (flags[i].set) {
            value_set(&v, flags[i].key, value_bool(true), a);
        }
    }
    if (r->amount_count) {
        Value *list = value_set_lit(&v, "amounts", value_array(), a);
        for (size_t i = 0; i < r->amount_count; i++) {
            value_add(list, amount_value(&r->amounts[i], a), a);
        }
    }
    Value points = value_array();
    for (size_t i = 0; i < r->point_count; i++) {
        value_add(&points, point_value(&r->points[i], a), a);
    }
    value_set_lit(&v, "points", points, a);
    return v;
}
