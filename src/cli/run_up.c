/* SPDX-License-Identifier: Apache-2.0 */
/* podgate up, done: a server here or in a process of its own. */
#include "cli/commands.h"
#include "cli/up.h"

#include <stdlib.h>

/* An absolute path, for whoever reads it elsewhere. */
static Str absolute(const Cli *cli, Str path)
{
    char *real = realpath(arena_cstr(cli->arena, path), NULL);
    if (!real) {
        return path;
    }
    Str kept = arena_str(cli->arena, str_from_c(real));
    free(real);
    return kept;
}

static bool print_path(Cli *cli, Str path)
{
    buf_add(&cli->out, path);
    buf_byte(&cli->out, '\n');
    return cli_flush(cli);
}

/* -- in the foreground, or around a command ---------------------------------------------------- */

static CliStatus serve_here(Cli *cli, const UpArgs *args, StrList command, const UpPlace *place)
{
    sigset_t before;
    UpServer *server;
    Str kubeconfig = args->kubeconfig_out.ptr ? args->kubeconfig_out : place->kubeconfig;
    up_signals_block(command.count > 0, &before);
    if (!up_server_start(cli, args, kubeconfig, &server)) {
        return CLI_ERROR;
    }
    CliStatus status = CLI_YES;
    kubeconfig = absolute(cli, kubeconfig);
    if (command.count) {
        status = (CliStatus)up_wait_command(cli, command, kubeconfig, &before); /* may be any */
    } else {
        up_server_describe(cli, server, kubeconfig, STR("Ctrl-C"));
        if (print_path(cli, kubeconfig)) {
            up_wait_signal();
        } else {
            status = CLI_ERROR;
        }
    }
    up_server_stop(server);
    return status;
}

static CliStatus run_here(Cli *cli, const UpArgs *args, StrList command)
{
    UpPlace place;
    Err err;
    if (!up_place_temporary(cli->arena, &place, &err)) {
        return cli_fail(cli, &err);
    }
    CliStatus status = serve_here(cli, args, command, &place);
    up_place_remove(&place, cli->arena);
    return status;
}

/* -- in the background ------------------------------------------------------------------------- */

/* In the new process. */
static CliStatus serve_apart(Cli *cli, const UpArgs *args, UpPlace *place)
{
    sigset_t before;
    UpServer *server;
    Err err;
    Str kubeconfig = args->kubeconfig_out.ptr ? args->kubeconfig_out : place->kubeconfig;
    if (!up_place_take(place, cli->arena, &err)) {
        return cli_fail(cli, &err);
    }
    up_signals_block(false, &before);
    bool starts = up_server_start(cli, args, kubeconfig, &server);
    /* beside --kubeconfig-out, so that podgate's commands find it by name */
    bool serves = starts && (!args->kubeconfig_out.ptr ||
                             up_server_write_kubeconfig(cli, server, args, place->kubeconfig));
    if (starts && !serves) {
        up_server_stop(server);
    }
    if (serves) {
        if (cli->err_is_terminal) { /* a script reads the path and wants nothing else */
            Str name = args->name.ptr ? args->name : STR("default");
            up_server_describe(cli, server, absolute(cli, kubeconfig),
                               str_eq(name, STR("default"))
                                   ? STR("podgate down")
                                   : arena_concat(cli->arena, STR("podgate down --name "), name));
        }
        up_background_ready();
        up_wait_signal();
        up_server_stop(server);
    }
    up_place_remove(place, cli->arena);
    return serves ? CLI_YES : CLI_ERROR;
}

static CliStatus run_apart(Cli *cli, const UpArgs *args)
{
    UpPlace place;
    Err err;
    Str name = args->name.ptr ? args->name : STR("default");
    if (!up_name_check(name, cli->arena, &err) || !up_place_named(name, cli->arena, &place, &err)) {
        return cli_usage(cli, "%.*s", STR_ARG(err.msg));
    }
    pid_t owner = up_place_owner(&place);
    if (owner) {
        return cli_error(cli, "%.*s is running already, process %ld (podgate down ends it)",
                         STR_ARG(name), (long)owner);
    }
    if (!up_place_make(&place, cli->arena, &err)) {
        return cli_fail(cli, &err);
    }
    CliStatus status;
    if (!up_background_fork(cli, &place, &status)) {
        return serve_apart(cli, args, &place);
    }
    if (status == CLI_YES) {
        print_path(
            cli, absolute(cli, args->kubeconfig_out.ptr ? args->kubeconfig_out : place.kubeconfig));
    }
    return status;
}

CliStatus cli_up_run(Cli *cli, void *arguments, StrList operands)
{
    const UpArgs *args = arguments;
    if (args->background && operands.count) {
        return cli_usage(cli, "--background serves until podgate down: it runs no command");
    }
    if (args->name.ptr && !args->background) {
        return cli_usage(cli, "--name is of a server that goes on with --background");
    }
    return args->background ? run_apart(cli, args) : run_here(cli, args, operands);
}
