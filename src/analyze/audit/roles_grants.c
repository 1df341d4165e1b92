/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles out of an audit log: from what was done to grants.
 *
 * A grant is a verb on a resource, in a namespace or everywhere, for some names or all. The wider
 * ones come first, and one that another covers is left out; so each grant has a request that no
 * other allows.
 */
#include "analyze/audit/roles_private.h"

#include <stdlib.h>

typedef struct Building {
    const RolesOptions *options;
    Arena *arena;
    Map spread;  /* verb, group, resource, name: in how many namespaces */
    Map many;    /* verb, group, resource: used with more names than are few */
    Map grants;  /* namespace, verb, group, resource or path: RolesGrant */
    Map allowed; /* the same: what covers it, among those taken and what they bring */
} Building;

/* -- small lists --------------------------------------------------------------------------------
 */

static int by_bytes(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

size_t roles_sort_set(Str *items, size_t count)
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

static void add_access(RolesGrant *g, const RolesAccess *access, Arena *a)
{
    if (g->access_count == g->access_cap) {
        size_t cap = g->access_cap ? g->access_cap * 2 : 2;
        const RolesAccess **grown = new(a, const RolesAccess *, cap);
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
    *count = (void *)((uintptr_t)*count + 1);
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
            *seen = (void *)((uintptr_t)*seen + 1);
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

static RolesGrant *find_grant(Building *b, const RolesAccess *access, Str scope)
{
    void **at = map_at(&b->grants, grant_key(access, scope, access->verb, b->arena));
    RolesGrant *g = *at;
    if (!g) {
        *at = g = new(b->arena, RolesGrant, 1);
        g->like = access;
        g->namespace = scope;
        g->brings = brought_by(b, access);
    }
    if (!g->access_count || g->accesses[g->access_count - 1] != access) {
        add_access(g, access, b->arena);
    }
    return g;
}

static void add_name(Building *b, RolesGrant *g, Str name)
{
    Str *all = new(b->arena, Str, g->name_count + 1);
    if (g->name_count) {
        memcpy(all, g->names, g->name_count * sizeof(Str));
    }
    all[g->name_count] = name;
    g->name_count = roles_sort_set(all, g->name_count + 1);
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
    const RolesGrant *l = *(RolesGrant *const *)left, *r = *(RolesGrant *const *)right;
    int ranks[2];
    for (int i = 0; i < 2; i++) {
        const RolesGrant *g = i ? r : l;
        ranks[i] = (g->namespace.len ? 4 : 0) + (g->any_name ? 0 : 2) + (g->brings.count ? 0 : 1);
    }
    if (ranks[0] != ranks[1]) {
        return ranks[0] - ranks[1];
    }
    return l->like->order < r->like->order ? -1 : 1;
}

static bool covers(const RolesGrant *wide, const RolesGrant *g)
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

static RolesGrant *find_cover(const Building *b, const RolesGrant *g)
{
    RolesGrant *everywhere = map_get(&b->allowed,
                                     grant_key(g->like, STR(""), g->like->verb, b->arena));
    RolesGrant *here = map_get(&b->allowed,
                               grant_key(g->like, g->namespace, g->like->verb, b->arena));
    return covers(everywhere, g) ? everywhere : covers(here, g) ? here : NULL;
}

static void note_allowed(Building *b, RolesGrant *g, Str verb)
{
    void **at = map_at(&b->allowed, grant_key(g->like, g->namespace, verb, b->arena));
    if (!*at || !covers(*at, g)) {
        *at = g;
    }
}

/* Those that are needed, wider ones first; what the others were for is theirs too. */
static RolesGrant **choose_grants(Building *b, size_t *count)
{
    RolesGrant **grants = new(b->arena, RolesGrant *, b->grants.count + 1);
    for (size_t i = 0; i < b->grants.count; i++) {
        grants[i] = b->grants.entries[i].value;
    }
    qsort(grants, b->grants.count, sizeof *grants, by_width);
    b->allowed = map_new(b->arena);
    *count = 0;
    for (size_t i = 0; i < b->grants.count; i++) {
        RolesGrant *g = grants[i];
        RolesGrant *cover = find_cover(b, g);
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

RolesGrant **roles_grants(const RolesOptions *options, const RolesSubject *s, Arena *a,
                          size_t *count)
{
    Building b = { .options = options, .arena = a };
    make_grants(&b, s);
    return choose_grants(&b, count);
}
