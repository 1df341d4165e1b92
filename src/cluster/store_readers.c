/* SPDX-License-Identifier: Apache-2.0 */
/* Who reads and writes the store, and when what is gone may be freed. */
#include "cluster/store_private.h"

#include <assert.h>
#include <stdlib.h>

/* -- what is gone ------------------------------------------------------------------------------ */

void store_next_epoch(Store *s)
{
    pthread_mutex_lock(&s->leave_lock);
    s->epoch++;
    pthread_mutex_unlock(&s->leave_lock);
}

void store_retire(Store *s, StoreObject *object, const Snapshot *compiled,
                  const CustomKinds *custom)
{
    StoreRetired *r = store_need(malloc(sizeof *r));
    pthread_mutex_lock(&s->leave_lock);
    *r = (StoreRetired){ NULL, s->epoch, object, compiled, custom };
    *s->retired_end = r;
    s->retired_end = &r->next;
    pthread_mutex_unlock(&s->leave_lock);
}

void store_hold(const StoreObject *o)
{
    /* Whoever holds an object sees it already: nothing is to be ordered by this. */
    __atomic_add_fetch(&((StoreObject *)(uintptr_t)o)->holders, 1, __ATOMIC_RELAXED);
}

void store_let_go(Store *s, const StoreObject *o)
{
    StoreObject *mine = (StoreObject *)(uintptr_t)o;
    uint32_t left = __atomic_sub_fetch(&mine->holders, 1, __ATOMIC_ACQ_REL);
    assert(left < UINT32_MAX);
    if (left == 0) {
        store_retire(s, mine, NULL, NULL);
    }
}

void store_retired_free(StoreRetired *r)
{
    while (r) {
        StoreRetired *next = r->next;
        free(r->object);
        snapshot_release(r->compiled);
        custom_kinds_free(r->custom);
        free(r);
        r = next;
    }
}

/* Everything that was retired before the oldest reader came. Needs leave_lock. */
static StoreRetired *take_unseen(Store *s)
{
    uint64_t seen_from = s->oldest ? s->oldest->epoch : UINT64_MAX;
    StoreRetired *first = s->retired;
    StoreRetired **end = &s->retired;
    while (*end && (*end)->epoch < seen_from) {
        end = &(*end)->next;
    }
    StoreRetired *rest = *end;
    if (end == &s->retired) {
        return NULL;
    }
    *end = NULL;
    s->retired = rest;
    if (rest == NULL) {
        s->retired_end = &s->retired;
    }
    return first;
}

/* -- readers and writers ----------------------------------------------------------------------- */

static void enter(Store *s, StoreReader *r)
{
    pthread_mutex_lock(&s->leave_lock);
    *r = (StoreReader){ .before = s->newest, .epoch = s->epoch };
    *(s->newest ? &s->newest->after : &s->oldest) = r;
    s->newest = r;
    pthread_mutex_unlock(&s->leave_lock);
}

void store_leave(Store *s, StoreReader *r)
{
    pthread_mutex_lock(&s->leave_lock);
    *(r->before ? &r->before->after : &s->oldest) = r->after;
    *(r->after ? &r->after->before : &s->newest) = r->before;
    StoreRetired *unseen = take_unseen(s);
    pthread_mutex_unlock(&s->leave_lock);
    store_retired_free(unseen);
}

void store_read_begin(Store *s, StoreReader *r)
{
    enter(s, r);
    pthread_rwlock_rdlock(&s->lock);
}

void store_read_end(Store *s, StoreReader *r)
{
    (void)r;
    pthread_rwlock_unlock(&s->lock);
}

void store_write_begin(Store *s, StoreReader *r)
{
    enter(s, r);
    pthread_mutex_lock(&s->write_lock);
}

void store_write_end(Store *s, StoreReader *r)
{
    (void)r;
    pthread_mutex_unlock(&s->write_lock);
}
