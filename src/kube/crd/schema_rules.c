/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a definition's schema may say: the part of OpenAPI that the API server takes, list types and
 * their keys.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation
 * (ValidateCustomResourceDefinitionOpenAPISchema)
 */
#include "kube/crd/definition_view.h"

static const Str known_types[] = { STR_INIT("array"),  STR_INIT("boolean"), STR_INIT("integer"),
                                   STR_INIT("number"), STR_INIT("object"),  STR_INIT("string") };
static const StrList known_type_list = { known_types, COUNT_OF(known_types) };

/* What is inherited on the way down. */
typedef struct Within {
    const DefinitionRules *rules;
    bool allow_defaults;
    Str why_no_defaults;
    bool in_meta; /* apiVersion, kind or metadata of a resource */
    bool is_root;
} Within;

bool schema_has_known_type(const CrdSchema *s)
{
    return str_list_has(known_type_list, s->type);
}

/* -- what is not taken ------------------------------------------------------------------------- */

static void forbid(bool is_there, const char *field, const char *detail, const Path *path,
                   FieldErrors *errs)
{
    if (is_there) {
        field_forbidden(errs, path_child_str(path, str_from_c(field)), str_from_c(detail));
    }
}

static void check_supported(const CrdSchema *s, const Within *w, const Path *path,
                            FieldErrors *errs)
{
    if (w->rules->valid_types && s->type.len && !schema_has_known_type(s)) {
        field_not_supported(errs, path_child(path, "type"), s->type, known_type_list);
    }
    if (s->default_value && !w->allow_defaults) {
        field_forbidden(errs, path_child(path, "default"),
                        w->why_no_defaults.len
                            ? arena_concat(errs->arena, STR("must not be set "), w->why_no_defaults)
                            : STR("must not be set"));
    }
    forbid(s->id.len, "id", "id is not supported", path, errs);
    forbid(s->has_additional_items, "additionalItems", "additionalItems is not supported", path,
           errs);
    forbid(s->pattern_property_count, "patternProperties", "patternProperties is not supported",
           path, errs);
    forbid(s->definition_count, "definitions", "definitions is not supported", path, errs);
    forbid(s->has_dependencies, "dependencies", "dependencies is not supported", path, errs);
    forbid(s->ref.ptr, "$ref", "$ref is not supported", path, errs);
    forbid(str_eq(s->type, STR("null")), "type",
           "type cannot be set to null, use nullable as an alternative", path, errs);
    forbid(s->items_list.count, "items", "items must be a schema object and not an array", path,
           errs);
    forbid(w->in_meta && s->embedded_resource, "x-kubernetes-embedded-resource",
           "must not be used inside of resource meta", path, errs);
}

/* -- list and map types ------------------------------------------------------------------------
 */

static void require_type(const CrdSchema *s, const char *type, const char *detail, const Path *path,
                         FieldErrors *errs)
{
    Path at = path_child(path, "type");
    if (s->type.len == 0) {
        field_required(errs, at, str_from_c(detail));
    } else if (!str_eq(s->type, str_from_c(type))) {
        field_invalid_str(errs, at, s->type, str_from_c(detail));
    }
}

static bool is_atomic_list(const CrdSchema *s)
{
    return !s->list_type.ptr || str_eq(s->list_type, STR("atomic"));
}

bool schema_has_loose_set(const CrdSchema *s)
{
    if (!str_eq(s->list_type, STR("set")) || !s->items) {
        return false;
    }
    if (str_eq(s->items->type, STR("array"))) {
        return !is_atomic_list(s->items);
    }
    return str_eq(s->items->type, STR("object")) && !str_eq(s->items->map_type, STR("atomic"));
}

static void invalid_text_or_null(FieldErrors *errs, Path path, Str text, Str detail)
{
    if (text.ptr) {
        field_invalid_str(errs, path, text, detail);
    } else {
        field_invalid_null(errs, path, detail);
    }
}

static void check_set(const CrdSchema *s, const Path *path, FieldErrors *errs)
{
    const Str detail = STR("must be atomic as item of a list with x-kubernetes-list-type=set");
    Path items = path_child(path, "items");
    if (schema_has_loose_set(s)) {
        bool list = str_eq(s->items->type, STR("array"));
        invalid_text_or_null(errs,
                             list ? path_child(&items, "x-kubernetes-list-type")
                                  : path_child(&items, "x-kubernetes-map-type"),
                             s->items->list_type, detail);
    }
}

static Str dump_keys(const CrdSchema *s, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "[]string{");
    for (size_t i = 0; i < s->list_map_keys.count; i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_go_quoted(&b, s->list_map_keys.items[i]);
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

static void check_keys(const CrdSchema *s, const Path *path, FieldErrors *errs)
{
    Path items = path_child(path, "items"), properties = path_child(&items, "properties");
    Path keys = path_child(path, "x-kubernetes-list-map-keys");
    for (size_t i = 0; i < s->list_map_keys.count; i++) {
        Str key = s->list_map_keys.items[i];
        const CrdSchema *of = crd_schema_property(s->items, key);
        Path at = path_key(&properties, key);
        if (!of) {
            field_invalid_raw(errs, keys, dump_keys(s, errs->arena),
                              STR("entries must all be names of item properties"));
        } else if (str_eq(of->type, STR("array")) || str_eq(of->type, STR("object"))) {
            field_invalid_str(
                errs, path_child(&at, "type"), s->items->type,
                STR("must be a scalar type if parent array's x-kubernetes-list-type is map"));
        }
        if (str_list_has((StrList){ s->list_map_keys.items, i }, key)) {
            field_invalid_raw(errs, keys, dump_keys(s, errs->arena),
                              STR("must not contain duplicate entries"));
        }
    }
}

static void check_map_list(const CrdSchema *s, const Path *path, FieldErrors *errs)
{
    Path items = path_child(path, "items");
    if (s->list_map_keys.count == 0) {
        field_required(errs, path_child(path, "x-kubernetes-list-map-keys"),
                       STR("must not be empty if x-kubernetes-list-type is map"));
    }
    if (!s->has_items) {
        field_required(errs, items, STR("must have a schema if x-kubernetes-list-type is map"));
    } else if (!s->items) {
        field_invalid_raw(errs, items, definition_dump_items(s, errs->arena),
                          STR("must only have a single schema if x-kubernetes-list-type is map"));
    } else if (!str_eq(s->items->type, STR("object"))) {
        field_invalid_str(errs, path_child(&items, "type"), s->items->type,
                          STR("must be object if parent array's x-kubernetes-list-type is map"));
    } else {
        check_keys(s, path, errs);
    }
}

void schema_check_map_keys(const CrdSchema *s, const Path *path, FieldErrors *errs)
{
    Path items = path_child(path, "items"), properties = path_child(&items, "properties");
    bool is_map = str_eq(s->list_type, STR("map"));
    if (!s->items || (!is_map && !str_eq(s->list_type, STR("set")))) {
        return;
    }
    if (s->items->nullable) {
        field_forbidden(errs, path_child(&items, "nullable"),
                        is_map ? STR("cannot be nullable when x-kubernetes-list-type is map")
                               : STR("cannot be nullable when x-kubernetes-list-type is set"));
    }
    for (size_t i = 0; is_map && i < s->list_map_keys.count; i++) {
        Str key = s->list_map_keys.items[i];
        const CrdSchema *of = crd_schema_property(s->items, key);
        Path at = path_key(&properties, key);
        if (of && !str_list_has(s->items->required, key) && !of->default_value) {
            field_required(errs, path_child(&at, "default"),
                           STR("this property is in x-kubernetes-list-map-keys, so it must have a "
                               "default or be a required property"));
        }
        if (of && of->nullable) {
            field_forbidden(errs, path_child(&at, "nullable"),
                            STR("this property is in x-kubernetes-list-map-keys, so it cannot be "
                                "nullable"));
        }
    }
}

static void check_types(const CrdSchema *s, const Within *w, const Path *path, FieldErrors *errs)
{
    static const Str map_types[] = { STR_INIT("atomic"), STR_INIT("granular") };
    static const Str list_types[] = { STR_INIT("atomic"), STR_INIT("set"), STR_INIT("map") };
    Path list_type = path_child(path, "x-kubernetes-list-type");
    if (s->map_type.ptr) {
        require_type(s, "object", "must be object if x-kubernetes-map-type is specified", path,
                     errs);
        if (!str_list_has((StrList){ map_types, 2 }, s->map_type)) {
            field_not_supported(errs, path_child(path, "x-kubernetes-map-type"), s->map_type,
                                (StrList){ map_types, 2 });
        }
    }
    if (s->list_type.ptr && !str_eq(s->type, STR("array"))) {
        require_type(s, "array", "must be array if x-kubernetes-list-type is specified", path,
                     errs);
    } else if (w->rules->atomic_sets) {
        check_set(s, path, errs);
    }
    if (s->list_type.ptr && !str_list_has((StrList){ list_types, 3 }, s->list_type)) {
        field_not_supported(errs, list_type, s->list_type, (StrList){ list_types, 3 });
    }
    const Str must_be_map = STR("must be map if x-kubernetes-list-map-keys is non-empty");
    if (s->list_map_keys.count && !s->list_type.ptr) {
        field_required(errs, list_type, must_be_map);
    } else if (s->list_map_keys.count && !str_eq(s->list_type, STR("map"))) {
        field_invalid_str(errs, list_type, s->list_type, must_be_map);
    }
    if (str_eq(s->list_type, STR("map"))) {
        check_map_list(s, path, errs);
    }
    if (w->rules->map_keys) {
        schema_check_map_keys(s, path, errs);
    }
}

/* -- all of it, and what is within --------------------------------------------------------------
 */

static void check(const CrdSchema *s, Within w, const Path *path, FieldErrors *errs);

static void check_additional(const CrdSchema *s, Within w, const Path *path, FieldErrors *errs)
{
    Path at = path_child(path, "additionalProperties");
    if (!s->has_additional) {
        return;
    }
    if (s->property_count && (!s->additional_allows || s->additional)) {
        field_forbidden(errs, at, STR("additionalProperties and properties are mutual exclusive"));
    }
    if (w.in_meta) {
        w.allow_defaults = false;
        w.why_no_defaults = STR("inside additionalProperties applying to object metadata");
    }
    check(s->additional, w, &at, errs);
}

static bool is_meta(Str name)
{
    return str_eq(name, STR("metadata")) || str_eq(name, STR("kind")) ||
           str_eq(name, STR("apiVersion"));
}

static void check_properties(const CrdSchema *s, bool is_root, const Within *w, const Path *path,
                             FieldErrors *errs)
{
    Path properties = path_child(path, "properties");
    for (size_t i = 0; i < s->property_count; i++) {
        Within inner = *w;
        Str name = s->properties[i].name;
        Path at = path_key(&properties, name);
        if ((is_root || s->embedded_resource) && is_meta(name)) {
            inner.in_meta = true;
            if (is_root) {
                inner.allow_defaults = false;
                inner.why_no_defaults = arena_concat(errs->arena, STR("in top-level "), name);
            }
        }
        check(s->properties[i].schema, inner, &at, errs);
    }
}

static void check_list(const CrdSchemas *list, const char *field, const Within *w, const Path *path,
                       FieldErrors *errs)
{
    Path at = path_child_str(path, str_from_c(field));
    for (size_t i = 0; i < list->count; i++) {
        Path item = path_index(&at, i);
        check(list->items[i], *w, &item, errs);
    }
}

static void check_map(const CrdProperty *map, size_t count, const char *field, const Within *w,
                      const Path *path, FieldErrors *errs)
{
    Path at = path_child_str(path, str_from_c(field));
    for (size_t i = 0; i < count; i++) {
        Path key = path_key(&at, map[i].name);
        check(map[i].schema, *w, &key, errs);
    }
}

/* Bounded by the depth that documents are read with. */
static void check(const CrdSchema *s, Within w, const Path *path, FieldErrors *errs)
{
    bool is_root = w.is_root;
    w.is_root = false;
    if (!s) {
        return;
    }
    Path not_of = path_child(path, "not"), items = path_child(path, "items");
    check_supported(s, &w, path, errs);
    if (s->unique_items) {
        field_forbidden(errs, path_child(path, "uniqueItems"),
                        STR("uniqueItems cannot be set to true since the runtime complexity "
                            "becomes quadratic"));
    }
    check_additional(s, w, path, errs);
    check_properties(s, is_root, &w, path, errs);
    check(s->not_of, w, &not_of, errs);
    check_list(&s->all_of, "allOf", &w, path, errs);
    check_list(&s->one_of, "oneOf", &w, path, errs);
    check_list(&s->any_of, "anyOf", &w, path, errs);
    check_map(s->definitions, s->definition_count, "definitions", &w, path, errs);
    check(s->items, w, &items, errs);
    check_list(&s->items_list, "items", &w, path, errs);
    check_map(s->dependencies, s->dependency_count, "dependencies", &w, path, errs);
    if (s->forbids_unknown_fields) {
        field_invalid_bool(errs, path_child(path, "x-kubernetes-preserve-unknown-fields"), false,
                           STR("must be true or undefined"));
    }
    check_types(s, &w, path, errs);
}

/* -- the root ----------------------------------------------------------------------------------
 */

/* With the subresource status its schema must be properties["status"] and nothing else. */
static void check_root(const CrdSchema *s, const Path *path, FieldErrors *errs)
{
    static const Str allowed[] = { STR_INIT("description"),
                                   STR_INIT("type"),
                                   STR_INIT("format"),
                                   STR_INIT("title"),
                                   STR_INIT("maximum"),
                                   STR_INIT("exclusiveMaximum"),
                                   STR_INIT("minimum"),
                                   STR_INIT("exclusiveMinimum"),
                                   STR_INIT("maxLength"),
                                   STR_INIT("minLength"),
                                   STR_INIT("pattern"),
                                   STR_INIT("maxItems"),
                                   STR_INIT("minItems"),
                                   STR_INIT("uniqueItems"),
                                   STR_INIT("multipleOf"),
                                   STR_INIT("required"),
                                   STR_INIT("items"),
                                   STR_INIT("properties"),
                                   STR_INIT("externalDocs"),
                                   STR_INIT("example"),
                                   STR_INIT("x-kubernetes-preserve-unknown-fields") };
    /* in the order of the Go struct, where type comes before all that is refused but these */
    static const Str before_type[] = { STR_INIT("id"), STR_INIT("$schema"), STR_INIT("$ref") };
    bool early = false, refused = false;
    VALUE_EACH_MEMBER(m, s->source) {
        refused = refused || !str_list_has((StrList){ allowed, COUNT_OF(allowed) }, member_key(m));
        early = early || str_list_has((StrList){ before_type, 3 }, member_key(m));
    }
    if (!early && s->type.len && !str_eq(s->type, STR("object"))) {
        field_invalid_str(errs, path_child(path, "openAPIV3Schema.type"), s->type,
                          STR("only \"object\" is allowed as the type at the root of the schema if "
                              "the status subresource is enabled"));
    } else if (refused) {
        field_invalid_raw(
            errs, path_child(path, "openAPIV3Schema"), definition_dump_schema(s, errs->arena),
            STR("only [Description Type Format Title Maximum ExclusiveMaximum Minimum "
                "ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems "
                "MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields] "
                "fields are allowed at the root of the schema if the status subresource is "
                "enabled"));
    }
}

static void check_structure(const CrdSchema *s, const DefinitionRules *rules, const Path *path,
                            FieldErrors *errs)
{
    size_t before = errs->count;
    Str problem = crd_schema_problem(s, errs->arena);
    if (problem.ptr) {
        return;
    }
    crd_validate_structural(s, path, errs);
    if (errs->count == before) {
        crd_validate_defaults(s, rules->pruned_defaults, rules->target, path, errs);
    }
}

void definition_check_schema(const DefinitionPart *part, bool has_status,
                             const DefinitionRules *rules, const Path *path, FieldErrors *errs)
{
    const CrdSchema *s = part->schema;
    Path at = path_child(path, "openAPIV3Schema");
    if (!s) {
        return;
    }
    FieldErrors found = field_errors_new_for(errs->minor, errs->arena);
    if (has_status) {
        check_root(s, path, &found);
    }
    if (s->nullable) {
        field_forbidden(&found, path_child(path, "openAPIV3Schema.nullable"),
                        STR("nullable cannot be true at the root"));
    }
    Within w = { .rules = rules,
                 .allow_defaults = rules->allow_defaults,
                 .why_no_defaults = rules->why_no_defaults,
                 .is_root = true };
    check(s, w, &at, &found);
    if (rules->structural) {
        Str problem = crd_schema_problem(s, errs->arena);
        if (problem.ptr && found.count == 0) {
            field_invalid_str(&found, at, STR(""), problem);
        }
        check_structure(s, rules, &at, &found);
    }
    field_errors_append(errs, &found);
}
