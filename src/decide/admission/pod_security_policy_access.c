/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may use which PodSecurityPolicy, asked of an authorizer that knows (decide/access.h).
 *
 * RBAC can tell for all policies at once; such an authorizer answers for one at a time, and each
 * question is a request to somebody. So the policies are tried first, and only those are asked
 * about whose answer the outcome depends on: those that accept the pod as it is, in their order,
 * until one may be used; then those that would change it; and when none of either may be used,
 * those that refuse it, as their reasons are for who may use them.
 */
#include "decide/admission/pod_security_policy.h"

enum {
    AT_ONCE_MAX = 4,  /* policies that are asked about together: most pods need the first */
    REASONS_MAX = 64, /* refusing policies that are asked about: they make the message longer */
};

typedef struct Asking {
    const AdmissionRun *run;
    const AccessAsker *asker;
    const UserInfo *users[2]; /* by PspGrantee; NULL for none */
    bool waits;
} Asking;

/* In one group after the other, as a right in the first one is the usual thing. */
static AccessAnswer may_use(const Asking *x, const UserInfo *user, Str policy)
{
    for (size_t i = 0; i < psp_grant_groups.count; i++) {
        AccessQuestion question = {
            .user = user,
            .verb = STR("use"),
            .group = psp_grant_groups.items[i],
            .resource = STR("podsecuritypolicies"),
            .name = policy,
            .namespace = x->run->request->namespace,
        };
        AccessAnswer answer = x->asker->ask(x->asker->context, &question);
        if (answer != ACCESS_DENIED) {
            return answer;
        }
    }
    return ACCESS_DENIED;
}

/* The account's right before the requester's. Both are asked about together: one of them, as a
 * rule, may use nothing. A yes for one is enough, though the other may not be known yet. */
static AccessAnswer ask(const Asking *x, PspCandidate *c)
{
    AccessAnswer answers[COUNT_OF(x->users)];
    for (size_t i = 0; i < COUNT_OF(x->users); i++) {
        answers[i] = x->users[i] ? may_use(x, x->users[i], c->policy->name) : ACCESS_DENIED;
        if (answers[i] == ACCESS_ALLOWED) {
            c->grantee = (PspGrantee)i;
            return ACCESS_ALLOWED;
        }
    }
    bool unknown = answers[0] == ACCESS_UNKNOWN || answers[1] == ACCESS_UNKNOWN;
    return unknown ? ACCESS_UNKNOWN : ACCESS_DENIED;
}

/* The first max policies of that outcome that may be used, of at most looked_max; when it waits,
 * out is of no use. What comes after one that is not known yet is asked about along with it. */
static void find(Asking *x, const PspDecision *d, PspOutcome outcome, size_t max, size_t looked_max,
                 PspCandidates *out)
{
    size_t unknown = 0;
    for (size_t i = 0; i < d->tried_count && looked_max && unknown < AT_ONCE_MAX; i++) {
        PspCandidate c = d->tried[i].candidate;
        if (d->tried[i].outcome != outcome) {
            continue;
        }
        looked_max--;
        AccessAnswer answer = ask(x, &c);
        unknown += answer == ACCESS_UNKNOWN;
        if (answer == ACCESS_ALLOWED) {
            out->items[out->count++] = c;
            if (out->count == max) {
                break;
            }
        }
    }
    x->waits |= unknown > 0;
}

bool psp_candidates_asked(const AdmissionRun *run, PspPass pass, const PodView *pod,
                          PspCandidates *out)
{
    Arena *a = run->arena;
    PspPolicyList all = run->facts->psp_policies(run->facts->cluster);
    PspCandidate *items = new(a, PspCandidate, all.count);
    for (size_t i = 0; i < all.count; i++) {
        items[i].policy = all.items[i];
    }
    PspRequest request = { .candidates = items,
                           .candidate_count = all.count,
                           .pod = pod,
                           .pass = pass,
                           .target = run->request->target,
                           .only_outcomes = true };
    PspDecision tried;
    psp_admit(&request, a, &tried);
    UserInfo account;
    Asking x = {
        .run = run,
        .asker = run->request->access,
        .users = { psp_account_of(run, &account) ? &account : NULL, run->request->user },
    };
    *out = (PspCandidates){ new(a, PspCandidate, all.count), 0 };
    find(&x, &tried, PSP_ADMITS, 1, all.count, out);
    if (!out->count && !x.waits) {
        find(&x, &tried, PSP_ADMITS_CHANGED, 1, all.count, out);
    }
    if (!out->count && !x.waits) {
        find(&x, &tried, PSP_REFUSED, all.count, REASONS_MAX, out);
    }
    return !x.waits;
}
