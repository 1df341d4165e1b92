/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's clock: that of the machine, and so much later (or earlier) as it was told. All that
 * it does goes by it: what it writes into objects, what ends, what its controllers wait for. Only
 * what connections wait for (the end of a watch) goes by the machine's.
 */
#ifndef PODGATE_SERVER_APISERVER_CLOCK_H
#define PODGATE_SERVER_APISERVER_CLOCK_H

#include "base/err.h"

/* The key under which --data keeps by how many seconds the clock differs. */
#define APISERVER_DATA_CLOCK "clock-offset"

/* "2030-01-02T03:04:05Z", or how much later than now: "+1h30m", "+2d". Seconds, in years from 1970
 * to 2299. */
WARN_UNUSED bool clock_read(Str text, int64_t now, Arena *a, int64_t *out, Err *err);
/* "2030-01-02T03:04:05Z" */
Str clock_text(int64_t seconds, Arena *a);

#endif
