/* SPDX-License-Identifier: Apache-2.0 */
/* podgate history: what podgate serve decided. How it is called; what it does is in run_history.c.
 */
#include "cli/commands.h"
#include "cli/history.h"

static const CliOption rows[] = {
    { .name = STR_INIT("since"),
      .kind = CLI_TEXT,
      .offset = offsetof(HistoryArgs, since),
      .value = STR_INIT("TIME"),
      .help = STR_INIT("from then on: so long ago (90s, 1h30m, 2d), or 2026-11-30T08:00:00Z") },
    { .name = STR_INIT("until"),
      .kind = CLI_TEXT,
      .offset = offsetof(HistoryArgs, until),
      .value = STR_INIT("TIME"),
      .help = STR_INIT("before then") },
    { .name = STR_INIT("denied"),
      .kind = CLI_FLAG,
      .offset = offsetof(HistoryArgs, denied),
      .help = STR_INIT("what was refused") },
    { .name = STR_INIT("would-refuse"),
      .kind = CLI_FLAG,
      .offset = offsetof(HistoryArgs, would_refuse),
      .help = STR_INIT("what was admitted because the mode is to warn or to audit; with --denied: "
                       "both") },
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(HistoryArgs, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("in this namespace") },
    { .name = STR_INIT("user"),
      .kind = CLI_TEXT,
      .offset = offsetof(HistoryArgs, user),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("of this user") },
    { .name = STR_INIT("subject"),
      .kind = CLI_TEXT,
      .offset = offsetof(HistoryArgs, subject),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("of this user, of members of this group, or of the service account "
                       "NAMESPACE/NAME") },
    { .name = STR_INIT("policy"),
      .kind = CLI_TEXT,
      .offset = offsetof(HistoryArgs, policy),
      .value = STR_INIT("NAME"),
      .help = STR_INIT(
          "admitted by this PodSecurityPolicy, or not as this Pod Security level wants "
          "it (restricted:latest)") },
    { .name = STR_INIT("resource"),
      .kind = CLI_TEXT,
      .offset = offsetof(HistoryArgs, resource),
      .value = STR_INIT("RESOURCE"),
      .help = STR_INIT(
          "of this resource, as kubectl takes it: po, deployments.apps, pods/resize") },
    { .name = STR_INIT("limit"),
      .kind = CLI_TEXT,
      .offset = offsetof(HistoryArgs, limit),
      .value = STR_INIT("N"),
      .help = STR_INIT("the newest so many; 0 for all (default: 1000)") },
    { .name = STR_INIT("summary"),
      .kind = CLI_FLAG,
      .offset = offsetof(HistoryArgs, summary),
      .help = STR_INIT("how many there are, by namespace, policy, plugin and result") },
};
static const CliOptionGroup group = { STR_INIT("Which decisions"), rows, COUNT_OF(rows) };

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &output_options, offsetof(HistoryArgs, output) },
    { NULL, 0 },
};

const CliCommand cli_command_history = {
    .name = STR_INIT("history"),
    .operands = STR_INIT("FILE"),
    .operands_min = 1,
    .operands_max = 1,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT("Ask what podgate serve decided"),
    .description = STR_INIT(
        "FILE is what podgate serve --history keeps; it may be writing meanwhile. The oldest "
        "decision comes first.\nA pod that is admitted is decided about twice, by /mutate and by "
        "/validate. The summary counts it once.\nExit status: 0 there are such decisions, 1 there "
        "are none, 2 the call or the file is wrong."),
    .options = uses,
    .args_size = sizeof(HistoryArgs),
    .run = cli_history_run,
};
