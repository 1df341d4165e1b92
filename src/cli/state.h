/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster that is asked: --state, --preset and --kubernetes-version, for every command that
 * takes them. */
#ifndef PODGATE_CLI_STATE_H
#define PODGATE_CLI_STATE_H

#include "cli/cli.h"
#include "cluster/files.h"
#include "cluster/snapshot.h"
#include "kube/target.h"

typedef struct StateArgs {
    StrList paths;
    StrList presets;
    bool no_preset;
    Str kubernetes_version;
    bool strict;
} StateArgs;

extern const CliOptionGroup state_options; /* into StateArgs */

typedef struct State {
    KubeTarget target;
    const Snapshot *snapshot;
    const Facts *facts;
    FileObjects objects; /* what the files held, in order; not the presets' */
    StrList namespaces;  /* that objects are in, each once, sorted */
} State;

/* Indexes objects, over the presets: the second half of state_open(), for objects that come from
 * elsewhere. The same warnings. */
WARN_UNUSED bool state_index(const Cli *cli, const StateArgs *args, const FileObjects *objects,
                             const KubeTarget *target, State *out);

/* Reads the files and indexes them, over the presets. False after a message. Warnings (fields that
 * are not known, objects given twice) go to standard error. */
WARN_UNUSED bool state_open(const Cli *cli, const StateArgs *args, State *out);
void state_close(State *s);

/* The target that --kubernetes-version asks for. */
WARN_UNUSED bool state_target(const Cli *cli, const StateArgs *args, KubeTarget *out);

/* Reads one path of -f or --state, with a progress line when it takes long. */
WARN_UNUSED bool state_read_files(const Cli *cli, StrList paths, FileObjects *out);

#endif
