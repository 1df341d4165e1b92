/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster that install, uninstall and cert change. */
#include "cli/install.h"

static const CliOption rows[] = {
    { .name = STR_INIT("kubeconfig"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(InstallPlace, live.kubeconfig),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("the cluster of this kubeconfig (default: $KUBECONFIG or ~/.kube/config; "
                       "in a pod the cluster that it runs in)") },
    { .name = STR_INIT("context"),
      .kind = CLI_TEXT,
      .offset = offsetof(InstallPlace, live.context),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("the context to use (default: the current one)") },
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(InstallPlace, namespace),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("podgate's own namespace (default: podgate-system)") },
};

const CliOptionGroup install_place_options = { STR_INIT("The cluster"), rows, COUNT_OF(rows) };
