/* SPDX-License-Identifier: Apache-2.0 */
/* podgate diff: what differs between two states of a cluster. */
#include "cli/commands.h"
#include "cli/diff.h"

static const CliOption rows[] = {
    { .name = STR_INIT("kind"),
      .kind = CLI_LIST,
      .offset = offsetof(DiffArgs, kinds),
      .value = STR_INIT("KIND"),
      .help = STR_INIT("compare these kinds alone, as kubectl takes them: deploy, "
                       "roles.rbac.authorization.k8s.io; repeatable, or with commas") },
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(DiffArgs, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("compare what is in this namespace") },
    { .name = STR_INIT("selector"),
      .letter = 'l',
      .kind = CLI_TEXT,
      .offset = offsetof(DiffArgs, selector),
      .value = STR_INIT("LABELS"),
      .help = STR_INIT("compare objects whose labels match, in either state") },
    { .name = STR_INIT("all-fields"),
      .kind = CLI_FLAG,
      .offset = offsetof(DiffArgs, all_fields),
      .help = STR_INIT("compare what every server sets anew, too: uids, resourceVersions, "
                       "managedFields, times; and events and leases") },
};
static const CliOptionGroup group = { STR_INIT("What is compared"), rows, COUNT_OF(rows) };

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &output_options, offsetof(DiffArgs, output) },
    { NULL, 0 },
};

const CliCommand cli_command_diff = {
    .name = STR_INIT("diff"),
    .operands = STR_INIT("STATE STATE"),
    .operands_min = 2,
    .operands_max = 2,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT("Say what differs between two states of a cluster"),
    .description = STR_INIT(
        "A STATE is a dump or a folder of manifests (as --state takes them, - for standard "
        "input); the name or file of a snapshot; a folder of podgate up --data; a kubeconfig, "
        "whose cluster is read; or @CONTEXT or KUBECONFIG@CONTEXT. Objects "
        "that are in one of them alone are added or removed; of others the fields that differ "
        "are told.\nValues of Secrets are compared and never shown.\nExit status: 0 nothing "
        "differs, 1 something does, 2 the call or its input is wrong."),
    .options = uses,
    .args_size = sizeof(DiffArgs),
    .run = cli_diff_run,
};
