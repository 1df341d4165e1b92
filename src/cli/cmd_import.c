/* SPDX-License-Identifier: Apache-2.0 */
/* podgate import: a rehearsal copy of a real cluster. */
#include "cli/commands.h"
#include "cli/import.h"
#include "cli/output.h"

static const Str formats[] = { STR_INIT("yaml"), STR_INIT("json") };

static const CliOption rows[] = {
    { .name = STR_INIT("out"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(ImportArgs, out),
      .value = STR_INIT("PATH"),
      .help = STR_INIT("write the copy there instead of to standard output: a file, or a folder "
                       "(a name that ends with /) with a file for each kind") },
    OUTPUT_ROW(ImportArgs, format, formats, COUNT_OF(formats), "yaml (default) or json"),
    { .name = STR_INIT("snapshot"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(ImportArgs, snapshot),
      .value = STR_INIT("NAME|FILE"),
      .help = STR_INIT(
          "write a snapshot, which podgate up --from begins with, instead of a dump") },
    { .name = STR_INIT("kubernetes-version"),
      .kind = CLI_TEXT,
      .offset = offsetof(ImportArgs, kubernetes_version),
      .value = STR_INIT("1.MINOR"),
      .help = STR_INIT("with --snapshot: the version of the copy (default: that of the cluster)") },
    { .name = STR_INIT("force"),
      .kind = CLI_FLAG,
      .offset = offsetof(ImportArgs, force),
      .help = STR_INIT("with --snapshot: replace one of that name") },
    { .name = STR_INIT("with-secrets"),
      .kind = CLI_FLAG,
      .offset = offsetof(ImportArgs, with_secrets),
      .help = STR_INIT("copy the values of Secrets, too; without this others stand in their "
                       "place") },
    { .name = STR_INIT("redact-secrets"),
      .kind = CLI_FLAG,
      .offset = offsetof(ImportArgs, redact_secrets),
      .help = STR_INIT("leave the values of Secrets out: the default, said aloud") },
    { .name = STR_INIT("with-webhooks"),
      .kind = CLI_FLAG,
      .offset = offsetof(ImportArgs, with_webhooks),
      .help = STR_INIT("copy the configurations of admission webhooks, which a rehearsal would "
                       "then call") },
    { .name = STR_INIT("strict"),
      .kind = CLI_FLAG,
      .offset = offsetof(ImportArgs, strict),
      .help = STR_INIT("write nothing when a kind cannot be read or is not known, instead of "
                       "warning") },
};
static const CliOptionGroup group = { STR_INIT("The copy"), rows, COUNT_OF(rows) };

static const CliOptionUse uses[] = {
    { &group, 0 },
    { &live_options, offsetof(ImportArgs, live) },
    { NULL, 0 },
};

const CliCommand cli_command_import = {
    .name = STR_INIT("import"),
    .operands = STR_INIT("[FILE|DIR|-]..."),
    .operands_max = SIZE_MAX,
    .complete = CLI_COMPLETE_FILE,
    .summary = STR_INIT("Copy a real cluster's objects for a rehearsal"),
    .description = STR_INIT(
        "Takes what kubectl get -o yaml printed of a cluster (files, folders, - for standard "
        "input), or with --kubeconfig or --context the running cluster itself, which is only "
        "read. Writes a dump of it that podgate up --state serves as it is: policies, RBAC, "
        "workloads, custom resources, nodes, with uids, owners and status.\nEvents and leases are "
        "left out, as are admission webhooks. Values of Secrets are not copied unless "
        "--with-secrets is given; what configuration outside of Secrets holds is copied."),
    .options = uses,
    .args_size = sizeof(ImportArgs),
    .run = cli_import_run,
};
