/* SPDX-License-Identifier: Apache-2.0 */
/* --kubeconfig and --context. */
#include "cli/live.h"

static const CliOption rows[] = {
    { .name = STR_INIT("kubeconfig"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(LiveArgs, kubeconfig),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("read the running cluster of this kubeconfig; nothing is changed there") },
    { .name = STR_INIT("context"),
      .kind = CLI_TEXT,
      .offset = offsetof(LiveArgs, context),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("the context to use (default: the current one); without --kubeconfig of "
                       "$KUBECONFIG or ~/.kube/config") },
};

const CliOptionGroup live_options = { STR_INIT("A running cluster"), rows, COUNT_OF(rows) };
