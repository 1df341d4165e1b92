/* SPDX-License-Identifier: Apache-2.0 */
/* Fields and kinds of objects that the API server does not know: warned about, or refused. */
#ifndef PODGATE_CLI_FIELDS_H
#define PODGATE_CLI_FIELDS_H

#include "cli/cli.h"
#include "cluster/files.h"
#include "kube/target.h"

/* Looks through objects. Values of the wrong type, and with strict all that is not known, are
 * errors: false after a message each, which begins with file:line:column. Otherwise what is not
 * known is warned about. */
WARN_UNUSED bool fields_check(const Cli *cli, const FileObjects *objects, const KubeTarget *target,
                              bool strict);

#endif
