/* SPDX-License-Identifier: Apache-2.0 */
/* podgate version: which podgate this is, and which Kubernetes it decides as. */
#include "cli/cli.h"
#include "kube/target.h"

static CliStatus run(Cli *cli, void *args, StrList operands)
{
    (void)args;
    (void)operands;
    buf_lit(&cli->out, "podgate " PODGATE_VERSION "\n");
    buf_printf(&cli->out, "Kubernetes 1.%d to 1.%d (--kubernetes-version; default 1.%d)\n",
               KUBE_MINOR_MIN, KUBE_MINOR_NEWEST, KUBE_MINOR_NEWEST);
    return CLI_YES;
}

const CliCommand cli_command_version = {
    .name = STR_INIT("version"),
    .operands = STR_INIT(""),
    .summary = STR_INIT("Print the version, and which Kubernetes versions are known"),
    .run = run,
};
