/* SPDX-License-Identifier: Apache-2.0 */
/* Which service accounts are used, and what for they have rights. */
#include "analyze/advise/rbac.h"

#include "analyze/grant.h"
#include "base/map.h"

#include <stdlib.h>

enum { NAMED_MAX = 3 }; /* workloads in a line of text */

/* A list that grows, of one account. */
typedef struct Draft {
    AdviseAccount account;
    size_t workload_cap;
    size_t grant_cap;
    AdviseRbac *first;
    AdviseRbac *last;
} Draft;

typedef struct Asking {
    const AdviseInputs *inputs;
    const Facts *facts;
    Map drafts;       /* "namespace/name" to Draft */
    Map group_grants; /* of system:serviceaccounts and system:serviceaccounts:NS, to Draft */
    Arena *arena;
} Asking;

static Str key_of(Str namespace, Str name, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s", STR_ARG(namespace), STR_ARG(name));
}

static Draft *draft_of(Asking *asking, Str namespace, Str name)
{
    Str key = key_of(namespace, name, asking->arena);
    Draft *draft = map_get(&asking->drafts, key);
    if (!draft) {
        draft = new(asking->arena, Draft, 1);
        draft->account.namespace = namespace;
        draft->account.name = name;
        ObjectKey object = { STR(""), STR("ServiceAccount"), namespace, name };
        draft->account.is_there = str_eq(name, STR("default")) ||
                                  asking->facts->object(asking->facts->cluster, object);
        map_set(&asking->drafts, key, draft);
    }
    return draft;
}

/* -- workloads -----------------------------------------------------------------------------------
 */

static bool mounts_token(const Asking *asking, const AdvisePod *pod)
{
    OptBool own = value_get_bool(value_get_lit(&pod->sent, "spec"),
                                 STR("automountServiceAccountToken"));
    ObjectKey key = { STR(""), STR("ServiceAccount"), pod->workload->namespace, pod->account };
    const Value *account = asking->facts->object(asking->facts->cluster, key);
    OptBool of_account = value_get_bool(account, STR("automountServiceAccountToken"));
    return own.set ? own.value : of_account.set ? of_account.value : true;
}

static void add_workload(Asking *asking, Draft *draft, const AdviseWorkload *w)
{
    AdviseAccount *account = &draft->account;
    if (account->workload_count == draft->workload_cap) {
        draft->workload_cap = draft->workload_cap ? draft->workload_cap * 2 : 4;
        const AdviseWorkload **grown = new(asking->arena, const AdviseWorkload *,
                                            draft->workload_cap);
        if (account->workload_count) {
            memcpy(grown, account->workloads, account->workload_count * sizeof *grown);
        }
        account->workloads = grown;
    }
    account->workloads[account->workload_count++] = w;
}

static void read_workloads(Asking *asking)
{
    for (size_t i = 0; i < asking->inputs->count; i++) {
        const AdviseWorkload *w = asking->inputs->workloads[i];
        if (!w->account.len) {
            continue; /* a mirror pod */
        }
        Draft *draft = draft_of(asking, w->namespace, w->account);
        add_workload(asking, draft, w);
        bool mounts = false;
        for (size_t k = 0; k < w->pod_count; k++) {
            mounts = mounts || mounts_token(asking, w->pods[k]);
        }
        draft->account.mounting += mounts;
    }
}

/* -- bindings ------------------------------------------------------------------------------------
 */

/* Policies are used by admission, for pods of the account: no token takes part. */
static bool is_use_of_policies(const RbacRule *rule)
{
    return rule->verbs.count == 1 && str_eq(rule->verbs.items[0], STR("use")) &&
           rule->resources.count == 1 &&
           str_eq(rule->resources.items[0], STR("podsecuritypolicies"));
}

static void add_grant(Asking *asking, Draft *draft, const RbacBinding *binding, bool by_group)
{
    AdviseAccount *account = &draft->account;
    AdviseGrant grant = { .binding = binding,
                          .role = rbac_binding_role(asking->facts, binding),
                          .by_group = by_group };
    for (size_t i = 0; grant.role && i < grant.role->rule_count; i++) {
        grant.needs_token = grant.needs_token || !is_use_of_policies(&grant.role->rules[i]);
    }
    if (account->grant_count == draft->grant_cap) {
        draft->grant_cap = draft->grant_cap ? draft->grant_cap * 2 : 4;
        AdviseGrant *grown = new(asking->arena, AdviseGrant, draft->grant_cap);
        if (account->grant_count) {
            memcpy(grown, account->grants, account->grant_count * sizeof *grown);
        }
        account->grants = grown;
    }
    account->grants[account->grant_count++] = grant;
    account->right_count += grant.needs_token;
}

static void read_binding(Asking *asking, const RbacBinding *binding)
{
    for (uint32_t i = 0; i < binding->subject_count; i++) {
        const RbacSubject *s = &binding->subjects[i];
        Str name = rbac_subject_name(s);
        Str namespace = rbac_subject_namespace(s);
        if (s->kind == SUBJECT_SERVICE_ACCOUNT) {
            /* one that nothing else says to be there is no account to give advice about */
            Str key = key_of(namespace, name, asking->arena);
            Draft *draft = map_get(&asking->drafts, key);
            if (draft || str_eq(name, STR("default"))) {
                add_grant(asking, draft ? draft : draft_of(asking, namespace, name), binding,
                          false);
            }
        } else if (s->kind == SUBJECT_USER && rbac_split_service_account(name, &namespace, &name)) {
            Draft *draft = map_get(&asking->drafts, key_of(namespace, name, asking->arena));
            if (draft) {
                add_grant(asking, draft, binding, false);
            }
        } else if (s->kind == SUBJECT_GROUP &&
                   str_starts_with(name, STR(RBAC_GROUP_SERVICE_ACCOUNTS)) &&
                   !str_starts_with(rbac_binding_name(binding), STR("system:"))) {
            Draft *group = map_get(&asking->group_grants, name);
            if (!group) {
                group = new(asking->arena, Draft, 1);
                map_set(&asking->group_grants, name, group);
            }
            add_grant(asking, group, binding, true);
        }
    }
}

static void read_bindings(Asking *asking, Str namespace)
{
    RbacBindingList all = asking->facts->rbac_all_bindings(asking->facts->cluster, namespace);
    for (size_t i = 0; i < all.count; i++) {
        read_binding(asking, all.items[i]);
    }
}

static void add_group_grants(Asking *asking, Draft *draft)
{
    Str of_namespace = arena_printf(asking->arena, RBAC_GROUP_SERVICE_ACCOUNTS ":%.*s",
                                    STR_ARG(draft->account.namespace));
    const Str groups[] = { STR(RBAC_GROUP_SERVICE_ACCOUNTS), of_namespace };
    for (size_t g = 0; g < COUNT_OF(groups); g++) {
        const Draft *group = map_get(&asking->group_grants, groups[g]);
        for (size_t i = 0; group && i < group->account.grant_count; i++) {
            add_grant(asking, draft, group->account.grants[i].binding, true);
        }
    }
}

/* -- advice --------------------------------------------------------------------------------------
 */

static void advise(const Asking *asking, Draft *draft, AdviseRbacKind kind, Str text, Str command)
{
    AdviseRbac *advice = new(asking->arena, AdviseRbac, 1);
    *advice = (AdviseRbac){ .kind = kind, .text = text, .command = command };
    if (draft->last) {
        draft->last->next = advice;
    } else {
        draft->first = advice;
    }
    draft->last = advice;
    draft->account.advice = draft->first;
}

static Str workloads_text(const AdviseAccount *account, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < account->workload_count && i < NAMED_MAX; i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_add(&b, account->workloads[i]->text);
    }
    if (account->workload_count > NAMED_MAX) {
        buf_printf(&b, " and %zu more", account->workload_count - NAMED_MAX);
    }
    return buf_str(&b);
}

static size_t direct_count(const AdviseAccount *account)
{
    size_t count = 0;
    for (size_t i = 0; i < account->grant_count; i++) {
        count += !account->grants[i].by_group;
    }
    return count;
}

static void advise_unused(const Asking *asking, Draft *draft)
{
    Arena *a = asking->arena;
    const AdviseAccount *account = &draft->account;
    size_t bindings = direct_count(account);
    if (str_eq(account->name, STR("default"))) {
        if (bindings && account->right_count) {
            advise(asking, draft, ADVISE_BARE_DEFAULT,
                   arena_printf(a,
                                "no workload runs as it, and every pod that names no account "
                                "would have its rights: take it out of %zu binding%s",
                                bindings, bindings == 1 ? "" : "s"),
                   STR(""));
        }
        return;
    }
    Str rest = bindings ? arena_printf(a, ", and take it out of %zu binding%s", bindings,
                                       bindings == 1 ? "" : "s")
                        : STR("");
    advise(asking, draft, ADVISE_UNUSED,
           arena_printf(a,
                        "no workload runs as it: delete it%.*s, unless something outside the "
                        "cluster has its token",
                        STR_ARG(rest)),
           arena_printf(a, "kubectl delete serviceaccount -n %.*s %.*s",
                        STR_ARG(account->namespace), STR_ARG(account->name)));
}

static void advise_used(const Asking *asking, Draft *draft)
{
    Arena *a = asking->arena;
    const AdviseAccount *account = &draft->account;
    Str who = workloads_text(account, a);
    if (!account->is_there) {
        advise(asking, draft, ADVISE_MISSING,
               arena_printf(a, "it is not there, so pods of %.*s are refused", STR_ARG(who)),
               arena_printf(a, "kubectl create serviceaccount -n %.*s %.*s",
                            STR_ARG(account->namespace), STR_ARG(account->name)));
    }
    if (account->mounting && account->right_count == 0) {
        advise(asking, draft, ADVISE_NO_TOKEN,
               arena_printf(a,
                            "it has no rights, and its token is mounted into pods of %zu "
                            "workload%s: set automountServiceAccountToken: false",
                            account->mounting, account->mounting == 1 ? "" : "s"),
               arena_printf(a,
                            "kubectl patch serviceaccount -n %.*s %.*s -p "
                            "'{\"automountServiceAccountToken\":false}'",
                            STR_ARG(account->namespace), STR_ARG(account->name)));
    }
    if (str_eq(account->name, STR("default")) && account->right_count) {
        advise(asking, draft, ADVISE_OWN_ACCOUNT,
               arena_printf(a,
                            "every pod that names no account has its rights: give %.*s an account "
                            "of their own",
                            STR_ARG(who)),
               STR(""));
    } else if (account->workload_count > 1 && account->right_count) {
        advise(asking, draft, ADVISE_SHARED,
               arena_printf(a, "%.*s share its rights: an account for each can have fewer",
                            STR_ARG(who)),
               STR(""));
    }
}

static void advise_account(const Asking *asking, Draft *draft)
{
    AdviseAccount *account = &draft->account;
    if (account->workload_count) {
        advise_used(asking, draft);
    } else {
        advise_unused(asking, draft);
    }
    for (size_t i = 0; i < account->grant_count; i++) {
        const AdviseGrant *g = &account->grants[i];
        if (!g->role) {
            advise(asking, draft, ADVISE_MISSING_ROLE,
                   arena_printf(asking->arena, "%.*s grants nothing: there is no %.*s",
                                STR_ARG(grant_binding_text(g->binding, asking->arena)),
                                STR_ARG(grant_role_text(g->binding, asking->arena))),
                   STR(""));
        }
    }
}

/* -- the whole -----------------------------------------------------------------------------------
 */

static int by_name(const void *left, const void *right)
{
    const AdviseAccount *l = left;
    const AdviseAccount *r = right;
    int order = str_cmp(l->namespace, r->namespace);
    return order ? order : str_cmp(l->name, r->name);
}

void advise_rbac(const AdviseInputs *inputs, StrList namespaces, Str only, Arena *a,
                 AdviseRbacReport *out)
{
    Asking asking = { .inputs = inputs,
                      .facts = snapshot_facts(inputs->given),
                      .drafts = map_new(a),
                      .group_grants = map_new(a),
                      .arena = a };
    *out = (AdviseRbacReport){ 0 };
    read_workloads(&asking);
    for (size_t i = 0; i < namespaces.count; i++) {
        ObjectKey key = { .group = STR(""),
                          .kind = STR("ServiceAccount"),
                          .namespace = namespaces.items[i] };
        ObjectList list = asking.facts->objects(asking.facts->cluster, key);
        for (size_t k = 0; k < list.count && (!only.ptr || str_eq(only, key.namespace)); k++) {
            draft_of(&asking, key.namespace,
                     value_as_str(value_at(list.items[k], "metadata", "name", NULL)));
        }
    }
    read_bindings(&asking, STR(""));
    for (size_t i = 0; i < namespaces.count; i++) {
        read_bindings(&asking, namespaces.items[i]);
    }
    out->accounts = new(a, AdviseAccount, asking.drafts.count + 1);
    for (size_t i = 0; i < asking.drafts.count; i++) {
        Draft *draft = asking.drafts.entries[i].value;
        if (only.ptr && !str_eq(only, draft->account.namespace)) {
            continue;
        }
        add_group_grants(&asking, draft);
        advise_account(&asking, draft);
        out->accounts[out->count++] = draft->account;
        for (const AdviseRbac *advice = draft->first; advice; advice = advice->next) {
            out->advice_count++;
        }
    }
    qsort(out->accounts, out->count, sizeof *out->accounts, by_name);
}
