/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much a document may ask of its reader. Everything that input can make grow has a limit
 * here; passing it is an Err with ERR_LIMIT that names the limit.
 */
#ifndef PODGATE_DOC_LIMITS_H
#define PODGATE_DOC_LIMITS_H

#include "base/err.h"

typedef struct DocLimits {
    size_t bytes_max;   /* of source text; never above UINT32_MAX */
    uint32_t depth_max; /* arrays and objects inside each other; never above DOC_DEPTH_MAX */
    size_t
        alias_nodes_max; /* values that YAML aliases and merge keys may stand for, all together */
    uint32_t list_max;   /* items of an array, members of an object */
    /* A key given twice: refused, or (as the API server's own decoder has it) the last one counts.
     * For JSON only; YAML always refuses. */
    bool last_key_wins;
} DocLimits;

/* What depth_max is cut to: recursion over a tree stays within a small stack. */
enum { DOC_DEPTH_MAX = 1000 };

/* For files that a person or a dump hands us. */
extern const DocLimits doc_limits_default;
/* For what comes over a wire: the API server's own limit of 3 MiB a body, duplicates refused. */
extern const DocLimits doc_limits_request;

/* False, with a message, when a text of len bytes is too large. */
WARN_UNUSED bool doc_check_size(Str name, size_t len, const DocLimits *limits, Arena *a, Err *err);
/* False, with a message, when a text starts as UTF-16 or UTF-32 does. */
WARN_UNUSED bool doc_check_encoding(Str name, Str text, Arena *a, Err *err);

#endif
