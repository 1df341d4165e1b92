/* SPDX-License-Identifier: Apache-2.0 */
/* Values as Go prints them with %#v, which the API server does for bad values that are structs. */
#include "kube/meta.h"
#include "kube/workloads/parts.h"

Str dump_labels(const Value *map, Arena *a)
{
    if (!value_is(map, VALUE_OBJECT)) {
        return STR("map[string]string(nil)");
    }
    Buf b = buf_new(a);
    size_t count;
    const Member *members = meta_sorted_members(map, a, &count);
    buf_lit(&b, "map[string]string{");
    for (size_t i = 0; i < count; i++) {
        if (i) {
            buf_lit(&b, ", ");
        }
        buf_go_quoted(&b, member_key(&members[i]));
        buf_byte(&b, ':');
        buf_go_quoted(&b, value_as_str(&members[i].value));
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

static void dump_strings_to(const Value *list, Buf *b)
{
    if (!value_is(list, VALUE_ARRAY)) {
        buf_lit(b, "[]string(nil)");
        return;
    }
    buf_lit(b, "[]string{");
    for (uint32_t i = 0; i < list->len; i++) {
        if (i) {
            buf_lit(b, ", ");
        }
        buf_go_quoted(b, value_as_str(value_item(list, i)));
    }
    buf_byte(b, '}');
}

Str dump_selector(const Value *selector, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "v1.LabelSelector{MatchLabels:");
    buf_add(&b, dump_labels(value_get_lit(selector, "matchLabels"), a));
    const Value *list = value_get_lit(selector, "matchExpressions");
    if (!value_is(list, VALUE_ARRAY)) {
        buf_lit(&b, ", MatchExpressions:[]v1.LabelSelectorRequirement(nil)}");
        return buf_str(&b);
    }
    buf_lit(&b, ", MatchExpressions:[]v1.LabelSelectorRequirement{");
    for (uint32_t i = 0; i < list->len; i++) {
        const Value *term = value_item(list, i);
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_lit(&b, "v1.LabelSelectorRequirement{Key:");
        buf_go_quoted(&b, str_of(term, "key"));
        buf_lit(&b, ", Operator:");
        buf_go_quoted(&b, str_of(term, "operator"));
        buf_lit(&b, ", Values:");
        dump_strings_to(value_get_lit(term, "values"), &b);
        buf_byte(&b, '}');
    }
    buf_lit(&b, "}}");
    return buf_str(&b);
}

Str dump_int_or_string(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    buf_printf(&b, "intstr.IntOrString{Type:%d, IntVal:%lld, StrVal:",
               value_is(v, VALUE_STRING) ? 1 : 0, (long long)value_as_int(v).value);
    buf_go_quoted(&b, value_is(v, VALUE_STRING) ? value_as_str(v) : STR(""));
    buf_byte(&b, '}');
    return buf_str(&b);
}

Str dump_pointer(const Value *v, const char *type, Arena *a)
{
    return arena_printf(a, "(*%s)(%s)", type, value_is_null(v) ? "nil" : META_POINTER_TEXT);
}
