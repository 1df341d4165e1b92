/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An operation that failed: reading, parsing, a malformed document. A function that can fail
 * returns bool: true leaves *err alone, false fills it and leaves its outputs alone.
 *
 * A verdict ("denied") is a result and no Err; see decide/.
 */
#ifndef PODGATE_BASE_ERR_H
#define PODGATE_BASE_ERR_H

#include "base/arena.h"

typedef enum ErrCode {
    ERR_NONE,
    ERR_IO,          /* the system refused: unreadable, missing, closed */
    ERR_SYNTAX,      /* not a document of the format */
    ERR_TYPE,        /* a field has a value of the wrong type */
    ERR_LIMIT,       /* larger, deeper or longer than allowed */
    ERR_DUPLICATE,   /* the same key or object twice */
    ERR_UNSUPPORTED, /* well formed, and not known here */
    ERR_NOT_FOUND,
    ERR_CONFLICT,
    ERR_USAGE, /* the call is wrong */
} ErrCode;

typedef struct Err {
    ErrCode code;
    Str msg; /* in the arena given to the function that failed, or a literal */
} Err;

/* Fills *err (when not NULL) and returns false, for `return err_set(...)`. */
bool err_set(Err *err, Arena *a, ErrCode code, const char *format, ...) PRINTF_LIKE(4, 5);
/* Puts "context: " before the message and returns false. */
bool err_context(Err *err, Arena *a, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
