/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time zones of the machine's tz database: how far from UTC the clocks of a place are at a time.
 * Where there is none (no package tzdata), UTC alone is known.
 */
#ifndef PODGATE_SERVER_CONTROLLERS_TIME_ZONE_H
#define PODGATE_SERVER_CONTROLLERS_TIME_ZONE_H

#include "base/arena.h"

typedef struct TimeZone TimeZone;

/* In the arena; NULL when it is not known, or its file is no such. */
const TimeZone *time_zone_load(Str name, Arena *a);
/* The same out of what is in a file of the database (RFC 8536). */
const TimeZone *time_zone_read(Str bytes, Arena *a);
/* Seconds that are added to UTC at a unix time. zone: const TimeZone *, NULL for UTC. */
int64_t time_zone_offset(const void *zone, int64_t at);

#endif
