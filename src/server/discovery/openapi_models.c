/* SPDX-License-Identifier: Apache-2.0 */
/* Models of the built-in types, made of the tables of kube/schema. */
#include "server/discovery/openapi_build.h"

#include <stdlib.h>

static const struct {
    Str type;
    Str field;
    int since;
} optional_fields[] = {
#define OPTIONAL(type, field, since) { STR_INIT(type), STR_INIT(field), (since) },
#include "server/discovery/openapi.def"
#undef OPTIONAL
};

static const struct {
    Str type;
    Str text;
} type_words[] = {
#define TYPE_WORDS(type, text) { STR_INIT(type), STR_INIT(text) },
#include "server/discovery/openapi.def"
#undef TYPE_WORDS
};

static const struct {
    Str type;
    Str field;
    Str text;
} field_words[] = {
#define FIELD_WORDS(type, field, text) { STR_INIT(type), STR_INIT(field), STR_INIT(text) },
#include "server/discovery/openapi.def"
#undef FIELD_WORDS
};

/* -- names ------------------------------------------------------------------------------------ */

Str openapi_model_name(const SchemaType *t, Arena *a)
{
    static const struct {
        Str group;
        const char *prefix;
    } others[] = {
        { STR_INIT("meta"), "io.k8s.apimachinery.pkg.apis" },
        { STR_INIT("apiextensions"), "io.k8s.apiextensions-apiserver.pkg.apis" },
        { STR_INIT("apiregistration"), "io.k8s.kube-aggregator.pkg.apis" },
    };
    Str group;
    Str rest; /* "v1.PodSpec" */
    (void)str_split_once(schema_type_name(t), '/', &group, &rest);
    const char *prefix = "io.k8s.api";
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        if (str_eq(others[i].group, group)) {
            prefix = others[i].prefix;
        }
    }
    return arena_printf(a, "%s.%.*s.%.*s", prefix, STR_ARG(group), STR_ARG(rest));
}

Value openapi_ref(const OpenApiBuild *b, Str model)
{
    Value v = value_object();
    Str to = arena_printf(b->arena, "%s%.*s", b->is_v3 ? "#/components/schemas/" : "#/definitions/",
                          STR_ARG(model));
    value_set_lit(&v, "$ref", value_str(to), b->arena);
    return v;
}

Value openapi_ref_type(OpenApiBuild *b, const SchemaType *t)
{
    size_t place = (size_t)(t - schema_types);
    if (!b->wanted[place]) {
        b->wanted[place] = true;
        b->queue[b->queue_len++] = t;
    }
    return openapi_ref(b, openapi_model_name(t, b->arena));
}

Value openapi_gvk(Str group, Str version, Str kind, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "group", value_str(group), a);
    value_set_lit(&v, "kind", value_str(kind), a);
    value_set_lit(&v, "version", value_str(version), a);
    return v;
}

/* -- fields ----------------------------------------------------------------------------------- */

static void set_text(Value *v, const char *key, const char *text, Arena *a)
{
    value_set(v, str_from_c(key), value_str(str_from_c(text)), a);
}

static Value simple(const char *type, const char *format, Arena *a)
{
    Value v = value_object();
    set_text(&v, "type", type, a);
    if (format) {
        set_text(&v, "format", format, a);
    }
    return v;
}

/* What any JSON is called there. */
static Value raw_ref(OpenApiBuild *b, const SchemaType *in, Str field)
{
    Str type = schema_type_name(in);
    if (str_eq(field, STR("fieldsV1"))) {
        return openapi_ref(b, openapi_special_name(OPENAPI_FIELDS));
    }
    if (str_eq(field, STR("openAPIV3Schema"))) {
        Str group;
        Str rest;
        Str version;
        b->wants_schemas = true;
        (void)str_split_once(type, '/', &group, &rest);
        (void)str_split_once(rest, '.', &version, &rest);
        return openapi_ref(b, openapi_schema_model_name(version, "JSONSchemaProps", b->arena));
    }
    return openapi_ref(b, openapi_special_name(OPENAPI_RAW));
}

/* Types nest as deep as the tables say: a map of lists at most. */
static Value schema_of(OpenApiBuild *b, const SchemaType *t, const SchemaType *in, Str field)
{
    Arena *a = b->arena;
    switch (schema_kind(t)) {
    case SCHEMA_STRING:
        return simple("string", NULL, a);
    case SCHEMA_BOOL:
        return simple("boolean", NULL, a);
    case SCHEMA_INT32:
        return simple("integer", "int32", a);
    case SCHEMA_INT64:
        return simple("integer", "int64", a);
    case SCHEMA_BYTES:
        return simple("string", "byte", a);
    case SCHEMA_INT_OR_STRING:
        return openapi_ref(b, openapi_special_name(OPENAPI_INT_OR_STRING));
    case SCHEMA_QUANTITY:
        return openapi_ref(b, openapi_special_name(OPENAPI_QUANTITY));
    case SCHEMA_TIME:
        return openapi_ref(b, openapi_special_name(OPENAPI_TIME));
    case SCHEMA_MICRO_TIME:
        return openapi_ref(b, openapi_special_name(OPENAPI_MICRO_TIME));
    case SCHEMA_RAW:
        return raw_ref(b, in, field);
    case SCHEMA_LIST: {
        Value v = simple("array", NULL, a);
        value_set_lit(&v, "items", schema_of(b, schema_item(t), in, field), a);
        return v;
    }
    case SCHEMA_MAP: {
        Value v = simple("object", NULL, a);
        value_set_lit(&v, "additionalProperties", schema_of(b, schema_item(t), in, field), a);
        return v;
    }
    case SCHEMA_STRUCT:
        return openapi_ref_type(b, t);
    }
    return value_object();
}

static void add_patch_facts(const SchemaField *f, Value *v, Arena *a)
{
    bool merges = f->flags & SCHEMA_MERGE;
    bool retains = f->flags & SCHEMA_RETAIN_KEYS;
    if (schema_merge_key(f).len) {
        value_set_lit(v, "x-kubernetes-patch-merge-key", value_str(schema_merge_key(f)), a);
    }
    if (merges || retains || (f->flags & SCHEMA_REPLACE)) {
        set_text(v, "x-kubernetes-patch-strategy",
                 merges && retains ? "merge,retainKeys"
                 : merges          ? "merge"
                 : retains         ? "retainKeys"
                                   : "replace",
                 a);
    }
}

static void add_list_facts(const OpenApiBuild *b, const SchemaField *f, Value *v)
{
    Arena *a = b->arena;
    if (b->target->minor < f->marked_since) {
        return;
    }
    if (schema_kind(schema_field_type(f)) != SCHEMA_LIST) {
        if (f->flags & SCHEMA_ATOMIC) {
            set_text(v, "x-kubernetes-map-type", "atomic", a);
        }
        return;
    }
    if (f->flags & SCHEMA_KEYED) {
        Value keys = value_array();
        StrList list = schema_list_keys(f);
        for (size_t i = 0; i < list.count; i++) {
            value_add(&keys, value_str(list.items[i]), a);
        }
        value_set_lit(v, "x-kubernetes-list-map-keys", keys, a);
    }
    const char *type = f->flags & SCHEMA_KEYED    ? "map"
                       : f->flags & SCHEMA_SET    ? "set"
                       : f->flags & SCHEMA_ATOMIC ? "atomic"
                                                  : NULL;
    if (type) {
        set_text(v, "x-kubernetes-list-type", type, a);
    }
}

/* is_kind: the type is one of a kind; then its metadata, spec, ... are what they always are. */
static Str words_of_field(Str type, Str field, bool is_kind)
{
    for (size_t i = 0; i < COUNT_OF(field_words); i++) {
        bool is_any = field_words[i].type.len == 0;
        if (str_eq(field_words[i].field, field) &&
            (is_any ? is_kind : str_eq(field_words[i].type, type))) {
            return field_words[i].text;
        }
    }
    return STR_ABSENT;
}

/* A reference stands alone in version 3; what is said beside it goes around. */
static Value with_room(const OpenApiBuild *b, Value v)
{
    if (!b->is_v3 || value_is_null(value_get_lit(&v, "$ref"))) {
        return v;
    }
    Value all = value_array();
    value_add(&all, v, b->arena);
    Value out = value_object();
    value_set_lit(&out, "allOf", all, b->arena);
    return out;
}

static Value field_schema(OpenApiBuild *b, const SchemaType *in, const SchemaField *f, bool is_kind)
{
    Str name = schema_field_name(f);
    Value v = with_room(b, schema_of(b, schema_field_type(f), in, name));
    Str words = words_of_field(schema_type_name(in), name, is_kind);
    if (words.len) {
        value_set_lit(&v, "description", value_str(words), b->arena);
    }
    add_patch_facts(f, &v, b->arena);
    add_list_facts(b, f, &v);
    return v;
}

static bool is_required(const OpenApiBuild *b, const SchemaType *in, const SchemaField *f)
{
    if (f->flags & SCHEMA_OMIT_EMPTY) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(optional_fields); i++) {
        if (str_eq(optional_fields[i].field, schema_field_name(f)) &&
            str_eq(optional_fields[i].type, schema_type_name(in))) {
            return b->target->minor < optional_fields[i].since;
        }
    }
    return true;
}

/* -- structs ---------------------------------------------------------------------------------- */

static int by_name(const void *left, const void *right)
{
    return str_cmp(schema_field_name(*(const SchemaField *const *)left),
                   schema_field_name(*(const SchemaField *const *)right));
}

static void add_fields(OpenApiBuild *b, const SchemaType *t, bool is_kind, Value *model)
{
    const SchemaField *fields[SCHEMA_FIELDS_MAX];
    size_t count = 0;
    Value required = value_array();
    for (size_t i = 0; i < t->field_count; i++) {
        const SchemaField *f = &schema_fields_of(t)[i];
        if (schema_field_is_in(f, b->target)) {
            fields[count++] = f;
            if (is_required(b, t, f)) {
                value_add(&required, value_str(schema_field_name(f)), b->arena);
            }
        }
    }
    if (required.len) {
        value_set_lit(model, "required", required, b->arena);
    }
    if (count == 0) {
        return;
    }
    qsort(fields, count, sizeof *fields, by_name);
    Value properties = value_object();
    for (size_t i = 0; i < count; i++) {
        value_set(&properties, schema_field_name(fields[i]), field_schema(b, t, fields[i], is_kind),
                  b->arena);
    }
    value_set_lit(model, "properties", properties, b->arena);
}

/* Whether the target has the kind, off by default or not. */
static bool is_known_kind(const KubeKind *k, const KubeTarget *target)
{
    return (target->minor >= k->since && (!k->until || target->minor < k->until)) ||
           resource_is_served(k, target) || str_starts_with(k->kind, STR("PodSecurityPolicy"));
}

/* The kinds that are of this type. */
static Value kinds_of(const OpenApiBuild *b, const SchemaType *t)
{
    Value list = value_array();
    for (size_t i = 0; i < kube_kind_count(); i++) {
        if (&schema_types[kind_rows[i].type] != t) {
            continue;
        }
        KubeKind k = kube_kind_at(i);
        if (!str_eq(k.group, STR("podgate.io")) && is_known_kind(&k, b->target)) {
            value_add(&list, openapi_gvk(k.group, k.version, k.kind, b->arena), b->arena);
        }
    }
    return list;
}

static void write_model(OpenApiBuild *b, const SchemaType *t)
{
    Arena *a = b->arena;
    Value model = simple("object", NULL, a);
    Value kinds = kinds_of(b, t);
    for (size_t i = 0; i < COUNT_OF(type_words); i++) {
        if (str_eq(type_words[i].type, schema_type_name(t))) {
            value_set_lit(&model, "description", value_str(type_words[i].text), a);
        }
    }
    add_fields(b, t, kinds.len > 0, &model);
    if (kinds.len) {
        value_set_lit(&model, "x-kubernetes-group-version-kind", kinds, a);
    }
    if ((t->flags & SCHEMA_ATOMIC) && b->target->minor >= t->marked_since) {
        set_text(&model, "x-kubernetes-map-type", "atomic", a);
    }
    value_set(&b->models, openapi_model_name(t, a), model, a);
}

void openapi_write_models(OpenApiBuild *b)
{
    while (b->queue_done < b->queue_len) {
        write_model(b, b->queue[b->queue_done++]);
    }
}
