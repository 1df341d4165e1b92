/* SPDX-License-Identifier: Apache-2.0 */
/* podgate up: an API server that kubectl talks to. How it is called; what it does is in run_up.c.
 */
#include "cli/commands.h"
#include "cli/up.h"

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
    { .name = STR_INIT("data"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(UpArgs, data),
      .value = STR_INIT("DIR"),
      .help = STR_INIT("keep the cluster in this folder: what was answered is on the disk, and the "
                       "next start goes on with it") },
    { .name = STR_INIT("from"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(UpArgs, from),
      .value = STR_INIT("SNAPSHOT"),
      .help = STR_INIT(
          "start with what podgate snapshot save has saved, by name or file: a copy in "
          "which a change can be tried") },
    { .name = STR_INIT("clock"),
      .kind = CLI_TEXT,
      .offset = offsetof(UpArgs, clock),
      .value = STR_INIT("TIME|+DURATION"),
      .help = STR_INIT("what time it is at the start: 2030-01-02T03:04:05Z, or so much later than "
                       "it is, +1h30m, +2d; goes on from there") },
    { .name = STR_INIT("nodes"),
      .kind = CLI_TEXT,
      .offset = offsetof(UpArgs, nodes),
      .value = STR_INIT("N"),
      .help = STR_INIT("how many nodes there are to run pods, for show (default: 1)") },
    { .name = STR_INIT("no-controllers"),
      .kind = CLI_FLAG,
      .offset = offsetof(UpArgs, no_controllers),
      .help = STR_INIT("nothing acts on objects by itself, as at an API server that runs alone") },
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
    { .name = STR_INIT("service-address"),
      .kind = CLI_LIST,
      .offset = offsetof(UpArgs, service_addresses),
      .value = STR_INIT("NAMESPACE/NAME[:PORT]=HOST:PORT"),
      .help = STR_INIT("where a service is really reached, for webhooks that name it: nothing "
                       "runs in this cluster; repeatable") },
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
        "Kubernetes does; it stores objects in memory (and, with --data, on the disk) and runs no "
        "containers. It serves until Ctrl-C.\nWith a COMMAND it serves while that runs, with "
        "KUBECONFIG set for it, and ends "
        "with its exit status: the form for CI. With --background it returns once it serves, and "
        "podgate down ends it."),
    .options = uses,
    .args_size = sizeof(UpArgs),
    .run = cli_up_run,
};
