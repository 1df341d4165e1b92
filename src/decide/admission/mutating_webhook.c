/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MutatingAdmissionWebhook: webhooks one after the other, each of which may change the object by a
 * JSON patch. When one did, all mutating plugins run once more, and with them those webhooks that
 * want to see what came after them (reinvocationPolicy: IfNeeded).
 *
 * Source: k8s.io/apiserver pkg/admission/plugin/webhook/mutating
 */
#include "decide/admission/webhooks.h"
#include "doc/json.h"
#include "doc/json_go.h"
#include "doc/patch.h"
#include "kube/groups/convert.h"
#include "kube/schema.h"

enum { FAILED_OPEN_SINCE = 22, UNDECODABLE_PATCH_SINCE = 32 };

/* What the second round must know of the first. */
typedef struct AdmissionRounds {
    int round;
    bool again;      /* a webhook changed the object */
    Value last;      /* the object when the webhooks were done with it */
    bool *to_ask;    /* by index: in the second round */
    bool *was_asked; /* and wants to see later changes */
    size_t count;
} AdmissionRounds;

bool admission_webhooks_reinvoke(AdmissionRun *run)
{
    AdmissionRounds *rounds = run->rounds;
    if (!rounds || !rounds->again || rounds->round > 0) {
        return false;
    }
    rounds->round = 1;
    return true;
}

/* Something changed: whoever was asked before and wants to know is to be asked again. */
static void require_again(AdmissionRounds *rounds)
{
    for (size_t i = 0; i < rounds->count; i++) {
        rounds->to_ask[i] |= rounds->was_asked[i];
        rounds->was_asked[i] = false;
    }
}

/* -- audit ------------------------------------------------------------------------------------- */

static Str annotation_key(const AdmissionRun *run, const char *prefix, const WebhookCall *call)
{
    return arena_printf(run->arena, "%s.webhook.admission.k8s.io/round_%d_index_%zu", prefix,
                        call->round, call->webhook->index);
}

static Value annotation(const WebhookCall *call, Arena *a)
{
    Value out = value_object();
    value_set_lit(&out, "configuration", value_str(call->webhook->configuration), a);
    value_set_lit(&out, "webhook", value_str(call->webhook->name), a);
    return out;
}

static Str json_text(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    json_write_html_safe(v, &b);
    return buf_str(&b);
}

static void audit_mutation(AdmissionRun *run, const WebhookCall *call, bool mutated)
{
    Value out = annotation(call, run->arena);
    value_set_lit(&out, "mutated", value_bool(mutated), run->arena);
    admission_audit(run, annotation_key(run, "mutation", call), json_text(&out, run->arena));
}

static void audit_patch(AdmissionRun *run, const WebhookCall *call, const Value *patch)
{
    Value out = annotation(call, run->arena);
    Value sorted = value_array();
    VALUE_EACH_ITEM(op, patch) { /* operations are maps, what they set is kept as it came */
        Value shallow = value_object();
        static const Str keys[] = { STR_INIT("from"), STR_INIT("op"), STR_INIT("path"),
                                    STR_INIT("value") };
        for (size_t i = 0; i < COUNT_OF(keys); i++) {
            const Value *v = value_get(op, keys[i]);
            if (v) {
                value_set(&shallow, keys[i], *v, run->arena);
            }
        }
        value_add(&sorted, shallow, run->arena);
    }
    value_set_lit(&out, "patch", sorted, run->arena);
    value_set_lit(&out, "patchType", value_str(STR("JSONPatch")), run->arena);
    admission_audit(run, annotation_key(run, "patch", call), json_text(&out, run->arena));
}

/* -- the patch --------------------------------------------------------------------------------- */

static bool refuse_internal(AdmissionRun *run, Str why)
{
    return admission_refuse(run, status_internal(run->arena, why));
}

/* Why a text is no patch. tree: what it was read into; NULL when that failed. */
static Str patch_problem(Str text, const Value *tree, Arena *a)
{
    Value any;
    Err err;
    if (tree) {
        return arena_printf(a, "json: cannot unmarshal %.*s into Go value of type jsonpatch.Patch",
                            STR_ARG(value_kind_name(tree)));
    }
    return json_go_read(text, a, &any, &err) ? STR("the patch is too deep or has a key twice")
                                             : err.msg;
}

/* False when the request is refused. *out has no items when there is nothing to do. */
static bool read_patch(AdmissionRun *run, WebhookCall *call, Value *out)
{
    Arena *a = run->arena;
    Err err;
    *out = value_array();
    if (call->verdict.patch.len == 0) {
        return true;
    }
    bool is_json = json_read(STR("patch"), call->verdict.patch, NULL, a, out, &err);
    if (is_json && (out->kind == VALUE_ARRAY || out->kind == VALUE_NULL)) {
        return true;
    }
    Str words = patch_problem(call->verdict.patch, is_json ? out : NULL, a);
    *out = value_array();
    if (run->request->target->minor < UNDECODABLE_PATCH_SINCE) {
        return refuse_internal(run, words);
    }
    call->problem = arena_concat(a, STR("received undecodable patch in webhook response: "), words);
    return webhooks_ignores_failure(call->webhook) || webhooks_refuse_failure(run, call);
}

/* The patched object becomes that of the request: decoded, with its defaults, in its version. */
static bool take_patched(AdmissionRun *run, const WebhookRequest *r, const WebhookCall *call,
                         const Value *patched, bool *changed)
{
    Arena *a = run->arena;
    Value own = *patched, read;
    Err err;
    const SchemaType *type = schema_find(call->as.kind_version, call->as.kind);
    Value plain = *patched;
    if (type && !schema_normalise(type, patched, r->target, a, &plain, NULL, &err)) {
        return refuse_internal(run, err.msg);
    }
    *changed = !value_equal(call->object, &plain);
    if (!str_eq(call->as.kind_version, r->as.kind_version) &&
        !kube_convert(patched, r->as.kind_version, r->target, a, &own)) {
        own = value_copy(patched, a); /* of a custom resource */
        value_set_lit(&own, "apiVersion", value_str(r->as.kind_version), a);
    }
    const AdmissionRequest *request = run->request;
    const AdmissionStrategy *strategy = admission_strategy_find(request->group, request->resource,
                                                                request->subresource);
    if (!admission_read(run, strategy, r->as.kind_version, r->as.kind, &own, &read, &err)) {
        return refuse_internal(run, err.msg);
    }
    run->object = read;
    run->owned = true;
    return true;
}

static bool apply(AdmissionRun *run, const WebhookRequest *r, WebhookCall *call, bool *changed)
{
    Arena *a = run->arena;
    Value patch;
    Err err;
    if (!read_patch(run, call, &patch)) {
        return false;
    }
    if (value_len(&patch) == 0) {
        return true;
    }
    if (call->object == NULL) {
        Buf b = buf_new(a);
        buf_lit(&b, "admission webhook ");
        buf_go_quoted(&b, call->webhook->name);
        buf_lit(&b, " attempted to modify the object, which is not supported for this operation");
        return refuse_internal(run, buf_str(&b));
    }
    if (!str_eq(call->verdict.patch_type, STR("JSONPatch"))) {
        Buf b = buf_new(a);
        buf_lit(&b, "unsupported patch type ");
        buf_go_quoted(&b, call->verdict.patch_type);
        call->problem = buf_str(&b);
        return webhooks_ignores_failure(call->webhook) || webhooks_refuse_failure(run, call);
    }
    Value patched = value_copy(call->object, a);
    if (!patch_apply_as_server(&patched, &patch, a, &err)) {
        return refuse_internal(run, err.msg);
    }
    if (!take_patched(run, r, call, &patched, changed)) {
        return false;
    }
    audit_patch(run, call, &patch);
    if (*changed) {
        admission_note(run, "webhook %.*s changed the object", STR_ARG(call->webhook->name));
    }
    return true;
}

/* -- one webhook ------------------------------------------------------------------------------- */

static bool after_failure(AdmissionRun *run, const WebhookCall *call)
{
    if (!webhooks_ignores_failure(call->webhook)) {
        return webhooks_refuse_failure(run, call);
    }
    if (run->request->target->minor >= FAILED_OPEN_SINCE) {
        admission_audit(run, annotation_key(run, "failed-open.mutation", call),
                        call->webhook->name);
    }
    admission_note(run, "%.*s",
                   STR_ARG(webhook_failure(call->webhook->name, call->problem, run->arena)));
    return true;
}

static bool call_webhook(AdmissionRun *run, const WebhookRequest *r, WebhookCall *call,
                         bool *changed)
{
    WebhookOutcome outcome = webhooks_ask(run, r, call);
    if (outcome == WEBHOOK_OUTCOME_WAITS) {
        return webhooks_wait(run);
    }
    bool allowed = true;
    if (outcome == WEBHOOK_OUTCOME_REFUSED) {
        allowed = admission_refuse(run, call->refusal);
    } else if (outcome == WEBHOOK_OUTCOME_FAILED) {
        allowed = after_failure(run, call);
    } else {
        webhooks_note(run, call);
        allowed = call->verdict.says == WEBHOOK_DENIES ? webhooks_refuse_denial(run, call)
                                                       : apply(run, r, call, changed);
    }
    webhooks_count(run, call, !allowed);
    audit_mutation(run, call, *changed);
    return allowed;
}

static bool run_one(AdmissionRun *run, WebhookRequest *r, const Webhook *w)
{
    AdmissionRounds *rounds = run->rounds;
    const Value *object = value_is(&run->object, VALUE_OBJECT) ? &run->object : NULL;
    WebhookCall call = { .webhook = w, .mutating = true, .round = rounds->round };
    Status refusal;
    WebhookMatch match = webhook_match(w, r, object, run->old_object, run->arena, &call.as,
                                       &refusal);
    if (match != WEBHOOK_MATCH_YES) {
        return match == WEBHOOK_MATCH_NO || admission_refuse(run, refusal);
    }
    /* Nobody is asked for the first time in the second round. */
    if (rounds->round > 0 && !rounds->to_ask[w->index]) {
        return true;
    }
    bool changed = false;
    call.object = webhooks_shown(run, r, &call.as, object);
    call.old = webhooks_shown(run, r, &call.as, run->old_object);
    if (!call_webhook(run, r, &call, &changed)) {
        return false;
    }
    if (changed) {
        require_again(rounds);
        rounds->again = true;
    }
    if (str_eq(value_get_str(w->hook, STR("reinvocationPolicy")), STR("IfNeeded"))) {
        rounds->was_asked[w->index] = true;
    }
    return true;
}

static bool mutate(AdmissionRun *run)
{
    size_t count;
    WebhookRequest r;
    Webhook *hooks = webhooks_of(run, true, &count);
    if (count == 0 || !webhooks_request(run, &r)) {
        return true;
    }
    if (!run->rounds) {
        run->rounds = new(run->arena, AdmissionRounds, 1);
        run->rounds->count = count;
        run->rounds->to_ask = new(run->arena, bool, count);
        run->rounds->was_asked = new(run->arena, bool, count);
    } else if (!value_equal(&run->rounds->last, &run->object)) {
        require_again(run->rounds); /* other plugins changed it since */
    }
    for (size_t i = 0; i < count; i++) {
        if (!run_one(run, &r, &hooks[i])) {
            return false;
        }
    }
    run->rounds->last = value_copy(&run->object, run->arena);
    return true;
}

const AdmissionPlugin admission_mutating_webhook = {
    .name = STR_INIT("MutatingAdmissionWebhook"),
    .operations = ADMISSION_CREATE | ADMISSION_UPDATE | ADMISSION_DELETE | ADMISSION_CONNECT,
    .mutate = mutate,
};
