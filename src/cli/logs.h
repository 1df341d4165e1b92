/* SPDX-License-Identifier: Apache-2.0 */
/* Reading logs for a command: messages, the progress line, what to do about what is no record. */
#ifndef PODGATE_CLI_LOGS_H
#define PODGATE_CLI_LOGS_H

#include "analyze/audit/log.h"
#include "cli/cli.h"

typedef void LogTake(void *context, const LogRecord *r, Arena *scratch);

/* Reads each of paths, "-" once for standard input. What is no record is warned about, line by
 * line up to a limit; with fail_on_unknown it fails the call. False after a message. */
WARN_UNUSED bool logs_read(const Cli *cli, StrList paths, bool fail_on_unknown, LogTake *take,
                           void *context, LogCounts *counts);

/* `Warning: 3 events are ...`, when there are any: "event%s ..." gets its plural. */
void logs_warn_count(const Cli *cli, size_t count, const char *one, const char *many);

#endif
