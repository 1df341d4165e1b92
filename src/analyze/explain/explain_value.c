/* SPDX-License-Identifier: Apache-2.0 */
/* An explanation as data. */
#include "analyze/explain/explain.h"
#include "analyze/grant.h"

static void add_str(Value *v, Str key, Str text, Arena *a)
{
    if (text.len) {
        value_set(v, key, value_str(text), a);
    }
}

static Value strings(StrList list, Arena *a)
{
    Value v = value_array();
    for (size_t i = 0; i < list.count; i++) {
        value_add(&v, value_str(list.items[i]), a);
    }
    return v;
}

Value explain_subject_to_value(const ExplainSubject *s, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "subject", grant_subject_value(s->subject, a), a);
    value_set_lit(&v, "binding", grant_binding_value(s->binding, a), a);
    value_set_lit(&v, "role", grant_role_value(s->binding, a), a);
    if (s->counts_for != EXPLAIN_FOR_NOBODY) {
        value_set_lit(&v, "countsFor",
                      value_str(s->counts_for == EXPLAIN_FOR_ACCOUNT ? STR("ServiceAccount")
                                                                     : STR("Requester")),
                      a);
    }
    return v;
}

static Str outcome_name(const ExplainPolicy *p)
{
    static const Str names[] = {
        [PSP_NOT_TRIED] = STR_INIT("NotTried"),
        [PSP_NO_PROVIDER] = STR_INIT("NoProvider"),
        [PSP_REFUSED] = STR_INIT("Refuses"),
        [PSP_ADMITS] = STR_INIT("Admits"),
        [PSP_ADMITS_CHANGED] = STR_INIT("AdmitsChanged"),
        [PSP_WOULD_CHANGE] = STR_INIT("WouldChange"),
    };
    return p->tried ? names[p->outcome] : STR("NotAsked");
}

static Value policy_value(const ExplainPolicy *p, Arena *a)
{
    Value v = value_object();
    add_str(&v, STR("name"), p->policy->name, a);
    value_set_lit(&v, "usable", value_bool(p->usable), a);
    add_str(&v, STR("verdict"), outcome_name(p), a);
    add_str(&v, STR("message"), p->policy->build_error, a);
    value_set_lit(&v, "openness", value_int(p->openness), a);
    Value subjects = value_array();
    for (size_t i = 0; i < p->subject_count; i++) {
        value_add(&subjects, explain_subject_to_value(&p->subjects[i], a), a);
    }
    value_set_lit(&v, "subjects", subjects, a);
    if (p->errs.count) {
        Value errors = value_array();
        for (const FieldError *e = p->errs.first; e; e = e->next) {
            Buf b = buf_new(a);
            field_error_write(e, &b);
            value_add(&errors, value_str(buf_str(&b)), a);
        }
        value_set_lit(&v, "errors", errors, a);
    }
    if (p->changes.count) {
        value_set_lit(&v, "changes", strings(p->changes, a), a);
        value_set_lit(&v, "patch", p->patch, a);
    }
    return v;
}

static Value hold_value(const ExplainHold *hold, Arena *a)
{
    Value list = value_array();
    for (size_t i = 0; i < hold->count; i++) {
        value_add(&list, grant_binding_value(hold->bindings[i], a), a);
    }
    Value v = value_object();
    value_set_lit(&v, "without", list, a);
    add_str(&v, STR("refusal"), hold->refusal, a);
    return v;
}

static Value level_value(const ExplainLevel *level, Arena *a)
{
    Value v = value_object();
    add_str(&v, STR("enforces"), level->text, a);
    value_set_lit(&v, "byLabel", value_bool(level->labelled), a);
    add_str(&v, STR("meets"), psa_level_name(level->meets), a);
    return v;
}

static Value trace_value(const AdmissionTrace *trace, Arena *a)
{
    Value list = value_array();
    for (; trace; trace = trace->next) {
        Value v = value_object();
        add_str(&v, STR("plugin"), trace->plugin, a);
        add_str(&v, STR("phase"),
                trace->phase == ADMISSION_MUTATING ? STR("Mutating") : STR("Validating"), a);
        if (trace->refused) {
            value_set_lit(&v, "refused", value_bool(true), a);
        }
        add_str(&v, STR("message"), trace->text, a);
        value_add(&list, v, a);
    }
    return list;
}

static void add_policies(const ExplainItem *item, Value *v, Arena *a)
{
    Value policies = value_array();
    for (size_t i = 0; i < item->policy_count; i++) {
        value_add(&policies, policy_value(&item->policies[i], a), a);
    }
    value_set_lit(v, "policies", policies, a);
    add_str(v, STR("winner"), item->winner ? item->winner->policy->name : STR_ABSENT, a);
    add_str(v, STR("runnerUp"), item->runner_up ? item->runner_up->policy->name : STR_ABSENT, a);
}

static Value item_value(const ExplainItem *item, Arena *a)
{
    const AdmitItem *admit = item->admit;
    const AdmissionDecision *d = &admit->decision;
    Value v = value_object();
    add_str(&v, STR("apiVersion"), admit->kind.api_version, a);
    add_str(&v, STR("kind"), admit->kind.kind, a);
    add_str(&v, STR("namespace"), admit->namespace, a);
    add_str(&v, STR("name"), admit->name, a);
    add_str(&v, STR("file"), admit->source->origin.file, a);
    value_set_lit(&v, "allowed", value_bool(d->allowed), a);
    add_str(&v, STR("decidedBy"), item->decided_by, a);
    if (!d->allowed) {
        add_str(&v, STR("reason"), d->status.reason, a);
        add_str(&v, STR("message"), d->status.message, a);
    }
    add_str(&v, STR("requester"), admit->user.name, a);
    add_str(&v, STR("account"), admit->account.name, a);
    if (item->asked_access) {
        value_set_lit(&v, "access", access_to_value(&item->access, a), a);
    }
    value_set_lit(&v, "trace", trace_value(d->trace, a), a);
    add_policies(item, &v, a);
    if (item->level.runs) {
        value_set_lit(&v, "podSecurity", level_value(&item->level, a), a);
    }
    if (!d->allowed) {
        value_set_lit(&v, "waysOut", remedy_to_value(&item->remedy, REMEDY_ALL_BITS, a), a);
    } else if (item->hold.count) {
        value_set_lit(&v, "refused", hold_value(&item->hold, a), a);
    }
    return v;
}

Value explain_to_value(const ExplainReport *report, Arena *a)
{
    Value items = value_array();
    for (size_t i = 0; i < report->count; i++) {
        value_add(&items, item_value(&report->items[i], a), a);
    }
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(STR("ExplainReport")), a);
    value_set_lit(&v, "refused", value_int((int64_t)report->refused), a);
    value_set_lit(&v, "items", items, a);
    return v;
}
