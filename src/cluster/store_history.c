/* SPDX-License-Identifier: Apache-2.0 */
/* What happened lately to the objects of a kind, and who follows it. */
#include "cluster/store_private.h"

#include <assert.h>
#include <stdlib.h>

enum { EVENTS_MIN = 16, EVENTS_MAX = 1 << 18 };

static StoreEvent *event_at(const StoreHistory *h, uint64_t number)
{
    return &h->events[number & (h->cap - 1)];
}

/* What is kept only because the event is. */
static size_t event_bytes(const StoreEvent *e)
{
    size_t bytes = sizeof *e;
    bytes += e->old ? e->old->bytes : 0;
    return bytes + (e->kind == STORE_DELETED ? e->object->bytes : 0);
}

static void forget_oldest(Store *s, StoreHistory *h)
{
    StoreEvent *e = event_at(h, h->first);
    h->bytes -= event_bytes(e);
    h->forgotten = e->version;
    h->first++;
    store_let_go(s, e->object);
    if (e->old) {
        store_let_go(s, e->old);
    }
}

static void grow(StoreHistory *h)
{
    size_t cap = h->cap ? h->cap * 2 : EVENTS_MIN;
    StoreEvent *events = store_need(malloc(cap * sizeof *events));
    for (uint64_t n = h->first; n < h->next; n++) {
        events[n & (cap - 1)] = *event_at(h, n);
    }
    free(h->events);
    h->events = events;
    h->cap = cap;
}

void store_history_add(Store *s, StoreKind *k, const StoreEvent *event)
{
    StoreHistory *h = &k->history;
    size_t bytes = event_bytes(event);
    while (h->first < h->next &&
           (h->bytes + bytes > s->history_bytes_max || h->next - h->first >= EVENTS_MAX)) {
        forget_oldest(s, h);
    }
    if (h->next - h->first == h->cap) {
        grow(h);
    }
    *event_at(h, h->next) = *event;
    h->next++;
    h->bytes += bytes;
    store_hold(event->object);
    if (event->old) {
        store_hold(event->old);
    }
}

void store_history_drop(Store *s, StoreKind *k, uint64_t version)
{
    StoreHistory *h = &k->history;
    if (h->next == h->first || event_at(h, h->next - 1)->version != version) {
        return; /* so much was written that it was forgotten already */
    }
    StoreEvent *e = event_at(h, h->next - 1);
    h->bytes -= event_bytes(e);
    h->next--;
    store_let_go(s, e->object);
    if (e->old) {
        store_let_go(s, e->old);
    }
    pthread_mutex_lock(&k->watches_lock);
    for (StoreWatch *w = k->watches; w; w = w->after) {
        if (w->next > h->next) {
            w->next = h->next; /* it began after that event, which it had not heard of */
        }
    }
    pthread_mutex_unlock(&k->watches_lock);
}

void store_history_done(Store *s, StoreKind *k)
{
    while (k->history.first < k->history.next) {
        forget_oldest(s, &k->history);
    }
    free(k->history.events);
}

/* -- watches --------------------------------------------------------------------------------------
 */

/* The number of the first event after a version. */
static uint64_t first_after(const StoreHistory *h, uint64_t version)
{
    uint64_t low = h->first, high = h->next;
    while (low < high) {
        uint64_t mid = low + (high - low) / 2;
        if (event_at(h, mid)->version <= version) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

StoreWatch *store_watch_open(Store *s, Str group, Str kind, uint64_t after,
                             void (*wake)(void *context), void *context)
{
    StoreKind *k = store_kind_need(s, group, kind);
    StoreWatch *w = store_need(calloc(1, sizeof *w));
    *w = (StoreWatch){ .store = s, .kind = k, .version = after, .wake = wake, .context = context };
    w->expired = after < k->history.forgotten;
    w->next = first_after(&k->history, after);
    pthread_mutex_lock(&k->watches_lock);
    w->after = k->watches;
    if (w->after) {
        w->after->before = w;
    }
    k->watches = w;
    pthread_mutex_unlock(&k->watches_lock);
    return w;
}

void store_watch_close(StoreWatch *w)
{
    if (w == NULL) {
        return;
    }
    pthread_mutex_lock(&w->kind->watches_lock);
    *(w->before ? &w->before->after : &w->kind->watches) = w->after;
    if (w->after) {
        w->after->before = w->before;
    }
    pthread_mutex_unlock(&w->kind->watches_lock);
    free(w);
}

void store_watch_reads_ahead(StoreWatch *w)
{
    w->reads_ahead = true;
}

void store_watches_expire(StoreKind *k)
{
    pthread_mutex_lock(&k->watches_lock);
    for (StoreWatch *w = k->watches; w; w = w->after) {
        if (w->reads_ahead) {
            w->expired = true;
            w->wake(w->context);
        }
    }
    pthread_mutex_unlock(&k->watches_lock);
}

StoreWatchNext store_watch_next(StoreWatch *w, StoreEvent *out)
{
    const StoreHistory *h = &w->kind->history;
    if (w->expired || w->next < h->first) {
        return STORE_WATCH_EXPIRED;
    }
    /* A version of the future: nothing up to it is of interest. */
    while (w->next < h->next && event_at(h, w->next)->version <= w->version) {
        w->next++;
    }
    if (w->next >= h->next || event_at(h, w->next)->version > store_told_version(w->store)) {
        return STORE_WATCH_NONE;
    }
    *out = *event_at(h, w->next);
    w->next++;
    w->version = out->version;
    return STORE_WATCH_EVENT;
}

uint64_t store_watch_version(const StoreWatch *w)
{
    const StoreHistory *h = &w->kind->history;
    uint64_t version = store_told_version(w->store);
    bool has_all = w->next >= h->next || event_at(h, w->next)->version > version;
    return has_all && version > w->version ? version : w->version;
}

bool store_events_since(Store *s, Str group, Str kind, uint64_t after, Arena *a,
                        const StoreEvent **out, size_t *count)
{
    const StoreKind *k = store_kind_find(s, group, kind);
    *out = NULL;
    *count = 0;
    if (k == NULL) {
        return after >= s->first_version;
    }
    const StoreHistory *h = &k->history;
    if (after < h->forgotten) {
        return false;
    }
    uint64_t first = first_after(h, after);
    *count = (size_t)(h->next - first);
    StoreEvent *events = new(a, StoreEvent, *count + 1);
    for (size_t i = 0; i < *count; i++) {
        events[i] = *event_at(h, first + i);
    }
    *out = events;
    return true;
}

uint64_t store_oldest_version(Store *s, Str group, Str kind)
{
    const StoreKind *k = store_kind_find(s, group, kind);
    return k ? k->history.forgotten : s->first_version;
}

void store_watches_wake(StoreKind *k)
{
    pthread_mutex_lock(&k->watches_lock);
    for (StoreWatch *w = k->watches; w; w = w->after) {
        w->wake(w->context);
    }
    pthread_mutex_unlock(&k->watches_lock);
}
