/* SPDX-License-Identifier: Apache-2.0 */
/* Bounding how many updaters an object remembers. */
#include "kube/managed/versions.h"

#include <stdlib.h>

enum { UPDATERS_MAX = 10 };

static Str time_of(const ManagedEntry *e)
{
    Str time = value_as_str(e->time);
    return time.ptr ? time : STR("1970-01-01T00:00:00Z");
}

static int by_time_and_id(const void *x, const void *y)
{
    const ManagedEntry *a = *(const ManagedEntry *const *)x;
    const ManagedEntry *b = *(const ManagedEntry *const *)y;
    int c = str_cmp(time_of(a), time_of(b));
    return c ? c : str_cmp(a->id, b->id);
}

/* The oldest of a version stays under its own name until a second one joins it. */
static void merge_into_bucket(ManagedEntries *entries, ManagedEntry *first, ManagedEntry *e)
{
    ManagedEntry like = { .manager = STR("ancient-changes"),
                          .operation = STR("Update"),
                          .api_version = e->api_version };
    like.id = managed_entry_id(&like, entries->arena);
    ManagedEntry *bucket = managed_entries_find(entries, like.id);
    if (!bucket) {
        bucket = managed_entries_at(entries, &like);
        bucket->set = first->set;
        first->is_gone = true;
    }
    bucket->set = field_set_union(e->set, bucket->set, entries->arena);
    bucket->source = NULL;
    bucket->time = e->time;
    e->is_gone = true; /* even when it is the bucket itself: so does the API server */
}

void managed_entries_cap(ManagedEntries *entries)
{
    ManagedEntry **updaters = arena_alloc(entries->arena, entries->by_id.count * sizeof(*updaters));
    size_t count = 0;
    MANAGED_EACH_ENTRY(e, entries) {
        if (!managed_entry_is_apply(e)) {
            updaters[count++] = e;
        }
    }
    if (count <= UPDATERS_MAX) {
        return;
    }
    qsort(updaters, count, sizeof(*updaters), by_time_and_id);
    Map firsts = map_new(entries->arena); /* the oldest entry of each version */
    size_t left = count;
    for (size_t i = 0; i < count && left > UPDATERS_MAX; i++) {
        void **first = map_at(&firsts, updaters[i]->api_version);
        if (*first) {
            merge_into_bucket(entries, *first, updaters[i]);
            left--;
        } else {
            *first = updaters[i];
        }
    }
}
