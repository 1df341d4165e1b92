/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One resource followed: list, watch, and again. A thread each.
 *
 * Source: k8s.io/client-go tools/cache Reflector, for what a server expects of its clients.
 */
#include "doc/json.h"
#include "server/live/private.h"

enum {
    WATCH_SECONDS_MIN = 300, /* and up to twice that, so that replicas do not come back together */
    WATCH_LATE_MS = 30000,   /* a watch that does not end in time is dead */
    /* An API server begins its answer at once, events or none. The longest that it lets a request
     * wait before is a quarter of its own time limit, 15 s (priority and fairness). */
    WATCH_HEAD_MS = 30000,
    RETRY_MS_MIN = 200,
    RETRY_MS_MAX = 15000,
    LACKING_MS = 5000, /* how often it is looked whether a resource has come */
    SERVED_SOON_MS =
        50, /* its definition is there: how long until it is looked for, the first time */
    EVENT_BYTES_MAX = 16 << 20,
};

static uint64_t random_below(Follower *x, uint64_t n)
{
    x->random = x->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (x->random >> 33) % n;
}

static void watch_is_open(Follower *x)
{
    pthread_mutex_lock(&x->feed->lock);
    x->reached = true;
    x->heard_ms = feed_now_ms();
    x->feed->counts.watches++;
    pthread_mutex_unlock(&x->feed->lock);
}

static void set_version(Follower *x, Str version)
{
    if (!str_eq(version, x->resource_version)) {
        arena_reset(&x->kept);
        x->resource_version = arena_str(&x->kept, version);
    }
}

/* -- the list ---------------------------------------------------------------------------------- */

static bool on_item(void *follower, Value *item)
{
    Follower *x = follower;
    pthread_mutex_lock(&x->feed->lock);
    (void)live_state_put(x->feed->state, item);
    bool go_on = !x->feed->stopping;
    pthread_mutex_unlock(&x->feed->lock);
    return go_on;
}

static void list_begin(void *follower)
{
    Follower *x = follower;
    pthread_mutex_lock(&x->feed->lock);
    live_state_list_begin(x->feed->state, x->source->group, x->source->kind);
    pthread_mutex_unlock(&x->feed->lock);
}

static void list_end(Follower *x)
{
    pthread_mutex_lock(&x->feed->lock);
    live_state_list_end(x->feed->state, x->source->group, x->source->kind);
    x->synced = true;
    x->reached = true;
    x->heard_ms = feed_now_ms();
    x->feed->counts.lists++;
    pthread_cond_signal(&x->feed->changed);
    pthread_mutex_unlock(&x->feed->lock);
}

/* The first version that the cluster has. False: see problem; 404 when it has none. */
static bool list_version(Follower *x, Str version, RemoteList *list, Arena *a,
                         RemoteProblem *problem)
{
    RemoteResource resource = { .group = x->source->group,
                                .version = version,
                                .resource = x->source->resource,
                                .kind = x->source->kind,
                                .lists = true,
                                .watches = true };
    list_begin(x);
    return remote_list(x->feed->options.remote, &resource, list, a, problem);
}

static bool list_all(Follower *x, Arena *a, RemoteProblem *problem)
{
    const StrList versions = x->source->versions;
    for (size_t i = 0; i < versions.count; i++) {
        RemoteList list = {
            .on_item = on_item, .on_restart = list_begin, .context = x, .forgets = true
        };
        if (list_version(x, versions.items[i], &list, a, problem)) {
            x->version = versions.items[i];
            set_version(x, list.version);
            list_end(x);
            return true;
        }
        if (problem->status != 404) {
            return false;
        }
    }
    return false;
}

/* -- the watch --------------------------------------------------------------------------------- */

typedef struct Watch {
    Follower *follower;
    Arena arena; /* of one event */
    Arena rest_arena;
    Buf rest; /* the beginning of the next event */
    bool expired;
    bool broken; /* what came makes no sense */
    uint64_t events;
} Watch;

static void take_event(Watch *w, const Value *event)
{
    Follower *x = w->follower;
    Feed *f = x->feed;
    Str type = value_get_str(event, STR("type"));
    const Value *object = value_get(event, STR("object"));
    const Value *metadata = value_get(object, STR("metadata"));
    if (str_eq(type, STR("ERROR"))) {
        OptInt64 code = value_get_int(object, STR("code"));
        w->expired = code.set && code.value == 410;
        w->broken = !w->expired;
        return;
    }
    Str version = value_get_str(metadata, STR("resourceVersion"));
    pthread_mutex_lock(&f->lock);
    if (str_eq(type, STR("ADDED")) || str_eq(type, STR("MODIFIED"))) {
        (void)live_state_put(f->state, object);
    } else if (str_eq(type, STR("DELETED"))) {
        live_state_remove(f->state, (ObjectKey){ x->source->group, x->source->kind,
                                                 value_get_str(metadata, STR("namespace")),
                                                 value_get_str(metadata, STR("name")) });
    }
    f->counts.events++;
    x->heard_ms = feed_now_ms();
    if (live_state_is_changed(f->state)) {
        pthread_cond_signal(&f->changed);
    }
    pthread_mutex_unlock(&f->lock);
    if (version.len) {
        set_version(x, version);
    }
    w->events++;
}

/* An event that is cut off, by a proxy that ends in the middle, is none: the watch begins again at
 * the version of the one before. */
static bool take_line(Watch *w, Str line)
{
    Value event;
    Err err;
    bool ok = json_read(STR("watch"), line, &doc_limits_default, &w->arena, &event, &err) &&
              value_is(&event, VALUE_OBJECT);
    if (ok) {
        take_event(w, &event);
    } else {
        w->broken = true;
    }
    arena_reset(&w->arena);
    return !w->expired && !w->broken;
}

static bool on_body(void *context, int status, Str bytes)
{
    Watch *w = context;
    if (status != 200) {
        return true; /* its Status is not needed */
    }
    if (!bytes.len) {
        watch_is_open(w->follower);
    }
    ptrdiff_t end;
    while ((end = str_index_byte(bytes, '\n')) >= 0) {
        Str line = str_slice(bytes, 0, (size_t)end);
        bytes = str_drop(bytes, (size_t)end + 1);
        if (w->rest.len) {
            buf_add(&w->rest, line);
            line = buf_str(&w->rest);
        }
        bool go_on = str_trim(line).len == 0 || take_line(w, line);
        if (w->rest.len) {
            arena_reset(&w->rest_arena);
            w->rest = buf_new(&w->rest_arena);
        }
        if (!go_on) {
            return false;
        }
    }
    buf_add(&w->rest, bytes);
    return w->rest.len < EVENT_BYTES_MAX;
}

static Str watch_path(const Follower *x, uint64_t seconds, Arena *a)
{
    const FeedSource *source = x->source;
    Str root = source->group.len
                   ? arena_printf(a, "/apis/%.*s/%.*s", STR_ARG(source->group), STR_ARG(x->version))
                   : arena_printf(a, "/api/%.*s", STR_ARG(x->version));
    return arena_printf(a,
                        "%.*s/%.*s?watch=1&allowWatchBookmarks=true&resourceVersion=%.*s"
                        "&timeoutSeconds=%llu",
                        STR_ARG(root), STR_ARG(source->resource), STR_ARG(x->resource_version),
                        (unsigned long long)seconds);
}

/* Reads until the watch ends. False when it did not go as it should. */
static bool watch(Follower *x, Arena *a, RemoteProblem *problem)
{
    Watch w = { .follower = x };
    OutboundCall call;
    OutboundAnswer answer = { 0 };
    uint64_t seconds = WATCH_SECONDS_MIN + random_below(x, WATCH_SECONDS_MIN);
    Remote *remote = x->feed->options.remote;
    if (!remote_call_begin(remote, watch_path(x, seconds, a), STR_ABSENT, a, &call, problem)) {
        return false;
    }
    call.timeout_ms = (int64_t)seconds * 1000 + WATCH_LATE_MS;
    call.head_ms = WATCH_HEAD_MS;
    arena_init(&w.arena, 0);
    arena_init(&w.rest_arena, 0);
    w.rest = buf_new(&w.rest_arena);
    OutboundReader reader = { .context = &w, .on_body = on_body, .cancel = x->cancel };
    outbound_read(remote_outbound(remote), &call, &reader, a, &answer);
    arena_done(&w.arena);
    arena_done(&w.rest_arena);
    if (w.expired || (answer.end == OUTBOUND_ANSWERED && answer.status == 410)) {
        set_version(x, STR(""));
        return true;
    }
    if (answer.end == OUTBOUND_ANSWERED && answer.status == 200 && !w.broken) {
        return true; /* its time was up */
    }
    *problem = (RemoteProblem){ .status = answer.end == OUTBOUND_ANSWERED ? answer.status : 0 };
    problem->text = answer.end != OUTBOUND_ANSWERED && answer.error.len ? answer.error
                    : answer.status != 200
                        ? arena_printf(a, "the server answered with %d", answer.status)
                        : STR("the watch broke off");
    /* It went well so far: what follows is no repeated failure. */
    x->failed = w.events ? 0 : x->failed;
    return w.events > 0;
}

/* -- again and again --------------------------------------------------------------------------- */

static int64_t retry_ms(Follower *x)
{
    int64_t ms = RETRY_MS_MIN;
    for (unsigned i = 1; i < x->failed && ms < RETRY_MS_MAX; i++) {
        ms *= 2;
    }
    ms = ms < RETRY_MS_MAX ? ms : RETRY_MS_MAX;
    return ms / 2 + (int64_t)random_below(x, (uint64_t)ms);
}

static bool failed(Follower *x, const RemoteProblem *problem)
{
    Feed *f = x->feed;
    /* A watch that cannot be taken up for a while may be refused for its version. */
    if (++x->failed % 4 == 0) {
        set_version(x, STR(""));
    }
    pthread_mutex_lock(&f->lock);
    bool was_reached = x->reached;
    x->reached = false;
    f->counts.failures++;
    bool stopping = f->stopping;
    pthread_mutex_unlock(&f->lock);
    if (!stopping && (was_reached || x->failed == 1)) {
        feed_log(f, "%.*s: %.*s; trying again", STR_ARG(x->source->resource),
                 STR_ARG(problem->text));
    }
    return feed_sleep(f, retry_ms(x));
}

/* -- a resource that is not there yet ---------------------------------------------------------- */

/* What is read of the watch of a definition: few and small events. */
typedef struct Definition {
    Arena arena;
    Buf rest;
    bool established;
} Definition;

static bool is_established(const Value *definition)
{
    VALUE_EACH_ITEM(c, value_at(definition, "status", "conditions", NULL)) {
        if (str_eq(value_get_str(c, STR("type")), STR("Established"))) {
            return str_eq(value_get_str(c, STR("status")), STR("True"));
        }
    }
    return false;
}

static bool on_definition(void *context, int status, Str bytes)
{
    Definition *d = context;
    if (status != 200) {
        return false;
    }
    buf_add(&d->rest, bytes);
    Str rest = buf_str(&d->rest);
    ptrdiff_t end;
    while ((end = str_index_byte(rest, '\n')) >= 0) {
        Str line = str_slice(rest, 0, (size_t)end);
        rest = str_drop(rest, (size_t)end + 1);
        Value event;
        Err err;
        if (json_read(STR("watch"), line, &doc_limits_default, &d->arena, &event, &err) &&
            !str_eq(value_get_str(&event, STR("type")), STR("DELETED"))) {
            d->established |= is_established(value_get_lit(&event, "object"));
        }
    }
    Buf kept = buf_new(&d->arena);
    buf_add(&kept, rest);
    d->rest = kept;
    return !d->established && d->arena.held < EVENT_BYTES_MAX;
}

/* Waits until the definition of the resource is established, by a watch that begins with what is
 * there. False: it cannot be watched, or was not made for long. */
static bool watch_definition(Follower *x, Arena *a)
{
    const FeedSource *source = x->source;
    Definition d = { 0 };
    OutboundCall call;
    OutboundAnswer answer = { 0 };
    RemoteProblem problem;
    Remote *remote = x->feed->options.remote;
    uint64_t seconds = WATCH_SECONDS_MIN + random_below(x, WATCH_SECONDS_MIN);
    Str path = arena_printf(a,
                            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?watch=1"
                            "&fieldSelector=metadata.name%%3D%.*s.%.*s&timeoutSeconds=%llu",
                            STR_ARG(source->resource), STR_ARG(source->group),
                            (unsigned long long)seconds);
    if (!remote_call_begin(remote, path, STR_ABSENT, a, &call, &problem)) {
        return false;
    }
    call.timeout_ms = (int64_t)seconds * 1000 + WATCH_LATE_MS;
    call.head_ms = WATCH_HEAD_MS;
    arena_init(&d.arena, 0);
    d.rest = buf_new(&d.arena);
    OutboundReader reader = { .context = &d, .on_body = on_definition, .cancel = x->cancel };
    outbound_read(remote_outbound(remote), &call, &reader, a, &answer);
    arena_done(&d.arena);
    return d.established;
}

/* The cluster has no such resource: it is empty, until it comes. One that is defined is served a
 * moment later. */
static bool lacking(Follower *x, Arena *a)
{
    list_end(x); /* of an empty list: list_version() began it */
    set_version(x, STR(""));
    x->failed = 0;
    if (x->source->is_custom && watch_definition(x, a)) {
        int64_t ms = SERVED_SOON_MS;
        for (unsigned i = 0; i < x->lacked && ms < LACKING_MS; i++) {
            ms *= 2;
        }
        x->lacked++;
        return feed_sleep(x->feed, ms);
    }
    return feed_sleep(x->feed, LACKING_MS / 2 + (int64_t)random_below(x, LACKING_MS));
}

void *follower_run(void *follower)
{
    Follower *x = follower;
    Arena a;
    arena_init(&a, 0);
    bool go_on = true;
    while (go_on && !feed_is_stopping(x->feed)) {
        RemoteProblem problem = { .text = STR("") };
        arena_reset(&a);
        bool lists = !x->resource_version.len;
        bool ok = lists ? list_all(x, &a, &problem) : watch(x, &a, &problem);
        if (ok) {
            x->lacked = 0;
            x->failed = lists ? x->failed : 0;
        } else if (problem.status == 404 && x->source->may_lack) {
            go_on = lists ? lacking(x, &a) : true;
            set_version(x, STR(""));
        } else {
            go_on = failed(x, &problem);
        }
    }
    arena_done(&a);
    return NULL;
}
