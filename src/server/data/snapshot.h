/* SPDX-License-Identifier: Apache-2.0 */
/* A whole store in a file (cluster/saved.h), and out of it. */
#ifndef PODGATE_SERVER_DATA_SNAPSHOT_H
#define PODGATE_SERVER_DATA_SNAPSHOT_H

#include "cluster/saved.h"
#include "cluster/store.h"

/* Everything, each object held, in the order of files: by group, kind and place. Needs
 * store_read_begin(). */
const StoreEntry *snapshot_entries(Store *s, Arena *a, size_t *count);

/* Writes all of a store that nobody else uses to an open file. */
WARN_UNUSED bool snapshot_write(Store *s, const SavedHead *head, int fd, Arena *a, Err *err);

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

/* "2021-02-03T04:05:06Z", now. */
Str snapshot_time(Arena *a);

#endif
