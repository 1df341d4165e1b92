/* SPDX-License-Identifier: Apache-2.0 */
/* JSONPath: following one. */
#include "server/table/jsonpath.h"

static bool add(Value *out, const Value *value, Arena *a)
{
    if (out->len >= JSONPATH_RESULTS_MAX) {
        return false;
    }
    value_add(out, *value, a);
    return true;
}

static bool add_children(const Value *value, Arena *a, Value *out)
{
    VALUE_EACH_ITEM(item, value) {
        if (!add(out, item, a)) {
            return false;
        }
    }
    VALUE_EACH_MEMBER(member, value) {
        if (!add(out, &member->value, a)) {
            return false;
        }
    }
    return true;
}

/* Every value below, breadth first. */
static bool add_descendants(const Value *value, Arena *a, Value *out)
{
    Value all = value_array();
    if (!add(&all, value, a)) {
        return false;
    }
    for (size_t i = 0; i < all.len; i++) {
        Value one = all.items[i];
        if (!add(out, &one, a) || !add_children(&one, a, &all)) {
            return false;
        }
    }
    return true;
}

static bool add_slice(const JsonPathStep *step, const Value *value, Arena *a, Value *out)
{
    if (value_is_null(value)) {
        return true;
    }
    if (!value_is(value, VALUE_ARRAY)) {
        return false;
    }
    int64_t len = value->len, by = step->by.known ? step->by.value : 1;
    int64_t from = step->from.known ? step->from.value : 0;
    int64_t to = step->to.known ? step->to.value : len;
    from += from < 0 ? len : 0;
    to += to < 0 || (to == 0 && step->to.derived) ? len : 0;
    if (from == to) {
        return true;
    }
    if (from < 0 || from >= len || to < 0 || to > len || from > to || by <= 0) {
        return false;
    }
    for (int64_t i = from; i < to; i += by) {
        if (!add(out, &value->items[i], a)) {
            return false;
        }
    }
    return true;
}

/* -- filters ----------------------------------------------------------------------------------- */

/* Only what is of one kind compares; -1, 0, 1. */
static bool compare(const Value *left, const Value *right, int *order)
{
    if (left->kind != right->kind) {
        return false;
    }
    switch ((ValueKind)left->kind) {
    case VALUE_INT:
        *order = (left->i > right->i) - (left->i < right->i);
        return true;
    case VALUE_FLOAT:
        *order = (left->f > right->f) - (left->f < right->f);
        return true;
    case VALUE_STRING:
        *order = str_cmp(value_as_str(left), value_as_str(right));
        return true;
    case VALUE_BOOL:
        *order = left->b - right->b;
        return true;
    default:
        return false;
    }
}

static bool holds(Str operator, const Value * left, const Value *right, bool *out)
{
    int order;
    bool is_equality = str_eq(operator, STR("==")) || str_eq(operator, STR("!="));
    if (!compare(left, right, &order) || (!is_equality && left->kind == VALUE_BOOL)) {
        return false;
    }
    if (is_equality) {
        *out = (order == 0) == (operator.ptr[0] == '=');
    } else if (str_eq(operator, STR("<"))) {
        *out = order < 0;
    } else if (str_eq(operator, STR(">"))) {
        *out = order > 0;
    } else if (str_eq(operator, STR("<="))) {
        *out = order <= 0;
    } else if (str_eq(operator, STR(">="))) {
        *out = order >= 0;
    } else {
        return false;
    }
    return true;
}

static bool filter_takes(const JsonPathStep *step, const Value *item, Arena *a, bool *out)
{
    Value left, right;
    *out = false;
    if (step->part_count == 1) {
        *out = jsonpath_find(&step->parts[0], item, a, &left) && left.len > 0;
        return true;
    }
    if (!jsonpath_find(&step->parts[0], item, a, &left) || left.len > 1) {
        return false;
    }
    if (left.len == 0) {
        return true;
    }
    if (!jsonpath_find(&step->parts[1], item, a, &right) || right.len > 1) {
        return false;
    }
    return right.len == 0 || holds(step->text, &left.items[0], &right.items[0], out);
}

static bool add_filtered(const JsonPathStep *step, const Value *value, Arena *a, Value *out)
{
    if (!value_is(value, VALUE_ARRAY)) {
        return false;
    }
    VALUE_EACH_ITEM(item, value) {
        bool takes;
        if (!filter_takes(step, item, a, &takes) || (takes && !add(out, item, a))) {
            return false;
        }
    }
    return true;
}

/* -- steps ------------------------------------------------------------------------------------- */

static bool follow(const JsonPathStep *step, const Value *value, Arena *a, Value *out)
{
    const Value *field;
    switch (step->kind) {
    case JSONPATH_FIELD:
        /* a path of a dot alone leads to the object itself */
        field = step->text.len ? value_get(value, step->text) : value;
        return !field || add(out, field, a);
    case JSONPATH_WILDCARD:
        return add_children(value, a, out);
    case JSONPATH_SLICE:
        return add_slice(step, value, a, out);
    case JSONPATH_FILTER:
        return add_filtered(step, value, a, out);
    case JSONPATH_DESCEND:
        return add_descendants(value, a, out);
    case JSONPATH_LITERAL:
        return add(out, &step->literal, a);
    case JSONPATH_UNION:
        break;
    }
    for (size_t i = 0; i < step->part_count; i++) {
        Value found;
        if (!jsonpath_find(&step->parts[i], value, a, &found) || !add_children(&found, a, out)) {
            return false;
        }
    }
    return true;
}

bool jsonpath_find(const JsonPath *path, const Value *root, Arena *a, Value *out)
{
    Value current = value_array();
    value_add(&current, *root, a);
    for (size_t s = 0; s < path->count; s++) {
        Value next = value_array();
        VALUE_EACH_ITEM(value, &current) {
            if (!follow(&path->steps[s], value, a, &next)) {
                return false;
            }
        }
        current = next;
    }
    *out = current;
    return true;
}
