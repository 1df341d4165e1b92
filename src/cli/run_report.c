/* SPDX-License-Identifier: Apache-2.0 */
/* podgate report, done: the last decision on each object, put together by namespace. */
#include "cli/commands.h"
#include "cli/history.h"
#include "doc/json.h"
#include "doc/yaml.h"
#include "server/history/report.h"

/* A document each, so that kubectl apply takes them. */
static void write_yaml(Cli *cli, const Value *reports)
{
    for (size_t i = 0; i < value_len(reports); i++) {
        if (i) {
            buf_lit(&cli->out, "---\n");
        }
        yaml_write(value_item(reports, i), &cli->out);
    }
}

static void write_json(Cli *cli, const Value *reports)
{
    Value list = output_list(cli->arena);
    value_set_lit(&list, "items", *reports, cli->arena);
    json_write_pretty(&list, &cli->out);
    buf_byte(&cli->out, '\n');
}

CliStatus cli_report_run(Cli *cli, void *arguments, StrList operands)
{
    const ReportArgs *args = arguments;
    HistoryQuery query = { .namespace = args->namespace, .settled = true, .latest = true };
    HistoryRows rows;
    Err err;
    if (!history_read_time(cli, "--since", args->since, &query.since_ms)) {
        return CLI_ERROR;
    }
    if (!history_read(operands.items[0], &query, cli->arena, &rows, &err)) {
        return cli_fail(cli, &err);
    }
    bool is_open = str_eq(args->format, STR("openreports"));
    Value reports = report_value(&rows, is_open ? REPORT_OPEN : REPORT_POLICY, cli->arena);
    if (str_eq(args->output, STR("json"))) {
        write_json(cli, &reports);
    } else {
        write_yaml(cli, &reports);
    }
    return value_len(&reports) ? CLI_YES : CLI_NO;
}
