/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding scalars: range checks and canonical forms. */
#include "base/base64.h"
#include "doc/number.h"
#include "kube/quantity.h"
#include "kube/schema_walk.h"

#include <math.h>

/* A number that has no fraction. As Kubernetes tools write whole numbers without one before the API
 * server sees them, 1.0 is taken for 1. False for other values. */
static bool whole_number(const Value *in, int64_t *out)
{
    OptInt64 n = value_as_int(in);
    *out = n.value;
    return n.set;
}

static bool is_number(const Value *in)
{
    return in->kind == VALUE_INT || in->kind == VALUE_UINT || in->kind == VALUE_FLOAT;
}

Str schema_number_text(const Value *in, Arena *a)
{
    Buf b = buf_new(a);
    if (in->kind == VALUE_FLOAT && isfinite(in->f)) {
        number_write_json(in->f, &b);
    } else if (in->kind == VALUE_UINT) {
        buf_printf(&b, "%llu", (unsigned long long)in->u);
    } else if (in->kind == VALUE_INT) {
        buf_int(&b, in->i);
    }
    return buf_str(&b);
}

static bool decode_int(SchemaWalk *w, bool is_32, const Value *in, const Path *path, Value *out)
{
    const char *bits = is_32 ? "32" : "64";
    int64_t n;
    if (!is_number(in)) {
        Str decoder = arena_printf(w->arena, "readUint%s: unexpected character: \xff", bits);
        return schema_refuse(w, path, decoder,
                             arena_printf(w->arena, "expected an integer, found %s%.*s",
                                          in->kind == VALUE_STRING ? "the " : "",
                                          STR_ARG(value_kind_name(in))));
    }
    if (in->kind == VALUE_FLOAT && in->f != floor(in->f)) {
        Str text = schema_number_text(in, w->arena);
        return schema_refuse(
            w, path, STR("assertInteger: can not decode float as int"),
            arena_printf(w->arena, "expected an integer, found %.*s", STR_ARG(text)));
    }
    if (!whole_number(in, &n) || (is_32 && (n > INT32_MAX || n < INT32_MIN))) {
        Str text = schema_number_text(in, w->arena);
        return schema_refuse(
            w, path, arena_printf(w->arena, "ReadInt%s: overflow: %.*s", bits, STR_ARG(text)),
            arena_printf(w->arena, "%.*s is out of the range of a %s-bit integer", STR_ARG(text),
                         bits));
    }
    *out = value_int(n);
    return true;
}

static bool decode_int_or_string(SchemaWalk *w, const Value *in, const Path *path, Value *out)
{
    if (in->kind == VALUE_STRING) {
        *out = *in;
        return true;
    }
    if (is_number(in)) {
        return decode_int(w, true, in, path, out);
    }
    return schema_refuse(w, path,
                         arena_printf(w->arena,
                                      "unmarshalerDecoder: json: cannot unmarshal %s into Go value "
                                      "of type int32",
                                      in->kind == VALUE_BOOL ? "bool" : "object"),
                         arena_printf(w->arena, "expected an integer or a string, found %.*s",
                                      STR_ARG(value_kind_name(in))));
}

static bool decode_quantity(SchemaWalk *w, const Value *in, const Path *path, Value *out)
{
    Str text;
    if (in->kind == VALUE_STRING) {
        text = str_trim(value_as_str(in));
    } else if (is_number(in)) {
        text = schema_number_text(in, w->arena);
    } else {
        text = STR("?"); /* what no quantity starts with: refused by the parser, as there */
    }
    Quantity q;
    Err err;
    if (!quantity_parse(text, w->arena, &q, &err)) {
        return schema_refuse(w, path, arena_concat(w->arena, STR("unmarshalerDecoder: "), err.msg),
                             err.msg);
    }
    *out = value_str(quantity_text(&q, w->arena));
    return true;
}

static bool decode_time(SchemaWalk *w, bool with_micros, const Value *in, const Path *path,
                        Value *out)
{
    if (in->kind != VALUE_STRING) {
        return schema_refuse(w, path,
                             arena_printf(w->arena,
                                          "unmarshalerDecoder: json: cannot unmarshal %.*s into Go "
                                          "value of type string",
                                          STR_ARG(value_kind_name(in))),
                             STR("expected a time such as 2006-01-02T15:04:05Z"));
    }
    Str text;
    Str problem;
    if (!schema_time(value_as_str(in), with_micros, w->arena, &text, &problem)) {
        return schema_refuse(w, path, arena_concat(w->arena, STR("unmarshalerDecoder: "), problem),
                             problem);
    }
    *out = text.len ? value_str(text) : value_null();
    return true;
}

static bool decode_bytes(SchemaWalk *w, const Value *in, const Path *path, Value *out)
{
    if (in->kind != VALUE_STRING) {
        return schema_refuse_kind(w, path, in, "ReadString: expects \" or n", "a base64 string");
    }
    Buf bytes = buf_new(w->arena);
    if (!base64_read(value_as_str(in), &bytes)) {
        return schema_refuse(w, path, STR("base64Codec: illegal base64 data"), STR("not base64"));
    }
    Buf text = buf_new(w->arena);
    base64_write(buf_str(&bytes), &text);
    *out = value_str(buf_str(&text));
    return true;
}

bool schema_decode_scalar(SchemaWalk *w, SchemaKind kind, const Value *in, const Path *path,
                          Value *out)
{
    switch (kind) {
    case SCHEMA_STRING:
        if (in->kind != VALUE_STRING) {
            return schema_refuse_kind(w, path, in, "ReadString: expects \" or n", "a string");
        }
        *out = *in;
        return true;
    case SCHEMA_BOOL:
        if (in->kind != VALUE_BOOL) {
            return schema_refuse_kind(w, path, in, "ReadBool: expect t or f", "true or false");
        }
        *out = *in;
        return true;
    case SCHEMA_INT32:
    case SCHEMA_INT64:
        return decode_int(w, kind == SCHEMA_INT32, in, path, out);
    case SCHEMA_INT_OR_STRING:
        return decode_int_or_string(w, in, path, out);
    case SCHEMA_QUANTITY:
        return decode_quantity(w, in, path, out);
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
        return decode_time(w, kind == SCHEMA_MICRO_TIME, in, path, out);
    case SCHEMA_BYTES:
        return decode_bytes(w, in, path, out);
    case SCHEMA_RAW:
    case SCHEMA_LIST:
    case SCHEMA_MAP:
    case SCHEMA_STRUCT:
        break;
    }
    *out = value_null(); /* not reached: those are no scalars */
    return true;
}
