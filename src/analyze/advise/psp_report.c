/* SPDX-License-Identifier: Apache-2.0 */
/* Advised policies as YAML to be applied, and as data. */
#include "analyze/advise/psp.h"

enum { WORKLOADS_NAMED_MAX = 5 };

/* -- YAML ----------------------------------------------------------------------------------------
 */

static Str workloads_text(const AdvisePsp *psp, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < psp->workload_count && i < WORKLOADS_NAMED_MAX; i++) {
        const AdviseWorkload *w = psp->workloads[i];
        buf_printf(&b, "%s%.*s in %.*s", i ? ", " : "", STR_ARG(w->text), STR_ARG(w->namespace));
    }
    if (psp->workload_count > WORKLOADS_NAMED_MAX) {
        buf_printf(&b, " and %zu more", psp->workload_count - WORKLOADS_NAMED_MAX);
    }
    return buf_str(&b);
}

static void write_head(const AdvisePsp *psp, bool with_proof, Buf *b)
{
    Arena *a = b->arena;
    advise_write_remark(
        arena_printf(a,
                     "%.*s: the strictest policy that admits, as they are,\n%zu workload%s: "
                     "%.*s.\nProof: %zu pod%s admitted again; %zu things taken away, each of which "
                     "%s needs.",
                     STR_ARG(psp->name), psp->workload_count, psp->workload_count == 1 ? "" : "s",
                     STR_ARG(workloads_text(psp, a)), psp->pod_count,
                     psp->pod_count == 1 ? "" : "s", psp->taken_count,
                     psp->workload_count == 1 ? "it" : "one of them"),
        b);
    for (size_t i = 0; i < psp->taken_count && with_proof; i++) {
        const AdviseTaken *t = &psp->taken[i];
        advise_write_remark(arena_printf(a, "  without %.*s, %.*s in %.*s %.*s", STR_ARG(t->what),
                                         STR_ARG(t->pod->workload->text),
                                         STR_ARG(t->pod->workload->namespace), STR_ARG(t->how)),
                            b);
    }
}

void advise_psp_write_yaml(const AdvisePspReport *report, AdvisePspYaml how, Buf *b)
{
    for (size_t i = 0; i < report->count; i++) {
        const AdvisePsp *psp = &report->policies[i];
        buf_add(b, i ? STR("---\n") : STR(""));
        write_head(psp, how.with_proof, b);
        advise_write_yaml(&psp->policy, &psp->comments, b);
        for (size_t k = 0; k < psp->grant_count && how.with_grants; k++) {
            buf_lit(b, "---\n");
            advise_write_yaml(&psp->grants[k], &psp->grant_comments[k], b);
        }
    }
}

/* -- data ----------------------------------------------------------------------------------------
 */

static void set_text(Value *object, const char *key, Str text, Arena *a)
{
    value_set(object, str_from_c(key), value_str(text), a);
}

static Value workload_value(const AdviseWorkload *w, Arena *a)
{
    Value v = value_object();
    set_text(&v, "object", w->text, a);
    set_text(&v, "namespace", w->namespace, a);
    return v;
}

static Value lines_value(const AdvisePsp *psp, Arena *a)
{
    Value list = value_array();
    for (const AdviseLine *line = psp->lines; line; line = line->next) {
        Value v = value_object();
        set_text(&v, "path", line->path, a);
        set_text(&v, "text", line->text, a);
        if (line->evidence) {
            value_set_lit(&v, "neededBy", advise_evidence_value(line->evidence, a), a);
        }
        value_add(&list, v, a);
    }
    return list;
}

static Value proof_value(const AdvisePsp *psp, bool whole, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "podsAdmitted", value_int((int64_t)psp->pod_count), a);
    value_set_lit(&v, "takenAway", value_int((int64_t)psp->taken_count), a);
    if (!whole) {
        return v;
    }
    Value *list = value_set_lit(&v, "without", value_array(), a);
    for (size_t i = 0; i < psp->taken_count; i++) {
        const AdviseTaken *t = &psp->taken[i];
        Value taken = value_object();
        set_text(&taken, "grant", t->what, a);
        set_text(&taken, "path", t->path, a);
        set_text(&taken, "object", t->pod->workload->text, a);
        set_text(&taken, "namespace", t->pod->workload->namespace, a);
        if (t->pod->running.len) {
            set_text(&taken, "pod", t->pod->running, a);
        }
        set_text(&taken, "outcome", t->how, a);
        value_add(list, taken, a);
    }
    return v;
}

static Value policy_value(const AdvisePsp *psp, bool with_proof, Arena *a)
{
    Value v = value_object();
    set_text(&v, "name", psp->name, a);
    Value *workloads = value_set_lit(&v, "workloads", value_array(), a);
    for (size_t i = 0; i < psp->workload_count; i++) {
        value_add(workloads, workload_value(psp->workloads[i], a), a);
    }
    value_set_lit(&v, "policy", psp->policy, a);
    Value *grants = value_set_lit(&v, "grants", value_array(), a);
    for (size_t i = 0; i < psp->grant_count; i++) {
        value_add(grants, psp->grants[i], a);
    }
    value_set_lit(&v, "evidence", lines_value(psp, a), a);
    value_set_lit(&v, "proof", proof_value(psp, with_proof, a), a);
    return v;
}

Value advise_psp_to_value(const AdvisePspReport *report, const AdviseInputs *inputs,
                          bool with_proof, Arena *a)
{
    Value v = value_object();
    set_text(&v, "kind", STR("PspAdviceReport"), a);
    Value *policies = value_set_lit(&v, "policies", value_array(), a);
    for (size_t i = 0; i < report->count; i++) {
        value_add(policies, policy_value(&report->policies[i], with_proof, a), a);
    }
    Value *skipped = value_set_lit(&v, "skipped", value_array(), a);
    for (const AdviseSkipped *s = inputs->skipped; s; s = s->next) {
        Value one = workload_value(s->workload, a);
        set_text(&one, "reason", s->why, a);
        value_add(skipped, one, a);
    }
    return v;
}
