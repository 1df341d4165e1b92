/* SPDX-License-Identifier: Apache-2.0 */
/* A dump of objects, as kubectl get -o yaml would print it. */
#include "cli/import.h"

#include "base/map.h"
#include "cli/output.h"
#include "doc/json.h"
#include "doc/limits.h"
#include "doc/yaml.h"
#include "kube/kinds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nobody else's business: a cluster's objects tell much. */
enum { FILE_MODE = 0600, FOLDER_MODE = 0700 };
/* Of a file in a folder: far below what is read from one. */
enum { FILE_OBJECTS_MAX = 5000 };

static bool is_json(const ImportArgs *args)
{
    return args->format.ptr ? str_eq(args->format, STR("json"))
                            : str_ends_with(args->out, STR(".json"));
}

static void render(const ImportArgs *args, const Value *list, Buf *b)
{
    if (is_json(args)) {
        json_write_pretty(list, b);
        buf_byte(b, '\n');
    } else {
        yaml_write(list, b);
    }
}

/* -- files ------------------------------------------------------------------------------------- */

static bool write_all(int fd, Str text)
{
    while (text.len) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        text = str_drop(text, (size_t)n);
    }
    return true;
}

/* Beside, and then in its place: who reads it sees all or nothing. Devices and pipes are written to
 * as they are. */
static bool write_file(const Cli *cli, Str path, Str text)
{
    struct stat st;
    const char *to = arena_cstr(cli->arena, path);
    bool plain = stat(to, &st) != 0 || S_ISREG(st.st_mode);
    const char *at = plain ? arena_cstr(cli->arena, arena_concat(cli->arena, path, STR(".new")))
                           : to;
    int fd = open(at, O_WRONLY | O_CREAT | O_CLOEXEC | (plain ? O_TRUNC : 0), FILE_MODE);
    bool ok = fd >= 0 && write_all(fd, text);
    int problem = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        ok = false;
        problem = errno;
    }
    if (ok && plain && rename(at, to) != 0) {
        ok = false;
        problem = errno;
    }
    if (!ok) {
        if (fd >= 0 && plain) {
            unlink(at);
        }
        cli_error(cli, "%.*s: %s", STR_ARG(path), strerror(problem));
    }
    return ok;
}

static bool is_empty(const char *path)
{
    DIR *d = opendir(path);
    bool empty = d != NULL;
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        empty &= strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
    }
    if (d) {
        closedir(d);
    }
    return empty;
}

/* A folder that is new, or has nothing in it: files of an earlier copy would be read with this one.
 */
static bool make_folder(const Cli *cli, Str path)
{
    const char *at = arena_cstr(cli->arena, path);
    if (mkdir(at, FOLDER_MODE) != 0 && errno != EEXIST) {
        cli_error(cli, "%.*s: %s", STR_ARG(path), strerror(errno));
        return false;
    }
    if (!is_empty(at)) {
        cli_error(cli, "%.*s: is no empty folder", STR_ARG(path));
        return false;
    }
    return true;
}

/* -- a file for each kind ---------------------------------------------------------------------- */

/* "deployment.apps", what its file is called without an end. */
static Str file_stem(const Value *object, Arena *a)
{
    Str group, version;
    Str kind = arena_lower(a, value_get_str(object, STR("kind")));
    Str api_version = value_get_str(object, STR("apiVersion"));
    kube_split_api_version(api_version.ptr ? api_version : STR(""), &group, &version);
    Buf b = buf_new(a);
    buf_printf(&b, "%.*s%s%.*s", STR_ARG(kind), group.len ? "." : "", STR_ARG(group));
    for (size_t i = 0; i < b.len; i++) {
        b.ptr[i] = b.ptr[i] == '/' ? '-' : b.ptr[i]; /* no name of a kind has one */
    }
    return buf_str(&b);
}

/* The objects from one on, as many as a file gets: pod.yaml, pod-2.yaml, ... */
static bool write_some(const Cli *cli, const ImportArgs *args, Str stem, const Value *list,
                       size_t from)
{
    Arena *a = cli->arena;
    size_t number = from / FILE_OBJECTS_MAX + 1;
    Value part = output_list(a);
    Buf b = buf_new(a);
    for (size_t i = from; i < list->len && i < from + FILE_OBJECTS_MAX; i++) {
        value_add(value_get_lit(&part, "items"), list->items[i], a);
    }
    render(args, &part, &b);
    Str end = is_json(args) ? STR(".json") : STR(".yaml");
    Str more = number > 1 ? arena_printf(a, "-%zu", number) : STR("");
    return write_file(cli,
                      arena_printf(a, "%.*s%.*s%.*s", STR_ARG(stem), STR_ARG(more), STR_ARG(end)),
                      buf_str(&b));
}

static bool write_folder(const Cli *cli, const ImportArgs *args, const FileObjects *objects)
{
    Arena *a = cli->arena;
    Map lists = map_new(a);
    Str folder = args->out;
    while (folder.len > 1 && str_ends_with(folder, STR("/"))) {
        folder.len--;
    }
    if (!make_folder(cli, folder)) {
        return false;
    }
    for (size_t i = 0; i < objects->count; i++) {
        const Value *object = objects->items[i].object;
        void **at = map_at(&lists, file_stem(object, a));
        if (*at == NULL) {
            Value *list = new(a, Value, 1);
            *list = value_array();
            *at = list;
        }
        value_add(*at, *object, a);
    }
    for (size_t i = 0; i < lists.count; i++) {
        const Value *list = lists.entries[i].value;
        Str stem = arena_printf(a, "%.*s/%.*s", STR_ARG(folder), STR_ARG(lists.entries[i].key));
        for (size_t from = 0; from < list->len; from += FILE_OBJECTS_MAX) {
            if (!write_some(cli, args, stem, list, from)) {
                return false;
            }
        }
    }
    return true;
}

static bool is_folder(Str path, Arena *a)
{
    struct stat st;
    return str_ends_with(path, STR("/")) ||
           (stat(arena_cstr(a, path), &st) == 0 && S_ISDIR(st.st_mode));
}

bool import_write(Cli *cli, const ImportArgs *args, const FileObjects *objects)
{
    bool to_output = args->out.ptr == NULL || str_eq(args->out, STR("-"));
    Value list = output_list(cli->arena);
    if (!to_output && is_folder(args->out, cli->arena)) {
        return write_folder(cli, args, objects);
    }
    for (size_t i = 0; i < objects->count; i++) {
        value_add(value_get_lit(&list, "items"), *objects->items[i].object, cli->arena);
    }
    Buf b = buf_new(cli->arena);
    render(args, &list, to_output ? &cli->out : &b);
    if (!to_output && b.len > doc_limits_default.bytes_max) {
        cli_error(cli, "%.*s: the copy is larger than what is read from one file: name a folder",
                  STR_ARG(args->out));
        return false;
    }
    return to_output || write_file(cli, args->out, buf_str(&b));
}
