/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles out of an audit log: from what was done to rules.
 *
 * What a subject did is first put together into grants: a verb on a resource, in a namespace or
 * everywhere, for some names or all. The wider ones come first, and one that another covers is left
 * out; so each grant has a request that no other allows. Then grants of one resource make a rule,
 * and rules that differ in their resources alone become one.
 */
#include "analyze/audit/roles_private.h"

#include <stdlib.h>

typedef struct Grant {
    const RolesAccess *like; /* its first access: verb, group, resource, path */
    Str namespace;           /* "" for everywhere */
    Str *names;              /* sorted; none for all */
    size_t name_count;
    bool any_name;
    StrList brings; /* verbs that come with it */
    const RolesAccess **accesses;
    size_t access_count;
    size_t access_cap;
} Grant;

typedef struct Building {
    const RolesOptions *options;
    Arena *arena;
    Map spread;  /* verb, group, resource, name: in how many namespaces */
    Map many;    /* verb, group, resource: used with more names than are few */
    Map grants;  /* namespace, verb, group, resource or path: Grant */
    Map allowed; /* the same: what covers it, among those taken and what they bring */
} Building;

/* -- small lists --------------------------------------------------------------------------------
 */

static int by_bytes(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

/* Sorts, and leaves repeats out. */
static size_t sort_set(Str *items, size_t count)
{
    size_t kept = 0;
    if (count) {
        qsort(items, count, sizeof *items, by_bytes);
    }
    for (size_t i = 0; i < count; i++) {
        if (!kept || !str_eq(items[kept - 1], items[i])) {
            items[kept++] = items[i];
        }
    }
    return kept;
}

static Str joined(StrList list, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < list.count; i++) {
        buf_add(&b, list.items[i]);
        buf_byte(&b, '\x1e');
    }
    return buf_str(&b);
}

static void add_access(Grant *g, const RolesAccess *access, Arena *a)
{
    if (g->access_count == g->access_cap) {
        size_t cap = g->access_cap ? g->access_cap * 2 : 2;
        const RolesAccess **grown = new (a, const RolesAccess *, cap);
        if (g->access_count) {
            memcpy(grown, g->accesses, g->access_count * sizeof *grown);
        }
        g->accesses = grown;
        g->access_cap = cap;
    }
    g->accesses[g->access_count++] = access;
}

/* -- grants -------------------------------------------------------------------------------------
 */

/* Over how many namespaces a verb on a resource is spread, for one name or for all. */
static Str spread_key(const RolesAccess *access, Str name, Arena *a)
{
    return arena_printf(a, "%.*s\x1f%.*s\x1f%.*s\x1f%.*s", STR_ARG(access->verb),
                        STR_ARG(access->group), STR_ARG(access->resource), STR_ARG(name));
}

static Str grant_key(const RolesAccess *access, Str namespace, Str verb, Arena *a)
{
    return arena_printf(a, "%.*s\x1f%.*s\x1f%.*s\x1f%.*s\x1f%.*s", STR_ARG(namespace),
                        STR_ARG(verb), STR_ARG(access->group), STR_ARG(access->resource),
                        STR_ARG(access->path));
}

static size_t names_max(const Building *b, const RolesAccess *access)
{
    return access->keep_names ? ROLES_NAMES_MAX : b->options->names ? b->options->names_max : 0;
}

static void count_spread(Building *b, Str key)
{
    void **count = map_at(&b->spread, key);
    *count = (char *)*count + 1;
}

static size_t spread_of(const Building *b, const RolesAccess *access, Str name)
{
    return (size_t)(uintptr_t)map_get(&b->spread, spread_key(access, name, b->arena));
}

/* Where namespaces are put together, names are few when they are in all of them together. */
static bool has_few_names(const Building *b, const RolesAccess *access)
{
    size_t max = names_max(b, access);
    if (!access->is_resource || access->any_name || access->name_count > max) {
        return false;
    }
    if (!b->options->cluster_from || !access->namespace.len) {
        return true;
    }
    return !map_has(&b->many, spread_key(access, STR(""), b->arena));
}

static void note_names(Building *b, const RolesAccess *access, Map *names)
{
    Arena *a = b->arena;
    Str all = spread_key(access, STR(""), a);
    count_spread(b, all);
    for (size_t i = 0; i < access->name_count; i++) {
        Str key = spread_key(access, access->names[i], a);
        count_spread(b, key);
        if (spread_of(b, access, access->names[i]) == 1) {
            void **seen = map_at(names, all);
            *seen = (char *)*seen + 1;
        }
    }
    if (access->any_name || (size_t)(uintptr_t)map_get(names, all) > names_max(b, access)) {
        map_set(&b->many, all, b);
    }
}

static void count_namespaces(Building *b, const RolesSubject *s)
{
    Map names = map_new(b->arena); /* how many different ones */
    b->spread = map_new(b->arena);
    b->many = map_new(b->arena);
    for (size_t i = 0; i < s->access_count && b->options->cluster_from; i++) {
        if (s->accesses[i]->namespace.len) {
            note_names(b, s->accesses[i], &names);
        }
    }
}

/* name: "" for all */
static Str scope_of(const Building *b, const RolesAccess *access, Str name)
{
    size_t from = b->options->cluster_from;
    return from && access->namespace.len && spread_of(b, access, name) >= from ? STR("")
                                                                               : access->namespace;
}

static StrList brought_by(const Building *b, const RolesAccess *access)
{
    static const Str of_list[] = { STR_INIT("get"), STR_INIT("watch") };
    static const Str of_watch[] = { STR_INIT("get"), STR_INIT("list") };
    static const Str of_update[] = { STR_INIT("get"), STR_INIT("patch") };
    static const Str of_patch[] = { STR_INIT("get"), STR_INIT("update") };
    static const struct {
        Str verb;
        const Str *brings;
    } rows[] = { { STR_INIT("list"), of_list },
                 { STR_INIT("watch"), of_watch },
                 { STR_INIT("update"), of_update },
                 { STR_INIT("patch"), of_patch } };
    for (size_t i = 0; i < COUNT_OF(rows) && b->options->verbs_together; i++) {
        if (access->is_resource && str_eq(rows[i].verb, access->verb)) {
            return (StrList){ rows[i].brings, 2 };
        }
    }
    return (StrList){ NULL, 0 };
}

static Grant *find_grant(Building *b, const RolesAccess *access, Str scope)
{
    void **at = map_at(&b->grants, grant_key(access, scope, access->verb, b->arena));
    Grant *g = *at;
    if (!g) {
        *at = g = new (b->arena, Grant, 1);
        g->like = access;
        g->namespace = scope;
        g->brings = brought_by(b, access);
    }
    if (!g->access_count || g->accesses[g->access_count - 1] != access) {
        add_access(g, access, b->arena);
    }
    return g;
}

static void add_name(Building *b, Grant *g, Str name)
{
    Str *all = new (b->arena, Str, g->name_count + 1);
    if (g->name_count) {
        memcpy(all, g->names, g->name_count * sizeof(Str));
    }
    all[g->name_count] = name;
    g->name_count = sort_set(all, g->name_count + 1);
    g->names = all;
    g->any_name = g->any_name || g->name_count > names_max(b, g->like);
}

static void make_grants(Building *b, const RolesSubject *s)
{
    b->grants = map_new(b->arena);
    count_namespaces(b, s);
    for (size_t i = 0; i < s->access_count; i++) {
        const RolesAccess *access = s->accesses[i];
        if (!has_few_names(b, access)) {
            find_grant(b, access, scope_of(b, access, STR("")))->any_name = true;
            continue;
        }
        for (size_t n = 0; n < access->name_count; n++) {
            Str scope = scope_of(b, access, access->names[n]);
            add_name(b, find_grant(b, access, scope), access->names[n]);
        }
    }
}

/* Wider ones first; and, of those alike, the ones that bring others. */
static int by_width(const void *left, const void *right)
{
    const Grant *l = *(Grant *const *)left, *r = *(Grant *const *)right;
    int ranks[2];
    for (int i = 0; i < 2; i++) {
        const Grant *g = i ? r : l;
        ranks[i] = (g->namespace.len ? 4 : 0) + (g->any_name ? 0 : 2) + (g->brings.count ? 0 : 1);
    }
    if (ranks[0] != ranks[1]) {
        return ranks[0] - ranks[1];
    }
    return l->like->order < r->like->order ? -1 : 1;
}

static bool covers(const Grant *wide, const Grant *g)
{
    if (!wide || wide->any_name) {
        return wide != NULL;
    }
    StrList names = { wide->names, wide->name_count };
    for (size_t i = 0; i < g->name_count; i++) {
        if (!str_list_has(names, g->names[i])) {
            return false;
        }
    }
    return !g->any_name;
}

static Grant *find_cover(const Building *b, const Grant *g)
{
    Grant *everywhere = map_get(&b->allowed, grant_key(g->like, STR(""), g->like->verb, b->arena));
    Grant *here = map_get(&b->allowed, grant_key(g->like, g->namespace, g->like->verb, b->arena));
    return covers(everywhere, g) ? everywhere : covers(here, g) ? here : NULL;
}

static void note_allowed(Building *b, Grant *g, Str verb)
{
    void **at = map_at(&b->allowed, grant_key(g->like, g->namespace, verb, b->arena));
    if (!*at || !covers(*at, g)) {
        *at = g;
    }
}

/* Those that are needed, wider ones first; what the others were for is theirs too. */
static Grant **choose_grants(Building *b, size_t *count)
{
    Grant **grants = new (b->arena, Grant *, b->grants.count + 1);
    for (size_t i = 0; i < b->grants.count; i++) {
        grants[i] = b->grants.entries[i].value;
    }
    qsort(grants, b->grants.count, sizeof *grants, by_width);
    b->allowed = map_new(b->arena);
    *count = 0;
    for (size_t i = 0; i < b->grants.count; i++) {
        Grant *g = grants[i];
        Grant *cover = find_cover(b, g);
        for (size_t k = 0; cover && k < g->access_count; k++) {
            add_access(cover, g->accesses[k], b->arena);
        }
        if (cover) {
            continue;
        }
        grants[(*count)++] = g;
        note_allowed(b, g, g->like->verb);
        for (size_t k = 0; k < g->brings.count; k++) {
            note_allowed(b, g, g->brings.items[k]);
        }
    }
    return grants;
}

/* -- rules --------------------------------------------------------------------------------------
 */

/* A rule in the making: its lists have room for one more of each grant's. */
typedef struct Draft {
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

static Draft *draft_of(const Grant *g, Arena *a)
{
    Draft *d = new (a, Draft, 1);
    d->namespace = g->namespace;
    d->group = g->like->group;
    d->is_resource = g->like->is_resource;
    d->verbs = new (a, Str, 1 + g->brings.count);
    d->verbs[d->verb_count++] = g->like->verb;
    for (size_t i = 0; i < g->brings.count; i++) {
        d->verbs[d->verb_count++] = g->brings.items[i];
    }
    d->verb_count = sort_set(d->verbs, d->verb_count);
    d->resources = new (a, Str, 1);
    d->resources[d->resource_count++] = d->is_resource ? g->like->resource : g->like->path;
    d->names = g->any_name ? (StrList){ NULL, 0 } : (StrList){ g->names, g->name_count };
    d->accesses = g->accesses;
    d->access_count = g->access_count;
    return d;
}

static Str *append(const Str *first, size_t first_count, const Str *second, size_t second_count,
                   Arena *a)
{
    Str *all = new (a, Str, first_count + second_count + 1);
    memcpy(all, first, first_count * sizeof(Str));
    memcpy(all + first_count, second, second_count * sizeof(Str));
    return all;
}

static void unite(Draft *into, const Draft *d, Arena *a)
{
    into->verbs = append(into->verbs, into->verb_count, d->verbs, d->verb_count, a);
    into->verb_count = sort_set(into->verbs, into->verb_count + d->verb_count);
    into->resources = append(into->resources, into->resource_count, d->resources, d->resource_count,
                             a);
    into->resource_count = sort_set(into->resources, into->resource_count + d->resource_count);
    const RolesAccess **all = new (a, const RolesAccess *,
                                   into->access_count + d->access_count + 1);
    memcpy(all, into->accesses, into->access_count * sizeof *all);
    memcpy(all + into->access_count, d->accesses, d->access_count * sizeof *all);
    into->accesses = all;
    into->access_count += d->access_count;
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
        if (*at) {
            unite(*at, d, a);
        } else {
            *at = d;
        }
    }
    return out;
}

static Draft **drafts_in(const Map *m, Arena *a)
{
    Draft **drafts = new (a, Draft *, m->count + 1);
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
    Building b = { .options = &r->options, .arena = a };
    make_grants(&b, s);
    size_t count;
    Grant **grants = choose_grants(&b, &count);
    Draft **drafts = new (a, Draft *, count + 1);
    for (size_t i = 0; i < count; i++) {
        drafts[i] = draft_of(grants[i], a);
    }
    Map united = unite_all(drafts, count, false, a);
    united = unite_all(drafts_in(&united, a), united.count, true, a);
    drafts = drafts_in(&united, a);
    qsort(drafts, united.count, sizeof *drafts, by_place);
    RolesRule *rules = new (a, RolesRule, united.count + 1);
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
    char *out = new (a, char, name.len + 1);
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
    const RolesAccess **all = new (a, const RolesAccess *, count + 1);
    for (size_t i = 0; i < count; i++) {
        RolesAccess *access = r->accesses.entries[i].value;
        sort_set((Str *)access->names, access->name_count);
        all[i] = access;
    }
    r->report.accesses = all;
    r->report.access_count = count;
    r->report.subject_count = r->subjects.count;
    r->report.roles = new (a, RolesRole, count + 1); /* a role has at least one access */
    for (size_t i = 0; i < r->subjects.count; i++) {
        build_subject(r, r->subjects.entries[i].value);
    }
    *out = r->report;
}
