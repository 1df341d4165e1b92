/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times and how long ago they were, as tables show them.
 *
 * Source: k8s.io/apimachinery pkg/util/duration (HumanDuration).
 */
#ifndef PODGATE_SERVER_TABLE_AGE_H
#define PODGATE_SERVER_TABLE_AGE_H

#include "base/arena.h"

/* RFC 3339 into unix seconds, a fraction cut off. False for anything else. */
WARN_UNUSED bool age_parse_time(Str text, int64_t *out);
/* "5s", "3m20s", "47h", "2d3h", "2y41d"; "<invalid>" when it lies more than a second ahead. */
Str age_of_seconds(int64_t seconds, Arena *a);
/* How long ago; "<unknown>" for the zero time and for what is no time. */
Str age_since(Str time, int64_t now, Arena *a);

#endif
