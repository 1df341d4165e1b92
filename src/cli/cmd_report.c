/* SPDX-License-Identifier: Apache-2.0 */
/* podgate report: policy reports of what podgate serve decided. How it is called; what it does is
 * in run_report.c. */
#include "cli/commands.h"
#include "cli/history.h"

static const Str formats[] = { STR_INIT("policyreport"), STR_INIT("openreports") };
static const Str outputs[] = { STR_INIT("yaml"), STR_INIT("json") };

static const CliOption rows[] = {
    { .name = STR_INIT("since"),
      .kind = CLI_TEXT,
      .offset = offsetof(ReportArgs, since),
      .value = STR_INIT("TIME"),
      .help = STR_INIT("of decisions from then on: so long ago (90s, 1h30m, 2d), or "
                       "2026-11-30T08:00:00Z") },
    { .name = STR_INIT("namespace"),
      .letter = 'n',
      .kind = CLI_TEXT,
      .offset = offsetof(ReportArgs, namespace),
      .value = STR_INIT("NS"),
      .help = STR_INIT("of this namespace alone") },
    { .name = STR_INIT("format"),
      .kind = CLI_CHOICE,
      .offset = offsetof(ReportArgs, format),
      .value = STR_INIT("FORMAT"),
      .choices = { formats, COUNT_OF(formats) },
      .help = STR_INIT("policyreport: wgpolicyk8s.io/v1alpha2 (default); openreports: "
                       "openreports.io/v1alpha1") },
    OUTPUT_ROW(ReportArgs, output, outputs, COUNT_OF(outputs), "yaml (default) or json"),
};
static const CliOptionGroup group = { STR_INIT("The reports"), rows, COUNT_OF(rows) };

static const CliOptionUse uses[] = { { &group, 0 }, { NULL, 0 } };

const CliCommand cli_command_report = {
    .name = STR_INIT("report"),
    .operands = STR_INIT("FILE"),
    .operands_min = 1,
    .operands_max = 1,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT("Make policy reports of what podgate serve decided"),
    .description = STR_INIT(
        "FILE is what podgate serve --history keeps; it may be writing meanwhile. One report for "
        "each namespace says of each object what was decided last: pass, fail, warn (it would be "
        "refused if the mode were to enforce), skip (exempt) or error. They are printed; nothing "
        "is written to a cluster.\nExit status: 0 there are reports, 1 there is nothing to report, "
        "2 the call or the file is wrong."),
    .options = uses,
    .args_size = sizeof(ReportArgs),
    .run = cli_report_run,
};
