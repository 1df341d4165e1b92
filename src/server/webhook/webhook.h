/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admission webhook of a real cluster: HTTP requests of its API server in, answers out.
 *
 *     POST /mutate    AdmissionReview: what policies set, or why none accepts
 *     POST /validate  AdmissionReview: policies and Pod Security, of the object as it will be
 * stored GET  /healthz, /livez, /readyz, /metrics
 *
 * Decisions are made from the snapshot that was published last. No socket here and no cluster: who
 * publishes is another's business.
 */
#ifndef PODGATE_SERVER_WEBHOOK_WEBHOOK_H
#define PODGATE_SERVER_WEBHOOK_WEBHOOK_H

#include "cluster/snapshot.h"
#include "decide/psa/config.h"
#include "server/access/access.h"
#include "server/http/http.h"
#include "server/webhook/regime.h"
#include "server/webhook/review.h"

/* HttpServerOptions.connection_bytes: headers of an API server, and with them a usual review. */
enum { WEBHOOK_CONNECTION_BYTES = 16 * 1024 };

typedef struct Webhook Webhook;

typedef struct WebhookOptions {
    KubeTarget target;
    uint64_t plugins;       /* bits of AdmissionPluginId */
    PsaConfig pod_security; /* must outlive the webhook */
    bool needs_namespace;   /* see ReviewOptions */
    bool needs_client_cert; /* reviews without a certificate of the listener's client CA: 401 */
    /* How long a review waits for its namespace to be published: it may be younger than what the
     * last watch event told. Milliseconds. */
    unsigned namespace_wait_ms;
    Access *access; /* who may use a policy is asked there; NULL: RBAC of the snapshot says it */
    /* More for /metrics, and what keeps it from being ready (absent when nothing does); both may be
     * NULL. */
    void (*write_metrics)(void *context, Buf *b);
    Str (*not_ready)(void *context, Arena *a);
    /* Every decision, as it was answered; may be NULL. */
    void (*decided)(void *context, const ReviewOptions *options, const ReviewResult *result);
    void *context;
} WebhookOptions;

Webhook *webhook_new(const WebhookOptions *options);
/* The listener has stopped. */
void webhook_free(Webhook *w);

/* Each takes the caller's reference. One thread at a time. Without a regime everything is enforced.
 */
void webhook_publish(Webhook *w, const Snapshot *s);
void webhook_set_regime(Webhook *w, const Regime *r);
/* regime_write_idle() of the regime in force; true since the start. */
void webhook_write_idle(Webhook *w, bool since_start, Buf *b);

/* HttpHandler; context is the webhook. */
void webhook_serve(void *context, const HttpRequest *request, Arena *a, HttpResponse *out);

#endif
