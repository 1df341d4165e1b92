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

#include "doc/json_scan.h"
#include "doc/position.h"

#include <stdlib.h>
#include <yyjson.h>

_Static_assert(sizeof(Member) == 2 * sizeof(Value), "a member takes the room of a key and a value");
_Static_assert(JSON_PADDING == YYJSON_PADDING_SIZE, "yyjson's padding");

const DocLimits doc_limits_default = {
    .bytes_max = 256u << 20,
    .depth_max = 500,
    .alias_nodes_max = 200000,
    .list_max = 1000000,
};
const DocLimits doc_limits_request = {
    .bytes_max = 3u << 20,
    .depth_max = 200,
    .alias_nodes_max = 20000,
    .list_max = 100000,
};

enum {
    SCRATCH_BYTES = 32 * 1024, /* enough for 12 KB of minified text */
    PAIRWISE_MAX = 32,         /* larger objects are checked for duplicates by sorting */
};

/* -- memory for yyjson --------------------------------------------------------------------- */

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

/* -- errors --------------------------------------------------------------------------------- */

typedef struct Source {
    Str name;
    Str text;        /* as written; absent when it was changed in place */
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
    DocPosition at = doc_position_of_offset(src->text, offset);
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
                   STR_ARG(buf_str(&key)), doc_position_of_offset(src->text, first_at).line);
}

static bool limit_error(const Source *src, const char *what, size_t max)
{
    size_t offset;
    Str place = src->name;
    if (src->text.ptr && json_scan_excess(src->text, src->limits, &offset)) {
        place = place_at(src, offset);
    }
    return err_set(src->err, src->arena, ERR_LIMIT, "%.*s: %s more than %zu", STR_ARG(place), what,
                   max);
}

/* -- duplicate keys -------------------------------------------------------------------------- */

/* One of 64 bits for a key: most objects have no two keys with one bit, and are done with that.
 * The byte before an empty key is its quote. */
static inline uint64_t key_bit(const char *key, size_t len)
{
    unsigned mix = (unsigned)len * 5u + (unsigned char)key[0] * 3u +
                   (unsigned char)key[(ptrdiff_t)len - 1] * 7u + (unsigned char)key[len / 2] * 11u;
    return (uint64_t)1 << (mix & 63);
}

static const Member *find_before(const Member *members, const Member *m)
{
    for (const Member *at = members; at != m; at++) {
        if (at->key_len == m->key_len && memcmp(at->key, m->key, m->key_len) == 0) {
            return at;
        }
    }
    return NULL;
}

static int by_key_then_place(const void *a, const void *b)
{
    const Member *x = *(const Member *const *)a;
    const Member *y = *(const Member *const *)b;
    if (x->key_len != y->key_len) {
        return x->key_len < y->key_len ? -1 : 1;
    }
    int order = memcmp(x->key, y->key, x->key_len);
    return order ? order : x < y ? -1 : 1;
}

/* Sorting rather than hashing: no input makes it slow. */
static Member **sort_members(const Value *object, Arena *a)
{
    Member **sorted = arena_alloc(a, object->len * sizeof(*sorted));
    for (uint32_t i = 0; i < object->len; i++) {
        sorted[i] = &object->members[i];
    }
    qsort(sorted, object->len, sizeof(*sorted), by_key_then_place);
    return sorted;
}

/* The earliest key that repeats another, by place. */
static bool find_duplicate(const Value *object, Arena *a, const Member **first,
                           const Member **second)
{
    ArenaMark mark = arena_mark(a);
    Member **sorted = sort_members(object, a);
    *second = NULL;
    for (uint32_t i = 1; i < object->len; i++) {
        if (str_eq(member_key(sorted[i - 1]), member_key(sorted[i])) &&
            (!*second || sorted[i] < *second)) {
            *first = sorted[i - 1];
            *second = sorted[i];
        }
    }
    arena_rewind(a, mark);
    return *second != NULL;
}

/* Leaves each key once: its first place, its last value. */
static void drop_duplicates(Value *object, Arena *a)
{
    ArenaMark mark = arena_mark(a);
    Member **sorted = sort_members(object, a);
    for (uint32_t from = 0; from < object->len;) {
        uint32_t to = from + 1;
        while (to < object->len && str_eq(member_key(sorted[from]), member_key(sorted[to]))) {
            sorted[to++]->key = NULL;
        }
        sorted[from]->value = sorted[to - 1]->value;
        from = to;
    }
    arena_rewind(a, mark);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < object->len; i++) {
        if (object->members[i].key) {
            object->members[kept++] = object->members[i];
        }
    }
    object->len = kept;
}

/* -- the pass -------------------------------------------------------------------------------- */

/* An array or object whose children are being filled in. */
typedef struct Open {
    char *at;   /* the next child */
    char *end;  /* behind the last */
    Value *whole;
    uint64_t seen; /* bits of the keys so far */
    bool has_duplicates;
} Open;

static bool close_object(const Source *src, const Open *open)
{
    Value *object = open->whole;
    const Member *first;
    const Member *second;
    if (object->len > PAIRWISE_MAX && !open->has_duplicates) {
        if (!find_duplicate(object, src->arena, &first, &second)) {
            return true;
        }
        if (!src->limits->last_key_wins) {
            return duplicate_error(src, first, second);
        }
    } else if (!open->has_duplicates) {
        return true;
    }
    drop_duplicates(object, src->arena);
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
                open.seen = 0;
                open.has_duplicates = false;
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
            if (open.whole->kind == VALUE_OBJECT &&
                (open.has_duplicates || open.whole->len > PAIRWISE_MAX) &&
                !close_object(src, &open)) {
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
        uint64_t bit = key_bit(m->key, m->key_len);
        if (open.seen & bit && open.whole->len <= PAIRWISE_MAX) {
            const Member *first = find_before(open.whole->members, m);
            if (first && !limits->last_key_wins) {
                return duplicate_error(src, first, m);
            }
            open.has_duplicates |= first != NULL;
        }
        open.seen |= bit;
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

static bool read_buf(const Source *src, char *buf, size_t len, Value *out)
{
    Scratch scratch;
    scratch.heap = NULL;
    yyjson_alc alc = { scratch_malloc, scratch_realloc, scratch_free, &scratch };
    yyjson_read_err why;
    memset(buf + len, 0, JSON_PADDING);
    yyjson_doc *doc = yyjson_read_opts(buf, len, YYJSON_READ_INSITU, &alc, &why);
    bool ok;
    if (!doc) {
        ok = syntax_error(src, &why);
    } else if (scratch.heap) {
        ok = convert_large(src, doc, scratch.heap, out);
    } else {
        ok = convert(src, doc, out);
    }
    free(scratch.heap);
    return ok;
}

static bool check_size(Str name, size_t len, const DocLimits *limits, Arena *a, Err *err)
{
    size_t max = limits->bytes_max < UINT32_MAX ? limits->bytes_max : UINT32_MAX;
    if (len <= max) {
        return true;
    }
    return err_set(err, a, ERR_LIMIT, "%.*s: %zu bytes are more than the limit of %zu",
                   STR_ARG(name), len, max);
}

bool json_read(Str name, Str text, const DocLimits *limits, Arena *a, Value *out, Err *err)
{
    if (!limits) {
        limits = &doc_limits_default;
    }
    if (!check_size(name, text.len, limits, a, err)) {
        return false;
    }
    char *buf = arena_alloc(a, text.len + JSON_PADDING);
    if (text.len) {
        memcpy(buf, text.ptr, text.len);
    }
    if (!text.ptr) {
        text = STR("");
    }
    Source src = { name, text, buf, limits, a, err };
    return read_buf(&src, buf, text.len, out);
}

bool json_read_insitu(Str name, char *text, size_t len, const DocLimits *limits, Arena *a,
                      Value *out, Err *err)
{
    if (!limits) {
        limits = &doc_limits_default;
    }
    if (!check_size(name, len, limits, a, err)) {
        return false;
    }
    Source src = { name, STR_ABSENT, text, limits, a, err };
    return read_buf(&src, text, len, out);
}
