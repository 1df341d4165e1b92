/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether somebody may do something, asked of an authorizer that is not among the facts: that of a
 * cluster whose rights do not come from RBAC alone.
 *
 * As with webhooks (ask.h) a decision does not wait for the answer: it asks all that it can use an
 * answer to, ends without a verdict, and is made again from the start with the answers at hand.
 */
#ifndef PODGATE_DECIDE_ACCESS_H
#define PODGATE_DECIDE_ACCESS_H

#include "decide/facts.h"

typedef struct AccessQuestion {
    const UserInfo *user;
    Str verb;
    Str group; /* "" for the core group */
    Str resource;
    Str name;
    Str namespace; /* "" for cluster-scoped resources */
} AccessQuestion;

typedef enum AccessAnswer {
    ACCESS_UNKNOWN, /* not yet */
    ACCESS_ALLOWED,
    ACCESS_DENIED, /* or nobody could say: an API server takes that for a no, too */
} AccessAnswer;

typedef struct AccessAsker {
    void *context;
    Str problem; /* why somebody could not be asked; absent when all could */
    AccessAnswer (*ask)(void *context, const AccessQuestion *question);
} AccessAsker;

#endif
