/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding into a type as json-iterator does, for its complaints. Recursion follows the types. */
#include "kube/gotext/decode_error.h"

#include "kube/gotext/go_iter.h"
#include "kube/gotext/go_names.h"
#include "kube/gotext/go_scalar.h"

enum {
    SMALL_STRUCT_MAX = 10, /* fields of a struct whose members are found by a hash */
    TYPE_DEPTH_MAX = 64,
};

typedef struct Walk {
    GoIter iter;
    const KubeTarget *target;
    int depth;
} Walk;

static void decode(Walk *w, const SchemaType *t, Str name);

/* -- lists and maps ---------------------------------------------------------------------------- */

static void decode_item(Walk *w, const SchemaType *t, Str item_name)
{
    if ((t->flags & SCHEMA_ITEM_POINTER) && go_iter_null(&w->iter)) {
        return;
    }
    decode(w, schema_item(t), item_name);
}

static void read_items(Walk *w, const SchemaType *t, Str item_name)
{
    GoIter *i = &w->iter;
    uint8_t c = go_iter_token(i);
    if (c == 'n') {
        go_iter_literal(i, "ull");
        return;
    }
    if (c != '[') {
        go_iter_fail_found(i, "decode slice", "expect [ or n", c);
        return;
    }
    if (go_iter_token(i) == ']') {
        return;
    }
    go_iter_unread(i);
    do {
        decode_item(w, t, item_name);
        c = go_iter_token(i);
    } while (c == ',');
    if (c != ']') {
        go_iter_fail_found(i, "decode slice", "expect ]", c);
    }
}

/* name: of the type of the list, where it has one of its own */
static void decode_list(Walk *w, const SchemaType *t, Str name)
{
    Str item_name = str_starts_with(name, STR("[]")) ? str_drop(name, 2) : STR_ABSENT;
    read_items(w, t, item_name);
    if (w->iter.state == GO_ITER_FAILED) {
        go_iter_prefix(&w->iter, name.ptr ? name : go_type_name(t, w->iter.arena), STR(": "));
    }
}

static void decode_map(Walk *w, const SchemaType *t, Str item_name)
{
    GoIter *i = &w->iter;
    uint8_t c = go_iter_token(i);
    if (c == 'n') {
        go_iter_literal(i, "ull");
        return;
    }
    if (c != '{') {
        go_iter_fail_found(i, "ReadMapCB", "expect { or n", c);
        return;
    }
    if (go_iter_token(i) == '}') {
        return;
    }
    go_iter_unread(i);
    do {
        (void)go_iter_string(i);
        c = go_iter_token(i);
        if (c != ':') {
            go_iter_fail_found(i, "ReadMapCB", "expect : after object field", c);
            return;
        }
        decode_item(w, t, item_name);
        c = go_iter_token(i);
    } while (c == ',');
    if (c != '}') {
        go_iter_fail_found(i, "ReadMapCB", "expect }", c);
    }
}

/* -- structs ----------------------------------------------------------------------------------- */

static void decode_field(Walk *w, const SchemaType *t, const SchemaField *f)
{
    if (!(f->flags & SCHEMA_POINTER) || !go_iter_null(&w->iter)) {
        decode(w, schema_field_type(f), go_slice_name(t, f));
    }
    if (w->iter.state == GO_ITER_FAILED) {
        Str within;
        Str name = go_field_name(t, f, w->iter.arena, &within);
        go_iter_prefix(&w->iter, name, STR(": "));
        if (within.len) {
            go_iter_prefix(&w->iter, within, STR(": "));
        }
    }
}

static unsigned count_fields(const SchemaType *t, const KubeTarget *target)
{
    unsigned count = 0;
    for (unsigned n = 0; n < t->field_count; n++) {
        count += schema_field_is_in(&schema_fields_of(t)[n], target);
    }
    return count;
}

static void decode_member(Walk *w, const SchemaType *t, Str name)
{
    const SchemaField *f = name.ptr ? schema_field(t, name, w->target) : NULL;
    if (f) {
        decode_field(w, t, f);
    } else {
        go_iter_skip(&w->iter);
    }
}

static void decode_small(Walk *w, const SchemaType *t)
{
    do {
        decode_member(w, t, go_iter_field(&w->iter));
    } while (!go_iter_object_end(&w->iter));
}

/* Returns the byte that the members end with. */
static uint8_t decode_large(Walk *w, const SchemaType *t)
{
    GoIter *i = &w->iter;
    uint8_t c;
    do {
        Str name = go_iter_string(i);
        c = go_iter_token(i);
        if (c != ':') {
            go_iter_fail_found(i, "ReadObject", "expect : after object field", c);
        }
        decode_member(w, t, name);
        c = go_iter_token(i);
    } while (c == ',');
    return c;
}

static void skip_empty_struct(Walk *w)
{
    GoIter *i = &w->iter;
    uint8_t c = go_iter_token(i);
    go_iter_unread(i);
    if (c != '{' && c != 'n') {
        go_iter_fail(i, "skipObjectDecoder", STR("expect object or null"));
        return;
    }
    go_iter_skip(i);
}

static void decode_struct(Walk *w, const SchemaType *t, Str name)
{
    unsigned count = count_fields(t, w->target);
    uint8_t last = '}';
    if (count == 0) {
        skip_empty_struct(w);
        return;
    }
    if (!go_iter_object_start(&w->iter)) {
        return;
    }
    if (count <= SMALL_STRUCT_MAX) {
        decode_small(w, t);
    } else {
        last = decode_large(w, t);
    }
    if (w->iter.state == GO_ITER_FAILED) {
        go_iter_prefix(&w->iter, name.ptr ? name : go_type_name(t, w->iter.arena), STR("."));
    }
    if (last != '}') {
        go_iter_fail_found(&w->iter, "struct Decode", "expect }", last);
    }
}

static void decode(Walk *w, const SchemaType *t, Str name)
{
    if (w->depth >= TYPE_DEPTH_MAX) {
        go_iter_skip(&w->iter);
        return;
    }
    w->depth++;
    switch (schema_kind(t)) {
    case SCHEMA_LIST:
        decode_list(w, t, name);
        break;
    case SCHEMA_MAP:
        decode_map(w, t, name);
        break;
    case SCHEMA_STRUCT:
        decode_struct(w, t, name);
        break;
    default:
        go_scalar_decode(&w->iter, schema_kind(t));
    }
    w->depth--;
}

Str decode_error_text(const SchemaType *type, Str json, const KubeTarget *target, Arena *a)
{
    Walk w = { .iter = { .text = json, .arena = a }, .target = target };
    decode(&w, type, STR_ABSENT);
    if (go_iter_token(&w.iter) != 0) {
        go_iter_fail(&w.iter, "Unmarshal", STR("there are bytes left after unmarshal"));
    }
    return w.iter.state == GO_ITER_FAILED ? go_iter_message(&w.iter) : STR_ABSENT;
}
