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

/* A service account that pods run as. */
typedef struct StateAccount {
    Str namespace;
    Str name;
} StateAccount;

/* What else is laid over the files: objects that a command is asked about, and what controllers
 * make by themselves. */
typedef struct StateExtra {
    FileObjects objects;
    /* Each is taken to exist, with its namespace and (up to 1.20) its token. One that is neither
     * in the files nor called default is warned about. */
    const StateAccount *accounts;
    size_t account_count;
} StateExtra;

/* Reads the files and indexes them. extra may be NULL. False after a message. Warnings (objects
 * left out, fields not known) go to standard error. */
WARN_UNUSED bool state_open(const Cli *cli, const StateArgs *args, const StateExtra *extra,
                            State *out);
void state_close(State *s);

/* The target that --kubernetes-version asks for. */
WARN_UNUSED bool state_target(const Cli *cli, const StateArgs *args, KubeTarget *out);

/* The namespace that an object is in: what it says, or otherwise for those that are in one. "" for
 * cluster-scoped and unknown kinds. */
Str state_namespace_of(const Value *object, Str otherwise);

/* Puts objects that name no namespace and need one into namespace: they are replaced by copies. */
void state_fill_namespaces(FileObjects *objects, Str namespace, Arena *a);

/* Reads one path of -f or --state, with a progress line when it takes long. */
WARN_UNUSED bool state_read_files(const Cli *cli, StrList paths, FileObjects *out);

#endif
