/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a history: beside the one that writes it, or of a file that was left. Nothing is changed.
 */
#ifndef PODGATE_SERVER_HISTORY_READ_H
#define PODGATE_SERVER_HISTORY_READ_H

#include "base/err.h"
#include "server/history/row.h"

/* Which rows; what is absent, or 0, asks for nothing. */
typedef struct HistoryQuery {
    int64_t since_ms; /* from then on */
    int64_t until_ms; /* before then */
    bool denied;      /* refused, or an error; either is enough when both are asked for */
    bool would_refuse;
    /* Each request once: without what /mutate let pass on to /validate. */
    bool settled;
    Str namespace; /* "": of no namespace */
    Str user;
    Str subject; /* a user, a group or NAMESPACE/NAME of a service account */
    Str policy;
    Str group; /* of resource */
    Str resource;
    Str subresource;
    bool latest;   /* of each object its last decision alone */
    int64_t limit; /* the newest so many */
} HistoryQuery;

typedef struct HistoryRows {
    HistoryRow *items; /* the oldest first */
    size_t count;
    bool is_cut; /* by the limit */
} HistoryRows;

typedef struct HistoryCount {
    Str namespace;
    Str policy;
    Str plugin;
    Str result; /* as history_row_result() has it */
    int64_t count;
    int64_t last_ms;
} HistoryCount;

typedef struct HistoryCounts {
    HistoryCount *items; /* by namespace, policy, plugin, result */
    size_t count;
} HistoryCounts;

/* False for a file that is missing, damaged or no history. */
WARN_UNUSED bool history_read(Str file, const HistoryQuery *query, Arena *a, HistoryRows *out,
                              Err *err);
WARN_UNUSED bool history_count(Str file, const HistoryQuery *query, Arena *a, HistoryCounts *out,
                               Err *err);

#endif
