/* SPDX-License-Identifier: Apache-2.0 */
/* podgate snapshot save and restore, done: of a cluster that runs, or of a data directory. */
#include "cli/commands.h"
#include "cli/snapshots.h"
#include "cli/up.h"
#include "cli/snapshot_client.h"
#include "cluster/files.h"
#include "doc/json.h"
#include "server/data/data.h"
#include "server/data/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HISTORY_BYTES ((size_t)1 << 20)

static bool check_cluster(const Cli *cli, const SnapshotClusterArgs *args)
{
    if ((args->name.ptr != NULL) + (args->kubeconfig.ptr != NULL) + (args->data.ptr != NULL) > 1) {
        cli_usage(cli, "--name, --kubeconfig and --data name one cluster each: give one of them");
        return false;
    }
    return true;
}

/* -- a data directory
 * ------------------------------------------------------------------------------ */

typedef struct Opened {
    UpData data;
    Store *store;
} Opened;

static void close_data(Opened *o)
{
    data_close(o->data.data); /* ends keeping: then the store may go */
    store_free(o->store);
}

static bool open_data(Str folder, Arena *a, Opened *out, Err *err)
{
    const UpArgs args = { .data = folder };
    struct stat is;
    *out = (Opened){ 0 };
    if (stat(arena_cstr(a, folder), &is) != 0) {
        return err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(folder), strerror(errno));
    }
    if (!up_data_open(&args, a, &out->data, err)) {
        return false;
    }
    out->store = store_new(0, HISTORY_BYTES);
    return (out->data.is_old ||
            err_set(err, a, ERR_NOT_FOUND, "%.*s: there is no cluster in it", STR_ARG(folder))) &&
           data_load(out->data.data, out->store, a, err);
}

static bool save_data(Str folder, int fd, Arena *a, Err *err)
{
    Opened o;
    bool done = open_data(folder, a, &o, err);
    if (done) {
        SavedHead head = { .version = store_version(o.store),
                           .minor = o.data.minor,
                           .created = snapshot_time(a),
                           .clock_offset = o.data.clock_offset,
                           .ca_cert = o.data.keys.ca_cert,
                           .ca_key = o.data.keys.ca_key,
                           .token_key = o.data.keys.token_key };
        done = snapshot_write(o.store, &head, fd, a, err);
    }
    close_data(&o);
    return done;
}

static bool restore_store(Opened *o, Str path, SnapshotCounts *counts, Arena *a, Err *err)
{
    StoreReader r;
    StoreWaiter w;
    store_write_begin(o->store, &r);
    bool done = snapshot_restore(o->store, path, a, counts, err);
    bool kept = store_is_kept(o->store, &w, NULL, NULL);
    store_write_end(o->store, &r);
    store_leave(o->store, &r);
    if (!kept && store_wait(o->store, &w) != STORE_KEPT) {
        Str why = store_trouble(o->store, a);
        return err_set(err, a, ERR_IO, "%.*s", STR_ARG(why));
    }
    return done;
}

static bool restore_data(Str folder, Str path, Arena *a, Str *text, Err *err)
{
    Opened o;
    SnapshotCounts counts;
    bool done = open_data(folder, a, &o, err) && data_keep(o.data.data, o.store, a, err) &&
                restore_store(&o, path, &counts, a, err);
    close_data(&o);
    if (done) {
        *text = arena_printf(a, "%zu added, %zu changed, %zu deleted", counts.added, counts.changed,
                             counts.deleted);
    }
    return done;
}

/* -- save
 * ------------------------------------------------------------------------------------------ */

static bool write_piece(void *context, Str piece, Arena *a, Err *err)
{
    while (piece.len) {
        ssize_t n = write(*(const int *)context, piece.ptr, piece.len);
        if (n < 0 && errno != EINTR) {
            return err_set(err, a, ERR_IO, "%s", strerror(errno));
        }
        piece = str_drop(piece, n > 0 ? (size_t)n : 0);
    }
    return true;
}

static bool save_to(const SnapshotClusterArgs *args, int fd, Arena *a, Err *err)
{
    SnapshotClient client;
    if (args->data.ptr) {
        return save_data(args->data, fd, a, err);
    }
    return snapshot_client_find(args->kubeconfig, args->name, a, &client, err) &&
           snapshot_client_ask(&client, STR("GET"), STR("/podgate/snapshot"), write_piece, &fd, a,
                               err);
}

/* Written beside, looked at, and only then put in its place. */
static bool save_file(const SnapshotClusterArgs *args, Str path, Arena *a, SavedInfo *info,
                      Err *err)
{
    char *beside = (char *)arena_printf(a, "%.*s.XXXXXX", STR_ARG(path)).ptr;
    int fd = mkostemp(beside, O_CLOEXEC); /* 0600: keys are in it */
    SavedHead head;
    if (fd < 0) {
        return err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
    }
    bool done = save_to(args, fd, a, err);
    if (done && fsync(fd) != 0) {
        done = err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
    }
    close(fd);
    Str written = str_from_c(beside);
    done = done && saved_read(written, NULL, NULL, a, &head, err) &&
           saved_info(written, a, info, err);
    if (done && rename(beside, arena_cstr(a, path)) != 0) {
        done = err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
    }
    if (!done) {
        unlink(beside);
    }
    return done;
}

/* The folder of snapshots, when it is to hold the file. */
static bool make_folder(Arena *a, Str *out, Err *err)
{
    UpPlace place = { 0 };
    if (!snapshots_folder(a, out, err)) {
        return false;
    }
    place.folder = *out;
    return up_place_make(&place, a, err);
}

CliStatus cli_snapshot_save_run(Cli *cli, void *arguments, StrList operands)
{
    const SnapshotSaveArgs *args = arguments;
    Arena *a = cli->arena;
    Str text = operands.items[0], path, folder;
    bool is_file = snapshots_is_file(text);
    SavedInfo info;
    Err err;
    if (!check_cluster(cli, &args->cluster)) {
        return CLI_ERROR;
    }
    if (!snapshots_path(text, a, &path, &err) || (!is_file && !make_folder(a, &folder, &err))) {
        return cli_fail(cli, &err);
    }
    if (!args->force && access(arena_cstr(a, path), F_OK) == 0) {
        return cli_error(cli, "%.*s is there already; --force replaces it", STR_ARG(text));
    }
    if (!save_file(&args->cluster, path, a, &info, &err)) {
        return cli_fail(cli, &err);
    }
    Value about = snapshots_describe(is_file ? STR_ABSENT : text, path, &info, a);
    if (!output_value(cli, &args->output, &about)) {
        buf_add(&cli->out, path);
        buf_byte(&cli->out, '\n');
    }
    return CLI_YES;
}

/* -- restore
 * --------------------------------------------------------------------------------------- */

static bool gather(void *context, Str piece, Arena *a, Err *err)
{
    (void)a;
    (void)err;
    buf_add(context, piece);
    return true;
}

static bool restore_running(const SnapshotClient *client, Str name, Arena *a, Str *text, Err *err)
{
    Buf answer = buf_new(a);
    Value v;
    if (!snapshot_client_ask(client, STR("POST"),
                             arena_concat(a, STR("/podgate/restore?snapshot="), name), gather,
                             &answer, a, err)) {
        return false;
    }
    if (!json_read(STR("answer"), buf_str(&answer), NULL, a, &v, err)) {
        return false;
    }
    *text = value_get_str(&v, STR("message"));
    return true;
}

/* The server reads what lies with its own snapshots: a file from elsewhere lies there meanwhile. */
static bool restore_file(const SnapshotClient *client, Str file, Arena *a, Str *text, Err *err)
{
    Str folder, all, path;
    const DocLimits large = { .bytes_max = UINT32_MAX };
    if (!make_folder(a, &folder, err) || !file_read_text(file, &large, a, &all, err)) {
        return false;
    }
    Str name = arena_printf(a, "restoring-%ld", (long)getpid());
    if (!snapshots_path(name, a, &path, err)) {
        return false;
    }
    int fd = open(arena_cstr(a, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
    }
    bool done = write_piece(&fd, all, a, err);
    close(fd);
    done = done && restore_running(client, name, a, text, err);
    unlink(arena_cstr(a, path));
    return done;
}

static bool restore(const SnapshotClusterArgs *args, Str from, Arena *a, Str *text, Err *err)
{
    SnapshotClient client;
    SavedHead head;
    Str path;
    if (!snapshots_path(from, a, &path, err) || !saved_read(path, NULL, NULL, a, &head, err)) {
        return false;
    }
    if (args->data.ptr) {
        return restore_data(args->data, path, a, text, err);
    }
    return snapshot_client_find(args->kubeconfig, args->name, a, &client, err) &&
           (snapshots_is_file(from) ? restore_file(&client, path, a, text, err)
                                    : restore_running(&client, from, a, text, err));
}

/* "1 added, 2 changed, 0 deleted" as an object. */
static Value counts_of(Str text, Arena *a)
{
    Value v = value_object();
    Str piece, number, word;
    while (text.len && str_next_piece(&text, ',', &piece)) {
        int64_t count;
        str_split_once(str_trim(piece), ' ', &number, &word);
        if (str_to_int64(number, &count)) {
            value_set(&v, word, value_int(count), a);
        }
    }
    return v;
}

CliStatus cli_snapshot_restore_run(Cli *cli, void *arguments, StrList operands)
{
    const SnapshotRestoreArgs *args = arguments;
    Str text;
    Err err;
    if (!check_cluster(cli, &args->cluster)) {
        return CLI_ERROR;
    }
    if (!restore(&args->cluster, operands.items[0], cli->arena, &text, &err)) {
        return cli_fail(cli, &err);
    }
    Value counts = counts_of(text, cli->arena);
    if (!output_value(cli, &args->output, &counts)) {
        buf_add(&cli->out, text);
        buf_byte(&cli->out, '\n');
    }
    return CLI_YES;
}
