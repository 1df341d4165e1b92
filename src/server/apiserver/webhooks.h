/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Webhooks called: where they are, and what they answer.
 *
 * There is no cluster network here. A service is reached through its endpoints when these are
 * addresses of this machine, or where the options say that it is.
 */
#ifndef PODGATE_SERVER_APISERVER_WEBHOOKS_H
#define PODGATE_SERVER_APISERVER_WEBHOOKS_H

#include "server/api/api.h"
#include "server/apiserver/apiserver.h"
#include "server/outbound/outbound.h"

enum {
    WEBHOOK_ANSWER_BYTES_MAX = 8 * 1024 * 1024,
    WEBHOOK_SECONDS_MAX = 34, /* of all that one request asks */
};

typedef struct WebhookPlan {
    OutboundCall call;
    Str problem; /* it cannot be called, as Go would say; absent: it can */
} WebhookPlan;

/* Needs the store held; what it returns does not. ms_left: of the request. */
WebhookPlan *webhooks_plan(const Facts *facts, const ApiServerOptions *o, const ApiAsk *asks,
                           size_t count, int64_t ms_left, Arena *a);
/* Calls them all at once. */
void webhooks_call(Outbound *outbound, const ApiAsk *asks, const WebhookPlan *plans, size_t count,
                   Arena *a, ApiAnswer *out);

#endif
