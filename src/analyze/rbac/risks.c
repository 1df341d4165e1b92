/* SPDX-License-Identifier: Apache-2.0 */
/* Rights that are worth more than they look. */
#include "analyze/rbac/risks.h"

#include "analyze/rbac/rights.h"

#include <assert.h>
#include <stdlib.h>

static const struct {
    Str name;
} severities[] = {
    [RBAC_LOW] = { STR_INIT("low") },
    [RBAC_MEDIUM] = { STR_INIT("medium") },
    [RBAC_HIGH] = { STR_INIT("high") },
    [RBAC_CRITICAL] = { STR_INIT("critical") },
};

Str rbac_severity_name(RbacSeverity s)
{
    return severities[s].name;
}

bool rbac_severity_parse(Str text, RbacSeverity *out)
{
    for (size_t i = 0; i < COUNT_OF(severities); i++) {
        if (str_eq(text, severities[i].name)) {
            *out = (RbacSeverity)i;
            return true;
        }
    }
    return false;
}

typedef struct Find {
    const RbacInventory *inventory;
    const RbacRiskQuestion *question;
    Arena *arena;
    RbacRisks *out;
    size_t cap;
    Map barriers; /* of namespaces, whoever asks */
    Map roles;    /* by address: to an uint64_t for each rule, a bit for each risk that it gives */
} Find;

/* -- rules of "*" -------------------------------------------------------------------------------
 */

static bool has_star(StrList list)
{
    return str_list_has(list, STR("*"));
}

static bool is_everything(const RbacRule *rule)
{
    return has_star(rule->verbs) && has_star(rule->api_groups) && has_star(rule->resources) &&
           rule->resource_names.count == 0;
}

static bool is_wildcard(const RbacRule *rule)
{
    return rule->resource_names.count == 0 &&
           ((has_star(rule->verbs) && rule->resources.count) || has_star(rule->resources));
}

/* -- what admission makes of it ---------------------------------------------------------------- */

static RbacBarrier barrier_of(Find *f, Str namespace, const UserInfo *who)
{
    const RbacCluster *cluster = f->inventory->cluster;
    RbacBarrier *common = map_get(&f->barriers, namespace);
    if (!common) {
        common = new(f->arena, RbacBarrier, 1);
        *common = rbac_barrier(cluster, namespace, f->arena);
        map_set(&f->barriers, namespace, common);
    }
    return rbac_barrier_for(cluster, common, namespace, who, f->arena);
}

static int strictness(const RbacBarrier *b)
{
    return b->no_pods ? 3 : (int)b->level;
}

static int by_strictness(const void *left, const void *right)
{
    const RbacRiskWhere *a = left;
    const RbacRiskWhere *b = right;
    int order = strictness(&a->barrier) - strictness(&b->barrier);
    return order ? order : str_cmp(a->barrier.by, b->barrier.by);
}

/* Puts the namespaces under what stands in the way there. */
static void find_where(Find *f, StrList namespaces, const UserInfo *who, RbacRisk *risk)
{
    RbacRiskWhere *where = new(f->arena, RbacRiskWhere, namespaces.count + 1);
    RbacBarrier *barriers = new(f->arena, RbacBarrier, namespaces.count + 1);
    Map seen = map_new(f->arena);
    for (size_t i = 0; i < namespaces.count; i++) {
        barriers[i] = barrier_of(f, namespaces.items[i], who);
        Str key = rbac_barrier_text(&barriers[i], f->arena);
        void **place = map_at(&seen, key);
        if (!*place) {
            where[risk->where_count].barrier = barriers[i];
            where[risk->where_count].namespaces.items = new(f->arena, Str, namespaces.count);
            *place = &where[risk->where_count++];
        }
        RbacRiskWhere *w = *place;
        ((Str *)(uintptr_t)w->namespaces.items)[w->namespaces.count++] = namespaces.items[i];
    }
    if (risk->where_count) {
        qsort(where, risk->where_count, sizeof *where, by_strictness);
    }
    risk->where = where;
}

/* A pod that reaches its node is worth the cluster; one that does not, what its namespace holds. */
static RbacSeverity severity_of_pods(const RbacRisk *risk, RbacSeverity unhindered)
{
    static const RbacSeverity most[] = {
        [PSA_PRIVILEGED] = RBAC_CRITICAL,
        [PSA_BASELINE] = RBAC_HIGH,
        [PSA_RESTRICTED] = RBAC_MEDIUM,
        [PSA_RESTRICTED + 1] = RBAC_LOW,
    };
    if (!risk->where_count) {
        return unhindered;
    }
    RbacSeverity limit = most[strictness(&risk->where[0].barrier)];
    return unhindered < limit ? unhindered : limit;
}

static void admission(Find *f, RbacRisk *risk)
{
    StrList namespaces = f->inventory->cluster->namespaces;
    Str one = rbac_binding_namespace(risk->binding);
    if (f->question->namespace.ptr) {
        namespaces = (StrList){ &f->question->namespace, 1 };
    } else if (one.len) {
        namespaces = (StrList){ arena_alloc(f->arena, sizeof one), 1 };
        *(Str *)(uintptr_t)namespaces.items = one;
    }
    UserInfo who = rbac_cluster_user((SubjectKind)risk->subject->kind,
                                     rbac_subject_namespace(risk->subject),
                                     rbac_subject_name(risk->subject), f->arena);
    find_where(f, namespaces, &who, risk);
    risk->severity = severity_of_pods(risk, risk->severity);
}

/* -- findings ---------------------------------------------------------------------------------- */

static void add(Find *f, const RbacRisk *risk)
{
    if (risk->severity < f->question->least ||
        (f->question->ids.count && !str_list_has(f->question->ids, risk->id))) {
        return;
    }
    if (f->out->count == f->cap) {
        f->cap = f->cap ? f->cap * 2 : 64;
        RbacRisk *items = new(f->arena, RbacRisk, f->cap);
        if (f->out->count) {
            memcpy(items, f->out->items, f->out->count * sizeof *items);
        }
        f->out->items = items;
    }
    RbacRisk *added = &f->out->items[f->out->count++];
    *added = *risk;
    added->origin = rbac_rule_origin(f->inventory, risk->role, risk->rules[0]);
}

/* A role is looked at once, however many bindings it has. */
static const uint64_t *bits_of(Find *f, const RbacClusterBinding *b)
{
    void **place = map_at(&f->roles, str_from((const char *)&b->role, sizeof b->role));
    if (!*place) {
        uint64_t *bits = new(f->arena, uint64_t, b->role->rule_count + 1);
        for (size_t i = 0; i < b->role->rule_count; i++) {
            for (size_t k = 0; k < rbac_risk_rule_count; k++) {
                bits[i] |= (uint64_t)rbac_rule_gives(&b->role->rules[i], rbac_risk_rules[k].verbs,
                                                     rbac_risk_rules[k].targets)
                           << k;
            }
        }
        *place = bits;
    }
    return *place;
}

/* Rules of the role that give the risk and are not every cluster's. */
static size_t rules_that_give(const RbacRole *role, const uint64_t *bits, size_t risk,
                              const bool *left_out, const RbacRule **into)
{
    size_t count = 0;
    for (size_t i = 0; i < role->rule_count; i++) {
        if (!left_out[i] && (bits[i] >> risk & 1)) {
            into[count++] = &role->rules[i];
        }
    }
    return count;
}

static bool only_named(const RbacRisk *risk)
{
    for (size_t i = 0; i < risk->rule_count; i++) {
        if (risk->rules[i]->resource_names.count == 0) {
            return false;
        }
    }
    return true;
}

static void add_row(Find *f, size_t at, RbacRisk risk, const uint64_t *bits, const bool *left_out)
{
    const RbacRiskRule *row = &rbac_risk_rules[at];
    const RbacRule **rules = new(f->arena, const RbacRule *, risk.role->rule_count + 1);
    bool in_namespace = risk.binding->namespace_len > 0;
    if (row->is_cluster_scoped && in_namespace) {
        return;
    }
    risk.rule_count = rules_that_give(risk.role, bits, at, left_out, rules);
    if (risk.rule_count == 0) {
        return;
    }
    risk.id = row->id;
    risk.text = row->text;
    risk.rules = rules;
    risk.severity = (RbacSeverity)(in_namespace ? row->of_namespace : row->of_cluster);
    if (only_named(&risk) && risk.severity > RBAC_LOW) {
        risk.severity--; /* of a few objects, not of all */
    }
    if (row->makes_pods) {
        admission(f, &risk);
    }
    add(f, &risk);
}

static void add_everything(Find *f, RbacRisk risk, const RbacRule *rule)
{
    const RbacRule **rules = new(f->arena, const RbacRule *, 1);
    rules[0] = rule;
    risk.rules = rules;
    risk.rule_count = 1;
    risk.id = STR(RBAC_RISK_EVERYTHING);
    risk.text = risk.binding->namespace_len ? STR("may do everything in the namespace")
                                            : STR("may do everything");
    risk.severity = RBAC_CRITICAL;
    if (risk.binding->namespace_len) {
        admission(f, &risk);
        /* what is in the namespace is its all the same */
        risk.severity = risk.severity < RBAC_HIGH ? RBAC_HIGH : risk.severity;
    }
    add(f, &risk);
}

static void add_wildcards(Find *f, RbacRisk risk, const bool *left_out)
{
    const RbacRule **rules = new(f->arena, const RbacRule *, risk.role->rule_count + 1);
    for (size_t i = 0; i < risk.role->rule_count; i++) {
        if (!left_out[i] && is_wildcard(&risk.role->rules[i])) {
            rules[risk.rule_count++] = &risk.role->rules[i];
        }
    }
    if (risk.rule_count) {
        risk.rules = rules;
        risk.id = STR(RBAC_RISK_WILDCARD);
        risk.text = STR("a \"*\" also grants what is not there yet");
        risk.severity = risk.binding->namespace_len ? RBAC_LOW : RBAC_MEDIUM;
        add(f, &risk);
    }
}

static void add_anonymous(Find *f, RbacRisk risk, const bool *left_out)
{
    const RbacRule **rules = new(f->arena, const RbacRule *, risk.role->rule_count + 1);
    for (size_t i = 0; i < risk.role->rule_count; i++) {
        if (!left_out[i]) {
            rules[risk.rule_count++] = &risk.role->rules[i];
        }
    }
    if (risk.rule_count) {
        risk.rules = rules;
        risk.id = STR(RBAC_RISK_ANONYMOUS);
        risk.text = STR("anybody who reaches the API server has it, without logging in");
        risk.severity = RBAC_HIGH;
        add(f, &risk);
    }
}

static bool is_anonymous(const RbacSubject *s)
{
    Str name = rbac_subject_name(s);
    return (s->kind == SUBJECT_USER && str_eq(name, STR(RBAC_USER_ANONYMOUS))) ||
           (s->kind == SUBJECT_GROUP && str_eq(name, STR(RBAC_GROUP_UNAUTHENTICATED)));
}

static void look_at(Find *f, const RbacClusterBinding *b, const RbacSubject *s)
{
    const uint64_t *bits = bits_of(f, b);
    ArenaMark mark = arena_mark(f->arena);
    RbacRisk risk = { .binding = b->binding, .subject = s, .role = b->role };
    bool *left_out = new(f->arena, bool, b->role->rule_count + 1);
    size_t count = f->out->count;
    size_t barriers = f->barriers.count;
    for (size_t i = 0; i < b->role->rule_count; i++) {
        const RbacRule *rule = &b->role->rules[i];
        left_out[i] = !f->question->defaults &&
                      rbac_is_default_rule(f->inventory, b->binding, s, rule);
        f->out->defaults += left_out[i];
        if (!left_out[i] && is_everything(rule)) {
            add_everything(f, risk, rule);
            left_out[i] = true; /* it says all */
        }
    }
    for (size_t i = 0; i < rbac_risk_rule_count; i++) {
        add_row(f, i, risk, bits, left_out);
    }
    add_wildcards(f, risk, left_out);
    if (is_anonymous(s)) {
        add_anonymous(f, risk, left_out);
    }
    if (f->out->count == count && f->barriers.count == barriers) {
        arena_rewind(f->arena, mark); /* nothing of it is kept: most bindings are harmless */
    }
}

static bool is_asked_for(const RbacRiskQuestion *q, const RbacBinding *b, const RbacSubject *s)
{
    Str namespace = rbac_binding_namespace(b);
    return s->kind != RBAC_SUBJECT_NOBODY && (!q->who || rbac_subject_is(s, q->who)) &&
           (!q->namespace.ptr || !namespace.len || str_eq(namespace, q->namespace));
}

static int by_severity(const void *left, const void *right)
{
    const RbacRisk *a = left;
    const RbacRisk *b = right;
    if (a->severity != b->severity) {
        return a->severity > b->severity ? -1 : 1;
    }
    int order = str_cmp(rbac_binding_namespace(a->binding), rbac_binding_namespace(b->binding));
    order = order ? order : str_cmp(rbac_binding_name(a->binding), rbac_binding_name(b->binding));
    /* in the order in which they were found: subjects as listed, risks as in the table */
    return order                      ? order
           : a->subject != b->subject ? (a->subject < b->subject ? -1 : 1)
           : a->id.ptr == b->id.ptr   ? 0
                                      : str_cmp(a->id, b->id);
}

void rbac_risks_find(const RbacInventory *inventory, const RbacRiskQuestion *question, Arena *a,
                     RbacRisks *out)
{
    assert(rbac_risk_rule_count <= 64); /* bits of Find.roles */
    *out = (RbacRisks){ 0 };
    Find f = { inventory, question, a, out, 0, map_new(a), map_new(a) };
    const RbacCluster *cluster = inventory->cluster;
    for (size_t i = 0; i < cluster->binding_count; i++) {
        const RbacClusterBinding *b = &cluster->bindings[i];
        for (uint32_t k = 0; b->role && k < b->binding->subject_count; k++) {
            if (is_asked_for(question, b->binding, &b->binding->subjects[k])) {
                look_at(&f, b, &b->binding->subjects[k]);
            }
        }
    }
    if (out->count) {
        qsort(out->items, out->count, sizeof *out->items, by_severity);
    }
}
