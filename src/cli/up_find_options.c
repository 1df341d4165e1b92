/* SPDX-License-Identifier: Apache-2.0 */
/* How a command says which running server it means. */
#include "cli/up.h"

static const CliOption rows[] = {
    { .name = STR_INIT("name"),
      .kind = CLI_TEXT,
      .offset = offsetof(UpFindArgs, name),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("which of several that podgate up --background serves") },
    { .name = STR_INIT("kubeconfig"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(UpFindArgs, kubeconfig),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("the server of this file, which podgate up has written (default: that of "
                       "KUBECONFIG when it is such a file, else the server in the background)") },
};
const CliOptionGroup up_find_options = { STR_INIT("The server"), rows, COUNT_OF(rows) };
