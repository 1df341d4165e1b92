/* SPDX-License-Identifier: Apache-2.0 */
/* Every policy of the cluster: who may use it here, what it says of the pod, which came first. */
#include "analyze/explain/explain.h"
#include "analyze/remedy/search.h"

#include "base/map.h"
#include "decide/admission/policy_use.h"

#include <stdlib.h>

/* -- who may use what ---------------------------------------------------------------------------
 */

/* A rule of a binding's role: it grants the use of one policy, or of every one. */
typedef struct Grant {
    const RbacBinding *binding;
    Str policy;                 /* absent for every policy */
    const struct Grant *before; /* the one before it of the same policy */
} Grant;

typedef struct Grants {
    Grant *items;
    size_t count;
    size_t cap;
    Arena *arena;
    Map by_policy;        /* to the Grant that was added last of those of the policy's name */
    const Grant **of_all; /* those of every policy */
    size_t of_all_count;
} Grants;

/* Looking through all grants for each policy takes seconds where there are 10,000 of both. */
static void index_grants(Grants *g)
{
    g->by_policy = map_new(g->arena);
    g->of_all = new(g->arena, const Grant *, g->count + 1);
    for (size_t i = 0; i < g->count; i++) {
        Grant *grant = &g->items[i];
        if (grant->policy.ptr) {
            void **place = map_at(&g->by_policy, grant->policy);
            grant->before = *place;
            *place = grant;
        } else {
            g->of_all[g->of_all_count++] = grant;
        }
    }
}

/* Those of one policy, as found. */
static const Grant **grants_of(const Grants *g, Str policy, Arena *a, size_t *count)
{
    const Grant *last = map_get(&g->by_policy, policy);
    size_t own = 0;
    for (const Grant *one = last; one; one = one->before) {
        own++;
    }
    const Grant **out = new(a, const Grant *, own + g->of_all_count + 1);
    *count = own + g->of_all_count;
    size_t all = g->of_all_count;
    for (size_t i = *count; i-- > 0;) {
        bool is_own = last && (all == 0 || last > g->of_all[all - 1]);
        out[i] = is_own ? last : g->of_all[--all];
        last = is_own ? last->before : last;
    }
    return out;
}

static void add_grant(Grants *g, const RbacBinding *b, Str policy)
{
    if (g->count && g->items[g->count - 1].binding == b &&
        str_eq(g->items[g->count - 1].policy, policy) &&
        (g->items[g->count - 1].policy.ptr == NULL) == (policy.ptr == NULL)) {
        return;
    }
    if (g->count == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : 32;
        Grant *items = new(g->arena, Grant, cap);
        if (g->count) {
            memcpy(items, g->items, g->count * sizeof(Grant));
        }
        g->items = items;
        g->cap = cap;
    }
    g->items[g->count++] = (Grant){ b, policy, NULL };
}

static void find_grants(const Facts *facts, Str namespace, Grants *out)
{
    RbacBindingList list = facts->rbac_all_bindings(facts->cluster, namespace);
    for (size_t i = 0; i < list.count; i++) {
        const RbacRole *role = rbac_binding_role(facts, list.items[i]);
        for (size_t j = 0; role && j < role->rule_count; j++) {
            const RbacRule *rule = &role->rules[j];
            if (rule->resource_names.count == 0 && psp_rule_allows_use(rule, STR("x"), NULL)) {
                add_grant(out, list.items[i], STR_ABSENT);
            }
            for (size_t k = 0; k < rule->resource_names.count; k++) {
                if (psp_rule_allows_use(rule, rule->resource_names.items[k], NULL)) {
                    add_grant(out, list.items[i], rule->resource_names.items[k]);
                }
            }
        }
    }
}

/* The pod's account as the plugin asks for it: not in system:authenticated. */
static UserInfo account_user(const AdmitItem *item, Arena *a)
{
    Str *list = new(a, Str, 2);
    list[0] = STR(RBAC_GROUP_SERVICE_ACCOUNTS);
    list[1] = arena_concat(a, STR(RBAC_GROUP_SERVICE_ACCOUNTS ":"), item->namespace);
    return (UserInfo){ .name = item->account.name, .groups = { list, 2 } };
}

typedef struct Who {
    UserInfo account;
    const UserInfo *requester;
} Who;

static ExplainFor counts_for(const Who *who, const RbacSubject *subject)
{
    if (!who->requester) {
        return EXPLAIN_FOR_NOBODY;
    }
    if (rbac_subject_is(subject, &who->account)) {
        return EXPLAIN_FOR_ACCOUNT;
    }
    return rbac_subject_is(subject, who->requester) ? EXPLAIN_FOR_REQUESTER : EXPLAIN_FOR_NOBODY;
}

/* The account's own first, then the requester's, then others; each by binding as found. */
static void fill_subjects(const Grants *grants, const Who *who, Arena *a, ExplainPolicy *p)
{
    size_t grant_count;
    const Grant **own = grants_of(grants, p->policy->name, a, &grant_count);
    size_t all = 0;
    for (size_t i = 0; i < grant_count; i++) {
        all += own[i]->binding->subject_count;
    }
    ExplainSubject *subjects = new(a, ExplainSubject, all + 1);
    static const ExplainFor order[] = { EXPLAIN_FOR_ACCOUNT, EXPLAIN_FOR_REQUESTER,
                                        EXPLAIN_FOR_NOBODY };
    for (size_t o = 0; o < COUNT_OF(order); o++) {
        for (size_t i = 0; i < grant_count; i++) {
            const RbacBinding *binding = own[i]->binding;
            for (uint32_t j = 0; j < binding->subject_count; j++) {
                const RbacSubject *subject = &binding->subjects[j];
                if (subject->kind != RBAC_SUBJECT_NOBODY && counts_for(who, subject) == order[o]) {
                    subjects[p->subject_count++] = (ExplainSubject){ binding, subject, order[o] };
                    p->usable = p->usable || order[o] != EXPLAIN_FOR_NOBODY;
                }
            }
        }
    }
    p->subjects = subjects;
    p->by_masters = !p->usable && who->requester &&
                    str_list_has(who->requester->groups, STR(RBAC_GROUP_MASTERS));
    p->usable = p->usable || p->by_masters;
}

const ExplainSubject *explain_users(const Facts *facts, Str namespace, const PspPolicy *policy,
                                    Arena *a, size_t *count)
{
    Grants grants = { .arena = a };
    find_grants(facts, STR(""), &grants);
    find_grants(facts, namespace, &grants);
    index_grants(&grants);
    Who nobody = { .requester = NULL };
    ExplainPolicy p = { .policy = policy };
    fill_subjects(&grants, &nobody, a, &p);
    *count = p.subject_count;
    return p.subjects;
}

/* -- what each says -----------------------------------------------------------------------------
 */

/* item's policies are by name. */
static ExplainPolicy *find_policy(ExplainItem *item, Str name)
{
    size_t from = 0;
    size_t to = item->policy_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = str_cmp(item->policies[middle].policy->name, name);
        if (order == 0) {
            return &item->policies[middle];
        }
        *(order < 0 ? &from : &to) = order < 0 ? middle + 1 : middle;
    }
    return NULL;
}

static void fill_verdicts(const PspDecision *all, Arena *a, ExplainItem *item)
{
    for (size_t i = 0; all && i < all->tried_count; i++) {
        const PspTried *tried = &all->tried[i];
        ExplainPolicy *p = find_policy(item, tried->candidate.policy->name);
        if (p) {
            p->tried = true;
            p->outcome = tried->outcome;
            p->errs = tried->errs;
            p->patch = tried->patch;
            p->changes = admit_changes(&tried->patch, a);
        }
    }
}

static int usable_first(const void *a, const void *b)
{
    const ExplainPolicy *first = a;
    const ExplainPolicy *second = b;
    if (first->usable != second->usable) {
        return first->usable ? -1 : 1;
    }
    return str_cmp(first->policy->name, second->policy->name);
}

/* -- who won ------------------------------------------------------------------------------------
 */

/* The first of those that may be used that changes nothing, else the first that admits; but for
 * one. */
static const ExplainPolicy *first_that_admits(const ExplainItem *item, const ExplainPolicy *but)
{
    static const PspOutcome order[] = { PSP_ADMITS, PSP_ADMITS_CHANGED };
    for (size_t o = 0; o < COUNT_OF(order); o++) {
        for (size_t i = 0; i < item->policy_count; i++) {
            const ExplainPolicy *p = &item->policies[i];
            if (p != but && p->usable && p->tried && p->outcome == order[o]) {
                return p;
            }
        }
    }
    return NULL;
}

/* Of those that refuse it, one that may be used, with the fewest errors. */
static const ExplainPolicy *nearest(const ExplainItem *item)
{
    const ExplainPolicy *best = NULL;
    for (size_t i = 0; i < item->policy_count; i++) {
        const ExplainPolicy *p = &item->policies[i];
        if (p->usable && p->tried && p->outcome == PSP_REFUSED &&
            (!best || p->errs.count < best->errs.count)) {
            best = p;
        }
    }
    return best;
}

static void find_places(ExplainItem *item)
{
    const AdmissionDecision *d = &item->admit->decision;
    for (size_t i = 0; i < item->policy_count && d->psp.len; i++) {
        if (str_eq(item->policies[i].policy->name, d->psp)) {
            item->winner = &item->policies[i];
        }
    }
    if (item->winner) {
        item->runner_up = first_that_admits(item, item->winner);
    } else {
        item->runner_up = nearest(item);
    }
}

void explain_policies(const RemedyQuestion *question, ExplainItem *item, const Facts *facts,
                      Arena *a)
{
    if (!(question->plugins & ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY_POLICY))) {
        return;
    }
    PspPolicyList all = facts->psp_policies(facts->cluster);
    Grants grants = { .arena = a };
    find_grants(facts, STR(""), &grants);
    find_grants(facts, item->admit->namespace, &grants);
    index_grants(&grants);
    Who who = { account_user(item->admit, a), &item->admit->user };
    item->policies = new(a, ExplainPolicy, all.count + 1);
    item->policy_count = all.count;
    for (size_t i = 0; i < all.count; i++) {
        item->policies[i] = (ExplainPolicy){ .policy = all.items[i],
                                             .patch = value_null(),
                                             .openness = remedy_openness(all.items[i]) };
        fill_subjects(&grants, &who, a, &item->policies[i]);
    }
    RemedySearch s = { .question = question, .arena = a, .workload = item->admit->workload };
    RemedyTrial trial;
    remedy_try_all(&s, &trial);
    fill_verdicts(trial.psp, a, item);
    remedy_trial_done(&trial); /* the policies are those of the cluster below it */
    qsort(item->policies, item->policy_count, sizeof(ExplainPolicy), usable_first);
    find_places(item);
}

Str explain_verdict_text(const ExplainPolicy *p, Arena *a)
{
    const char *would = p->usable ? "" : "would ";
    if (!p->tried) {
        return STR("not asked");
    }
    switch (p->outcome) {
    case PSP_NO_PROVIDER:
        return arena_printf(a, "is of no use: %.*s", STR_ARG(p->policy->build_error));
    case PSP_REFUSED:
        return arena_printf(a, "%s (%zu)", p->usable ? "refuses" : "would refuse", p->errs.count);
    case PSP_ADMITS:
        return arena_printf(a, "%s", p->usable ? "admits" : "would admit");
    case PSP_ADMITS_CHANGED:
        return arena_printf(a, "%s%s", would, p->usable ? "admits, changed" : "admit, changed");
    case PSP_WOULD_CHANGE:
        return STR("would change it");
    case PSP_NOT_TRIED:
        break;
    }
    return STR("not asked");
}
