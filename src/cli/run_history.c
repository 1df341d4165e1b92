/* SPDX-License-Identifier: Apache-2.0 */
/* podgate history, done: options as a question, and how many rows answer it. */
#include "cli/commands.h"
#include "cli/history.h"
#include "kube/kinds.h"
#include "server/apiserver/clock.h"
#include "server/history/read.h"

#include <time.h>

enum { LIMIT_USUAL = 1000 };

bool history_read_time(const Cli *cli, const char *option, Str text, int64_t *out)
{
    Err err;
    int64_t seconds;
    *out = 0;
    if (!text.ptr) {
        return true;
    }
    Str ago = arena_concat(cli->arena, STR("+"), text);
    if (clock_read(ago, 0, cli->arena, &seconds, &err)) {
        int64_t now = time(NULL);
        *out = now > seconds ? (now - seconds) * 1000 : 1;
        return true;
    }
    if (clock_read(text, 0, cli->arena, &seconds, &err)) {
        *out = seconds ? seconds * 1000 : 1;
        return true;
    }
    cli_usage(cli,
              "%s: \"%.*s\" is no time: write 1h30m or 2d for so long ago, or "
              "2026-11-30T08:00:00Z",
              option, STR_ARG(text));
    return false;
}

/* What kubectl would take as a resource goes by its plural; anything else as it is. */
static void read_resource(Str text, Arena *a, HistoryQuery *q)
{
    KubeTarget target = kube_target(KUBE_MINOR_NEWEST);
    KubeKind k;
    Str resource, subresource, group;
    bool has_subresource = str_split_once(text, '/', &resource, &subresource);
    q->subresource = has_subresource ? subresource : STR_ABSENT;
    if (kube_kind_find_typed(resource, &target, &k)) {
        q->resource = k.resource;
        q->group = k.group;
        return;
    }
    bool has_group = str_split_once(resource, '.', &q->resource, &group);
    q->resource = arena_lower(a, q->resource);
    q->group = has_group ? group : STR_ABSENT;
}

static bool read_query(const Cli *cli, const HistoryArgs *args, HistoryQuery *q)
{
    *q = (HistoryQuery){ .denied = args->denied,
                         .would_refuse = args->would_refuse,
                         .settled = args->summary,
                         .namespace = args->namespace,
                         .user = args->user,
                         .subject = args->subject,
                         .policy = args->policy,
                         .limit = LIMIT_USUAL };
    if (args->limit.ptr &&
        (!str_to_int64(args->limit, &q->limit) || q->limit < 0 || q->limit > INT32_MAX)) {
        cli_usage(cli, "--limit is a number of rows, 0 for all of them, not \"%.*s\"",
                  STR_ARG(args->limit));
        return false;
    }
    if (args->resource.ptr) {
        read_resource(args->resource, cli->arena, q);
    }
    return history_read_time(cli, "--since", args->since, &q->since_ms) &&
           history_read_time(cli, "--until", args->until, &q->until_ms);
}

CliStatus cli_history_run(Cli *cli, void *arguments, StrList operands)
{
    const HistoryArgs *args = arguments;
    HistoryQuery query;
    Err err;
    if (args->summary && (args->limit.ptr || output_is(&args->output, STR("name")))) {
        return cli_usage(cli, "--summary counts all: neither with --limit nor with -o name");
    }
    if (!read_query(cli, args, &query)) {
        return CLI_ERROR;
    }
    if (args->summary) {
        HistoryCounts counts;
        if (!history_count(operands.items[0], &query, cli->arena, &counts, &err)) {
            return cli_fail(cli, &err);
        }
        history_write_counts(cli, args, &counts);
        return counts.count ? CLI_YES : CLI_NO;
    }
    HistoryRows rows;
    if (!history_read(operands.items[0], &query, cli->arena, &rows, &err)) {
        return cli_fail(cli, &err);
    }
    if (rows.is_cut && !args->limit.ptr) {
        cli_warn(cli, "these are the newest %d; --limit 0 shows all", LIMIT_USUAL);
    }
    history_write_rows(cli, args, &rows);
    return rows.count ? CLI_YES : CLI_NO;
}
