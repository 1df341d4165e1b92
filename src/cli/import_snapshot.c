/* SPDX-License-Identifier: Apache-2.0 */
/* A copy as a snapshot, which podgate up --from begins with: the objects are put into a cluster
 * that nobody is served by, and it is written to a file. */
#include "cli/import.h"

#include "cli/progress.h"
#include "cli/snapshots.h"
#include "cli/up.h"
#include "server/apiserver/apiserver.h"
#include "server/apiserver/internal.h"
#include "server/auth/auth.h"
#include "server/data/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool go_on(void *context, size_t done, size_t all)
{
    progress_count(context, "loading", done, all);
    return true;
}

static void load(const Cli *cli, ApiServer *s, const FileObjects *objects)
{
    Buf notes = buf_new(cli->arena);
    Progress progress = progress_new(cli);
    ApiLoad how = { .go_on = go_on, .context = &progress, .notes = &notes };
    bool all = apiserver_load(s, objects, &how);
    (void)all; /* nothing ends it early */
    progress_end(&progress);
    up_warn_load(cli, &how);
}

static uint64_t version_of(Store *store)
{
    StoreReader r;
    store_read_begin(store, &r);
    uint64_t version = store_version(store);
    store_read_end(store, &r);
    store_leave(store, &r);
    return version;
}

/* Written beside, and then in its place. */
static bool write_file(ApiServer *s, int minor, Str path, Arena *a, Err *err)
{
    Store *store = apiserver_store(s);
    char *beside = (char *)(uintptr_t)arena_printf(a, "%.*s.XXXXXX", STR_ARG(path)).ptr;
    SavedHead head = { .version = version_of(store), .created = snapshot_time(a), .minor = minor };
    int fd = mkostemp(beside, O_CLOEXEC); /* for the owner alone */
    if (fd < 0) {
        return err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
    }
    bool done = snapshot_write(store, &head, fd, a, err);
    if (done && fsync(fd) != 0) {
        done = err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
    }
    close(fd);
    if (done && rename(beside, arena_cstr(a, path)) != 0) {
        done = err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
    }
    if (!done) {
        unlink(beside);
    }
    return done;
}

static bool serve_nobody(int minor, Arena *a, Authenticator **auth, ApiServer **out, Err *err)
{
    const AuthOptions nobody = { .no_anonymous = true };
    if (!auth_new(&nobody, a, auth, err)) {
        return false;
    }
    const ApiServerOptions o = { .target = kube_target(minor),
                                 .admission = admission_options_default,
                                 .auth = *auth,
                                 .nodes = 1, /* as podgate up begins */
                                 .is_plain = true };
    return apiserver_new(&o, a, out, err);
}

static bool place_of(const Cli *cli, Str name, bool replaces, Str *path)
{
    UpPlace folder = { 0 };
    Err err;
    if (!snapshots_path(name, cli->arena, path, &err) ||
        (!snapshots_is_file(name) && (!snapshots_folder(cli->arena, &folder.folder, &err) ||
                                      !up_place_make(&folder, cli->arena, &err)))) {
        cli_fail(cli, &err);
        return false;
    }
    if (!replaces && access(arena_cstr(cli->arena, *path), F_OK) == 0) {
        cli_error(cli, "%.*s is there already; --force replaces it", STR_ARG(name));
        return false;
    }
    return true;
}

bool import_snapshot(const Cli *cli, const ImportArgs *args, int minor, const FileObjects *objects)
{
    ApiServer *s = NULL;
    Authenticator *auth = NULL;
    Str path;
    Err err;
    if (!place_of(cli, args->snapshot, args->force, &path)) {
        return false;
    }
    bool done = serve_nobody(minor, cli->arena, &auth, &s, &err);
    if (done) {
        load(cli, s, objects);
        done = write_file(s, minor, path, cli->arena, &err);
    }
    if (!done) {
        cli_fail(cli, &err);
    }
    apiserver_free(s);
    auth_free(auth);
    return done;
}
