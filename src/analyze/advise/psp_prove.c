/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof of a policy: every pod is admitted as it is, and whatever is taken away from the
 * policy, some pod is not.
 *
 * What can be taken away is found by walking the policy, not by what it was made from: each flag,
 * each item of a list, each number at the end of a range, each rule and each restriction that could
 * be stricter. The engine that decides is the one of admission.
 */
#include "analyze/advise/psp_prove.h"

#include "decide/psp/object.h"

/* -- one pod -------------------------------------------------------------------------------------
 */

/* What a change of the pod would set; absent when it is none but to say again in an annotation what
 * a field says. */
static Str change_of(const Value *patch)
{
    VALUE_EACH_ITEM(op, patch) {
        Str path = value_get_str(op, STR("path"));
        if (!str_starts_with(path, STR("/metadata/annotations"))) {
            return path;
        }
    }
    return STR_ABSENT;
}

/* "spec.containers[0].hostPort: Invalid value: ..." */
static Str refusal_of(const PspDecision *d, Arena *a)
{
    const FieldError *e = d->tried_count ? d->tried[0].errs.first : NULL;
    Buf b = buf_new(a);
    if (e) {
        field_error_write(e, &b);
    } else {
        buf_lit(&b, "the policy cannot be applied");
    }
    return buf_str(&b);
}

bool psp_leaves(const PspPolicy *policy, const PodView *pod, const KubeTarget *target,
                Arena *scratch, Str *why, Arena *a)
{
    ArenaMark mark = arena_mark(scratch);
    PspCandidate candidate = { .policy = policy };
    PspRequest request = { .candidates = &candidate,
                           .candidate_count = 1,
                           .providers_exist = true,
                           .pod = pod,
                           .pass = PSP_MUTATING,
                           .target = target };
    PspDecision decision;
    psp_admit(&request, scratch, &decision);
    Str change = decision.allowed ? change_of(&decision.patch) : STR_ABSENT;
    bool leaves = decision.allowed && !change.ptr;
    if (!leaves && why) {
        *why = decision.allowed
                   ? arena_printf(a, "would be changed: %.*s", STR_ARG(change))
                   : arena_printf(a, "is refused: %.*s", STR_ARG(refusal_of(&decision, scratch)));
    }
    arena_rewind(scratch, mark);
    return leaves;
}

const PspPolicy *psp_policy_read(const Value *policy, const KubeTarget *target, Arena *a, Str *why)
{
    Err err;
    FieldErrors errs = field_errors_new(a);
    const PspPolicy *compiled = psp_policy_compile(policy, a, &err);
    if (!compiled) {
        *why = err.msg;
        return NULL;
    }
    psp_validate(policy, target, &errs);
    if (errs.first) {
        Buf b = buf_new(a);
        field_error_write(errs.first, &b);
        *why = buf_str(&b);
        return NULL;
    }
    return compiled;
}

/* -- taking away ---------------------------------------------------------------------------------
 */

/* Who is not admitted by the policy? Sound whatever the order; the order makes it quick. */
static const AdvisePod *find_refused(PspProving *p, const PspPolicy *policy, Str *how)
{
    for (size_t i = 0; i < p->psp->pod_count; i++) {
        const AdvisePod *pod = p->order[i];
        if (!psp_leaves(policy, &pod->view, p->needs->target, p->scratch, how, p->arena)) {
            memmove(p->order + 1, p->order, i * sizeof(const AdvisePod *));
            p->order[0] = pod;
            return pod;
        }
    }
    return NULL;
}

static void record(PspProving *p, AdviseTaken taken)
{
    AdvisePsp *psp = p->psp;
    if (psp->taken_count == p->taken_cap) {
        p->taken_cap = p->taken_cap ? p->taken_cap * 2 : 32;
        AdviseTaken *grown = new(p->arena, AdviseTaken, p->taken_cap);
        if (psp->taken_count) {
            memcpy(grown, psp->taken, psp->taken_count * sizeof *grown);
        }
        psp->taken = grown;
    }
    psp->taken[psp->taken_count++] = taken;
}

void psp_try_less(PspProving *p, const Value *less, Str what, Str path)
{
    Err err;
    AdviseTaken taken = { .what = what, .path = path };
    ArenaMark mark = arena_mark(p->scratch);
    const PspPolicy *policy = psp_policy_compile(less, p->scratch, &err);
    if (policy) {
        taken.pod = find_refused(p, policy, &taken.how);
    }
    arena_rewind(p->scratch, mark);
    record(p, taken);
}

/* -- the whole -----------------------------------------------------------------------------------
 */

static bool is_defect(const AdvisePsp *psp, Arena *a, Err *err, Str what)
{
    return err_set(err, a, ERR_CONFLICT,
                   "the proof of policy %.*s fails, which is a defect of podgate: please report "
                   "it, with the workloads. %.*s",
                   STR_ARG(psp->name), STR_ARG(what));
}

/* The API takes the policy, and it admits every pod. */
static bool prove_admitted(PspProving *p, Err *err)
{
    Str why = STR("");
    const PspPolicy *policy = psp_policy_read(&p->psp->policy, p->needs->target, p->arena, &why);
    if (!policy) {
        return is_defect(p->psp, p->arena, err,
                         arena_concat(p->arena, STR("The API refuses it: "), why));
    }
    const AdvisePod *refused = find_refused(p, policy, &why);
    return !refused ||
           is_defect(p->psp, p->arena, err,
                     arena_printf(p->arena, "%.*s in %.*s %.*s", STR_ARG(refused->workload->text),
                                  STR_ARG(refused->workload->namespace), STR_ARG(why)));
}

static bool prove_needed(PspProving *p, Err *err)
{
    psp_take_grants(p);
    psp_take_rules(p);
    for (size_t i = 0; i < p->psp->taken_count; i++) {
        const AdviseTaken *t = &p->psp->taken[i];
        if (!t->pod) {
            return is_defect(p->psp, p->arena, err,
                             arena_concat(p->arena, t->what, STR(" is needed by none of them")));
        }
    }
    return true;
}

bool psp_prove(const PspNeeds *needs, AdvisePsp *psp, Arena *a, Err *err)
{
    Arena scratch;
    arena_init(&scratch, 0);
    PspProving p = { .needs = needs, .psp = psp, .arena = a, .scratch = &scratch };
    p.order = new(a, const AdvisePod *, psp->pod_count + 1);
    for (size_t i = 0; i < psp->pod_count; i++) {
        p.order[i] = psp->pods[i];
    }
    bool ok = prove_admitted(&p, err) && prove_needed(&p, err);
    arena_done(&scratch);
    return ok;
}
