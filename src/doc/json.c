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

#include <endian.h>
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

typedef struct Pass {
    const Source *src;
    char *room; /* for the children of the next list or object */
    uint32_t list_max;
    uint32_t depth_max;
} Pass;

/* Is a key of the object there twice, where that is an error? */
static bool check_keys(const Source *src, Value *object)
{
    uint32_t first;
    uint32_t second;
    if (!duplicates_find_slow(object->members, object->len, src->arena, &first, &second)) {
        return true;
    }
    if (!src->limits->last_key_wins) {
        return duplicate_error(src, &object->members[first], &object->members[second]);
    }
    object->len = duplicates_drop(object->members, object->len, src->arena);
    return true;
}

static bool has_key_before(const Member *members, const Member *m)
{
    for (; members != m; members++) {
        if (members->key_len == m->key_len && memcmp(members->key, m->key, m->key_len) == 0) {
            return true;
        }
    }
    return false;
}

/* One of 64 bits for a key, by its length and first eight bytes. Eight bytes can be read from every
 * key on: `":1}` and the padding follow the shortest. Most objects have no two keys with one bit.
 */
static inline uint64_t key_bit(const char *key, uint32_t len)
{
    static const uint64_t masks[] = { 0,          0xFF,         0xFFFF,         0xFFFFFF,
                                      0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF,
                                      UINT64_MAX };
    uint64_t word;
    memcpy(&word, key, sizeof(word));
    word = (le64toh(word) & masks[len < 8 ? len : 8]) + len;
    return (uint64_t)1 << (word * 0x9E3779B97F4A7C15u >> 58);
}

static const yyjson_val *convert_children(Pass *pass, const yyjson_val *v, Value *out,
                                          uint32_t depth);

static inline void convert_scalar(const yyjson_val *v, Value *out)
{
    uint64_t tag = v->tag;
    uint64_t subtype = tag & YYJSON_SUBTYPE_MASK;
    switch (tag & YYJSON_TYPE_MASK) {
    case YYJSON_TYPE_NUM:
        if (subtype == YYJSON_SUBTYPE_REAL) {
            *out = value_float(v->uni.f64);
        } else if (subtype == YYJSON_SUBTYPE_UINT && v->uni.u64 > INT64_MAX) {
            *out = (Value){ .kind = VALUE_UINT, .u = v->uni.u64 };
        } else {
            *out = value_int(v->uni.i64);
        }
        break;
    case YYJSON_TYPE_BOOL:
        *out = value_bool(subtype == YYJSON_SUBTYPE_TRUE);
        break;
    default:
        *out = value_null();
        break;
    }
}

/* Returns where the next value is, or NULL after an error. */
static inline const yyjson_val *convert(Pass *pass, const yyjson_val *v, Value *out, uint32_t depth)
{
    uint64_t tag = v->tag;
    if (__builtin_expect((tag & YYJSON_TYPE_MASK) == YYJSON_TYPE_STR, 1)) {
        *out = (Value){ .kind = VALUE_STRING,
                        .len = (uint32_t)(tag >> YYJSON_TAG_BIT),
                        .s = v->uni.str };
        return v + 1;
    }
    if ((tag & YYJSON_TYPE_MASK) >= YYJSON_TYPE_ARR) {
        return convert_children(pass, v, out, depth);
    }
    convert_scalar(v, out);
    return v + 1;
}

static const yyjson_val *convert_array(Pass *pass, const yyjson_val *v, Value *out, uint32_t depth)
{
    Value *item = out->items = (Value *)(void *)pass->room;
    const Value *end = item + out->len;
    pass->room += out->len * sizeof(Value);
    for (; item != end && v; item++) {
        v = convert(pass, v, item, depth);
    }
    return v;
}

static const yyjson_val *convert_object(Pass *pass, const yyjson_val *v, Value *out, uint32_t depth)
{
    Member *m = out->members = (Member *)(void *)pass->room;
    const Member *end = m + out->len;
    uint64_t seen = 0;
    bool is_small = out->len <= DUPLICATES_PAIRWISE_MAX;
    bool is_suspect = !is_small;
    pass->room += out->len * sizeof(Member);
    for (; m != end; m++) {
        m->key = v->uni.str;
        m->key_len = (uint32_t)(v->tag >> YYJSON_TAG_BIT);
        uint64_t bit = key_bit(m->key, m->key_len);
        if (__builtin_expect((seen & bit) != 0, 0) && is_small) {
            is_suspect |= has_key_before(out->members, m);
        }
        seen |= bit;
        v = convert(pass, v + 1, &m->value, depth);
        if (!v) {
            return NULL;
        }
    }
    return !is_suspect || check_keys(pass->src, out) ? v : NULL;
}

/* Recursion is bounded by depth_max. */
static const yyjson_val *convert_children(Pass *pass, const yyjson_val *v, Value *out,
                                          uint32_t depth)
{
    uint64_t len = v->tag >> YYJSON_TAG_BIT;
    bool is_object = (v->tag & YYJSON_TYPE_MASK) == YYJSON_TYPE_OBJ;
    if (__builtin_expect(len > pass->list_max, 0)) {
        limit_error(pass->src, "a list or object has", pass->list_max);
        return NULL;
    }
    if (__builtin_expect(depth == pass->depth_max, 0)) {
        limit_error(pass->src, "lists and objects are nested", pass->depth_max);
        return NULL;
    }
    *out = (Value){ .kind = is_object ? VALUE_OBJECT : VALUE_ARRAY, .len = (uint32_t)len };
    if (len == 0) {
        return v + 1;
    }
    return (is_object ? convert_object : convert_array)(pass, v + 1, out, depth + 1);
}

static bool convert_doc(const Source *src, const yyjson_doc *doc, Value *out)
{
    const DocLimits *limits = src->limits;
    Pass pass = {
        .src = src,
        .room = arena_alloc(src->arena, (doc->val_read - 1) * sizeof(Value)),
        .list_max = limits->list_max,
        .depth_max = limits->depth_max < DOC_DEPTH_MAX ? limits->depth_max : DOC_DEPTH_MAX,
    };
    Value root;
    if (!convert(&pass, doc->root, &root, 0)) {
        return false;
    }
    *out = root;
    return true;
}

/* As convert_doc(), for a document whose yyjson values are on the heap: an arena that is full must
 * not leak them. */
static bool convert_large_doc(const Source *src, const yyjson_doc *doc, void *heap, Value *out)
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
    bool ok = convert_doc(src, doc, out);
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
        ok = convert_large_doc(src, doc, scratch.heap, out);
    } else {
        ok = convert_doc(src, doc, out);
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
