/* SPDX-License-Identifier: Apache-2.0 */
/* Why pods are admitted or refused. */
#include "analyze/explain/explain.h"

#include "decide/psa/policy.h"
#include "kube/pod_view.h"

/* The strictest level that the pod meets. */
static PsaLevel level_met(const Value *pod, PsaVersion version, int64_t minor_max, Arena *a)
{
    PodView view;
    Err err;
    if (!pod_view_read(pod, a, &view, &err)) {
        return PSA_PRIVILEGED;
    }
    PsaOptions options = { .minor_max = minor_max };
    for (int level = PSA_RESTRICTED; level > PSA_PRIVILEGED; level--) {
        PsaResult result;
        psa_evaluate(&view, (PsaLevelVersion){ (PsaLevel)level, version }, &options, a, &result);
        if (psa_allowed(&result)) {
            return (PsaLevel)level;
        }
    }
    return PSA_PRIVILEGED;
}

static void find_level(const RemedyQuestion *q, ExplainItem *item, const Facts *facts, Arena *a)
{
    ExplainLevel *out = &item->level;
    out->runs = kube_has(q->target, FEATURE_POD_SECURITY) &&
                q->plugins & ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY);
    if (!out->runs) {
        out->text = STR("");
        return;
    }
    ObjectKey key = { STR(""), STR("Namespace"), STR(""), q->namespace };
    const Value *labels = value_at(facts->object(facts->cluster, key), "metadata", "labels", NULL);
    const PsaConfig *config = q->pod_security ? q->pod_security : &psa_config_default;
    FieldErrors errs = field_errors_new(a);
    PsaPolicy policy;
    psa_policy_from_labels(labels, &config->defaults, &errs, &policy);
    PsaLevelVersion enforced = policy.modes[PSA_ENFORCE];
    int64_t minor_max = config->minor_max ? config->minor_max : q->target->minor;
    Buf b = buf_new(a);
    psa_level_version_write(enforced, &b);
    out->level = enforced.level;
    out->text = buf_str(&b);
    out->labelled = value_get(labels, psa_mode_level_label(PSA_ENFORCE)) != NULL;
    out->meets = level_met(&item->admit->decision.object, enforced.version, minor_max, a);
}

static Str find_decider(const AdmitItem *item)
{
    for (const AdmissionTrace *t = item->decision.trace; t; t = t->next) {
        if (t->refused) {
            return t->plugin;
        }
    }
    return item->decision.allowed && item->decision.psp.len ? STR("PodSecurityPolicy") : STR("");
}

/* Whoever sends the object, not the pods that a controller makes of it. */
static void find_access(const Snapshot *s, const AdmitQuestion *asked, ExplainItem *item, Arena *a)
{
    const RbacRequest request = {
        .user = asked->user,
        .verb = STR("create"),
        .api_group = item->admit->kind.group,
        .resource = item->admit->kind.resource,
        .subresource = STR(""),
        .name = STR(""),
        .namespace = item->admit->namespace,
        .is_resource = true,
        .path = STR(""),
    };
    item->asked_access = true;
    access_explain(s, &request, a, &item->access);
}

static void explain_item(const AdmitReport *report, const AdmitQuestion *asked,
                         bool requester_is_known, Arena *a, ExplainItem *item)
{
    RemedyQuestion *q = new(a, RemedyQuestion, 1);
    *q = remedy_question_of(report, item->admit, asked);
    item->decided_by = find_decider(item->admit);
    explain_policies(q, item, report->facts, a);
    find_level(q, item, report->facts, a);
    if (!item->admit->decision.allowed) {
        remedy_find(q, a, &item->remedy);
    } else if (item->winner) {
        explain_hold(q, a, &item->hold);
    }
    if (requester_is_known) {
        find_access(report->snapshot, asked, item, a);
    }
}

bool explain_ask(const Snapshot *cluster, const AdmitQuestion *question, bool requester_is_known,
                 Arena *a, ExplainReport *out, Err *err)
{
    AdmitQuestion asked = *question;
    asked.explain = true;
    *out = (ExplainReport){ .count = 0 };
    if (!admit_ask(cluster, &asked, a, &out->admit, err)) {
        return false;
    }
    out->count = out->admit.count;
    out->items = new(a, ExplainItem, out->count + 1);
    for (size_t i = 0; i < out->count; i++) {
        ExplainItem *item = &out->items[i];
        item->admit = &out->admit.items[i];
        explain_item(&out->admit, &asked, requester_is_known, a, item);
        out->refused += !item->admit->decision.allowed ||
                        (item->asked_access && !item->access.answer.allowed);
    }
    return true;
}

void explain_report_done(ExplainReport *report)
{
    admit_report_done(&report->admit);
}
