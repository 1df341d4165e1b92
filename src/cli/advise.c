/* SPDX-License-Identifier: Apache-2.0 */
/* The workloads that advice is asked about. */
#include "cli/advise.h"

#include "analyze/objects.h"
#include "cli/fields.h"
#include "cli/given.h"

static const CliOption options[] = {
    GIVEN_FILES_ROW(AdviseArgs, files,
                    "the workloads: a file, a folder, or - for standard input; "
                    "repeatable. Without it: those of the cluster"),
    GIVEN_NAMESPACE_ROW(AdviseArgs, namespace,
                        "only workloads of this namespace, which is also that of objects that name "
                        "none (default: all, and default)"),
};

const CliOptionGroup advise_options = { STR_INIT("The workloads"), options, COUNT_OF(options) };

/* Of a running cluster: workloads, accounts, and what grants rights. */
static bool is_of_no_interest(const void *context, Str group, Str kind)
{
    static const Str kinds[] = { STR_INIT("Role"),           STR_INIT("RoleBinding"),
                                 STR_INIT("ClusterRole"),    STR_INIT("ClusterRoleBinding"),
                                 STR_INIT("ServiceAccount"), STR_INIT("Namespace") };
    (void)context;
    return !workload_is(group, kind) && !str_list_has((StrList){ kinds, COUNT_OF(kinds) }, kind);
}

static bool read_inputs(const Cli *cli, const AdviseArgs *args, bool may_be_empty, AdviseAsked *out)
{
    FileObjects *files = &out->files;
    if (args->files.count) {
        if (!fields_check(cli, files, &out->state.target,
                          args->source.state.strict || args->source.fail_on_unknown)) {
            return false;
        }
        objects_fill_namespaces(files, given_namespace(args->namespace), cli->arena);
    }
    AdviseSource source = {
        .objects = args->files.count ? files : &out->state.objects,
        .are_in_cluster = args->files.count == 0,
        .may_be_empty = may_be_empty,
        .namespace = args->namespace,
        .target = &out->state.target,
    };
    Err err;
    if (!advise_inputs_read(out->state.snapshot, &source, cli->arena, &out->inputs, &err)) {
        cli_fail(cli, &err);
        return false;
    }
    return true;
}

bool advise_open(const Cli *cli, const AdviseArgs *args, bool may_be_empty, AdviseAsked *out)
{
    *out = (AdviseAsked){ 0 };
    const SourceOptions from = { .live = { .skips = is_of_no_interest },
                                 .may_be_absent = args->files.count };
    if (!args->files.count && !args->source.state.paths.count &&
        !live_is_asked(&args->source.live)) {
        cli_usage(cli, "-f, --state or --kubeconfig says which workloads");
        return false;
    }
    if (!given_stdin_once(cli, args->files, args->source.state.paths) ||
        (args->files.count && !state_read_files(cli, args->files, &out->files)) ||
        !source_open(cli, &args->source, &from, &out->state)) {
        return false;
    }
    if (!read_inputs(cli, args, may_be_empty, out)) {
        state_close(&out->state);
        return false;
    }
    return true;
}

void advise_close(AdviseAsked *asked)
{
    advise_inputs_done(&asked->inputs);
    state_close(&asked->state);
}

bool advise_report_skipped(const Cli *cli, const AdviseArgs *args, const AdviseInputs *inputs)
{
    for (const AdviseSkipped *s = inputs->skipped; s; s = s->next) {
        cli_warn(cli, "left out: %.*s in namespace %.*s: %.*s", STR_ARG(s->workload->text),
                 STR_ARG(s->workload->namespace), STR_ARG(s->why));
    }
    if (args->source.fail_on_unknown && inputs->skipped_count) {
        cli_error(cli, "%zu workload%s left out (--fail-on-unknown)", inputs->skipped_count,
                  inputs->skipped_count == 1 ? " was" : "s were");
        return false;
    }
    if (inputs->count == 0 && inputs->skipped_count) {
        cli_error(cli, "no workload is left to give advice about");
        return false;
    }
    return true;
}
