/* SPDX-License-Identifier: Apache-2.0 */
/* What the embedded API server is made of. Private to this folder. */
#ifndef PODGATE_SERVER_APISERVER_PRIVATE_H
#define PODGATE_SERVER_APISERVER_PRIVATE_H

#include "cluster/store.h"
#include "server/api/api.h"
#include "server/apiserver/audit.h"
#include "server/apiserver/internal.h"
#include "server/outbound/outbound.h"

#include <pthread.h>

struct ApiServer {
    ApiServerOptions options;
    Store *store;
    uint64_t seed;        /* atomic */
    int64_t clock_offset; /* atomic */
    pthread_mutex_t watches_lock;
    struct WatchStream *watches;
    pthread_t ticker;
    bool ticks;
    pthread_mutex_t tick_lock;
    pthread_cond_t tick_end;
    struct Metrics *metrics;
    struct WebhookMetrics *webhook_metrics;
    Outbound *outbound;
    struct Manager *manager; /* of the controllers; NULL for none */
};

/* What a request holds of the store: between begin and end it is answered, until leave its answer
 * may be looked at. */
typedef struct ApiHold {
    ApiServer *server;
    const ApiRequest *request;
    StoreReader reader;
    bool still;   /* since begin */
    bool entered; /* not left */
} ApiHold;
void apiserver_begin(ApiHold *h);
void apiserver_end(ApiHold *h);
void apiserver_leave(ApiHold *h); /* ends, too, when that was not done */

/* Answers a request of h, which has begun; while webhooks are asked nothing is held, and the answer
 * is what comes of the store as it is afterwards. Without may_block: false when some must be asked,
 * and nothing was done. */
bool apiserver_call(ApiHold *h, ApiRequest *request, bool may_block, Arena *a, ApiResponse *out);

/* The texts that clients are warned with, as headers. */
void apiserver_add_warnings(const ApiResponse *r, Arena *a, HttpResponse *out);

/* Below COMPRESSED_BYTES_MIN, compressing costs more than it saves. */
enum { COMPRESSED_BYTES_MIN = 128 << 10, GZIP_LEVEL = 1, GZIP_WINDOW_BITS = 15 + 16 };
/* Is gzip one of the codings of an Accept-Encoding header? */
bool apiserver_takes_gzip(Str accept_encoding);
/* Compresses a body that is large enough for it to be worth while. */
void apiserver_compress(Arena *a, HttpResponse *out);

/* False: 401. */
bool apiserver_authenticate(ApiServer *s, const HttpRequest *request, Arena *a, UserInfo *out);
/* What a client that was turned away tried: "bearer", "x509"; "" for nothing. */
Str apiserver_credentials(const HttpRequest *request);
/* From now on it is so much later; what was to come meanwhile comes now. */
void apiserver_clock_advance(ApiServer *s, int64_t seconds);
/* Paths that no API server of Kubernetes has. */
ApiOwnPath apiserver_own_path(void *context, Str path, const ApiRequest *request, Arena *a,
                              ApiOwnAnswer *out);
void apiserver_fill_serving(ApiServer *s, ApiServing *out);

/* Fills in out->stream. Needs the store held for reading. */
void apiserver_watch_open(ApiServer *s, const ApiWatch *watch, HttpResponse *out);

/* Fills in out->stream when the answer is a list that is long enough for that. zips: compresses it
 * when it is large. Needs what was read, before store_leave(). */
bool apiserver_list_open(ApiServer *s, const ApiResponse *r, bool zips, HttpResponse *out);

/* The same with everything there is, as a file (cluster/saved.h). Needs the store held for reading.
 */
WARN_UNUSED bool apiserver_snapshot_open(ApiServer *s, Arena *a, HttpResponse *out, Err *err);

/* The audit log is to hold the end of this watch, too. */
void apiserver_watch_audit(HttpResponse *r, const Value *event);

/* -- the audit log: around each request; nothing when there is none ------------------------------
 */

void apiserver_audit_begin(ApiServer *s, ApiRequest *request, AuditRecord *r);
/* The rest of the record is filled in; out is NULL for requests from within. */
void apiserver_audit_end(ApiServer *s, AuditRecord *r, HttpResponse *out);
void apiserver_audit_watch_end(ApiServer *s, const Value *event);

/* The watches of clients by kind, for /metrics. */
void apiserver_write_watches(ApiServer *s, Buf *b);
/* Wakes those whose time is up. */
void apiserver_watches_tick(ApiServer *s);

void apiserver_put_presets(ApiServer *s);

#endif
