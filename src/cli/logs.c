/* SPDX-License-Identifier: Apache-2.0 */
/* Reading logs for a command. */
#include "cli/logs.h"

#include "cli/progress.h"

enum { PROBLEMS_MAX = 20 }; /* told one by one; the rest is counted */

typedef struct Reading {
    const Cli *cli;
    Progress progress;
    LogTake *take;
    void *context;
    size_t problems;
} Reading;

static void on_record(void *context, const LogRecord *r, Arena *scratch)
{
    Reading *reading = context;
    reading->take(reading->context, r, scratch);
}

static void on_problem(void *context, Str message)
{
    Reading *reading = context;
    if (reading->problems++ < PROBLEMS_MAX) {
        progress_end(&reading->progress);
        cli_warn(reading->cli, "%.*s", STR_ARG(message));
    }
}

static void on_progress(void *context, Str file, size_t bytes)
{
    Reading *reading = context;
    progress_files(&reading->progress, file, 1, bytes);
}

bool logs_read(const Cli *cli, StrList paths, bool fail_on_unknown, LogTake *take, void *context,
               LogCounts *counts)
{
    Reading reading = {
        .cli = cli,
        .progress = progress_new(cli),
        .take = take,
        .context = context,
    };
    size_t from_stdin = 0;
    for (size_t i = 0; i < paths.count; i++) {
        from_stdin += str_eq(paths.items[i], STR("-"));
    }
    if (from_stdin > 1) {
        cli_usage(cli, "standard input can be read once");
        return false;
    }
    LogSink sink = { &reading, on_record, on_problem, on_progress };
    Err err;
    *counts = (LogCounts){ 0 };
    bool ok = log_read(paths, &sink, cli->arena, counts, &err);
    progress_end(&reading.progress);
    if (!ok) {
        cli_fail(cli, &err);
        return false;
    }
    if (reading.problems > PROBLEMS_MAX) {
        cli_warn(cli, "%zu more lines were passed over", reading.problems - PROBLEMS_MAX);
    }
    if (counts->bad && fail_on_unknown) {
        cli_error(cli, "%zu line%s could not be read (--fail-on-unknown)", counts->bad,
                  counts->bad == 1 ? "" : "s");
        return false;
    }
    return true;
}

void logs_warn_count(const Cli *cli, size_t count, const char *one, const char *many)
{
    if (count) {
        cli_warn(cli, "%zu %s", count, count == 1 ? one : many);
    }
}
