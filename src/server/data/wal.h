/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the log of the database (podgate.db-wal) is whole as far as it was acknowledged. */
#ifndef PODGATE_SERVER_DATA_WAL_H
#define PODGATE_SERVER_DATA_WAL_H

#include "base/err.h"

/* SQLite takes a log up to the first frame that is not right, and says nothing of those after it: a
 * crash ends in such a frame. But each transaction waits for the one before to be on the disk, so
 * after that frame there is at most one more that ends a transaction. When there are two, what is
 * between was acknowledged, and is damaged. False then. True when there is no log. */
WARN_UNUSED bool wal_is_whole(const char *path, Arena *a, Err *err);

#endif
