/* SPDX-License-Identifier: Apache-2.0 */
/* An admit report as data. */
#include "analyze/admit.h"
#include "analyze/grant.h"

/* Absent text adds nothing. */
static void add_str(Value *object, Str key, Str text, Arena *a)
{
    if (text.ptr) {
        value_set(object, key, value_str(text), a);
    }
}

static Value object_value(const AdmitItem *item, Arena *a)
{
    Value v = value_object();
    add_str(&v, STR("apiVersion"), item->kind.api_version, a);
    add_str(&v, STR("kind"), item->kind.kind, a);
    add_str(&v, STR("namespace"), item->namespace, a);
    add_str(&v, STR("name"), item->name, a);
    add_str(&v, STR("file"), item->source->origin.file, a);
    if (item->source->origin.line) {
        value_set_lit(&v, "line", value_int((int64_t)item->source->origin.line), a);
    }
    return v;
}

static Str error_body(const FieldError *e, Arena *a)
{
    Buf b = buf_new(a);
    field_error_write_body(e, &b);
    return buf_str(&b);
}

static Value errors_value(const AdmitItem *item, Arena *a)
{
    AdmitProblems problems;
    admit_problems(item, false, a, &problems);
    Value list = value_array();
    for (size_t i = 0; i < problems.count; i++) {
        const AdmitProblem *p = &problems.items[i];
        Value v = value_object();
        add_str(&v, STR("policy"), p->policy, a);
        add_str(&v, STR("field"), p->error->path, a);
        add_str(&v, STR("reason"), field_error_kind_reason(p->error->kind), a);
        add_str(&v, STR("message"), error_body(p->error, a), a);
        add_str(&v, STR("place"), p->place, a);
        value_add(&list, v, a);
    }
    return list;
}

static Str outcome_name(PspOutcome outcome)
{
    switch (outcome) {
    case PSP_NOT_TRIED:
        return STR("NotTried");
    case PSP_NO_PROVIDER:
        return STR("NoProvider");
    case PSP_REFUSED:
        return STR("Refused");
    case PSP_ADMITS:
        return STR("Admits");
    case PSP_ADMITS_CHANGED:
        return STR("AdmitsChanged");
    case PSP_WOULD_CHANGE:
        return STR("WouldChange");
    }
    return STR("");
}

static Value tried_value(const AdmitItem *item, const PspTried *tried, Arena *a)
{
    const PspCandidate *c = &tried->candidate;
    bool by_account = c->grantee == PSP_GRANTED_TO_SERVICE_ACCOUNT;
    const UserInfo *user = by_account ? &item->account : &item->user;
    Value v = value_object();
    add_str(&v, STR("policy"), c->policy->name, a);
    add_str(&v, STR("outcome"), outcome_name(tried->outcome), a);
    add_str(&v, STR("usedBy"), by_account ? STR("ServiceAccount") : STR("Requester"), a);
    add_str(&v, STR("user"), user->name, a);
    if (c->by) {
        const RbacSubject *subject = rbac_binding_subject_of(c->by, user);
        if (subject) {
            value_set_lit(&v, "subject", grant_subject_value(subject, a), a);
        }
        value_set_lit(&v, "binding", grant_binding_value(c->by, a), a);
        value_set_lit(&v, "role", grant_role_value(c->by, a), a);
    }
    if (tried->outcome == PSP_NO_PROVIDER) {
        add_str(&v, STR("message"), c->policy->build_error, a);
    }
    if (tried->errs.count) {
        Value errors = value_array();
        for (const FieldError *e = tried->errs.first; e; e = e->next) {
            Buf b = buf_new(a);
            field_error_write(e, &b);
            value_add(&errors, value_str(buf_str(&b)), a);
        }
        value_set_lit(&v, "errors", errors, a);
    }
    return v;
}

static Value trace_value(const AdmitItem *item, const AdmissionTrace *trace, Arena *a)
{
    Value v = value_object();
    add_str(&v, STR("plugin"), trace->plugin, a);
    add_str(&v, STR("phase"),
            trace->phase == ADMISSION_MUTATING ? STR("Mutating") : STR("Validating"), a);
    if (trace->refused) {
        value_set_lit(&v, "refused", value_bool(true), a);
    }
    add_str(&v, STR("message"), trace->text, a);
    if (trace->psp) {
        Value policies = value_array();
        for (size_t i = 0; i < trace->psp->tried_count; i++) {
            value_add(&policies, tried_value(item, &trace->psp->tried[i], a), a);
        }
        value_set_lit(&v, "policies", policies, a);
    }
    return v;
}

static void add_pods(Value *v, const Workload *w, Arena *a)
{
    if (w->pods == WORKLOAD_PODS_PER_NODE) {
        add_str(v, STR("pods"), STR("one per node"), a);
    } else {
        value_set_lit(v, "pods", value_int(w->pods), a);
    }
}

static Value item_value(const AdmitItem *item, Arena *a)
{
    const AdmissionDecision *d = &item->decision;
    Value v = value_object();
    value_set_lit(&v, "object", object_value(item, a), a);
    value_set_lit(&v, "allowed", value_bool(d->allowed), a);
    add_pods(&v, &item->workload, a);
    add_str(&v, STR("user"), item->user.name, a);
    add_str(&v, STR("serviceAccount"), item->account.name, a);
    if (d->allowed) {
        add_str(&v, STR("policy"), d->psp, a);
        value_set_lit(&v, "patch", d->patch, a);
    } else {
        value_set_lit(&v, "status", status_to_value(&d->status, a), a);
        value_set_lit(&v, "errors", errors_value(item, a), a);
    }
    if (d->warnings) {
        Value warnings = value_array();
        for (const AdmissionWarning *w = d->warnings; w; w = w->next) {
            value_add(&warnings, value_str(w->text), a);
        }
        value_set_lit(&v, "warnings", warnings, a);
    }
    if (d->audit) {
        Value audit = value_object();
        for (const AdmissionAnnotation *n = d->audit; n; n = n->next) {
            add_str(&audit, n->key, n->value, a);
        }
        value_set_lit(&v, "auditAnnotations", audit, a);
    }
    Value trace = value_array();
    for (const AdmissionTrace *t = d->trace; t; t = t->next) {
        value_add(&trace, trace_value(item, t, a), a);
    }
    value_set_lit(&v, "trace", trace, a);
    return v;
}

Value admit_to_value(const AdmitReport *report, Arena *a)
{
    Value v = value_object();
    add_str(&v, STR("apiVersion"), STR("podgate.io/v1"), a);
    add_str(&v, STR("kind"), STR("AdmitReport"), a);
    value_set_lit(&v, "allowed", value_bool(report->denied == 0), a);
    Value items = value_array();
    for (size_t i = 0; i < report->count; i++) {
        value_add(&items, item_value(&report->items[i], a), a);
    }
    value_set_lit(&v, "items", items, a);
    return v;
}
