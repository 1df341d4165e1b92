/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the comparison share. */
#ifndef PODGATE_ANALYZE_DIFF_PRIVATE_H
#define PODGATE_ANALYZE_DIFF_PRIVATE_H

#include "analyze/diff/diff.h"
#include "base/map.h"

/* The annotation of a Secret that was copied without its values (analyze/copy). */
#define DIFF_REDACTED "podgate.io/redacted"

typedef struct DiffFields {
    Arena *arena;
    DiffField *items;
    size_t count;
    size_t cap;
    bool all_fields;
    bool hides;         /* a Secret: its values are not shown */
    bool has_no_values; /* nor compared, as one side is a copy without them */
    bool has_no_keys;   /* nor which there are: tokens are made anew */
} DiffFields;

/* The fields in which two objects differ. */
void diff_fields(DiffFields *f, const Value *before, const Value *after);

/* Is it left out unless all fields are asked for? keys are in brackets: "metadata.labels[a]". */
bool diff_is_noise(Str path);

#endif
