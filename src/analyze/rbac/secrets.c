/* SPDX-License-Identifier: Apache-2.0 */
/* Who can read secrets, and how. */
#include "analyze/rbac/secrets.h"

#include "analyze/grant.h"
#include "analyze/rbac/rights.h"

#include <stdlib.h>

#define WORKLOADS                                                                     \
    "deployments.apps,daemonsets.apps,statefulsets.apps,replicasets.apps,jobs.batch," \
    "cronjobs.batch,replicationcontrollers"

/* A right that opens a way. */
typedef struct Way {
    RbacWayId id;
    Str verbs;
    Str targets;
    bool is_cluster_scoped; /* a RoleBinding grants none of it */
} Way;

static const Way ways[] = {
    { RBAC_WAY_READ, STR_INIT("get,list,watch"), STR_INIT("secrets"), false },
    { RBAC_WAY_POD, STR_INIT("create"), STR_INIT("pods"), false },
    { RBAC_WAY_WORKLOAD, STR_INIT("create"), STR_INIT(WORKLOADS), false },
    { RBAC_WAY_PATCH, STR_INIT("update,patch"), STR_INIT(WORKLOADS), false },
    { RBAC_WAY_EPHEMERAL, STR_INIT("update,patch"), STR_INIT("pods/ephemeralcontainers"), false },
    { RBAC_WAY_EXEC, STR_INIT("create,get"), STR_INIT("pods/exec,pods/attach"), false },
    { RBAC_WAY_TOKEN, STR_INIT("create"), STR_INIT("serviceaccounts/token"), false },
    { RBAC_WAY_IMPERSONATE, STR_INIT("impersonate"), STR_INIT("serviceaccounts"), false },
    { RBAC_WAY_IMPERSONATE, STR_INIT("impersonate"), STR_INIT("users"), true },
    { RBAC_WAY_IMPERSONATE, STR_INIT("impersonate"), STR_INIT("groups"), true },
    { RBAC_WAY_ESCALATE, STR_INIT("escalate"), STR_INIT("roles.rbac.authorization.k8s.io"), false },
    { RBAC_WAY_ESCALATE, STR_INIT("escalate"), STR_INIT("clusterroles.rbac.authorization.k8s.io"),
      true },
    { RBAC_WAY_BIND, STR_INIT("bind"), STR_INIT("roles.rbac.authorization.k8s.io"), false },
    { RBAC_WAY_BIND, STR_INIT("bind"), STR_INIT("clusterroles.rbac.authorization.k8s.io"), false },
    { RBAC_WAY_NODE, STR_INIT("get,create"), STR_INIT("nodes/proxy"), true },
};
enum { WAY_SERVICE_ACCOUNTS = 7, WAY_USERS = 8, WAY_GROUPS = 9 }; /* rows of impersonation */

static const Str way_names[RBAC_WAY_COUNT] = {
    [RBAC_WAY_READ] = STR_INIT("read"),
    [RBAC_WAY_POD] = STR_INIT("pod"),
    [RBAC_WAY_WORKLOAD] = STR_INIT("workload"),
    [RBAC_WAY_PATCH] = STR_INIT("patch"),
    [RBAC_WAY_EPHEMERAL] = STR_INIT("ephemeral"),
    [RBAC_WAY_EXEC] = STR_INIT("exec"),
    [RBAC_WAY_TOKEN] = STR_INIT("token"),
    [RBAC_WAY_IMPERSONATE] = STR_INIT("impersonate"),
    [RBAC_WAY_ESCALATE] = STR_INIT("escalate"),
    [RBAC_WAY_BIND] = STR_INIT("bind"),
    [RBAC_WAY_NODE] = STR_INIT("node"),
};

Str rbac_way_name(RbacWayId way)
{
    return way_names[way];
}

typedef struct Find {
    const RbacInventory *inventory;
    const RbacSecretQuestion *question;
    Arena *arena;
    RbacSecretReport *out;
    RbacSecretReport all; /* whoever is asked about: who can be acted as */
    bool defaults;        /* look at what every cluster grants, too */
    Map roles;            /* by address: to an uint32_t for each rule, a bit for each row of ways */
} Find;

/* A right of somebody that opens a way. */
typedef struct Open {
    size_t way; /* of ways */
    const RbacBinding *binding;
    const RbacSubject *subject;
    const RbacRule *rule;
} Open;

static RbacSecretAccess *add(RbacSecretReport *r, const RbacSecretAccess *access, Arena *a)
{
    if (r->count == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 64;
        RbacSecretAccess *items = new(a, RbacSecretAccess, r->cap);
        if (r->count) {
            memcpy(items, r->items, r->count * sizeof *items);
        }
        r->items = items;
    }
    r->items[r->count] = *access;
    return &r->items[r->count++];
}

static void add_text(StrList *list, Str text, Arena *a)
{
    if ((list->count & (list->count - 1)) == 0) { /* a list of a power of two is full */
        Str *items = new(a, Str, list->count ? list->count * 2 : 1);
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
    }
    ((Str *)(uintptr_t)list->items)[list->count++] = text;
}

static RbacSecretAccess access_of(const Open *o)
{
    return (RbacSecretAccess){ .namespace = rbac_binding_namespace(o->binding),
                               .secret = STR(""),
                               .way = ways[o->way].id,
                               .binding = o->binding,
                               .subject = o->subject,
                               .rule = o->rule };
}

/* -- ways that need nobody else ---------------------------------------------------------------- */

static void add_named(Find *f, RbacSecretReport *r, const Open *o)
{
    StrList names = o->rule->resource_names;
    RbacSecretAccess access = access_of(o);
    for (size_t i = 0; i < names.count; i++) {
        access.secret = names.items[i];
        add(r, &access, f->arena);
    }
    if (names.count == 0) {
        add(r, &access, f->arena);
    }
}

/* Whether the subject may do something else that a way takes, in the place of the binding. */
static bool also_may(Find *f, const Open *o, Str verbs, Str resources)
{
    UserInfo user = rbac_cluster_user((SubjectKind)o->subject->kind,
                                      rbac_subject_namespace(o->subject),
                                      rbac_subject_name(o->subject), f->arena);
    RbacRequest request = { .user = &user,
                            .api_group = STR(RBAC_GROUP),
                            .subresource = STR(""),
                            .name = STR(""),
                            .namespace = rbac_binding_namespace(o->binding),
                            .path = STR(""),
                            .is_resource = true };
    while (str_next_piece(&resources, ',', &request.resource)) {
        Str rest = verbs;
        while (str_next_piece(&rest, ',', &request.verb)) {
            if (rbac_allows(f->inventory->facts, &request)) {
                return true;
            }
        }
    }
    return false;
}

/* What a role reads, by its binding. */
static void add_bound(Find *f, RbacSecretReport *r, RbacSecretAccess access, const RbacRole *role)
{
    add_text(&access.via, arena_printf(f->arena, "with %.*s %.*s",
                                       STR_ARG(rbac_role_kind_text(role)), STR_ARG(role->name)),
             f->arena);
    for (size_t i = 0; i < role->rule_count; i++) {
        const RbacRule *rule = &role->rules[i];
        if (!rbac_rule_gives(rule, STR("get,list,watch"), STR("secrets"))) {
            continue;
        }
        for (size_t k = 0; k < rule->resource_names.count; k++) {
            access.secret = rule->resource_names.items[k];
            add(r, &access, f->arena);
        }
        if (rule->resource_names.count == 0) {
            access.secret = STR("");
            add(r, &access, f->arena);
        }
    }
}

/* Of the roles that may be bound by name, what they read; with no names: any will do. */
static void add_binder(Find *f, RbacSecretReport *r, const Open *o)
{
    StrList names = o->rule->resource_names;
    const Facts *facts = f->inventory->facts;
    bool cluster = str_contains(ways[o->way].targets, STR("clusterroles"));
    RbacSecretAccess access = access_of(o);
    if (!also_may(f, o, STR("create,update,patch"), STR("rolebindings,clusterrolebindings"))) {
        return;
    }
    if (names.count == 0) {
        add(r, &access, f->arena);
    }
    for (size_t i = 0; i < names.count; i++) {
        Str namespace = cluster ? STR("") : rbac_binding_namespace(o->binding);
        const RbacRole *role = facts->rbac_role(facts->cluster, namespace, names.items[i]);
        if (role) {
            add_bound(f, r, access, role);
        }
    }
}

static void add_direct(Find *f, RbacSecretReport *r, const Open *o)
{
    RbacSecretAccess access = access_of(o);
    switch (ways[o->way].id) {
    case RBAC_WAY_READ:
        add_named(f, r, o);
        return;
    case RBAC_WAY_EXEC:
        access.mounted = true;
        access.pods = o->rule->resource_names;
        break;
    case RBAC_WAY_NODE:
        access.mounted = true;
        break;
    case RBAC_WAY_ESCALATE:
        if (!also_may(f, o, STR("create,update,patch"), STR("roles,clusterroles"))) {
            return;
        }
        break;
    case RBAC_WAY_BIND:
        add_binder(f, r, o);
        return;
    default:
        break;
    }
    add(r, &access, f->arena);
}

static bool acts_as_somebody(RbacWayId way)
{
    return way == RBAC_WAY_TOKEN || way == RBAC_WAY_IMPERSONATE;
}

/* -- as somebody else -------------------------------------------------------------------------- */

/* Ways in which one runs as any service account of the namespace. */
static bool runs_as_account(RbacWayId way)
{
    return way == RBAC_WAY_POD || way == RBAC_WAY_WORKLOAD || way == RBAC_WAY_PATCH;
}

/* Whether the right lets act as the subject of another access. */
static bool may_act_as(const Open *o, const RbacSubject *s)
{
    StrList names = o->rule->resource_names;
    Str place = rbac_binding_namespace(o->binding);
    RbacWayId way = ways[o->way].id;
    bool named = names.count == 0 || str_list_has(names, rbac_subject_name(s));
    if (way == RBAC_WAY_IMPERSONATE && o->way != WAY_SERVICE_ACCOUNTS) {
        bool master = str_eq(rbac_subject_name(s), STR(RBAC_GROUP_MASTERS)); /* see add_masters() */
        return named && !master && s->kind == (o->way == WAY_USERS ? SUBJECT_USER : SUBJECT_GROUP);
    }
    return s->kind == SUBJECT_SERVICE_ACCOUNT && (named || runs_as_account(way)) &&
           (!place.len || str_eq(place, rbac_subject_namespace(s)));
}

/* Whether one can be had already where the other leads. */
static bool covers(const RbacSecretAccess *wide, const RbacSecretAccess *narrow)
{
    return (!wide->namespace.len || str_eq(wide->namespace, narrow->namespace)) &&
           (!wide->secret.len || str_eq(wide->secret, narrow->secret)) &&
           (!wide->mounted || narrow->mounted);
}

static Str as_text(const RbacSubject *s, Arena *a)
{
    return arena_printf(a, "as %.*s", STR_ARG(grant_subject_text(s, a)));
}

/* A place that others lead to, in the making. */
typedef struct Place {
    size_t at; /* in the report */
    Map seen;  /* who leads there */
} Place;

static Place *place_of(Find *f, Map *places, const Open *o, const RbacSecretAccess *other)
{
    Arena *a = f->arena;
    Str key = arena_printf(a, "%.*s/%.*s/%s/%.*s", STR_ARG(other->namespace),
                           STR_ARG(other->secret), other->mounted ? "m" : "",
                           STR_ARG(rbac_join(other->pods, STR(","), a)));
    void **place = map_at(places, key);
    if (!*place) {
        Place *fresh = new(a, Place, 1);
        *fresh = (Place){ f->out->count, map_new(a) };
        RbacSecretAccess access = access_of(o);
        access.namespace = other->namespace;
        access.secret = other->secret;
        access.mounted = other->mounted;
        access.pods = other->pods;
        add(f->out, &access, a);
        *place = fresh;
    }
    return *place;
}

/* Where the others lead that the right lets act as: each place once, with all who lead there. */
static void add_as_others(Find *f, const Open *o)
{
    RbacSecretAccess own = access_of(o);
    bool has_own = runs_as_account(own.way);
    Map places = map_new(f->arena);
    for (size_t i = 0; i < f->all.count; i++) {
        const RbacSecretAccess *other = &f->all.items[i];
        if (!may_act_as(o, other->subject) ||
            (has_own && (covers(&own, other) || other->way != RBAC_WAY_READ))) {
            continue;
        }
        Place *place = place_of(f, &places, o, other);
        Str as = as_text(other->subject, f->arena);
        if (!map_has(&place->seen, as)) {
            map_at(&place->seen, as);
            add_text(&f->out->items[place->at].via, as, f->arena);
        }
    }
}

/* Whoever may be in system:masters may everything. */
static void add_masters(Find *f, const Open *o)
{
    StrList names = o->rule->resource_names;
    if (o->way == WAY_GROUPS &&
        (names.count == 0 || str_list_has(names, STR(RBAC_GROUP_MASTERS)))) {
        RbacSecretAccess access = access_of(o);
        add_text(&access.via, STR("as Group " RBAC_GROUP_MASTERS), f->arena);
        add(f->out, &access, f->arena);
    }
}

/* -- everybody --------------------------------------------------------------------------------- */

static bool is_asked_for(const Find *f, const RbacBinding *b, const RbacSubject *s)
{
    const RbacSecretQuestion *q = f->question;
    (void)b;
    return !q->who || rbac_subject_is(s, q->who);
}

static bool is_everything(const RbacRule *rule)
{
    return str_list_has(rule->verbs, STR("*")) && str_list_has(rule->resources, STR("*")) &&
           str_list_has(rule->api_groups, STR("*")) && rule->resource_names.count == 0;
}

typedef void Visit(Find *f, const Open *o);

/* A role is looked at once, however many bindings it has. The last word has the bits of all. */
static const uint32_t *bits_of(Find *f, const RbacClusterBinding *b)
{
    void **place = map_at(&f->roles, str_from((const char *)&b->role, sizeof b->role));
    if (!*place) {
        size_t count = b->role->rule_count;
        uint32_t *bits = new(f->arena, uint32_t, count + 1);
        for (size_t i = 0; i < count; i++) {
            for (size_t w = 0; w < COUNT_OF(ways); w++) {
                bool opens = rbac_rule_gives(&b->role->rules[i], ways[w].verbs, ways[w].targets);
                bits[i] |= (uint32_t)opens << w;
            }
            bits[count] |= bits[i];
        }
        *place = bits;
    }
    return *place;
}

/* One way, by each rule of the role that opens it, up to one that opens it for every name. A rule
 * of everything reads: that says it. */
static void visit_way(Find *f, const RbacClusterBinding *b, const RbacSubject *s, size_t way,
                      const uint32_t *bits, Visit *visit)
{
    for (size_t i = 0; i < b->role->rule_count; i++) {
        const RbacRule *rule = &b->role->rules[i];
        if ((bits[i] >> way & 1) && (ways[way].id == RBAC_WAY_READ || !is_everything(rule)) &&
            (f->defaults || !rbac_is_default_rule(f->inventory, b->binding, s, rule))) {
            visit(f, &(Open){ way, b->binding, s, rule });
            if (!rule->resource_names.count) {
                return;
            }
        }
    }
}

static void visit_subject(Find *f, const RbacClusterBinding *b, const RbacSubject *s, Visit *visit)
{
    const uint32_t *bits = bits_of(f, b);
    uint32_t all = bits[b->role->rule_count];
    for (size_t w = 0; w < COUNT_OF(ways) && all; w++) {
        if ((all >> w & 1) && !(ways[w].is_cluster_scoped && b->binding->namespace_len)) {
            visit_way(f, b, s, w, bits, visit);
        }
    }
}

static void visit_all(Find *f, Visit *visit)
{
    const RbacCluster *cluster = f->inventory->cluster;
    for (size_t i = 0; i < cluster->binding_count; i++) {
        const RbacClusterBinding *b = &cluster->bindings[i];
        for (uint32_t k = 0; b->role && k < b->binding->subject_count; k++) {
            if (b->binding->subjects[k].kind != RBAC_SUBJECT_NOBODY) {
                visit_subject(f, b, &b->binding->subjects[k], visit);
            }
        }
    }
}

static void visit_direct(Find *f, const Open *o)
{
    if (!acts_as_somebody(ways[o->way].id)) {
        add_direct(f, &f->all, o);
    }
}

static void visit_asked(Find *f, const Open *o)
{
    if (!is_asked_for(f, o->binding, o->subject)) {
        return;
    }
    if (!acts_as_somebody(ways[o->way].id)) {
        add_direct(f, f->out, o);
    }
    if (acts_as_somebody(ways[o->way].id) || runs_as_account(ways[o->way].id)) {
        add_as_others(f, o);
    }
    add_masters(f, o);
}

/* -- what was asked for ------------------------------------------------------------------------ */

/* In which pods the secrets of an access stand: with one secret asked for, those that hold it; else
 * how many secrets there are. False when there is none. */
static bool find_pods(Find *f, RbacSecretAccess *access)
{
    const RbacSecretQuestion *q = f->question;
    const RbacMounts *mounts = &f->out->mounts;
    size_t secrets = 0;
    const RbacMount *last = NULL;
    for (size_t i = 0; i < mounts->count; i++) {
        const RbacMount *m = &mounts->items[i];
        if ((access->namespace.len && !str_eq(access->namespace, m->namespace)) ||
            (q->namespace.ptr && !str_eq(q->namespace, m->namespace)) ||
            (q->secret.ptr && !str_eq(q->secret, m->secret)) ||
            (access->pods.count && !str_list_has(access->pods, m->pod))) {
            continue;
        }
        if (q->secret.ptr) {
            add_text(&access->via, arena_printf(f->arena, "in %.*s", STR_ARG(m->by)), f->arena);
        }
        secrets += !last || !str_eq(last->secret, m->secret) ||
                   !str_eq(last->namespace, m->namespace);
        last = m;
    }
    if (secrets && !q->secret.ptr) {
        add_text(&access->via, arena_printf(f->arena, "in pods that hold %zu of them", secrets),
                 f->arena);
    }
    return secrets > 0;
}

static bool is_answer(Find *f, RbacSecretAccess *access)
{
    const RbacSecretQuestion *q = f->question;
    if (q->namespace.ptr && access->namespace.len && !str_eq(access->namespace, q->namespace)) {
        return false;
    }
    if (q->secret.ptr && access->secret.len && !str_eq(access->secret, q->secret)) {
        return false;
    }
    return !access->mounted || find_pods(f, access);
}

static int by_secret(const void *left, const void *right)
{
    const RbacSecretAccess *a = left;
    const RbacSecretAccess *b = right;
    int order = str_cmp(a->namespace, b->namespace);
    order = order ? order : str_cmp(a->secret, b->secret);
    order = order ? order : (int)a->way - (int)b->way;
    order = order ? order
                  : str_cmp(rbac_binding_namespace(a->binding), rbac_binding_namespace(b->binding));
    order = order ? order : str_cmp(rbac_binding_name(a->binding), rbac_binding_name(b->binding));
    return order                      ? order
           : a->subject != b->subject ? (a->subject < b->subject ? -1 : 1)
                                      : (a->rule > b->rule) - (a->rule < b->rule);
}

void rbac_secrets_find(const RbacInventory *inventory, const RbacSecretQuestion *question, Arena *a,
                       RbacSecretReport *out)
{
    *out = (RbacSecretReport){ 0 };
    Find f = { .inventory = inventory, .question = question, .arena = a, .out = out,
               .roles = map_new(a) };
    rbac_mounts_find(inventory->facts, a, &out->mounts);
    f.defaults = true; /* whoever made the right: it can be used by who acts as its owner */
    visit_all(&f, visit_direct);
    f.defaults = question->defaults;
    visit_all(&f, visit_asked);
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
        if (is_answer(&f, &out->items[i])) {
            out->items[kept++] = out->items[i];
        }
    }
    out->count = kept;
    if (kept) {
        qsort(out->items, kept, sizeof *out->items, by_secret);
    }
}

/* -- results ----------------------------------------------------------------------------------- */

Str rbac_secret_text(const RbacSecretAccess *access, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s",
                        STR_ARG(access->namespace.len ? access->namespace : STR("*")),
                        STR_ARG(access->secret.len ? access->secret : STR("*")));
}

Value rbac_secrets_to_value(const RbacSecretReport *report, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(STR("RbacSecretReport")), a);
    Value list = value_array();
    for (size_t i = 0; i < report->count; i++) {
        const RbacSecretAccess *x = &report->items[i];
        Value item = value_object();
        value_set_lit(&item, "namespace",
                      value_str(x->namespace.len ? x->namespace : STR("*")), a);
        value_set_lit(&item, "secret", value_str(x->secret.len ? x->secret : STR("*")), a);
        if (x->mounted) {
            value_set_lit(&item, "onlyMounted", value_bool(true), a);
        }
        value_set_lit(&item, "how", value_str(rbac_way_name(x->way)), a);
        value_set_lit(&item, "subject", grant_subject_value(x->subject, a), a);
        value_set_lit(&item, "binding", grant_binding_value(x->binding, a), a);
        value_set_lit(&item, "role", grant_role_value(x->binding, a), a);
        value_set_lit(&item, "rule", rbac_rule_to_value(x->rule, a), a);
        if (x->via.count) {
            Value via = value_array();
            for (size_t k = 0; k < x->via.count; k++) {
                value_add(&via, value_str(x->via.items[k]), a);
            }
            value_set_lit(&item, "via", via, a);
        }
        value_add(&list, item, a);
    }
    value_set_lit(&v, "access", list, a);
    return v;
}
