/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metadata of embedded resources, and apiVersion and kind: read as what they are, and validated.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apiserver/schema/objectmeta
 */
#include "doc/json.h"
#include "kube/crd/structural.h"
#include "kube/gotext/decode_error.h"
#include "kube/gotext/unmarshal_error.h"
#include "kube/meta.h"
#include "kube/names.h"

enum {
    UNMARSHALS_SINCE = 23,
    PLAIN_REQUIRED_SINCE = 32, /* "Required value" and no more */
};

/* -- metadata ---------------------------------------------------------------------------------- */

static bool decode(const SchemaType *type, const Value *in, const KubeTarget *target, Arena *a,
                   Value *out)
{
    Value nothing = value_object();
    Err err;
    return schema_decode(type, value_is_null(in) ? &nothing : in, target, a, out, NULL, &err);
}

static Str problem_of(const SchemaType *type, const Value *in, const KubeTarget *target, Arena *a)
{
    Value sorted = value_copy(in, a);
    value_sort_keys(&sorted);
    if (target->minor >= UNMARSHALS_SINCE) {
        return unmarshal_error_text(type, &sorted, target, a);
    }
    Buf json = buf_new(a);
    json_write_html_safe(&sorted, &json);
    return decode_error_text(type, buf_str(&json), target, a);
}

/* Only the members that can be read. */
static Value readable_part(const SchemaType *type, const Value *in, const KubeTarget *target,
                           Arena *a)
{
    Value out = value_object(), decoded;
    VALUE_EACH_MEMBER(m, in) {
        Value one = value_object();
        value_append(&one, member_key(m), m->value, a);
        if (decode(type, &one, target, a, &decoded)) {
            value_append(&out, member_key(m), m->value, a);
        }
    }
    return out;
}

bool crd_coerce_metadata(Value *metadata, bool drop_invalid, const KubeTarget *target, Arena *a,
                         Str *problem)
{
    const SchemaType *type = schema_find_type(STR("meta/v1.ObjectMeta"));
    Value decoded;
    if (!decode(type, metadata, target, a, &decoded)) {
        Value part;
        if (!drop_invalid) {
            *problem = problem_of(type, metadata, target, a);
            return false;
        }
        if (metadata->kind != VALUE_OBJECT) {
            *problem = STR("invalid metadata: expected object");
            return false;
        }
        part = readable_part(type, metadata, target, a);
        if (!decode(type, &part, target, a, &decoded)) {
            decoded = value_object();
        }
    }
    schema_encode(type, &decoded, target);
    *metadata = decoded;
    return true;
}

/* -- embedded resources ------------------------------------------------------------------------ */

typedef struct Coercer {
    const KubeTarget *target;
    bool drop_invalid;
    FieldErrors *errs;
} Coercer;

static bool coerce_metadata(const Coercer *c, Value *metadata, const Path *path)
{
    Str problem;
    Value as_given = *metadata;
    if (crd_coerce_metadata(metadata, c->drop_invalid, c->target, c->errs->arena, &problem)) {
        if (value_is_null(value_get_lit(metadata, "creationTimestamp"))) {
            value_remove(metadata, STR("creationTimestamp"));
        }
        return true;
    }
    if (!c->drop_invalid) {
        crd_field_invalid(c->errs, *path, &as_given, problem);
    }
    return c->drop_invalid;
}

/* Of an embedded resource; *drop: the member is to go. */
static bool coerce_resource_member(const Coercer *c, Member *m, const Path *path, bool *drop)
{
    Str key = member_key(m);
    if (str_eq(key, STR("metadata"))) {
        return coerce_metadata(c, &m->value, path);
    }
    if ((str_eq(key, STR("apiVersion")) || str_eq(key, STR("kind"))) &&
        m->value.kind != VALUE_STRING) {
        *drop = c->drop_invalid;
        if (!c->drop_invalid) {
            crd_field_invalid(c->errs, *path, &m->value, STR("must be a string"));
        }
        return c->drop_invalid;
    }
    return true;
}

static bool coerce(const Coercer *c, Value *x, const CrdSchema *s, const Path *path);

static bool coerce_member(const Coercer *c, Member *m, const CrdSchema *s, const Path *path,
                          bool *drop)
{
    Path child = path_child_str(path, member_key(m));
    if (s->embedded_resource && !coerce_resource_member(c, m, &child, drop)) {
        return false;
    }
    const CrdSchema *property = crd_schema_property(s, member_key(m));
    if (*drop || property || !s->has_additional) {
        return *drop || coerce(c, &m->value, property, &child);
    }
    Path key = path_key(path, member_key(m));
    return coerce(c, &m->value, s->additional, &key);
}

/* Bounded by the depth of the schema. */
static bool coerce(const Coercer *c, Value *x, const CrdSchema *s, const Path *path)
{
    if (!s) {
        return true;
    }
    if (x->kind == VALUE_OBJECT) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < x->len; i++) {
            bool drop = false;
            if (!coerce_member(c, &x->members[i], s, path, &drop)) {
                return false;
            }
            if (!drop) {
                x->members[kept++] = x->members[i];
            }
        }
        x->len = kept;
    }
    for (size_t i = 0; x->kind == VALUE_ARRAY && i < x->len; i++) {
        Path at = path_index(path, i);
        if (!coerce(c, &x->items[i], s->items, &at)) {
            return false;
        }
    }
    return true;
}

bool crd_coerce(Value *object, const CrdSchema *s, bool is_resource, bool drop_invalid,
                const KubeTarget *target, const Path *path, FieldErrors *errs)
{
    Coercer c = { target, drop_invalid, errs };
    CrdSchema root = crd_schema_as_resource(s);
    return coerce(&c, object, is_resource ? &root : s, path);
}

/* -- validation --------------------------------------------------------------------------------
 */

static Str joined(NameMessages messages, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < messages.count; i++) {
        buf_add(&b, i ? STR(",") : STR(""));
        buf_add(&b, messages.items[i]);
    }
    return buf_str(&b);
}

static void check_api_version(const Value *v, const Path *path, FieldErrors *errs)
{
    Str text = value_as_str(v), rest = text, piece;
    size_t pieces = 0;
    if (!text.ptr) {
        crd_field_invalid(errs, *path, v, STR("must be a string"));
        return;
    }
    if (text.len == 0) {
        field_invalid_str(errs, *path, text, STR("must not be empty"));
        return;
    }
    while (str_next_piece(&rest, '/', &piece)) {
        pieces++;
    }
    if (pieces > 2) {
        field_invalid_str(
            errs, *path, text,
            arena_printf(errs->arena, "unexpected GroupVersion string: %.*s", STR_ARG(text)));
    }
}

static void check_kind(const Value *v, const Path *path, FieldErrors *errs)
{
    Str text = value_as_str(v);
    if (!text.ptr) {
        crd_field_invalid(errs, *path, v, STR("must be a string"));
        return;
    }
    if (text.len == 0) {
        field_invalid_str(errs, *path, text, STR("must not be empty"));
        return;
    }
    NameMessages messages = name_check_dns1035_label(arena_lower(errs->arena, text));
    if (messages.count) {
        Str detail = arena_concat(errs->arena,
                                  STR("may have mixed case, but should otherwise match: "),
                                  joined(messages, errs->arena));
        field_invalid_str(errs, *path, text, detail);
    }
}

static void check_metadata(const Value *v, const Path *path, FieldErrors *errs)
{
    Arena *a = errs->arena;
    KubeTarget target = kube_target(errs->minor ? errs->minor : 20);
    Value metadata = value_copy(v, a);
    Str problem;
    if (!crd_coerce_metadata(&metadata, false, &target, a, &problem)) {
        crd_field_invalid(errs, *path, v, problem);
        return;
    }
    if (value_get_str(&metadata, STR("name")).len == 0) {
        value_set_lit(&metadata, "name", value_str(STR("fakename")), a);
    }
    bool namespaced = value_get_str(&metadata, STR("namespace")).len > 0;
    meta_validate(&metadata, namespaced, name_check_path_segment, path, errs);
}

static void validate_resource(const Value *x, const Path *path, FieldErrors *errs)
{
    Path version = path_child(path, "apiVersion"), kind = path_child(path, "kind");
    const Value *v = value_get_lit(x, "apiVersion"), *k = value_get_lit(x, "kind");
    Str detail = errs->minor >= PLAIN_REQUIRED_SINCE ? STR("") : STR("must not be empty");
    if (!v) {
        field_required(errs, version, detail);
    }
    if (!k) {
        field_required(errs, kind, detail);
    }
    if (v) {
        check_api_version(v, &version, errs);
    }
    if (k) {
        check_kind(k, &kind, errs);
    }
    const Value *metadata = value_get_lit(x, "metadata");
    if (metadata) {
        Path at = path_child(path, "metadata");
        check_metadata(metadata, &at, errs);
    }
}

/* Bounded by the depth of the schema. */
static void validate(const Value *x, const CrdSchema *s, const Path *path, FieldErrors *errs)
{
    if (!s) {
        return;
    }
    if (x->kind == VALUE_OBJECT && s->embedded_resource) {
        validate_resource(x, path, errs);
    }
    VALUE_EACH_MEMBER(m, x) {
        const CrdSchema *property = crd_schema_property(s, member_key(m));
        Path at = property ? path_child_str(path, member_key(m)) : path_key(path, member_key(m));
        validate(&m->value, property ? property : s->additional, &at, errs);
    }
    for (size_t i = 0; x->kind == VALUE_ARRAY && i < x->len; i++) {
        Path at = path_index(path, i);
        validate(&x->items[i], s->items, &at, errs);
    }
}

void crd_validate_embedded(const Value *object, const CrdSchema *s, bool is_resource,
                           const Path *path, FieldErrors *errs)
{
    CrdSchema root = crd_schema_as_resource(s);
    validate(object, is_resource ? &root : s, path, errs);
}
