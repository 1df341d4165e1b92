/* SPDX-License-Identifier: Apache-2.0 */
/* podgate diff: two states read, compared and told. */
#include "analyze/objects.h"
#include "cli/commands.h"
#include "cli/diff.h"
#include "cli/live.h"
#include "cli/snapshots.h"
#include "cli/state.h"
#include "doc/value_pack.h"
#include "kube/groups/convert.h"
#include "kube/selector.h"
#include "server/data/data.h"

#include <sys/stat.h>
#include <unistd.h>

/* -- what is of interest ----------------------------------------------------------------------- */

typedef struct WantedKind {
    Str group; /* absent: of any */
    Str kind;  /* in lower case */
} WantedKind;

typedef struct Wanted {
    const WantedKind *kinds;
    size_t kind_count;
    Str namespace;
    LabelSelector selector;
    bool selects;
    bool momentary; /* events and the like, too */
} Wanted;

static Str text_of(const Value *v, Str field)
{
    Str s = value_get_str(v, field);
    return s.ptr ? s : STR("");
}

static bool wants_kind(const Wanted *w, Str group, Str kind)
{
    if (w->kind_count == 0) {
        return w->momentary || !diff_is_momentary(group, kind);
    }
    for (size_t i = 0; i < w->kind_count; i++) {
        if (str_eq_ignore_case(w->kinds[i].kind, kind) &&
            (w->kinds[i].group.ptr == NULL || str_eq(w->kinds[i].group, group))) {
            return true;
        }
    }
    return false;
}

static bool wants(const void *context, const Value *object)
{
    const Wanted *w = context;
    Str group, version;
    Str kind = text_of(object, STR("kind"));
    const Value *metadata = value_get_lit(object, "metadata");
    kube_split_api_version(text_of(object, STR("apiVersion")), &group, &version);
    return wants_kind(w, kube_storage_group(group, kind), kind) &&
           (w->namespace.ptr == NULL ||
            str_eq(w->namespace, text_of(metadata, STR("namespace")))) &&
           (!w->selects || label_selector_matches(&w->selector, value_get_lit(metadata, "labels")));
}

/* A kind that is built in as kubectl takes it, else KIND or KIND.GROUP of a custom one. */
static WantedKind read_kind(Str text, Arena *a)
{
    KubeTarget target = kube_target(KUBE_MINOR_NEWEST);
    KubeKind k;
    Str kind, group;
    if (kube_kind_find_typed(text, &target, &k)) {
        return (WantedKind){ kube_storage_group(k.group, k.kind), k.kind };
    }
    bool has_group = str_split_once(text, '.', &kind, &group);
    return (WantedKind){ has_group ? group : STR_ABSENT, arena_lower(a, kind) };
}

static bool read_wanted(const Cli *cli, const DiffArgs *args, Wanted *out)
{
    Arena *a = cli->arena;
    size_t most = 0;
    Err err;
    *out = (Wanted){ .namespace = args->namespace, .momentary = args->all_fields };
    for (size_t i = 0; i < args->kinds.count; i++) {
        most += args->kinds.items[i].len + 1;
    }
    WantedKind *kinds = new(a, WantedKind, most);
    for (size_t i = 0; i < args->kinds.count; i++) {
        Str piece, rest = args->kinds.items[i];
        while (str_next_piece(&rest, ',', &piece)) {
            if (piece.len == 0) {
                cli_usage(cli, "--kind: there is no kind without a name");
                return false;
            }
            kinds[out->kind_count++] = read_kind(piece, a);
        }
    }
    out->kinds = kinds;
    out->selects = args->selector.ptr != NULL;
    if (out->selects && !label_selector_parse(args->selector, a, &out->selector, &err)) {
        cli_usage(cli, "--selector: %.*s", STR_ARG(err.msg));
        return false;
    }
    return true;
}

/* -- states ------------------------------------------------------------------------------------ */

/* Kinds that another group has, too, are read once. */
static bool skips(const void *context, Str group, Str kind)
{
    return !str_eq(kube_storage_group(group, kind), group) || !wants_kind(context, group, kind);
}

static bool is_kubeconfig(Str path, Arena *a)
{
    struct stat st;
    Str text;
    DocList docs;
    bool is_file = !str_eq(path, STR("-")) && stat(arena_cstr(a, path), &st) == 0 &&
                   S_ISREG(st.st_mode);
    enum { KUBECONFIG_BYTES_MAX = 1 << 20 };
    return is_file && st.st_size <= KUBECONFIG_BYTES_MAX &&
           file_read_text(path, NULL, a, &text, NULL) &&
           docs_read(path, text, NULL, a, &docs, NULL) && docs.count == 1 &&
           str_eq(value_get_str(&docs.items[0].root, STR("kind")), STR("Config")) &&
           value_is(value_get_lit(&docs.items[0].root, "contexts"), VALUE_ARRAY);
}

/* Is it a cluster: a kubeconfig, KUBECONFIG@CONTEXT or @CONTEXT? */
static bool is_live(Str state, Arena *a, LiveArgs *out)
{
    ptrdiff_t at = str_rindex_byte(state, '@');
    *out = (LiveArgs){ .kubeconfig = state };
    if (is_kubeconfig(state, a)) {
        return true;
    }
    if (at < 0 || access(arena_cstr(a, state), F_OK) == 0) {
        return false;
    }
    Str file = str_slice(state, 0, (size_t)at);
    *out = (LiveArgs){ .kubeconfig = file.len ? file : STR_ABSENT,
                       .context = str_drop(state, (size_t)at + 1) };
    return file.len == 0 || is_kubeconfig(file, a);
}

/* The file of a snapshot that is called so, when nothing else is. */
static Str snapshot_of(Str state, Arena *a)
{
    Str path;
    Err err;
    bool is_name = !str_eq(state, STR("-")) && access(arena_cstr(a, state), F_OK) != 0 &&
                   saved_is_name(state) && snapshots_path(state, a, &path, &err) &&
                   access(arena_cstr(a, path), F_OK) == 0;
    return is_name ? path : state;
}

static bool is_data(Str state, Arena *a)
{
    return access(arena_cstr(a, arena_concat(a, state, STR("/podgate.db"))), F_OK) == 0;
}

/* All that a store holds, copied. */
static void copy_store(Store *s, Arena *a, DiffState *out)
{
    StoreReader r;
    size_t count;
    store_read_begin(s, &r);
    const StoreEntry *entries = store_hold_all(s, a, &count);
    store_read_end(s, &r);
    const Value **list = new(a, const Value *, count);
    for (size_t i = 0; i < count; i++) {
        const Value *object = &entries[i].object->object;
        PackSize size = value_pack_size(object, NULL);
        Value *copy = new(a, Value, 1);
        *copy = value_pack(object, size, NULL, arena_alloc(a, pack_bytes(size)));
        list[i] = copy;
        store_let_go(s, entries[i].object);
    }
    store_leave(s, &r);
    *out = (DiffState){ list, count };
}

static bool read_data(const Cli *cli, Str folder, DiffState *out)
{
    Data *data = NULL;
    Store *store = store_new(0, 0);
    Err err;
    bool done = data_open(folder, cli->arena, &data, &err) &&
                data_load(data, store, cli->arena, &err);
    if (done) {
        copy_store(store, cli->arena, out);
    } else {
        cli_fail(cli, &err);
    }
    data_close(data);
    store_free(store);
    return done;
}

static bool read_state(const Cli *cli, Str state, const Wanted *wanted, DiffState *out)
{
    FileObjects objects;
    LiveArgs live;
    state = snapshot_of(state, cli->arena);
    if (is_data(state, cli->arena)) {
        return read_data(cli, state, out);
    }
    if (is_live(state, cli->arena, &live)) {
        LiveRead read;
        LiveOptions o = { .skips = skips, .context = wanted, .namespace = wanted->namespace };
        if (!live_read(cli, &live, &o, &read)) {
            return false;
        }
        objects = read.objects;
    } else {
        if (!state_read_files(cli, (StrList){ &state, 1 }, &objects)) {
            return false;
        }
        objects_fill_namespaces(&objects, STR("default"), cli->arena);
    }
    const Value **list = new(cli->arena, const Value *, objects.count);
    for (size_t i = 0; i < objects.count; i++) {
        list[i] = objects.items[i].object;
    }
    *out = (DiffState){ list, objects.count };
    return true;
}

CliStatus cli_diff_run(Cli *cli, void *arguments, StrList operands)
{
    const DiffArgs *args = arguments;
    Wanted wanted;
    DiffState before, after;
    DiffResult result;
    if (!read_wanted(cli, args, &wanted) || !read_state(cli, operands.items[0], &wanted, &before) ||
        !read_state(cli, operands.items[1], &wanted, &after)) {
        return CLI_ERROR;
    }
    DiffOptions options = { .target = kube_target(KUBE_MINOR_NEWEST),
                            .all_fields = args->all_fields,
                            .wants = wants,
                            .context = &wanted };
    diff_states(&before, &after, &options, cli->arena, &result);
    Value tree = diff_to_value(&result, cli->arena);
    if (output_is(&args->output, STR("name"))) {
        diff_write_names(cli, &result);
    } else if (!output_value(cli, &args->output, &tree)) {
        diff_write_text(cli, &result);
    }
    return result.count ? CLI_NO : CLI_YES;
}
