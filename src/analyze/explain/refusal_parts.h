/* SPDX-License-Identifier: Apache-2.0 */
/* The lists that stand in refusals. */
#ifndef PODGATE_ANALYZE_EXPLAIN_REFUSAL_PARTS_H
#define PODGATE_ANALYZE_EXPLAIN_REFUSAL_PARTS_H

#include "analyze/explain/refusal.h"

typedef struct RefusalPoints {
    RefusalPoint *items;
    size_t count;
    size_t cap;
    Arena *arena;
} RefusalPoints;

void refusal_add_point(RefusalPoints *points, RefusalPoint point);
/* The offset after a string in double quotes that starts at `at`; the end where it is not closed.
 */
size_t refusal_quoted_end(Str text, size_t at);

/* `a: Invalid value: 1: x b: Forbidden: y`, with or without commas. */
void refusal_field_errors(Str list, RefusalPoints *points);
/* `reason (detail), reason (detail)` */
void refusal_reasons(Str list, Str level, RefusalPoints *points);
/* `maximum cpu usage per Pod is 1, but limit is 2`, several as `[a, b]`. */
bool refusal_is_limit(Str why);
void refusal_limits(Str why, RefusalPoints *points);
/* `requested: pods=1, used: pods=0, limited: pods=0` */
void refusal_amounts(Str text, Arena *a, Refusal *out);

#endif
