/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that only somebody outside can answer: webhooks. A decision does no I/O, so it asks for
 * an answer that may not be there yet; then it waits: it ends without a verdict, and whoever called
 * it has the question asked and decides again from the start, with the answer at hand.
 *
 * So a question must come out the same each time: what is random in it derives from the seed.
 */
#ifndef PODGATE_DECIDE_ASK_H
#define PODGATE_DECIDE_ASK_H

#include "doc/value.h"

typedef enum AskKind { ASK_ADMIT, ASK_VALIDATE, ASK_CONVERT } AskKind;

typedef struct Ask {
    AskKind kind;
    Str name;            /* of the webhook, for who counts them */
    Str operation;       /* "CREATE"; or empty */
    const Value *client; /* its clientConfig: url or service, caBundle */
    Str body;            /* JSON to be posted */
    int64_t timeout_seconds;
} Ask;

typedef struct Answer {
    Str error;  /* why there is none, in the words of Go's HTTP client; absent when there is one */
    int status; /* of HTTP */
    Str content_type;
    Str body;
    int64_t took_micros;
} Answer;

typedef struct Asker {
    void *context;
    uint64_t seed;
    /* NULL: not known yet. Who asks may ask more that does not depend on the answer, and then
     * stops. */
    const Answer *(*ask)(void *context, const Ask *ask);
} Asker;

#endif
