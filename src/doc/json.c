/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON: yyjson parses, one pass over its flat array of values makes our tree.
 *
 * yyjson counts every key and value it read, and a member of ours is as large as two of our
 * values; so the tree needs exactly (count - 1) values beside the root and comes from one
 * allocation. yyjson's own values are dead after the pass: for most documents they lie on the
 * stack, for large ones in a block of their own that is freed.
 */
#include "doc/json.h"

#include "doc/duplicates.h"
#include "doc/json_scan.h"
#include "doc/position.h"

#include <stdlib.h>
#include <yyjson.h>

_Static_assert(sizeof(Member) == 2 * sizeof(Value), "a member takes the room of a key and a value");
_Static_assert(JSON_PADDING == YYJSON_PADDING_SIZE, "yyjson's padding");

enum { SCRATCH_BYTES = 32 * 1024 /* enough for 12 KB of minified text */ };

/* -- memory for yyjson ------------------------------------------------------------------------ */

/* yyjson asks for one block, enlarges it as it goes and frees it with the document. */
typedef struct Scratch {
    void *heap; /* when the stack does not do; NULL otherwise */
    _Alignas(16) char stack[SCRATCH_BYTES];
} Scratch;

static void *scratch_malloc(void *ctx, size_t size)
{
    Scratch *s = ctx;
    if (size <= SCRATCH_BYTES) {
        return s->stack;
    }
    return s->heap = malloc(size);
}

static void *scratch_realloc(void *ctx, void *block, size_t old_size, size_t size)
{
    Scratch *s = ctx;
    if (block != s->stack) {
        void *moved = realloc(s->heap, size);
        if (moved) {
            s->heap = moved;
        }
        return moved;
    }
    if (size <= SCRATCH_BYTES) {
        return block;
    }
    s->heap = malloc(size);
    if (s->heap) {
        memcpy(s->heap, block, old_size);
    }
    return s->heap;
}

static void scratch_free(void *ctx, void *block)
{
    (void)ctx;
    (void)block; /* read_text() frees what there is */
}

/* -- errors ----------------------------------------------------------------------------------- */

typedef struct Source {
    Str name;
    Str text;        /* as written; absent when it was changed in place */
    size_t from;     /* where the document starts in text */
    const char *buf; /* what yyjson read; its strings keep their offsets */
    const DocLimits *limits;
    Arena *arena;
    Err *err;
} Source;

static Str place_at(const Source *src, size_t offset)
{
    if (!src->text.ptr) {
        return arena_printf(src->arena, "%.*s: byte %zu", STR_ARG(src->name), offset);
    }
    DocPosition at = doc_position_of_offset(src->text, src->from + offset);
    return arena_printf(src->arena, "%.*s:%zu:%zu", STR_ARG(src->name), at.line, at.column);
}

static bool syntax_error(const Source *src, const yyjson_read_err *why)
{
    if (why->code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
        return err_set(src->err, src->arena, ERR_LIMIT, "%.*s: out of memory", STR_ARG(src->name));
    }
    if (why->code == YYJSON_READ_ERROR_EMPTY_CONTENT ||
        why->code == YYJSON_READ_ERROR_INVALID_PARAMETER) { /* an empty text */
        return err_set(src->err, src->arena, ERR_SYNTAX, "%.*s: no document: the text is empty",
                       STR_ARG(src->name));
    }
    return err_set(src->err, src->arena, ERR_SYNTAX, "%.*s: not JSON: %s",
                   STR_ARG(place_at(src, why->pos)), why->msg);
}

static bool duplicate_error(const Source *src, const Member *first, const Member *second)
{
    /* A string starts behind its quote. */
    size_t first_at = (size_t)(first->key - src->buf) - 1;
    size_t second_at = (size_t)(second->key - src->buf) - 1;
    Buf key = buf_new(src->arena);
    buf_go_quoted(&key, member_key(first));
    Str place = place_at(src, second_at);
    if (!src->text.ptr) {
        return err_set(src->err, src->arena, ERR_DUPLICATE,
                       "%.*s: key %.*s is set twice, first at byte %zu", STR_ARG(place),
                       STR_ARG(buf_str(&key)), first_at);
    }
    return err_set(src->err, src->arena, ERR_DUPLICATE,
                   "%.*s: key %.*s is set twice, first on line %zu", STR_ARG(place),
                   STR_ARG(buf_str(&key)),
                   doc_position_of_offset(src->text, src->from + first_at).line);
}

static bool limit_error(const Source *src, const char *what, size_t max)
{
    size_t offset;
    Str place = src->name;
    if (src->text.ptr && json_scan_excess(str_drop(src->text, src->from), src->limits, &offset)) {
        place = place_at(src, offset);
    }
    return err_set(src->err, src->arena, ERR_LIMIT, "%.*s: %s more than %zu", STR_ARG(place), what,
                   max);
}

/* -- the pass --------------------------------------------------------------------------------- */

/* An array or object whose children are being filled in. */
typedef struct Open {
    char *at;  /* the next child */
    char *end; /* behind the last */
    Value *whole;
} Open;

static bool check_keys(const Source *src, Value *object)
{
    uint32_t first;
    uint32_t second;
    if (!duplicates_find(object->members, object->len, src->arena, &first, &second)) {
        return true;
    }
    if (!src->limits->last_key_wins) {
        return duplicate_error(src, &object->members[first], &object->members[second]);
    }
    object->len = duplicates_drop(object->members, object->len, src->arena);
    return true;
}

static bool convert(const Source *src, const yyjson_doc *doc, Value *out)
{
    Open stack[DOC_DEPTH_MAX + 1];
    const DocLimits *limits = src->limits;
    uint32_t depth_max = limits->depth_max < DOC_DEPTH_MAX ? limits->depth_max : DOC_DEPTH_MAX;
    uint32_t depth = 0;
    char *room = arena_alloc(src->arena, (doc->val_read - 1) * sizeof(Value));
    Open open = { 0 };
    Value root;
    Value *slot = &root;
    const yyjson_val *v = doc->root;
    for (;; v++) {
        uint64_t tag = v->tag;
        size_t len = tag >> YYJSON_TAG_BIT;
        switch (tag & YYJSON_TYPE_MASK) {
        case YYJSON_TYPE_STR:
            *slot = (Value){ .kind = VALUE_STRING, .len = (uint32_t)len, .s = v->uni.str };
            break;
        case YYJSON_TYPE_OBJ:
        case YYJSON_TYPE_ARR: {
            bool is_object = (tag & YYJSON_TYPE_MASK) == YYJSON_TYPE_OBJ;
            if (len > limits->list_max) {
                return limit_error(src, "a list or object has", limits->list_max);
            }
            if (depth == depth_max) {
                return limit_error(src, "lists and objects are nested", depth_max);
            }
            *slot = (Value){ .kind = is_object ? VALUE_OBJECT : VALUE_ARRAY, .len = (uint32_t)len };
            if (len) {
                slot->items = (Value *)(void *)room;
                stack[depth++] = open;
                open.whole = slot;
                open.at = room;
                open.end = room += len * (is_object ? sizeof(Member) : sizeof(Value));
            }
            break;
        }
        case YYJSON_TYPE_NUM:
            if ((tag & YYJSON_SUBTYPE_MASK) == YYJSON_SUBTYPE_REAL) {
                *slot = value_float(v->uni.f64);
            } else {
                bool is_large = (tag & YYJSON_SUBTYPE_MASK) == YYJSON_SUBTYPE_UINT &&
                                v->uni.u64 > INT64_MAX;
                *slot = (Value){ .kind = is_large ? VALUE_UINT : VALUE_INT, .u = v->uni.u64 };
            }
            break;
        case YYJSON_TYPE_BOOL:
            *slot = value_bool((tag & YYJSON_SUBTYPE_MASK) == YYJSON_SUBTYPE_TRUE);
            break;
        default:
            *slot = value_null();
            break;
        }
        while (open.at == open.end) {
            if (depth == 0) {
                *out = root;
                return true;
            }
            if (open.whole->kind == VALUE_OBJECT && !check_keys(src, open.whole)) {
                return false;
            }
            open = stack[--depth];
        }
        if (open.whole->kind == VALUE_ARRAY) {
            slot = (Value *)(void *)open.at;
            open.at += sizeof(Value);
            continue;
        }
        Member *m = (Member *)(void *)open.at;
        open.at += sizeof(Member);
        v++;
        m->key = v->uni.str;
        m->key_len = (uint32_t)(v->tag >> YYJSON_TAG_BIT);
        slot = &m->value;
    }
}

/* As convert(), for a document whose yyjson values are on the heap: an arena that is full must
 * not leak them. */
static bool convert_large(const Source *src, const yyjson_doc *doc, void *heap, Value *out)
{
    Arena *a = src->arena;
    jmp_buf *outer = a->on_full;
    jmp_buf full;
    if (outer) {
        if (setjmp(full) != 0) {
            free(heap);
            arena_on_full(a, outer);
            longjmp(*outer, 1);
        }
        arena_on_full(a, &full);
    }
    bool ok = convert(src, doc, out);
    arena_on_full(a, outer);
    return ok;
}

/* end: as for json_read_part() */
static bool read_buf(const Source *src, char *buf, size_t len, size_t *end, Value *out)
{
    Scratch scratch;
    scratch.heap = NULL;
    yyjson_alc alc = { scratch_malloc, scratch_realloc, scratch_free, &scratch };
    yyjson_read_err why;
    memset(buf + len, 0, JSON_PADDING);
    yyjson_doc *doc = yyjson_read_opts(
        buf, len, YYJSON_READ_INSITU | (end ? YYJSON_READ_STOP_WHEN_DONE : 0), &alc, &why);
    bool ok;
    if (!doc) {
        ok = syntax_error(src, &why);
    } else if (scratch.heap) {
        ok = convert_large(src, doc, scratch.heap, out);
    } else {
        ok = convert(src, doc, out);
    }
    if (ok && end) {
        *end = src->from + yyjson_doc_get_read_size(doc);
    }
    free(scratch.heap);
    return ok;
}

bool json_read_part(Str name, Str text, size_t from, size_t to, size_t *end,
                    const DocLimits *limits, Arena *a, Value *out, Err *err)
{
    if (!limits) {
        limits = &doc_limits_default;
    }
    Str part = str_slice(text.ptr ? text : STR(""), from, to);
    if (!doc_check_size(name, part.len, limits, a, err)) {
        return false;
    }
    char *buf = arena_alloc(a, part.len + JSON_PADDING);
    memcpy(buf, part.ptr, part.len);
    Source src = {
        .name = name,
        .text = text.ptr ? text : STR(""),
        .from = from,
        .buf = buf,
        .limits = limits,
        .arena = a,
        .err = err,
    };
    return read_buf(&src, buf, part.len, end, out);
}

bool json_read(Str name, Str text, const DocLimits *limits, Arena *a, Value *out, Err *err)
{
    return json_read_part(name, text, 0, text.len, NULL, limits, a, out, err);
}

bool json_read_insitu(Str name, char *text, size_t len, const DocLimits *limits, Arena *a,
                      Value *out, Err *err)
{
    if (!limits) {
        limits = &doc_limits_default;
    }
    if (!doc_check_size(name, len, limits, a, err)) {
        return false;
    }
    Source src = {
        .name = name,
        .text = STR_ABSENT,
        .buf = text,
        .limits = limits,
        .arena = a,
        .err = err,
    };
    return read_buf(&src, text, len, NULL, out);
}
