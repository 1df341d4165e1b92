/* SPDX-License-Identifier: Apache-2.0 */
/* Scalars: numbers and strings are read in place; times, quantities and the like are passed over
 * and then read by their own code, which complains in its own words. */
#include "kube/gotext/go_scalar.h"

#include "doc/json_go.h"
#include "kube/quantity.h"
#include "kube/schema_walk.h"

/* -- base64 ------------------------------------------------------------------------------------ */

static bool is_alphabet(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

static bool is_line_break(char c)
{
    return c == '\n' || c == '\r';
}

static size_t skip_breaks(Str s, size_t at)
{
    while (at < s.len && is_line_break(s.ptr[at])) {
        at++;
    }
    return at;
}

/* Padding at s[at], after n digits of a group of four. Where the text is wrong, or -1. */
static ptrdiff_t check_padding(Str s, size_t at, int n)
{
    if (n < 2) {
        return (ptrdiff_t)at;
    }
    at++;
    if (n == 2) {
        at = skip_breaks(s, at);
        if (at == s.len) {
            return (ptrdiff_t)s.len;
        }
        if (s.ptr[at] != '=') {
            return (ptrdiff_t)at;
        }
        at++;
    }
    at = skip_breaks(s, at);
    return at < s.len ? (ptrdiff_t)at : -1;
}

ptrdiff_t go_base64_problem(Str s)
{
    size_t at = 0;
    for (;;) {
        int n = 0;
        while (n < 4) {
            if (at == s.len) {
                return n == 0 ? -1 : (ptrdiff_t)at - n;
            }
            char c = s.ptr[at];
            if (c == '=') {
                return check_padding(s, at, n);
            }
            if (!is_alphabet(c) && !is_line_break(c)) {
                return (ptrdiff_t)at;
            }
            n += is_alphabet(c);
            at++;
        }
    }
}

static void read_byte_items(GoIter *i)
{
    uint8_t c = go_iter_token(i);
    if (c != '[') { /* after an error the bracket may be gone */
        if (c == 'n') {
            go_iter_literal(i, "ull");
        } else {
            go_iter_fail_found(i, "decode slice", "expect [ or n", c);
        }
        return;
    }
    if (go_iter_token(i) == ']') {
        return;
    }
    go_iter_unread(i);
    do {
        if (!go_iter_null(i)) {
            go_iter_uint8(i);
        }
        c = go_iter_token(i);
    } while (c == ',');
    if (c != ']') {
        go_iter_fail_found(i, "decode slice", "expect ]", c);
    }
}

static void decode_bytes(GoIter *i)
{
    if (go_iter_null(i)) {
        return;
    }
    uint8_t c = go_iter_token(i);
    go_iter_unread(i);
    if (c == '"') {
        ptrdiff_t at = go_base64_problem(go_iter_string(i));
        if (at >= 0) {
            go_iter_fail(i, "decode base64",
                         arena_printf(i->arena, "illegal base64 data at input byte %td", at));
        }
    } else if (c == '[') {
        read_byte_items(i);
        go_iter_prefix(i, STR("[]uint8"), STR(": "));
    } else {
        go_iter_fail(i, "base64Codec", STR("invalid input"));
    }
}

/* -- what reads itself ------------------------------------------------------------------------- */

/* As Go's encoding/json complains of a value that is not of the type. */
static Str misfit(const Value *v, Str text, const char *type, Arena *a)
{
    Str kind = value_kind_name(v);
    kind = str_eq(kind, STR("boolean")) ? STR("bool") : kind;
    bool shown = str_eq(kind, STR("number")) && str_eq(str_from_c(type), STR("int32"));
    return arena_printf(a, "json: cannot unmarshal %.*s%s%.*s into Go value of type %s",
                        STR_ARG(kind), shown ? " " : "", STR_ARG(shown ? text : STR("")), type);
}

static Str int_or_string_problem(const Value *v, Str text, Arena *a)
{
    int64_t n = 0;
    if (v->kind == VALUE_NULL || v->kind == VALUE_STRING) {
        return STR_ABSENT;
    }
    bool whole = str_to_int64(text, &n);
    return whole && n <= INT32_MAX && n >= INT32_MIN ? STR_ABSENT : misfit(v, text, "int32", a);
}

static Str time_problem(const Value *v, Str text, bool with_micros, Arena *a)
{
    Str read;
    Str problem = STR_ABSENT;
    if (v->kind == VALUE_NULL) {
        return STR_ABSENT;
    }
    if (v->kind != VALUE_STRING) {
        return misfit(v, text, "string", a);
    }
    return schema_time(value_as_str(v), with_micros, a, &read, &problem) ? STR_ABSENT : problem;
}

static Str quantity_problem(const Value *v, Str text, Arena *a)
{
    Quantity q;
    Err err;
    if (v->kind == VALUE_NULL) {
        return STR_ABSENT;
    }
    if (v->kind == VALUE_STRING) {
        text = str_slice(text, 1, text.len - 1); /* escapes stand in it as they are */
    }
    return quantity_parse(str_trim(text), a, &q, &err) ? STR_ABSENT : err.msg;
}

Str go_scalar_problem(SchemaKind kind, const Value *v, Str text, Arena *a)
{
    switch (kind) {
    case SCHEMA_INT_OR_STRING:
        return int_or_string_problem(v, text, a);
    case SCHEMA_QUANTITY:
        return quantity_problem(v, text, a);
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
        return time_problem(v, text, kind == SCHEMA_MICRO_TIME, a);
    default:
        return STR_ABSENT;
    }
}

static void decode_itself(GoIter *i, SchemaKind kind)
{
    (void)go_iter_token(i);
    go_iter_unread(i);
    size_t from = i->at;
    go_iter_skip(i);
    if (i->state == GO_ITER_FAILED || kind == SCHEMA_RAW) {
        return;
    }
    Str text = str_slice(i->text, from, i->at);
    Value v;
    Err err;
    if (!json_go_read(text, i->arena, &v, &err)) {
        go_iter_fail(i, "unmarshalerDecoder", err.msg);
        return;
    }
    Str problem = go_scalar_problem(kind, &v, text, i->arena);
    if (problem.ptr) {
        go_iter_fail(i, "unmarshalerDecoder", problem);
    }
}

void go_scalar_decode(GoIter *i, SchemaKind kind)
{
    switch (kind) {
    case SCHEMA_STRING:
        (void)go_iter_string(i);
        break;
    case SCHEMA_BOOL:
        if (!go_iter_null(i)) {
            go_iter_bool(i);
        }
        break;
    case SCHEMA_INT32:
        if (!go_iter_null(i)) {
            go_iter_int32(i);
        }
        break;
    case SCHEMA_INT64:
        if (!go_iter_null(i)) {
            go_iter_int64(i);
        }
        break;
    case SCHEMA_BYTES:
        decode_bytes(i);
        break;
    default:
        decode_itself(i, kind);
    }
}
