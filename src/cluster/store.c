/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded store: kinds, objects and commits. */
#include "cluster/layers.h"
#include "cluster/store_private.h"

#include <assert.h>
#include <stdlib.h>

static Str own_text(Str s)
{
    char *copy = store_need(malloc(s.len + 1));
    memcpy(copy, s.len ? s.ptr : "", s.len);
    copy[s.len] = '\0';
    return (Str){ copy, s.len };
}

/* -- kinds ----------------------------------------------------------------------------------------
 */

static uint64_t kind_hash(Str group, Str kind)
{
    return str_hash(group) * 31 + str_hash(kind);
}

static StoreKind **chain_of(Store *s, uint64_t hash)
{
    return &s->kinds[(hash ^ hash >> 32) & (STORE_CHAINS - 1)];
}

StoreKind *store_kind_find(Store *s, Str group, Str kind)
{
    group = snapshot_storage_group(group, kind);
    uint64_t hash = kind_hash(group, kind);
    StoreKind *k = __atomic_load_n(chain_of(s, hash), __ATOMIC_ACQUIRE);
    while (k && !(k->hash == hash && str_eq(k->kind, kind) && str_eq(k->group, group))) {
        k = k->next;
    }
    return k;
}

static bool is_compiled_kind(Str group, Str kind)
{
    return (str_eq(group, STR("rbac.authorization.k8s.io"))) ||
           (str_eq(group, STR("policy")) && str_eq(kind, STR("PodSecurityPolicy")));
}

static bool is_definition_kind(Str group, Str kind)
{
    return str_eq(group, STR("apiextensions.k8s.io")) &&
           str_eq(kind, STR("CustomResourceDefinition"));
}

StoreKind *store_kind_need(Store *s, Str group, Str kind)
{
    StoreKind *k = store_kind_find(s, group, kind);
    if (k) {
        return k;
    }
    pthread_mutex_lock(&s->kinds_lock);
    k = store_kind_find(s, group, kind);
    if (k == NULL) {
        group = snapshot_storage_group(group, kind);
        k = store_need(calloc(1, sizeof *k));
        k->hash = kind_hash(group, kind);
        k->group = own_text(group);
        k->kind = own_text(kind);
        k->is_compiled = is_compiled_kind(group, kind);
        k->is_definition = is_definition_kind(group, kind);
        k->history.forgotten = s->first_version;
        pthread_mutex_init(&k->all_lock, NULL);
        pthread_mutex_init(&k->watches_lock, NULL);
        StoreKind **chain = chain_of(s, k->hash);
        k->next = *chain;
        __atomic_store_n(chain, k, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&s->kinds_lock);
    return k;
}

/* -- buckets --------------------------------------------------------------------------------------
 */

/* As the keys of etcd sort: what follows a namespace there is a slash. */
static int namespace_cmp(Str a, Str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order || a.len == b.len) {
        return order;
    }
    return a.len < b.len ? '/' - (unsigned char)b.ptr[common] : (unsigned char)a.ptr[common] - '/';
}

int store_place_cmp(Str namespace_a, Str name_a, Str namespace_b, Str name_b)
{
    int order = namespace_cmp(namespace_a, namespace_b);
    return order ? order : str_cmp(name_a, name_b);
}

/* Where the bucket is, or would be. */
static size_t bucket_place(const StoreKind *k, Str namespace, bool *found)
{
    size_t low = 0, high = k->bucket_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = namespace_cmp(k->buckets[mid]->namespace, namespace);
        if (order == 0) {
            *found = true;
            return mid;
        }
        if (order < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    *found = false;
    return low;
}

static size_t object_place(const StoreBucket *b, Str name, bool *found)
{
    size_t low = 0, high = b->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = str_cmp(b->items[mid]->name, name);
        if (order == 0) {
            *found = true;
            return mid;
        }
        if (order < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    *found = false;
    return low;
}

/* Room for one more pointer at place. */
static void **open_gap(void **items, size_t *count, size_t *cap, size_t place)
{
    if (*count == *cap) {
        *cap = *cap ? *cap * 2 : 4;
        items = store_need(realloc(items, *cap * sizeof *items));
    }
    memmove(items + place + 1, items + place, (*count - place) * sizeof *items);
    ++*count;
    return items;
}

static void close_gap(void **items, size_t *count, size_t place)
{
    --*count;
    memmove(items + place, items + place + 1, (*count - place) * sizeof *items);
}

static StoreBucket *bucket_find(const StoreKind *k, Str namespace)
{
    bool found;
    size_t place = bucket_place(k, namespace, &found);
    return found ? k->buckets[place] : NULL;
}

static StoreBucket *bucket_need(StoreKind *k, Str namespace)
{
    bool found;
    size_t place = bucket_place(k, namespace, &found);
    if (!found) {
        StoreBucket *b = store_need(calloc(1, sizeof *b));
        b->namespace = own_text(namespace);
        k->buckets = (StoreBucket **)open_gap((void **)k->buckets, &k->bucket_count, &k->bucket_cap,
                                              place);
        k->buckets[place] = b;
    }
    return k->buckets[place];
}

static void bucket_free(StoreBucket *b)
{
    free((void *)(uintptr_t)b->namespace.ptr);
    free(b->items);
    free(b);
}

/* -- reading --------------------------------------------------------------------------------------
 */

uint64_t store_version(Store *s)
{
    return __atomic_load_n(&s->version, __ATOMIC_ACQUIRE);
}

uint64_t store_next_version(Store *s)
{
    return s->given + 1;
}

const Facts *store_facts(Store *s)
{
    return &s->facts;
}

const StoreObject *store_find(Store *s, const ObjectKey *key)
{
    const StoreKind *k = store_kind_find(s, key->group, key->kind);
    const StoreBucket *b = k ? bucket_find(k, key->namespace) : NULL;
    bool found = false;
    size_t place = b ? object_place(b, key->name, &found) : 0;
    return found ? b->items[place] : NULL;
}

static void make_all(StoreKind *k)
{
    if (k->all_is_current) {
        return;
    }
    k->all = store_need(realloc(k->all, (k->count + 1) * sizeof *k->all));
    size_t n = 0;
    for (size_t i = 0; i < k->bucket_count; i++) {
        const StoreBucket *b = k->buckets[i];
        if (b->count) {
            memcpy(k->all + n, b->items, b->count * sizeof *k->all);
            n += b->count;
        }
    }
    assert(n == k->count);
    k->all_is_current = true;
}

const StoreObject *const *store_list(Store *s, const ObjectKey *key, size_t *count)
{
    StoreKind *k = store_kind_find(s, key->group, key->kind);
    *count = 0;
    if (k == NULL) {
        return NULL;
    }
    if (key->namespace.ptr) {
        const StoreBucket *b = bucket_find(k, key->namespace);
        *count = b ? b->count : 0;
        return b ? (const StoreObject *const *)b->items : NULL;
    }
    pthread_mutex_lock(&k->all_lock);
    make_all(k);
    pthread_mutex_unlock(&k->all_lock);
    *count = k->count;
    return (const StoreObject *const *)k->all;
}

/* -- committing -----------------------------------------------------------------------------------
 */

static StoreObject *object_new(PackTexts *shared, const StoreChange *c)
{
    PackSize size = value_pack_size(c->object, shared);
    size_t packed = pack_bytes(size);
    size_t texts = c->key.namespace.len + c->key.name.len;
    StoreObject *o = store_need(malloc(sizeof *o + packed + texts));
    *o = (StoreObject){ .version = c->version, .bytes = (uint32_t)(sizeof *o + packed + texts) };
    o->object = value_pack(c->object, size, shared, o + 1);
    char *text = (char *)(o + 1) + packed;
    memcpy(text, c->key.namespace.len ? c->key.namespace.ptr : "", c->key.namespace.len);
    o->namespace = (Str){ text, c->key.namespace.len };
    text += c->key.namespace.len;
    memcpy(text, c->key.name.len ? c->key.name.ptr : "", c->key.name.len);
    o->name = (Str){ text, c->key.name.len };
    return o;
}

StoreObject *store_put(Store *s, StoreKind *k, StoreObject *o)
{
    StoreBucket *b = bucket_need(k, o->namespace);
    bool found;
    size_t place = object_place(b, o->name, &found);
    StoreObject *old = found ? b->items[place] : NULL;
    if (!found) {
        b->items = (StoreObject **)open_gap((void **)b->items, &b->count, &b->cap, place);
        k->count++;
        s->object_count++;
    }
    b->items[place] = o;
    store_hold(o);
    s->object_bytes += o->bytes;
    return old;
}

StoreObject *store_take(Store *s, StoreKind *k, const ObjectKey *key)
{
    bool found;
    size_t at = bucket_place(k, key->namespace, &found);
    StoreBucket *b = found ? k->buckets[at] : NULL;
    size_t place = b ? object_place(b, key->name, &found) : 0;
    if (!found) {
        return NULL;
    }
    StoreObject *old = b->items[place];
    close_gap((void **)b->items, &b->count, place);
    k->count--;
    s->object_count--;
    if (b->count == 0) {
        bucket_free(b);
        close_gap((void **)k->buckets, &k->bucket_count, at);
    }
    return old;
}

/* What is to be kept of it, after what is there of the commit already. */
static void add_pending(StoreKind *k, const StoreEvent *event, StorePending **end)
{
    StorePending *p = store_need(malloc(sizeof *p));
    *p = (StorePending){ .group = k->group, .kind = k->kind, .event = *event, .where = k };
    store_hold(event->object);
    if (event->old) {
        store_hold(event->old);
    }
    *end = p;
}

static StoreEvent apply(Store *s, StoreKind *k, const StoreChange *c)
{
    StoreObject *o = object_new(&s->texts, c);
    StoreObject *old = c->kind == STORE_DELETED ? store_take(s, k, &c->key) : store_put(s, k, o);
    StoreEvent event = { c->kind, c->version, o, old };
    store_history_add(s, k, &event);
    if (old) {
        s->object_bytes -= old->bytes;
        store_let_go(s, old); /* the history has it */
    }
    k->all_is_current = false;
    s->given = c->version;
    __atomic_store_n(&s->version, c->version, __ATOMIC_RELEASE);
    return event;
}

/* Watches of kinds whose definition changed may have to end. */
static void wake_custom(Store *s, const StoreChange *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_definition_kind(changes[i].key.group, changes[i].key.kind)) {
            const Value *names = value_at(changes[i].object, "spec", "names", NULL);
            store_wake(s, value_as_str(value_at(changes[i].object, "spec", "group", NULL)),
                       value_get_str(names, STR("kind")));
        }
    }
}

static void wake_watches(Store *s, const StoreChange *changes, size_t count)
{
    StoreKind *woken = NULL;
    for (size_t i = 0; i < count; i++) {
        StoreKind *k = store_kind_find(s, changes[i].key.group, changes[i].key.kind);
        if (k != woken) {
            store_watches_wake(k);
            woken = k;
        }
    }
}

void store_wake(Store *s, Str group, Str kind)
{
    StoreKind *k = store_kind_find(s, group, kind);
    if (k) {
        store_watches_wake(k);
    }
}

void store_commit(Store *s, const StoreChange *changes, size_t count)
{
    StorePending *pending = NULL;
    StorePending **end = &pending;
    const CustomKinds *custom = store_compile_custom(s, changes, count);
    bool defines = custom != s->custom;
    pthread_rwlock_wrlock(&s->lock);
    bool compiles = false;
    for (size_t i = 0; i < count; i++) {
        StoreKind *k = store_kind_need(s, changes[i].key.group, changes[i].key.kind);
        assert(changes[i].version > s->given);
        StoreEvent event = apply(s, k, &changes[i]);
        compiles |= k->is_compiled;
        if (s->keeps) {
            add_pending(k, &event, end);
            end = &(*end)->next;
        }
    }
    if (compiles) {
        store_compile(s, changes, count);
    }
    if (defines) {
        store_retire(s, NULL, NULL, s->custom);
        s->custom = custom;
    }
    store_next_epoch(s);
    if (pending) {
        store_pend(s, pending, end);
    }
    pthread_rwlock_unlock(&s->lock);
    if (s->keeps) {
        s->keep_wake(s->keep_context);
    } else {
        wake_watches(s, changes, count);
    }
    if (defines) {
        wake_custom(s, changes, count);
    }
}

/* -- starting with what was kept ------------------------------------------------------------------
 */

static int by_name(const void *left, const void *right)
{
    const StoreObject *a = *(StoreObject *const *)left;
    const StoreObject *b = *(StoreObject *const *)right;
    return str_cmp(a->name, b->name);
}

/* At the end, wherever it belongs. */
PackTexts *store_restore_texts(Store *s)
{
    StoreTexts *t = store_need(calloc(1, sizeof *t));
    pack_texts_init(&t->texts);
    t->next = s->more_texts;
    s->more_texts = t;
    return &t->texts;
}

StoreObject *store_restore_make(PackTexts *texts, const StoreChange *object)
{
    return object_new(texts, object);
}

void store_restore_put(Store *s, Str group, Str kind, StoreObject *made)
{
    StoreKind *k = store_kind_need(s, group, kind);
    StoreBucket *b = bucket_need(k, made->namespace);
    b->items = (StoreObject **)open_gap((void **)b->items, &b->count, &b->cap, b->count);
    b->items[b->count - 1] = made;
    store_hold(made);
    k->count++;
    s->object_count++;
    s->object_bytes += made->bytes;
}

void store_restore(Store *s, const StoreChange *change)
{
    store_restore_put(s, change->key.group, change->key.kind, object_new(&s->texts, change));
}

/* One that comes twice, or NULL. */
static const StoreObject *sort_bucket(StoreBucket *b)
{
    bool sorted = true;
    for (size_t i = 1; i < b->count && sorted; i++) {
        sorted = str_cmp(b->items[i - 1]->name, b->items[i]->name) < 0;
    }
    if (!sorted) {
        qsort(b->items, b->count, sizeof *b->items, by_name);
    }
    for (size_t i = 1; i < b->count && !sorted; i++) {
        if (str_eq(b->items[i - 1]->name, b->items[i]->name)) {
            return b->items[i];
        }
    }
    return NULL;
}

static const StoreObject *sort_all(Store *s)
{
    STORE_EACH_KIND(k, s)
    {
        for (size_t i = 0; i < k->bucket_count; i++) {
            const StoreObject *twice = sort_bucket(k->buckets[i]);
            if (twice) {
                return twice;
            }
        }
    }
    return NULL;
}

bool store_restore_end(Store *s, uint64_t version, const StoreObject **twice)
{
    *twice = sort_all(s);
    if (*twice) {
        return false;
    }
    s->version = s->given = s->kept = version > s->version ? version : s->version;
    s->first_version = s->version;
    STORE_EACH_KIND(k, s)
    {
        k->history.forgotten = s->version;
    }
    store_compile_all(s);
    return true;
}

const StoreEntry *store_hold_all(Store *s, Arena *a, size_t *count)
{
    StoreEntry *out = new(a, StoreEntry, s->object_count + 1);
    size_t n = 0;
    STORE_EACH_KIND(k, s)
    {
        for (size_t i = 0; i < k->bucket_count; i++) {
            for (size_t j = 0; j < k->buckets[i]->count; j++) {
                store_hold(k->buckets[i]->items[j]);
                out[n++] = (StoreEntry){ k->group, k->kind, k->buckets[i]->items[j] };
            }
        }
    }
    *count = n;
    return out;
}

/* -- the whole ------------------------------------------------------------------------------------
 */

/* The C library's own rule lets readers pass a writer that waits. */
static void init_lock(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(lock, &attributes);
    pthread_rwlockattr_destroy(&attributes);
}

Store *store_new(uint64_t first_version, size_t history_bytes_max)
{
    Store *s = store_need(calloc(1, sizeof *s));
    init_lock(&s->lock);
    pthread_mutex_init(&s->write_lock, NULL);
    pthread_mutex_init(&s->kinds_lock, NULL);
    pthread_mutex_init(&s->leave_lock, NULL);
    pthread_mutex_init(&s->compile_lock, NULL);
    s->version = s->given = s->kept = first_version;
    s->first_version = first_version;
    store_keep_init(s);
    s->history_bytes_max = history_bytes_max;
    s->retired_end = &s->retired;
    pack_texts_init(&s->texts);
    store_init_compiled(s);
    store_init_facts(s);
    return s;
}

void store_serve_custom(Store *s, const KubeTarget *target)
{
    s->custom_target = target;
}

static void kind_free(Store *s, StoreKind *k)
{
    assert(k->watches == NULL);
    store_history_done(s, k);
    for (size_t i = 0; i < k->bucket_count; i++) {
        for (size_t j = 0; j < k->buckets[i]->count; j++) {
            store_let_go(s, k->buckets[i]->items[j]);
        }
        bucket_free(k->buckets[i]);
    }
    free(k->buckets);
    free(k->all);
    free((void *)(uintptr_t)k->group.ptr);
    free((void *)(uintptr_t)k->kind.ptr);
    pthread_mutex_destroy(&k->all_lock);
    pthread_mutex_destroy(&k->watches_lock);
    free(k);
}

void store_free(Store *s)
{
    if (s == NULL) {
        return;
    }
    assert(s->oldest == NULL);
    for (size_t i = 0; i < STORE_CHAINS; i++) {
        for (StoreKind *k = s->kinds[i], *next; k; k = next) {
            next = k->next;
            kind_free(s, k);
        }
    }
    store_keep_done(s);
    store_retired_free(s->retired);
    pack_texts_done(&s->texts);
    for (StoreTexts *t = s->more_texts, *next; t; t = next) {
        next = t->next;
        pack_texts_done(&t->texts);
        free(t);
    }
    snapshot_release(s->compiled);
    layers_free(s->layers);
    custom_kinds_free(s->custom);
    pthread_rwlock_destroy(&s->lock);
    pthread_mutex_destroy(&s->write_lock);
    pthread_mutex_destroy(&s->kinds_lock);
    pthread_mutex_destroy(&s->leave_lock);
    pthread_mutex_destroy(&s->compile_lock);
    free(s);
}

StoreStats store_stats(Store *s)
{
    pthread_rwlock_rdlock(&s->lock);
    StoreStats out = { .objects = s->object_count, .object_bytes = s->object_bytes };
    STORE_EACH_KIND(k, s)
    {
        out.history_events += (size_t)(k->history.next - k->history.first);
        out.history_bytes += k->history.bytes;
        pthread_mutex_lock(&k->watches_lock);
        for (const StoreWatch *w = k->watches; w; w = w->after) {
            out.watches++;
        }
        pthread_mutex_unlock(&k->watches_lock);
    }
    pthread_rwlock_unlock(&s->lock);
    return out;
}
