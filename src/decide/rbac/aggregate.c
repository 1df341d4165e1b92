/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aggregated ClusterRoles.
 *
 * A ClusterRole with an aggregationRule has the rules of all other ClusterRoles that one of its
 * selectors finds: selector by selector, each in the order of the roles' names, each rule once. Its
 * own rules as written do not count. An aggregated role may be found by another (view is part of
 * edit, edit of admin), so this is repeated until nothing changes.
 *
 * Source: Kubernetes pkg/controller/clusterroleaggregation
 */
#include "decide/rbac/internal.h"

#include <stdlib.h>

/* -- selectors -------------------------------------------------------------------------------- */

static bool requirement_matches(const Value *labels, const Value *requirement)
{
    const Value *label = value_get(labels, value_get_str(requirement, STR("key")));
    Str op = value_get_str(requirement, STR("operator"));
    if (str_eq(op, STR("Exists"))) {
        return label != NULL;
    }
    if (str_eq(op, STR("DoesNotExist"))) {
        return label == NULL;
    }
    bool listed = false;
    VALUE_EACH_ITEM(v, value_get_lit(requirement, "values")) {
        listed |= label && str_eq(value_as_str(v), value_as_str(label));
    }
    return str_eq(op, STR("In")) ? listed : str_eq(op, STR("NotIn")) && !listed;
}

/* An empty selector finds every role. */
static bool selector_matches(const Value *selector, const Value *labels)
{
    VALUE_EACH_MEMBER(m, value_get_lit(selector, "matchLabels")) {
        const Value *label = value_get(labels, member_key(m));
        if (!label || !str_eq(value_as_str(label), value_as_str(&m->value))) {
            return false;
        }
    }
    VALUE_EACH_ITEM(r, value_get_lit(selector, "matchExpressions")) {
        if (!requirement_matches(labels, r)) {
            return false;
        }
    }
    return true;
}

/* -- rules ------------------------------------------------------------------------------------ */

static bool lists_equal(StrList a, StrList b)
{
    if (a.count != b.count) {
        return false;
    }
    for (size_t i = 0; i < a.count; i++) {
        if (!str_eq(a.items[i], b.items[i])) {
            return false;
        }
    }
    return true;
}

bool rbac_rules_equal(const RbacRule *a, const RbacRule *b)
{
    return a->verb_bits == b->verb_bits && lists_equal(a->verbs, b->verbs) &&
           lists_equal(a->api_groups, b->api_groups) && lists_equal(a->resources, b->resources) &&
           lists_equal(a->resource_names, b->resource_names) && lists_equal(a->urls, b->urls);
}

static int compare_roles(const void *left, const void *right)
{
    const RbacRole *const *const *a = left, *const *const *b = right;
    return str_cmp((**a)->name, (**b)->name);
}

/* Rules gathered so far; may hold each rule once only. */
typedef struct Gathered {
    RbacRule *rules;
    size_t count;
    size_t cap;
} Gathered;

static void gather(Gathered *g, const RbacRule *rule, Arena *a)
{
    for (size_t i = 0; i < g->count; i++) {
        if (rbac_rules_equal(&g->rules[i], rule)) {
            return;
        }
    }
    if (g->count == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : 16;
        RbacRule *rules = new(a, RbacRule, cap);
        if (g->count) {
            memcpy(rules, g->rules, g->count * sizeof(*rules));
        }
        g->rules = rules;
        g->cap = cap;
    }
    g->rules[g->count++] = *rule;
}

static Gathered gather_all(const RbacRole *role, const RbacRole ***sorted, size_t count, Arena *a)
{
    Gathered g = { 0 };
    VALUE_EACH_ITEM(selector, role->selectors) {
        for (size_t i = 0; i < count; i++) {
            const RbacRole *other = *sorted[i];
            if (str_eq(other->name, role->name) || !selector_matches(selector, other->labels)) {
                continue;
            }
            for (size_t r = 0; r < other->rule_count; r++) {
                gather(&g, &other->rules[r], a);
            }
        }
    }
    return g;
}

static bool same_rules(const Gathered *g, const RbacRole *role)
{
    if (g->count != role->rule_count) {
        return false;
    }
    for (size_t i = 0; i < g->count; i++) {
        if (!rbac_rules_equal(&g->rules[i], &role->rules[i])) {
            return false;
        }
    }
    return true;
}

/* One turn over the aggregated roles, in the order of names. True when any changed. */
static bool turn(const RbacRole ***sorted, size_t count, Arena *a)
{
    bool changed = false;
    for (size_t i = 0; i < count; i++) {
        const RbacRole *role = *sorted[i];
        if (!role->selectors) {
            continue;
        }
        ArenaMark mark = arena_mark(a);
        Gathered g = gather_all(role, sorted, count, a);
        if (same_rules(&g, role)) {
            arena_rewind(a, mark);
            continue;
        }
        RbacRole *computed = new(a, RbacRole, 1);
        *computed = *role;
        computed->rules = g.rules;
        computed->rule_count = g.count;
        *sorted[i] = computed;
        changed = true;
    }
    return changed;
}

void rbac_aggregate(const RbacRole **roles, size_t count, Arena *a)
{
    size_t aggregated = 0;
    for (size_t i = 0; i < count; i++) {
        aggregated += roles[i]->selectors != NULL;
    }
    if (aggregated == 0) {
        return;
    }
    const RbacRole ***sorted = new(a, const RbacRole **, count);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &roles[i];
    }
    qsort(sorted, count, sizeof(*sorted), compare_roles);
    /* Rules spread by one role a turn at least, so that many turns are enough; roles that select
     * each other could otherwise swap the order of their rules for ever. */
    for (size_t turns = 0; turns <= aggregated && turn(sorted, count, a); turns++) {
    }
}
