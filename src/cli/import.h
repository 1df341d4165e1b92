/* SPDX-License-Identifier: Apache-2.0 */
/* podgate import: what its files share. */
#ifndef PODGATE_CLI_IMPORT_H
#define PODGATE_CLI_IMPORT_H

#include "analyze/copy/copy.h"
#include "cli/live.h"

typedef struct ImportArgs {
    LiveArgs live;
    Str out;
    Str format;
    Str snapshot;
    Str kubernetes_version;
    bool force;
    bool with_secrets;
    bool redact_secrets;
    bool with_webhooks;
    bool strict;
} ImportArgs;

/* Writes the objects as a dump: to standard output, a file, or a folder with a file for each kind.
 * False after a message. */
WARN_UNUSED bool import_write(Cli *cli, const ImportArgs *args, const FileObjects *objects);
/* Writes them as a snapshot of a cluster of that minor version. False after a message. */
WARN_UNUSED bool import_snapshot(const Cli *cli, const ImportArgs *args, int minor,
                                 const FileObjects *objects);

#endif
