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
#include "kube/selector.h"

#include <stdlib.h>

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

static uint64_t list_hash(uint64_t hash, StrList list)
{
    for (size_t i = 0; i < list.count; i++) {
        hash = (hash ^ str_hash(list.items[i])) * 0x9e3779b97f4a7c15;
    }
    return hash * 31 + list.count;
}

static uint64_t rule_hash(const RbacRule *r)
{
    uint64_t hash = list_hash(r->verb_bits, r->verbs);
    hash = list_hash(list_hash(hash, r->api_groups), r->resources);
    hash = list_hash(list_hash(hash, r->resource_names), r->urls);
    return hash ^ hash >> 32;
}

/* Rules, each once, in the order in which they came. */
typedef struct Gathered {
    RbacRule *rules;
    size_t count;
    uint32_t *slots; /* index + 1 into rules; 0 is free */
    size_t mask;
} Gathered;

static void gather(Gathered *g, const RbacRule *rule)
{
    size_t at = rule_hash(rule) & g->mask;
    for (; g->slots[at]; at = (at + 1) & g->mask) {
        if (rbac_rules_equal(&g->rules[g->slots[at] - 1], rule)) {
            return;
        }
    }
    g->rules[g->count++] = *rule;
    g->slots[at] = (uint32_t)g->count;
}

/* -- roles ------------------------------------------------------------------------------------ */

/* A role that gathers, with its selectors read. */
typedef struct Whole {
    const RbacRole **place;
    const LabelSelector *selectors;
    size_t selector_count;
} Whole;

typedef struct Aggregation {
    const RbacRole ***sorted; /* places of all roles, by name */
    size_t count;
    Whole *wholes; /* by name */
    size_t whole_count;
    Arena *arena;
} Aggregation;

static int compare_places(const void *left, const void *right)
{
    const RbacRole *const *const *a = left, *const *const *b = right;
    return str_cmp((**a)->name, (**b)->name);
}

/* With a selector that is not valid the controller gives up on the role: it stays as it is. */
static void add_whole(Aggregation *g, const RbacRole **place)
{
    const Value *given = (*place)->selectors;
    LabelSelector *selectors = new(g->arena, LabelSelector, value_len(given));
    for (size_t i = 0; i < value_len(given); i++) {
        Err err;
        if (!label_selector_read(value_item(given, i), g->arena, &selectors[i], &err)) {
            return;
        }
    }
    g->wholes[g->whole_count++] = (Whole){ place, selectors, value_len(given) };
}

typedef void RuleVisit(void *context, const RbacRule *rule);

static void visit_parts(const Aggregation *g, const Whole *whole, RuleVisit *visit, void *context)
{
    for (size_t s = 0; s < whole->selector_count; s++) {
        for (size_t i = 0; i < g->count; i++) {
            const RbacRole *part = *g->sorted[i];
            if (g->sorted[i] == whole->place ||
                !label_selector_matches(&whole->selectors[s], part->labels)) {
                continue;
            }
            for (size_t r = 0; r < part->rule_count; r++) {
                visit(context, &part->rules[r]);
            }
        }
    }
}

static void count_rule(void *context, const RbacRule *rule)
{
    (void)rule;
    ++*(size_t *)context;
}

static void gather_rule(void *context, const RbacRule *rule)
{
    gather(context, rule);
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

/* Computes one role again. True when its rules changed. */
static bool compute(const Aggregation *g, const Whole *whole)
{
    Arena *a = g->arena;
    const RbacRole *role = *whole->place;
    size_t rules_max = 0;
    visit_parts(g, whole, count_rule, &rules_max);

    ArenaMark before = arena_mark(a);
    RbacRole *computed = new(a, RbacRole, 1);
    Gathered gathered = { .rules = new(a, RbacRule, rules_max) };
    ArenaMark after = arena_mark(a);
    size_t slots = 16;
    while (slots < rules_max * 2) {
        slots *= 2;
    }
    gathered.slots = new(a, uint32_t, slots);
    gathered.mask = slots - 1;
    visit_parts(g, whole, gather_rule, &gathered);

    bool changed = !same_rules(&gathered, role);
    arena_rewind(a, changed ? after : before);
    if (changed) {
        *computed = *role;
        computed->rules = gathered.rules;
        computed->rule_count = gathered.count;
        *whole->place = computed;
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
    Aggregation g = { .sorted = new(a, const RbacRole **, count),
                      .count = count,
                      .wholes = new(a, Whole, aggregated),
                      .arena = a };
    for (size_t i = 0; i < count; i++) {
        g.sorted[i] = &roles[i];
    }
    qsort(g.sorted, count, sizeof(const RbacRole **), compare_places);
    for (size_t i = 0; i < count; i++) {
        if ((*g.sorted[i])->selectors) {
            add_whole(&g, g.sorted[i]);
        }
    }
    /* Rules spread by one role a turn at least, so that many turns are enough; roles that select
     * each other could otherwise swap the order of their rules for ever. */
    bool changed = true;
    for (size_t turns = 0; changed && turns <= aggregated; turns++) {
        changed = false;
        for (size_t i = 0; i < g.whole_count; i++) {
            changed |= compute(&g, &g.wholes[i]);
        }
    }
}
