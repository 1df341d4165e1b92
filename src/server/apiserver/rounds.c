/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request over the store: what it holds of it, and the rounds that it takes when webhooks must
 * be asked.
 */
#include "base/url.h"
#include "server/apiserver/private.h"
#include "server/apiserver/webhook_metrics.h"
#include "server/apiserver/webhooks.h"

#include <time.h>

/* How often a request is handled anew with more answers of webhooks. */
enum { ROUNDS_MAX = 256 };

static int64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Answers with a Status what the handler could not be brought to answer. */
static void give_up(ApiResponse *out, Status status, Arena *a)
{
    *out = (ApiResponse){
        .code = status.code,
        .status = status,
        .is_status = true,
        .body = status_to_value(&status, a),
        .info = out->info,
        .user = out->user,
        .was_authorized = out->was_authorized,
        .authorized = out->authorized,
        .authorization_reason = out->authorization_reason,
    };
}

/* Asks what the handler asked for, with nothing held meanwhile, and adds the answers to those of
 * the request. */
static void ask(ApiHold *h, ApiRequest *request, const ApiResponse *r, int64_t ms_left, Arena *a)
{
    ApiServer *s = h->server;
    size_t known = request->answer_count;
    WebhookPlan *plans = webhooks_plan(store_facts(s->store), &s->options, r->asks, r->ask_count,
                                       ms_left, a);
    ApiAnswer *answers = new(a, ApiAnswer, known + r->ask_count);
    if (known) {
        memcpy(answers, request->answers, known * sizeof(*answers));
    }
    apiserver_end(h);
    apiserver_leave(h);
    webhooks_call(s->outbound, r->asks, plans, r->ask_count, a, answers + known);
    apiserver_begin(h);
    request->answers = answers;
    request->answer_count = known + r->ask_count;
}

/* How long the request may take, in seconds, as far as webhooks are concerned: what the client says
 * ("?timeout=5s"), if that is less than usual. */
static int64_t seconds_of(const ApiResponse *r, Arena *a)
{
    Str text = r->info.query.len ? url_query_get(r->info.query, STR("timeout"), a) : STR("");
    Str number = str_cut_suffix(text, STR("s"));
    int64_t seconds;
    return number.len < text.len && str_to_int64(number, &seconds) && seconds > 0 &&
                   seconds < WEBHOOK_SECONDS_MAX
               ? seconds
               : WEBHOOK_SECONDS_MAX;
}

/* False: somebody must be asked, and may not be. */
static bool handle(ApiHold *h, ApiRequest *request, bool may_block, Arena *a, ApiResponse *out)
{
    int64_t begun = monotonic_ms();
    for (int round = 0; round < ROUNDS_MAX; round++) {
        api_handle(store_facts(h->server->store), request, a, out);
        if (!out->ask_count) {
            return true;
        }
        int64_t left = begun + 1000 * seconds_of(out, a) - monotonic_ms();
        if (!may_block) {
            return false;
        }
        if (left <= 0) {
            give_up(out,
                    (Status){ .code = 504,
                              .reason = STR("Timeout"),
                              .has_details = true,
                              .message = STR("Timeout: request did not complete within requested "
                                             "timeout") },
                    a);
            return true;
        }
        ask(h, request, out, left, a);
    }
    give_up(out,
            status_internal(a, STR("what webhooks are asked about changed too often meanwhile")),
            a);
    return true;
}

/* What writes holds the store alone, but for the time in which webhooks are asked: then the
 * request is handled again, over the store as it is by then, and what its answers are not for is
 * asked again. */
bool apiserver_call(ApiHold *h, ApiRequest *request, bool may_block, Arena *a, ApiResponse *out)
{
    ApiServer *s = h->server;
    ApiServing serving = {
        .context = s,
        .store = s->store,
        .seed = apiserver_seed(s),
        .server_address = request->host,
        .asks = true,
    };
    apiserver_now(s, &serving.now_seconds, &serving.now_micros);
    apiserver_fill_serving(s, &serving);
    request->serving = &serving;
    request->target = &s->options.target;
    request->admission = request->admission ? request->admission : &s->options.admission;
    bool handled = handle(h, request, may_block, a, out);
    if (handled && out->change_count && !api_is_read(request->method, request->uri)) {
        store_commit(s->store, out->changes, out->change_count);
    }
    if (handled) {
        webhook_metrics_count(s->webhook_metrics, out->decision);
    }
    request->serving = NULL;
    return handled;
}

void apiserver_begin(ApiHold *h)
{
    if (api_is_read(h->request->method, h->request->uri)) {
        store_read_begin(h->server->store, &h->reader);
    } else {
        store_write_begin(h->server->store, &h->reader);
    }
    h->still = h->entered = true;
}

void apiserver_end(ApiHold *h)
{
    if (!h->still) {
        return;
    }
    h->still = false;
    if (api_is_read(h->request->method, h->request->uri)) {
        store_read_end(h->server->store, &h->reader);
    } else {
        store_write_end(h->server->store, &h->reader);
    }
}

void apiserver_leave(ApiHold *h)
{
    apiserver_end(h);
    if (h->entered) {
        h->entered = false;
        store_leave(h->server->store, &h->reader);
    }
}
