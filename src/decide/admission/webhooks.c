/* SPDX-License-Identifier: Apache-2.0 */
/* Asking one admission webhook; what mutating and validating ones have in common. */
#include "decide/admission/webhooks.h"

#include "base/sha256.h"
#include "kube/groups/convert.h"
#include "kube/names.h"
#include "kube/resource_table.h"

enum {
    DEFAULT_TIMEOUT_SECONDS = 10,
    NAMESPACE_FILLED_IN_SINCE = 24, /* from here on before webhooks see the object */
};

static Str operation_name(AdmissionOperation operation)
{
    return operation == ADMISSION_CREATE   ? STR("CREATE")
           : operation == ADMISSION_UPDATE ? STR("UPDATE")
           : operation == ADMISSION_DELETE ? STR("DELETE")
                                           : STR("CONNECT");
}

static Str full_version(Str group, Str version, Arena *a)
{
    return group.len ? arena_printf(a, "%.*s/%.*s", STR_ARG(group), STR_ARG(version)) : version;
}

/* The version of the request's object, which for some subresources is of another group. */
static Str kind_version(const AdmissionRequest *r, Arena *a)
{
    KubeKind kind;
    ResourceEntry entry;
    if (r->subresource.len &&
        kube_kind_find_resource(r->group, r->version, r->resource, r->target, &kind) &&
        resource_find(&kind, r->subresource, r->target, &entry) && str_eq(entry.kind, r->kind)) {
        return entry.api_version;
    }
    return full_version(r->group, r->version, a);
}

Webhook *webhooks_of(const AdmissionRun *run, bool mutating, size_t *count)
{
    *count = 0;
    return run->request->asker ? webhook_list(run->facts, mutating, run->arena, count) : NULL;
}

bool webhooks_request(AdmissionRun *run, WebhookRequest *out)
{
    const AdmissionRequest *r = run->request;
    Str own = value_as_str(value_at(&run->object, "metadata", "name", NULL));
    *out = (WebhookRequest){
        .facts = run->facts,
        .target = r->target,
        .user = r->user,
        .operation = operation_name(r->operation),
        .as = { r->group, r->version, r->kind, kind_version(r, run->arena) },
        .resource = r->resource,
        .subresource = r->subresource,
        .namespace = r->namespace,
        .name = r->is_of_many                                     ? STR("")
                : r->name.len || r->operation != ADMISSION_CREATE ? r->name
                                                                  : own,
        .dry_run = r->dry_run,
        .options = r->request_options,
    };
    if (r->group.len == 0 && str_eq(r->resource, STR("namespaces"))) {
        out->namespace = r->is_of_many ? STR("") : out->name;
    }
    return !webhook_is_exempt(out);
}

const Value *webhooks_shown(AdmissionRun *run, const WebhookRequest *r, const WebhookVersion *as,
                            const Value *object)
{
    Arena *a = run->arena;
    if (!value_is(object, VALUE_OBJECT)) {
        return NULL;
    }
    Value *out = new(a, Value, 1);
    if (str_eq(as->kind_version, r->as.kind_version)) {
        *out = value_copy(object, a);
    } else if (!kube_convert(object, as->kind_version, r->target, a, out)) {
        *out = value_copy(object, a); /* of a custom resource */
        value_set_lit(out, "apiVersion", value_str(as->kind_version), a);
    }
    const SchemaType *type = schema_find(as->kind_version, as->kind);
    Value ordered;
    Err err;
    Value *metadata = value_get_lit(out, "metadata");
    if (r->target->minor >= NAMESPACE_FILLED_IN_SINCE && run->request->namespace.len &&
        value_is(metadata, VALUE_OBJECT) && value_get_str(metadata, STR("namespace")).len == 0) {
        value_set_lit(metadata, "namespace", value_str(run->request->namespace), a);
    }
    if (type && schema_normalise(type, out, r->target, a, &ordered, NULL, &err)) {
        *out = ordered;
    }
    return out;
}

/* -- asking ------------------------------------------------------------------------------------ */

/* The same each time this webhook is asked about the same in the same request. */
static Str uid_of(const AdmissionRun *run, const WebhookRequest *r, const WebhookCall *call)
{
    uint8_t d[SHA256_BYTES];
    Str text = arena_printf(run->arena, "%llx %.*s %d %d %.*s %.*s",
                            (unsigned long long)run->request->asker->seed,
                            STR_ARG(call->webhook->id), call->mutating, call->round,
                            STR_ARG(r->namespace), STR_ARG(run->request->name));
    sha256(text, d);
    return arena_printf(run->arena,
                        "%02x%02x%02x%02x-%02x%02x-4%01x%02x-%01x%01x%02x-%02x%02x%02x%02x%02x%02x",
                        d[0], d[1], d[2], d[3], d[4], d[5], d[6] & 15, d[7], 8 + (d[8] & 3),
                        d[9] & 15, d[10], d[11], d[12], d[13], d[14], d[15], d[16]);
}

static bool may_run_dry(const Webhook *w)
{
    Str effects = value_get_str(w->hook, STR("sideEffects"));
    return str_eq(effects, STR("None")) || str_eq(effects, STR("NoneOnDryRun"));
}

static Status dry_run_refusal(const Webhook *w, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "admission webhook ");
    buf_go_quoted(&b, w->name);
    buf_lit(&b, " does not support dry run");
    return status_bad_request(a, buf_str(&b));
}

WebhookOutcome webhooks_ask(AdmissionRun *run, const WebhookRequest *r, WebhookCall *call)
{
    Arena *a = run->arena;
    const Webhook *w = call->webhook;
    const Asker *asker = run->request->asker;
    int minor = r->target->minor;
    if (r->dry_run && !may_run_dry(w)) {
        call->refusal = dry_run_refusal(w, a);
        return WEBHOOK_OUTCOME_REFUSED;
    }
    Str version = webhook_review_version(w);
    if (!version.ptr) {
        call->problem = webhook_problem(
            minor, "could not create admission objects",
            STR("webhook does not accept known AdmissionReview versions (v1, v1beta1)"), a);
        return WEBHOOK_OUTCOME_FAILED;
    }
    Str uid = uid_of(run, r, call);
    OptInt64 timeout = value_get_int(w->hook, STR("timeoutSeconds"));
    Ask ask = {
        .kind = call->mutating ? ASK_ADMIT : ASK_VALIDATE,
        .name = w->name,
        .operation = r->operation,
        .client = value_get_lit(w->hook, "clientConfig"),
        .body = webhook_review_body(r, version, uid, &call->as, call->object, call->old, a),
        .timeout_seconds = timeout.set && timeout.value > 0 ? timeout.value
                                                            : DEFAULT_TIMEOUT_SECONDS,
    };
    const Answer *answer = asker->ask(asker->context, &ask);
    if (!answer) {
        return WEBHOOK_OUTCOME_WAITS;
    }
    WebhookExpectation expected = { w->name, version, uid, call->mutating, minor };
    webhook_read_answer(answer, &expected, a, &call->verdict);
    call->problem = call->verdict.problem;
    call->took_micros = answer->took_micros;
    return call->verdict.says == WEBHOOK_FAILS ? WEBHOOK_OUTCOME_FAILED : WEBHOOK_OUTCOME_ANSWERED;
}

/* -- what comes of it -------------------------------------------------------------------------- */

void webhooks_note(AdmissionRun *run, const WebhookCall *call)
{
    VALUE_EACH_MEMBER(m, call->verdict.audit) {
        Str key = arena_printf(run->arena, "%.*s/%.*s", STR_ARG(call->webhook->name),
                               STR_ARG(member_key(m)));
        if (name_check_qualified(key).count == 0) { /* others are dropped */
            admission_audit(run, key, value_as_str(&m->value));
        }
    }
    VALUE_EACH_ITEM(text, call->verdict.warnings) {
        admission_warn(run, value_as_str(text));
    }
}

void webhooks_count(AdmissionRun *run, const WebhookCall *call, bool rejected)
{
    AdmissionCall *counted = new(run->arena, AdmissionCall, 1);
    *counted = (AdmissionCall){
        .next = (AdmissionCall *)(uintptr_t)run->decision->calls,
        .name = call->webhook->name,
        .operation = run->request->operation,
        .mutates = call->mutating,
        .rejected = rejected,
        .took_micros = call->took_micros,
    };
    run->decision->calls = counted;
}

bool webhooks_ignores_failure(const Webhook *w)
{
    return str_eq(value_get_str(w->hook, STR("failurePolicy")), STR("Ignore"));
}

bool webhooks_refuse_failure(AdmissionRun *run, const WebhookCall *call)
{
    Str words = webhook_failure(call->webhook->name, call->problem, run->arena);
    return admission_refuse(run, status_internal(run->arena, words));
}

bool webhooks_refuse_denial(AdmissionRun *run, const WebhookCall *call)
{
    const Value *denial = &call->verdict.denial;
    run->decision->refusal = *denial;
    return admission_refuse(run, (Status){ .code = (int)value_get_int(denial, STR("code")).value,
                                           .reason = value_get_str(denial, STR("reason")),
                                           .message = value_get_str(denial, STR("message")) });
}

bool webhooks_wait(AdmissionRun *run)
{
    run->decision->allowed = false;
    run->decision->waits = true;
    return false;
}
