/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A long list as a stream: its items are written while they are sent, so that a list costs the
 * server a pointer for each item, however slowly its client reads. The objects of the list are held
 * until they have been written. It is compressed as other large answers are.
 */
#include "server/apiserver/private.h"

#include "doc/json.h"
#include "doc/value_pack.h"

#include <stdlib.h>
#include <zlib.h>

enum { BATCH_BYTES = 64 << 10, ITEMS_MIN = 200, DEFLATE_MARGIN = 1 << 10 };

typedef struct ListStream {
    ApiServer *server;
    Arena kept;  /* as long as the stream */
    Arena arena; /* of a batch */
    Buf text;    /* of a batch */
    Str batch;   /* that, or what it is compressed to */
    size_t sent; /* of the batch */
    Value *items;
    const StoreObject **stored; /* what an item is of; NULL for one that lies in kept */
    size_t count;
    size_t at;
    Str rest;   /* what comes after the items */
    bool ended; /* all is in a batch */
    bool zips;
    z_stream z;
} ListStream;

static void write_item(ListStream *l)
{
    const StoreObject *stored = l->stored[l->at];
    buf_add(&l->text, l->at ? STR(",") : STR(""));
    json_write_html_safe(&l->items[l->at], &l->text);
    l->at++;
    if (stored) {
        store_let_go(l->server->store, stored);
    }
}

static void write_items(ListStream *l, size_t bytes)
{
    while (l->at < l->count && l->text.len < bytes) {
        write_item(l);
    }
    if (l->at == l->count) {
        buf_add(&l->text, l->rest);
        l->ended = true;
    }
}

/* False when zlib fails: it has no reason to. */
static bool zip(ListStream *l)
{
    size_t room = deflateBound(&l->z, l->text.len) + DEFLATE_MARGIN;
    char *to = arena_alloc(&l->arena, room);
    l->z.next_in = (Bytef *)l->text.ptr;
    l->z.avail_in = (uInt)l->text.len;
    l->z.next_out = (Bytef *)to;
    l->z.avail_out = (uInt)room;
    /* a flush: what is kept back would not be in the bound */
    int done = deflate(&l->z, l->ended ? Z_FINISH : Z_SYNC_FLUSH);
    l->batch = str_from(to, room - l->z.avail_out);
    return done == (l->ended ? Z_STREAM_END : Z_OK) && l->z.avail_out > 0;
}

static bool make_batch(ListStream *l)
{
    l->batch = buf_str(&l->text);
    l->sent = 0;
    return !l->zips || zip(l);
}

static bool fill(ListStream *l)
{
    arena_reset(&l->arena);
    l->text = buf_new(&l->arena);
    write_items(l, BATCH_BYTES);
    return make_batch(l);
}

static ptrdiff_t read_stream(void *context, char *to, size_t size)
{
    ListStream *l = context;
    if (l->sent == l->batch.len) {
        if (l->ended || !fill(l)) {
            return -1;
        }
    }
    size_t left = l->batch.len - l->sent;
    size_t n = left < size ? left : size;
    memcpy(to, l->batch.ptr + l->sent, n);
    l->sent += n;
    return (ptrdiff_t)n;
}

static void close_stream(void *context)
{
    ListStream *l = context;
    for (; l->at < l->count; l->at++) {
        if (l->stored[l->at]) {
            store_let_go(l->server->store, l->stored[l->at]);
        }
    }
    if (l->zips) {
        deflateEnd(&l->z);
    }
    arena_done(&l->arena);
    arena_done(&l->kept);
    free(l);
}

static void keep_items(ListStream *l, const Value *items, const StoreObject *const *stored)
{
    l->count = items->len;
    l->items = new(&l->kept, Value, l->count);
    l->stored = new(&l->kept, const StoreObject *, l->count);
    for (size_t i = 0; i < l->count; i++) {
        l->stored[i] = stored[i];
        if (stored[i]) {
            store_hold(stored[i]);
            l->items[i] = items->items[i];
        } else {
            PackSize size = value_pack_size(&items->items[i], NULL);
            l->items[i] = value_pack(&items->items[i], size, NULL,
                                     arena_alloc(&l->kept, pack_bytes(size)));
        }
    }
}

/* The members from one place up to another, each with a comma behind it. */
static void write_members(const Value *body, size_t from, size_t to, Buf *out)
{
    for (size_t i = from; i < to; i++) {
        Value key = value_str(member_key(&body->members[i]));
        json_write_html_safe(&key, out);
        buf_byte(out, ':');
        json_write_html_safe(&body->members[i].value, out);
        buf_byte(out, ',');
    }
}

/* What comes before and after the items, which are the member at this place. */
static void begin(ListStream *l, const Value *body, size_t items)
{
    Buf rest = buf_new(&l->kept);
    buf_byte(&l->text, '{');
    write_members(body, 0, items, &l->text);
    buf_lit(&l->text, "\"items\":[");
    buf_lit(&rest, "],");
    write_members(body, items + 1, body->len, &rest);
    rest.len--; /* the last comma */
    buf_lit(&rest, "}\n");
    l->rest = buf_str(&rest);
}

/* Writes so much that it is known whether the whole is large. */
static void begin_zip(ListStream *l, HttpResponse *out)
{
    write_items(l, COMPRESSED_BYTES_MIN + 1);
    l->zips = l->text.len > COMPRESSED_BYTES_MIN &&
              deflateInit2(&l->z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS, 8,
                           Z_DEFAULT_STRATEGY) == Z_OK;
    if (l->zips) {
        http_response_header(out, STR("Content-Encoding"), STR("gzip"));
        http_response_header(out, STR("Vary"), STR("Accept-Encoding"));
    }
}

static size_t member_place(const Value *body, const Value *member)
{
    size_t i = 0;
    while (&body->members[i].value != member) {
        i++;
    }
    return i;
}

bool apiserver_list_open(ApiServer *s, const ApiResponse *r, bool zips, HttpResponse *out)
{
    const Value *body = &r->body;
    const Value *items = value_get_lit(body, "items");
    if (r->list_items == NULL || r->form.as != ACCEPT_AS_IS || r->form.format != ACCEPT_JSON ||
        r->form.pretty || value_len(items) < ITEMS_MIN) {
        return false;
    }
    ListStream *l = calloc(1, sizeof *l);
    if (l == NULL) {
        return false;
    }
    l->server = s;
    arena_init(&l->kept, 0);
    arena_init(&l->arena, 0);
    l->text = buf_new(&l->arena);
    keep_items(l, items, r->list_items);
    begin(l, body, member_place(body, items));
    if (zips) {
        begin_zip(l, out);
    }
    out->stream = (HttpStream){ .context = l, .read = read_stream, .close = close_stream };
    if (!make_batch(l)) {
        l->ended = true; /* an answer that breaks off */
    }
    return true;
}
