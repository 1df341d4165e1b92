/* SPDX-License-Identifier: Apache-2.0 */
/* A table of fixed size: chains by digest, and a list by last use. Slots are numbered; 0 is none.
 */
#include "server/access/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct Slot {
    AccessKey key;
    int64_t until_ms;
    uint32_t chain; /* the next of its bucket, or of the free ones */
    uint32_t older;
    uint32_t newer;
    bool allowed;
} Slot;

struct AccessCache {
    pthread_mutex_t lock;
    Slot *slots; /* from 1 */
    uint32_t *buckets;
    size_t slot_max;
    size_t bucket_mask;
    size_t used; /* slots that were ever taken */
    size_t count;
    uint32_t free;
    uint32_t newest;
    uint32_t oldest;
};

AccessCache *access_cache_new(size_t entries_max)
{
    AccessCache *c = calloc(1, sizeof(*c));
    size_t buckets = 1;
    while (buckets < entries_max) {
        buckets *= 2;
    }
    /* What is not used takes no memory. */
    Slot *slots = calloc(entries_max + 1, sizeof(*slots));
    uint32_t *heads = calloc(buckets, sizeof(*heads));
    if (!c || !slots || !heads) {
        abort(); /* as an arena does when the system has no memory */
    }
    pthread_mutex_init(&c->lock, NULL);
    c->slots = slots;
    c->buckets = heads;
    c->slot_max = entries_max;
    c->bucket_mask = buckets - 1;
    return c;
}

void access_cache_free(AccessCache *c)
{
    if (c) {
        pthread_mutex_destroy(&c->lock);
        free(c->slots);
        free(c->buckets);
        free(c);
    }
}

static uint32_t *bucket_of(const AccessCache *c, const AccessKey *key)
{
    uint64_t h;
    memcpy(&h, key->digest, sizeof(h));
    return &c->buckets[h & c->bucket_mask];
}

static uint32_t find(const AccessCache *c, const AccessKey *key)
{
    uint32_t at = *bucket_of(c, key);
    while (at && memcmp(&c->slots[at].key, key, sizeof(*key)) != 0) {
        at = c->slots[at].chain;
    }
    return at;
}

/* -- by last use ------------------------------------------------------------------------------- */

static void list_remove(AccessCache *c, uint32_t at)
{
    const Slot *s = &c->slots[at];
    *(s->newer ? &c->slots[s->newer].older : &c->newest) = s->older;
    *(s->older ? &c->slots[s->older].newer : &c->oldest) = s->newer;
}

static void list_add_newest(AccessCache *c, uint32_t at)
{
    Slot *s = &c->slots[at];
    s->newer = 0;
    s->older = c->newest;
    *(c->newest ? &c->slots[c->newest].newer : &c->oldest) = at;
    c->newest = at;
}

/* -- entries ----------------------------------------------------------------------------------- */

static void drop(AccessCache *c, uint32_t at)
{
    Slot *s = &c->slots[at];
    uint32_t *link = bucket_of(c, &s->key);
    while (*link != at) {
        link = &c->slots[*link].chain;
    }
    *link = s->chain;
    list_remove(c, at);
    s->chain = c->free;
    c->free = at;
    c->count--;
}

static uint32_t take(AccessCache *c)
{
    if (!c->free && c->used == c->slot_max) {
        drop(c, c->oldest);
    }
    uint32_t at = c->free;
    if (at) {
        c->free = c->slots[at].chain;
    } else {
        at = (uint32_t)++c->used;
    }
    c->count++;
    return at;
}

bool access_cache_get(AccessCache *c, const AccessKey *key, int64_t now_ms, bool *allowed)
{
    pthread_mutex_lock(&c->lock);
    uint32_t at = find(c, key);
    bool found = at && now_ms < c->slots[at].until_ms;
    if (found) {
        *allowed = c->slots[at].allowed;
        list_remove(c, at);
        list_add_newest(c, at);
    } else if (at) {
        drop(c, at);
    }
    pthread_mutex_unlock(&c->lock);
    return found;
}

void access_cache_put(AccessCache *c, const AccessKey *key, bool allowed, int64_t now_ms,
                      int64_t until_ms)
{
    pthread_mutex_lock(&c->lock);
    uint32_t at = find(c, key);
    if (at) {
        drop(c, at);
    }
    if (until_ms > now_ms) {
        at = take(c);
        uint32_t *bucket = bucket_of(c, key);
        c->slots[at] =
            (Slot){ .key = *key, .until_ms = until_ms, .chain = *bucket, .allowed = allowed };
        *bucket = at;
        list_add_newest(c, at);
    }
    pthread_mutex_unlock(&c->lock);
}

size_t access_cache_count(AccessCache *c)
{
    pthread_mutex_lock(&c->lock);
    size_t count = c->count;
    pthread_mutex_unlock(&c->lock);
    return count;
}
