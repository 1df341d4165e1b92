/* SPDX-License-Identifier: Apache-2.0 */
/* Routes of the webhook, and a review on its way from bytes to bytes. */
#include "server/webhook/webhook.h"

#include "doc/json.h"
#include "server/metrics/metrics.h"
#include "server/metrics/process.h"
#include "server/webhook/published.h"

#include <setjmp.h>
#include <stdlib.h>
#include <time.h>

_Static_assert((int)HTTP_BODY_PADDING >= (int)JSON_PADDING, "a body is parsed where it lies");

enum {
    NAMESPACE_LOOK_MS = 5,
    ROUNDS_MAX = 256, /* of questions about one review */
};

struct Webhook {
    WebhookOptions options;
    Published *published; /* Snapshot */
    Published *regime;    /* Regime */
    int64_t published_ns; /* when; atomic */
    Counters *reviews;
    Counters *policies;
    Counters *passed;       /* what modes other than enforce let through */
    Histogram durations[2]; /* of /mutate and /validate */
    uint64_t malformed;     /* atomic */
    uint64_t in_flight;     /* atomic */
};

/* What a request has of what is published, until it is answered or has no memory left. */
typedef struct Held {
    const Snapshot *snapshot;
    const Regime *regime;
} Held;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void acquire_snapshot(const void *s)
{
    (void)snapshot_acquire(s);
}

static void release_snapshot(const void *s)
{
    snapshot_release(s);
}

/* "2026-11-30" */
static Str today(Arena *a)
{
    struct tm tm;
    time_t now = time(NULL);
    gmtime_r(&now, &tm);
    return arena_printf(a, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

Webhook *webhook_new(const WebhookOptions *options)
{
    Webhook *w = calloc(1, sizeof(*w));
    if (!w) {
        abort(); /* as an arena does when the system has no memory */
    }
    w->options = *options;
    w->published = published_new((PublishedKind){ acquire_snapshot, release_snapshot });
    w->regime = published_new((PublishedKind){ regime_acquire, regime_release });
    w->reviews = counters_new();
    w->policies = counters_new();
    w->passed = counters_new();
    return w;
}

void webhook_free(Webhook *w)
{
    if (w) {
        published_free(w->published);
        published_free(w->regime);
        counters_free(w->reviews);
        counters_free(w->policies);
        counters_free(w->passed);
        free(w);
    }
}

void webhook_publish(Webhook *w, const Snapshot *s)
{
    published_set(w->published, s);
    __atomic_store_n(&w->published_ns, now_ns(), __ATOMIC_RELAXED);
}

void webhook_set_regime(Webhook *w, const Regime *r)
{
    published_set(w->regime, r);
}

void webhook_write_idle(Webhook *w, bool since_start, Buf *b)
{
    const Regime *r = published_acquire(w->regime);
    if (r) {
        regime_write_idle(r, today(b->arena), since_start, b);
        regime_release(r);
    }
}

/* -- reviews ----------------------------------------------------------------------------------- */

static void answer_text(HttpResponse *out, int status, Str text)
{
    out->status = status;
    out->body = text;
    http_response_header(out, STR("Content-Type"), STR("text/plain; charset=utf-8"));
}

/* Anything that an API server does not say counts as one. */
static const char *operation_label(const AdmissionRequest *r)
{
    switch (r->operation) {
    case ADMISSION_CREATE:
        return "CREATE";
    case ADMISSION_UPDATE:
        return "UPDATE";
    case ADMISSION_DELETE:
        return "DELETE";
    case ADMISSION_CONNECT:
        return "CONNECT";
    }
    return "";
}

/* Resources are the API server's to name: labels of a metric are safe with it, but not with who
 * else may reach the port. */
static void add_label(Buf *b, Str text)
{
    size_t len = text.len < 64 ? text.len : 64;
    char *to = buf_reserve(b, len);
    for (size_t i = 0; i < len; i++) {
        char c = text.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '-' || c == '.';
        to[i] = is_plain ? c : '_';
    }
    b->len += len;
}

static Str label_text(Str text, Arena *a)
{
    Buf b = buf_new(a);
    add_label(&b, text);
    return buf_str(&b);
}

static void count_regime(Webhook *w, const Regime *regime, const ReviewResult *r, Arena *a)
{
    for (int i = 0; i < ENFORCEMENT_PLUGIN_COUNT; i++) {
        if (r->exempt[i]) {
            regime_count(regime, r->exempt[i]);
        }
    }
    for (size_t i = 0; i < r->passed_count; i++) {
        counters_add(w->passed,
                     arena_printf(a, "mode=\"%.*s\",namespace=\"%.*s\",plugin=\"%.*s\"",
                                  STR_ARG(enforcement_mode_name(r->passed[i].mode)),
                                  STR_ARG(label_text(r->request.namespace, a)),
                                  STR_ARG(enforcement_plugin_name(r->passed[i].plugin))),
                     1);
    }
}

/* With each review: printf() would take longer than the rest of the counting. */
static void count(Webhook *w, const char *phase, const ReviewResult *r, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "allowed=\"");
    buf_add(&b, r->allowed ? STR("true\",code=\"200") : STR("false\",code=\""));
    if (!r->allowed) {
        buf_int(&b, r->decision.status.code);
    }
    buf_lit(&b, "\",operation=\"");
    buf_add(&b, str_from_c(operation_label(&r->request)));
    buf_lit(&b, "\",phase=\"");
    buf_add(&b, str_from_c(phase));
    buf_lit(&b, "\",resource=\"");
    add_label(&b, r->request.resource);
    buf_byte(&b, '"');
    counters_add(w->reviews, buf_str(&b), 1);
    if (r->decision.psp.len) {
        b = buf_new(a);
        buf_lit(&b, "phase=\"");
        buf_add(&b, str_from_c(phase));
        buf_lit(&b, "\",policy=\"");
        add_label(&b, r->decision.psp);
        buf_byte(&b, '"');
        counters_add(w->policies, buf_str(&b), 1);
    }
}

/* By the latest snapshot, which takes the place of *held: names in the result lead into it. The
 * body is read in place: a review that must wait keeps a copy to read again. */
static bool answer_once(Webhook *w, const ReviewOptions *options, Str body, Arena *a, Buf *answer,
                        ReviewResult *result, const Snapshot **held, Err *err)
{
    published_release(w->published, *held);
    *held = published_acquire(w->published);
    if (!*held) {
        return err_set(err, a, ERR_IO, "not ready: the cluster is not known yet");
    }
    return review_answer(snapshot_facts(*held), options, STR("review"), (char *)(uintptr_t)body.ptr,
                         body.len, a, answer, result, err);
}

typedef enum Answering { ANSWER_READY, ANSWER_FAILED, ANSWER_MUST_BLOCK } Answering;

/* What a review waits for comes; false with the reason when it did not. */
static bool wait_for_more(Webhook *w, const ReviewResult *result, AccessRound *asked, int round,
                          Arena *a, Err *err)
{
    if (!result->waits) {
        const struct timespec pause = { .tv_nsec = NAMESPACE_LOOK_MS * 1000000L };
        nanosleep(&pause, NULL);
        return true;
    }
    if (!w->options.access || round >= ROUNDS_MAX) {
        return err_set(err, a, ERR_IO, "too many questions about who may use which policy");
    }
    access_round_ask(asked);
    return true;
}

/* Decides until nothing is missing: a namespace that is not known yet, who may use a policy. *held,
 * which the caller releases, is needed for as long as the result is. */
static Answering answer_review(Webhook *w, ReviewOptions *options, const HttpRequest *request,
                               Arena *a, Buf *answer, ReviewResult *result, const Snapshot **held,
                               Err *err)
{
    AccessRound asked;
    Str body = request->body;
    bool may_wait = options->needs_namespace && w->options.namespace_wait_ms;
    if (w->options.access) {
        access_round_begin(&asked, w->options.access, a);
        options->access = &asked.asker;
    }
    int round = 0;
    for (unsigned waited = 0;; waited += result->waits ? 0 : NAMESPACE_LOOK_MS) {
        Str text = body;
        if (may_wait || options->access) {
            char *copy = arena_alloc(a, body.len + JSON_PADDING);
            memcpy(copy, body.ptr, body.len);
            text = str_from(copy, body.len);
        }
        *answer = buf_new(a);
        if (!answer_once(w, options, text, a, answer, result, held, err)) {
            return ANSWER_FAILED;
        }
        bool comes = may_wait && result->lacks_namespace && waited < w->options.namespace_wait_ms;
        if (!result->waits && !comes) {
            options->access = NULL;
            return ANSWER_READY;
        }
        if (!request->may_block) {
            return ANSWER_MUST_BLOCK;
        }
        if (!wait_for_more(w, result, &asked, ++round, a, err)) {
            return ANSWER_FAILED;
        }
    }
}

static void serve_review(Webhook *w, Held *held, ReviewPhase phase, const HttpRequest *request,
                         Arena *a, HttpResponse *out)
{
    const Regime *regime = held->regime = published_acquire(w->regime);
    bool mutates = phase == REVIEW_MUTATE;
    ReviewOptions options = {
        .target = &w->options.target,
        .plugins = w->options.plugins,
        .limits = &review_limits,
        .phase = phase,
        .pod_security = &w->options.pod_security,
        .needs_namespace = w->options.needs_namespace,
        .enforcement = regime ? &regime->enforcement : NULL,
        .today = regime ? today(a) : STR_ABSENT,
    };
    ReviewResult result;
    Buf answer;
    Err err;
    int64_t began = now_ns();
    if (!request->body.ptr) {
        answer_text(out, 400, STR("review: a body is needed: an AdmissionReview\n"));
        __atomic_add_fetch(&w->malformed, 1, __ATOMIC_RELAXED);
        return;
    }
    switch (answer_review(w, &options, request, a, &answer, &result, &held->snapshot, &err)) {
    case ANSWER_READY:
        break;
    case ANSWER_MUST_BLOCK:
        out->must_block = true;
        return;
    case ANSWER_FAILED:;
        bool is_ready = err.code != ERR_IO;
        answer_text(out, is_ready ? 400 : 503, arena_concat(a, err.msg, STR("\n")));
        __atomic_add_fetch(&w->malformed, is_ready, __ATOMIC_RELAXED);
        return;
    }
    out->status = 200;
    out->body = buf_str(&answer);
    http_response_header(out, STR("Content-Type"), STR("application/json"));
    count(w, mutates ? "mutate" : "validate", &result, a);
    if (regime && !mutates) { /* each request once */
        count_regime(w, regime, &result, a);
    }
    if (w->options.decided) {
        w->options.decided(w->options.context, &options, &result);
    }
    histogram_add(&w->durations[mutates ? 0 : 1], (uint64_t)(now_ns() - began));
}

static void serve_mutate(Webhook *w, Held *held, const HttpRequest *request, Arena *a,
                         HttpResponse *out)
{
    serve_review(w, held, REVIEW_MUTATE, request, a, out);
}

static void serve_validate(Webhook *w, Held *held, const HttpRequest *request, Arena *a,
                           HttpResponse *out)
{
    serve_review(w, held, REVIEW_VALIDATE, request, a, out);
}

/* -- health and metrics ------------------------------------------------------------------------ */

static void serve_health(Webhook *w, Held *held, const HttpRequest *request, Arena *a,
                         HttpResponse *out)
{
    (void)w;
    (void)held;
    (void)request;
    (void)a;
    answer_text(out, 200, STR("ok"));
}

static void serve_ready(Webhook *w, Held *held, const HttpRequest *request, Arena *a,
                        HttpResponse *out)
{
    (void)request;
    const Snapshot *s = held->snapshot = published_acquire(w->published);
    Str why = s ? STR_ABSENT : STR("the cluster is not known yet");
    if (s && w->options.not_ready) {
        why = w->options.not_ready(w->options.context, a);
    }
    answer_text(out, why.ptr ? 503 : 200,
                why.ptr ? arena_printf(a, "not ready: %.*s\n", STR_ARG(why)) : STR("ok"));
}

static void write_snapshot(Webhook *w, Buf *b)
{
    const Snapshot *s = published_acquire(w->published);
    if (!s) {
        return;
    }
    SnapshotStats stats = snapshot_stats(s);
    published_release(w->published, s);
    int64_t age = now_ns() - __atomic_load_n(&w->published_ns, __ATOMIC_RELAXED);
    metrics_write_one(STR("podgate_snapshot_age_seconds"), "gauge",
                      "Since the snapshot that decides was published.", (double)age / 1e9, b);
    Str name = STR("podgate_snapshot_objects");
    metrics_write_head(name, "gauge", "What the snapshot that decides holds.", b);
    const struct {
        const char *of;
        size_t count;
    } rows[] = { { "policies", stats.policies },
                 { "roles", stats.roles },
                 { "bindings", stats.bindings },
                 { "objects", stats.objects } };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        buf_printf(b, "%.*s{of=\"%s\"} %zu\n", STR_ARG(name), rows[i].of, rows[i].count);
    }
}

static void serve_metrics(Webhook *w, Held *held, const HttpRequest *request, Arena *a,
                          HttpResponse *out)
{
    (void)request;
    Buf b = buf_new(a);
    counters_write(w->reviews, STR("podgate_reviews_total"), STR("Reviews answered."), &b);
    counters_write(w->policies, STR("podgate_policy_decisions_total"),
                   STR("Pods admitted, by the PodSecurityPolicy that did."), &b);
    metrics_write_one(STR("podgate_malformed_reviews_total"), "counter",
                      "Bodies that are no AdmissionReview.",
                      (double)__atomic_load_n(&w->malformed, __ATOMIC_RELAXED), &b);
    metrics_write_one(STR("podgate_requests_in_flight"), "gauge", "Requests being answered.",
                      (double)__atomic_load_n(&w->in_flight, __ATOMIC_RELAXED), &b);
    Str name = STR("podgate_review_duration_seconds");
    metrics_write_head(name, "histogram", "From the last byte of a review to its answer.", &b);
    histogram_write(&w->durations[0], name, STR("phase=\"mutate\""), &b);
    histogram_write(&w->durations[1], name, STR("phase=\"validate\""), &b);
    counters_write(w->passed, STR("podgate_would_refuse_total"),
                   STR("What would have been refused, had the mode been to enforce."), &b);
    const Regime *regime = held->regime = published_acquire(w->regime);
    if (regime) {
        regime_write_metrics(regime, today(a), &b);
    }
    write_snapshot(w, &b);
    if (w->options.access) {
        access_write_metrics(w->options.access, &b);
    }
    if (w->options.write_metrics) {
        w->options.write_metrics(w->options.context, &b);
    }
    metrics_write_process(&b);
    out->status = 200;
    out->body = buf_str(&b);
    http_response_header(out, STR("Content-Type"), STR("text/plain; version=0.0.4"));
}

/* -- routes ------------------------------------------------------------------------------------ */

static const struct Route {
    Str path;
    Str method;
    bool is_review;
    void (*serve)(Webhook *w, Held *held, const HttpRequest *request, Arena *a, HttpResponse *out);
} routes[] = {
    { STR_INIT("/mutate"), STR_INIT("POST"), true, serve_mutate },
    { STR_INIT("/validate"), STR_INIT("POST"), true, serve_validate },
    { STR_INIT("/healthz"), STR_INIT("GET"), false, serve_health },
    { STR_INIT("/livez"), STR_INIT("GET"), false, serve_health },
    { STR_INIT("/readyz"), STR_INIT("GET"), false, serve_ready },
    { STR_INIT("/metrics"), STR_INIT("GET"), false, serve_metrics },
};

static void route(Webhook *w, Held *held, const HttpRequest *request, Arena *a, HttpResponse *out)
{
    Str path, query;
    if (!str_split_once(request->target, '?', &path, &query)) {
        path = request->target;
    }
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        const struct Route *r = &routes[i];
        if (!str_eq(path, r->path)) {
            continue;
        }
        if (!str_eq(request->method, r->method)) {
            http_response_header(out, STR("Allow"), r->method);
            answer_text(out, 405, STR("method not allowed\n"));
        } else if (r->is_review && w->options.needs_client_cert && !request->client_cn.ptr) {
            answer_text(out, 401, STR("a client certificate is needed\n"));
        } else {
            r->serve(w, held, request, a, out);
        }
        return;
    }
    answer_text(out, 404, STR("not found\n"));
}

static void let_go(Webhook *w, const Held *held)
{
    published_release(w->published, held->snapshot);
    published_release(w->regime, held->regime);
    __atomic_sub_fetch(&w->in_flight, 1, __ATOMIC_RELAXED);
}

/* Whoever has no memory left must not keep a snapshot either: it comes by here on its way to who
 * answers that. *held is the caller's, so that a jump leaves it as it is. */
static void serve_held(Webhook *w, Held *held, const HttpRequest *request, Arena *a,
                       HttpResponse *out)
{
    jmp_buf full;
    jmp_buf *outer = a->on_full;
    if (outer) { /* else the process ends */
        if (setjmp(full)) {
            let_go(w, held);
            arena_on_full(a, outer);
            longjmp(*outer, 1);
        }
        arena_on_full(a, &full);
    }
    route(w, held, request, a, out);
    arena_on_full(a, outer);
}

void webhook_serve(void *context, const HttpRequest *request, Arena *a, HttpResponse *out)
{
    Webhook *w = context;
    Held held = { 0 };
    __atomic_add_fetch(&w->in_flight, 1, __ATOMIC_RELAXED);
    serve_held(w, &held, request, a, out);
    let_go(w, &held);
}
