/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publishing with read-copy-update. A reader holds the read side only to count its reference: what
 * it got may then be used for as long as it likes without keeping the publisher waiting.
 */
#include "server/webhook/published.h"

#include <stdlib.h>
#include <urcu-bp.h>

struct Published {
    PublishedKind kind;
    void *current; /* never changed through this: the macros of rcu take no const */
};

Published *published_new(PublishedKind kind)
{
    Published *p = calloc(1, sizeof(*p));
    if (!p) {
        abort(); /* as an arena does when the system has no memory */
    }
    p->kind = kind;
    return p;
}

void published_free(Published *p)
{
    if (p) {
        published_release(p, p->current);
        free(p);
    }
}

void published_set(Published *p, const void *it)
{
    const void *before = rcu_xchg_pointer(&p->current, (void *)(uintptr_t)it);
    synchronize_rcu();
    published_release(p, before);
}

const void *published_acquire(Published *p)
{
    rcu_read_lock();
    const void *it = rcu_dereference(p->current);
    if (it) {
        p->kind.acquire(it);
    }
    rcu_read_unlock();
    return it;
}

void published_release(Published *p, const void *it)
{
    if (it) {
        p->kind.release(it);
    }
}
