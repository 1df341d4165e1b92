/* SPDX-License-Identifier: Apache-2.0 */
/* An audit log, read for what it tells and parsed alone. */
#ifndef PODGATE_BENCH_LOGS_H
#define PODGATE_BENCH_LOGS_H

#include "base/arena.h"

/* So many lines, as an API server writes them at level Metadata, of 20 namespaces. */
Str logs_make(Arena *a, int lines);
/* Each returns something of the result. */
uint64_t logs_parse(Str log); /* yyjson alone, line by line */
uint64_t logs_events(Str log);
uint64_t logs_roles(Str log);

#endif
