/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster that is asked. */
#include "cli/state.h"

#include "base/map.h"
#include "cli/fields.h"
#include "cli/progress.h"
#include "cluster/preset.h"
#include "kube/kinds.h"

#include <assert.h>
#include <stdlib.h>

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

/* -- namespaces -------------------------------------------------------------------------------- */

Str state_namespace_of(const Value *object, Str otherwise)
{
    KubeKind kind;
    if (!kube_kind_find(value_get_str(object, STR("apiVersion")),
                        value_get_str(object, STR("kind")), &kind) ||
        !kind.namespaced) {
        return STR("");
    }
    Str namespace = value_get_str(value_get_lit(object, "metadata"), STR("namespace"));
    return namespace.len ? namespace : otherwise;
}

void state_fill_namespaces(FileObjects *objects, Str namespace, Arena *a)
{
    for (size_t i = 0; i < objects->count; i++) {
        const Value *object = objects->items[i].object;
        const Value *meta = value_get_lit(object, "metadata");
        if (!value_is(meta, VALUE_OBJECT) || value_get_str(meta, STR("namespace")).len ||
            !state_namespace_of(object, namespace).len) {
            continue;
        }
        Value *copy = new(a, Value, 1);
        *copy = value_copy(object, a);
        value_set_lit(value_get_lit(copy, "metadata"), "namespace", value_str(namespace), a);
        objects->items[i].object = copy;
    }
}

/* -- the snapshot ------------------------------------------------------------------------------ */

static void put_all(SnapshotBuilder *b, const FileObjects *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        snapshot_builder_put(b, objects->items[i].object, &objects->items[i].origin);
    }
}

/* "Kind/namespace/name" of an object that controllers look after, to its Value. */
static Str presence_key(Str kind, Str namespace, Str name, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s/%.*s", STR_ARG(kind), STR_ARG(namespace), STR_ARG(name));
}

static void note_present(Map *have, const FileObjects *objects)
{
    static const Str kinds[] = { STR_INIT("Namespace"), STR_INIT("ServiceAccount"),
                                 STR_INIT("Secret") };
    for (size_t i = 0; i < objects->count; i++) {
        const Value *object = objects->items[i].object;
        Str kind = value_get_str(object, STR("kind"));
        if (str_list_has((StrList){ kinds, COUNT_OF(kinds) }, kind)) {
            const Value *meta = value_get_lit(object, "metadata");
            map_set(have,
                    presence_key(kind, value_get_str(meta, STR("namespace")),
                                 value_get_str(meta, STR("name")), have->arena),
                    (void *)(uintptr_t)object);
        }
    }
}

/* In the arena, as the builder borrows it. */
static Value *object_new(Str kind, Str namespace, Str name, Arena *a)
{
    Value *object = new(a, Value, 1);
    *object = value_object();
    value_set_lit(object, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(object, "kind", value_str(kind), a);
    Value meta = value_object();
    value_set_lit(&meta, "name", value_str(name), a);
    if (namespace.len) {
        value_set_lit(&meta, "namespace", value_str(namespace), a);
    }
    value_set_lit(object, "metadata", meta, a);
    return object;
}

/* Up to 1.20 a pod is refused until its account lists a token. A manifest of an account lists none,
 * and a dump seldom has the secrets: the one that the token controller would make is put. */
static void add_token(SnapshotBuilder *b, const Map *have, StateAccount account, Value *object,
                      Arena *a)
{
    Value *listed = value_get_lit(object, "secrets");
    VALUE_EACH_ITEM(reference, listed) {
        Str name = value_get_str(reference, STR("name"));
        if (map_has(have, presence_key(STR("Secret"), account.namespace, name, a))) {
            return;
        }
    }
    Str name = arena_printf(a, "%.*s-token-xxxxx", STR_ARG(account.name));
    if (value_len(listed)) {
        name = value_get_str(value_item(listed, 0), STR("name"));
    } else {
        Value reference = value_object();
        value_set_lit(&reference, "name", value_str(name), a);
        Value list = value_array();
        value_add(&list, reference, a);
        value_set_lit(object, "secrets", list, a);
    }
    Value *secret = object_new(STR("Secret"), account.namespace, name, a);
    Value annotations = value_object();
    value_set_lit(&annotations, "kubernetes.io/service-account.name", value_str(account.name), a);
    value_set_lit(value_get_lit(secret, "metadata"), "annotations", annotations, a);
    value_set_lit(secret, "type", value_str(STR("kubernetes.io/service-account-token")), a);
    snapshot_builder_put(b, secret, NULL);
}

static void put_account(const Cli *cli, SnapshotBuilder *b, const Map *have, StateAccount account,
                        const KubeTarget *target)
{
    enum { TOKENS_ARE_SECRETS_UNTIL = 20 };
    Arena *a = cli->arena;
    if (!map_has(have, presence_key(STR("Namespace"), STR(""), account.namespace, a))) {
        Value *namespace = object_new(STR("Namespace"), STR(""), account.namespace, a);
        snapshot_builder_put(b, namespace, NULL);
    }
    const Value *known = map_get(
        have, presence_key(STR("ServiceAccount"), account.namespace, account.name, a));
    if (!known && !str_eq(account.name, STR("default"))) {
        cli_warn(cli, "the state has no service account %.*s/%.*s; it is taken to exist",
                 STR_ARG(account.namespace), STR_ARG(account.name));
    }
    Value *object = object_new(STR("ServiceAccount"), account.namespace, account.name, a);
    if (known) {
        *object = value_copy(known, a);
    }
    if (target->minor <= TOKENS_ARE_SECRETS_UNTIL) {
        add_token(b, have, account, object, a);
    } else if (known) {
        return;
    }
    snapshot_builder_put(b, object, NULL);
}

/* What controllers make, laid over the snapshot of the files. */
static const Snapshot *put_accounts(const Cli *cli, const Snapshot *files, const Map *have,
                                    const StateExtra *extra, const KubeTarget *target)
{
    SnapshotBuilder *b = snapshot_builder_new(files, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    Map done = map_new(cli->arena);
    for (size_t i = 0; i < extra->account_count; i++) {
        StateAccount account = extra->accounts[i];
        Str key = presence_key(STR(""), account.namespace, account.name, cli->arena);
        if (!map_has(&done, key)) {
            map_at(&done, key);
            put_account(cli, b, have, account, target);
        }
    }
    snapshot_release(files);
    return snapshot_builder_finish(b);
}

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

static void note_namespaces(Map *seen, const FileObjects *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        const Value *meta = value_get_lit(objects->items[i].object, "metadata");
        bool is_one = str_eq(value_get_str(objects->items[i].object, STR("kind")),
                             STR("Namespace"));
        Str namespace = value_get_str(meta, is_one ? STR("name") : STR("namespace"));
        if (namespace.len) {
            map_at(seen, namespace);
        }
    }
}

static StrList namespaces_of(const FileObjects *files, const StateExtra *extra, Arena *a)
{
    Map seen = map_new(a);
    note_namespaces(&seen, files);
    if (extra) {
        note_namespaces(&seen, &extra->objects);
    }
    Str *names = new(a, Str, seen.count + 1);
    for (size_t i = 0; i < seen.count; i++) {
        names[i] = seen.entries[i].key;
    }
    qsort(names, seen.count, sizeof(Str), by_text);
    return (StrList){ names, seen.count };
}

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

bool state_open(const Cli *cli, const StateArgs *args, const StateExtra *extra, State *out)
{
    *out = (State){ 0 };
    if (!state_target(cli, args, &out->target) ||
        !state_read_files(cli, args->paths, &out->objects) ||
        !fields_check(cli, &out->objects, &out->target, args->strict)) {
        return false;
    }
    state_fill_namespaces(&out->objects, STR("default"), cli->arena);
    const Snapshot *presets = presets_open(cli, args);
    if (!presets) {
        return false;
    }
    SnapshotBuilder *b = snapshot_builder_new(presets, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    snapshot_release(presets);
    put_all(b, &out->objects);
    if (extra) {
        put_all(b, &extra->objects);
    }
    if (!report_notes(cli, b)) {
        snapshot_builder_free(b);
        return false;
    }
    out->namespaces = namespaces_of(&out->objects, extra, cli->arena);
    out->snapshot = snapshot_builder_finish(b);
    if (extra) {
        Map have = map_new(cli->arena);
        note_present(&have, &out->objects);
        note_present(&have, &extra->objects);
        out->snapshot = put_accounts(cli, out->snapshot, &have, extra, &out->target);
    }
    out->snapshot = preset_complete(out->snapshot, args->presets);
    out->facts = snapshot_facts(out->snapshot);
    return true;
}

void state_close(State *s)
{
    snapshot_release(s->snapshot);
    s->snapshot = NULL;
}
