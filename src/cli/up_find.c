/* SPDX-License-Identifier: Apache-2.0 */
/* Which running server a command means: --kubeconfig, --name, KUBECONFIG, the one of no name. */
#include "cli/up.h"

#include "doc/json.h"

#include <stdlib.h>

/* The kubeconfig of a server by name; absent after a message. */
static Str named(Cli *cli, Str given, CliStatus *status)
{
    Str name = given.ptr ? given : STR("default");
    UpPlace place;
    Err err;
    *status = CLI_ERROR;
    if (!up_name_check(name, cli->arena, &err) || !up_place_named(name, cli->arena, &place, &err)) {
        cli_usage(cli, "%.*s", STR_ARG(err.msg));
        return STR_ABSENT;
    }
    if (!up_place_owner(&place)) {
        cli_error(cli, "%.*s is not running", STR_ARG(name));
        *status = CLI_NO;
        return STR_ABSENT;
    }
    return place.kubeconfig;
}

static Str path_of(Cli *cli, const UpFindArgs *args, CliStatus *status)
{
    const char *from_environment = getenv("KUBECONFIG");
    Str path = from_environment ? str_from_c(from_environment) : STR("");
    if (args->kubeconfig.ptr) {
        return args->kubeconfig;
    }
    return !args->name.ptr && path.len && up_kubeconfig_is_ours(path, cli->arena)
               ? path
               : named(cli, args->name, status);
}

/* What a Status says, or what came instead of one. */
static Str message_of(Str body, Arena *a)
{
    Value status;
    if (json_read(STR("answer"), body, NULL, a, &status, NULL)) {
        Str message = value_get_str(&status, STR("message"));
        return message.len ? message : body;
    }
    return body;
}

CliStatus up_find_call(Cli *cli, const UpFindArgs *args, const UpCall *call, Str *body)
{
    UpKubeconfig k;
    Err err;
    CliStatus status;
    int code;
    Str path = path_of(cli, args, &status);
    if (!path.ptr) {
        return status;
    }
    if (!up_kubeconfig_read(path, cli->arena, &k, &err) ||
        !up_client_call(&k, call, cli->arena, &code, body, &err)) {
        return cli_fail(cli, &err);
    }
    if (code != 200) {
        Str message = message_of(*body, cli->arena);
        return cli_error(cli, "%.*s", STR_ARG(message));
    }
    return CLI_YES;
}
