/* SPDX-License-Identifier: Apache-2.0 */
/* podgate snapshot: where snapshots are kept, and what its subcommands share. */
#ifndef PODGATE_CLI_SNAPSHOTS_H
#define PODGATE_CLI_SNAPSHOTS_H

#include "cli/cli.h"
#include "cli/output.h"
#include "cluster/saved.h"

/* Which cluster: --name, --kubeconfig, --data. */
typedef struct SnapshotClusterArgs {
    Str name;
    Str kubeconfig;
    Str data;
} SnapshotClusterArgs;
extern const CliOptionGroup snapshot_cluster_options;

typedef struct SnapshotSaveArgs {
    SnapshotClusterArgs cluster;
    OutputArgs output;
    bool force;
} SnapshotSaveArgs;

typedef struct SnapshotRestoreArgs {
    SnapshotClusterArgs cluster;
    OutputArgs output;
} SnapshotRestoreArgs;

extern const CliCommand cli_command_snapshot_save;
extern const CliCommand cli_command_snapshot_list;
extern const CliCommand cli_command_snapshot_restore;
extern const CliCommand cli_command_snapshot_delete;

/* $XDG_STATE_HOME/podgate/snapshots, or in ~/.local/state. False when nothing says where. */
WARN_UNUSED bool snapshots_folder(Arena *a, Str *out, Err *err);
/* The file of NAME in that folder; of a FILE (it has a slash or ends in .json), itself. */
WARN_UNUSED bool snapshots_path(Str name_or_file, Arena *a, Str *out, Err *err);
bool snapshots_is_file(Str name_or_file);
/* {"name": ..., "file": ..., ...}; name may be absent. */
Value snapshots_describe(Str name, Str path, const SavedInfo *info, Arena *a);

#endif
