/* SPDX-License-Identifier: Apache-2.0 */
/* podgate serve --history: its bounds. */
#include "cli/serve.h"
#include "server/history/history.h"

enum {
    MB_USUAL = 256,
    MB_MAX = 1 << 20,
    DAYS_USUAL = 30,
    DAYS_MAX = 36500,
};

typedef struct Bound {
    const char *option;
    Str text;
    int64_t usual;
    int64_t min;
    int64_t max;
} Bound;

static bool read_bound(const Cli *cli, const Bound *b, int64_t *out)
{
    *out = b->usual;
    if (b->text.ptr && (!str_to_int64(b->text, out) || *out < b->min || *out > b->max)) {
        cli_usage(cli, "%s is a number from %lld to %lld, not \"%.*s\"", b->option,
                  (long long)b->min, (long long)b->max, STR_ARG(b->text));
        return false;
    }
    return true;
}

bool serve_history_read(const Cli *cli, const ServeArgs *args, HistoryOptions *out)
{
    const Bound mb = { "--history-max-mb", args->history_mb, MB_USUAL, HISTORY_MB_MIN, MB_MAX };
    const Bound days = { "--history-max-days", args->history_days, DAYS_USUAL, 1, DAYS_MAX };
    int64_t megabytes, age;
    if (!args->history.ptr && (args->history_mb.ptr || args->history_days.ptr)) {
        cli_usage(cli, "--history-max-mb and --history-max-days are for --history");
        return false;
    }
    if (!read_bound(cli, &mb, &megabytes) || !read_bound(cli, &days, &age)) {
        return false;
    }
    *out = (HistoryOptions){ .file = args->history,
                             .bytes_max = megabytes << 20,
                             .seconds_max = age * 86400 };
    return true;
}
