/* SPDX-License-Identifier: Apache-2.0 */
/* Values as Go prints them with %#v. */
#include "kube/groups/go_dump.h"

#include "kube/groups/members.h"
#include "kube/meta.h"

static void dump_strings(Buf *b, const char *type, const Value *list)
{
    buf_printf(b, "[]%s", type);
    if (!value_is(list, VALUE_ARRAY)) {
        buf_lit(b, "(nil)");
        return;
    }
    buf_byte(b, '{');
    for (size_t i = 0; i < value_len(list); i++) {
        if (i) {
            buf_lit(b, ", ");
        }
        buf_go_quoted(b, value_as_str(value_item(list, i)));
    }
    buf_byte(b, '}');
}

Str go_dump_strings(const char *type, const Value *list, Arena *a)
{
    Buf b = buf_new(a);
    dump_strings(&b, type, list);
    return buf_str(&b);
}

Str go_dump_bytes(Str bytes, Arena *a)
{
    if (bytes.ptr == NULL) {
        return STR("[]byte(nil)");
    }
    Buf b = buf_new(a);
    buf_lit(&b, "[]byte{");
    for (size_t i = 0; i < bytes.len; i++) {
        buf_printf(&b, i ? ", 0x%x" : "0x%x", (unsigned char)bytes.ptr[i]);
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

void go_dump_pointer(Buf *b, const char *type, const Value *v)
{
    buf_printf(b, "(*%s)(%s)", type, value_is_null(v) ? "nil" : META_POINTER_TEXT);
}

static void dump_labels(Buf *b, const Value *labels)
{
    buf_lit(b, "map[string]string");
    if (!value_is(labels, VALUE_OBJECT)) {
        buf_lit(b, "(nil)");
        return;
    }
    buf_byte(b, '{');
    size_t count;
    const Member *sorted = meta_sorted_members(labels, b->arena, &count);
    for (size_t i = 0; i < count; i++) {
        if (i) {
            buf_lit(b, ", ");
        }
        buf_go_quoted(b, member_key(&sorted[i]));
        buf_byte(b, ':');
        buf_go_quoted(b, value_as_str(&sorted[i].value));
    }
    buf_byte(b, '}');
}

static void dump_requirements(Buf *b, const Value *list)
{
    buf_lit(b, "[]v1.LabelSelectorRequirement");
    if (!value_is(list, VALUE_ARRAY)) {
        buf_lit(b, "(nil)");
        return;
    }
    buf_byte(b, '{');
    for (size_t i = 0; i < value_len(list); i++) {
        const Value *r = value_item(list, i);
        buf_add(b, i ? STR(", v1.LabelSelectorRequirement{Key:")
                     : STR("v1.LabelSelectorRequirement{Key:"));
        buf_go_quoted(b, str_of(r, "key"));
        buf_lit(b, ", Operator:");
        buf_go_quoted(b, str_of(r, "operator"));
        buf_lit(b, ", Values:");
        dump_strings(b, "string", list_of(r, "values"));
        buf_byte(b, '}');
    }
    buf_byte(b, '}');
}

Str go_dump_label_selector(const Value *selector, Arena *a)
{
    if (value_is_null(selector)) {
        return STR("\"null\"");
    }
    Buf b = buf_new(a);
    buf_lit(&b, "v1.LabelSelector{MatchLabels:");
    dump_labels(&b, value_get_lit(selector, "matchLabels"));
    buf_lit(&b, ", MatchExpressions:");
    dump_requirements(&b, value_get_lit(selector, "matchExpressions"));
    buf_byte(&b, '}');
    return buf_str(&b);
}
