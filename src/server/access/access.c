/* SPDX-License-Identifier: Apache-2.0 */
/* SubjectAccessReviews: made of questions, sent, read. */
#include "server/access/access.h"

#include "doc/json.h"
#include "server/access/cache.h"
#include "server/metrics/metrics.h"

#include <stdlib.h>
#include <time.h>

#define PATH STR("/apis/authorization.k8s.io/v1/subjectaccessreviews")

enum {
    AT_ONCE_MAX = 8, /* each takes a connection */
    TRIES_MAX = 3,
    RETRY_MS = 100, /* before the second try, twice that before the third */
    STATUS_UNAUTHORIZED = 401,
    STATUS_TOO_MANY = 429,
};

struct Access {
    AccessOptions options;
    AccessCache *cache;
    Counters *answers; /* by result */
    Histogram durations;
    uint64_t hits; /* atomic, as below */
    uint64_t misses;
};

typedef struct AccessAsked {
    struct AccessAsked *next;
    AccessKey key;
    AccessAnswer answer;
    Str body;
} AccessAsked;

static int64_t system_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

Access *access_new(const AccessOptions *options)
{
    Access *x = calloc(1, sizeof(*x));
    if (!x) {
        abort(); /* as an arena does when the system has no memory */
    }
    x->options = *options;
    x->options.now_ms = options->now_ms ? options->now_ms : system_now_ms;
    x->cache = access_cache_new(options->entries_max ? options->entries_max : ACCESS_ENTRIES_MAX);
    x->answers = counters_new();
    return x;
}

void access_free(Access *x)
{
    if (x) {
        access_cache_free(x->cache);
        counters_free(x->answers);
        free(x);
    }
}

void access_write_metrics(Access *x, Buf *b)
{
    counters_write(x->answers, STR("podgate_access_reviews_total"),
                   STR("Answers of the API server to who may use a policy; error: none came."), b);
    metrics_write_one(STR("podgate_access_cache_hits_total"), "counter",
                      "Questions answered by what is kept.",
                      (double)__atomic_load_n(&x->hits, __ATOMIC_RELAXED), b);
    metrics_write_one(STR("podgate_access_cache_misses_total"), "counter",
                      "Questions that had to be asked.",
                      (double)__atomic_load_n(&x->misses, __ATOMIC_RELAXED), b);
    metrics_write_one(STR("podgate_access_cache_entries"), "gauge", "Answers that are kept.",
                      (double)access_cache_count(x->cache), b);
    Str name = STR("podgate_access_review_duration_seconds");
    metrics_write_head(name, "histogram", "How long the API server took to answer.", b);
    histogram_write(&x->durations, name, STR(""), b);
}

/* -- the question ------------------------------------------------------------------------------ */

static void set_text(Value *object, const char *name, Str text, Arena *a)
{
    if (text.len) {
        value_set(object, str_from_c(name), value_str(text), a);
    }
}

/* Names and groups as the API server has them; what is empty is left out, as a client does. */
static Str review_of(const AccessQuestion *q, Arena *a)
{
    Value review = value_object(), spec = value_object(), attributes = value_object();
    set_text(&attributes, "namespace", q->namespace, a);
    set_text(&attributes, "verb", q->verb, a);
    set_text(&attributes, "group", q->group, a);
    set_text(&attributes, "resource", q->resource, a);
    set_text(&attributes, "name", q->name, a);
    value_set_lit(&spec, "resourceAttributes", attributes, a);
    set_text(&spec, "user", q->user->name, a);
    set_text(&spec, "uid", q->user->uid, a);
    if (q->user->groups.count) {
        Value groups = value_array();
        for (size_t i = 0; i < q->user->groups.count; i++) {
            value_add(&groups, value_str(q->user->groups.items[i]), a);
        }
        value_set_lit(&spec, "groups", groups, a);
    }
    if (value_len(q->user->extra)) {
        value_set_lit(&spec, "extra", *q->user->extra, a);
    }
    set_text(&review, "apiVersion", STR("authorization.k8s.io/v1"), a);
    set_text(&review, "kind", STR("SubjectAccessReview"), a);
    value_set_lit(&review, "spec", spec, a);
    Buf b = buf_new(a);
    json_write(&review, &b);
    return buf_str(&b);
}

static AccessAsked *find(const AccessRound *r, const AccessKey *key)
{
    AccessAsked *x = r->asked;
    while (x && memcmp(&x->key, key, sizeof(*key)) != 0) {
        x = x->next;
    }
    return x;
}

/* What was answered in this review stays so, whatever becomes of the cache meanwhile. */
static AccessAnswer ask(void *context, const AccessQuestion *q)
{
    AccessRound *r = context;
    Access *x = r->access;
    AccessKey key;
    Str body = review_of(q, r->arena);
    sha256(body, key.digest);
    AccessAsked *asked = find(r, &key);
    if (asked) {
        return asked->answer;
    }
    bool allowed;
    bool known = access_cache_get(x->cache, &key, x->options.now_ms(), &allowed);
    __atomic_add_fetch(known ? &x->hits : &x->misses, 1, __ATOMIC_RELAXED);
    asked = new(r->arena, AccessAsked, 1);
    *asked = (AccessAsked){ r->asked, key,
                            !known    ? ACCESS_UNKNOWN
                            : allowed ? ACCESS_ALLOWED
                                      : ACCESS_DENIED,
                            body };
    r->asked = asked;
    r->unknown += !known;
    return asked->answer;
}

void access_round_begin(AccessRound *r, Access *x, Arena *a)
{
    *r = (AccessRound){ .asker = { .context = r, .ask = ask }, .access = x, .arena = a };
    r->until_ms = x->options.now_ms() + x->options.timeout_ms;
}

/* -- the answer -------------------------------------------------------------------------------- */

static void settle(AccessRound *r, AccessAsked *q, AccessAnswer answer, const char *result)
{
    q->answer = answer;
    r->unknown--;
    counters_add(r->access->answers, arena_printf(r->arena, "result=\"%s\"", result), 1);
}

static void fail(AccessRound *r, AccessAsked *q, Str problem)
{
    r->asker.problem = problem;
    settle(r, q, ACCESS_DENIED, "error");
}

/* False when it is no answer. One that both allows and denies is wrong, and denies. */
static bool read_answer(AccessRound *r, AccessAsked *q, const OutboundAnswer *answer)
{
    Access *x = r->access;
    Value review;
    Err err;
    if (!json_read(STR("SubjectAccessReview"), answer->body, NULL, r->arena, &review, &err)) {
        return false;
    }
    const Value *status = value_get_lit(&review, "status");
    OptBool allowed = value_get_bool(status, STR("allowed"));
    if (!allowed.set) {
        return false;
    }
    bool may = allowed.value && !value_get_bool(status, STR("denied")).value;
    int64_t now = x->options.now_ms();
    access_cache_put(x->cache, &q->key, may, now,
                     now + (may ? x->options.allowed_ms : x->options.denied_ms));
    settle(r, q, may ? ACCESS_ALLOWED : ACCESS_DENIED, may ? "allowed" : "denied");
    return true;
}

static bool may_be_tried_again(const AccessRound *r, const OutboundAnswer *answer)
{
    if (answer->end != OUTBOUND_ANSWERED) {
        return answer->end == OUTBOUND_FAILED;
    }
    return answer->status == STATUS_TOO_MANY || answer->status >= 500 ||
           (answer->status == STATUS_UNAUTHORIZED &&
            remote_forget_credentials(r->access->options.remote));
}

/* is_last: what fails now has failed. */
static void take(AccessRound *r, AccessAsked *q, const OutboundAnswer *answer, bool is_last)
{
    RemoteProblem problem = { .text = answer->error };
    bool answered = answer->end == OUTBOUND_ANSWERED;
    if (answered) {
        histogram_add(&r->access->durations, (uint64_t)answer->took_micros * 1000);
    }
    if (answered && (answer->status == 200 || answer->status == 201)) {
        if (read_answer(r, q, answer)) {
            return;
        }
        problem.text = STR("the answer is no SubjectAccessReview");
    } else if (answered) {
        remote_refusal(answer, r->arena, &problem);
    }
    if (is_last || !may_be_tried_again(r, answer)) {
        fail(r, q, problem.text.len ? problem.text : STR("it does not answer"));
    }
}

/* Some of those that are unknown. */
static void ask_some(AccessRound *r, AccessAsked **asked, size_t count, bool is_last)
{
    Remote *remote = r->access->options.remote;
    OutboundCall call;
    RemoteProblem problem;
    int64_t left = r->until_ms - r->access->options.now_ms();
    bool can = left > 0;
    problem.text = STR("no time is left to ask");
    can = can && remote_call_begin(remote, PATH, STR_ABSENT, r->arena, &call, &problem);
    if (!can) {
        for (size_t i = 0; i < count; i++) {
            fail(r, asked[i], problem.text);
        }
        return;
    }
    HttpHeader *headers = new(r->arena, HttpHeader, call.header_count + 1);
    memcpy(headers, call.headers, call.header_count * sizeof(*headers));
    headers[call.header_count] = (HttpHeader){ STR("Content-Type"), STR("application/json") };
    call.headers = headers;
    call.header_count++;
    call.method = STR("POST");
    call.timeout_ms = left;
    OutboundCall calls[AT_ONCE_MAX];
    OutboundAnswer answers[AT_ONCE_MAX];
    for (size_t i = 0; i < count; i++) {
        calls[i] = call;
        calls[i].body = asked[i]->body;
    }
    outbound_call_all(remote_outbound(remote), calls, count, r->arena, answers);
    for (size_t i = 0; i < count; i++) {
        take(r, asked[i], &answers[i], is_last);
    }
}

static void ask_each(AccessRound *r, bool is_last)
{
    AccessAsked *some[AT_ONCE_MAX];
    size_t count = 0;
    for (AccessAsked *q = r->asked; q; q = q->next) {
        if (q->answer == ACCESS_UNKNOWN) {
            some[count++] = q;
        }
        if (count == AT_ONCE_MAX || (count && !q->next)) {
            ask_some(r, some, count, is_last);
            count = 0;
        }
    }
}

void access_round_ask(AccessRound *r)
{
    for (int tries = 1; r->unknown && tries <= TRIES_MAX; tries++) {
        ask_each(r, tries == TRIES_MAX);
        if (r->unknown) {
            const struct timespec pause = { .tv_nsec = (long)RETRY_MS * tries * 1000000 };
            nanosleep(&pause, NULL);
        }
    }
}
