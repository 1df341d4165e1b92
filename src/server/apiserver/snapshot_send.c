/* SPDX-License-Identifier: Apache-2.0 */
/* The whole cluster, sent: its objects are held, and written while they are sent. */
#include "server/apiserver/private.h"

#include "server/auth/auth.h"
#include "server/auth/certs.h"
#include "server/data/snapshot.h"

#include <stdlib.h>

enum { BATCH_BYTES = 64 << 10 };

typedef struct Sending {
    ApiServer *server;
    Arena kept;  /* as long as the stream: the head and the list */
    Arena arena; /* of a batch */
    Buf batch;
    size_t sent;
    const StoreEntry *entries;
    size_t count;
    size_t at;
    SavedSum sum;
    bool ended;
} Sending;

static void fill(Sending *x)
{
    arena_reset(&x->arena);
    x->batch = buf_new(&x->arena);
    x->sent = 0;
    while (x->at < x->count && x->batch.len < BATCH_BYTES) {
        const StoreObject *o = x->entries[x->at++].object;
        saved_write_object(&o->object, &x->sum, &x->batch);
        store_let_go(x->server->store, o);
    }
    if (x->at == x->count) {
        saved_write_end(&x->sum, &x->batch);
        x->ended = true;
    }
}

static ptrdiff_t read_stream(void *context, char *to, size_t size)
{
    Sending *x = context;
    if (x->sent == x->batch.len) {
        if (x->ended) {
            return -1;
        }
        fill(x);
    }
    size_t left = x->batch.len - x->sent;
    size_t n = left < size ? left : size;
    memcpy(to, x->batch.ptr + x->sent, n);
    x->sent += n;
    return (ptrdiff_t)n;
}

static void close_stream(void *context)
{
    Sending *x = context;
    for (; x->at < x->count; x->at++) {
        store_let_go(x->server->store, x->entries[x->at].object);
    }
    arena_done(&x->arena);
    arena_done(&x->kept);
    free(x);
}

static bool make_head(ApiServer *s, Arena *a, SavedHead *out, Err *err)
{
    *out = (SavedHead){ .version = store_version(s->store),
                        .minor = s->options.target.minor,
                        .created = snapshot_time(a),
                        .clock_offset = apiserver_clock_offset(s) };
    if (s->options.ca) {
        out->ca_cert = cert_authority_pem(s->options.ca);
        if (!cert_authority_key_pem(s->options.ca, a, &out->ca_key, err)) {
            return false;
        }
    }
    return jwt_key_pem(auth_issuer(s->options.auth)->key, a, &out->token_key, err);
}

bool apiserver_snapshot_open(ApiServer *s, Arena *a, HttpResponse *out, Err *err)
{
    SavedHead head;
    if (!make_head(s, a, &head, err)) {
        return false;
    }
    Sending *x = calloc(1, sizeof *x);
    if (x == NULL) {
        return err_set(err, a, ERR_LIMIT, "out of memory");
    }
    x->server = s;
    arena_init(&x->kept, 0);
    arena_init(&x->arena, 0);
    x->entries = snapshot_entries(s->store, &x->kept, &x->count);
    x->batch = buf_new(&x->kept);
    saved_write_head(&head, &x->sum, &x->batch);
    out->stream = (HttpStream){ .context = x, .read = read_stream, .close = close_stream };
    return true;
}
