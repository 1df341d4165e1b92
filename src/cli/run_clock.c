/* SPDX-License-Identifier: Apache-2.0 */
/* podgate clock, done: a server that runs is asked. */
#include "cli/commands.h"
#include "cli/up.h"
#include "doc/json.h"

static CliStatus tell(Cli *cli, const UpFindArgs *args, const UpCall *call)
{
    Str body;
    Value clock;
    Err err;
    CliStatus status = up_find_call(cli, args, call, &body);
    if (status != CLI_YES) {
        return status;
    }
    if (!json_read(STR("answer"), body, NULL, cli->arena, &clock, &err)) {
        return cli_fail(cli, &err);
    }
    buf_printf(&cli->out, "%.*s\n", STR_ARG(value_get_str(&clock, STR("now"))));
    return CLI_YES;
}

static CliStatus set(Cli *cli, const UpFindArgs *args, Str to)
{
    Value asked = value_object();
    Buf b = buf_new(cli->arena);
    value_set_lit(&asked, "to", value_str(to), cli->arena);
    json_write(&asked, &b);
    return tell(cli, args,
                &(UpCall){ .method = "POST", .path = "/podgate/clock", .body = buf_str(&b) });
}

CliStatus cli_clock_run(Cli *cli, void *args, StrList operands)
{
    Str verb = operands.count ? operands.items[0] : STR("show");
    Str rest = operands.count > 1 ? operands.items[1] : STR_ABSENT;
    if (str_eq(verb, STR("show")) && !rest.ptr) {
        return tell(cli, args, &(UpCall){ .method = "GET", .path = "/podgate/clock" });
    }
    if (str_eq(verb, STR("advance")) && rest.ptr) {
        bool has_sign = str_starts_with(rest, STR("+"));
        return set(cli, args, has_sign ? rest : arena_concat(cli->arena, STR("+"), rest));
    }
    if (str_eq(verb, STR("set")) && rest.ptr) {
        return set(cli, args, rest);
    }
    return cli_usage(cli, "say show, advance DURATION or set TIME");
}
