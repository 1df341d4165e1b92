/* SPDX-License-Identifier: Apache-2.0 */
/* podgate snapshot list and delete: the files that are kept. */
#include "cli/snapshots.h"
#include "cli/table.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct ListArgs {
    OutputArgs output;
} ListArgs;

static const Str ending = STR_INIT(".json");

static int by_name(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

/* The names of those that are kept, sorted. */
static bool read_names(Str folder, Arena *a, StrList *out, Err *err)
{
    DIR *dir = opendir(arena_cstr(a, folder));
    if (dir == NULL) {
        *out = (StrList){ NULL, 0 };
        return errno == ENOENT ||
               err_set(err, a, ERR_IO, "%.*s: %s", STR_ARG(folder), strerror(errno));
    }
    Buf names = buf_new(a);
    const struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        Str name = str_from_c(entry->d_name);
        if (str_ends_with(name, ending) && saved_is_name(str_cut_suffix(name, ending))) {
            Str kept = arena_str(a, str_cut_suffix(name, ending));
            buf_add(&names, str_from((const char *)&kept, sizeof kept));
        }
    }
    closedir(dir);
    Str *items = (Str *)arena_alloc(a, names.len + 1);
    if (names.len) {
        memcpy(items, names.ptr, names.len);
        qsort(items, names.len / sizeof *items, sizeof *items, by_name);
    }
    *out = (StrList){ items, names.len / sizeof *items };
    return true;
}

static void add_row(Table *t, Str name, const SavedInfo *info)
{
    Arena *a = t->arena;
    table_row(t, (Str[]){ name, info->head.created, arena_printf(a, "1.%d", info->head.minor),
                          arena_printf(a, "%llu", (unsigned long long)info->head.version),
                          arena_printf(a, "%llu", (unsigned long long)info->objects),
                          arena_printf(a, "%llu", (unsigned long long)info->bytes) });
}

static CliStatus run_list(Cli *cli, void *arguments, StrList operands)
{
    (void)operands;
    const ListArgs *args = arguments;
    Arena *a = cli->arena;
    Str folder;
    StrList names;
    Err err;
    if (!snapshots_folder(a, &folder, &err) || !read_names(folder, a, &names, &err)) {
        return cli_fail(cli, &err);
    }
    Table t = table_new(a, 6);
    Value list = value_array();
    table_row(&t, (Str[]){ STR("NAME"), STR("CREATED"), STR("KUBERNETES"), STR("VERSION"),
                           STR("OBJECTS"), STR("BYTES") });
    for (size_t i = 0; i < names.count; i++) {
        Str path = arena_printf(a, "%.*s/%.*s.json", STR_ARG(folder), STR_ARG(names.items[i]));
        SavedInfo info;
        if (!saved_info(path, a, &info, &err)) {
            cli_warn(cli, "%.*s", STR_ARG(err.msg));
            continue;
        }
        add_row(&t, names.items[i], &info);
        value_add(&list, snapshots_describe(names.items[i], path, &info, a), a);
    }
    Value out = value_object();
    value_set_lit(&out, "snapshots", list, a);
    if (!output_value(cli, &args->output, &out)) {
        table_write(&t, false, &cli->out);
    }
    return CLI_YES;
}

static CliStatus run_delete(Cli *cli, void *arguments, StrList operands)
{
    (void)arguments;
    CliStatus status = CLI_YES;
    for (size_t i = 0; i < operands.count; i++) {
        Str path;
        SavedInfo info;
        Err err;
        /* a file that is no snapshot is not for us to delete; one that is damaged is */
        if (!snapshots_path(operands.items[i], cli->arena, &path, &err) ||
            (snapshots_is_file(operands.items[i]) && !saved_info(path, cli->arena, &info, &err))) {
            status = cli_fail(cli, &err);
        } else if (unlink(arena_cstr(cli->arena, path)) != 0) {
            status = cli_error(cli, "%.*s: %s", STR_ARG(path), strerror(errno));
        }
    }
    return status;
}

static const CliOptionUse list_uses[] = {
    { &output_data_options, offsetof(ListArgs, output) },
    { NULL, 0 },
};

const CliCommand cli_command_snapshot_list = {
    .name = STR_INIT("list"),
    .operands = STR_INIT(""),
    .summary = STR_INIT("List the snapshots that are kept"),
    .options = list_uses,
    .args_size = sizeof(ListArgs),
    .run = run_list,
};

static const CliOptionUse no_uses[] = { { NULL, 0 } };

const CliCommand cli_command_snapshot_delete = {
    .name = STR_INIT("delete"),
    .operands = STR_INIT("NAME|FILE..."),
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .summary = STR_INIT("Delete snapshots"),
    .options = no_uses,
    .args_size = 1,
    .run = run_delete,
};
