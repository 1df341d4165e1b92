/* SPDX-License-Identifier: Apache-2.0 */
/* Roles out of an audit log: is every request allowed by them, and each rule needed? */
#include "analyze/audit/roles.h"
#include "decide/rbac/authorizer.h"

typedef struct Proving {
    const RolesReport *report;
    const Snapshot *existing;
    Arena *arena;
    RolesProof *out;
} Proving;

/* The result over what exists. */
static const Snapshot *lay_over(const Proving *p)
{
    SnapshotBuilder *b = snapshot_builder_new(p->existing, 0);
    for (size_t i = 0; i < p->report->role_count; i++) {
        ArenaMark mark = arena_mark(p->arena);
        Value role = roles_role_value(&p->report->roles[i], p->arena);
        Value binding = roles_binding_value(&p->report->roles[i], p->arena);
        snapshot_builder_put(b, &role, NULL);
        snapshot_builder_put(b, &binding, NULL);
        arena_rewind(p->arena, mark);
    }
    return snapshot_builder_finish(b);
}

/* The result is there already: a layer over it with the role that holds the rule, without it. */
static const Snapshot *without_rule(const Proving *p, const Snapshot *result, const RolesRole *role,
                                    size_t rule)
{
    SnapshotBuilder *b = snapshot_builder_new(result, 0);
    ArenaMark mark = arena_mark(p->arena);
    Value object = roles_role_value(role, p->arena);
    value_remove_item(value_get_lit(&object, "rules"), rule);
    snapshot_builder_put(b, &object, NULL);
    arena_rewind(p->arena, mark);
    return snapshot_builder_finish(b);
}

static bool is_allowed(const Facts *facts, const RolesAccess *access, Str name, Arena *a)
{
    RbacRequest q = {
        .user = &access->subject->user,
        .verb = access->verb,
        .api_group = access->group,
        .namespace = access->namespace,
        .name = name,
        .is_resource = access->is_resource,
        .path = access->path,
    };
    str_split_once(access->resource, '/', &q.resource, &q.subresource);
    return authorizer_allows(facts, &q, a);
}

/* Every way in which the access was made that is kept: by each name, and without one. */
static size_t count_refused(const Facts *facts, const RolesAccess *access, Arena *a,
                            size_t *checked)
{
    size_t refused = 0;
    for (size_t i = 0; i < access->name_count; i++) {
        refused += !is_allowed(facts, access, access->names[i], a);
    }
    bool unnamed = access->any_name || !access->name_count;
    refused += unnamed && !is_allowed(facts, access, STR(""), a);
    *checked += access->name_count + unnamed;
    return refused;
}

static void note(Proving *p, Str what)
{
    if (!p->out->first.ptr) {
        p->out->first = what;
    }
}

static void check_requests(Proving *p, const Snapshot *result)
{
    Arena *a = p->arena;
    for (size_t i = 0; i < p->report->access_count; i++) {
        const RolesAccess *access = p->report->accesses[i];
        size_t refused = count_refused(snapshot_facts(result), access, a, &p->out->checked);
        p->out->refused += refused;
        if (refused) {
            note(p, arena_printf(a, "%.*s:%zu: %.*s %.*s by %.*s is not allowed",
                                 STR_ARG(access->file), access->line, STR_ARG(access->verb),
                                 STR_ARG(access->is_resource ? access->resource : access->path),
                                 STR_ARG(access->subject->user.name)));
        }
    }
}

static void check_rule(Proving *p, const Snapshot *result, const RolesRole *role, size_t rule)
{
    const Snapshot *s = without_rule(p, result, role, rule);
    size_t refused = 0;
    size_t checked = 0;
    for (size_t i = 0; i < role->rules[rule].access_count && !refused; i++) {
        refused = count_refused(snapshot_facts(s), role->rules[rule].accesses[i], p->arena,
                                &checked);
    }
    snapshot_release(s);
    p->out->rules++;
    if (!refused) {
        p->out->unneeded++;
        note(p,
             arena_printf(p->arena, "%.*s: not needed: %.*s", STR_ARG(role->subject->object_name),
                          STR_ARG(roles_rule_text(&role->rules[rule], p->arena))));
    }
}

void roles_prove(const RolesReport *report, const Snapshot *existing, Arena *a, RolesProof *out)
{
    *out = (RolesProof){ 0 };
    Proving p = { report, existing, a, out };
    const Snapshot *result = lay_over(&p);
    check_requests(&p, result);
    for (size_t i = 0; i < report->role_count; i++) {
        for (size_t k = 0; k < report->roles[i].rule_count; k++) {
            check_rule(&p, result, &report->roles[i], k);
        }
    }
    snapshot_release(result);
}
