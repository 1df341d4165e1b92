/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of JSON that API servers up to 1.22 use, as far as its messages go: it reads on after
 * an error, from wherever it stands, and the fields it passes on the way out are in the message.
 *
 * Only the first error counts; what is read after it moves the place and nothing else.
 *
 * Source: github.com/json-iterator/go 1.1.10.
 */
#ifndef PODGATE_KUBE_GOTEXT_GO_ITER_H
#define PODGATE_KUBE_GOTEXT_GO_ITER_H

#include "base/buf.h"

/* What was put before the message, the newest first. */
typedef struct GoPrefix {
    struct GoPrefix *before; /* what was there when it came */
    Str parts[2];
} GoPrefix;

typedef enum GoIterState {
    GO_ITER_FINE,
    GO_ITER_END, /* read beyond the end: no error by itself */
    GO_ITER_FAILED,
} GoIterState;

typedef struct GoIter {
    Str text;
    size_t at;
    int depth; /* of values that are skipped */
    GoIterState state;
    Str message;
    GoPrefix *prefixes;
    Arena *arena;
} GoIter;

/* -- bytes ------------------------------------------------------------------------------------- */

/* The next byte that is no white space; 0 at the end. */
uint8_t go_iter_token(GoIter *i);
uint8_t go_iter_byte(GoIter *i);
/* Goes back a byte, but not after an error. */
void go_iter_unread(GoIter *i);

/* -- errors ------------------------------------------------------------------------------------ */

/* The first error: "operation: message", and where it was found. */
void go_iter_fail(GoIter *i, const char *operation, Str message);
void go_iter_fail_found(GoIter *i, const char *operation, const char *expected, uint8_t found);
/* Puts first and second before the message of an error, if there is one. */
void go_iter_prefix(GoIter *i, Str first, Str second);
/* The message with all that was put before it. */
Str go_iter_message(const GoIter *i);

/* -- values ------------------------------------------------------------------------------------ */

/* null, true, false after their first letter */
void go_iter_literal(GoIter *i, const char *rest);
/* Takes a null; false and nothing taken when there is none. */
bool go_iter_null(GoIter *i);
void go_iter_bool(GoIter *i);
Str go_iter_string(GoIter *i);
/* The rest of a string from a backslash on. */
Str go_iter_string_slow(GoIter *i);
void go_iter_int32(GoIter *i);
void go_iter_int64(GoIter *i);
void go_iter_uint8(GoIter *i);
/* The name of a member and its colon; absent on an error. */
Str go_iter_field(GoIter *i);
/* { and more than }; false for {}, null and errors */
bool go_iter_object_start(GoIter *i);
bool go_iter_object_end(GoIter *i);
/* Passes over a value. */
void go_iter_skip(GoIter *i);

#endif
