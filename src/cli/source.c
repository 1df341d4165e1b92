/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster that an analysis asks. */
#include "cli/source.h"

static const CliOption rows[] = {
    { .name = STR_INIT("fail-on-unknown"),
      .kind = CLI_FLAG,
      .offset = offsetof(SourceArgs, fail_on_unknown),
      .help = STR_INIT("end with 2 when something was not evaluated: kinds or fields that are not "
                       "known, or what could not be read") },
};

const CliOptionGroup source_options = { STR_INIT("What is not known"), rows, COUNT_OF(rows) };

static bool open_live(const Cli *cli, const SourceArgs *args, StateArgs *state,
                      const SourceOptions *options, State *out)
{
    LiveRead live;
    KubeTarget target;
    if (!source_read_live(cli, args, options, &live) || !state_target(cli, state, &target)) {
        return false;
    }
    if (args->fail_on_unknown && live.missing) {
        cli_error(cli, "%zu kind%s could not be read (--fail-on-unknown)", live.missing,
                  live.missing == 1 ? "" : "s");
        return false;
    }
    if (!state->kubernetes_version.ptr && live.minor >= KUBE_MINOR_MIN) {
        target = kube_target(live.minor < KUBE_MINOR_NEWEST ? live.minor : KUBE_MINOR_NEWEST);
    }
    state->no_preset = true; /* a running cluster has its own */
    return state_index(cli, state, &live.objects, &target, out);
}

bool source_open(const Cli *cli, const SourceArgs *args, const SourceOptions *options, State *out)
{
    StateArgs state = args->state;
    state.strict = state.strict || args->fail_on_unknown;
    *out = (State){ 0 };
    if (live_is_asked(&args->live)) {
        if (state.paths.count) {
            cli_usage(cli, "--state and a running cluster (--kubeconfig, --context) exclude each "
                           "other");
            return false;
        }
        return open_live(cli, args, &state, options, out);
    }
    if (!state.paths.count && !options->may_be_absent) {
        cli_usage(cli,
                  "which cluster? --state PATH of a dump or of manifests, or --kubeconfig FILE");
        return false;
    }
    return state_open(cli, &state, out);
}
