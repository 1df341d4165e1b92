/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RBAC indexes of a new layer: roles with aggregation computed, the bindings of each namespace,
 * the bindings of each subject.
 */
#include "cluster/layer.h"

/* -- roles -------------------------------------------------------------------------------- */

static uint64_t role_hash(const void *row)
{
    return layer_name_hash(((const RoleRow *)row)->namespace, ((const RoleRow *)row)->name);
}

static void add_role(Snapshot *s, Str namespace, Str name, const RbacRole *given,
                     const RbacRole *role)
{
    RoleRow *row = new(&s->arena, RoleRow, 1);
    *row = (RoleRow){ namespace, name, given, role };
    index_add(&s->roles, role_hash(row), row, role_hash);
}

/* The role may give rules to others, or take some from them. */
static bool concerns_aggregation(const RbacRole *role)
{
    return role && role->namespace.len == 0 && (role->labels || role->selectors);
}

/* Every ClusterRole of s and the layers below, as it was given, removed ones left out; those of s
 * come first. */
static const RoleRow **all_cluster_roles(const Snapshot *s, Arena *scratch, size_t *count,
                                         size_t *own)
{
    size_t max = 0;
    for (const Snapshot *layer = s; layer; layer = layer->below) {
        max += layer->roles.count;
    }
    const RoleRow **rows = new(scratch, const RoleRow *, max);
    *count = 0;
    for (const Snapshot *layer = s; layer; layer = layer->below) {
        for (uint32_t i = 0; i < layer->roles.count; i++) {
            const RoleRow *row = layer->roles.rows[i];
            bool is_newest = layer == s || layer_find_role(s, row->namespace, row->name) == row;
            if (row->given && row->namespace.len == 0 && is_newest) {
                rows[(*count)++] = row;
            }
        }
        if (layer == s) {
            *own = *count;
        }
    }
    return rows;
}

static void aggregate(Snapshot *s, Arena *scratch)
{
    size_t count = 0;
    size_t own = 0;
    const RoleRow **rows = all_cluster_roles(s, scratch, &count, &own);
    const RbacRole **roles = new(scratch, const RbacRole *, count);
    for (size_t i = 0; i < count; i++) {
        roles[i] = rows[i]->given;
    }
    rbac_aggregate(roles, count, &s->arena);
    for (size_t i = 0; i < count; i++) {
        if (i < own) {
            ((RoleRow *)(uintptr_t)rows[i])->role = roles[i];
        } else if (roles[i] != rows[i]->given) {
            add_role(s, rows[i]->namespace, rows[i]->name, rows[i]->given, roles[i]);
        }
    }
}

static void build_roles(Snapshot *s, ChangeList changes, Arena *scratch)
{
    size_t count = 0;
    for (size_t i = 0; i < changes.count; i++) {
        const Change *c = changes.items[i];
        count += c->role != NULL ||
                 (c->removed && layer_find_role(s->below, c->key.namespace, c->key.name) != NULL);
    }
    if (count == 0) {
        return;
    }
    s->roles = index_new(&s->arena, count);
    bool must_aggregate = false;
    for (size_t i = 0; i < changes.count; i++) {
        const Change *c = changes.items[i];
        const RoleRow *old = layer_find_role(s->below, c->key.namespace, c->key.name);
        if (c->role || (c->removed && old)) {
            add_role(s, c->key.namespace, c->key.name, c->role, c->role);
            must_aggregate |= concerns_aggregation(c->role);
            must_aggregate |= old && concerns_aggregation(old->given);
        }
    }
    if (must_aggregate) {
        aggregate(s, scratch);
    }
}

/* -- bindings ----------------------------------------------------------------------------- */

/* What happens to one list: the binding of this name is put in, or (NULL) is there no more. */
typedef struct Event {
    Str name;
    const RbacBinding *binding;
} Event;

/* A binding as it is now (NULL when it is removed) and as it was in the layers below (NULL when it
 * was not). */
typedef struct BindingChange {
    Str namespace;
    Event event;
    const RbacBinding *old;
} BindingChange;

/* The list below with the events (sorted by name, each name once or several times; what puts in
 * before what takes out) merged in. */
static RbacBindingList merge(Snapshot *s, RbacBindingList below, const Event *events, size_t count)
{
    const RbacBinding **items = new(&s->arena, const RbacBinding *, below.count + count);
    size_t n = 0;
    for (size_t i = 0, j = 0; i < below.count || j < count;) {
        int order = j == count         ? -1
                    : i == below.count ? 1
                                       : str_cmp(rbac_binding_name(below.items[i]), events[j].name);
        if (order < 0) {
            items[n++] = below.items[i++];
            continue;
        }
        i += order == 0;
        if (events[j].binding) {
            items[n++] = events[j].binding;
        }
        Str name = events[j].name;
        while (j < count && str_eq(events[j].name, name)) {
            j++;
        }
    }
    return (RbacBindingList){ items, n };
}

static uint64_t binding_list_hash(const void *row)
{
    return str_hash(((const BindingListRow *)row)->namespace);
}

static uint64_t subject_hash(const void *row)
{
    return layer_subject_hash(&((const SubjectRow *)row)->key);
}

static void add_binding_rows(Snapshot *s, const BindingChange *changes, size_t count,
                             Arena *scratch)
{
    Event *events = new(scratch, Event, count);
    size_t rows = 0;
    for (size_t i = 0; i < count; i++) {
        events[i] = changes[i].event;
        rows += i == 0 || !str_eq(changes[i - 1].namespace, changes[i].namespace);
    }
    s->bindings = index_new(&s->arena, rows);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && str_eq(changes[i].namespace, changes[end].namespace);
             end++) {
        }
        BindingListRow *row = new(&s->arena, BindingListRow, 1);
        row->namespace = changes[i].namespace;
        row->list = merge(s, layer_bindings(s->below, row->namespace), events + i, end - i);
        index_add(&s->bindings, binding_list_hash(row), row, binding_list_hash);
    }
}

/* The events of one subject's list. */
typedef struct SubjectEvents {
    SubjectKey key;
    uint64_t hash;
    size_t from; /* in the events by list */
    size_t count;
} SubjectEvents;

static uint64_t subject_events_hash(const void *row)
{
    return ((const SubjectEvents *)row)->hash;
}

static bool subject_events_match(const void *row, const void *wanted)
{
    const SubjectKey *have = &((const SubjectEvents *)row)->key;
    const SubjectKey *want = wanted;
    return have->kind == want->kind && str_eq(have->name, want->name) &&
           str_eq(have->namespace, want->namespace) &&
           str_eq(have->subject_namespace, want->subject_namespace);
}

/* The events of all lists while they are dealt out. */
typedef struct Deal {
    Index lists; /* of SubjectEvents */
    Arena *scratch;
    SubjectEvents **of; /* the list of each event, in the order that they come */
    size_t next;
    Event *events; /* by list; NULL while they are counted */
} Deal;

static SubjectEvents *list_of(Deal *d, const RbacSubject *subject, const RbacBinding *b)
{
    SubjectKey key = { (SubjectKind)subject->kind, rbac_subject_namespace(subject),
                       rbac_subject_name(subject), rbac_binding_namespace(b) };
    uint64_t hash = layer_subject_hash(&key);
    SubjectEvents *list = index_find(&d->lists, hash, subject_events_match, &key);
    if (!list) {
        list = new(d->scratch, SubjectEvents, 1);
        list->key = key;
        list->hash = hash;
        index_add(&d->lists, hash, list, subject_events_hash);
    }
    return list;
}

/* An event for each subject of b: put is put in there, or (NULL) b taken out. */
static void deal_binding(Deal *d, const RbacBinding *b, const RbacBinding *put)
{
    for (uint32_t i = 0; b && i < b->subject_count; i++) {
        const RbacSubject *subject = &b->subjects[i];
        if (subject->kind == RBAC_SUBJECT_NOBODY) {
            continue;
        }
        size_t at = d->next++;
        if (!d->events) {
            d->of[at] = list_of(d, subject, b);
            d->of[at]->count++;
        } else {
            SubjectEvents *list = d->of[at];
            d->events[list->from + list->count++] = (Event){ rbac_binding_name(b), put };
        }
    }
}

static void deal(Deal *d, const BindingChange *changes, size_t count)
{
    d->next = 0;
    for (size_t i = 0; i < count; i++) {
        deal_binding(d, changes[i].event.binding, changes[i].event.binding);
        deal_binding(d, changes[i].old, NULL);
    }
}

/* The changes come by name within each list: the events are dealt out, not sorted. */
static void add_subject_rows(Snapshot *s, const BindingChange *changes, size_t count, size_t max,
                             Arena *scratch)
{
    Deal d = { .lists = index_new(scratch, max), .scratch = scratch };
    d.of = arena_alloc(scratch, max * sizeof(SubjectEvents *));
    deal(&d, changes, count);
    size_t from = 0;
    for (size_t i = 0; i < d.lists.count; i++) {
        SubjectEvents *list = d.lists.rows[i];
        list->from = from;
        from += list->count;
        list->count = 0;
    }
    d.events = arena_alloc(scratch, max * sizeof(Event));
    deal(&d, changes, count);
    s->subjects = index_new(&s->arena, d.lists.count);
    for (size_t i = 0; i < d.lists.count; i++) {
        const SubjectEvents *list = d.lists.rows[i];
        SubjectRow *row = new(&s->arena, SubjectRow, 1);
        row->key = list->key;
        RbacBindingList below = layer_subject_bindings(s->below, &row->key);
        row->list = merge(s, below, d.events + list->from, list->count);
        index_add(&s->subjects, list->hash, row, subject_hash);
    }
}

static void build_bindings(Snapshot *s, ChangeList all, Arena *scratch)
{
    BindingChange *changes = arena_alloc(scratch, all.count * sizeof(*changes));
    size_t count = 0;
    size_t subject_max = 0;
    for (size_t i = 0; i < all.count; i++) {
        const Change *c = all.items[i];
        const RbacBinding *old = layer_find_binding(s->below, c->key.namespace, c->key.name);
        if (c->binding || (c->removed && old)) {
            changes[count++] =
                (BindingChange){ c->key.namespace, { c->key.name, c->binding }, old };
            subject_max += c->binding ? c->binding->subject_count : 0;
            subject_max += old ? old->subject_count : 0;
        }
    }
    if (count == 0) {
        return;
    }
    add_binding_rows(s, changes, count, scratch);
    add_subject_rows(s, changes, count, subject_max, scratch);
}

/* The changes of two kinds of the RBAC group, in their order. */
static ChangeList of_kinds(ChangeList all, Str first, Str second, Arena *scratch)
{
    ChangeList found = { new(scratch, Change *, all.count), 0 };
    for (size_t i = 0; i < all.count; i++) {
        const ObjectKey *key = &all.items[i]->key;
        if (str_eq(key->group, STR(RBAC_GROUP)) &&
            (str_eq(key->kind, first) || str_eq(key->kind, second))) {
            found.items[found.count++] = all.items[i];
        }
    }
    return found;
}

void layer_build_rbac(Snapshot *s, ChangeList changes, Arena *scratch)
{
    build_roles(s, of_kinds(changes, STR("ClusterRole"), STR("Role"), scratch), scratch);
    build_bindings(s, of_kinds(changes, STR("ClusterRoleBinding"), STR("RoleBinding"), scratch),
                   scratch);
}
