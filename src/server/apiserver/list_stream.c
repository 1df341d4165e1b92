/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A long list as a stream: its items are written while they are sent, so that a list costs the
 * server a pointer for each item, however slowly its client reads. The objects of the list are held
 * until they have been written.
 */
#include "server/apiserver/private.h"

#include "doc/json.h"
#include "doc/value_pack.h"

#include <stdlib.h>

enum { BATCH_BYTES = 64 << 10, ITEMS_MIN = 200 };

typedef struct ListStream {
    ApiServer *server;
    Arena kept;  /* as long as the stream */
    Arena arena; /* of a batch */
    Buf batch;
    size_t sent; /* of the batch */
    Value *items;
    const StoreObject **stored; /* what an item is of; NULL for one that lies in kept */
    size_t count;
    size_t at;
    bool ended;
} ListStream;

static void write_item(ListStream *l)
{
    const StoreObject *stored = l->stored[l->at];
    buf_add(&l->batch, l->at ? STR(",") : STR(""));
    json_write_html_safe(&l->items[l->at], &l->batch);
    l->at++;
    if (stored) {
        store_let_go(l->server->store, stored);
    }
}

static void fill(ListStream *l)
{
    arena_reset(&l->arena);
    l->batch = buf_new(&l->arena);
    l->sent = 0;
    while (l->at < l->count && l->batch.len < BATCH_BYTES) {
        write_item(l);
    }
    if (l->at == l->count) {
        buf_lit(&l->batch, "]}\n");
        l->ended = true;
    }
}

static ptrdiff_t read_stream(void *context, char *to, size_t size)
{
    ListStream *l = context;
    if (l->sent == l->batch.len) {
        if (l->ended) {
            return -1;
        }
        fill(l);
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

/* Everything before the first item: items is the last member. */
static void begin(ListStream *l, const Value *body)
{
    Value head = *body;
    head.grown = 0;
    head.len--;
    json_write_html_safe(&head, &l->batch);
    l->batch.len--; /* the closing brace */
    buf_lit(&l->batch, ",\"items\":[");
}

bool apiserver_list_open(ApiServer *s, const ApiResponse *r, HttpResponse *out)
{
    const Value *body = &r->body;
    size_t last = value_len(body);
    if (r->list_items == NULL || r->form.as != ACCEPT_AS_IS || r->form.format != ACCEPT_JSON ||
        r->form.pretty || body->kind != VALUE_OBJECT || last < 2 ||
        !str_eq(member_key(&body->members[last - 1]), STR("items")) ||
        value_len(&body->members[last - 1].value) < ITEMS_MIN) {
        return false;
    }
    ListStream *l = calloc(1, sizeof *l);
    if (l == NULL) {
        return false;
    }
    l->server = s;
    arena_init(&l->kept, 0);
    arena_init(&l->arena, 0);
    l->batch = buf_new(&l->arena);
    keep_items(l, &body->members[last - 1].value, r->list_items);
    begin(l, body);
    out->stream = (HttpStream){ .context = l, .read = read_stream, .close = close_stream };
    return true;
}
