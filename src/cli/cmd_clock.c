/* SPDX-License-Identifier: Apache-2.0 */
/* podgate clock: what time it is in a rehearsal cluster, and setting it ahead. How it is called;
 * what it does is in run_clock.c. */
#include "cli/commands.h"
#include "cli/up.h"

static const CliOptionUse uses[] = { { &up_find_options, 0 }, { NULL, 0 } };

const CliCommand cli_command_clock = {
    .name = STR_INIT("clock"),
    .operands = STR_INIT("[show | advance DURATION | set TIME]"),
    .operands_max = 2,
    .summary = STR_INIT("Tell or set the clock of a rehearsal cluster"),
    .description = STR_INIT(
        "Prints what time it is in the cluster that podgate up serves. advance sets its clock so "
        "much later (90s, 5m, 1h30m, 2d), set to a time (2030-01-02T03:04:05Z); never back. What "
        "was to happen meanwhile is due at once: CronJobs, deadlines, tokens and certificates "
        "that end.\nExit status: 0, 1 no server is running, 2 it could not be asked, or refused."),
    .options = uses,
    .args_size = sizeof(UpFindArgs),
    .run = cli_clock_run,
};
