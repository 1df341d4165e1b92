/* SPDX-License-Identifier: Apache-2.0 */
/* podgate up: an API server that kubectl talks to. */
#include "cli/up.h"

#include <stdlib.h>

static const CliOption cluster_rows[] = {
    { .name = STR_INIT("state"),
      .letter = 's',
      .kind = CLI_LIST,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(UpArgs, state),
      .value = STR_INIT("PATH"),
      .help = STR_INIT("what the cluster holds at the start: a file, a folder, - for standard "
                       "input, or what kubectl get -o yaml printed; repeatable") },
    { .name = STR_INIT("preset"),
      .kind = CLI_LIST,
      .offset = offsetof(UpArgs, presets),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("a platform's default objects: eks, rancher, gravity, gke, aks; repeatable. "
                       "kubernetes is always there") },
    { .name = STR_INIT("kubernetes-version"),
      .kind = CLI_TEXT,
      .offset = offsetof(UpArgs, kubernetes_version),
      .value = STR_INIT("1.MINOR"),
      .help = STR_INIT("answer as this version (default: 1.20)") },
    { .name = STR_INIT("strict"),
      .kind = CLI_FLAG,
      .offset = offsetof(UpArgs, strict),
      .help = STR_INIT("do not serve when --state has fields or kinds that are not known or "
                       "objects that are refused, instead of warning") },
    { .name = STR_INIT("nodes"),
      .kind = CLI_TEXT,
      .offset = offsetof(UpArgs, nodes),
      .value = STR_INIT("N"),
      .help = STR_INIT("how many nodes there are to run pods, for show (default: 1)") },
};

static const CliOption server_rows[] = {
    { .name = STR_INIT("listen"),
      .kind = CLI_TEXT,
      .offset = offsetof(UpArgs, listen),
      .value = STR_INIT("ADDRESS:PORT"),
      .help = STR_INIT("where it is reached; port 0 is any (default: 127.0.0.1:0)") },
    { .name = STR_INIT("token-file"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(UpArgs, token_file),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("users and their bearer tokens, as the API server's --token-auth-file: "
                       "lines of token,user,uid,\"group1,group2\"") },
    { .name = STR_INIT("no-anonymous"),
      .kind = CLI_FLAG,
      .offset = offsetof(UpArgs, no_anonymous),
      .help = STR_INIT("turn away requests that do not say who sends them; needed to listen where "
                       "other machines reach it") },
    { .name = STR_INIT("audit-log"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(UpArgs, audit_log),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("add an audit event for each request, a JSON object a line") },
    { .name = STR_INIT("kubeconfig-out"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(UpArgs, kubeconfig_out),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("write the administrator's kubeconfig there; it stays") },
    { .name = STR_INIT("background"),
      .kind = CLI_FLAG,
      .offset = offsetof(UpArgs, background),
      .help = STR_INIT("serve in a process of its own, until podgate down") },
    { .name = STR_INIT("name"),
      .kind = CLI_TEXT,
      .offset = offsetof(UpArgs, name),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("with --background: which of several this is (default: default)") },
};

static const CliOptionGroup cluster_options = { STR_INIT("The cluster"), cluster_rows,
                                                COUNT_OF(cluster_rows) };
static const CliOptionGroup server_options = { STR_INIT("The server"), server_rows,
                                               COUNT_OF(server_rows) };

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
    bool serves = up_server_start(cli, args, kubeconfig, &server);
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

static CliStatus run(Cli *cli, void *arguments, StrList operands)
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

static const CliOptionUse uses[] = {
    { &cluster_options, 0 },
    { &plugin_options, offsetof(UpArgs, plugins) },
    { &pod_security_options, offsetof(UpArgs, pod_security) },
    { &server_options, 0 },
    { NULL, 0 },
};

const CliCommand cli_command_up = {
    .name = STR_INIT("up"),
    .operands = STR_INIT("[-- COMMAND [ARGUMENT]...]"),
    .operands_max = SIZE_MAX,
    .operands_are_command = true,
    .summary = STR_INIT("Serve a rehearsal cluster that kubectl talks to"),
    .description = STR_INIT(
        "An API server in this process: HTTPS on this machine alone, certificates of its own, a "
        "kubeconfig for an administrator, whose path it prints. What it is asked it decides as "
        "Kubernetes does; it stores objects in memory and runs no containers. It serves until "
        "Ctrl-C.\nWith a COMMAND it serves while that runs, with KUBECONFIG set for it, and ends "
        "with its exit status: the form for CI. With --background it returns once it serves, and "
        "podgate down ends it."),
    .options = uses,
    .args_size = sizeof(UpArgs),
    .run = run,
};
