/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest grant: the right to use one existing policy, given to the pod's service account in
 * its namespace. Of those policies that admit the pod it is the strictest. A role that grants just
 * that and exists already is bound; otherwise one is made.
 */
#include "analyze/remedy/search.h"

#include "decide/rbac/rbac.h"

#include <stdlib.h>

#define RBAC_V1 RBAC_GROUP "/v1"

/* -- objects ------------------------------------------------------------------------------------
 */

static Value meta(const RemedySearch *s, Str name)
{
    Value v = value_object();
    value_set_lit(&v, "name", value_str(name), s->arena);
    value_set_lit(&v, "namespace", value_str(s->question->namespace), s->arena);
    return v;
}

static Value one(Str text, Arena *a)
{
    Value list = value_array();
    value_add(&list, value_str(text), a);
    return list;
}

static Value object(const RemedySearch *s, Str kind, Str name)
{
    Value v = value_object();
    value_set_lit(&v, "apiVersion", value_str(STR(RBAC_V1)), s->arena);
    value_set_lit(&v, "kind", value_str(kind), s->arena);
    value_set_lit(&v, "metadata", meta(s, name), s->arena);
    return v;
}

/* policy: absent for every policy */
static Value role(const RemedySearch *s, Str name, Str policy, Str group)
{
    Arena *a = s->arena;
    Value rule = value_object();
    value_set_lit(&rule, "apiGroups", one(group, a), a);
    value_set_lit(&rule, "resources", one(STR("podsecuritypolicies"), a), a);
    if (policy.ptr) {
        value_set_lit(&rule, "resourceNames", one(policy, a), a);
    }
    value_set_lit(&rule, "verbs", one(STR("use"), a), a);
    Value rules = value_array();
    value_add(&rules, rule, a);
    Value v = object(s, STR("Role"), name);
    value_set_lit(&v, "rules", rules, a);
    return v;
}

static Value binding(const RemedySearch *s, Str name, Str role_kind, Str role_name, Str account)
{
    Arena *a = s->arena;
    Value ref = value_object();
    value_set_lit(&ref, "apiGroup", value_str(STR(RBAC_GROUP)), a);
    value_set_lit(&ref, "kind", value_str(role_kind), a);
    value_set_lit(&ref, "name", value_str(role_name), a);
    Value subject = value_object();
    value_set_lit(&subject, "kind", value_str(STR("ServiceAccount")), a);
    value_set_lit(&subject, "name", value_str(account), a);
    value_set_lit(&subject, "namespace", value_str(s->question->namespace), a);
    Value subjects = value_array();
    value_add(&subjects, subject, a);
    Value v = object(s, STR("RoleBinding"), name);
    value_set_lit(&v, "roleRef", ref, a);
    value_set_lit(&v, "subjects", subjects, a);
    return v;
}

static ObjectKey key_of(const RemedySearch *s, Str kind, Str name)
{
    return (ObjectKey){ STR(RBAC_GROUP), kind, s->question->namespace, name };
}

/* wanted, or with a number behind it when that is taken. */
static Str free_name(const RemedySearch *s, Str kind, Str wanted)
{
    const Facts *facts = snapshot_facts(s->question->cluster);
    Str name = wanted;
    for (int i = 2; facts->object(facts->cluster, key_of(s, kind, name)); i++) {
        name = arena_printf(s->arena, "%.*s-%d", STR_ARG(wanted), i);
    }
    return name;
}

static void create(RemedySearch *s, RemedyParts *parts, Str kind, Value v)
{
    RemedyPart part = {
        .op = REMEDY_CREATE,
        .object = key_of(s, kind, value_as_str(value_at(&v, "metadata", "name", NULL))),
        .api_version = STR(RBAC_V1),
        .pointer = STR(""),
        .value = v,
    };
    remedy_add(s, parts, part);
}

/* -- roles that are there -----------------------------------------------------------------------
 */

static bool has_one(const Value *list, Str wanted)
{
    return value_len(list) == 1 && str_eq(value_as_str(value_item(list, 0)), wanted);
}

/* Does it grant the use of that policy and nothing else? */
static bool grants_just(const Value *candidate, Str policy)
{
    const Value *rules = value_get_lit(candidate, "rules");
    if (value_len(rules) != 1 || value_get_lit(candidate, "aggregationRule")) {
        return false;
    }
    const Value *rule = value_item(rules, 0);
    const Value *groups = value_get_lit(rule, "apiGroups");
    bool known = value_len(groups) > 0;
    VALUE_EACH_ITEM(group, groups) {
        Str name = value_as_str(group);
        known = known && (str_eq(name, STR("policy")) || str_eq(name, STR("extensions")) ||
                          str_eq(name, STR("podgate.io")));
    }
    return known && has_one(value_get_lit(rule, "resources"), STR("podsecuritypolicies")) &&
           has_one(value_get_lit(rule, "resourceNames"), policy) &&
           has_one(value_get_lit(rule, "verbs"), STR("use"));
}

static Str find_role(const RemedySearch *s, Str kind, Str namespace, Str policy)
{
    const Facts *facts = snapshot_facts(s->question->cluster);
    ObjectKey key = { STR(RBAC_GROUP), kind, namespace, STR("") };
    ObjectList all = facts->objects(facts->cluster, key);
    for (size_t i = 0; i < all.count; i++) {
        if (grants_just(all.items[i], policy)) {
            return value_as_str(value_at(all.items[i], "metadata", "name", NULL));
        }
    }
    return STR_ABSENT;
}

/* -- the search ---------------------------------------------------------------------------------
 */

Str remedy_account_of(const RemedySearch *s)
{
    const Value *spec = value_get_lit(&s->workload.pod, "spec");
    Str name = value_get_str(spec, STR("serviceAccountName"));
    if (!name.len) {
        name = value_get_str(spec, STR("serviceAccount"));
    }
    return name.len ? name : STR("default");
}

static Str group_of(const PspPolicy *policy)
{
    return str_starts_with(policy->api_version, STR("podgate.io/")) ? STR("podgate.io")
                                                                    : STR("policy");
}

static void grant(RemedySearch *s, const PspPolicy *policy, RemedyParts *parts)
{
    Str account = remedy_account_of(s);
    Str name = arena_printf(s->arena, "use-psp-%.*s", STR_ARG(policy->name));
    Str kind = STR("Role");
    Str existing = find_role(s, kind, s->question->namespace, policy->name);
    if (!existing.ptr) {
        kind = STR("ClusterRole");
        existing = find_role(s, kind, STR(""), policy->name);
    }
    if (!existing.ptr) {
        kind = STR("Role");
        existing = free_name(s, kind, name);
        create(s, parts, kind, role(s, existing, policy->name, group_of(policy)));
    }
    Str binding_name = free_name(
        s, STR("RoleBinding"),
        arena_printf(s->arena, "%.*s-%.*s", STR_ARG(name), STR_ARG(account)));
    create(s, parts, STR("RoleBinding"), binding(s, binding_name, kind, existing, account));
}

void remedy_try_all(RemedySearch *s, RemedyTrial *out)
{
    RemedyParts parts = { 0 };
    Str name = free_name(s, STR("Role"), STR("use-every-policy"));
    Value v = role(s, name, STR_ABSENT, STR("policy"));
    create(s, &parts, STR("Role"), v);
    create(s, &parts, STR("RoleBinding"),
           binding(s, free_name(s, STR("RoleBinding"), name), STR("Role"), name,
                   remedy_account_of(s)));
    remedy_try(s, &parts, SIZE_MAX, true, out);
}

typedef struct Choice {
    const PspPolicy *policy;
    int64_t openness;
} Choice;

static int strictest_first(const void *a, const void *b)
{
    const Choice *first = a;
    const Choice *second = b;
    if (first->openness != second->openness) {
        return first->openness < second->openness ? -1 : 1;
    }
    return str_cmp(first->policy->name, second->policy->name);
}

/* Those that would admit the pod, the strictest first. */
static Choice *find_choices(RemedySearch *s, const PspDecision *psp, size_t *count)
{
    Choice *choices = new(s->arena, Choice, (psp ? psp->tried_count : 0) + 1);
    *count = 0;
    for (size_t i = 0; psp && i < psp->tried_count; i++) {
        const PspTried *tried = &psp->tried[i];
        if (tried->outcome == PSP_ADMITS || tried->outcome == PSP_ADMITS_CHANGED) {
            const PspPolicy *policy = tried->candidate.policy;
            choices[(*count)++] = (Choice){ policy, remedy_openness(policy) };
        }
    }
    qsort(choices, *count, sizeof(Choice), strictest_first);
    return choices;
}

Str remedy_no_rights_text(const RemedySearch *s, const RemedyTrial *refusal)
{
    return str_eq(refusal->refused_by, STR("PodSecurity"))
               ? STR("Pod Security asks nobody for rights")
               : arena_concat(s->arena, remedy_refuser_text(s, refusal),
                              STR(", and that asks nobody for rights"));
}

void remedy_grant(RemedySearch *s, const RemedyTrial *refusal, RemedyWay *way)
{
    const Facts *facts = snapshot_facts(s->question->cluster);
    if (!str_eq(refusal->refused_by, STR("PodSecurityPolicy"))) {
        way->none = remedy_no_rights_text(s, refusal);
        return;
    }
    way->none = facts->psp_policies(facts->cluster).count
                    ? STR("no policy that exists would admit it")
                    : STR("there is no policy that could be granted");
    RemedyTrial all;
    remedy_try_all(s, &all);
    size_t count;
    Choice *choices = find_choices(s, all.psp, &count);
    for (size_t i = 0; i < count && i < REMEDY_POLICIES_MAX && !way->found; i++) {
        RemedyParts parts = { 0 };
        grant(s, choices[i].policy, &parts);
        if (remedy_admits(s, &parts, SIZE_MAX)) {
            remedy_minimise(s, &parts);
            remedy_take(s, &parts, choices[i].policy->name, way);
        }
    }
    remedy_trial_done(&all);
}
