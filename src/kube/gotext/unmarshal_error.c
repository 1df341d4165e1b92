/* SPDX-License-Identifier: Apache-2.0 */
/* Go's decoder of JSON, as far as its messages go. */
#include "kube/gotext/unmarshal_error.h"

#include "base/base64.h"
#include "kube/gotext/go_names.h"
#include "kube/schema_walk.h"

/* The struct whose field is read, and the fields on the way there. Lists and maps leave no trace. */
typedef struct Place {
    const struct Place *outer;
    const SchemaType *type;
    const SchemaField *field;
} Place;

typedef struct Unmarshal {
    const KubeTarget *target;
    Arena *arena;
    Str first; /* error of a value of the wrong type; absent for none */
    Str last;  /* error of a type that reads itself: reading ended there */
} Unmarshal;

static void write_fields(const Place *place, Buf *b)
{
    if (place->outer) {
        write_fields(place->outer, b); /* as deep as the document is allowed to be */
        buf_byte(b, '.');
    }
    buf_add(b, schema_field_name(place->field));
}

/* "PodSpec" of v1.PodSpec */
static Str bare_name(const SchemaType *t, Arena *a)
{
    Str name = go_type_name(t, a), package, bare;
    return str_split_once(name, '.', &package, &bare) ? bare : name;
}

static Str mismatch(const Unmarshal *u, const Place *place, Str found, Str type)
{
    Buf b = buf_new(u->arena);
    buf_printf(&b, "json: cannot unmarshal %.*s into Go ", STR_ARG(found));
    if (place) {
        buf_printf(&b, "struct field %.*s.", STR_ARG(bare_name(place->type, u->arena)));
        write_fields(place, &b);
    } else {
        buf_lit(&b, "value");
    }
    buf_printf(&b, " of type %.*s", STR_ARG(type));
    return buf_str(&b);
}

/* What Go calls a value of JSON. */
static Str value_name(const Value *v)
{
    switch ((ValueKind)v->kind) {
    case VALUE_BOOL:
        return STR("bool");
    case VALUE_STRING:
        return STR("string");
    case VALUE_ARRAY:
        return STR("array");
    case VALUE_OBJECT:
        return STR("object");
    case VALUE_NULL:
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_FLOAT:
        break;
    }
    return STR("number");
}

static bool is_number(const Value *v)
{
    return v->kind == VALUE_INT || v->kind == VALUE_UINT || v->kind == VALUE_FLOAT;
}

static Str number_name(const Value *v, Arena *a)
{
    return arena_concat(a, STR("number "), schema_number_text(v, a));
}

/* The type that a value was to be read into. */
static Str type_name(const Unmarshal *u, const SchemaType *t, const Place *place)
{
    Str named = STR_ABSENT;
    if (place && schema_kind(t) == SCHEMA_LIST) {
        named = go_slice_name(place->type, place->field);
    } else if (place && schema_kind(t) != SCHEMA_STRUCT && schema_kind(t) != SCHEMA_MAP) {
        named = go_scalar_name(place->type, place->field);
    }
    return named.ptr ? named : go_type_name(t, u->arena);
}

static void save(Unmarshal *u, Str message)
{
    if (u->first.ptr == NULL) {
        u->first = message;
    }
}

/* Does the number go into an integer of that size? */
static bool fits_integer(const Value *v, bool is_32)
{
    if (v->kind != VALUE_INT) {
        return false; /* Go's reader of integers takes neither a fraction nor an exponent */
    }
    return !is_32 || (v->i <= INT32_MAX && v->i >= INT32_MIN);
}

static void check_integer(Unmarshal *u, const SchemaType *t, const Value *v, const Place *place)
{
    if (!is_number(v)) {
        save(u, mismatch(u, place, value_name(v), type_name(u, t, place)));
    } else if (!fits_integer(v, schema_kind(t) == SCHEMA_INT32)) {
        save(u, mismatch(u, place, number_name(v, u->arena), type_name(u, t, place)));
    }
}

static void check_bytes(Unmarshal *u, const Value *v, const Place *place)
{
    if (v->kind == VALUE_ARRAY) {
        return; /* of numbers */
    }
    if (v->kind != VALUE_STRING) {
        save(u, mismatch(u, place, value_name(v), STR("[]uint8")));
        return;
    }
    Str text = value_as_str(v);
    Buf bytes = buf_new(u->arena);
    if (base64_read(text, &bytes)) {
        return;
    }
    size_t at = 0;
    while (at < text.len &&
           ((text.ptr[at] >= '0' && text.ptr[at] <= '9') || (unsigned)((text.ptr[at] | 32) - 'a') < 26 ||
            text.ptr[at] == '+' || text.ptr[at] == '/')) {
        at++;
    }
    save(u, arena_printf(u->arena, "illegal base64 data at input byte %zu",
                         at == text.len ? at - at % 4 : at));
}

/* A type that reads itself: its error ends it all. */
static void check_own(Unmarshal *u, SchemaKind kind, const Value *v, const Place *place)
{
    bool is_time = kind == SCHEMA_TIME || kind == SCHEMA_MICRO_TIME;
    bool is_either = kind == SCHEMA_INT_OR_STRING;
    if (is_time && v->kind != VALUE_STRING) {
        u->last = mismatch(u, place, value_name(v), STR("string"));
        return;
    }
    if (is_either && v->kind != VALUE_STRING) {
        if (!is_number(v) || !fits_integer(v, true)) {
            Str found = is_number(v) ? number_name(v, u->arena) : value_name(v);
            u->last = mismatch(u, place, found, STR("int32"));
        }
        return;
    }
    Err err;
    Value out;
    const Path nowhere = { .name = STR("") };
    SchemaWalk w = { .target = u->target, .arena = u->arena, .err = &err };
    if (!schema_decode_scalar(&w, kind, v, &nowhere, &out)) {
        u->last = str_cut_prefix(err.msg, STR("unmarshalerDecoder: "));
    }
}

static void check_scalar(Unmarshal *u, const SchemaType *t, const Value *v, const Place *place)
{
    SchemaKind kind = schema_kind(t);
    switch (kind) {
    case SCHEMA_STRING:
    case SCHEMA_BOOL:
        if (v->kind != (kind == SCHEMA_STRING ? VALUE_STRING : VALUE_BOOL)) {
            save(u, mismatch(u, place, value_name(v), type_name(u, t, place)));
        }
        return;
    case SCHEMA_INT32:
    case SCHEMA_INT64:
        check_integer(u, t, v, place);
        return;
    case SCHEMA_BYTES:
        check_bytes(u, v, place);
        return;
    case SCHEMA_INT_OR_STRING:
    case SCHEMA_QUANTITY:
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
        check_own(u, kind, v, place);
        return;
    case SCHEMA_RAW:
    case SCHEMA_LIST:
    case SCHEMA_MAP:
    case SCHEMA_STRUCT:
        return;
    }
}

static void check(Unmarshal *u, const SchemaType *t, const Value *v, const Place *place);

static void check_fields(Unmarshal *u, const SchemaType *t, const Value *v, const Place *place)
{
    VALUE_EACH_MEMBER(m, v) {
        const SchemaField *field = schema_field(t, member_key(m), u->target);
        if (field && !u->last.ptr) {
            Place inner = { place, t, field };
            check(u, schema_field_type(field), &m->value, &inner);
        }
    }
}

static void check_items(Unmarshal *u, const SchemaType *t, const Value *v, const Place *place)
{
    if (v->kind == VALUE_ARRAY) {
        VALUE_EACH_ITEM(item, v) {
            if (!u->last.ptr) {
                check(u, schema_item(t), item, place);
            }
        }
        return;
    }
    VALUE_EACH_MEMBER(m, v) {
        if (!u->last.ptr) {
            check(u, schema_item(t), &m->value, place);
        }
    }
}

/* Recursion as deep as the document, whose depth is limited where it is read. */
static void check(Unmarshal *u, const SchemaType *t, const Value *v, const Place *place)
{
    SchemaKind kind = schema_kind(t);
    if (value_is_null(v) || kind == SCHEMA_RAW) {
        return;
    }
    if (kind != SCHEMA_STRUCT && kind != SCHEMA_LIST && kind != SCHEMA_MAP) {
        check_scalar(u, t, v, place);
    } else if (v->kind != (kind == SCHEMA_LIST ? VALUE_ARRAY : VALUE_OBJECT)) {
        save(u, mismatch(u, place, value_name(v), type_name(u, t, place)));
    } else if (kind == SCHEMA_STRUCT) {
        check_fields(u, t, v, place);
    } else {
        check_items(u, t, v, place);
    }
}

Str unmarshal_error_text(const SchemaType *type, const Value *document, const KubeTarget *target,
                         Arena *a)
{
    Unmarshal u = { .target = target, .arena = a };
    check(&u, type, document, NULL);
    return u.last.ptr ? u.last : u.first;
}
