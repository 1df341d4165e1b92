/* SPDX-License-Identifier: Apache-2.0 */
/* One decision as the history keeps it. */
#ifndef PODGATE_SERVER_HISTORY_ROW_H
#define PODGATE_SERVER_HISTORY_ROW_H

#include "server/webhook/review.h"

/* In the order of the columns. */
typedef enum HistoryText {
    HISTORY_UID, /* of the review */
    HISTORY_USER,
    HISTORY_GROUPS, /* one a line */
    HISTORY_NAMESPACE,
    HISTORY_API_GROUP,
    HISTORY_VERSION,
    HISTORY_RESOURCE,
    HISTORY_SUBRESOURCE,
    HISTORY_KIND,
    HISTORY_NAME,
    HISTORY_GENERATE_NAME, /* where there is no name yet */
    HISTORY_OPERATION,     /* "CREATE" */
    HISTORY_PHASE,         /* "mutate" or "validate" */
    HISTORY_POLICY,        /* that admitted it, or the level that it does not keep */
    HISTORY_PLUGIN,        /* that refused it, or would have; with commas */
    HISTORY_MODE,      /* of that plugin: "enforce", "warn", "audit"; empty: nothing was wrong */
    HISTORY_EXEMPTION, /* names, with commas */
    HISTORY_REASON,
    HISTORY_MESSAGE,
    HISTORY_TEXT_COUNT,
} HistoryText;

typedef struct HistoryRow {
    int64_t time_ms; /* Unix */
    bool allowed;
    bool dry_run;
    int code;
    Str texts[HISTORY_TEXT_COUNT]; /* never absent */
} HistoryRow;

/* The name of a column: "generateName". */
Str history_text_name(HistoryText which);

/* What was decided, as a row; texts lie in the result and the arena. Long ones are cut. */
HistoryRow history_row(const ReviewOptions *options, const ReviewResult *result, int64_t time_ms,
                       Arena *a);

/* "error", "refused", "would refuse", "exempt", "admitted" */
Str history_row_result(const HistoryRow *row);

/* "2026-11-30T01:02:03.004Z" */
Str history_time(int64_t time_ms, Arena *a);

#endif
