/* SPDX-License-Identifier: Apache-2.0 */
/* Who can do this. */
#include "analyze/rbac/who_can.h"

#include "decide/rbac/authorizer.h"

#include <stdlib.h>

/* -- which bindings grant ---------------------------------------------------------------------- */

typedef struct Search {
    const WhoCanQuestion *question;
    RbacRequest request;
    uint32_t verb_bits;
    bool is_namespace; /* what is asked about are namespaces themselves, one at a time */
    Arena *arena;
} Search;

typedef struct GrantList {
    WhoCanGrant *items;
    size_t count;
    size_t cap;
} GrantList;

static void add_grant(GrantList *list, const WhoCanGrant *grant, Arena *a)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 16;
        WhoCanGrant *items = arena_alloc(a, cap * sizeof(*items));
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = *grant;
}

static RbacRequest request_of(const WhoCanQuestion *q)
{
    return (RbacRequest){
        .user = NULL,
        .verb = q->verb,
        .api_group = q->group,
        .resource = q->resource,
        .subresource = q->subresource,
        .name = q->name,
        .namespace = STR(""),
        .is_resource = q->is_resource,
        .path = q->path,
    };
}

/* A request for one namespace, /api/v1/namespaces/NAME, is a request in that namespace: a
 * RoleBinding there grants it. Lists and creations are in none. */
static bool is_for_one_namespace(const WhoCanQuestion *q)
{
    static const Str verbs[] = { STR_INIT("get"), STR_INIT("update"), STR_INIT("patch"),
                                 STR_INIT("delete") };
    return q->is_resource && q->group.len == 0 && str_eq(q->resource, STR("namespaces")) &&
           (q->subresource.len || str_list_has((StrList){ verbs, COUNT_OF(verbs) }, q->verb));
}

static StrList names_and(StrList names, StrList more, Arena *a)
{
    if (!names.count) {
        return more;
    }
    Str *items = new(a, Str, names.count + more.count);
    memcpy(items, names.items, names.count * sizeof(*items));
    size_t count = names.count;
    for (size_t i = 0; i < more.count; i++) {
        if (!str_list_has((StrList){ items, count }, more.items[i])) {
            items[count++] = more.items[i];
        }
    }
    return (StrList){ items, count };
}

/* The rule grants some names, and any was asked for: which. */
static void search_names(const Search *s, const RbacRule *rule, WhoCanGrant *grant)
{
    RbacRequest named = s->request;
    if (!named.is_resource || named.name.len || !rule->resource_names.count) {
        return;
    }
    named.name = rule->resource_names.items[0];
    if (rbac_rule_allows(rule, &named)) {
        grant->rule = grant->rule ? grant->rule : rule;
        grant->names = names_and(grant->names, rule->resource_names, s->arena);
    }
}

/* Whether the role grants it; with names, when only those. */
static bool search_role(const Search *s, const RbacRole *role, WhoCanGrant *grant)
{
    for (size_t i = 0; i < role->rule_count; i++) {
        const RbacRule *rule = &role->rules[i];
        if (!(rule->verb_bits & s->verb_bits)) {
            continue;
        }
        if (rbac_rule_allows(rule, &s->request)) {
            grant->rule = rule;
            grant->names = (StrList){ NULL, 0 };
            return true;
        }
        search_names(s, rule, grant);
    }
    return grant->rule != NULL;
}

/* In a RoleBinding's own namespace the name asked for is the namespace's. */
static bool search_in_namespace(const Search *s, const RbacClusterBinding *b, WhoCanGrant *grant)
{
    Search inner = *s;
    Str namespace = rbac_binding_namespace(b->binding);
    inner.request.name = namespace;
    if ((s->question->name.len && !str_eq(s->question->name, namespace)) ||
        !search_role(&inner, b->role, grant)) {
        return false;
    }
    if (!s->question->name.len) {
        Str *name = new(s->arena, Str, 1);
        *name = namespace;
        grant->names = (StrList){ name, 1 };
    }
    return true;
}

static bool looks_at(const Search *s, const RbacBinding *b)
{
    const WhoCanQuestion *q = s->question;
    return !b->namespace_len ||
           ((q->namespaced || s->is_namespace) &&
            (!q->namespace.ptr || str_eq(rbac_binding_namespace(b), q->namespace)));
}

static bool search_binding(const Search *s, const RbacClusterBinding *b, WhoCanGrant *grant)
{
    if (s->is_namespace && b->binding->namespace_len) {
        return search_in_namespace(s, b, grant);
    }
    return search_role(s, b->role, grant);
}

void who_can(const RbacCluster *c, const WhoCanQuestion *q, Arena *a, WhoCan *out)
{
    Search s = {
        .question = q,
        .request = request_of(q),
        .verb_bits = rbac_verb_bits(q->verb),
        .is_namespace = is_for_one_namespace(q),
        .arena = a,
    };
    GrantList grants = { 0 }, named = { 0 }, broken = { 0 };
    for (size_t i = 0; i < c->binding_count; i++) {
        const RbacClusterBinding *b = &c->bindings[i];
        WhoCanGrant grant = { .of = b };
        if (!looks_at(&s, b->binding)) {
            continue;
        }
        if (!b->role) {
            add_grant(&broken, &grant, a);
        } else if (search_binding(&s, b, &grant)) {
            add_grant(grant.names.count ? &named : &grants, &grant, a);
        }
    }
    *out = (WhoCan){
        .question = *q,
        .grants = { grants.items, grants.count },
        .named = { named.items, named.count },
        .broken = { broken.items, broken.count },
    };
}

/* -- by subject -------------------------------------------------------------------------------- */

/* The grants to one subject as bindings name it. */
typedef struct Row {
    RbacSubjectKey key;
    const WhoCanGrant **grants;
    size_t count;
    const WhoCanGrant *last; /* that was counted: a binding that names it twice counts once */
} Row;

typedef struct Gather {
    Index index;
    Arena scratch;
    Arena *arena;
} Gather;

static uint64_t row_hash(const void *row)
{
    return rbac_subject_key_hash(&((const Row *)row)->key);
}

static bool row_matches(const void *row, const void *wanted)
{
    return rbac_subject_key_equal(&((const Row *)row)->key, wanted);
}

static Row *find_row(const Gather *g, const RbacSubjectKey *key)
{
    return index_find(&g->index, rbac_subject_key_hash(key), row_matches, key);
}

static Row *row_of(Gather *g, const RbacSubject *s)
{
    RbacSubjectKey key = rbac_subject_key(s);
    Row *row = find_row(g, &key);
    if (!row) {
        row = new(&g->scratch, Row, 1);
        row->key = key;
        index_add(&g->index, rbac_subject_key_hash(&key), row, row_hash);
    }
    return row;
}

/* Counts the grants of each subject, or (fills) writes them down. */
static void gather(Gather *g, WhoCanGrants grants, bool fills)
{
    for (size_t i = 0; i < grants.count; i++) {
        const WhoCanGrant *grant = &grants.items[i];
        const RbacBinding *b = grant->of->binding;
        for (uint32_t k = 0; k < b->subject_count; k++) {
            if (b->subjects[k].kind == RBAC_SUBJECT_NOBODY) {
                continue;
            }
            Row *row = row_of(g, &b->subjects[k]);
            if (row->last == grant) {
                continue;
            }
            row->last = grant;
            if (fills) {
                row->grants[row->count] = grant;
            }
            row->count++;
        }
    }
}

static void start_filling(Gather *g)
{
    for (uint32_t i = 0; i < g->index.count; i++) {
        Row *row = g->index.rows[i];
        row->grants = arena_alloc(g->arena, row->count * sizeof(*row->grants));
        row->count = 0;
        row->last = NULL;
    }
}

static bool has_cluster_grant(const Row *row)
{
    /* those of the cluster come first */
    return row->count && row->grants[0]->of->binding->namespace_len == 0;
}

static bool find_via(const Gather *g, const RbacClusterSubject *of, WhoCanSubject *out)
{
    *out = (WhoCanSubject){ .key = { (SubjectKind)of->kind, of->namespace, of->name },
                            .exists = of->exists };
    ArenaMark mark = arena_mark(g->arena);
    RbacSubjectKey names[RBAC_SUBJECT_NAMES_MAX];
    size_t count = rbac_subject_names(&out->key, g->arena, names);
    WhoCanVia *via = new(g->arena, WhoCanVia, count);
    for (size_t i = 0; i < count; i++) {
        const Row *row = find_row(g, &names[i]);
        if (row) {
            via[out->via_count++] = (WhoCanVia){ names[i], row->grants, row->count };
            out->is_cluster_wide = out->is_cluster_wide || has_cluster_grant(row);
        }
    }
    out->via = via;
    if (!out->via_count) {
        arena_rewind(g->arena, mark);
    }
    return out->via_count > 0;
}

WhoCanSubjects who_can_subjects(RbacCluster *c, WhoCanGrants grants, Arena *a)
{
    RbacClusterSubjects all = rbac_cluster_subjects(c);
    Gather g = { .arena = a };
    arena_init(&g.scratch, 0);
    g.index = index_new(&g.scratch, 0);
    gather(&g, grants, false);
    start_filling(&g);
    gather(&g, grants, true);
    WhoCanSubject *items = new(a, WhoCanSubject, all.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < all.count; i++) {
        count += find_via(&g, &all.items[i], &items[count]);
    }
    arena_done(&g.scratch);
    return (WhoCanSubjects){ items, count };
}

static int by_text(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

StrList who_can_namespaces(const WhoCanSubject *s, Arena *a)
{
    size_t max = 0;
    for (size_t i = 0; i < s->via_count; i++) {
        max += s->via[i].count;
    }
    Str *items = new(a, Str, max + 1);
    size_t count = 0;
    for (size_t i = 0; i < s->via_count; i++) {
        for (size_t k = 0; k < s->via[i].count; k++) {
            Str namespace = rbac_binding_namespace(s->via[i].grants[k]->of->binding);
            if (namespace.len) {
                items[count++] = namespace;
            }
        }
    }
    qsort(items, count, sizeof(*items), by_text);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!kept || !str_eq(items[kept - 1], items[i])) {
            items[kept++] = items[i];
        }
    }
    return (StrList){ items, kept };
}

static void add_missing(const RbacCluster *c, WhoCanGrants grants, RbacDangling *into,
                        size_t *count)
{
    for (size_t i = 0; i < grants.count; i++) {
        const RbacBinding *b = grants.items[i].of->binding;
        for (uint32_t k = 0; k < b->subject_count; k++) {
            if (rbac_cluster_is_missing(c, b, &b->subjects[k])) {
                if (into) {
                    into[*count] = (RbacDangling){ RBAC_DANGLING_ACCOUNT, b, &b->subjects[k] };
                }
                ++*count;
            }
        }
    }
}

WhoCanMissing who_can_missing_accounts(const RbacCluster *c, const WhoCan *answer, Arena *a)
{
    size_t count = 0;
    add_missing(c, answer->grants, NULL, &count);
    add_missing(c, answer->named, NULL, &count);
    RbacDangling *items = new(a, RbacDangling, count + 1);
    count = 0;
    add_missing(c, answer->grants, items, &count);
    add_missing(c, answer->named, items, &count);
    return (WhoCanMissing){ items, count };
}

/* -- what else decides ------------------------------------------------------------------------- */

bool who_can_every_node(const RbacCluster *c, const WhoCanQuestion *q, Arena *a)
{
    Str groups[] = { STR("system:nodes"), STR(RBAC_GROUP_AUTHENTICATED) };
    /* a name that no node has, so that it is allowed nothing on account of its pods */
    UserInfo node = { .name = STR("system:node:-"), .uid = STR(""), .groups = { groups, 2 } };
    RbacRequest request = request_of(q);
    request.user = &node;
    request.namespace = q->namespace.ptr ? q->namespace : STR("");
    return node_authorize(c->facts, &request, a).allowed;
}
