/* SPDX-License-Identifier: Apache-2.0 */
/* podgate history and podgate report: their options, and what their files share. */
#ifndef PODGATE_CLI_HISTORY_H
#define PODGATE_CLI_HISTORY_H

#include "cli/cli.h"
#include "cli/output.h"

typedef struct HistoryArgs {
    Str since;
    Str until;
    bool denied;
    bool would_refuse;
    Str namespace;
    Str user;
    Str subject;
    Str policy;
    Str resource;
    Str limit;
    bool summary;
    OutputArgs output;
} HistoryArgs;

typedef struct ReportArgs {
    Str since;
    Str namespace;
    Str format;
    Str output;
} ReportArgs;

struct HistoryRows; /* server/history/read.h, as is HistoryCounts */
struct HistoryCounts;

/* "1h30m" (ago) or "2026-11-30T01:02:03Z" as Unix milliseconds; 0 when it is absent. False after a
 * message. */
WARN_UNUSED bool history_read_time(const Cli *cli, const char *option, Str text, int64_t *out);

/* What was found, in the form that -o asks for. */
void history_write_rows(Cli *cli, const HistoryArgs *args, const struct HistoryRows *rows);
void history_write_counts(Cli *cli, const HistoryArgs *args, const struct HistoryCounts *counts);

#endif
