/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch as a stream: what there is first, then each event as it is committed.
 *
 * A stream renders a batch of lines into its arena and hands them out; only when they are gone does
 * it look for more, so a client that does not read costs one batch and the history it falls behind.
 */
#include "server/apiserver/private.h"

#include "doc/value_pack.h"
#include "kube/custom_kinds.h"
#include "server/apiserver/webhooks.h"

#include <stdlib.h>
#include <time.h>

enum { BATCH_BYTES = 64 << 10, BOOKMARK_SECONDS = 60 };

typedef struct WatchStream {
    struct WatchStream *before;
    struct WatchStream *after;
    ApiServer *server;
    ApiWatch watch; /* its texts lie in kept */
    Arena kept;     /* as long as the stream */
    Arena arena;    /* of a batch */
    Buf batch;
    size_t sent; /* of the batch */
    StoreWatch *events;
    HttpWaker *waker;
    bool started; /* something was sent */
    bool ended;
    struct timespec deadline; /* 0: none */
    time_t last_bookmark;     /* atomic: the ticker looks at it */
    /* What was there when it began, to be sent first; those from initial_at on are held. */
    const StoreObject **initial;
    size_t initial_count;
    size_t initial_at;
    const Value *audit; /* the event of its opening, when its end is to be told */
    uint64_t initial_version;
    bool initial_ended; /* and that was said, where it is to be said */
    Str failure;        /* why an object could not be converted; of the batch */
} WatchStream;

static void wake(void *context)
{
    WatchStream *w = context;
    HttpWaker *waker = __atomic_load_n(&w->waker, __ATOMIC_ACQUIRE);
    if (waker) {
        http_waker_wake(waker);
    }
}

static bool wants_bookmark(const WatchStream *w, time_t now)
{
    return w->watch.bookmarks &&
           now - __atomic_load_n(&w->last_bookmark, __ATOMIC_RELAXED) >= BOOKMARK_SECONDS;
}

static bool is_over(const WatchStream *w)
{
    struct timespec now;
    if (w->deadline.tv_sec == 0) {
        return false;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > w->deadline.tv_sec ||
           (now.tv_sec == w->deadline.tv_sec && now.tv_nsec >= w->deadline.tv_nsec);
}

void apiserver_watches_tick(ApiServer *s)
{
    time_t now = time(NULL);
    pthread_mutex_lock(&s->watches_lock);
    for (WatchStream *w = s->watches; w; w = w->after) {
        if (is_over(w) || wants_bookmark(w, now)) {
            wake(w);
        }
    }
    pthread_mutex_unlock(&s->watches_lock);
}

static void add(WatchStream *w, Str line)
{
    if (line.len) {
        buf_add(&w->batch, line);
        w->started = true;
    }
}

static void fill_initial(WatchStream *w, int64_t now)
{
    while (w->initial_at < w->initial_count && w->batch.len < BATCH_BYTES) {
        const StoreObject *o = w->initial[w->initial_at++];
        add(w, api_watch_initial(&w->watch, &o->object, !w->started, now, &w->arena));
        store_let_go(w->server->store, o);
    }
    if (w->initial_at == w->initial_count && !w->initial_ended) {
        w->initial_ended = true;
        add(w, api_watch_initial_end(&w->watch, w->initial_version, &w->arena));
    }
}

/* The store is held. */
static void add_expired(WatchStream *w)
{
    add(w, api_watch_expired(
               &w->watch, store_watch_version(w->events),
               store_oldest_version(w->server->store, w->watch.kind.group, w->watch.kind.kind),
               &w->arena));
    w->ended = true;
}

static void fill_events(WatchStream *w, int64_t now)
{
    StoreEvent event;
    while (w->batch.len < BATCH_BYTES && !w->ended) {
        switch (store_watch_next(w->events, &event)) {
        case STORE_WATCH_NONE:
            w->ended = api_watch_is_over(&w->watch, store_facts(w->server->store));
            return;
        case STORE_WATCH_EVENT:
            add(w, api_watch_event(&w->watch, &event, !w->started, now, &w->arena));
            break;
        case STORE_WATCH_EXPIRED:
            add_expired(w);
            break;
        }
    }
}

/* -- objects that a webhook converts ---------------------------------------------------------- */

/* An ApiWatch's convert. Nothing is held: it may take as long as the webhook does. */
static const Value *convert(void *context, const Value *stored, Arena *a)
{
    WatchStream *w = context;
    ApiServer *s = w->server;
    const KubeKind *k = &w->watch.kind;
    const Value *now = custom_kind_renew(k, stored, a);
    if (w->failure.ptr || str_eq(value_get_str(now, STR("apiVersion")), k->api_version)) {
        return custom_kind_read(k, stored, a);
    }
    CustomReview review;
    ApiAsk asked = { .ask = { .name = STR("") } };
    ApiAnswer answer;
    Value *out = new(a, Value, 1);
    Err err;
    StoreReader r;
    if (!api_conversion_begin(k, k->api_version, now, apiserver_seed(s), a, &review, &asked.ask)) {
        w->failure = STR(API_NO_REVIEW_VERSION);
        return custom_kind_read(k, stored, a);
    }
    store_read_begin(s->store, &r);
    WebhookPlan *plan = webhooks_plan(store_facts(s->store), &s->options, &asked, 1,
                                      WEBHOOK_SECONDS_MAX * 1000, a);
    store_read_end(s->store, &r);
    store_leave(s->store, &r);
    webhooks_call(s->outbound, &asked, plan, 1, a, &answer);
    if (!api_conversion_end(k, &review, &answer.answer, a, out, &err)) {
        w->failure = err.msg;
        return custom_kind_read(k, stored, a);
    }
    return out;
}

/* The next event, with its objects held. */
static bool take_event(WatchStream *w, StoreEvent *out)
{
    Store *store = w->server->store;
    StoreReader r;
    store_read_begin(store, &r);
    StoreWatchNext next = store_watch_next(w->events, out);
    if (next == STORE_WATCH_EVENT) {
        store_hold(out->object);
        if (out->old) {
            store_hold(out->old);
        }
    } else if (next == STORE_WATCH_NONE) {
        w->ended = api_watch_is_over(&w->watch, store_facts(store));
    } else {
        add_expired(w);
    }
    store_read_end(store, &r);
    store_leave(store, &r);
    return next == STORE_WATCH_EVENT;
}

static void fill_converted(WatchStream *w, int64_t now)
{
    StoreEvent event;
    w->failure = STR_ABSENT;
    fill_initial(w, now);
    while (w->initial_at == w->initial_count && !w->failure.ptr && w->batch.len < BATCH_BYTES &&
           take_event(w, &event)) {
        add(w, api_watch_event(&w->watch, &event, !w->started, now, &w->arena));
        store_let_go(w->server->store, event.object);
        if (event.old) {
            store_let_go(w->server->store, event.old);
        }
    }
    if (w->failure.ptr) { /* what was not converted is not sent */
        w->batch = buf_new(&w->arena);
        add(w, api_watch_failure(w->failure, &w->arena));
        w->ended = true;
    }
}

static void fill_held(WatchStream *w, int64_t now)
{
    StoreReader r;
    store_read_begin(w->server->store, &r);
    fill_initial(w, now);
    if (w->initial_at == w->initial_count) {
        fill_events(w, now);
    }
    store_read_end(w->server->store, &r);
    store_leave(w->server->store, &r);
}

static void fill(WatchStream *w)
{
    int64_t now;
    int32_t micros;
    apiserver_now(w->server, &now, &micros);
    arena_reset(&w->arena);
    w->batch = buf_new(&w->arena);
    w->sent = 0;
    (w->watch.convert ? fill_converted : fill_held)(w, now);
    time_t here = time(NULL);
    if (w->batch.len == 0 && wants_bookmark(w, here)) {
        __atomic_store_n(&w->last_bookmark, here, __ATOMIC_RELAXED);
        buf_add(&w->batch,
                api_watch_bookmark(&w->watch, store_watch_version(w->events), &w->arena));
    }
}

static void attach(void *context, HttpWaker *waker)
{
    WatchStream *w = context;
    __atomic_store_n(&w->waker, waker, __ATOMIC_RELEASE);
}

static ptrdiff_t read_stream(void *context, char *to, size_t size)
{
    WatchStream *w = context;
    if (w->sent == w->batch.len) {
        if (w->ended || is_over(w)) {
            return -1;
        }
        fill(w);
    }
    size_t left = w->batch.len - w->sent;
    if (left == 0) {
        arena_done(&w->arena); /* there may be thousands that sleep */
        w->batch = buf_new(&w->arena);
        w->sent = 0;
        return w->ended ? -1 : 0;
    }
    size_t n = left < size ? left : size;
    memcpy(to, w->batch.ptr + w->sent, n);
    w->sent += n;
    return (ptrdiff_t)n;
}

static void close_stream(void *context)
{
    WatchStream *w = context;
    ApiServer *s = w->server;
    store_watch_close(w->events);
    while (w->initial_at < w->initial_count) {
        store_let_go(s->store, w->initial[w->initial_at++]);
    }
    pthread_mutex_lock(&s->watches_lock);
    *(w->before ? &w->before->after : &s->watches) = w->after;
    if (w->after) {
        w->after->before = w->before;
    }
    pthread_mutex_unlock(&s->watches_lock);
    if (w->audit) {
        apiserver_audit_watch_end(s, w->audit);
    }
    custom_kind_let_go(w->watch.kind.custom);
    arena_done(&w->arena);
    arena_done(&w->kept);
    free(w);
}

void apiserver_write_watches(ApiServer *s, Buf *b)
{
    buf_lit(b, "# HELP apiserver_registered_watchers Watches of clients by kind.\n"
               "# TYPE apiserver_registered_watchers gauge\n");
    pthread_mutex_lock(&s->watches_lock);
    for (size_t i = 0; s->watches && i < kube_kind_count(); i++) {
        KubeKind kind = kube_kind_at(i);
        size_t count = 0;
        for (const WatchStream *w = s->watches; w; w = w->after) {
            count += str_eq(w->watch.kind.kind, kind.kind) &&
                     str_eq(w->watch.kind.api_version, kind.api_version);
        }
        if (count) {
            buf_printf(b,
                       "apiserver_registered_watchers{group=\"%.*s\",kind=\"%.*s\","
                       "version=\"%.*s\"} %zu\n",
                       STR_ARG(kind.group), STR_ARG(kind.kind), STR_ARG(kind.version), count);
        }
    }
    pthread_mutex_unlock(&s->watches_lock);
}

void apiserver_watch_audit(HttpResponse *r, const Value *event)
{
    WatchStream *w = r->stream.context;
    Value *kept = new(&w->kept, Value, 1);
    PackSize size = value_pack_size(event, NULL);
    *kept = value_pack(event, size, NULL, arena_alloc(&w->kept, pack_bytes(size)));
    w->audit = kept;
}

/* The watch's texts outlive the request. */
static void keep_watch(WatchStream *w, const ApiWatch *from)
{
    Arena *a = &w->kept;
    w->watch = *from;
    if (from->kind.custom) {
        custom_kind_hold(from->kind.custom);
        if (from->kind.custom->crd.is_webhook_conversion) {
            w->watch.convert = convert;
            w->watch.convert_context = w;
        }
    }
    Str *of_kind[] = { &w->watch.kind.api_version, &w->watch.kind.group,
                       &w->watch.kind.version,     &w->watch.kind.kind,
                       &w->watch.kind.resource,    &w->watch.kind.short_names,
                       &w->watch.kind.category };
    for (size_t i = 0; i < COUNT_OF(of_kind); i++) {
        *of_kind[i] = arena_str(a, *of_kind[i]);
    }
    w->watch.namespace = arena_str(a, from->namespace);
    LabelTerm *labels = new(a, LabelTerm, from->labels.count + 1);
    for (size_t i = 0; i < from->labels.count; i++) {
        labels[i] = from->labels.terms[i];
        labels[i].key = arena_str(a, labels[i].key);
        Str *values = new(a, Str, labels[i].values.count + 1);
        for (size_t j = 0; j < labels[i].values.count; j++) {
            values[j] = arena_str(a, labels[i].values.items[j]);
        }
        labels[i].values.items = values;
    }
    w->watch.labels.terms = labels;
    FieldTerm *fields = new(a, FieldTerm, from->fields.count + 1);
    for (size_t i = 0; i < from->fields.count; i++) {
        fields[i] = from->fields.terms[i];
        fields[i].field = arena_str(a, fields[i].field);
        fields[i].value = arena_str(a, fields[i].value);
    }
    w->watch.fields.terms = fields;
}

static void keep_initial(WatchStream *w)
{
    ObjectKey key = { w->watch.kind.group, w->watch.kind.kind, w->watch.namespace, STR("") };
    size_t count;
    const StoreObject *const *items = store_list(w->server->store, &key, &count);
    w->initial = new(&w->kept, const StoreObject *, count + 1);
    for (size_t i = 0; i < count; i++) {
        if (api_watch_has(&w->watch, items[i])) {
            store_hold(items[i]);
            w->initial[w->initial_count++] = items[i];
        }
    }
}

void apiserver_watch_open(ApiServer *s, const ApiWatch *watch, HttpResponse *out)
{
    WatchStream *w = calloc(1, sizeof *w);
    if (w == NULL) {
        abort();
    }
    w->server = s;
    arena_init(&w->kept, 0);
    arena_init(&w->arena, 0);
    w->batch = buf_new(&w->arena);
    keep_watch(w, watch);
    uint64_t after = watch->version;
    if (watch->from_now) {
        after = store_version(s->store);
    }
    if (watch->initial) {
        keep_initial(w);
    }
    w->initial_version = after;
    w->initial_ended = !watch->initial_end;
    if (watch->timeout_seconds) {
        clock_gettime(CLOCK_MONOTONIC, &w->deadline);
        w->deadline.tv_sec += watch->timeout_seconds;
    }
    w->last_bookmark = time(NULL);
    w->events = store_watch_open(s->store, watch->kind.group, watch->kind.kind, after, wake, w);
    pthread_mutex_lock(&s->watches_lock);
    w->after = s->watches;
    if (w->after) {
        w->after->before = w;
    }
    s->watches = w;
    pthread_mutex_unlock(&s->watches_lock);
    out->stream =
        (HttpStream){ .context = w, .attach = attach, .read = read_stream, .close = close_stream };
}
