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
    const void *current; /* by the compiler's atomics, which thread sanitizers see through too */
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
    const void *before = __atomic_exchange_n(&p->current, it, __ATOMIC_SEQ_CST);
    synchronize_rcu();
    published_release(p, before);
}

const void *published_acquire(Published *p)
{
    rcu_read_lock();
    const void *it = __atomic_load_n(&p->current, __ATOMIC_SEQ_CST);
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
