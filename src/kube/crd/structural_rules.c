/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a schema is structural: what makes the shape of an object stands outside of allOf, anyOf,
 * oneOf and not, and whatever these name is named there too.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/{convert,validation,complete}.go
 */
#include <stdlib.h>

#include "kube/crd/structural.h"

typedef enum Level { LEVEL_ROOT, LEVEL_ITEM, LEVEL_FIELD } Level;

/* -- what cannot be read as one -----------------------------------------------------------------
 */

static Str unsupported(const CrdSchema *s)
{
    return s->id.len                   ? STR("OpenAPIV3Schema 'id' is not supported")
           : s->schema_url.len         ? STR("OpenAPIV3Schema 'schema' is not supported")
           : s->ref.len                ? STR("OpenAPIV3Schema '$ref' is not supported")
           : s->pattern_property_count ? STR("OpenAPIV3Schema 'patternProperties' is not supported")
           : s->dependency_count       ? STR("OpenAPIV3Schema 'dependencies' is not supported")
           : s->has_additional_items   ? STR("OpenAPIV3Schema 'additionalItems' is not supported")
           : s->definition_count       ? STR("OpenAPIV3Schema 'definitions' is not supported")
                                       : STR_ABSENT;
}

static Str problem_in_list(const CrdSchemas *list, Arena *a)
{
    Str problem = STR_ABSENT;
    for (size_t i = 0; i < list->count && !problem.ptr; i++) {
        problem = crd_schema_problem(list->items[i], a);
    }
    return problem;
}

/* Bounded by the depth that documents are read with. */
Str crd_schema_problem(const CrdSchema *s, Arena *a)
{
    if (!s) {
        return STR_ABSENT;
    }
    Str problem = unsupported(s);
    problem = problem.ptr ? problem : crd_schema_problem(s->not_of, a);
    problem = problem.ptr ? problem : problem_in_list(&s->all_of, a);
    problem = problem.ptr ? problem : problem_in_list(&s->any_of, a);
    problem = problem.ptr ? problem : problem_in_list(&s->one_of, a);
    problem = problem.ptr ? problem : crd_schema_problem(s->additional, a);
    if (!problem.ptr && s->forbids_unknown_fields) {
        problem = STR("internal error: 'x-kubernetes-preserve-unknown-fields' must be true or "
                      "undefined");
    }
    if (!problem.ptr && s->items_list.count) {
        problem = STR("OpenAPIV3Schema 'items' must be a schema, but is an array");
    }
    problem = problem.ptr ? problem : crd_schema_problem(s->items, a);
    for (size_t i = 0; i < s->property_count && !problem.ptr; i++) {
        problem = crd_schema_problem(s->properties[i].schema, a);
    }
    return problem;
}

/* -- int-or-string ----------------------------------------------------------------------------- */

/* What a structural schema does not keep. */
static bool is_ignored(Str key)
{
    return str_eq(key, STR("externalDocs")) || str_eq(key, STR("example")) ||
           str_eq(key, STR("$ref"));
}

static bool is_only_type(const CrdSchema *s, const char *type)
{
    VALUE_EACH_MEMBER(m, s->source) {
        if (!str_eq(member_key(m), STR("type")) && !is_ignored(member_key(m))) {
            return false;
        }
    }
    return str_eq(s->type, str_from_c(type));
}

/* [{type: integer}, {type: string}] */
static bool is_int_or_string(const CrdSchemas *any_of)
{
    return any_of->count == 2 && is_only_type(any_of->items[0], "integer") &&
           is_only_type(any_of->items[1], "string");
}

static bool first_is_int_or_string(const CrdSchema *s)
{
    return s->all_of.count && is_int_or_string(&s->all_of.items[0]->any_of);
}

/* -- within allOf, anyOf, oneOf and not -------------------------------------------------------- */

static void check_nested(const CrdSchema *s, bool skip_any_of, const Path *path, FieldErrors *errs);

static void check_nested_list(const CrdSchemas *list, const char *field, bool skip_in_first,
                              const Path *path, FieldErrors *errs)
{
    Path at = path_child_str(path, str_from_c(field));
    for (size_t i = 0; i < list->count; i++) {
        Path item = path_index(&at, i);
        check_nested(list->items[i], skip_in_first && i == 0, &item, errs);
    }
}

static void check_values(const CrdSchema *s, bool skip_any_of, bool skip_in_first, const Path *path,
                         FieldErrors *errs)
{
    Path not_of = path_child(path, "not");
    if (!skip_any_of) {
        check_nested_list(&s->any_of, "anyOf", false, path, errs);
    }
    check_nested_list(&s->all_of, "allOf", skip_in_first, path, errs);
    check_nested_list(&s->one_of, "oneOf", false, path, errs);
    check_nested(s->not_of, false, &not_of, errs);
    if (s->pattern_problem.ptr) {
        field_invalid_str(errs, path_child(path, "pattern"), s->pattern,
                          arena_concat(errs->arena,
                                       STR("must be a valid regular expression, but isn't: "),
                                       s->pattern_problem));
    }
}

static void forbid(bool is_there, const char *field, const char *detail, const Path *path,
                   FieldErrors *errs)
{
    if (is_there) {
        field_forbidden(errs, path_child_str(path, str_from_c(field)),
                        arena_printf(errs->arena, "must be %s to be structural", detail));
    }
}

static void check_nested(const CrdSchema *s, bool skip_any_of, const Path *path, FieldErrors *errs)
{
    if (!s) {
        return;
    }
    Path items = path_child(path, "items"), properties = path_child(path, "properties");
    check_values(s, skip_any_of, false, path, errs);
    check_nested(s->items, false, &items, errs);
    for (size_t i = 0; i < s->property_count; i++) {
        Path at = path_key(&properties, s->properties[i].name);
        check_nested(s->properties[i].schema, false, &at, errs);
    }
    forbid(s->type.len, "type", "empty", path, errs);
    forbid(s->has_additional, "additionalProperties", "undefined", path, errs);
    forbid(s->default_value, "default", "undefined", path, errs);
    forbid(s->title.len, "title", "empty", path, errs);
    forbid(s->description.len, "description", "empty", path, errs);
    forbid(s->nullable, "nullable", "false", path, errs);
    forbid(s->preserve_unknown_fields, "x-kubernetes-preserve-unknown-fields", "false", path, errs);
    forbid(s->embedded_resource, "x-kubernetes-embedded-resource", "false", path, errs);
    forbid(s->int_or_string, "x-kubernetes-int-or-string", "false", path, errs);
    forbid(s->list_map_keys.count, "x-kubernetes-list-map-keys", "empty", path, errs);
    forbid(s->list_type.ptr, "x-kubernetes-list-type", "undefined", path, errs);
    forbid(s->map_type.ptr, "x-kubernetes-map-type", "undefined", path, errs);
    if (crd_schema_property(s, STR("metadata"))) {
        field_forbidden(errs, path_key(&properties, STR("metadata")),
                        STR("must not be specified in a nested context"));
    }
}

/* -- what makes the shape ---------------------------------------------------------------------- */

static void check_extensions(const CrdSchema *s, const Path *path, FieldErrors *errs)
{
    const Str detail = STR("must be false if x-kubernetes-int-or-string is true");
    if (s->int_or_string && s->preserve_unknown_fields) {
        field_invalid_bool(errs, path_child(path, "x-kubernetes-preserve-unknown-fields"), true,
                           detail);
    }
    if (s->int_or_string && s->embedded_resource) {
        field_invalid_bool(errs, path_child(path, "x-kubernetes-embedded-resource"), true, detail);
    }
}

static void check_type(const CrdSchema *s, Level level, const Path *path, FieldErrors *errs)
{
    static const Str empty[] = { STR_INIT("must not be empty at the root"),
                                 STR_INIT("must not be empty for specified array items"),
                                 STR_INIT("must not be empty for specified object fields") };
    const Str embedded = STR("must be object if x-kubernetes-embedded-resource is true");
    Path at = path_child(path, "type");
    bool is_object = str_eq(s->type, STR("object"));
    if (s->embedded_resource && !is_object) {
        if (s->type.len == 0) {
            field_required(errs, at, embedded);
        } else {
            field_invalid_str(errs, at, s->type, embedded);
        }
    } else if (s->type.len == 0 && !s->int_or_string && !s->preserve_unknown_fields) {
        field_required(errs, at, empty[level]);
    }
    if (s->embedded_resource && s->has_additional) {
        field_forbidden(errs, path_child(path, "additionalProperties"),
                        STR("must not be used if x-kubernetes-embedded-resource is set"));
    }
    if (level == LEVEL_ROOT && s->type.len && !is_object) {
        field_invalid_str(errs, at, s->type, STR("must be object at the root"));
    }
}

static void check_meta_type(const CrdSchema *s, const char *name, const char *type,
                            const Path *path, FieldErrors *errs)
{
    const CrdSchema *of = crd_schema_property(s, str_from_c(name));
    Path properties = path_child(path, "properties");
    Path at = path_key(&properties, str_from_c(name));
    if (of && !str_eq(of->type, str_from_c(type))) {
        field_invalid_str(errs, path_child(&at, "type"), of->type,
                          arena_printf(errs->arena, "must be %s", type));
    }
}

/* Whether metadata at the root restricts nothing but its name. */
static bool is_plain_metadata(const CrdSchema *s)
{
    static const Str free[] = { STR_INIT("type"), STR_INIT("default"), STR_INIT("properties") };
    VALUE_EACH_MEMBER(m, s->source) {
        if (!str_list_has((StrList){ free, COUNT_OF(free) }, member_key(m)) &&
            !is_ignored(member_key(m))) {
            return false;
        }
    }
    for (size_t i = 0; i < s->property_count; i++) {
        if (!str_eq(s->properties[i].name, STR("name")) &&
            !str_eq(s->properties[i].name, STR("generateName"))) {
            return false;
        }
    }
    return true;
}

static void check_meta(const CrdSchema *s, Level level, const Path *path, FieldErrors *errs)
{
    const CrdSchema *metadata = crd_schema_property(s, STR("metadata"));
    Path properties = path_child(path, "properties");
    if (level == LEVEL_ROOT || s->embedded_resource) {
        check_meta_type(s, "kind", "string", path, errs);
        check_meta_type(s, "apiVersion", "string", path, errs);
        check_meta_type(s, "metadata", "object", path, errs);
    }
    if (level == LEVEL_ROOT && metadata && !is_plain_metadata(metadata)) {
        field_forbidden(errs, path_key(&properties, STR("metadata")),
                        STR("must not specify anything other than name and generateName, but "
                            "metadata is implicitly specified"));
    }
    if (s->embedded_resource && !s->preserve_unknown_fields && s->property_count == 0) {
        field_required(errs, properties,
                       STR("must not be empty if x-kubernetes-embedded-resource is true without "
                           "x-kubernetes-preserve-unknown-fields"));
    }
}

/* Bounded by the depth that documents are read with. */
static void check(const CrdSchema *s, Level level, const Path *path, FieldErrors *errs)
{
    if (!s) {
        return;
    }
    Path items = path_child(path, "items"), properties = path_child(path, "properties");
    Path additional = path_child(path, "additionalProperties");
    if (str_eq(s->type, STR("array")) && !s->items) {
        field_required(errs, items, STR("must be specified"));
    }
    check(s->items, LEVEL_ITEM, &items, errs);
    for (size_t i = 0; i < s->property_count; i++) {
        Path at = path_key(&properties, s->properties[i].name);
        check(s->properties[i].schema, LEVEL_FIELD, &at, errs);
    }
    if (s->has_additional && level == LEVEL_ROOT) {
        field_forbidden(errs, additional, STR("must not be used at the root"));
    }
    check(s->additional, LEVEL_FIELD, &additional, errs);
    check_extensions(s, path, errs);
    check_values(s, is_int_or_string(&s->any_of), first_is_int_or_string(s), path, errs);
    check_type(s, level, path, errs);
    check_meta(s, level, path, errs);
}

/* -- whether what is named within is named outside --------------------------------------------- */

static void check_complete(const CrdSchema *within, const CrdSchema *s, const Path *at,
                           const Path *within_at, FieldErrors *errs);

static void check_complete_lists(const CrdSchema *within, const CrdSchema *s, const Path *at,
                                 const Path *within_at, FieldErrors *errs)
{
    const CrdSchemas *lists[] = { &within->all_of, &within->any_of, &within->one_of };
    static const char *const fields[] = { "allOf", "anyOf", "oneOf" };
    Path not_of = path_child(within_at, "not");
    check_complete(within->not_of, s, at, &not_of, errs);
    for (size_t l = 0; l < COUNT_OF(lists); l++) {
        Path list = path_child_str(within_at, str_from_c(fields[l]));
        for (size_t i = 0; i < lists[l]->count; i++) {
            Path item = path_index(&list, i);
            check_complete(lists[l]->items[i], s, at, &item, errs);
        }
    }
}

static void require(FieldErrors *errs, Path at, const Path *within_at)
{
    Str where = path_render(within_at, errs->arena);
    field_required(errs, at, arena_concat(errs->arena, STR("because it is defined in "), where));
}

static void check_complete(const CrdSchema *within, const CrdSchema *s, const Path *at,
                           const Path *within_at, FieldErrors *errs)
{
    if (!within) {
        return;
    }
    if (!s) {
        require(errs, *at, within_at);
        return;
    }
    Path items = path_child(at, "items"), within_items = path_child(within_at, "items");
    Path properties = path_child(at, "properties");
    Path within_properties = path_child(within_at, "properties");
    check_complete_lists(within, s, at, within_at, errs);
    check_complete(within->items, s->items, &items, &within_items, errs);
    for (size_t i = 0; i < within->property_count; i++) {
        Str name = within->properties[i].name;
        Path key = path_key(&properties, name), within_key = path_key(&within_properties, name);
        check_complete(within->properties[i].schema, crd_schema_property(s, name), &key,
                       &within_key, errs);
    }
}

/* -- all of it --------------------------------------------------------------------------------- */

static Str text_of(const FieldError *e, Arena *a)
{
    Buf b = buf_new(a);
    field_error_write(e, &b);
    return buf_str(&b);
}

typedef struct SortedError {
    Str text;
    FieldError *error;
} SortedError;

static int by_text(const void *x, const void *y)
{
    return str_cmp(((const SortedError *)x)->text, ((const SortedError *)y)->text);
}

void crd_validate_structural(const CrdSchema *s, const Path *path, FieldErrors *errs)
{
    FieldErrors found = field_errors_new_for(errs->minor, errs->arena);
    check(s, LEVEL_ROOT, path, &found);
    check_complete_lists(s, s, path, path, &found);
    SortedError *sorted = new(errs->arena, SortedError, found.count);
    size_t count = 0;
    for (FieldError *e = found.first; e; e = e->next) {
        sorted[count++] = (SortedError){ text_of(e, errs->arena), e };
    }
    if (count > 1) {
        qsort(sorted, count, sizeof(*sorted), by_text);
    }
    for (size_t i = 0; i < count; i++) {
        FieldError *e = sorted[i].error;
        e->next = NULL;
        FieldErrors one = { .arena = errs->arena, .first = e, .last = e, .count = 1 };
        field_errors_append(errs, &one);
    }
}
