/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix of a user: what each role that is held grants, by resource. */
#include "analyze/rbac/matrix.h"

#include <stdlib.h>

MatrixState matrix_state(const MatrixAccess *access, unsigned taken, int verb)
{
    unsigned bit = 1U << verb;
    return !(taken & bit)        ? MATRIX_NOT_TAKEN
           : access->yes & bit   ? MATRIX_YES
           : access->some & bit  ? MATRIX_SOME
           : access->named & bit ? MATRIX_NAMED
                                 : MATRIX_NO;
}

Str matrix_state_text(MatrixState state)
{
    static const Str texts[] = { STR_INIT("n/a"), STR_INIT("no"), STR_INIT("named"),
                                 STR_INIT("some"), STR_INIT("yes") };
    return texts[state];
}

/* -- what a role grants ------------------------------------------------------------------------ */

/* What a role grants of one resource. */
typedef struct Grant {
    uint32_t row;
    uint16_t any;   /* verbs, whatever the name */
    uint16_t named; /* for some names */
} Grant;

typedef struct RoleGrants {
    const RbacRole *role;
    const Grant *items;
    size_t count;
} RoleGrants;

typedef struct Build {
    RbacCatalogue resources;
    Map by_text;       /* "pods/log" to its last row, plus 1 */
    uint32_t *before;  /* of each row: the one before of the same text, plus 1 */
    Grant *dense;      /* one for each row; .any and .named are 0 but for those touched */
    uint32_t *touched; /* rows of dense */
    size_t touched_count;
    Index roles; /* of RoleGrants */
    Arena *scratch;
    MatrixAccess *rows;
} Build;

static void index_resources(Build *b)
{
    size_t count = b->resources.count;
    b->by_text = map_new(b->scratch);
    b->before = new(b->scratch, uint32_t, count + 1);
    b->dense = new(b->scratch, Grant, count + 1);
    b->touched = new(b->scratch, uint32_t, count + 1);
    b->roles = index_new(b->scratch, 0);
    for (size_t i = 0; i < count; i++) {
        const RbacResource *r = &b->resources.items[i];
        Str text = r->resource;
        if (r->subresource.len) {
            text = arena_printf(b->scratch, "%.*s/%.*s", STR_ARG(r->resource),
                                STR_ARG(r->subresource));
        }
        void **last = map_at(&b->by_text, text);
        b->before[i] = (uint32_t)(uintptr_t)*last;
        *last = (void *)(uintptr_t)(i + 1);
    }
}

static unsigned verbs_of(const RbacRule *rule)
{
    unsigned verbs = 0;
    for (size_t i = 0; i < rule->verbs.count; i++) {
        if (str_eq(rule->verbs.items[i], STR("*"))) {
            return ~0U;
        }
        for (int place = 0; place < RBAC_CATALOGUE_VERBS; place++) {
            verbs |= str_eq(rule->verbs.items[i], rbac_catalogue_verb(place)) ? 1U << place : 0;
        }
    }
    return verbs;
}

static bool has_or_star(StrList list, Str s)
{
    return str_list_has(list, s) || str_list_has(list, STR("*"));
}

static void touch(Build *b, size_t row, const RbacRule *rule, unsigned verbs)
{
    const RbacResource *r = &b->resources.items[row];
    if (!(r->verbs & verbs) || !has_or_star(rule->api_groups, r->group)) {
        return;
    }
    Grant *g = &b->dense[row];
    if (!g->any && !g->named) {
        b->touched[b->touched_count++] = (uint32_t)row;
    }
    if (rule->resource_names.count) {
        g->named = (uint16_t)(g->named | (r->verbs & verbs));
    } else {
        g->any = (uint16_t)(g->any | (r->verbs & verbs));
    }
}

/* The rows that one entry of a rule's resources is about: pods, pods/log, all, all of one
 * subresource. */
static void touch_resource(Build *b, Str resource, const RbacRule *rule, unsigned verbs)
{
    bool is_all = str_eq(resource, STR("*"));
    Str part = str_cut_prefix(resource, STR("*/"));
    if (is_all || part.len < resource.len) {
        for (size_t i = 0; i < b->resources.count; i++) {
            Str subresource = b->resources.items[i].subresource;
            if (is_all || (subresource.len && str_eq(subresource, part))) {
                touch(b, i, rule, verbs);
            }
        }
        return;
    }
    uint32_t row = (uint32_t)(uintptr_t)map_get(&b->by_text, resource);
    for (; row; row = b->before[row - 1]) {
        touch(b, row - 1, rule, verbs);
    }
}

/* Takes what was touched and clears it. */
static void take_touched(Build *b, RoleGrants *out)
{
    Grant *items = arena_alloc(b->scratch, b->touched_count * sizeof(*items));
    for (size_t i = 0; i < b->touched_count; i++) {
        uint32_t row = b->touched[i];
        items[i] = b->dense[row];
        items[i].row = row;
        b->dense[row] = (Grant){ 0 };
    }
    out->items = items;
    out->count = b->touched_count;
    b->touched_count = 0;
}

static uint64_t role_hash(const void *row)
{
    return index_hash_mix((uintptr_t)((const RoleGrants *)row)->role, 1);
}

static bool role_matches(const void *row, const void *role)
{
    return ((const RoleGrants *)row)->role == role;
}

static const RoleGrants *grants_of(Build *b, const RbacRole *role)
{
    RoleGrants wanted = { .role = role };
    RoleGrants *found = index_find(&b->roles, role_hash(&wanted), role_matches, role);
    if (found) {
        return found;
    }
    for (size_t i = 0; i < role->rule_count; i++) {
        const RbacRule *rule = &role->rules[i];
        unsigned verbs = verbs_of(rule);
        for (size_t k = 0; k < rule->resources.count; k++) {
            touch_resource(b, rule->resources.items[k], rule, verbs);
        }
    }
    found = new(b->scratch, RoleGrants, 1);
    found->role = role;
    take_touched(b, found);
    index_add(&b->roles, role_hash(found), found, role_hash);
    return found;
}

/* -- what is held ------------------------------------------------------------------------------ */

typedef struct Holdings {
    MatrixHolding *items;
    size_t count;
    size_t cap;
} Holdings;

static void add_holding(Holdings *list, const RbacRole *role, Str namespace, Arena *a)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 32;
        MatrixHolding *items = arena_alloc(a, cap * sizeof(*items));
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = (MatrixHolding){ role, namespace };
}

typedef struct Names {
    RbacSubjectKey *items;
    size_t count;
} Names;

/* What bindings may call the user. */
static Names names_of_user(const UserInfo *user, Arena *a)
{
    Names names = { new(a, RbacSubjectKey, user->groups.count + 2), 0 };
    Str none = STR("");
    Str namespace, name;
    names.items[names.count++] = (RbacSubjectKey){ SUBJECT_USER, none, user->name };
    for (size_t i = 0; i < user->groups.count; i++) {
        names.items[names.count++] = (RbacSubjectKey){ SUBJECT_GROUP, none, user->groups.items[i] };
    }
    if (rbac_split_service_account(user->name, &namespace, &name)) {
        names.items[names.count++] = (RbacSubjectKey){ SUBJECT_SERVICE_ACCOUNT, namespace, name };
    }
    return names;
}

static void hold_in(const RbacCluster *c, const Names *names, Str namespace, Holdings *out,
                    Arena *a)
{
    for (size_t i = 0; i < names->count; i++) {
        const RbacSubjectKey *key = &names->items[i];
        RbacBindingList list = c->facts->rbac_bindings(c->facts->cluster, key->kind, key->namespace,
                                                       key->name, namespace);
        for (size_t k = 0; k < list.count; k++) {
            const RbacRole *role = rbac_binding_role(c->facts, list.items[k]);
            if (role) {
                add_holding(out, role, namespace, a);
            }
        }
    }
}

/* -- the matrix -------------------------------------------------------------------------------- */

enum { ONE_OBJECT = RESOURCE_GET | RESOURCE_UPDATE | RESOURCE_PATCH | RESOURCE_DELETE };

static bool is_namespaces(const RbacResource *r)
{
    return r->group.len == 0 && str_eq(r->resource, STR("namespaces"));
}

/* The verbs of a request for one namespace, which a RoleBinding in it grants. */
static unsigned namespace_verbs(const RbacResource *r)
{
    return is_namespaces(r) ? (r->subresource.len ? r->verbs : r->verbs & ONE_OBJECT) : 0;
}

static bool role_allows_name(const RbacRole *role, const RbacResource *r, int verb, Str name)
{
    RbacRequest req = { .verb = rbac_catalogue_verb(verb),
                        .api_group = r->group,
                        .resource = r->resource,
                        .subresource = r->subresource,
                        .name = name,
                        .namespace = STR(""),
                        .is_resource = true,
                        .path = STR("") };
    for (size_t i = 0; i < role->rule_count; i++) {
        if (rbac_rule_allows(&role->rules[i], &req)) {
            return true;
        }
    }
    return false;
}

/* What a RoleBinding gives of the namespace that it is in. */
static void add_own_namespace(MatrixAccess *access, const RbacResource *r, const Grant *g,
                              const MatrixHolding *h)
{
    unsigned verbs = (unsigned)(g->any | g->named) & namespace_verbs(r);
    for (int verb = 0; verb < RBAC_CATALOGUE_VERBS; verb++) {
        if ((verbs >> verb & 1) && role_allows_name(h->role, r, verb, h->namespace)) {
            access->named |= 1U << verb;
        }
    }
}

static void add_access(Build *b, const MatrixHolding *h, bool is_one)
{
    const RoleGrants *grants = grants_of(b, h->role);
    for (size_t i = 0; i < grants->count; i++) {
        const Grant *g = &grants->items[i];
        const RbacResource *r = &b->resources.items[g->row];
        MatrixAccess *access = &b->rows[g->row];
        if (!h->namespace.len && (!is_one || r->namespaced)) {
            access->yes |= g->any;
            access->named |= g->named;
        } else if (h->namespace.len && r->namespaced) {
            access->yes |= is_one ? g->any : 0;
            access->some |= is_one ? 0 : g->any;
            access->named |= g->named;
        } else if (h->namespace.len && !is_one) {
            add_own_namespace(access, r, g, h);
        }
    }
}

/* Each verb in one of the sets. */
static void settle(MatrixAccess *access)
{
    access->some &= ~access->yes;
    access->named &= ~(access->yes | access->some);
}

void matrix_of_user(RbacCluster *c, const UserInfo *user, Str namespace, Arena *a, Matrix *out)
{
    Arena scratch;
    arena_init(&scratch, 0);
    Build b = { .resources = rbac_cluster_catalogue(c), .scratch = &scratch };
    b.rows = new(a, MatrixAccess, b.resources.count + 1);
    bool is_one = namespace.ptr != NULL;
    Holdings held = { 0 };
    Names names = names_of_user(user, &scratch);
    hold_in(c, &names, STR(""), &held, a);
    if (is_one) {
        hold_in(c, &names, namespace, &held, a);
    }
    for (size_t i = 0; !is_one && i < c->namespaces.count; i++) {
        hold_in(c, &names, c->namespaces.items[i], &held, a);
    }
    index_resources(&b);
    for (size_t i = 0; i < held.count; i++) {
        add_access(&b, &held.items[i], is_one);
    }
    bool is_master = str_list_has(user->groups, STR(RBAC_GROUP_MASTERS));
    for (size_t i = 0; i < b.resources.count; i++) {
        const RbacResource *r = &b.resources.items[i];
        if (is_master && (!is_one || r->namespaced)) {
            b.rows[i].yes = r->verbs;
        }
        settle(&b.rows[i]);
    }
    arena_done(&scratch);
    *out = (Matrix){ b.resources, b.rows, namespace, held.items, held.count };
}

/* -- where ------------------------------------------------------------------------------------- */

static int by_text(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

static StrList sorted_once(Str *items, size_t count)
{
    qsort(items, count, sizeof(*items), by_text);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!kept || !str_eq(items[kept - 1], items[i])) {
            items[kept++] = items[i];
        }
    }
    return (StrList){ items, kept };
}

static void add_names(const RbacRole *role, const RbacResource *r, int verb, Str *items,
                      size_t *count)
{
    for (size_t i = 0; i < role->rule_count; i++) {
        const RbacRule *rule = &role->rules[i];
        RbacRole one = { .rules = rule, .rule_count = 1 };
        if (rule->resource_names.count &&
            role_allows_name(&one, r, verb, rule->resource_names.items[0])) {
            for (size_t k = 0; k < rule->resource_names.count; k++) {
                items[(*count)++] = rule->resource_names.items[k];
            }
        }
    }
}

StrList matrix_where(const Matrix *m, size_t row, int verb, Arena *a)
{
    const RbacResource *r = &m->resources.items[row];
    bool is_some = m->rows[row].some >> verb & 1;
    size_t max = m->holding_count;
    for (size_t i = 0; i < m->holding_count && !is_some; i++) {
        for (size_t k = 0; k < m->holdings[i].role->rule_count; k++) {
            max += m->holdings[i].role->rules[k].resource_names.count;
        }
    }
    Str *items = new(a, Str, max + 1);
    size_t count = 0;
    for (size_t i = 0; i < m->holding_count; i++) {
        const MatrixHolding *h = &m->holdings[i];
        if (is_some) {
            if (h->namespace.len && role_allows_name(h->role, r, verb, STR(""))) {
                items[count++] = h->namespace;
            }
        } else if (r->namespaced || !h->namespace.len) {
            add_names(h->role, r, verb, items, &count);
        } else if ((namespace_verbs(r) >> verb & 1) &&
                   role_allows_name(h->role, r, verb, h->namespace)) {
            items[count++] = h->namespace;
        }
    }
    return sorted_once(items, count);
}
