/* SPDX-License-Identifier: Apache-2.0 */
/* Names in Go: rules, and the table of what does not follow them. */
#include "kube/gotext/go_names.h"

typedef struct GoName {
    const char *type;
    const char *name;
    Str go;
} GoName;

#define FIELD(type, name, go) { type, name, STR_INIT(go) },
#define SLICE(type, name, go)
#define EMBED(type, part, go)
#define STRUCT(type, go)
static const GoName fields[] = {
#include "kube/gotext/go_names.def"
};
#undef FIELD
#undef SLICE
#define FIELD(type, name, go)
#define SLICE(type, name, go) { type, name, STR_INIT(go) },
static const GoName slices[] = {
#include "kube/gotext/go_names.def"
};
#undef SLICE
#undef EMBED
#define SLICE(type, name, go)
#define EMBED(type, part, go) { type, part, STR_INIT(go) },
static const GoName embeds[] = {
#include "kube/gotext/go_names.def"
};
#undef EMBED
#undef STRUCT
#define EMBED(type, part, go)
#define STRUCT(type, go) { type, "", STR_INIT(go) },
static const GoName structs[] = {
#include "kube/gotext/go_names.def"
};
#define SCALAR(type, name, go) { type, name, STR_INIT(go) },
static const GoName scalars[] = {
#include "kube/gotext/go_scalars.def"
};

static const GoName *find(const GoName *rows, size_t count, Str type, Str name)
{
    const GoName *any = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!str_eq(str_from_c(rows[i].name), name)) {
            continue;
        }
        if (str_eq(str_from_c(rows[i].type), type)) {
            return &rows[i];
        }
        any = rows[i].type[0] ? any : &rows[i];
    }
    return any;
}

static Str scalar_name(SchemaKind kind)
{
    switch (kind) {
    case SCHEMA_STRING:
        return STR("string");
    case SCHEMA_BOOL:
        return STR("bool");
    case SCHEMA_INT32:
        return STR("int32");
    case SCHEMA_INT64:
        return STR("int64");
    case SCHEMA_INT_OR_STRING:
        return STR("intstr.IntOrString");
    case SCHEMA_QUANTITY:
        return STR("resource.Quantity");
    case SCHEMA_TIME:
        return STR("v1.Time");
    case SCHEMA_MICRO_TIME:
        return STR("v1.MicroTime");
    case SCHEMA_BYTES:
        return STR("[]uint8");
    case SCHEMA_RAW:
    case SCHEMA_LIST:
    case SCHEMA_MAP:
    case SCHEMA_STRUCT:
        break;
    }
    return STR("runtime.RawExtension");
}

static Str struct_name(const SchemaType *t)
{
    Str name = schema_type_name(t);
    const GoName *row = find(structs, COUNT_OF(structs), name, STR(""));
    if (row) {
        return row->go;
    }
    ptrdiff_t slash = str_index_byte(name, '/');
    return slash < 0 ? name : str_drop(name, (size_t)slash + 1);
}

Str go_type_name(const SchemaType *t, Arena *a)
{
    /* lists and maps within each other are few, and their nesting is that of the types */
    switch (schema_kind(t)) {
    case SCHEMA_STRUCT:
        return struct_name(t);
    case SCHEMA_LIST:
        return arena_concat(a, t->flags & SCHEMA_ITEM_POINTER ? STR("[]*") : STR("[]"),
                            go_type_name(schema_item(t), a));
    case SCHEMA_MAP:
        return arena_concat(a, STR("map[string]"), go_type_name(schema_item(t), a));
    default:
        return scalar_name(schema_kind(t));
    }
}

static Str capitalised(Str name, Arena *a)
{
    Buf b = buf_new(a);
    buf_add(&b, name);
    if (b.len && b.ptr[0] >= 'a' && b.ptr[0] <= 'z') {
        b.ptr[0] = (char)(b.ptr[0] - 'a' + 'A');
    }
    return buf_str(&b);
}

/* Does the struct begin with an embedded TypeMeta? Two have fields of these names instead. */
static bool has_type_meta(const SchemaType *t)
{
    static const Str own[] = { STR_INIT("authentication/v1.BoundObjectReference"),
                               STR_INIT("rbac/v1alpha1.Subject") };
    const SchemaField *f = schema_fields_of(t);
    return t->field_count >= 2 && str_eq(schema_field_name(&f[0]), STR("kind")) &&
           str_eq(schema_field_name(&f[1]), STR("apiVersion")) &&
           !str_list_has((StrList){ own, COUNT_OF(own) }, schema_type_name(t));
}

static Str embedded_in(const SchemaType *t, Str field)
{
    Str type = schema_type_name(t);
    if ((str_eq(field, STR("kind")) || str_eq(field, STR("apiVersion"))) && has_type_meta(t)) {
        return STR("TypeMeta");
    }
    for (size_t i = 0; i < COUNT_OF(embeds); i++) {
        if (str_eq(str_from_c(embeds[i].type), type)) {
            const SchemaType *part = schema_find_type(str_from_c(embeds[i].name));
            return part && schema_field_any(part, field) ? embeds[i].go : STR("");
        }
    }
    return STR("");
}

Str go_field_name(const SchemaType *t, const SchemaField *f, Arena *a, Str *within)
{
    Str name = schema_field_name(f);
    *within = embedded_in(t, name);
    Str type = schema_type_name(schema_field_type(f));
    if (str_eq(type, STR("meta/v1.ObjectMeta"))) {
        return STR("ObjectMeta");
    }
    if (str_eq(type, STR("meta/v1.ListMeta"))) {
        return STR("ListMeta");
    }
    const GoName *row = find(fields, COUNT_OF(fields), schema_type_name(t), name);
    return row ? row->go : capitalised(name, a);
}

Str go_slice_name(const SchemaType *t, const SchemaField *f)
{
    const GoName *row = find(slices, COUNT_OF(slices), schema_type_name(t), schema_field_name(f));
    return row ? row->go : STR_ABSENT;
}

Str go_scalar_name(const SchemaType *t, const SchemaField *f)
{
    const GoName *row = find(scalars, COUNT_OF(scalars), schema_type_name(t), schema_field_name(f));
    return row ? row->go : STR_ABSENT;
}
