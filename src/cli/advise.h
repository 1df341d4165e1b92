/* SPDX-License-Identifier: Apache-2.0 */
/* What the advise commands share: the workloads that they are asked about. */
#ifndef PODGATE_CLI_ADVISE_H
#define PODGATE_CLI_ADVISE_H

#include "analyze/advise/inputs.h"
#include "cli/output.h"
#include "cli/source.h"

extern const CliCommand cli_command_advise_psp;
extern const CliCommand cli_command_advise_pss;
extern const CliCommand cli_command_advise_rbac;

typedef struct AdviseArgs {
    StrList files;
    Str namespace;
    SourceArgs source;
} AdviseArgs;

extern const CliOptionGroup advise_options; /* -f and -n, into AdviseArgs */

/* Rows of a CliOptionUse list: the groups of an AdviseArgs member of Args. */
#define ADVISE_OPTION_USES(Args, member) \
    { &advise_options, offsetof(Args, member) }, SOURCE_OPTION_USES(Args, member.source)

typedef struct AdviseAsked {
    State state;
    FileObjects files; /* of -f */
    AdviseInputs inputs;
} AdviseAsked;

/* Reads what is asked about. False after a message. Close with advise_close(). may_be_empty: the
 * advice makes sense without any workload. */
WARN_UNUSED bool advise_open(const Cli *cli, const AdviseArgs *args, bool may_be_empty,
                             AdviseAsked *out);
void advise_close(AdviseAsked *asked);

/* Says what was left out. False when that is to fail the call (--fail-on-unknown), or when nothing
 * is left. */
WARN_UNUSED bool advise_report_skipped(const Cli *cli, const AdviseArgs *args,
                                       const AdviseInputs *inputs);

#endif
