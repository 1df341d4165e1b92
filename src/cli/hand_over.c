/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that podgate hands over to podgate-server.
 *
 * What serves is a program of its own: its libraries would cost every other command more time and
 * memory at the start than deciding does. The call was read here already, so what is wrong with it
 * is said without the other program.
 */
#include "cli/commands.h"
#include "cli/source.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Seen from the folder of this program: in a build folder, and as installed. */
static const char *const places[] = { "podgate-server", "../libexec/podgate/podgate-server" };

static CliStatus hand_over(const Cli *cli)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
    if (n < 0 || n == sizeof(self)) {
        return cli_error(cli, "/proc/self/exe: %s", n < 0 ? strerror(errno) : "too long");
    }
    Str folder = { self, (size_t)n };
    while (folder.len && folder.ptr[folder.len - 1] != '/') {
        folder.len--;
    }
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        Str path = arena_concat(cli->arena, folder, str_from_c(places[i]));
        execv(arena_cstr(cli->arena, path), cli->argv);
        if (errno != ENOENT && errno != ENOTDIR) {
            return cli_error(cli, "%.*s: %s", STR_ARG(path), strerror(errno));
        }
    }
    return cli_error(cli, "podgate-server is not installed: it belongs into %.*s or %.*s",
                     STR_ARG(folder),
                     STR_ARG(arena_concat(cli->arena, folder, STR("../libexec/podgate"))));
}

#define HAND_OVER(name)                                                \
    CliStatus cli_##name##_run(Cli *cli, void *args, StrList operands) \
    {                                                                  \
        (void)args;                                                    \
        (void)operands;                                                \
        return hand_over(cli);                                         \
    }
CLI_SERVER_COMMAND_LIST(HAND_OVER)

bool source_is_here(const Cli *cli, const CliCommand *command, const void *args)
{
    for (const CliOptionUse *use = command->options; use && use->group; use++) {
        if (use->group == &live_options &&
            live_is_asked((const void *)((const char *)args + use->offset))) {
            (void)hand_over(cli);
            return false;
        }
    }
    return true;
}

bool source_read_live(const Cli *cli, const SourceArgs *args, const SourceOptions *options,
                      LiveRead *out)
{
    (void)args;
    (void)options;
    *out = (LiveRead){ .minor = 0 };
    (void)hand_over(cli);
    return false;
}

bool source_self(const Cli *cli, const SourceArgs *args, UserInfo *out)
{
    (void)args;
    *out = (UserInfo){ .name = STR("") };
    (void)hand_over(cli);
    return false;
}
