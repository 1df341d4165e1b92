/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PodSecurityPolicy admission: which policies are tried, in which order, and which one wins.
 *
 * Source: Kubernetes 1.20, plugin/pkg/admission/security/podsecuritypolicy
 */
#include "decide/psp/psp.h"

#include "decide/psp/attempt.h"

#include <stdlib.h>

bool psp_any_provider(PspPolicyList policies)
{
    for (size_t i = 0; i < policies.count; i++) {
        if (!policies.items[i]->build_error.ptr) {
            return true;
        }
    }
    return false;
}

Str psp_outcome_text(PspOutcome outcome)
{
    static const Str texts[] = {
        [PSP_NOT_TRIED] = STR_INIT("not tried"),
        [PSP_NO_PROVIDER] = STR_INIT("cannot be applied"),
        [PSP_REFUSED] = STR_INIT("refuses"),
        [PSP_ADMITS] = STR_INIT("admits"),
        [PSP_ADMITS_CHANGED] = STR_INIT("admits changed"),
        [PSP_WOULD_CHANGE] = STR_INIT("would change it"),
    };
    return texts[outcome];
}

/* One decision being made. */
typedef struct Deciding {
    const PspRequest *request;
    Arena *arena;
    PspAttempt base;          /* the pod as it is */
    PspAttempt at;            /* the policy being tried */
    PspContainer *containers; /* the overlay that attempts use */
} Deciding;

/* Sets what the policy has defaults for, on the overlay. False when it builds no provider. */
static bool apply_defaults(Deciding *d, const PspPolicy *policy, FieldErrors *errs)
{
    if (policy->build_error.ptr) {
        return false;
    }
    d->at.errs = errs;
    d->at.containers = d->containers;
    psp_attempt_default(&d->at, &d->base, policy);
    return true;
}

static PspOutcome outcome_of_change(const Deciding *d)
{
    return d->request->pass == PSP_MUTATING ? PSP_ADMITS_CHANGED : PSP_WOULD_CHANGE;
}

/* errs: where to put the messages, or NULL for the outcome alone. */
static PspOutcome try_policy(Deciding *d, const PspPolicy *policy, FieldErrors *errs)
{
    if (!apply_defaults(d, policy, errs)) {
        return PSP_NO_PROVIDER;
    }
    psp_attempt_check(&d->at);
    if (d->at.failures) {
        return PSP_REFUSED;
    }
    return psp_attempt_changes(&d->at) ? outcome_of_change(d) : PSP_ADMITS;
}

/* The same, for when a policy that changes the pod is not wanted: such a one is not checked, and
 * whether it would refuse the pod is left open. */
static PspOutcome try_unchanged(Deciding *d, const PspPolicy *policy)
{
    if (!apply_defaults(d, policy, NULL)) {
        return PSP_NO_PROVIDER;
    }
    if (psp_attempt_changes(&d->at)) {
        return PSP_NOT_TRIED;
    }
    psp_attempt_check(&d->at);
    return d->at.failures ? PSP_REFUSED : PSP_ADMITS;
}

static int compare_names(const void *a, const void *b)
{
    return str_cmp(((const PspTried *)a)->candidate.policy->name,
                   ((const PspTried *)b)->candidate.policy->name);
}

/* The candidates in the order in which they are tried: by name, but the validating pass begins
 * with the one that the pod's annotation names. */
static void order_candidates(const PspRequest *request, PspTried *tried)
{
    size_t count = request->candidate_count;
    bool sorted = true;
    for (size_t i = 0; i < count; i++) {
        tried[i].candidate = request->candidates[i];
        sorted = sorted && (i == 0 || compare_names(&tried[i - 1], &tried[i]) <= 0);
    }
    if (!sorted) {
        qsort(tried, count, sizeof(*tried), compare_names);
    }
    if (request->pass != PSP_VALIDATING) {
        return;
    }
    Str hint = pod_annotation(request->pod, STR(PSP_ANNOTATION));
    for (size_t i = 0; i < count && hint.ptr; i++) {
        if (str_eq(tried[i].candidate.policy->name, hint)) {
            PspTried hinted = tried[i];
            memmove(tried + 1, tried, i * sizeof(*tried));
            tried[0] = hinted;
            break;
        }
    }
}

/* Tries one candidate as far as it can matter; explain wants to know it all. */
static void try_candidate(Deciding *d, PspTried *t, bool have_winner)
{
    if (d->request->only_outcomes) {
        t->outcome = try_policy(d, t->candidate.policy, NULL);
    } else if (d->request->explain) {
        t->outcome = try_policy(d, t->candidate.policy, &t->errs);
        if (t->outcome == PSP_ADMITS_CHANGED || t->outcome == PSP_WOULD_CHANGE) {
            t->patch = psp_attempt_patch(&d->at);
        }
    } else if (have_winner || d->request->pass == PSP_VALIDATING) {
        t->outcome = try_unchanged(d, t->candidate.policy);
    } else {
        t->outcome = try_policy(d, t->candidate.policy, NULL);
    }
}

/* Tries them in order, until one admits the pod unchanged. Returns the winner or NULL. */
static PspTried *find_winner(Deciding *d, PspDecision *out)
{
    PspTried *winner = NULL;
    for (size_t i = 0; i < out->tried_count; i++) {
        PspTried *t = &out->tried[i];
        bool decided = winner && winner->outcome == PSP_ADMITS;
        t->errs = field_errors_new(d->arena);
        t->patch = value_array();
        if (decided && !d->request->explain && !d->request->only_outcomes) {
            continue;
        }
        try_candidate(d, t, winner);
        if (t->outcome == PSP_ADMITS ? !decided : t->outcome == PSP_ADMITS_CHANGED && !winner) {
            winner = t;
        }
    }
    return winner;
}

/* Nobody admits the pod: what each says to it. */
static void collect_errors(Deciding *d, PspDecision *out)
{
    for (size_t i = 0; i < out->tried_count; i++) {
        PspTried *t = &out->tried[i];
        if (t->outcome != PSP_NO_PROVIDER && t->errs.count == 0) {
            t->outcome = try_policy(d, t->candidate.policy, &t->errs);
        }
    }
}

static bool any_provider(const PspRequest *request)
{
    for (size_t i = 0; i < request->candidate_count; i++) {
        if (!request->candidates[i].policy->build_error.ptr) {
            return true;
        }
    }
    return request->providers_exist;
}

/* `PodSecurityPolicy: unable to admit pod: [...]`, in the wording of the target. */
static Str denial(const PspRequest *request, const PspDecision *decision, Arena *a)
{
    bool older = request->target->minor <= 19;
    Buf b = buf_new(a);
    buf_add(&b, older ? STR("") : STR("PodSecurityPolicy: "));
    if (!any_provider(request)) {
        buf_lit(&b, "no providers available to validate pod request");
        return buf_str(&b);
    }
    buf_add(&b, older ? STR("unable to validate against any pod security policy: [")
                : request->pass == PSP_MUTATING ? STR("unable to admit pod: [")
                                                : STR("unable to validate pod: ["));
    bool first = true;
    for (size_t i = 0; i < decision->tried_count; i++) {
        for (const FieldError *e = decision->tried[i].errs.first; e; e = e->next) {
            buf_add(&b, first ? STR("") : STR(" "));
            field_error_write(e, &b);
            first = false;
        }
    }
    buf_byte(&b, ']');
    return buf_str(&b);
}

void psp_admit(const PspRequest *request, Arena *a, PspDecision *out)
{
    Deciding d = { .request = request, .arena = a };
    *out = (PspDecision){ .patch = value_array(), .tried_count = request->candidate_count };
    out->tried = new(a, PspTried, request->candidate_count);
    order_candidates(request, out->tried);
    d.base = psp_attempt_new(request->pod, request->target, a);
    d.containers = arena_alloc(a, d.base.container_count * sizeof(*d.containers));

    PspTried *winner = find_winner(&d, out);
    if (request->only_outcomes) {
        return;
    }
    if (!winner) {
        collect_errors(&d, out);
        out->message = denial(request, out, a);
        return;
    }
    out->allowed = true;
    out->policy = winner->candidate.policy;
    out->mutates = winner->outcome == PSP_ADMITS_CHANGED;
    if (request->pass == PSP_MUTATING) {
        if (d.at.policy != out->policy) {
            try_policy(&d, out->policy, NULL); /* its overlay again */
        }
        out->patch = psp_attempt_patch(&d.at);
    }
}
