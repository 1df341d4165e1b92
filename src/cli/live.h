/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of a running cluster, by kubeconfig. */
#ifndef PODGATE_CLI_LIVE_H
#define PODGATE_CLI_LIVE_H

#include "cli/cli.h"
#include "cluster/files.h"
#include "kube/kinds.h"
#include "kube/kubeconfig/kubeconfig.h"

typedef struct LiveArgs {
    Str kubeconfig;
    Str context;
} LiveArgs;

extern const CliOptionGroup live_options; /* into LiveArgs */

/* Is a running cluster asked for? */
static inline bool live_is_asked(const LiveArgs *args)
{
    return args->kubeconfig.ptr || args->context.ptr;
}

/* What the options, $KUBECONFIG and ~/.kube/config say of how to get there. False after a message.
 */
WARN_UNUSED bool live_access(const Cli *cli, const LiveArgs *args, KubeconfigAccess *out);

typedef struct LiveRead {
    FileObjects objects;
    int minor;      /* of the version that the server says; 0: it says none */
    size_t missing; /* kinds that could not be read: each was warned about */
} LiveRead;

typedef struct LiveOptions {
    /* Is a kind of no interest? NULL: all are read. */
    bool (*skips)(const void *context, Str group, Str kind);
    const void *context;
    Str namespace; /* absent: all */
} LiveOptions;

/* Reads every object of the cluster that the user may read. Changes nothing there. False after a
 * message. */
WARN_UNUSED bool live_read(const Cli *cli, const LiveArgs *args, const LiveOptions *o,
                           LiveRead *out);

#endif
