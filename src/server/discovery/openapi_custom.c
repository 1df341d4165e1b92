/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Models of custom resources, out of the schemas in their definitions. Version 2 knows less than
 * those schemas say, and kubectl less than version 2: what they cannot read is left out, so that it
 * is not checked rather than refused.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/controller/openapi/builder (1.20)
 */
#include "kube/crd/crd.h"
#include "server/discovery/openapi_build.h"

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

/* The schema of a version of the resource as it is published. False when nothing is: any object
 * will do. */
static bool find_schema(const OpenApiBuild *b, Str group, Str version, Str plural, Value *out)
{
    for (size_t i = 0; i < b->request->crd_count; i++) {
        Crd crd;
        Err err;
        const Value *spec = value_get_lit(b->request->crds[i], "spec");
        if (!str_eq(value_get_str(spec, STR("group")), group) ||
            !str_eq(value_as_str(value_at(spec, "names", "plural", NULL)), plural) ||
            !crd_read(b->request->crds[i], b->target, b->arena, &crd, &err)) {
            continue;
        }
        const CrdVersion *v = crd_version(&crd, version);
        /* version 2 has no form for a schema that leaves fields open */
        bool is_open =
            !b->is_v3 && v &&
            (crd.preserve_unknown_fields ||
             value_get_bool(v->schema_value, STR("x-kubernetes-preserve-unknown-fields")).value);
        if (v && v->schema_value && !is_open) {
            *out = b->is_v3 ? crd_openapi_v3(&crd, v, b->arena) : crd_openapi_v2(&crd, v, b->arena);
            return true;
        }
    }
    return false;
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
    Value model = typed("object", a);
    if (find_schema(b, group, version, s->name, &model)) {
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
