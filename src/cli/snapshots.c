/* SPDX-License-Identifier: Apache-2.0 */
/* Where snapshots are kept, and what is said of one. */
#include "cli/snapshots.h"

#include <stdlib.h>

static const CliOption cluster_rows[] = {
    { .name = STR_INIT("name"),
      .kind = CLI_TEXT,
      .offset = offsetof(SnapshotClusterArgs, name),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("which of several that podgate up --background serves") },
    { .name = STR_INIT("kubeconfig"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(SnapshotClusterArgs, kubeconfig),
      .value = STR_INIT("FILE"),
      .help = STR_INIT(
          "the kubeconfig that podgate up wrote (default: KUBECONFIG when that is one, "
          "else the server in the background)") },
    { .name = STR_INIT("data"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(SnapshotClusterArgs, data),
      .value = STR_INIT("DIR"),
      .help = STR_INIT("a folder of podgate up --data from which nobody serves now") },
};
const CliOptionGroup snapshot_cluster_options = { STR_INIT("The cluster"), cluster_rows,
                                                  COUNT_OF(cluster_rows) };

bool snapshots_folder(Arena *a, Str *out, Err *err)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (state && state[0] == '/') {
        *out = arena_printf(a, "%s/podgate/snapshots", state);
    } else if (home && home[0] == '/') {
        *out = arena_printf(a, "%s/.local/state/podgate/snapshots", home);
    } else {
        return err_set(err, a, ERR_IO,
                       "neither XDG_STATE_HOME nor HOME says where snapshots are kept");
    }
    return true;
}

bool snapshots_is_file(Str text)
{
    return str_index_byte(text, '/') >= 0 || str_ends_with(text, STR(".json"));
}

bool snapshots_path(Str text, Arena *a, Str *out, Err *err)
{
    Str folder;
    if (snapshots_is_file(text)) {
        *out = text;
        return true;
    }
    if (!saved_is_name(text)) {
        return err_set(err, a, ERR_USAGE,
                       "a snapshot's name is made of letters, digits, \"-\", \"_\" and \".\", not "
                       "\"%.*s\"",
                       STR_ARG(text));
    }
    if (!snapshots_folder(a, &folder, err)) {
        return false;
    }
    *out = arena_printf(a, "%.*s/%.*s.json", STR_ARG(folder), STR_ARG(text));
    return true;
}

Value snapshots_describe(Str name, Str path, const SavedInfo *info, Arena *a)
{
    Value v = value_object();
    output_add_str(&v, STR("name"), name, a);
    output_add_str(&v, STR("file"), path, a);
    output_add_str(&v, STR("created"), info->head.created, a);
    output_add_str(&v, STR("kubernetes"), arena_printf(a, "1.%d", info->head.minor), a);
    output_add_str(&v, STR("resourceVersion"),
                   arena_printf(a, "%llu", (unsigned long long)info->head.version), a);
    value_set_lit(&v, "objects", value_int((int64_t)info->objects), a);
    value_set_lit(&v, "bytes", value_int((int64_t)info->bytes), a);
    return v;
}
