/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster of podgate simulate. */
#include "cli/fields.h"
#include "cli/progress.h"
#include "cli/simulate.h"
#include "cluster/stream.h"

static void take_in(Intake *in, const FileObjects *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        intake_put(in, &objects->items[i], true);
    }
}

static void take_one(void *context, const FileObject *object, bool stays)
{
    intake_put(context, object, stays);
}

static bool read_files(const Cli *cli, StrList paths, Intake *in)
{
    Progress progress = progress_new(cli);
    StreamOptions options = { .progress = progress_files, .progress_context = &progress };
    Err err;
    bool ok = stream_read(paths, &options, take_one, in, cli->arena, &err);
    progress_end(&progress);
    if (!ok) {
        cli_fail(cli, &err);
    }
    return ok;
}

/* Of a running cluster, or of files. */
static bool read_in(const Cli *cli, const SourceArgs *args, StateArgs *state, Intake *in,
                    KubeTarget *target)
{
    if (!state_target(cli, state, target)) {
        return false;
    }
    if (!live_is_asked(&args->live)) {
        return read_files(cli, state->paths, in);
    }
    SourceOptions options = { 0 };
    LiveRead live;
    if (!source_read_live(cli, args, &options, &live)) {
        return false;
    }
    if (args->fail_on_unknown && live.missing) {
        cli_error(cli, "%zu kind%s could not be read (--fail-on-unknown)", live.missing,
                  live.missing == 1 ? "" : "s");
        return false;
    }
    if (!state->kubernetes_version.ptr && live.minor >= KUBE_MINOR_MIN) {
        *target = kube_target(live.minor < KUBE_MINOR_NEWEST ? live.minor : KUBE_MINOR_NEWEST);
    }
    state->no_preset = true; /* a running cluster has its own */
    take_in(in, &live.objects);
    return true;
}

/* What is not known in pods and workloads: of each unit once. */
static bool check_units(const Cli *cli, const SimulateUnits *units, const KubeTarget *target,
                        bool strict)
{
    FileObjects objects = { new(cli->arena, FileObject, units->count + 1), units->count };
    for (size_t i = 0; i < units->count; i++) {
        objects.items[i] = units->items[i].source;
    }
    return fields_check(cli, &objects, target, strict);
}

bool simulate_state_open(const Cli *cli, const SourceArgs *args, SimulateState *out)
{
    StateArgs state = args->state;
    state.strict = state.strict || args->fail_on_unknown;
    *out = (SimulateState){ 0 };
    if (live_is_asked(&args->live) ? state.paths.count > 0 : state.paths.count == 0) {
        cli_usage(cli, state.paths.count ? "--state and a running cluster (--kubeconfig, "
                                           "--context) exclude each other"
                                         : "which cluster? --state PATH of a dump or of "
                                           "manifests, or --kubeconfig FILE");
        return false;
    }
    KubeTarget target;
    FileObjects objects;
    out->intake = intake_new();
    bool ok = read_in(cli, args, &state, out->intake, &target);
    if (ok) {
        intake_finish(out->intake, &objects, &out->units);
        ok = check_units(cli, &out->units, &target, state.strict) &&
             state_index(cli, &state, &objects, &target, &out->state);
    }
    if (!ok) {
        intake_free(out->intake);
        out->intake = NULL;
    }
    return ok;
}

void simulate_state_close(SimulateState *s)
{
    state_close(&s->state);
    intake_free(s->intake);
    s->intake = NULL;
}
