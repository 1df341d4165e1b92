/* SPDX-License-Identifier: Apache-2.0 */
/* podgate down: ends what podgate up --background began. */
#include "cli/up.h"

#include <errno.h>
#include <string.h>
#include <time.h>

typedef struct Args {
    Str name;
} Args;

enum {
    WAIT_SECONDS_MAX = 15,
    LOOK_MS = 5, /* how often it is looked at */
};

static const CliOption rows[] = {
    { .name = STR_INIT("name"),
      .kind = CLI_TEXT,
      .offset = offsetof(Args, name),
      .value = STR_INIT("NAME"),
      .help = STR_INIT("which of several (default: default)") },
};
static const CliOptionGroup group = { STR_INIT("Options"), rows, COUNT_OF(rows) };

static bool wait_until_gone(const UpPlace *place, pid_t owner)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    for (int i = 0; i < WAIT_SECONDS_MAX * 1000 / LOOK_MS; i++) {
        if (up_place_owner(place) != owner) {
            return true;
        }
        nanosleep(&pause, NULL);
    }
    return false;
}

/* "; --name a or --name b is" */
static Str others_text(Arena *a)
{
    StrList running = up_place_running(a);
    Buf b = buf_new(a);
    for (size_t i = 0; i < running.count; i++) {
        buf_printf(&b, "%s--name %.*s", i ? " or " : "; ", STR_ARG(running.items[i]));
    }
    if (running.count) {
        buf_lit(&b, " is");
    }
    return buf_str(&b);
}

static CliStatus run(Cli *cli, void *arguments, StrList operands)
{
    (void)operands;
    const Args *args = arguments;
    Str name = args->name.ptr ? args->name : STR("default");
    UpPlace place;
    Err err;
    if (!up_name_check(name, cli->arena, &err) || !up_place_named(name, cli->arena, &place, &err)) {
        return cli_usage(cli, "%.*s", STR_ARG(err.msg));
    }
    pid_t owner = up_place_owner(&place);
    if (!owner) {
        up_place_remove(&place, cli->arena); /* what one that was killed left behind */
        Str others = others_text(cli->arena);
        cli_error(cli, "%.*s is not running%.*s", STR_ARG(name), STR_ARG(others));
        return CLI_NO;
    }
    if (kill(owner, SIGTERM) != 0 && errno != ESRCH) {
        return cli_error(cli, "process %ld: %s", (long)owner, strerror(errno));
    }
    if (!wait_until_gone(&place, owner)) {
        return cli_error(cli, "process %ld has not ended within %d seconds", (long)owner,
                         WAIT_SECONDS_MAX);
    }
    return CLI_YES;
}

static const CliOptionUse uses[] = { { &group, 0 }, { NULL, 0 } };

const CliCommand cli_command_down = {
    .name = STR_INIT("down"),
    .operands = STR_INIT(""),
    .summary = STR_INIT("End the rehearsal cluster that up --background serves"),
    .description = STR_INIT("Asks the server to end and waits until it has.\nExit status: 0 it has "
                            "ended, 1 none was running, 2 it could not be ended."),
    .options = uses,
    .args_size = sizeof(Args),
    .run = run,
};
