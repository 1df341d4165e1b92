/* SPDX-License-Identifier: Apache-2.0 */
/* Times of logs: read, and put into hours, days and weeks of UTC. */
#ifndef PODGATE_ANALYZE_AUDIT_WHEN_H
#define PODGATE_ANALYZE_AUDIT_WHEN_H

#include "base/arena.h"

typedef enum WhenStep { WHEN_HOUR, WHEN_DAY, WHEN_WEEK } WhenStep;

/* RFC 3339, with any fraction and offset ("2018-10-15T13:20:21.123456789+02:00"), into seconds
 * since 1970. False for anything else. */
WARN_UNUSED bool when_read(Str text, int64_t *seconds);
/* Where the hour, the day or the week (from Monday on) of a time starts. */
int64_t when_start(int64_t seconds, WhenStep step);
/* "2018-10-15 13:00" for hours; the day for days and weeks */
Str when_step_text(int64_t start, WhenStep step, Arena *a);
/* "2018-10-15T11:20:21Z" */
Str when_text(int64_t seconds, Arena *a);

#endif
