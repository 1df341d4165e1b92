/* SPDX-License-Identifier: Apache-2.0 */
/* Taking objects in, one at a time, and making a snapshot of them. */
#include "cluster/layer.h"
#include "decide/psp/policy.h"

#include <assert.h>
#include <stdlib.h>

struct SnapshotBuilder {
    Snapshot *snapshot; /* in the making */
    unsigned options;
    Arena scratch;       /* what is not needed once the snapshot is finished */
    Arena names;         /* of strings and binding_strings: what is not needed once all is put in */
    Index changes;       /* of Change, in the order they came */
    Index strings;       /* of InternedString: names that many objects share */
    Map binding_strings; /* the same, as the RBAC compiler wants them */
    SnapshotNote *notes;
    SnapshotNote **notes_end;
};

typedef struct InternedString {
    Str text;
} InternedString;

SnapshotBuilder *snapshot_builder_new(const Snapshot *base, unsigned options)
{
    SnapshotBuilder *b = calloc(1, sizeof *b);
    Snapshot *s = calloc(1, sizeof *s);
    if (b == NULL || s == NULL) {
        abort(); /* as an arena does when the system has no memory */
    }
    b->snapshot = s;
    b->options = options;
    b->notes_end = &b->notes;
    arena_init(&b->scratch, 0);
    b->changes = index_new(&b->scratch, 0);
    arena_init(&b->names, 0);
    b->strings = index_new(&b->names, 0);
    b->binding_strings = map_new(&b->names);
    arena_init(&s->arena, 0);
    s->references = 1;
    s->objects = s->roles = s->bindings = s->subjects = s->policies = index_new(&s->arena, 0);
    s->below = base ? snapshot_acquire(base) : NULL;
    layer_init_facts(s);
    return b;
}

void snapshot_builder_free(SnapshotBuilder *b)
{
    if (b) {
        snapshot_release(b->snapshot);
        arena_done(&b->scratch);
        arena_done(&b->names);
        free(b);
    }
}

Arena *snapshot_builder_arena(SnapshotBuilder *b)
{
    return &b->snapshot->arena;
}

const SnapshotNote *snapshot_builder_notes(const SnapshotBuilder *b)
{
    return b->notes;
}

/* -- copying ------------------------------------------------------------------------------ */

static uint64_t interned_hash(const void *row)
{
    return str_hash(((const InternedString *)row)->text);
}

static bool interned_matches(const void *row, const void *wanted)
{
    return str_eq(((const InternedString *)row)->text, *(const Str *)wanted);
}

/* One copy of each text in the snapshot, or the text itself when it is borrowed. */
static Str intern(SnapshotBuilder *b, Str text)
{
    if (text.len == 0) {
        return STR("");
    }
    if (b->options & SNAPSHOT_BORROW) {
        return text;
    }
    uint64_t hash = str_hash(text);
    InternedString *known = index_find(&b->strings, hash, interned_matches, &text);
    if (known == NULL) {
        known = new(&b->names, InternedString, 1);
        known->text = arena_str(&b->snapshot->arena, text);
        index_add(&b->strings, hash, known, interned_hash);
    }
    return known->text;
}

/* A copy whose arrays and objects lie in nodes and whose strings lie in the snapshot. Depth is
 * bounded by the readers. */
static Value copy_object(SnapshotBuilder *b, const Value *v, Arena *nodes)
{
    Value copy = *v;
    copy.grown = 0;
    if (v->kind == VALUE_STRING) {
        copy.s = intern(b, value_as_str(v)).ptr;
    } else if (v->kind == VALUE_ARRAY) {
        copy.items = new(nodes, Value, v->len);
        for (uint32_t i = 0; i < v->len; i++) {
            copy.items[i] = copy_object(b, &v->items[i], nodes);
        }
    } else if (v->kind == VALUE_OBJECT) {
        copy.members = new(nodes, Member, v->len);
        for (uint32_t i = 0; i < v->len; i++) {
            Str key = intern(b, member_key(&v->members[i]));
            copy.members[i] = (Member){ key.ptr, (uint32_t)key.len,
                                        copy_object(b, &v->members[i].value, nodes) };
        }
    }
    return copy;
}

/* -- taking in ---------------------------------------------------------------------------- */

static uint64_t key_hash(const ObjectKey *key)
{
    return index_hash_mix(layer_object_hash(key), str_hash(key->name));
}

static uint64_t change_hash(const void *row)
{
    return ((const Change *)row)->hash;
}

static bool change_matches(const void *row, const void *wanted)
{
    const ObjectKey *have = &((const Change *)row)->key;
    const ObjectKey *want = wanted;
    return str_eq(have->name, want->name) && str_eq(have->namespace, want->namespace) &&
           str_eq(have->kind, want->kind) && str_eq(have->group, want->group);
}

/* hash: key_hash(key) */
static Change *find_change(SnapshotBuilder *b, const ObjectKey *key, uint64_t hash)
{
    return index_find(&b->changes, hash, change_matches, key);
}

/* before emptied or, when that is NULL, a new change. */
static Change *renew_change(SnapshotBuilder *b, Change *before, const ObjectKey *key, uint64_t hash)
{
    if (before) {
        *before = (Change){ .key = before->key, .hash = hash };
        return before;
    }
    Change *c = new(&b->scratch, Change, 1);
    c->hash = hash;
    c->key = (ObjectKey){ intern(b, key->group), intern(b, key->kind), intern(b, key->namespace),
                          intern(b, key->name) };
    index_add(&b->changes, hash, c, change_hash);
    return c;
}

static void add_note(SnapshotBuilder *b, bool is_error, const ObjectOrigin *origin, Str text)
{
    SnapshotNote *note = new(&b->scratch, SnapshotNote, 1);
    Str place = origin ? object_origin_text(origin, &b->scratch) : STR("");
    note->is_error = is_error;
    note->text = place.len ? arena_printf(&b->scratch, "%.*s: %.*s", STR_ARG(place), STR_ARG(text))
                           : text;
    *b->notes_end = note;
    b->notes_end = &note->next;
}

/* `Role "ns/name"` */
static Str describe(SnapshotBuilder *b, const ObjectKey *key)
{
    return arena_printf(&b->scratch, "%.*s \"%.*s%s%.*s\"", STR_ARG(key->kind),
                        STR_ARG(key->namespace), key->namespace.len ? "/" : "", STR_ARG(key->name));
}

static bool refuse(SnapshotBuilder *b, const ObjectOrigin *origin, Str text)
{
    add_note(b, true, origin, text);
    return false;
}

static bool read_key(const Value *object, ObjectKey *out)
{
    Str version = value_get_str(object, STR("apiVersion"));
    Str kind = value_get_str(object, STR("kind"));
    const Value *metadata = value_get_lit(object, "metadata");
    Str name = value_get_str(metadata, STR("name"));
    Str namespace = value_get_str(metadata, STR("namespace"));
    Str group, rest;
    if (!str_split_once(version, '/', &group, &rest)) {
        group = STR("");
    }
    *out = (ObjectKey){ snapshot_storage_group(group, kind), kind,
                        namespace.ptr ? namespace : STR(""), name };
    return version.len > 0 && kind.len > 0 && name.len > 0;
}

/* What kinds are kept in a compiled form, and how they get there. */
typedef enum Compiled {
    COMPILED_NONE,
    COMPILED_ROLE,
    COMPILED_BINDING,
    COMPILED_POLICY,
} Compiled;

/* The kinds that decisions read as objects. Others are kept only with SNAPSHOT_KEEP_OBJECTS. */
static const struct {
    Str group;
    Str kind;
    Compiled compiled;
    bool is_namespaced;
} known_kinds[] = {
    { STR_INIT(RBAC_GROUP), STR_INIT("Role"), COMPILED_ROLE, true },
    { STR_INIT(RBAC_GROUP), STR_INIT("ClusterRole"), COMPILED_ROLE, false },
    { STR_INIT(RBAC_GROUP), STR_INIT("RoleBinding"), COMPILED_BINDING, true },
    { STR_INIT(RBAC_GROUP), STR_INIT("ClusterRoleBinding"), COMPILED_BINDING, false },
    { STR_INIT("policy"), STR_INIT("PodSecurityPolicy"), COMPILED_POLICY, false },
    { STR_INIT(""), STR_INIT("Namespace"), COMPILED_NONE, false },
    { STR_INIT(""), STR_INIT("ServiceAccount"), COMPILED_NONE, true },
    { STR_INIT(""), STR_INIT("Secret"), COMPILED_NONE, true },
    { STR_INIT(""), STR_INIT("LimitRange"), COMPILED_NONE, true },
    { STR_INIT(""), STR_INIT("ResourceQuota"), COMPILED_NONE, true },
    { STR_INIT(""), STR_INIT("Node"), COMPILED_NONE, false },
    { STR_INIT(""), STR_INIT("Pod"), COMPILED_NONE, true },
    { STR_INIT(""), STR_INIT("PersistentVolume"), COMPILED_NONE, false },
    { STR_INIT(""), STR_INIT("PersistentVolumeClaim"), COMPILED_NONE, true },
    { STR_INIT("scheduling.k8s.io"), STR_INIT("PriorityClass"), COMPILED_NONE, false },
    { STR_INIT("node.k8s.io"), STR_INIT("RuntimeClass"), COMPILED_NONE, false },
    { STR_INIT("storage.k8s.io"), STR_INIT("StorageClass"), COMPILED_NONE, false },
};

/* The row of known_kinds, or -1. */
static int find_kind(const ObjectKey *key)
{
    for (size_t i = 0; i < COUNT_OF(known_kinds); i++) {
        if (str_eq(known_kinds[i].kind, key->kind) && str_eq(known_kinds[i].group, key->group)) {
            return (int)i;
        }
    }
    return -1;
}

static bool refuse_errors(SnapshotBuilder *b, const ObjectKey *key, const ObjectOrigin *origin,
                          const FieldErrors *errs)
{
    Str what = describe(b, key);
    Buf text = buf_new(&b->scratch);
    buf_add(&text, what);
    buf_lit(&text, " is invalid: ");
    field_errors_write_aggregate(errs, &text);
    return refuse(b, origin, buf_str(&text));
}

/* The compiled form of the object, into c. */
static bool compile(SnapshotBuilder *b, Compiled form, const Value *object, Change *c,
                    const ObjectOrigin *origin)
{
    Arena *a = &b->snapshot->arena;
    FieldErrors errs = field_errors_new(&b->scratch);
    switch (form) {
    case COMPILED_NONE:
        return true;
    case COMPILED_ROLE: {
        Value *copy = NULL;
        if (!(b->options & (SNAPSHOT_BORROW | SNAPSHOT_KEEP_OBJECTS))) {
            copy = new(a, Value, 1);
            *copy = copy_object(b, object, a);
        }
        c->role = rbac_role_compile(copy ? copy : object, a, &errs);
        return c->role || refuse_errors(b, &c->key, origin, &errs);
    }
    case COMPILED_BINDING:
        c->binding = b->options & SNAPSHOT_BORROW
                         ? rbac_binding_compile(object, a, &errs)
                         : rbac_binding_compile_packed(object, a, &b->binding_strings, &errs);
        return c->binding || refuse_errors(b, &c->key, origin, &errs);
    case COMPILED_POLICY: {
        Err err;
        c->policy = psp_policy_compile(object, a, &err);
        return c->policy || refuse(b, origin,
                                   arena_printf(&b->scratch, "%.*s is invalid: %.*s",
                                                STR_ARG(describe(b, &c->key)), STR_ARG(err.msg)));
    }
    }
    assert(false);
    return false;
}

/* The very same place, read once as what is asked about and once as part of the cluster. */
static bool same_place(const ObjectOrigin *a, const ObjectOrigin *b)
{
    return a && b && a->file.ptr && str_eq(a->file, b->file) && a->line == b->line &&
           a->item.set == b->item.set && a->item.value == b->item.value;
}

/* Says that an object comes twice, with both places. */
static void note_duplicate(SnapshotBuilder *b, const Change *before, const ObjectOrigin *origin)
{
    Str place = before->origin ? object_origin_text(before->origin, &b->scratch) : STR("");
    add_note(b, false, origin,
             arena_printf(&b->scratch, "%.*s is given twice; this one replaces that of %.*s",
                          STR_ARG(describe(b, &before->key)),
                          STR_ARG(place.len ? place : STR("before"))));
}

bool snapshot_builder_put(SnapshotBuilder *b, const Value *object, const ObjectOrigin *origin)
{
    ObjectKey key;
    if (!read_key(object, &key)) {
        return refuse(b, origin,
                      STR("not an object of the API: it needs apiVersion, kind and "
                          "metadata.name"));
    }
    int row = find_kind(&key);
    if (row >= 0 && !known_kinds[row].is_namespaced) {
        key.namespace = STR("");
    } else if (row >= 0 && key.namespace.len == 0) {
        return refuse(b, origin,
                      arena_printf(&b->scratch, "%.*s needs a metadata.namespace",
                                   STR_ARG(describe(b, &key))));
    }
    bool keep = (b->options & SNAPSHOT_KEEP_OBJECTS) ||
                (row >= 0 && known_kinds[row].compiled == COMPILED_NONE);
    Change made = { .key = key };
    const Value *kept = NULL;
    if (keep) {
        Value *copy = new(&b->snapshot->arena, Value, 1);
        *copy = b->options & SNAPSHOT_BORROW ? *object
                                             : copy_object(b, object, &b->snapshot->arena);
        kept = copy;
    }
    if (row >= 0 && !compile(b, known_kinds[row].compiled, kept ? kept : object, &made, origin)) {
        return false;
    }
    uint64_t hash = key_hash(&key);
    Change *before = find_change(b, &key, hash);
    if (before && !before->removed && !same_place(before->origin, origin)) {
        note_duplicate(b, before, origin);
    }
    Change *c = renew_change(b, before, &key, hash);
    made.key = c->key;
    made.hash = hash;
    made.object = kept;
    if (origin) {
        ObjectOrigin *copy = new(&b->scratch, ObjectOrigin, 1);
        *copy = *origin;
        copy->file = intern(b, origin->file);
        made.origin = copy;
    }
    *c = made;
    return true;
}

void snapshot_builder_remove(SnapshotBuilder *b, ObjectKey key)
{
    key.group = snapshot_storage_group(key.group, key.kind);
    if (key.namespace.ptr == NULL) {
        key.namespace = STR("");
    }
    uint64_t hash = key_hash(&key);
    renew_change(b, find_change(b, &key, hash), &key, hash)->removed = true;
}

/* -- finishing ---------------------------------------------------------------------------- */

static int change_cmp(const void *left, const void *right)
{
    const ObjectKey *a = &(*(Change *const *)left)->key;
    const ObjectKey *b = &(*(Change *const *)right)->key;
    int order = str_cmp(a->group, b->group);
    order = order ? order : str_cmp(a->kind, b->kind);
    order = order ? order : str_cmp(a->namespace, b->namespace);
    return order ? order : str_cmp(a->name, b->name);
}

/* Merges items[from, middle) and items[middle, to), each sorted, through room. */
static void merge_changes(Change **items, size_t from, size_t middle, size_t to, Change **room)
{
    size_t left = 0, right = middle, at = from;
    size_t left_count = middle - from;
    memcpy(room, items + from, left_count * sizeof *room);
    while (left < left_count && right < to) {
        items[at++] = change_cmp(&items[right], &room[left]) < 0 ? items[right++] : room[left++];
    }
    memcpy(items + at, room + left, (left_count - left) * sizeof *room);
}

/* What an API server lists is sorted already, kind by kind: the runs that are there are found and
 * merged, which takes a comparison an object and a little more. No two changes are equal. */
static void sort_changes(ChangeList changes, Arena *scratch)
{
    size_t *ends = new(scratch, size_t, changes.count + 1);
    size_t runs = 0;
    for (size_t i = 1; i <= changes.count; i++) {
        if (i == changes.count || change_cmp(&changes.items[i - 1], &changes.items[i]) > 0) {
            ends[runs++] = i;
        }
    }
    Change **room = new(scratch, Change *, changes.count + 1);
    while (runs > 1) {
        size_t kept = 0;
        size_t from = 0;
        for (size_t i = 0; i < runs; i += 2) {
            size_t to = ends[i + 1 < runs ? i + 1 : i];
            if (i + 1 < runs) {
                merge_changes(changes.items, from, ends[i], to, room);
            }
            ends[kept++] = to;
            from = to;
        }
        runs = kept;
    }
}

/* Adds what one change does to the counts. */
static void count_change(Snapshot *s, const Change *c)
{
    size_t *counter = &s->stats.objects;
    int row = find_kind(&c->key);
    bool before;
    switch (row >= 0 ? known_kinds[row].compiled : COMPILED_NONE) {
    case COMPILED_ROLE: {
        const RoleRow *old = layer_find_role(s->below, c->key.namespace, c->key.name);
        counter = &s->stats.roles;
        before = old && old->given;
        break;
    }
    case COMPILED_BINDING:
        counter = &s->stats.bindings;
        before = layer_find_binding(s->below, c->key.namespace, c->key.name) != NULL;
        break;
    case COMPILED_POLICY:
        counter = &s->stats.policies;
        before = layer_policy(s->below, c->key.name) != NULL;
        break;
    default:
        before = layer_find_object(s->below, &c->key) != NULL;
        if (!c->removed && c->object == NULL) {
            return;
        }
    }
    *counter += (size_t)!c->removed;
    *counter -= (size_t)before;
}

const Snapshot *snapshot_builder_finish(SnapshotBuilder *b)
{
    Snapshot *s = b->snapshot;
    arena_done(&b->names);
    ChangeList changes = { new(&b->scratch, Change *, b->changes.count), b->changes.count };
    for (size_t i = 0; i < changes.count; i++) {
        changes.items[i] = b->changes.rows[i];
    }
    sort_changes(changes, &b->scratch);
    s->stats = s->below ? s->below->stats : (SnapshotStats){ 0 };
    for (size_t i = 0; i < changes.count; i++) {
        count_change(s, changes.items[i]);
    }
    /* What one needs is given back before the next: a cluster is many. */
    void (*const build[])(Snapshot *, ChangeList, Arena *) = { layer_build_objects,
                                                               layer_build_rbac,
                                                               layer_build_policies };
    for (size_t i = 0; i < COUNT_OF(build); i++) {
        Arena scratch;
        arena_init(&scratch, 0);
        build[i](s, changes, &scratch);
        arena_done(&scratch);
    }
    arena_done(&b->scratch);
    free(b);
    return s;
}
