/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles out of an audit log: from grants to rules.
 *
 * Grants of one resource make a rule, and rules that differ in their resources alone become one.
 */
#include "analyze/audit/roles_private.h"

#include <stdlib.h>

static Str joined(StrList list, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < list.count; i++) {
        buf_add(&b, list.items[i]);
        buf_byte(&b, '\x1e');
    }
    return buf_str(&b);
}

/* -- rules --------------------------------------------------------------------------------------
 */

/* A rule in the making. */
typedef struct Draft {
    struct Draft *next; /* of those that become one rule */
    struct Draft *last; /* of the first one: the end of the chain */
    Str namespace;
    Str group;
    Str *verbs;
    size_t verb_count;
    Str *resources; /* or paths */
    size_t resource_count;
    StrList names;
    bool is_resource;
    const RolesAccess **accesses;
    size_t access_count;
} Draft;

static Draft *draft_of(const RolesGrant *g, Arena *a)
{
    Draft *d = new(a, Draft, 1);
    d->namespace = g->namespace;
    d->group = g->like->group;
    d->is_resource = g->like->is_resource;
    d->verbs = new(a, Str, 1 + g->brings.count);
    d->verbs[d->verb_count++] = g->like->verb;
    for (size_t i = 0; i < g->brings.count; i++) {
        d->verbs[d->verb_count++] = g->brings.items[i];
    }
    d->verb_count = roles_sort_set(d->verbs, d->verb_count);
    d->resources = new(a, Str, 1);
    d->resources[d->resource_count++] = d->is_resource ? g->like->resource : g->like->path;
    d->names = g->any_name ? (StrList){ NULL, 0 } : (StrList){ g->names, g->name_count };
    d->accesses = g->accesses;
    d->access_count = g->access_count;
    return d;
}

/* Puts a chain of drafts together, in one step whatever its length. */
static void unite(Draft *first, Arena *a)
{
    size_t verbs = 0;
    size_t resources = 0;
    size_t accesses = 0;
    for (const Draft *d = first; d; d = d->next) {
        verbs += d->verb_count;
        resources += d->resource_count;
        accesses += d->access_count;
    }
    Draft all = *first;
    all.verbs = new(a, Str, verbs);
    all.resources = new(a, Str, resources);
    all.accesses = new(a, const RolesAccess *, accesses);
    verbs = resources = accesses = 0;
    for (const Draft *d = first; d; d = d->next) {
        memcpy(all.verbs + verbs, d->verbs, d->verb_count * sizeof(Str));
        memcpy(all.resources + resources, d->resources, d->resource_count * sizeof(Str));
        memcpy(all.accesses + accesses, d->accesses, d->access_count * sizeof *d->accesses);
        verbs += d->verb_count;
        resources += d->resource_count;
        accesses += d->access_count;
    }
    all.verb_count = roles_sort_set(all.verbs, verbs);
    all.resource_count = roles_sort_set(all.resources, resources);
    all.access_count = accesses;
    all.next = NULL;
    *first = all;
}

/* Unites drafts that have one key. */
static Map unite_all(Draft *const *drafts, size_t count, bool by_verbs, Arena *a)
{
    Map out = map_new(a);
    for (size_t i = 0; i < count; i++) {
        Draft *d = drafts[i];
        StrList same = by_verbs ? (StrList){ d->verbs, d->verb_count }
                                : (StrList){ d->resources, d->resource_count };
        Str key = arena_printf(a, "%.*s\x1f%d%.*s\x1f%.*s\x1f%.*s", STR_ARG(d->namespace),
                               d->is_resource, STR_ARG(d->group), STR_ARG(joined(same, a)),
                               STR_ARG(joined(d->names, a)));
        void **at = map_at(&out, key);
        Draft *first = *at ? *at : d;
        *at = first;
        if (first != d) {
            first->last->next = d;
        }
        d->last = d;
        first->last = d;
    }
    for (size_t i = 0; i < out.count; i++) {
        Draft *first = out.entries[i].value;
        if (first->next) {
            unite(first, a);
        }
    }
    return out;
}

static Draft **drafts_in(const Map *m, Arena *a)
{
    Draft **drafts = new(a, Draft *, m->count + 1);
    for (size_t i = 0; i < m->count; i++) {
        drafts[i] = m->entries[i].value;
    }
    return drafts;
}

/* By namespace; then resources before paths, by group and resources. */
static int by_place(const void *left, const void *right)
{
    const Draft *l = *(Draft *const *)left, *r = *(Draft *const *)right;
    int order = str_cmp(l->namespace, r->namespace);
    order = order ? order : (int)r->is_resource - (int)l->is_resource;
    order = order ? order : str_cmp(l->group, r->group);
    for (size_t i = 0; !order && i < l->resource_count && i < r->resource_count; i++) {
        order = str_cmp(l->resources[i], r->resources[i]);
    }
    order = order ? order : str_cmp(l->verbs[0], r->verbs[0]);
    return order ? order : l->accesses[0]->order < r->accesses[0]->order ? -1 : 1;
}

static int by_order(const void *left, const void *right)
{
    const RolesAccess *l = *(const RolesAccess *const *)left;
    const RolesAccess *r = *(const RolesAccess *const *)right;
    return l->order < r->order ? -1 : l->order > r->order;
}

static RolesRule rule_of(const Draft *d)
{
    qsort(d->accesses, d->access_count, sizeof *d->accesses, by_order);
    StrList resources = { d->resources, d->resource_count };
    StrList none = { NULL, 0 };
    return (RolesRule){
        .verbs = { d->verbs, d->verb_count },
        .group = d->group,
        .resources = d->is_resource ? resources : none,
        .paths = d->is_resource ? none : resources,
        .names = d->names,
        .accesses = d->accesses,
        .access_count = d->access_count,
    };
}

static void build_subject(Roles *r, const RolesSubject *s)
{
    Arena *a = r->arena;
    size_t count;
    RolesGrant **grants = roles_grants(&r->options, s, a, &count);
    Draft **drafts = new(a, Draft *, count + 1);
    for (size_t i = 0; i < count; i++) {
        drafts[i] = draft_of(grants[i], a);
    }
    Map united = unite_all(drafts, count, false, a);
    united = unite_all(drafts_in(&united, a), united.count, true, a);
    drafts = drafts_in(&united, a);
    qsort(drafts, united.count, sizeof *drafts, by_place);
    RolesRule *rules = new(a, RolesRule, united.count + 1);
    RolesRole *role = NULL;
    for (size_t i = 0; i < united.count; i++) {
        if (!role || !str_eq(role->namespace, drafts[i]->namespace)) {
            role = &r->report.roles[r->report.role_count++];
            *role =
                (RolesRole){ .subject = s, .namespace = drafts[i]->namespace, .rules = &rules[i] };
        }
        rules[i] = rule_of(drafts[i]);
        role->rule_count++;
        r->report.rule_count++;
    }
}

/* -- names of objects ---------------------------------------------------------------------------
 */

/* What may not stand in a URL's piece becomes a dash. */
static Str clean(Str name, Arena *a)
{
    char *out = new(a, char, name.len + 1);
    for (size_t i = 0; i < name.len; i++) {
        bool bad = name.ptr[i] == '/' || name.ptr[i] == '%' || (unsigned char)name.ptr[i] <= ' ' ||
                   name.ptr[i] == 0x7F;
        out[i] = bad ? '-' : name.ptr[i];
    }
    return str_from(out, name.len);
}

/* Applying the result must take nothing away: a role of that name in the cluster stays. */
static bool is_there(const Roles *r, const RolesSubject *s, Str name)
{
    const Facts *facts = snapshot_facts(r->options.existing);
    if (facts->rbac_role(facts->cluster, STR(""), name)) {
        return true;
    }
    for (size_t i = 0; i < s->access_count; i++) {
        Str namespace = s->accesses[i]->namespace;
        if (namespace.len && facts->rbac_role(facts->cluster, namespace, name)) {
            return true;
        }
    }
    return false;
}

static void name_subjects(Roles *r)
{
    Arena *a = r->arena;
    Map taken = map_new(a);
    for (size_t i = 0; i < r->subjects.count; i++) {
        RolesSubject *s = r->subjects.entries[i].value;
        Str own = s->is_account ? arena_printf(a, "%.*s:%.*s", STR_ARG(s->account_namespace),
                                               STR_ARG(s->account_name))
                                : s->user.name;
        Str prefix = r->options.name.ptr ? r->options.name : STR("from-audit");
        Str name = r->options.name.ptr && r->subjects.count == 1
                       ? r->options.name
                       : arena_printf(a, "%.*s:%.*s", STR_ARG(prefix), STR_ARG(own));
        name = clean(name, a);
        Str unique = name;
        for (int again = 2; map_has(&taken, unique) || is_there(r, s, unique); again++) {
            unique = arena_printf(a, "%.*s-%d", STR_ARG(name), again);
        }
        map_set(&taken, unique, s);
        s->object_name = unique;
    }
}

void roles_finish(Roles *r, RolesReport *out)
{
    Arena *a = r->arena;
    name_subjects(r);
    size_t count = r->accesses.count;
    const RolesAccess **all = new(a, const RolesAccess *, count + 1);
    for (size_t i = 0; i < count; i++) {
        RolesAccess *access = r->accesses.entries[i].value;
        roles_sort_set((Str *)access->names, access->name_count);
        all[i] = access;
    }
    r->report.accesses = all;
    r->report.access_count = count;
    r->report.subject_count = r->subjects.count;
    r->report.roles = new(a, RolesRole, count + 1); /* a role has at least one access */
    for (size_t i = 0; i < r->subjects.count; i++) {
        build_subject(r, r->subjects.entries[i].value);
    }
    *out = r->report;
}
