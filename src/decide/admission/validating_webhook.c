/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ValidatingAdmissionWebhook: all webhooks that the request concerns are asked at once; each may
 * refuse it.
 *
 * Source: k8s.io/apiserver pkg/admission/plugin/webhook/validating
 */
#include "decide/admission/webhooks.h"

enum { FAILED_OPEN_SINCE = 22 };

typedef struct Asked {
    WebhookCall call;
    WebhookOutcome outcome;
} Asked;

/* The webhooks that the request concerns, asked. False when it is refused. */
static bool ask_all(AdmissionRun *run, WebhookRequest *r, const Webhook *hooks, size_t all,
                    Asked *out, size_t *count, bool *waits)
{
    const Value *object = value_is(&run->object, VALUE_OBJECT) ? &run->object : NULL;
    for (size_t i = 0; i < all; i++) {
        WebhookVersion as;
        Status refusal;
        WebhookMatch match = webhook_match(&hooks[i], r, object, run->old_object, run->arena, &as,
                                           &refusal);
        if (match == WEBHOOK_MATCH_REFUSED) {
            return admission_refuse(run, refusal);
        }
        if (match == WEBHOOK_MATCH_YES) {
            out[(*count)++].call = (WebhookCall){ .webhook = &hooks[i], .as = as };
        }
    }
    for (size_t i = 0; i < *count; i++) {
        WebhookCall *call = &out[i].call;
        call->object = webhooks_shown(run, r, &call->as, object);
        call->old = webhooks_shown(run, r, &call->as, run->old_object);
        out[i].outcome = webhooks_ask(run, r, call);
        *waits |= out[i].outcome == WEBHOOK_OUTCOME_WAITS;
    }
    return true;
}

static bool refuse(AdmissionRun *run, const Asked *asked)
{
    return asked->outcome == WEBHOOK_OUTCOME_REFUSED  ? admission_refuse(run, asked->call.refusal)
           : asked->outcome == WEBHOOK_OUTCOME_FAILED ? webhooks_refuse_failure(run, &asked->call)
                                                      : webhooks_refuse_denial(run, &asked->call);
}

static void note_failed_open(AdmissionRun *run, const Asked *asked, size_t index)
{
    if (run->request->target->minor >= FAILED_OPEN_SINCE) {
        admission_audit(run,
                        arena_printf(run->arena,
                                     "failed-open.validating.webhook.admission.k8s.io/"
                                     "round_0_index_%zu",
                                     index),
                        asked->call.webhook->name);
    }
}

static bool validate(AdmissionRun *run)
{
    size_t all, count = 0;
    bool waits = false;
    WebhookRequest r;
    Webhook *hooks = webhooks_of(run, false, &all);
    if (all == 0 || !webhooks_request(run, &r)) {
        return true;
    }
    Asked *asked = new(run->arena, Asked, all);
    if (!ask_all(run, &r, hooks, all, asked, &count, &waits)) {
        return false;
    }
    if (waits) {
        return webhooks_wait(run);
    }
    const Asked *refuses = NULL;
    for (size_t i = 0; i < count; i++) {
        const WebhookCall *call = &asked[i].call;
        bool failed = asked[i].outcome == WEBHOOK_OUTCOME_FAILED;
        bool ignored = failed && webhooks_ignores_failure(call->webhook);
        bool rejects = !ignored && (failed || asked[i].outcome == WEBHOOK_OUTCOME_REFUSED ||
                                    call->verdict.says == WEBHOOK_DENIES);
        webhooks_note(run, call);
        webhooks_count(run, call, rejects);
        if (ignored) {
            note_failed_open(run, &asked[i], i);
            admission_note(
                run, "%.*s",
                STR_ARG(webhook_failure(call->webhook->name, call->problem, run->arena)));
        } else if (!refuses && rejects) {
            refuses = &asked[i];
        }
    }
    return !refuses || refuse(run, refuses);
}

const AdmissionPlugin admission_validating_webhook = {
    .name = STR_INIT("ValidatingAdmissionWebhook"),
    .operations = ADMISSION_CREATE | ADMISSION_UPDATE | ADMISSION_DELETE | ADMISSION_CONNECT,
    .validate = validate,
};
