/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Models of custom resources, out of the schemas in their definitions. Version 2 knows less than
 * those schemas say, and kubectl less than version 2: what they cannot read is left out, so that it
 * is not checked rather than refused.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/controller/openapi/builder (1.20)
 */
#include "server/discovery/openapi_build.h"

enum { SCHEMA_DEPTH_MAX = 64 };

/* "a.example", "v1", "Widget" into "example.a.v1.Widget" */
static Str model_name(Str group, Str version, const char *suffix, Str kind, Arena *a)
{
    Buf b = buf_new(a);
    while (group.len) {
        ptrdiff_t dot = str_rindex_byte(group, '.');
        buf_add(&b, str_drop(group, (size_t)(dot + 1)));
        buf_byte(&b, '.');
        group = str_slice(group, 0, dot < 0 ? 0 : (size_t)dot);
    }
    buf_printf(&b, "%.*s.%.*s%s", STR_ARG(version), STR_ARG(kind), suffix);
    return buf_str(&b);
}

static bool says(const Value *schema, const char *key)
{
    return value_get_bool(schema, str_from_c(key)).value;
}

static Value convert(const OpenApiBuild *b, const Value *schema, int depth);

static Value convert_properties(const OpenApiBuild *b, const Value *properties, int depth)
{
    Value out = value_object();
    VALUE_EACH_MEMBER(m, properties) {
        value_set(&out, member_key(m), convert(b, &m->value, depth + 1), b->arena);
    }
    return out;
}

/* Members that are not taken over: what has no form there, and children where nothing is said of
 * what they are. */
static bool is_left_out(const OpenApiBuild *b, Str key, bool is_open, bool is_untyped)
{
    static const Str never[] = { STR_INIT("nullable"), STR_INIT("oneOf"),
                                 STR_INIT("anyOf"),    STR_INIT("allOf"),
                                 STR_INIT("not"),      STR_INIT("$ref"),
                                 STR_INIT("$schema"),  STR_INIT("default"),
                                 STR_INIT("example"),  STR_INIT("x-kubernetes-validations") };
    static const Str children[] = { STR_INIT("properties"), STR_INIT("items"),
                                    STR_INIT("additionalProperties"), STR_INIT("required") };
    return (!b->is_v3 && str_list_has((StrList){ never, COUNT_OF(never) }, key)) ||
           (is_open && str_list_has((StrList){ children, COUNT_OF(children) }, key)) ||
           (is_untyped && str_eq(key, STR("type")));
}

/* Bounded: definitions are read with a limit of depth, and this has its own. */
static Value convert(const OpenApiBuild *b, const Value *schema, int depth)
{
    Value out = value_object();
    if (depth > SCHEMA_DEPTH_MAX || !value_is(schema, VALUE_OBJECT)) {
        return out;
    }
    bool is_nullable = says(schema, "nullable");
    bool is_untyped = !b->is_v3 && (is_nullable || says(schema, "x-kubernetes-int-or-string"));
    bool is_open = !b->is_v3 &&
                   (is_nullable || says(schema, "x-kubernetes-preserve-unknown-fields"));
    VALUE_EACH_MEMBER(m, schema) {
        Str key = member_key(m);
        Value v = m->value;
        if (is_left_out(b, key, is_open, is_untyped)) {
            continue;
        }
        if (str_eq(key, STR("properties"))) {
            v = convert_properties(b, &v, depth);
        } else if (v.kind == VALUE_OBJECT &&
                   (str_eq(key, STR("items")) || str_eq(key, STR("additionalProperties")))) {
            v = convert(b, &v, depth + 1);
        }
        value_set(&out, key, v, b->arena);
    }
    return out;
}

/* The schema of a version of the resource, or NULL. */
static const Value *find_schema(const OpenApiBuild *b, Str group, Str version, Str plural,
                                bool *is_open)
{
    *is_open = true;
    for (size_t i = 0; i < b->request->crd_count; i++) {
        const Value *spec = value_get_lit(b->request->crds[i], "spec");
        if (!str_eq(value_get_str(spec, STR("group")), group) ||
            !str_eq(value_as_str(value_at(spec, "names", "plural", NULL)), plural)) {
            continue;
        }
        *is_open = says(spec, "preserveUnknownFields");
        VALUE_EACH_ITEM(v, value_get_lit(spec, "versions")) {
            if (str_eq(value_get_str(v, STR("name")), version)) {
                return value_at(v, "schema", "openAPIV3Schema", NULL);
            }
        }
    }
    return NULL;
}

static void set_text_schema(Value *properties, const char *key, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "type", value_str(STR("string")), a);
    value_set(properties, str_from_c(key), v, a);
}

/* apiVersion, kind and metadata, which no definition needs to name. */
static void add_meta(OpenApiBuild *b, Value *properties, const char *meta_type)
{
    set_text_schema(properties, "apiVersion", b->arena);
    set_text_schema(properties, "kind", b->arena);
    const SchemaType *t = schema_find_type(str_from_c(meta_type));
    if (t) {
        value_set_lit(properties, "metadata", openapi_ref_type(b, t), b->arena);
    }
}

static void set_kind(OpenApiBuild *b, Value *model, Str group, Str version, Str kind)
{
    Value kinds = value_array();
    value_add(&kinds, openapi_gvk(group, version, kind, b->arena), b->arena);
    value_set_lit(model, "x-kubernetes-group-version-kind", kinds, b->arena);
}

static Value typed(const char *type, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "type", value_str(str_from_c(type)), a);
    return v;
}

static Value model_of_list(OpenApiBuild *b, Value item)
{
    Arena *a = b->arena;
    Value items = typed("array", a);
    value_set_lit(&items, "items", item, a);
    Value properties = value_object();
    add_meta(b, &properties, "meta/v1.ListMeta");
    value_set_lit(&properties, "items", items, a);
    Value required = value_array();
    value_add(&required, value_str(STR("items")), a);
    Value model = typed("object", a);
    value_set_lit(&model, "properties", properties, a);
    value_set_lit(&model, "required", required, a);
    return model;
}

void openapi_add_custom(OpenApiBuild *b, Str group, Str version, const ServedResource *s,
                        OpenApiResource *out)
{
    Arena *a = b->arena;
    bool is_open;
    const Value *schema = find_schema(b, group, version, s->name, &is_open);
    Value model = typed("object", a);
    if (schema && !is_open && !says(schema, "x-kubernetes-preserve-unknown-fields")) {
        model = convert(b, schema, 0);
        Value *properties = value_need_object(&model, STR("properties"), a);
        if (properties) {
            add_meta(b, properties, "meta/v1.ObjectMeta");
        }
    }
    Str name = model_name(group, version, "", s->kind, a);
    Str list_name = model_name(group, version, "List", s->kind, a);
    out->model = openapi_ref(b, name);
    out->list_model = openapi_ref(b, list_name);
    Value list = model_of_list(b, out->model);
    set_kind(b, &model, group, version, s->kind);
    set_kind(b, &list, group, version, arena_concat(a, s->kind, STR("List")));
    value_set(&b->models, name, model, a);
    value_set(&b->models, list_name, list, a);
}
