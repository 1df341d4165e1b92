/* SPDX-License-Identifier: Apache-2.0 */
/* podgate uninstall: how it is called; what it does is in run_uninstall.c. */
#include "cli/commands.h"
#include "cli/install.h"

static const CliOption rows[] = {
    { .name = STR_INIT("delete-policies"),
      .kind = CLI_FLAG,
      .offset = offsetof(UninstallArgs, delete_policies),
      .help = STR_INIT("delete the custom resource, too, and with it every PodSecurityPolicy of "
                       "podgate.io") },
};
static const CliOptionGroup group = { STR_INIT("Options"), rows, COUNT_OF(rows) };

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &install_place_options, offsetof(UninstallArgs, place) },
    { NULL, 0 },
};

const CliCommand cli_command_uninstall = {
    .name = STR_INIT("uninstall"),
    .summary = STR_INIT("Take the admission webhook out of a cluster"),
    .description = STR_INIT(
        "Deletes what podgate install made: the webhook configurations first, so that nothing "
        "waits for podgate any more, then the rest. Policies stay unless --delete-policies is "
        "given. Objects of these names that are not labelled as podgate's are left alone."),
    .options = uses,
    .args_size = sizeof(UninstallArgs),
    .run = cli_uninstall_run,
};
