/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do more, and who less. */
#include "analyze/rbac/access_diff.h"

#include "analyze/rbac/rights.h"

#include <stdlib.h>

enum { BEFORE, AFTER, SIDES };

/* A subject of either state, and the bindings that name it: at most two lists a state, since the
 * user system:serviceaccount:NS:NAME is the service account. */
typedef struct Who {
    uint8_t kind;
    Str namespace;
    Str name;
    const RbacClusterSubject *as[SIDES][2];
} Who;

typedef struct Diff {
    RbacCluster *clusters[SIDES];
    Arena *arena; /* while one subject is looked at */
    Arena *keep;  /* of the result */
    Str namespace;
    RbacChanges *out;
} Diff;

/* -- what somebody holds ----------------------------------------------------------------------- */

static void add_role(RbacHeld *held, const RbacBinding *b, const RbacRole *role, Arena *a)
{
    for (size_t i = 0; role && i < role->rule_count; i++) {
        rbac_held_add(held, &role->rules[i], b, a);
    }
}

/* The first of a subject's bindings in a namespace or after it: they are in the order of
 * namespaces, the cluster's first. */
static uint32_t first_in(const RbacClusterSubject *s, Str namespace)
{
    uint32_t low = 0;
    uint32_t high = s->binding_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (str_cmp(rbac_binding_namespace(s->bindings[middle]->binding), namespace) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* By bindings of the subject itself in one namespace, "" for the cluster's. */
static RbacHeld direct(const Diff *d, const Who *who, int side, Str namespace)
{
    RbacHeld held = { 0 };
    for (size_t k = 0; k < 2; k++) {
        const RbacClusterSubject *s = who->as[side][k];
        for (uint32_t i = s ? first_in(s, namespace) : 0; s && i < s->binding_count; i++) {
            const RbacClusterBinding *b = s->bindings[i];
            if (!str_eq(rbac_binding_namespace(b->binding), namespace)) {
                break;
            }
            add_role(&held, b->binding, b->role, d->arena);
        }
    }
    return held;
}

static void add_group(const Diff *d, int side, Str group, Str namespace, RbacHeld *held)
{
    const Facts *f = d->clusters[side]->facts;
    RbacBindingList list = f->rbac_bindings(f->cluster, SUBJECT_GROUP, STR(""), group, namespace);
    for (size_t i = 0; i < list.count; i++) {
        add_role(held, list.items[i], rbac_binding_role(f, list.items[i]), d->arena);
    }
}

/* By the groups that everybody like it is in, in a namespace and everywhere. */
static RbacHeld by_groups(const Diff *d, const Who *who, int side, Str namespace)
{
    RbacHeld held = { 0 };
    UserInfo user = rbac_cluster_user((SubjectKind)who->kind, who->namespace, who->name, d->arena);
    for (size_t i = 0; i < user.groups.count; i++) {
        Str group = user.groups.items[i];
        if (who->kind == SUBJECT_GROUP && str_eq(group, who->name)) {
            continue;
        }
        add_group(d, side, group, STR(""), &held);
        if (namespace.len) {
            add_group(d, side, group, namespace, &held);
        }
    }
    return held;
}

/* -- one subject ------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

/* The namespaces that bindings of the subject are in, in either state; "" first, always. */
static StrList scopes_of(const Diff *d, const Who *who)
{
    Map seen = map_new(d->arena);
    map_at(&seen, STR(""));
    for (int side = 0; side < SIDES; side++) {
        for (size_t k = 0; k < 2; k++) {
            const RbacClusterSubject *s = who->as[side][k];
            for (uint32_t i = 0; s && i < s->binding_count; i++) {
                map_at(&seen, rbac_binding_namespace(s->bindings[i]->binding));
            }
        }
    }
    Str *items = new(d->arena, Str, seen.count);
    for (size_t i = 0; i < seen.count; i++) {
        items[i] = seen.entries[i].key;
    }
    qsort(items, seen.count, sizeof *items, by_text);
    return (StrList){ items, seen.count };
}

static void add_text(StrList *list, Str text, Arena *a)
{
    Str *items = new(a, Str, list->count + 1);
    if (list->count) {
        memcpy(items, list->items, list->count * sizeof *items);
    }
    items[list->count] = text;
    *list = (StrList){ items, list->count + 1 };
}

/* namespace: when it is not that of the change. */
static void add_rest(const Diff *d, RbacChange *c, const RbacHeld *held, Str namespace)
{
    RbacHeld right = { 0 };
    RbacHeld missing;
    bool untouched;
    rbac_held_add(&right, &c->right, c->by, d->arena);
    if (namespace.len && rbac_held_minus(&right, held, d->arena, &missing, &untouched) &&
        missing.count == 0) {
        add_text(&c->rest, arena_printf(d->arena, "all of it in %.*s", STR_ARG(namespace)),
                 d->arena);
        return;
    }
    for (size_t i = 0; i < held->count; i++) {
        RbacRule common;
        if (rbac_rules_meet(&c->right, held->items[i].rule, d->arena, &common)) {
            Str text = rbac_rule_text(&common, d->arena);
            if (namespace.len) {
                text = arena_printf(d->arena, "%.*s in %.*s", STR_ARG(text), STR_ARG(namespace));
            }
            if (!str_list_has(c->rest, text)) {
                add_text(&c->rest, text, d->arena);
            }
        }
    }
}

static RbacChange *next_change(Diff *d)
{
    RbacChanges *out = d->out;
    if (out->count == out->cap) {
        out->cap = out->cap ? out->cap * 2 : 32;
        RbacChange *items = new(d->keep, RbacChange, out->cap);
        if (out->count) {
            memcpy(items, out->items, out->count * sizeof *items);
        }
        out->items = items;
    }
    return &out->items[out->count++];
}

/* One place of one subject, compared: from the state that may have more. */
typedef struct Place {
    const Who *who;
    int side;
    Str namespace;
    StrList scopes;
    RbacHeld other_everywhere; /* what the other state grants, cluster-wide */
    RbacHeld other_groups;     /* and to groups */
} Place;

/* What of the right the other state has too: rights that are narrower, or in one namespace. */
static void find_rest(const Diff *d, const Place *p, RbacChange *c)
{
    add_rest(d, c, &p->other_everywhere, STR(""));
    add_rest(d, c, &p->other_groups, STR(""));
    for (size_t i = 0; i < p->scopes.count; i++) {
        bool here = str_eq(p->scopes.items[i], c->namespace);
        if (p->scopes.items[i].len && (here || !c->namespace.len)) {
            RbacHeld held = direct(d, p->who, p->side == AFTER ? BEFORE : AFTER,
                                   p->scopes.items[i]);
            add_rest(d, c, &held, here ? STR("") : p->scopes.items[i]);
        }
    }
}

static void add_change(Diff *d, const Place *p, const RbacGrant *grant)
{
    RbacChange *c = next_change(d);
    *c = (RbacChange){ .gained = p->side == AFTER,
                       .kind = p->who->kind,
                       .subject_namespace = p->who->namespace,
                       .subject_name = p->who->name,
                       .namespace = p->namespace,
                       .right = *grant->rule,
                       .by = grant->binding };
    find_rest(d, p, c);
    *(c->gained ? &d->out->gained : &d->out->lost) += 1;
}

/* The changes since `first` are all that their binding grants: one says it, unless the other state
 * has some of it in a narrower form. */
static void join_changes(Diff *d, size_t first, size_t rules)
{
    RbacChanges *out = d->out;
    for (size_t i = first; i < out->count; i++) {
        if (out->items[i].rest.count) {
            return;
        }
    }
    if (rules > 1) {
        *(out->items[first].gained ? &out->gained : &out->lost) -= out->count - first - 1;
        out->items[first].whole_role = true;
        out->count = first + 1;
    }
}

static bool compare_binding(Diff *d, const Place *p, const RbacHeld *rules, RbacHeld *held)
{
    RbacHeld changed;
    bool untouched;
    if (!rbac_held_minus(rules, held, d->arena, &changed, &untouched)) {
        return false;
    }
    size_t first = d->out->count;
    for (size_t i = 0; i < changed.count; i++) {
        add_change(d, p, &changed.items[i]);
    }
    if (untouched && changed.count) {
        join_changes(d, first, rules->count);
    }
    rbac_held_join(held, rules, d->arena); /* another binding that grants it too is no news */
    return true;
}

/* What one state grants in one place, the other does not, and is not said elsewhere: of the groups
 * in the same state, or of the subject everywhere. */
static void compare(Diff *d, Place *p)
{
    int other = p->side == AFTER ? BEFORE : AFTER;
    RbacHeld here = direct(d, p->who, p->side, p->namespace);
    RbacHeld held = direct(d, p->who, other, p->namespace);
    if (here.count == 0 || rbac_held_equal(&here, &held)) {
        return;
    }
    RbacHeld groups = by_groups(d, p->who, p->side, p->namespace);
    p->other_groups = by_groups(d, p->who, other, p->namespace);
    p->other_everywhere = direct(d, p->who, other, STR(""));
    rbac_held_join(&held, &groups, d->arena);
    rbac_held_join(&held, &p->other_groups, d->arena);
    if (p->namespace.len) {
        RbacHeld everywhere = direct(d, p->who, p->side, STR(""));
        rbac_held_join(&held, &everywhere, d->arena);
        rbac_held_join(&held, &p->other_everywhere, d->arena);
    }
    for (size_t i = 0, end; i < here.count; i = end) {
        for (end = i + 1; end < here.count && here.items[end].binding == here.items[i].binding;
             end++) {
        }
        RbacHeld rules = { .items = here.items + i, .count = end - i };
        if (!compare_binding(d, p, &rules, &held)) {
            d->out->too_many = true;
            return;
        }
    }
}

static StrList keep_list(StrList list, Arena *a)
{
    Str *items = new(a, Str, list.count);
    if (list.count) {
        memcpy(items, list.items, list.count * sizeof *items);
    }
    return (StrList){ items, list.count };
}

/* Names are the clusters' own; lists and texts are not. */
static void keep_change(RbacChange *c, Arena *a)
{
    if (c->whole_role) {
        c->right = (RbacRule){ 0 };
        return;
    }
    RbacRule *r = &c->right;
    StrList *const lists[] = { &r->verbs,          &r->api_groups, &r->resources,
                               &r->resource_names, &r->urls,       &c->rest };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        *lists[i] = keep_list(*lists[i], a);
    }
    for (size_t i = 0; i < c->rest.count; i++) {
        ((Str *)(uintptr_t)c->rest.items)[i] = arena_str(a, c->rest.items[i]);
    }
}

static bool same_bindings(const RbacClusterSubject *a, const RbacClusterSubject *b)
{
    if (!a || !b || a->binding_count != b->binding_count) {
        return a == b;
    }
    for (uint32_t i = 0; i < a->binding_count; i++) {
        if (a->bindings[i]->role != b->bindings[i]->role ||
            !str_eq(rbac_binding_namespace(a->bindings[i]->binding),
                    rbac_binding_namespace(b->bindings[i]->binding))) {
            return false;
        }
    }
    return true;
}

static void look_at(Diff *d, const Who *who)
{
    if (same_bindings(who->as[BEFORE][0], who->as[AFTER][0]) &&
        same_bindings(who->as[BEFORE][1], who->as[AFTER][1])) {
        return;
    }
    size_t count = d->out->count;
    StrList scopes = scopes_of(d, who);
    for (size_t i = 0; i < scopes.count; i++) {
        Str namespace = scopes.items[i];
        if (d->namespace.ptr && namespace.len && !str_eq(namespace, d->namespace)) {
            continue;
        }
        compare(d, &(Place){ .who = who, .side = AFTER, .namespace = namespace, .scopes = scopes });
        compare(d,
                &(Place){ .who = who, .side = BEFORE, .namespace = namespace, .scopes = scopes });
    }
    for (size_t i = count; i < d->out->count; i++) {
        keep_change(&d->out->items[i], d->keep);
    }
    arena_reset(d->arena);
}

/* -- all subjects ------------------------------------------------------------------------------ */

static void note_subject(Map *seen, const RbacClusterSubject *s, int side, Arena *a)
{
    Who who = { .kind = s->kind, .namespace = s->namespace, .name = s->name };
    bool as_user = s->kind == SUBJECT_USER &&
                   rbac_split_service_account(s->name, &who.namespace, &who.name);
    if (as_user) {
        who.kind = SUBJECT_SERVICE_ACCOUNT;
    }
    Str key = arena_printf(a, "%d %.*s/%.*s", who.kind, STR_ARG(who.namespace), STR_ARG(who.name));
    void **place = map_at(seen, key);
    if (!*place) {
        Who *fresh = new(a, Who, 1);
        *fresh = who;
        *place = fresh;
    }
    ((Who *)*place)->as[side][as_user] = s;
}

static int by_subject(const void *left, const void *right)
{
    const Who *a = *(const Who *const *)left;
    const Who *b = *(const Who *const *)right;
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    int order = str_cmp(a->namespace, b->namespace);
    return order ? order : str_cmp(a->name, b->name);
}

static bool is_asked_for(const Who *w, const UserInfo *who)
{
    Str namespace;
    Str name;
    if (!who || (w->kind == SUBJECT_GROUP && str_list_has(who->groups, w->name))) {
        return true;
    }
    if (w->kind == SUBJECT_USER) {
        return str_eq(w->name, who->name);
    }
    return w->kind == SUBJECT_SERVICE_ACCOUNT &&
           rbac_split_service_account(who->name, &namespace, &name) &&
           str_eq(namespace, w->namespace) && str_eq(name, w->name);
}

void rbac_access_diff(RbacCluster *before, RbacCluster *after, const UserInfo *who, Str namespace,
                      Arena *a, RbacChanges *out)
{
    *out = (RbacChanges){ 0 };
    Arena scratch;
    arena_init(&scratch, 0);
    Diff d = { { before, after }, &scratch, a, namespace, out };
    Map seen = map_new(a);
    for (int side = 0; side < SIDES; side++) {
        RbacClusterSubjects subjects = rbac_cluster_subjects(d.clusters[side]);
        for (size_t i = 0; i < subjects.count; i++) {
            note_subject(&seen, &subjects.items[i], side, a);
        }
    }
    Who **all = new(a, Who *, seen.count + 1);
    for (size_t i = 0; i < seen.count; i++) {
        all[i] = seen.entries[i].value;
    }
    qsort(all, seen.count, sizeof *all, by_subject);
    for (size_t i = 0; i < seen.count; i++) {
        bool master = all[i]->kind == SUBJECT_GROUP &&
                      str_eq(all[i]->name, STR(RBAC_GROUP_MASTERS));
        if (!master && is_asked_for(all[i], who)) {
            look_at(&d, all[i]);
        }
    }
    arena_done(&scratch);
}
