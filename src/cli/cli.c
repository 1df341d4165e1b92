/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the command, running it, and what it may say on the way. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/source.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROW(name) &cli_command_##name,
const CliCommand *const cli_commands[] = { CLI_COMMAND_LIST(ROW) NULL };
#undef ROW

/* -- messages ------------------------------------------------------------------------------------
 */

static void write_all_to(int fd, Str text, int *error)
{
    *error = 0;
    while (text.len) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            *error = errno;
            return;
        }
        text = str_drop(text, (size_t)n);
    }
}

/* One message, one write: lines of several processes on one terminal stay whole. */
static void message(const Cli *cli, const char *color, Str prefix, Str text, Str suffix)
{
    Buf b = buf_new(cli->arena);
    if (cli->err_color) {
        buf_add(&b, str_from_c(color));
    }
    buf_add(&b, prefix);
    if (cli->err_color) {
        buf_lit(&b, "\033[0m");
    }
    buf_add(&b, text);
    buf_add(&b, suffix);
    buf_byte(&b, '\n');
    int ignored; /* nowhere is left to say that standard error is closed */
    write_all_to(STDERR_FILENO, buf_str(&b), &ignored);
}

static Str command_prefix(const Cli *cli)
{
    return cli->command.len ? arena_printf(cli->arena, "%.*s %.*s: ", STR_ARG(cli->program),
                                           STR_ARG(cli->command))
                            : arena_printf(cli->arena, "%.*s: ", STR_ARG(cli->program));
}

CliStatus cli_error(const Cli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    message(cli, "\033[31m", command_prefix(cli), arena_vprintf(cli->arena, format, args), STR(""));
    va_end(args);
    return CLI_ERROR;
}

CliStatus cli_fail(const Cli *cli, const Err *err)
{
    return cli_error(cli, "%.*s", STR_ARG(err->msg));
}

CliStatus cli_usage(const Cli *cli, const char *format, ...)
{
    Str where = cli->command.len
                    ? arena_printf(cli->arena, " (see \"%.*s %.*s --help\")", STR_ARG(cli->program),
                                   STR_ARG(cli->command))
                    : arena_printf(cli->arena, " (see \"%.*s --help\")", STR_ARG(cli->program));
    va_list args;
    va_start(args, format);
    message(cli, "\033[31m", command_prefix(cli), arena_vprintf(cli->arena, format, args), where);
    va_end(args);
    return CLI_ERROR;
}

void cli_warn(const Cli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    message(cli, "\033[33m", STR("Warning: "), arena_vprintf(cli->arena, format, args), STR(""));
    va_end(args);
}

void cli_say(const Cli *cli, Str text)
{
    (void)cli;
    int ignored;
    write_all_to(STDERR_FILENO, text, &ignored);
}

bool cli_flush(Cli *cli)
{
    int error;
    write_all_to(STDOUT_FILENO, buf_str(&cli->out), &error);
    cli->out.len = 0;
    if (error) {
        cli_error(cli, "standard output: %s", error == EBADF ? "it is closed" : strerror(error));
    }
    return error == 0;
}

/* -- finding
 * --------------------------------------------------------------------------------------- */

const CliCommand *cli_command_find(const CliCommand *const *list, Str name)
{
    for (; *list; list++) {
        if (str_eq((*list)->name, name)) {
            return *list;
        }
    }
    return NULL;
}

static StrList command_names(const CliCommand *const *list, Arena *a)
{
    size_t count = 0;
    while (list[count]) {
        count++;
    }
    Str *names = new(a, Str, count);
    for (size_t i = 0; i < count; i++) {
        names[i] = list[i]->name;
    }
    return (StrList){ names, count };
}

static CliStatus unknown_command(const Cli *cli, const CliCommand *const *list, Str name)
{
    Str near = cli_suggest(command_names(list, cli->arena), name, cli->arena);
    if (near.ptr) {
        return cli_usage(cli, "unknown command \"%.*s\"; did you mean \"%.*s\"?", STR_ARG(name),
                         STR_ARG(near));
    }
    return cli_usage(cli, "unknown command \"%.*s\"", STR_ARG(name));
}

/* -- running
 * --------------------------------------------------------------------------------------- */

static CliStatus run_command(Cli *cli, const CliCommand *command, StrList words)
{
    char *args = arena_alloc_zero(cli->arena, 1, command->args_size + 1);
    StrList operands;
    bool help;
    if (!options_read(cli, command, words, args, &operands, &help)) {
        return CLI_ERROR;
    }
    if (help) {
        options_help(cli, command, &cli->out);
        return CLI_YES;
    }
    return source_is_here(cli, command, args) ? command->run(cli, args, operands) : CLI_ERROR;
}

static bool is_help(Str word)
{
    return str_eq(word, STR("--help")) || str_eq(word, STR("-h"));
}

/* Walks from list down to the command that words name, and runs it. */
static CliStatus dispatch(Cli *cli, const CliCommand *const *list, StrList words)
{
    const CliCommand *group = NULL;
    for (;;) {
        Str word = words.count ? words.items[0] : STR_ABSENT;
        if (!word.ptr || is_help(word)) {
            if (group) {
                options_help(cli, group, &cli->out);
            } else {
                options_help_program(cli, &cli->out);
            }
            if (word.ptr) {
                return CLI_YES;
            }
            /* No command at all: help is the message, and nothing was decided. */
            int ignored;
            write_all_to(STDERR_FILENO, buf_str(&cli->out), &ignored);
            return CLI_ERROR;
        }
        if (!group && (str_eq(word, STR("--version")) || str_eq(word, STR("-V")))) {
            word = STR("version");
        }
        const CliCommand *command = cli_command_find(list, word);
        if (!command) {
            return word.ptr[0] == '-' && word.len > 1
                       ? cli_usage(cli, "unknown option %.*s", STR_ARG(word))
                       : unknown_command(cli, list, word);
        }
        cli->command = cli->command.len
                           ? arena_printf(cli->arena, "%.*s %.*s", STR_ARG(cli->command),
                                          STR_ARG(command->name))
                           : command->name;
        words = (StrList){ words.items + 1, words.count - 1 };
        if (!command->subcommands) {
            return run_command(cli, command, words);
        }
        group = command;
        list = command->subcommands;
    }
}

/* A closed standard descriptor would be taken by the next file that is opened. Each is held by one
 * that answers as a closed one does: reading or writing it fails. */
static void hold_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
            /* The lowest free descriptor is fd. */
            int taken = open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
            (void)taken;
        }
    }
}

static bool wants_color(int fd)
{
    const char *off = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(fd) && !(off && *off) && !(terminal && strcmp(terminal, "dumb") == 0);
}

int cli_main(int argc, char **argv)
{
    hold_standard_descriptors();
    /* A closed pipe is then an error of write(), told like any other. */
    signal(SIGPIPE, SIG_IGN);
    Arena arena;
    arena_init(&arena, 0);
    Cli cli = {
        .program = STR("podgate"),
        .argv = argv,
        .arena = &arena,
        .out = buf_new(&arena),
        .out_color = wants_color(STDOUT_FILENO),
        .err_color = wants_color(STDERR_FILENO),
        .err_is_terminal = isatty(STDERR_FILENO),
    };
    Str *words = new(&arena, Str, (size_t)argc + 1);
    for (int i = 1; i < argc; i++) {
        words[i - 1] = str_from_c(argv[i]);
    }
    if (argc > 0 && str_ends_with(str_from_c(argv[0]), STR("kubectl-podgate"))) {
        cli.program = STR("kubectl podgate");
    }
    StrList all = { words, argc > 0 ? (size_t)argc - 1 : 0 };
    CliStatus status = dispatch(&cli, cli_commands, all);
    if (status != CLI_ERROR && !cli_flush(&cli)) {
        status = CLI_ERROR;
    }
    arena_done(&arena);
    return (int)status;
}
