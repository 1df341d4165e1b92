/* SPDX-License-Identifier: Apache-2.0 */
/* podgate snapshot: a rehearsal cluster as it is now, to come back to or to start others from. */
#include "cli/commands.h"
#include "cli/snapshots.h"

static const CliCommand *const subcommands[] = {
    &cli_command_snapshot_save,
    &cli_command_snapshot_list,
    &cli_command_snapshot_restore,
    &cli_command_snapshot_delete,
    NULL,
};

const CliCommand cli_command_snapshot = {
    .name = STR_INIT("snapshot"),
    .summary = STR_INIT("Save a rehearsal cluster, and come back to it"),
    .subcommands = subcommands,
};

/* -- save and restore: what they take; podgate-server does them -----------------------------------
 */

static const CliOption save_rows[] = {
    { .name = STR_INIT("force"),
      .kind = CLI_FLAG,
      .offset = offsetof(SnapshotSaveArgs, force),
      .help = STR_INIT("replace a snapshot of that name") },
};
static const CliOptionGroup save_options = { STR_INIT("Options"), save_rows, COUNT_OF(save_rows) };

static const CliOptionUse save_uses[] = {
    { &save_options, 0 },
    { &output_data_options, offsetof(SnapshotSaveArgs, output) },
    { &snapshot_cluster_options, offsetof(SnapshotSaveArgs, cluster) },
    { NULL, 0 },
};

const CliCommand cli_command_snapshot_save = {
    .name = STR_INIT("save"),
    .operands = STR_INIT("NAME|FILE"),
    .operands_min = 1,
    .operands_max = 1,
    .summary = STR_INIT("Save all objects of a cluster, at one version"),
    .description = STR_INIT(
        "Writes everything that the cluster holds to a file, and the keys that make the tokens and "
        "certificates good that it gave out; prints the file's path. A NAME is kept with the other "
        "snapshots, a FILE is one with a slash in it or that ends in .json. The file is a List of "
        "Kubernetes objects: --state of every command reads it."),
    .options = save_uses,
    .args_size = sizeof(SnapshotSaveArgs),
    .run = cli_snapshot_save_run,
};

static const CliOptionUse restore_uses[] = {
    { &output_data_options, offsetof(SnapshotRestoreArgs, output) },
    { &snapshot_cluster_options, offsetof(SnapshotRestoreArgs, cluster) },
    { NULL, 0 },
};

const CliCommand cli_command_snapshot_restore = {
    .name = STR_INIT("restore"),
    .operands = STR_INIT("NAME|FILE"),
    .operands_min = 1,
    .operands_max = 1,
    .summary = STR_INIT("Make a cluster as it was in a snapshot"),
    .description = STR_INIT(
        "Every object becomes what it was, those that were made since are deleted, all at once; no "
        "admission plugin is asked. Objects that are as they were are left alone, the others get "
        "resourceVersions of now, and watches are told of them."),
    .options = restore_uses,
    .args_size = sizeof(SnapshotRestoreArgs),
    .run = cli_snapshot_restore_run,
};
