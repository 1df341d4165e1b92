/* SPDX-License-Identifier: Apache-2.0 */
/* Advice on PodSecurityPolicies: which workloads share one, and the steps to it. */
#include "analyze/advise/psp.h"

#include "analyze/advise/psp_needs.h"
#include "base/sha256.h"

#include <assert.h>
#include <stdlib.h>

enum { NAME_MAX_LEN = 200, HASH_BYTES = 5 };

/* Workloads that share a policy. */
typedef struct Group {
    Str name; /* what the policy's name has behind its first part; "" for all */
    const AdviseWorkload **workloads;
    size_t count;
} Group;

/* -- what no policy admits -----------------------------------------------------------------------
 */

static void take_pods(AdvisePsp *psp, Arena *a)
{
    size_t count = 0;
    for (size_t i = 0; i < psp->workload_count; i++) {
        count += psp->workloads[i]->pod_count;
    }
    const AdvisePod **pods = new(a, const AdvisePod *, count + 1);
    for (size_t i = 0; i < psp->workload_count; i++) {
        const AdviseWorkload *w = psp->workloads[i];
        for (size_t k = 0; k < w->pod_count; k++) {
            pods[psp->pod_count++] = w->pods[k];
        }
    }
    psp->pods = pods;
}

/* Not even a policy that allows everything leaves it as it is: why; absent otherwise. */
static Str refused_by_all(const AdviseInputs *inputs, const AdviseWorkload *w,
                          const PspPolicy *open, Arena *scratch, Arena *a)
{
    for (size_t k = 0; k < w->pod_count; k++) {
        Str why;
        if (!psp_leaves(open, &w->pods[k]->view, inputs->target, scratch, &why, a)) {
            return arena_concat(a, STR("under any policy it "), why);
        }
    }
    return STR_ABSENT;
}

/* A pod that runs may have what the API of the target has no name for: why; absent otherwise. */
static Str unnameable(const AdviseInputs *inputs, const AdviseWorkload *w, Arena *scratch, Arena *a)
{
    AdvisePsp psp = { .name = STR("alone"), .workloads = &w, .workload_count = 1 };
    PspNeeds needs;
    Str why = STR_ABSENT;
    take_pods(&psp, scratch);
    psp_needs_read(psp.pods, psp.pod_count, inputs->target, scratch, &needs);
    psp_policy_build(&needs, &psp, false, scratch);
    if (!psp_policy_read(&psp.policy, inputs->target, scratch, &why)) {
        why = arena_concat(a, STR("the API takes no policy that names what it has: "), why);
    }
    arena_reset(scratch);
    return why;
}

static void skip_hopeless(AdviseInputs *inputs, Arena *a)
{
    Err err;
    Value open = psp_open_policy(inputs->target, a);
    const PspPolicy *policy = psp_policy_compile(&open, a, &err);
    assert(policy); /* it is ours */
    Arena scratch;
    arena_init(&scratch, 0);
    for (size_t i = 0; i < inputs->count; i++) {
        const AdviseWorkload *w = inputs->workloads[i];
        Str why = refused_by_all(inputs, w, policy, &scratch, a);
        if (!why.ptr) {
            why = unnameable(inputs, w, &scratch, a);
        }
        if (why.ptr) {
            advise_inputs_skip(inputs, i--, why, a);
        }
    }
    arena_done(&scratch);
}

/* -- groups --------------------------------------------------------------------------------------
 */

/* Namespaces have no dots, so no two groups have one name. */
static Str group_name(const AdviseWorkload *w, AdvisePer per, Arena *a)
{
    switch (per) {
    case ADVISE_PER_ALL:
        break;
    case ADVISE_PER_NAMESPACE:
        return w->namespace;
    case ADVISE_PER_ACCOUNT:
        return arena_printf(a, "%.*s.%.*s", STR_ARG(w->namespace),
                            STR_ARG(w->account.len ? w->account : STR("static-pods")));
    case ADVISE_PER_WORKLOAD:
        return arena_printf(a, "%.*s.%.*s.%.*s", STR_ARG(w->namespace),
                            STR_ARG(kube_kind_singular(&w->kind, a)), STR_ARG(w->name));
    }
    return STR("");
}

/* Names of objects are limited; what is cut off is told apart by a hash. */
static Str policy_name(Str first, Str group, Arena *a)
{
    Str name = group.len ? arena_printf(a, "%.*s.%.*s", STR_ARG(first), STR_ARG(group)) : first;
    if (name.len <= NAME_MAX_LEN) {
        return name;
    }
    static const char digits[] = "0123456789abcdef";
    uint8_t hash[SHA256_BYTES];
    sha256(name, hash);
    Str kept = str_slice(name, 0, NAME_MAX_LEN);
    while (str_ends_with(kept, STR(".")) || str_ends_with(kept, STR("-"))) {
        kept = str_slice(kept, 0, kept.len - 1);
    }
    Buf b = buf_new(a);
    buf_add(&b, kept);
    buf_lit(&b, "-x");
    for (size_t i = 0; i < HASH_BYTES; i++) {
        buf_byte(&b, digits[hash[i] >> 4]);
        buf_byte(&b, digits[hash[i] & 15]);
    }
    return buf_str(&b);
}

static int compare_groups(const void *left, const void *right)
{
    return str_cmp(((const Group *)left)->name, ((const Group *)right)->name);
}

/* By name; the workloads of each in their order. */
static Group *group(const AdviseInputs *inputs, AdvisePer per, size_t *count, Arena *a)
{
    Map by_name = map_new(a);
    for (size_t i = 0; i < inputs->count; i++) {
        const AdviseWorkload *w = inputs->workloads[i];
        Str name = group_name(w, per, a);
        Group *g = map_get(&by_name, name);
        if (!g) {
            g = new(a, Group, 1);
            map_set(&by_name, name, g);
        }
        g->count++;
    }
    Group *groups = new(a, Group, by_name.count + 1);
    *count = by_name.count;
    for (size_t i = 0; i < by_name.count; i++) {
        Group *counted = by_name.entries[i].value;
        groups[i].name = by_name.entries[i].key;
        groups[i].workloads = new(a, const AdviseWorkload *, counted->count);
        by_name.entries[i].value = &groups[i];
    }
    for (size_t i = 0; i < inputs->count; i++) {
        const AdviseWorkload *w = inputs->workloads[i];
        Group *g = map_get(&by_name, group_name(w, per, a));
        g->workloads[g->count++] = w;
    }
    qsort(groups, *count, sizeof *groups, compare_groups);
    return groups;
}

/* -- one policy ----------------------------------------------------------------------------------
 */

static bool has_many_namespaces(const AdvisePsp *psp)
{
    for (size_t i = 1; i < psp->workload_count; i++) {
        if (!str_eq(psp->workloads[i]->namespace, psp->workloads[0]->namespace)) {
            return true;
        }
    }
    return false;
}

static bool advise(const Group *g, const AdviseInputs *inputs, Str name, AdvisePsp *psp, Arena *a,
                   Err *err)
{
    *psp = (AdvisePsp){ .name = policy_name(name, g->name, a),
                        .workloads = g->workloads,
                        .workload_count = g->count };
    take_pods(psp, a);
    PspNeeds *needs = new(a, PspNeeds, 1); /* the policy's lines point into it */
    psp_needs_read(psp->pods, psp->pod_count, inputs->target, a, needs);
    psp_policy_build(needs, psp, has_many_namespaces(psp), a);
    psp_grants_build(psp, a);
    return psp_prove(needs, psp, a, err);
}

/* An account of several policies may use each of them for any of its pods. */
static void note_shared_accounts(AdvisePspReport *report, Arena *a)
{
    Map by_account = map_new(a);
    for (size_t i = 0; i < report->count; i++) {
        const AdvisePsp *psp = &report->policies[i];
        for (size_t k = 0; k < psp->pod_count; k++) {
            const AdvisePod *pod = psp->pods[k];
            Str key = arena_printf(a, "%.*s/%.*s", STR_ARG(pod->workload->namespace),
                                   STR_ARG(pod->account));
            void **at = map_at(&by_account, key);
            if (*at && *at != (void *)report && *at != (const void *)psp) {
                analyze_note(&report->notes,
                             arena_printf(a,
                                          "service account %.*s is of workloads of several "
                                          "policies, and may use all of them: give each an account "
                                          "of its own",
                                          STR_ARG(key)),
                             a);
                *at = report; /* said */
            } else if (!*at) {
                *at = (void *)(uintptr_t)psp;
            }
        }
    }
}

/* A policy of today may set something on the pods of a workload, which then goes with it. */
static void note_lost_defaults(const AdviseInputs *inputs, AdvisePspReport *report, Arena *a)
{
    const Facts *facts = snapshot_facts(inputs->given);
    Arena scratch;
    arena_init(&scratch, 0);
    for (size_t i = 0; i < inputs->count; i++) {
        const AdviseWorkload *w = inputs->workloads[i];
        for (size_t k = 1; k < w->pod_count; k++) {
            Str why = STR("");
            Str change = STR("would be changed: ");
            const PspPolicy *today = facts->psp_policy(facts->cluster, w->pods[k]->policy);
            if (today && !psp_leaves(today, &w->pods[0]->view, inputs->target, &scratch, &why, a) &&
                str_starts_with(why, change)) {
                analyze_note(&report->notes,
                             arena_printf(a,
                                          "policy %.*s sets %.*s on pods of %.*s in namespace "
                                          "%.*s; what is advised sets nothing: write it into the "
                                          "workload if it is needed",
                                          STR_ARG(today->name),
                                          STR_ARG(str_cut_prefix(why, change)), STR_ARG(w->text),
                                          STR_ARG(w->namespace)),
                             a);
                break;
            }
        }
    }
    arena_done(&scratch);
}

bool advise_psp(AdviseInputs *inputs, const AdvisePspQuestion *question, Arena *a,
                AdvisePspReport *out, Err *err)
{
    AdvisePspReport report = { 0 };
    skip_hopeless(inputs, a);
    Group *groups = group(inputs, question->per, &report.count, a);
    report.policies = new(a, AdvisePsp, report.count + 1);
    Str name = question->name.ptr ? question->name : STR("advised");
    for (size_t i = 0; i < report.count; i++) {
        AdvisePsp *psp = &report.policies[i];
        if (!advise(&groups[i], inputs, name, psp, a, err)) {
            return false;
        }
        report.pod_count += psp->pod_count;
        report.grant_count += psp->taken_count;
    }
    note_shared_accounts(&report, a);
    note_lost_defaults(inputs, &report, a);
    if (!psp_prove_admission(inputs, &report, a, err)) {
        return false;
    }
    *out = report;
    return true;
}
