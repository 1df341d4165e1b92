/* SPDX-License-Identifier: Apache-2.0 */
/* A whole store in a file; and out of it, into one that is empty, or over what is there. */
#include "server/data/snapshot.h"

#include "base/map.h"
#include "doc/value_pack.h"
#include "kube/groups/convert.h"
#include "kube/object.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BATCH_BYTES = 64 << 10 };

/* -- written -------------------------------------------------------------------------------------
 */

static int by_place(const void *left, const void *right)
{
    const StoreEntry *a = left;
    const StoreEntry *b = right;
    int order = str_cmp(a->group, b->group);
    order = order ? order : str_cmp(a->kind, b->kind);
    return order ? order
                 : store_place_cmp(a->object->namespace, a->object->name, b->object->namespace,
                                   b->object->name);
}

const StoreEntry *snapshot_entries(Store *s, Arena *a, size_t *count)
{
    StoreEntry *entries = (StoreEntry *)(uintptr_t)store_hold_all(s, a, count);
    if (*count) {
        qsort(entries, *count, sizeof *entries, by_place);
    }
    return entries;
}

static bool write_all(int fd, Buf *b, Arena *a, Err *err)
{
    for (size_t at = 0; at < b->len;) {
        ssize_t n = write(fd, b->ptr + at, b->len - at);
        if (n < 0 && errno != EINTR) {
            return err_set(err, a, ERR_IO, "%s", strerror(errno));
        }
        at += n > 0 ? (size_t)n : 0;
    }
    b->len = 0;
    return true;
}

bool snapshot_write(Store *s, const SavedHead *head, int fd, Arena *a, Err *err)
{
    StoreReader r;
    SavedSum sum;
    size_t count;
    Buf b = buf_new(a);
    bool good = true;
    store_read_begin(s, &r);
    const StoreEntry *entries = snapshot_entries(s, a, &count);
    store_read_end(s, &r);
    store_leave(s, &r);
    saved_write_head(head, &sum, &b);
    for (size_t i = 0; i < count; i++) {
        saved_write_object(&entries[i].object->object, &sum, &b);
        store_let_go(s, entries[i].object);
        good = good && (b.len < BATCH_BYTES || write_all(fd, &b, a, err));
    }
    saved_write_end(&sum, &b);
    return good && write_all(fd, &b, a, err);
}

Str snapshot_time(Arena *a)
{
    struct tm tm;
    time_t now = time(NULL);
    gmtime_r(&now, &tm);
    return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                        tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* -- read ----------------------------------------------------------------------------------------
 */

/* Where an object belongs, and its version. */
static bool place_of(const Value *object, Arena *a, ObjectKey *key, uint64_t *version, Err *err)
{
    ObjectHead head;
    int64_t number = 0;
    if (!object_head(object, a, &head, err)) {
        return false;
    }
    const Value *metadata = value_get_lit(object, "metadata");
    if (!str_to_int64(value_get_str(metadata, STR("resourceVersion")), &number) || number <= 0) {
        return err_set(err, a, ERR_SYNTAX, "%.*s %.*s has no resourceVersion", STR_ARG(head.kind),
                       STR_ARG(head.name));
    }
    *key = (ObjectKey){ head.group, head.kind, head.namespace, head.name };
    *version = (uint64_t)number;
    return true;
}

/* -- an empty store ------------------------------------------------------------------------------
 */

typedef struct Loading {
    Store *store;
    uint64_t highest;
} Loading;

static bool load_one(void *context, const Value *object, Arena *a, Err *err)
{
    Loading *l = context;
    StoreChange change = { .kind = STORE_ADDED, .object = object };
    if (!place_of(object, a, &change.key, &change.version, err)) {
        return false;
    }
    l->highest = change.version > l->highest ? change.version : l->highest;
    store_restore(l->store, &change);
    return true;
}

bool snapshot_load(Store *s, Str path, Arena *a, Err *err)
{
    SavedHead head;
    Loading l = { .store = s };
    const StoreObject *twice;
    if (!saved_read(path, load_one, &l, a, &head, err)) {
        return false;
    }
    uint64_t version = head.version > l.highest ? head.version : l.highest;
    return store_restore_end(s, version, &twice) ||
           err_set(err, a, ERR_DUPLICATE, "%.*s: it has %.*s twice", STR_ARG(path),
                   STR_ARG(twice->name));
}

/* -- over what is there --------------------------------------------------------------------------
 */

typedef struct Restoring {
    Store *store;
    Arena kept; /* until the commit */
    Map seen;   /* places of the file's objects */
    StoreChange *deletes;
    size_t delete_count;
    size_t delete_cap;
    StoreChange *puts;
    size_t put_count;
    size_t put_cap;
    SnapshotCounts counts;
} Restoring;

static Str map_key(Str group, Str kind, Str namespace, Str name, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s/%.*s/%.*s", STR_ARG(group), STR_ARG(kind), STR_ARG(namespace),
                        STR_ARG(name));
}

static void add_change(StoreChange **list, size_t *count, size_t *cap, ObjectKey key,
                       StoreEventKind kind, const Value *object, Arena *a)
{
    if (*count == *cap) {
        *cap = *cap ? *cap * 2 : 64;
        StoreChange *grown = new(a, StoreChange, *cap);
        if (*count) {
            memcpy(grown, *list, *count * sizeof *grown);
        }
        *list = grown;
    }
    Value *kept = new(a, Value, 1);
    PackSize size = value_pack_size(object, NULL);
    *kept = value_pack(object, size, NULL, arena_alloc(a, pack_bytes(size)));
    (*list)[(*count)++] = (StoreChange){
        .key = { arena_str(a, key.group), arena_str(a, key.kind), arena_str(a, key.namespace),
                 arena_str(a, key.name) },
        .kind = kind,
        .object = kept,
    };
}

static void delete_one(Restoring *r, ObjectKey key, const Value *object)
{
    add_change(&r->deletes, &r->delete_count, &r->delete_cap, key, STORE_DELETED, object, &r->kept);
}

static void put_one(Restoring *r, ObjectKey key, StoreEventKind kind, const Value *object)
{
    add_change(&r->puts, &r->put_count, &r->put_cap, key, kind, object, &r->kept);
}

static Str uid_of(const Value *object)
{
    return value_as_str(value_at(object, "metadata", "uid", NULL));
}

static void set_version(Value *object, Str version, Arena *a)
{
    Value *metadata = value_need_object(object, STR("metadata"), a);
    value_set_lit(metadata, "resourceVersion", value_str(version), a);
}

/* Is it what is stored, but for its version? */
static bool is_same(const Value *object, const StoreObject *stored, Arena *a)
{
    Value copy = value_copy(object, a);
    set_version(&copy, value_as_str(value_at(&stored->object, "metadata", "resourceVersion", NULL)),
                a);
    return value_equal(&copy, &stored->object);
}

static bool restore_one(void *context, const Value *object, Arena *a, Err *err)
{
    Restoring *r = context;
    ObjectKey key;
    uint64_t version;
    if (!place_of(object, a, &key, &version, err)) {
        return false;
    }
    Str group = kube_storage_group(key.group, key.kind);
    map_set(&r->seen, map_key(group, key.kind, key.namespace, key.name, &r->kept), r);
    const StoreObject *stored = store_find(r->store, &key);
    if (stored && is_same(object, stored, a)) {
        return true;
    }
    if (stored && !str_eq(uid_of(object), uid_of(&stored->object))) {
        delete_one(r, key, &stored->object); /* another one of that name */
        put_one(r, key, STORE_ADDED, object);
        r->counts.changed++;
        return true;
    }
    put_one(r, key, stored ? STORE_MODIFIED : STORE_ADDED, object);
    r->counts.changed += stored != NULL;
    r->counts.added += stored == NULL;
    return true;
}

static void delete_others(Restoring *r)
{
    size_t count;
    const StoreEntry *all = store_hold_all(r->store, &r->kept, &count);
    for (size_t i = 0; i < count; i++) {
        const StoreObject *o = all[i].object;
        Str place = map_key(all[i].group, all[i].kind, o->namespace, o->name, &r->kept);
        if (!map_has(&r->seen, place)) {
            delete_one(r, (ObjectKey){ all[i].group, all[i].kind, o->namespace, o->name },
                       &o->object);
            r->counts.deleted++;
        }
        store_let_go(r->store, o);
    }
}

static void commit(Restoring *r)
{
    size_t count = r->delete_count + r->put_count;
    StoreChange *changes = new(&r->kept, StoreChange, count + 1);
    uint64_t version = store_next_version(r->store);
    for (size_t i = 0; i < count; i++) {
        changes[i] = i < r->delete_count ? r->deletes[i] : r->puts[i - r->delete_count];
        changes[i].version = version + i;
        Value *object = new(&r->kept, Value, 1);
        *object = value_copy(changes[i].object, &r->kept);
        set_version(object, arena_printf(&r->kept, "%llu", (unsigned long long)changes[i].version),
                    &r->kept);
        changes[i].object = object;
    }
    if (count) {
        store_commit(r->store, changes, count);
    }
}

bool snapshot_restore(Store *s, Str path, Arena *a, SnapshotCounts *out, Err *err)
{
    SavedHead head;
    Restoring r = { .store = s };
    arena_init(&r.kept, 0);
    r.seen = map_new(&r.kept);
    bool good = saved_read(path, restore_one, &r, a, &head, err);
    if (good) {
        delete_others(&r);
        commit(&r);
        *out = r.counts;
    }
    arena_done(&r.kept);
    return good;
}
