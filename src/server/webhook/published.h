/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Something that decisions are made from now, and that is replaced while they are made. One thread
 * publishes the next; those that decide never wait for it, and keep what they began with until they
 * are done.
 */
#ifndef PODGATE_SERVER_WEBHOOK_PUBLISHED_H
#define PODGATE_SERVER_WEBHOOK_PUBLISHED_H

typedef struct Published Published;

/* How references to what is published are counted; NULL is never given to them. */
typedef struct PublishedKind {
    void (*acquire)(const void *it);
    void (*release)(const void *it);
} PublishedKind;

Published *published_new(PublishedKind kind);
/* Nobody reads any more. NULL is allowed. */
void published_free(Published *p);

/* Takes the caller's reference. Returns once nobody can begin with the one before. One thread at a
 * time. */
void published_set(Published *p, const void *it);
/* The latest, NULL before the first; to be given back. */
const void *published_acquire(Published *p);
/* NULL is allowed. */
void published_release(Published *p, const void *it);

#endif
