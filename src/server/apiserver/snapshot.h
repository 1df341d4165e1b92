/* SPDX-License-Identifier: Apache-2.0 */
/* The whole cluster as a file (cluster/saved.h): sent, taken back, started from. */
#ifndef PODGATE_SERVER_APISERVER_SNAPSHOT_H
#define PODGATE_SERVER_APISERVER_SNAPSHOT_H

#include "server/apiserver/private.h"

/* Makes the response a stream of it. Needs the store held for reading. */
WARN_UNUSED bool snapshot_send(ApiServer *s, Arena *a, HttpResponse *out, Err *err);

typedef struct SnapshotCounts {
    size_t added;
    size_t changed;
    size_t deleted;
} SnapshotCounts;

/* Makes everything as it was in the file, in one commit: objects that are as they were are left
 * alone, what is written gets versions of now. Needs store_write_begin(). */
WARN_UNUSED bool snapshot_restore(Store *s, Str path, Arena *a, SnapshotCounts *out, Err *err);

/* Fills an empty store, versions and all. */
WARN_UNUSED bool snapshot_load(Store *s, Str path, Arena *a, Err *err);

/* A name that a snapshot may have. */
bool snapshot_is_name(Str name);

#endif
