/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what, asked of an API server by SubjectAccessReviews: for clusters whose rights do not
 * come from RBAC alone. Answers are kept as an API server keeps those of its webhook authorizer.
 *
 * A question that cannot be asked is answered with a no, which is not kept.
 *
 * Source: k8s.io/apiserver plugin/pkg/authorizer/webhook
 */
#ifndef PODGATE_SERVER_ACCESS_ACCESS_H
#define PODGATE_SERVER_ACCESS_ACCESS_H

#include "base/buf.h"
#include "decide/access.h"
#include "server/remote/remote.h"

enum {
    ACCESS_ENTRIES_MAX = 8192,
    ACCESS_ALLOWED_SECONDS = 300,
    ACCESS_DENIED_SECONDS = 30,
    ACCESS_TIMEOUT_SECONDS = 3,
};

typedef struct AccessOptions {
    Remote *remote;
    int64_t allowed_ms; /* how long an answer is kept */
    int64_t denied_ms;
    int64_t timeout_ms; /* of all that one review asks */
    size_t entries_max;
    int64_t (*now_ms)(void); /* a clock that does not jump; NULL: the system's */
} AccessOptions;

typedef struct Access Access;

/* The remote outlives it. */
Access *access_new(const AccessOptions *options);
void access_free(Access *x);
void access_write_metrics(Access *x, Buf *b);

/* -- one review, which is decided again and again until nothing is unknown --------------------- */

typedef struct AccessRound {
    AccessAsker asker; /* for the decision */
    Access *access;
    Arena *arena;
    int64_t until_ms;
    struct AccessAsked *asked; /* the last one first */
    size_t unknown;            /* of them */
} AccessRound;

/* In place: the asker points to it. */
void access_round_begin(AccessRound *r, Access *x, Arena *a);
/* Asks what is unknown, and waits for the answers: then nothing of it is unknown. */
void access_round_ask(AccessRound *r);

#endif
