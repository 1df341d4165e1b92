/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends a request, and what a handler asks of the server: tokens, and what it counted. */
#include "server/apiserver/metrics.h"
#include "server/apiserver/webhook_metrics.h"
#include "server/apiserver/private.h"
#include "server/auth/auth.h"
#include "server/auth/certs.h"
#include "server/data/data.h"
#include "server/metrics/process.h"

bool apiserver_authenticate(ApiServer *s, const HttpRequest *request, Arena *a, UserInfo *out)
{
    int64_t now;
    int32_t micros;
    apiserver_now(s, &now, &micros);
    return auth_request(s->options.auth, request, store_facts(s->store), now, a, out);
}

Str apiserver_credentials(const HttpRequest *request)
{
    if (request->client_cert_invalid) {
        return STR("x509");
    }
    return http_header(request, STR("Authorization")).ptr ? STR("bearer") : STR("");
}

static void review_token(void *context, Str token, StrList audiences, int64_t now, Arena *a,
                         ApiTokenAnswer *out)
{
    ApiServer *s = context;
    TokenQuestion q = {
        .token = token, .audiences = audiences, .facts = store_facts(s->store), .now = now
    };
    AuthTokenAnswer answer;
    auth_token(s->options.auth, &q, a, &answer);
    *out = (ApiTokenAnswer){ answer.authenticated, answer.user, answer.audiences, answer.error };
}

static Str issue_token(void *context, const ApiTokenOrder *order, int64_t now, Arena *a)
{
    ApiServer *s = context;
    ServiceAccountRef who = { order->namespace, order->account, order->account_uid };
    bool pod = str_eq(order->bound_kind, STR("Pod"));
    bool node = str_eq(order->bound_kind, STR("Node"));
    bool secret = str_eq(order->bound_kind, STR("Secret"));
    BoundToken bound = {
        .audiences = order->audiences,
        .now = now,
        .expires = order->expires,
        .warn_after = order->warn_after,
        .pod_name = pod ? order->bound_name : STR_ABSENT,
        .pod_uid = pod ? order->bound_uid : STR_ABSENT,
        .secret_name = secret ? order->bound_name : STR_ABSENT,
        .secret_uid = secret ? order->bound_uid : STR_ABSENT,
        .node_name = node ? order->bound_name : order->node_name,
        .node_uid = node ? order->bound_uid : order->node_uid,
        .id = order->id,
    };
    return service_account_bound_token(auth_issuer(s->options.auth), &who, &bound, a);
}

static Str certificate_request_error(void *context, Str der, Arena *a)
{
    (void)context;
    return cert_request_error(der, a);
}

static Str metrics_text(void *context, Arena *a)
{
    ApiServer *s = context;
    Arena own; /* without a ceiling: locks are held while it is written */
    arena_init(&own, 0);
    Buf b = buf_new(&own);
    metrics_write_requests(s->metrics, &b);
    webhook_metrics_write(s->webhook_metrics, &b);
    apiserver_write_watches(s, &b);
    metrics_write_objects(s->store, &s->options.target, &b);
    if (s->options.data) {
        DataStats stats = data_stats(s->options.data);
        metrics_write_data(&stats, &b);
    }
    metrics_write_process(&b);
    Str text = arena_str(a, buf_str(&b));
    arena_done(&own);
    return text;
}

void apiserver_fill_serving(ApiServer *s, ApiServing *out)
{
    out->review_token = review_token;
    out->issue_token = issue_token;
    out->certificate_request_error = certificate_request_error;
    out->own_path = apiserver_own_path;
    out->metrics = metrics_text;
    out->audiences = auth_issuer(s->options.auth)->audiences;
}
