/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source: Kubernetes pkg/controller (ComputeHash), pkg/util/hash, k8s.io/apimachinery
 * pkg/util/rand (SafeEncodeString), go-spew's compact form with types.
 */
#include "kube/workloads/template_hash.h"

#include "kube/schema.h"
#include "kube/workloads/template_print.h"

enum { DEPTH_MAX = 64 };

typedef enum RowKind { ROW_STRUCT, ROW_FIELD, ROW_FIELD_NEW } RowKind;

typedef struct TypeRow {
    RowKind kind;
    uint8_t since;
    uint8_t until;
    Str name; /* in Go */
    Str json; /* of a struct: its name in our schema */
    Str type;
} TypeRow;

#define ROW(kind, since, until, name, json, type) \
    { kind, since, until, STR_INIT(name), STR_INIT(json), STR_INIT(type) },
#define STRUCT(name, schema) ROW(ROW_STRUCT, 0, 0, name, schema, "")
#define FIELD(name, json, type) ROW(ROW_FIELD, 0, 0, name, json, type)
#define FIELD_NEW(name, json, type) ROW(ROW_FIELD_NEW, 0, 0, name, json, type)
#define FIELD_OLD(name, json, type, until) ROW(ROW_FIELD, 0, until, name, json, type)
#define FIELD_SINCE(name, json, type, since) ROW(ROW_FIELD, since, 0, name, json, type)
#define FIELD_BETWEEN(name, json, type, since, until) ROW(ROW_FIELD, since, until, name, json, type)
static const TypeRow rows[] = {
#include "kube/workloads/template_types.def"
};

typedef struct Printer {
    const KubeTarget *target;
    Buf *out;
} Printer;

static void print_value(Printer *p, Str type, const Value *v, bool with_type, int depth);

static const TypeRow *struct_find(Str name)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].kind == ROW_STRUCT && str_eq(rows[i].name, name)) {
            return &rows[i];
        }
    }
    return NULL;
}

static bool is_in(const TypeRow *row, const SchemaType *schema, const KubeTarget *target)
{
    if (row->kind == ROW_FIELD_NEW) {
        return schema && schema_field(schema, row->json, target) != NULL;
    }
    return target->minor >= row->since && (!row->until || target->minor < row->until);
}

static void print_struct(Printer *p, const TypeRow *head, const Value *v, int depth)
{
    const SchemaType *schema = schema_find_type(head->json);
    bool first = true;
    buf_byte(p->out, '{');
    for (const TypeRow *row = head + 1; row < rows + COUNT_OF(rows) && row->kind != ROW_STRUCT;
         row++) {
        if (is_in(row, schema, p->target)) {
            bool embedded = str_eq(row->json, STR("-"));
            buf_add(p->out, first ? STR("") : STR(" "));
            buf_add(p->out, row->name);
            buf_byte(p->out, ':');
            print_value(p, row->type, embedded ? v : value_get(v, row->json), true, depth);
            first = false;
        }
    }
    buf_byte(p->out, '}');
}

static void print_list(Printer *p, Str item, const Value *v, int depth)
{
    if (value_len(v) == 0) {
        buf_lit(p->out, "<nil>");
        return;
    }
    buf_byte(p->out, '[');
    for (size_t i = 0; i < value_len(v); i++) {
        buf_add(p->out, i ? STR(" ") : STR(""));
        print_value(p, item, value_item(v, i), false, depth);
    }
    buf_byte(p->out, ']');
}

static void print_map(Printer *p, Str item, const Value *v, int depth)
{
    if (!value_is(v, VALUE_OBJECT) || value_len(v) == 0) {
        buf_lit(p->out, "<nil>");
        return;
    }
    Value sorted = value_object();
    VALUE_EACH_MEMBER(m, v) {
        value_append(&sorted, member_key(m), value_null(), p->out->arena);
    }
    value_sort_keys(&sorted);
    buf_lit(p->out, "map[");
    for (size_t i = 0; i < sorted.len; i++) {
        Str key = member_key(&sorted.members[i]);
        buf_add(p->out, i ? STR(" ") : STR(""));
        buf_add(p->out, key);
        buf_byte(p->out, ':');
        print_value(p, item, value_get(v, key), false, depth);
    }
    buf_byte(p->out, ']');
}

static void print_named(Printer *p, Str type, const Value *v, int depth)
{
    static const Str numbers[] = { STR_INIT("int32"), STR_INIT("int64") };
    const TypeRow *row;
    if (str_eq(type, STR("bool"))) {
        buf_add(p->out, value_as_bool(v).value ? STR("true") : STR("false"));
    } else if (str_eq(type, numbers[0]) || str_eq(type, numbers[1])) {
        buf_int(p->out, value_as_int(v).value);
    } else if (str_eq(type, STR("v1.ResourceList"))) {
        print_map(p, STR("resource.Quantity"), v, depth);
    } else if (str_eq(type, STR("resource.Quantity"))) {
        template_print_quantity(value_as_str(v), p->out);
    } else if (str_eq(type, STR("intstr.IntOrString"))) {
        template_print_int_or_string(v, p->out);
    } else if (str_eq(type, STR("v1.Time"))) {
        template_print_time(value_as_str(v), p->out);
    } else if ((row = struct_find(type)) != NULL) {
        print_struct(p, row, v, depth);
    } else {
        buf_add(p->out, value_as_str(v));
    }
}

/* A pointer's type is printed even where that of a value is left out. */
static void print_value(Printer *p, Str type, const Value *v, bool with_type, int depth)
{
    static const Str string_map = STR_INIT("map[string]string");
    if (depth >= DEPTH_MAX) {
        return;
    }
    if (with_type) {
        buf_byte(p->out, '(');
        buf_add(p->out, type);
        buf_byte(p->out, ')');
    }
    if (str_starts_with(type, STR("*"))) {
        if (value_is_null(v)) {
            buf_lit(p->out, "<nil>");
        } else {
            print_named(p, str_drop(type, 1), v, depth + 1);
        }
    } else if (str_starts_with(type, STR("[]"))) {
        print_list(p, str_drop(type, 2), v, depth + 1);
    } else if (str_eq(type, string_map)) {
        print_map(p, STR("string"), v, depth + 1);
    } else {
        print_named(p, type, v, depth + 1);
    }
}

Str template_text(const Value *template, const KubeTarget *target, Arena *a)
{
    Buf b = buf_new(a);
    Printer p = { target, &b };
    print_value(&p, STR("v1.PodTemplateSpec"), template, true, 0);
    return buf_str(&b);
}

/* FNV-1a, 32 bits. */
static uint32_t hash_add(uint32_t h, Str text)
{
    for (size_t i = 0; i < text.len; i++) {
        h = (h ^ (unsigned char)text.ptr[i]) * 16777619u;
    }
    return h;
}
#define HASH_START 2166136261u

Str safe_encode(Str text, Arena *a)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    char *out = arena_alloc(a, text.len);
    for (size_t i = 0; i < text.len; i++) {
        out[i] = letters[(unsigned char)text.ptr[i] % (sizeof letters - 1)];
    }
    return str_from(out, text.len);
}

Str template_hash(const Value *template, OptInt64 collisions, const KubeTarget *target, Arena *a)
{
    uint32_t h = hash_add(HASH_START, template_text(template, target, a));
    if (collisions.set) {
        uint32_t n = (uint32_t)collisions.value;
        char bytes[8] = { (char)(n & 255), (char)(n >> 8 & 255), (char)(n >> 16 & 255),
                          (char)(n >> 24) };
        h = hash_add(h, str_from(bytes, sizeof bytes));
    }
    return safe_encode(arena_printf(a, "%u", h), a);
}

/* FNV-1: this one, and only this one, multiplies first. */
static uint32_t hash_add_old(uint32_t h, Str text)
{
    for (size_t i = 0; i < text.len; i++) {
        h = h * 16777619u ^ (unsigned char)text.ptr[i];
    }
    return h;
}

Str revision_hash(Str raw, OptInt64 collisions, Arena *a)
{
    uint32_t h = hash_add_old(HASH_START, raw);
    if (collisions.set) {
        h = hash_add_old(h, arena_printf(a, "%lld", (long long)collisions.value));
    }
    return safe_encode(arena_printf(a, "%u", h), a);
}
