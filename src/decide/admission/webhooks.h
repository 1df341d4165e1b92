/* SPDX-License-Identifier: Apache-2.0 */
/* What the two webhook plugins share. Private to src/decide/admission. */
#ifndef PODGATE_DECIDE_ADMISSION_WEBHOOKS_H
#define PODGATE_DECIDE_ADMISSION_WEBHOOKS_H

#include "decide/admission/run.h"
#include "decide/webhook/webhook.h"

/* All webhooks of the sort; none when nobody can be asked. */
Webhook *webhooks_of(const AdmissionRun *run, bool mutating, size_t *count);
/* The request as webhooks are told of it. False when it concerns none, being about a webhook
 * configuration. */
bool webhooks_request(AdmissionRun *run, WebhookRequest *out);

/* An object of the run in the version that a webhook wants, as a client is sent it; NULL for NULL.
 */
const Value *webhooks_shown(AdmissionRun *run, const WebhookRequest *r, const WebhookVersion *as,
                            const Value *object);

/* One webhook, asked about the object as it is now. */
typedef enum WebhookOutcome {
    WEBHOOK_OUTCOME_ANSWERED,
    WEBHOOK_OUTCOME_WAITS,   /* for the answer */
    WEBHOOK_OUTCOME_FAILED,  /* *problem says why there is no answer */
    WEBHOOK_OUTCOME_REFUSED, /* *refusal: it must not be asked */
} WebhookOutcome;

typedef struct WebhookCall {
    const Webhook *webhook;
    WebhookVersion as;
    const Value *object;
    const Value *old;
    bool mutating;
    int round;
    WebhookVerdict verdict;
    Str problem;
    Status refusal;
    int64_t took_micros;
} WebhookCall;

WebhookOutcome webhooks_ask(AdmissionRun *run, const WebhookRequest *r, WebhookCall *call);

/* Its audit annotations and warnings, into the decision. */
void webhooks_note(AdmissionRun *run, const WebhookCall *call);
/* That it was called, too. */
void webhooks_count(AdmissionRun *run, const WebhookCall *call, bool rejected);
/* Does a failure of it not count? */
bool webhooks_ignores_failure(const Webhook *w);
/* Refuse because it failed, or because it said so. Always false. */
bool webhooks_refuse_failure(AdmissionRun *run, const WebhookCall *call);
bool webhooks_refuse_denial(AdmissionRun *run, const WebhookCall *call);
/* The decision waits for an answer. Always false. */
bool webhooks_wait(AdmissionRun *run);

#endif
