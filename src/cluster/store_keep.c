/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits that are to be kept before anybody hears of them: a queue of what is not kept yet, who
 * waits for it, and taking it back when it cannot be kept.
 */
#include "cluster/store_private.h"

#include <stdlib.h>

void store_keep_init(Store *s)
{
    pthread_mutex_init(&s->keep_lock, NULL);
    pthread_cond_init(&s->keep_news, NULL);
    s->pending_end = &s->pending;
}

static void let_go(Store *s, StorePending *p)
{
    store_let_go(s, p->event.object);
    if (p->event.old) {
        store_let_go(s, p->event.old);
    }
    free(p);
}

void store_keep_done(Store *s)
{
    for (StorePending *p = s->pending, *next; p; p = next) {
        next = p->next;
        let_go(s, p);
    }
    pthread_mutex_destroy(&s->keep_lock);
    pthread_cond_destroy(&s->keep_news);
}

void store_keep(Store *s, void (*wake)(void *context), void *context)
{
    s->keeps = true;
    s->keep_wake = wake;
    s->keep_context = context;
    s->kept = s->version;
}

uint64_t store_told_version(Store *s)
{
    return s->keeps ? __atomic_load_n(&s->kept, __ATOMIC_ACQUIRE) : store_version(s);
}

void store_pend(Store *s, StorePending *first, StorePending **end)
{
    pthread_mutex_lock(&s->keep_lock);
    *s->pending_end = first;
    s->pending_end = end;
    pthread_mutex_unlock(&s->keep_lock);
}

const StorePending *store_pending(Store *s, const StorePending **last)
{
    pthread_mutex_lock(&s->keep_lock);
    const StorePending *first = s->pending;
    if (first) {
        *last = (const StorePending *)((const char *)s->pending_end - offsetof(StorePending, next));
    }
    pthread_mutex_unlock(&s->keep_lock);
    return first;
}

/* -- who waits ----------------------------------------------------------------------------------
 */

/* Needs keep_lock. */
static void settle(Store *s, uint64_t up_to, StoreOutcome outcome)
{
    for (StoreWaiter **at = &s->waiters; *at;) {
        StoreWaiter *w = *at;
        if (w->version > up_to) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        w->outcome = outcome;
        if (w->wake) {
            w->wake(w->context);
        }
    }
    pthread_cond_broadcast(&s->keep_news);
}

bool store_is_kept(Store *s, StoreWaiter *w, void (*wake)(void *context), void *context)
{
    uint64_t version = store_version(s);
    *w = (StoreWaiter){
        .version = version, .outcome = STORE_KEPT, .wake = wake, .context = context
    };
    if (!s->keeps || __atomic_load_n(&s->kept, __ATOMIC_ACQUIRE) >= version) {
        return true;
    }
    pthread_mutex_lock(&s->keep_lock);
    bool kept = s->kept >= version;
    if (!kept) {
        w->outcome = STORE_WAITING;
        w->next = s->waiters;
        s->waiters = w;
    }
    pthread_mutex_unlock(&s->keep_lock);
    return kept;
}

StoreOutcome store_outcome(Store *s, const StoreWaiter *w)
{
    pthread_mutex_lock(&s->keep_lock);
    StoreOutcome outcome = w->outcome;
    pthread_mutex_unlock(&s->keep_lock);
    return outcome;
}

void store_wait_end(Store *s, StoreWaiter *w)
{
    pthread_mutex_lock(&s->keep_lock);
    for (StoreWaiter **at = &s->waiters; *at; at = &(*at)->next) {
        if (*at == w) {
            *at = w->next;
            break;
        }
    }
    pthread_mutex_unlock(&s->keep_lock);
}

StoreOutcome store_wait(Store *s, StoreWaiter *w)
{
    pthread_mutex_lock(&s->keep_lock);
    while (w->outcome == STORE_WAITING) {
        pthread_cond_wait(&s->keep_news, &s->keep_lock);
    }
    StoreOutcome outcome = w->outcome;
    pthread_mutex_unlock(&s->keep_lock);
    return outcome;
}

/* -- kept, or not --------------------------------------------------------------------------------
 */

void store_kept(Store *s, const StorePending *last)
{
    uint64_t version = last->event.version;
    pthread_mutex_lock(&s->keep_lock);
    StorePending *first = s->pending;
    StorePending *end = (StorePending *)(uintptr_t)last;
    s->pending = end->next;
    if (s->pending == NULL) {
        s->pending_end = &s->pending;
    }
    end->next = NULL;
    __atomic_store_n(&s->kept, version, __ATOMIC_RELEASE);
    settle(s, version, STORE_KEPT);
    pthread_mutex_unlock(&s->keep_lock);
    StoreKind *woken = NULL;
    for (StorePending *p = first, *next; p; p = next) {
        next = p->next;
        if (p->where != woken) {
            woken = p->where;
            store_watches_wake(woken);
        }
        let_go(s, p);
    }
}

/* Latest first. */
static StorePending *reversed(StorePending *p)
{
    StorePending *out = NULL;
    while (p) {
        StorePending *next = p->next;
        p->next = out;
        out = p;
        p = next;
    }
    return out;
}

static void undo(Store *s, const StorePending *p)
{
    const StoreEvent *e = &p->event;
    ObjectKey key = { p->group, p->kind, e->object->namespace, e->object->name };
    StoreObject *gone = e->old ? store_put(s, p->where, (StoreObject *)(uintptr_t)e->old)
                               : store_take(s, p->where, &key);
    if (gone) {
        s->object_bytes -= gone->bytes;
        store_let_go(s, gone);
    }
    store_history_drop(s, p->where, e->version);
    p->where->all_is_current = false;
}

Str store_trouble(Store *s, Arena *a)
{
    char text[sizeof s->trouble];
    pthread_mutex_lock(&s->keep_lock);
    memcpy(text, s->trouble, sizeof text);
    pthread_mutex_unlock(&s->keep_lock);
    return arena_str(a, str_from_c(text));
}

void store_take_back(Store *s, Str why)
{
    pthread_mutex_lock(&s->write_lock);
    pthread_rwlock_wrlock(&s->lock);
    pthread_mutex_lock(&s->keep_lock);
    size_t len = why.len < sizeof s->trouble ? why.len : sizeof s->trouble - 1;
    memcpy(s->trouble, len ? why.ptr : "", len);
    s->trouble[len] = '\0';
    StorePending *p = reversed(s->pending);
    s->pending = NULL;
    s->pending_end = &s->pending;
    bool compiles = false;
    for (StorePending *next; p; p = next) {
        next = p->next;
        undo(s, p);
        compiles |= p->where->is_compiled || p->where->is_definition;
        let_go(s, p);
    }
    if (compiles) {
        store_compile_all(s);
    }
    __atomic_store_n(&s->version, s->kept, __ATOMIC_RELEASE);
    store_next_epoch(s);
    settle(s, UINT64_MAX, STORE_TAKEN_BACK);
    pthread_mutex_unlock(&s->keep_lock);
    STORE_EACH_KIND(k, s)
    {
        store_watches_expire(k);
    }
    pthread_rwlock_unlock(&s->lock);
    pthread_mutex_unlock(&s->write_lock);
}
