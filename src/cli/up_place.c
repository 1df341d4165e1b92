/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a server keeps its files. One that can be found by name holds a lock on its pid file for as
 * long as it lives, so that what a server leaves behind that was killed is told from one that runs.
 */
#include "cli/up.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_LEN_MAX = 63 };

bool up_name_check(Str name, Arena *a, Err *err)
{
    bool ok = name.len > 0 && name.len <= NAME_LEN_MAX && name.ptr[0] != '.' && name.ptr[0] != '-';
    for (size_t i = 0; i < name.len && ok; i++) {
        char c = name.ptr[i];
        ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_' || c == '.';
    }
    return ok || err_set(err, a, ERR_USAGE,
                         "--name is made of letters, digits, \"-\", \"_\" and \".\", not \"%.*s\"",
                         STR_ARG(name));
}

static void fill(Str folder, Arena *a, UpPlace *out)
{
    *out = (UpPlace){
        .folder = folder,
        .kubeconfig = arena_concat(a, folder, STR("/kubeconfig")),
        .log = arena_concat(a, folder, STR("/log")),
        .pid = arena_concat(a, folder, STR("/pid")),
        .lock = -1,
    };
}

static bool is_folder(const char *path)
{
    struct stat is;
    return path && path[0] == '/' && stat(path, &is) == 0 && S_ISDIR(is.st_mode);
}

bool up_place_named(Str name, Arena *a, UpPlace *out, Err *err)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *home = getenv("HOME");
    if (is_folder(runtime)) {
        fill(arena_printf(a, "%s/podgate/%.*s", runtime, STR_ARG(name)), a, out);
    } else if (home && home[0] == '/') {
        fill(arena_printf(a, "%s/.local/state/podgate/%.*s", home, STR_ARG(name)), a, out);
    } else {
        return err_set(err, a, ERR_IO,
                       "neither XDG_RUNTIME_DIR nor HOME says where the server keeps its files");
    }
    return true;
}

bool up_place_temporary(Arena *a, UpPlace *out, Err *err)
{
    const char *folders[] = { getenv("XDG_RUNTIME_DIR"), getenv("TMPDIR"), "/tmp" };
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        if (!is_folder(folders[i])) {
            continue;
        }
        Str template = arena_printf(a, "%s/podgate-XXXXXX", folders[i]);
        if (mkdtemp((char *)template.ptr)) {
            fill(template, a, out);
            return true;
        }
    }
    return err_set(err, a, ERR_IO, "cannot make a folder in /tmp: %s", strerror(errno));
}

/* The folders above, then the folder itself, each for the user alone. */
bool up_place_make(const UpPlace *place, Arena *a, Err *err)
{
    char *path = (char *)arena_str(a, place->folder).ptr;
    for (char *slash = path + 1;; slash++) {
        if (*slash != '/' && *slash != '\0') {
            continue;
        }
        char kept = *slash;
        *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            return err_set(err, a, ERR_IO, "%s: %s", path, strerror(errno));
        }
        *slash = kept;
        if (!kept) {
            break;
        }
    }
    struct stat is;
    if (stat(path, &is) != 0 || !S_ISDIR(is.st_mode) || is.st_uid != geteuid()) {
        return err_set(err, a, ERR_IO, "%s: is no folder of this user", path);
    }
    return true;
}

static struct flock whole_file(void)
{
    return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

pid_t up_place_owner(const UpPlace *place)
{
    int fd = open(place->pid.ptr, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    struct flock lock = whole_file();
    pid_t owner = 0;
    if (fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) {
        owner = lock.l_pid;
    }
    if (fd >= 0) {
        close(fd);
    }
    return owner;
}

bool up_place_take(UpPlace *place, Arena *a, Err *err)
{
    int fd = open(place->pid.ptr, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(place->pid), strerror(errno));
    }
    struct flock lock = whole_file();
    if (fcntl(fd, F_SETLK, &lock) != 0) {
        close(fd);
        return err_set(err, a, ERR_CONFLICT, "one is running already, process %ld",
                       (long)up_place_owner(place));
    }
    Str text = arena_printf(a, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || write(fd, text.ptr, text.len) != (ssize_t)text.len) {
        err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(place->pid), strerror(errno));
        close(fd);
        return false;
    }
    place->lock = fd;
    return true;
}

static int by_name(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

StrList up_place_running(Arena *a)
{
    enum { NAMES_MAX = 100 };
    UpPlace place;
    Err err;
    Str *names = new(a, Str, NAMES_MAX);
    StrList running = { names, 0 };
    if (!up_place_named(STR("x"), a, &place, &err)) {
        return running;
    }
    DIR *folder = opendir(arena_cstr(a, str_cut_suffix(place.folder, STR("/x"))));
    const struct dirent *entry;
    while (folder && running.count < NAMES_MAX && (entry = readdir(folder)) != NULL) {
        Str name = str_from_c(entry->d_name);
        if (name.ptr[0] != '.' && up_place_named(name, a, &place, &err) && up_place_owner(&place)) {
            names[running.count++] = arena_str(a, name);
        }
    }
    if (folder) {
        closedir(folder);
    }
    qsort(names, running.count, sizeof *names, by_name);
    return running;
}

void up_place_remove(const UpPlace *place, Arena *a)
{
    const Str files[] = { place->kubeconfig, place->log, place->pid };
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        unlink(arena_cstr(a, files[i]));
    }
    rmdir(arena_cstr(a, place->folder));
}
