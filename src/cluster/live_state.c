/* SPDX-License-Identifier: Apache-2.0 */
/* Objects as they come, for layers of snapshots over them. */
#include "cluster/live_state.h"

#include "cluster/layer.h"
#include "cluster/layers.h"
#include "cluster/short_json.h"
#include "doc/json.h"
#include "doc/limits.h"

#include <stdlib.h>

enum { CHAINS_MIN = 1024 };

/* A hundred thousand of these are usual. */
typedef struct LiveObject {
    struct LiveObject *next; /* of those in the same chain */
    uint64_t hash;
    char *text; /* short JSON; NULL once it was removed */
    uint32_t len;
    uint32_t list; /* the last list that had it */
    uint32_t kind; /* of the state's kinds */
    uint32_t name_len;
    uint32_t namespace_len;
    char names[]; /* name, namespace */
} LiveObject;

typedef struct LiveKind {
    Str group;
    Str kind;
} LiveKind;

typedef struct OpenList {
    uint32_t kind;
    uint32_t number;
} OpenList;

enum { OPEN_LISTS_MAX = 64 };

struct LiveState {
    void (*on_note)(void *context, Str text);
    void *context;
    Arena arena;   /* names of groups and kinds */
    Arena scratch; /* of one call */
    LiveObject **chains;
    size_t chain_count; /* a power of two */
    size_t entry_count; /* in the chains, with those that were removed */
    Layers *layers;
    OpenList lists[OPEN_LISTS_MAX];
    size_t list_count;
    uint32_t list_number;
    LiveKind *kinds;
    uint32_t kind_count;
    LiveStateStats stats;
};

/* -- objects ----------------------------------------------------------------------------------- */

static void *need(void *memory)
{
    if (!memory) {
        abort(); /* as an arena does when the system has no memory */
    }
    return memory;
}

static void object_free(LiveObject *o)
{
    free(o->text);
    free(o);
}

void live_state_free(LiveState *s)
{
    if (!s) {
        return;
    }
    for (size_t i = 0; i < s->chain_count; i++) {
        for (LiveObject *o = s->chains[i], *next; o; o = next) {
            next = o->next;
            object_free(o);
        }
    }
    layers_free(s->layers);
    free(s->chains);
    free(s->kinds);
    arena_done(&s->arena);
    arena_done(&s->scratch);
    free(s);
}

/* Groups and kinds are few. */
static uint32_t kind_need(LiveState *s, Str group, Str kind)
{
    for (uint32_t i = 0; i < s->kind_count; i++) {
        if (str_eq(s->kinds[i].kind, kind) && str_eq(s->kinds[i].group, group)) {
            return i;
        }
    }
    s->kinds = need(realloc(s->kinds, (s->kind_count + 1) * sizeof(*s->kinds)));
    s->kinds[s->kind_count] = (LiveKind){ arena_str(&s->arena, group), arena_str(&s->arena, kind) };
    return s->kind_count++;
}

static ObjectKey object_key(const LiveState *s, const LiveObject *o)
{
    const LiveKind *k = &s->kinds[o->kind];
    return (ObjectKey){ k->group, k->kind, str_from(o->names + o->name_len, o->namespace_len),
                        str_from(o->names, o->name_len) };
}

static uint64_t key_hash(const ObjectKey *key)
{
    return index_hash_mix(layer_object_hash(key), str_hash(key->name));
}

static bool has_key(const LiveState *s, const LiveObject *o, const ObjectKey *key)
{
    ObjectKey own = object_key(s, o);
    return str_eq(own.name, key->name) && str_eq(own.namespace, key->namespace) &&
           str_eq(own.kind, key->kind) && str_eq(own.group, key->group);
}

static LiveObject *find(const LiveState *s, const ObjectKey *key, uint64_t hash)
{
    LiveObject *o = s->chains[hash & (s->chain_count - 1)];
    while (o && !(o->hash == hash && has_key(s, o, key))) {
        o = o->next;
    }
    return o;
}

static void chains_grow(LiveState *s)
{
    size_t count = s->chain_count * 2;
    LiveObject **chains = need(calloc(count, sizeof(LiveObject *)));
    for (size_t i = 0; i < s->chain_count; i++) {
        for (LiveObject *o = s->chains[i], *next; o; o = next) {
            next = o->next;
            o->next = chains[o->hash & (count - 1)];
            chains[o->hash & (count - 1)] = o;
        }
    }
    free(s->chains);
    s->chains = chains;
    s->chain_count = count;
}

static LiveObject *add(LiveState *s, const ObjectKey *key, uint64_t hash)
{
    if (s->entry_count >= s->chain_count) {
        chains_grow(s);
    }
    LiveObject *o = need(calloc(1, sizeof(*o) + key->name.len + key->namespace.len));
    memcpy(o->names, key->name.ptr, key->name.len);
    if (key->namespace.len) {
        memcpy(o->names + key->name.len, key->namespace.ptr, key->namespace.len);
    }
    o->kind = kind_need(s, key->group, key->kind);
    o->name_len = (uint32_t)key->name.len;
    o->namespace_len = (uint32_t)key->namespace.len;
    o->hash = hash;
    o->next = s->chains[hash & (s->chain_count - 1)];
    s->chains[hash & (s->chain_count - 1)] = o;
    s->entry_count++;
    return o;
}

static void set_text(LiveState *s, LiveObject *o, Str kept)
{
    s->stats.object_bytes -= o->len;
    s->stats.objects -= (size_t)(o->text != NULL);
    free(o->text);
    o->text = NULL;
    o->len = (uint32_t)kept.len;
    if (kept.ptr) {
        o->text = need(malloc(kept.len));
        memcpy(o->text, kept.ptr, kept.len);
    }
    s->stats.object_bytes += o->len;
    s->stats.objects += (size_t)(o->text != NULL);
}

/* The JSON of an object, in the arena, with room for a reader after it. */
static Str text_of(const LiveObject *o, Arena *a)
{
    Buf b = buf_new(a);
    short_json_read(str_from(o->text, o->len), &b);
    size_t len = b.len;
    memset(buf_reserve(&b, JSON_PADDING), 0, JSON_PADDING);
    return str_from(b.ptr, len);
}

/* The object lacking some members; what it has is shared. Anything else is itself. */
static Value without(const Value *v, const Str *names, size_t count, Arena *a)
{
    Value out = *v;
    if (!value_is(v, VALUE_OBJECT)) {
        return out;
    }
    out.grown = 0;
    out.len = 0;
    out.members = new(a, Member, v->len);
    VALUE_EACH_MEMBER(m, v) {
        size_t i = 0;
        while (i < count && !str_eq(names[i], member_key(m))) {
            i++;
        }
        if (i == count) {
            out.members[out.len++] = *m;
        }
    }
    return out;
}

/* Without what no decision reads, and what changes often. */
static Value trimmed(const Value *object, Arena *a)
{
    static const Str of_object[] = { STR_INIT("status") };
    static const Str of_metadata[] = { STR_INIT("managedFields"),  STR_INIT("resourceVersion"),
                                       STR_INIT("generation"),     STR_INIT("creationTimestamp"),
                                       STR_INIT("selfLink"),       STR_INIT("uid"),
                                       STR_INIT("ownerReferences") };
    static const Str of_annotations[] = { STR_INIT(
        "kubectl.kubernetes.io/last-applied-configuration") };
    Value copy = without(object, of_object, COUNT_OF(of_object), a);
    Value *metadata = value_get(&copy, STR("metadata"));
    if (metadata) {
        *metadata = without(metadata, of_metadata, COUNT_OF(of_metadata), a);
        Value *annotations = value_get(metadata, STR("annotations"));
        if (annotations) {
            *annotations = without(annotations, of_annotations, COUNT_OF(of_annotations), a);
        }
    }
    return copy;
}

static OpenList *open_list(LiveState *s, uint32_t kind)
{
    for (size_t i = 0; i < s->list_count; i++) {
        if (s->lists[i].kind == kind) {
            return &s->lists[i];
        }
    }
    return NULL;
}

static bool key_of(const Value *object, ObjectKey *out)
{
    Str version = value_get_str(object, STR("apiVersion"));
    const Value *metadata = value_get(object, STR("metadata"));
    Str group, rest;
    if (!str_split_once(version, '/', &group, &rest)) {
        group = STR("");
    }
    *out = (ObjectKey){ .kind = value_get_str(object, STR("kind")),
                        .namespace = value_get_str(metadata, STR("namespace")),
                        .name = value_get_str(metadata, STR("name")) };
    out->group = group;
    out->namespace = out->namespace.ptr ? out->namespace : STR("");
    return version.len && out->kind.len && out->name.len;
}

bool live_state_put(LiveState *s, const Value *object)
{
    ObjectKey key;
    if (!key_of(object, &key)) {
        return false;
    }
    uint64_t hash = key_hash(&key);
    LiveObject *o = find(s, &key, hash);
    o = o ? o : add(s, &key, hash);
    const OpenList *list = open_list(s, o->kind);
    o->list = list ? list->number : o->list;
    Value kept = trimmed(object, &s->scratch);
    Buf json = buf_new(&s->scratch);
    Buf brief = buf_new(&s->scratch);
    json_write(&kept, &json);
    short_json_add(buf_str(&json), &brief);
    /* Most updates change nothing that is kept. */
    if (!o->text || !str_eq(str_from(o->text, o->len), buf_str(&brief))) {
        set_text(s, o, buf_str(&brief));
        layers_change(s->layers, &key);
    }
    arena_reset(&s->scratch);
    return true;
}

static void forget(LiveState *s, LiveObject *o)
{
    if (o->text) {
        ObjectKey key = object_key(s, o);
        set_text(s, o, STR_ABSENT);
        layers_change(s->layers, &key);
    }
}

void live_state_remove(LiveState *s, ObjectKey key)
{
    key.namespace = key.namespace.ptr ? key.namespace : STR("");
    LiveObject *o = find(s, &key, key_hash(&key));
    if (o) {
        forget(s, o);
    }
}

void live_state_list_begin(LiveState *s, Str group, Str kind)
{
    uint32_t number = kind_need(s, group, kind);
    OpenList *list = open_list(s, number);
    if (!list && s->list_count < OPEN_LISTS_MAX) {
        list = &s->lists[s->list_count++];
        list->kind = number;
    }
    if (list) {
        list->number = ++s->list_number;
    }
}

void live_state_list_end(LiveState *s, Str group, Str kind)
{
    OpenList *list = open_list(s, kind_need(s, group, kind));
    if (!list) {
        return;
    }
    for (size_t i = 0; i < s->chain_count; i++) {
        for (LiveObject *o = s->chains[i]; o; o = o->next) {
            if (o->list != list->number && o->kind == list->kind) {
                forget(s, o);
            }
        }
    }
    *list = s->lists[--s->list_count];
}

/* -- snapshots --------------------------------------------------------------------------------- */

/* Kinds that several groups have on one cluster, the one that counts first. */
static const Str groups_of_policies[] = { STR_INIT("podgate.io"), STR_INIT("policy"),
                                          STR_INIT("extensions") };

/* What a decision is to see of the object's name: itself, or its like of the group that goes first.
 * Without a text when there is none any more. */
static const LiveObject *shown(const LiveState *s, const LiveObject *o)
{
    ObjectKey key = object_key(s, o);
    if (!str_eq(key.kind, STR("PodSecurityPolicy"))) {
        return o;
    }
    for (size_t i = 0; i < COUNT_OF(groups_of_policies); i++) {
        key.group = groups_of_policies[i];
        const LiveObject *like = find(s, &key, key_hash(&key));
        if (like && like->text) {
            return like;
        }
    }
    return o;
}

/* An object that does not compile is as if it were not there: a policy that was replaced by a
 * broken one must not go on granting. */
static void build_object(LiveState *s, SnapshotBuilder *b, const LiveObject *o)
{
    o = shown(s, o);
    ObjectKey key = object_key(s, o);
    if (!o->text) {
        snapshot_builder_remove(b, key);
        return;
    }
    Arena *a = &s->scratch;
    Value object;
    Err err;
    Str text = text_of(o, a);
    if (!json_read_insitu(key.name, (char *)(uintptr_t)text.ptr, text.len, &doc_limits_default, a,
                          &object, &err) ||
        !snapshot_builder_put(b, &object, NULL)) {
        snapshot_builder_remove(b, key);
    }
    arena_reset(a);
}

static void put_one(void *context, SnapshotBuilder *b, const ObjectKey *key)
{
    LiveState *s = context;
    const LiveObject *o = find(s, key, key_hash(key));
    if (o) {
        build_object(s, b, o);
    } else {
        snapshot_builder_remove(b, *key);
    }
}

/* What was removed needs no place any more. */
static void put_all(void *context, SnapshotBuilder *b)
{
    LiveState *s = context;
    for (size_t i = 0; i < s->chain_count; i++) {
        for (LiveObject **at = &s->chains[i]; *at;) {
            LiveObject *o = *at;
            if (o->text) {
                if (shown(s, o) == o) {
                    build_object(s, b, o);
                }
                at = &o->next;
            } else {
                *at = o->next;
                s->entry_count--;
                object_free(o);
            }
        }
    }
}

static void note(void *context, Str text)
{
    const LiveState *s = context;
    if (s->on_note) {
        s->on_note(s->context, text);
    }
}

LiveState *live_state_new(void (*on_note)(void *context, Str text), void *context)
{
    LiveState *s = need(calloc(1, sizeof(*s)));
    s->on_note = on_note;
    s->context = context;
    arena_init(&s->arena, 0);
    arena_init(&s->scratch, 0);
    s->chain_count = CHAINS_MIN;
    s->chains = need(calloc(s->chain_count, sizeof(LiveObject *)));
    LayersSource source = { put_one, put_all, note, s };
    s->layers = layers_new(&source);
    return s;
}

bool live_state_is_changed(const LiveState *s)
{
    return layers_is_changed(s->layers);
}

const Snapshot *live_state_snapshot(LiveState *s)
{
    return layers_snapshot(s->layers);
}

bool live_state_each(const LiveState *s, bool (*each)(void *context, Str json), void *context)
{
    bool goes_on = true;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < s->chain_count && goes_on; i++) {
        for (const LiveObject *o = s->chains[i]; o && goes_on; o = o->next) {
            goes_on = !o->text || each(context, text_of(o, &a));
            arena_reset(&a);
        }
    }
    arena_done(&a);
    return goes_on;
}

LiveStateStats live_state_stats(const LiveState *s)
{
    LiveStateStats stats = s->stats;
    LayersStats layers = layers_stats(s->layers);
    stats.layers = layers.layers;
    stats.base_made = layers.base_made;
    return stats;
}
