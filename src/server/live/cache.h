/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A live state in a file, for a start while the cluster cannot be reached.
 *
 * One JSON object a line, after a line that says what it is: {"podgateCache":1,"of":"https://...",
 * "time":...,"objects":N}; the last line is {"fnv64":"..."} over all before it. A file that is cut
 * off or changed is not used.
 */
#ifndef PODGATE_SERVER_LIVE_CACHE_H
#define PODGATE_SERVER_LIVE_CACHE_H

#include "cluster/live_state.h"

/* Written beside and renamed. of: what it is of, a cluster. now: unix seconds. */
WARN_UNUSED bool cache_write(Str path, Str of, const LiveState *s, int64_t now, Arena *a, Err *err);
/* Puts all into the state; checked as a whole before the first. One of something else is refused.
 */
WARN_UNUSED bool cache_read(Str path, Str of, int64_t now, int64_t seconds_max, LiveState *s,
                            int64_t *written, Arena *a, Err *err);

#endif
