/* SPDX-License-Identifier: Apache-2.0 */
/* The secrets that others read, by acting as them. */
#include "analyze/grant.h"
#include "analyze/rbac/secrets_private.h"

/* Whether the right lets act as the subject of another access. */
static bool may_act_as(const SecretOpen *o, const RbacSubject *s)
{
    StrList names = o->rule->resource_names;
    Str place = rbac_binding_namespace(o->binding);
    RbacWayId way = secret_ways[o->way].id;
    bool named = names.count == 0 || str_list_has(names, rbac_subject_name(s));
    if (way == RBAC_WAY_IMPERSONATE && o->way != WAY_SERVICE_ACCOUNTS) {
        bool master = str_eq(rbac_subject_name(s),
                             STR(RBAC_GROUP_MASTERS)); /* see secret_add_masters() */
        return named && !master && s->kind == (o->way == WAY_USERS ? SUBJECT_USER : SUBJECT_GROUP);
    }
    return s->kind == SUBJECT_SERVICE_ACCOUNT && (named || secret_runs_as_account(way)) &&
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

static Place *place_of(SecretFind *f, Map *places, const SecretOpen *o,
                       const RbacSecretAccess *other)
{
    Arena *a = f->arena;
    Str key = arena_printf(a, "%.*s/%.*s/%s/%.*s", STR_ARG(other->namespace),
                           STR_ARG(other->secret), other->mounted ? "m" : "",
                           STR_ARG(rbac_join(other->pods, STR(","), a)));
    void **place = map_at(places, key);
    if (!*place) {
        Place *fresh = new(a, Place, 1);
        *fresh = (Place){ f->out->count, map_new(a) };
        RbacSecretAccess access = secret_access_of(o);
        access.namespace = other->namespace;
        access.secret = other->secret;
        access.mounted = other->mounted;
        access.pods = other->pods;
        secret_add(f->out, &access, a);
        *place = fresh;
    }
    return *place;
}

/* What service accounts of one namespace read, as places in the report of all. */
typedef struct Indexes {
    size_t *items;
    size_t count;
    size_t cap;
} Indexes;

static void index_add(Indexes *list, size_t i, Arena *a)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 8;
        size_t *items = new(a, size_t, cap);
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = i;
}

void secret_index_accounts(SecretFind *f)
{
    f->accounts = map_new(f->arena);
    for (size_t i = 0; i < f->all.count; i++) {
        const RbacSubject *s = f->all.items[i].subject;
        if (s->kind == SUBJECT_SERVICE_ACCOUNT) {
            void **place = map_at(&f->accounts, rbac_subject_namespace(s));
            if (!*place) {
                *place = new(f->arena, Indexes, 1);
            }
            index_add(*place, i, f->arena);
        }
    }
}

static void add_as_other(SecretFind *f, const SecretOpen *o, Map *places,
                         const RbacSecretAccess *other)
{
    RbacSecretAccess own = secret_access_of(o);
    if (!may_act_as(o, other->subject) ||
        (secret_runs_as_account(own.way) && (covers(&own, other) || other->way != RBAC_WAY_READ))) {
        return;
    }
    Place *place = place_of(f, places, o, other);
    Str as = as_text(other->subject, f->arena);
    if (!map_has(&place->seen, as)) {
        map_at(&place->seen, as);
        secret_add_text(&f->out->items[place->at].via, as, f->arena);
    }
}

/* Where the others lead that the right lets act as: each place once, with all who lead there. In a
 * namespace these are its service accounts: of many namespaces the rest is not looked at. */
void secret_add_as_others(SecretFind *f, const SecretOpen *o)
{
    Map places = map_new(f->arena);
    Str namespace = rbac_binding_namespace(o->binding);
    if (namespace.len && o->way != WAY_USERS && o->way != WAY_GROUPS) {
        const Indexes *list = map_get(&f->accounts, namespace);
        for (size_t i = 0; list && i < list->count; i++) {
            add_as_other(f, o, &places, &f->all.items[list->items[i]]);
        }
        return;
    }
    for (size_t i = 0; i < f->all.count; i++) {
        add_as_other(f, o, &places, &f->all.items[i]);
    }
}

/* Whoever may be in system:masters may everything. */
void secret_add_masters(SecretFind *f, const SecretOpen *o)
{
    StrList names = o->rule->resource_names;
    if (o->way == WAY_GROUPS &&
        (names.count == 0 || str_list_has(names, STR(RBAC_GROUP_MASTERS)))) {
        RbacSecretAccess access = secret_access_of(o);
        secret_add_text(&access.via, STR("as Group " RBAC_GROUP_MASTERS), f->arena);
        secret_add(f->out, &access, f->arena);
    }
}
