/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster that is asked. */
#include "cli/state.h"

#include "analyze/objects.h"
#include "cli/fields.h"
#include "cli/progress.h"
#include "cluster/preset.h"

#include <assert.h>

enum { WARNINGS_MAX = 50 }; /* of one kind; the rest is counted */

static const CliOption options[] = {
    { .name = STR_INIT("state"),
      .letter = 's',
      .kind = CLI_LIST,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(StateArgs, paths),
      .value = STR_INIT("PATH"),
      .help = STR_INIT("what the cluster holds: a file, a folder, - for standard input, or what "
                       "kubectl get -o yaml printed; repeatable") },
    { .name = STR_INIT("preset"),
      .kind = CLI_LIST,
      .offset = offsetof(StateArgs, presets),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("a platform's default objects: eks, rancher, gravity, gke, aks; repeatable. "
                       "kubernetes is always there") },
    { .name = STR_INIT("no-preset"),
      .kind = CLI_FLAG,
      .offset = offsetof(StateArgs, no_preset),
      .help = STR_INIT("leave out the roles and bindings that Kubernetes makes by itself") },
    { .name = STR_INIT("kubernetes-version"),
      .kind = CLI_TEXT,
      .offset = offsetof(StateArgs, kubernetes_version),
      .value = STR_INIT("1.MINOR"),
      .help = STR_INIT(
          "decide as, and in the words of, this version (default: the newest known)") },
    { .name = STR_INIT("strict"),
      .kind = CLI_FLAG,
      .offset = offsetof(StateArgs, strict),
      .help = STR_INIT("refuse fields and kinds that are not known, instead of warning") },
};

const CliOptionGroup state_options = { STR_INIT("The cluster"), options, COUNT_OF(options) };

bool state_target(const Cli *cli, const StateArgs *args, KubeTarget *out)
{
    *out = kube_target(KUBE_MINOR_NEWEST);
    Err err;
    if (args->kubernetes_version.ptr &&
        !kube_target_parse(args->kubernetes_version, cli->arena, out, &err)) {
        cli_usage(cli, "--kubernetes-version: %.*s", STR_ARG(err.msg));
        return false;
    }
    return true;
}

bool state_read_files(const Cli *cli, StrList paths, FileObjects *out)
{
    Progress progress = progress_new(cli);
    FilesOptions files_options = { .progress = progress_files, .progress_context = &progress };
    FileObjects *read = new(cli->arena, FileObjects, paths.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < paths.count; i++) {
        Err err;
        if (!files_read(paths.items[i], &files_options, cli->arena, &read[i], &err)) {
            progress_end(&progress);
            cli_fail(cli, &err);
            return false;
        }
        count += read[i].count;
    }
    progress_end(&progress);
    if (paths.count == 1) {
        *out = read[0];
        return true;
    }
    out->items = new(cli->arena, FileObject, count + 1);
    out->count = 0;
    for (size_t i = 0; i < paths.count; i++) {
        if (read[i].count) {
            memcpy(out->items + out->count, read[i].items, read[i].count * sizeof(FileObject));
        }
        out->count += read[i].count;
    }
    return true;
}

/* -- the snapshot ------------------------------------------------------------------------------ */

/* The presets as a snapshot of their own, so that what the files hold replaces it silently. */
static const Snapshot *presets_open(const Cli *cli, const StateArgs *args)
{
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    bool found = args->no_preset || preset_put(b, STR("kubernetes"));
    assert(found); /* it is built in */
    (void)found;
    for (size_t i = 0; i < args->presets.count; i++) {
        Str name = args->presets.items[i];
        if (str_eq(name, STR("kubernetes")) || preset_put(b, name)) {
            continue;
        }
        Str near = cli_suggest(preset_names(), name, cli->arena);
        cli_usage(cli, "--preset: there is none called \"%.*s\"%s%.*s", STR_ARG(name),
                  near.ptr ? "; did you mean " : "", STR_ARG(near));
        snapshot_builder_free(b);
        return NULL;
    }
    return snapshot_builder_finish(b);
}

static bool report_notes(const Cli *cli, const SnapshotBuilder *b)
{
    bool ok = true;
    size_t warned = 0;
    for (const SnapshotNote *n = snapshot_builder_notes(b); n; n = n->next) {
        if (n->is_error) {
            cli_error(cli, "%.*s", STR_ARG(n->text));
            ok = false;
        } else if (warned++ < WARNINGS_MAX) {
            cli_warn(cli, "%.*s", STR_ARG(n->text));
        }
    }
    return ok;
}

bool state_index(const Cli *cli, const StateArgs *args, const FileObjects *objects,
                 const KubeTarget *target, State *out)
{
    *out = (State){ .target = *target, .objects = *objects };
    if (!fields_check(cli, &out->objects, &out->target, args->strict)) {
        return false;
    }
    objects_fill_namespaces(&out->objects, STR("default"), cli->arena);
    const Snapshot *presets = presets_open(cli, args);
    if (!presets) {
        return false;
    }
    SnapshotBuilder *b = snapshot_builder_new(presets, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    snapshot_release(presets);
    for (size_t i = 0; i < out->objects.count; i++) {
        snapshot_builder_put(b, out->objects.items[i].object, &out->objects.items[i].origin);
    }
    if (!report_notes(cli, b)) {
        snapshot_builder_free(b);
        return false;
    }
    out->namespaces = objects_namespaces((const FileObjects *[]){ &out->objects }, 1, cli->arena);
    out->snapshot = preset_complete(snapshot_builder_finish(b), args->presets);
    out->facts = snapshot_facts(out->snapshot);
    return true;
}

bool state_open(const Cli *cli, const StateArgs *args, State *out)
{
    KubeTarget target;
    FileObjects objects;
    *out = (State){ 0 };
    return state_target(cli, args, &target) && state_read_files(cli, args->paths, &objects) &&
           state_index(cli, args, &objects, &target, out);
}

void state_close(State *s)
{
    snapshot_release(s->snapshot);
    s->snapshot = NULL;
}
