/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an object, and lists. */
#include "kube/object.h"

/* A text field that may be missing; needed ones may be neither missing nor empty. */
static bool read_text(const Value *in, const char *prefix, Str field, bool is_needed, Arena *a,
                      Str *out, Err *err)
{
    const Value *v = value_get(in, field);
    if (value_is_null(v) || (is_needed && v->kind == VALUE_STRING && v->len == 0)) {
        *out = STR("");
        return !is_needed || err_set(err, a, ERR_TYPE, "%s%.*s: missing", prefix, STR_ARG(field));
    }
    if (v->kind != VALUE_STRING) {
        return err_set(err, a, ERR_TYPE, "%s%.*s: expected a string, found %.*s", prefix,
                       STR_ARG(field), STR_ARG(value_kind_name(v)));
    }
    *out = value_as_str(v);
    return true;
}

bool object_head(const Value *v, Arena *a, ObjectHead *out, Err *err)
{
    ObjectHead head = { 0 };
    if (!value_is(v, VALUE_OBJECT)) {
        return err_set(err, a, ERR_TYPE, "not an object of the API but %.*s",
                       STR_ARG(value_kind_name(v)));
    }
    const Value *metadata = value_get_lit(v, "metadata");
    if (!value_is_null(metadata) && metadata->kind != VALUE_OBJECT) {
        return err_set(err, a, ERR_TYPE, "metadata: expected an object, found %.*s",
                       STR_ARG(value_kind_name(metadata)));
    }
    if (!read_text(v, "", STR("apiVersion"), true, a, &head.api_version, err) ||
        !read_text(v, "", STR("kind"), true, a, &head.kind, err) ||
        !read_text(metadata, "metadata.", STR("name"), false, a, &head.name, err) ||
        !read_text(metadata, "metadata.", STR("generateName"), false, a, &head.generate_name,
                   err) ||
        !read_text(metadata, "metadata.", STR("namespace"), false, a, &head.namespace, err)) {
        return false;
    }
    kube_split_api_version(head.api_version, &head.group, &head.version);
    head.is_known = kube_kind_find(head.api_version, head.kind, &head.known);
    *out = head;
    return true;
}

bool object_is_list(const Value *v, Str *item_kind)
{
    Str kind = value_get_str(v, STR("kind"));
    const Value *items = value_get_lit(v, "items");
    *item_kind = str_cut_suffix(kind, STR("List"));
    return str_ends_with(kind, STR("List")) && items &&
           (items->kind == VALUE_ARRAY || items->kind == VALUE_NULL);
}

void object_inherit(Value *item, const Value *list, Str item_kind, Arena *a)
{
    const Value *version = value_get_lit(list, "apiVersion");
    if (item_kind.len == 0 || !value_is(item, VALUE_OBJECT) || value_get_lit(item, "kind")) {
        return;
    }
    value_set_lit(item, "kind", value_str(item_kind), a);
    if (version && !value_get_lit(item, "apiVersion")) {
        value_set_lit(item, "apiVersion", *version, a);
    }
}
