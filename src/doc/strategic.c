/* SPDX-License-Identifier: Apache-2.0 */
/* Strategic merge patch: objects and directives. Recursion is over trees whose depth the readers
 * have limited. */
#include "doc/strategic.h"

#include "doc/number.h"
#include "doc/strategic_list.h"

#include <stdlib.h>

#define RETAIN_KEYS "$retainKeys"
#define DELETE_FROM_LIST "$deleteFromPrimitiveList"

/* -- messages --------------------------------------------------------------------------------- */

bool strategic_fail(const Strategic *s, ErrCode code, const char *format, ...)
{
    if (s->err) {
        va_list args;
        va_start(args, format);
        *s->err = (Err){ code, arena_vprintf(s->arena, format, args) };
        va_end(args);
    }
    return false;
}

static Str go_type(const Value *v)
{
    switch ((ValueKind)v->kind) {
    case VALUE_NULL:
        break;
    case VALUE_BOOL:
        return STR("bool");
    case VALUE_INT:
        return STR("int64");
    case VALUE_UINT:
    case VALUE_FLOAT:
        return STR("float64");
    case VALUE_STRING:
        return STR("string");
    case VALUE_ARRAY:
        return STR("[]interface {}");
    case VALUE_OBJECT:
        return STR("map[string]interface {}");
    }
    return STR("%!s(<nil>)");
}

static int by_key(const void *a, const void *b)
{
    return str_cmp(member_key(*(const Member *const *)a), member_key(*(const Member *const *)b));
}

static void write_go_value(const Value *v, Arena *a, Buf *b)
{
    switch ((ValueKind)v->kind) {
    case VALUE_NULL:
        buf_lit(b, "<nil>");
        break;
    case VALUE_BOOL:
        buf_add(b, v->b ? STR("true") : STR("false"));
        break;
    case VALUE_INT:
        buf_int(b, v->i);
        break;
    case VALUE_UINT:
        number_write_g((double)v->u, 64, b);
        break;
    case VALUE_FLOAT:
        number_write_g(v->f, 64, b);
        break;
    case VALUE_STRING:
        buf_add(b, value_as_str(v));
        break;
    case VALUE_ARRAY:
        buf_byte(b, '[');
        for (uint32_t i = 0; i < v->len; i++) {
            if (i) {
                buf_byte(b, ' ');
            }
            write_go_value(&v->items[i], a, b);
        }
        buf_byte(b, ']');
        break;
    case VALUE_OBJECT: {
        const Member **sorted = new(a, const Member *, v->len);
        for (uint32_t i = 0; i < v->len; i++) {
            sorted[i] = &v->members[i];
        }
        if (v->len) {
            qsort(sorted, v->len, sizeof(const Member *), by_key);
        }
        buf_lit(b, "map[");
        for (uint32_t i = 0; i < v->len; i++) {
            if (i) {
                buf_byte(b, ' ');
            }
            buf_add(b, member_key(sorted[i]));
            buf_byte(b, ':');
            write_go_value(&sorted[i]->value, a, b);
        }
        buf_byte(b, ']');
        break;
    }
    }
}

Str strategic_go_value(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    write_go_value(v, a, &b);
    return buf_str(&b);
}

bool strategic_bad_type(const Strategic *s, Str expected, const Value *actual)
{
    return strategic_fail(s, ERR_TYPE, "expected a %.*s, but received a %.*s", STR_ARG(expected),
                          STR_ARG(go_type(actual)));
}

bool strategic_bad_directive(const Strategic *s, const Value *directive, const Value *in)
{
    Str text = strategic_go_value(directive, s->arena);
    if (directive->kind != VALUE_STRING) {
        text = directive->kind == VALUE_NULL
                   ? STR("%!s(<nil>)")
                   : arena_printf(s->arena, "%%!s(%.*s=%.*s)", STR_ARG(go_type(directive)),
                                  STR_ARG(text));
    }
    return strategic_fail(s, ERR_TYPE, "unknown patch type: %.*s in map: %.*s", STR_ARG(text),
                          STR_ARG(strategic_go_value(in, s->arena)));
}

/* -- fields ----------------------------------------------------------------------------------- */

static bool look_up(const Strategic *s, StrategicType type, Str name, bool is_list,
                    StrategicField *out)
{
    const StrategicFacts *facts = s->facts;
    Buf quoted;
    switch (facts->field(facts->schema, type, name, is_list, out)) {
    case STRATEGIC_FOUND:
        break;
    case STRATEGIC_NOT_STRUCT:
        return strategic_fail(s, ERR_TYPE,
                              "merging an object in json but data type is not struct, instead is: "
                              "%.*s",
                              STR_ARG(facts->go_kind(facts->schema, type)));
    case STRATEGIC_NO_FIELD:
        quoted = buf_new(s->arena);
        buf_go_quoted(&quoted, name);
        return strategic_fail(
            s, ERR_TYPE, "unable to find api field in struct %.*s for the json field %.*s",
            STR_ARG(facts->go_name(facts->schema, type)), STR_ARG(buf_str(&quoted)));
    case STRATEGIC_NOT_LIST:
        return strategic_fail(s, ERR_TYPE, "expected slice or array type, but got: %.*s",
                              STR_ARG(facts->go_kind(facts->schema, type)));
    }
    return true;
}

/* "$setElementOrder/containers" to "containers". False when it is not that directive; *ok when it
 * is, well formed. */
static bool cut_directive(Str key, Str prefix, Str *field, bool *ok)
{
    if (!str_starts_with(key, prefix)) {
        return false;
    }
    Str before;
    *ok = str_split_once(key, '/', &before, field) && str_eq(before, prefix);
    return true;
}

/* -- $retainKeys ------------------------------------------------------------------------------ */

static bool apply_retain_keys(const Strategic *s, Value *original, Value *patch)
{
    static const char bad_format[] = "invalid patch format of retainKeys";
    const Value *found = value_get(patch, STR(RETAIN_KEYS));
    if (!found) {
        return true;
    }
    Value keys = *found;
    value_remove(patch, STR(RETAIN_KEYS));
    if (keys.kind != VALUE_ARRAY) {
        return strategic_fail(s, ERR_SYNTAX, bad_format);
    }
    Map retained = map_new(s->arena);
    VALUE_EACH_ITEM(key, &keys) {
        if (key->kind >= VALUE_ARRAY) {
            return strategic_fail(s, ERR_SYNTAX, bad_format);
        }
        if (key->kind == VALUE_STRING) {
            map_set(&retained, value_as_str(key), key);
        }
    }
    VALUE_EACH_MEMBER(m, patch) {
        Str key = member_key(m);
        if (m->value.kind != VALUE_NULL && !str_starts_with(key, STR(DELETE_FROM_LIST)) &&
            !str_starts_with(key, STR(SET_ELEMENT_ORDER)) && !map_has(&retained, key)) {
            return strategic_fail(s, ERR_SYNTAX, bad_format);
        }
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < original->len; i++) {
        if (map_has(&retained, member_key(&original->members[i]))) {
            original->members[kept++] = original->members[i];
        }
    }
    original->len = kept;
    return true;
}

/* -- $setElementOrder ------------------------------------------------------------------------- */

static bool check_list(const Strategic *s, const Value *v)
{
    return !v || v->kind == VALUE_ARRAY || strategic_bad_type(s, STR("[]interface {}"), v);
}

/* One list that has an order: merged with its patch, ordered, and taken out of the patch. */
static bool apply_order(const Strategic *s, Value *original, Value *patch, Str name,
                        const Value *order, StrategicType type)
{
    StrategicField field;
    Value *list = value_get(original, name);
    Value *list_patch = value_get(patch, name);
    const Value empty = value_array();
    if (!check_list(s, list) || !check_list(s, list_patch) ||
        !look_up(s, type, name, true, &field) ||
        !strategic_check_order(s, list_patch ? list_patch : &empty, order, field.merge_key)) {
        return false;
    }
    if (!list && !list_patch) {
        return true;
    }
    Value live = list ? value_copy(list, s->arena) : empty;
    Value merged = list ? *list : *list_patch;
    const Value given = list_patch ? value_copy(list_patch, s->arena) : empty;
    if (list && list_patch && !strategic_merge_list(s, &merged, list_patch, &field, false, &live)) {
        return false;
    }
    if (!strategic_set_order(s, &merged, order, &live, &given, field.merge_key)) {
        return false;
    }
    value_set(original, name, merged, s->arena);
    value_remove(patch, name);
    return true;
}

static bool apply_orders(const Strategic *s, Value *original, Value *patch, StrategicType type)
{
    Value orders = value_object();
    for (uint32_t i = patch->len; i-- > 0;) {
        Member m = patch->members[i];
        if (str_starts_with(member_key(&m), STR(SET_ELEMENT_ORDER))) {
            value_set(&orders, member_key(&m), m.value, s->arena);
            value_remove(patch, member_key(&m));
        }
    }
    VALUE_EACH_MEMBER(order, &orders) {
        Str name;
        bool ok;
        cut_directive(member_key(order), STR(SET_ELEMENT_ORDER), &name, &ok);
        if (order->value.kind != VALUE_ARRAY) {
            return strategic_bad_type(s, STR("[]interface {}"), &order->value);
        }
        if (!ok) {
            return strategic_fail(s, ERR_SYNTAX, "invalid patch format of setElementOrder list");
        }
        if (!apply_order(s, original, patch, name, &order->value, type)) {
            return false;
        }
    }
    return true;
}

/* -- objects ---------------------------------------------------------------------------------- */

/* One member of the patch, or a $deleteFromPrimitiveList of one. */
static bool merge_member(const Strategic *s, Value *original, Str name, Value *patch,
                         bool is_deletion, StrategicType type)
{
    if (patch->kind == VALUE_NULL) {
        value_remove(original, name);
        return true;
    }
    Value *at = value_get(original, name);
    StrategicField field;
    if (!at || at->kind != patch->kind || patch->kind < VALUE_ARRAY) {
        value_set(original, name, *patch, s->arena);
        return true;
    }
    if (!look_up(s, type, name, patch->kind == VALUE_ARRAY, &field)) {
        return false;
    }
    if (patch->kind == VALUE_ARRAY) {
        return strategic_merge_list(s, at, patch, &field, is_deletion, NULL);
    }
    if (field.replace) {
        *at = *patch;
        return true;
    }
    return strategic_merge_map(s, at, patch, field.type);
}

bool strategic_merge_map(const Strategic *s, Value *original, Value *patch, StrategicType type)
{
    const Value *directive = value_get(patch, STR(DIRECTIVE));
    if (directive) {
        Str word = value_as_str(directive);
        if (str_eq(word, STR("replace"))) {
            value_remove(patch, STR(DIRECTIVE));
            *original = *patch;
            return true;
        }
        if (str_eq(word, STR("delete"))) {
            *original = value_object();
            return true;
        }
        return strategic_bad_directive(s, directive, patch);
    }
    if (!apply_retain_keys(s, original, patch) || !apply_orders(s, original, patch, type)) {
        return false;
    }
    /* Deletions last: they are meant for what the list has become. (The original takes them in no
     * certain order.) */
    for (int deletions = 0; deletions < 2; deletions++) {
        VALUE_EACH_MEMBER(m, patch) {
            Str name = member_key(m);
            bool ok = true;
            bool is_deletion = cut_directive(member_key(m), STR(DELETE_FROM_LIST), &name, &ok);
            if (is_deletion != (deletions == 1)) {
                continue;
            }
            if (!ok) {
                return strategic_fail(s, ERR_SYNTAX, "invalid patch format of primitive list");
            }
            if (!merge_member(s, original, name, &m->value, is_deletion, type)) {
                return false;
            }
        }
    }
    return true;
}

bool strategic_apply(const Value *target, const Value *patch, const StrategicFacts *facts,
                     StrategicType type, Arena *a, Value *out, Err *err)
{
    Strategic s = { facts, a, err };
    if (target->kind != VALUE_OBJECT || patch->kind != VALUE_OBJECT) {
        return strategic_fail(&s, ERR_SYNTAX, "invalid JSON document");
    }
    Value merged = value_copy(target, a);
    Value changes = value_copy(patch, a);
    if (!strategic_merge_map(&s, &merged, &changes, type)) {
        return false;
    }
    *out = merged;
    return true;
}
