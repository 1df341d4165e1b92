/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of definitions: their names, columns and subresources. */
#include "kube/crd/definition_view.h"
#include "kube/names.h"

static Str str_of(const Value *object, const char *key)
{
    Str s = value_get_str(object, str_from_c(key));
    return s.ptr ? s : STR("");
}

Str definition_joined(NameMessages messages, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < messages.count; i++) {
        buf_add(&b, i ? STR(",") : STR(""));
        buf_add(&b, messages.items[i]);
    }
    return buf_str(&b);
}

/* All messages in one error. */
void definition_check_name(FieldErrors *errs, Path path, Str value, Str shown, const char *before,
                           NameCheck *check)
{
    NameMessages messages = check(value);
    if (messages.count) {
        Str detail = arena_concat(errs->arena, str_from_c(before),
                                  definition_joined(messages, errs->arena));
        field_invalid_str(errs, path, shown, detail);
    }
}

/* -- names ------------------------------------------------------------------------------------- */

static void check_label(const Value *names, const char *key, bool any_case, const Path *path,
                        FieldErrors *errs)
{
    Str name = str_of(names, key);
    if (name.len) {
        definition_check_name(errs, path_child_str(path, str_from_c(key)),
                              any_case ? arena_lower(errs->arena, name) : name, name,
                              any_case ? "may have mixed case, but should otherwise match: " : "",
                              name_check_dns1035_label);
    }
}

static void check_labels(const Value *names, const char *key, const Path *path, FieldErrors *errs)
{
    Path list = path_child_str(path, str_from_c(key));
    const Value *items = value_get(names, str_from_c(key));
    for (size_t i = 0; i < value_len(items); i++) {
        Str name = value_as_str(value_item(items, i));
        definition_check_name(errs, path_index(&list, i), name.ptr ? name : STR(""), name, "",
                              name_check_dns1035_label);
    }
}

void definition_check_names(const Value *names, const Path *path, FieldErrors *errs)
{
    check_label(names, "plural", false, path, errs);
    check_label(names, "singular", false, path, errs);
    check_label(names, "kind", true, path, errs);
    check_label(names, "listKind", true, path, errs);
    check_labels(names, "shortNames", path, errs);
    Str kind = str_of(names, "kind"), list_kind = str_of(names, "listKind");
    if (kind.len && str_eq(kind, list_kind)) {
        field_invalid_str(errs, path_child(path, "listKind"), list_kind,
                          STR("kind and listKind may not be the same"));
    }
    check_labels(names, "categories", path, errs);
}

void definition_require_names(const Value *names, const Path *path, FieldErrors *errs)
{
    static const char *const keys[] = { "plural", "singular", "kind", "listKind" };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (str_of(names, keys[i]).len == 0) {
            field_required(errs, path_child_str(path, str_from_c(keys[i])), STR(""));
        }
    }
}

/* -- columns and subresources ------------------------------------------------------------------ */

static void check_simple_path(FieldErrors *errs, Path path, Str text)
{
    if (text.ptr[0] != '.') {
        field_invalid_str(errs, path, text, STR("must be a simple json path starting with ."));
    }
}

static void check_column(const Value *column, const Path *path, FieldErrors *errs)
{
    static const Str types[] = { STR_INIT("boolean"), STR_INIT("date"), STR_INIT("integer"),
                                 STR_INIT("number"), STR_INIT("string") };
    static const Str formats[] = { STR_INIT("byte"),   STR_INIT("date"),    STR_INIT("date-time"),
                                   STR_INIT("double"), STR_INIT("float"),   STR_INIT("int32"),
                                   STR_INIT("int64"),  STR_INIT("password") };
    Str type = str_of(column, "type"), format = str_of(column, "format");
    Str json_path = str_of(column, "jsonPath");
    json_path = json_path.len ? json_path : str_of(column, "JSONPath");
    const Str one_of_types = STR("must be one of boolean,date,integer,number,string");
    if (str_of(column, "name").len == 0) {
        field_required(errs, path_child(path, "name"), STR(""));
    }
    if (type.len == 0) {
        field_required(errs, path_child(path, "type"), one_of_types);
    } else if (!str_list_has((StrList){ types, COUNT_OF(types) }, type)) {
        field_invalid_str(errs, path_child(path, "type"), type, one_of_types);
    }
    if (format.len && !str_list_has((StrList){ formats, COUNT_OF(formats) }, format)) {
        field_invalid_str(
            errs, path_child(path, "format"), format,
            STR("must be one of byte,date,date-time,double,float,int32,int64,password"));
    }
    if (json_path.len == 0) {
        field_required(errs, path_child(path, "JSONPath"), STR(""));
    } else {
        check_simple_path(errs, path_child(path, "JSONPath"), json_path);
    }
}

void definition_check_columns(const Value *columns, const Path *path, FieldErrors *errs)
{
    Path list = path_child(path, "additionalPrinterColumns");
    for (size_t i = 0; i < value_len(columns); i++) {
        Path at = path_index(&list, i);
        check_column(value_item(columns, i), &at, errs);
    }
}

static void check_scale_path(FieldErrors *errs, Path path, Str text, Str prefix, Str other,
                             const char *detail)
{
    if (text.ptr[0] != '.') {
        check_simple_path(errs, path, text);
    } else if (!str_starts_with(text, prefix) && !str_starts_with(text, other)) {
        field_invalid_str(errs, path, text, str_from_c(detail));
    }
}

void definition_check_subresources(const Value *subresources, const Path *path, FieldErrors *errs)
{
    const Value *scale = value_get_lit(subresources, "scale");
    Path sub = path_child(path, "subresources");
    if (value_is_null(scale)) {
        return;
    }
    Str spec = str_of(scale, "specReplicasPath"), status = str_of(scale, "statusReplicasPath");
    Str selector = str_of(scale, "labelSelectorPath");
    Path at = path_child(&sub, "scale.specReplicasPath");
    if (spec.len == 0) {
        field_required(errs, at, STR(""));
    } else {
        check_scale_path(errs, at, spec, STR(".spec."), STR(".spec."),
                         "should be a json path under .spec");
    }
    at = path_child(&sub, "scale.statusReplicasPath");
    if (status.len == 0) {
        field_required(errs, at, STR(""));
    } else {
        check_scale_path(errs, at, status, STR(".status."), STR(".status."),
                         "should be a json path under .status");
    }
    if (selector.len) {
        check_scale_path(errs, path_child(&sub, "scale.labelSelectorPath"), selector, STR(".spec."),
                         STR(".status."), "should be a json path under either .spec or .status");
    }
}
