/* SPDX-License-Identifier: Apache-2.0 */
/* Help, printed from the rows that the parser reads. */
#include "cli/options.h"

enum { HELP_COLUMN = 30, HELP_WIDTH = 96 };

static void pad(Buf *b, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        buf_byte(b, ' ');
    }
}

/* text from column `column` on, broken between words at HELP_WIDTH. */
static void wrapped(Buf *b, size_t column, Str text)
{
    size_t at = column;
    Str rest = text;
    Str word;
    bool first = true;
    while (str_next_piece(&rest, ' ', &word)) {
        if (!first && at + 1 + word.len > HELP_WIDTH) {
            buf_byte(b, '\n');
            pad(b, 0, column);
            at = column;
        } else if (!first) {
            buf_byte(b, ' ');
            at++;
        }
        buf_add(b, word);
        at += word.len;
        first = false;
    }
    buf_byte(b, '\n');
}

/* `left` at two columns, `right` at HELP_COLUMN. */
static void row(Buf *b, Str left, Str right)
{
    buf_lit(b, "  ");
    buf_add(b, left);
    if (left.len + 4 > HELP_COLUMN) {
        buf_byte(b, '\n');
        pad(b, 0, HELP_COLUMN);
    } else {
        pad(b, left.len + 2, HELP_COLUMN);
    }
    wrapped(b, HELP_COLUMN, right);
}

static Str option_text(const CliOption *option, Arena *a)
{
    Buf b = buf_new(a);
    if (option->letter) {
        buf_printf(&b, "-%c, ", option->letter);
    } else {
        buf_lit(&b, "    ");
    }
    buf_printf(&b, "--%.*s", STR_ARG(option->name));
    if (option->value.len) {
        buf_printf(&b, " %.*s", STR_ARG(option->value));
    }
    return buf_str(&b);
}

static void option_rows(const CliCommand *command, Buf *b)
{
    for (const CliOptionUse *use = command->options; use && use->group; use++) {
        buf_printf(b, "\n%.*s:\n", STR_ARG(use->group->title));
        for (size_t i = 0; i < use->group->count; i++) {
            const CliOption *option = &use->group->options[i];
            row(b, option_text(option, b->arena), option->help);
        }
    }
    if (!command->options || !command->options->group) {
        buf_lit(b, "\nOptions:\n");
    }
    row(b, STR("-h, --help"), STR("this help"));
}

static void command_rows(const CliCommand *const *list, Buf *b)
{
    for (; *list; list++) {
        row(b, (*list)->name, (*list)->summary);
    }
}

void options_help(const Cli *cli, const CliCommand *command, Buf *b)
{
    buf_printf(b, "Usage: %.*s %.*s", STR_ARG(cli->program), STR_ARG(cli->command));
    if (command->subcommands) {
        buf_lit(b, " COMMAND");
    } else if (command->options && command->options->group) {
        buf_lit(b, " [OPTION]...");
    }
    if (command->operands.len) {
        buf_printf(b, " %.*s", STR_ARG(command->operands));
    }
    buf_printf(b, "\n\n%.*s.\n", STR_ARG(command->summary));
    Str rest = command->description.len ? command->description : STR_ABSENT;
    Str paragraph;
    while (str_next_piece(&rest, '\n', &paragraph)) {
        buf_byte(b, '\n');
        wrapped(b, 0, paragraph);
    }
    if (command->subcommands) {
        buf_lit(b, "\nCommands:\n");
        command_rows(command->subcommands, b);
        buf_printf(b, "\n\"%.*s %.*s COMMAND --help\" says more about one.\n",
                   STR_ARG(cli->program), STR_ARG(cli->command));
        return;
    }
    option_rows(command, b);
}

void options_help_program(const Cli *cli, Buf *b)
{
    buf_printf(b,
               "Usage: %.*s COMMAND [OPTION]...\n\n"
               "Decides which pods may enter a Kubernetes cluster, as its API server would, from "
               "plain files.\n\nCommands:\n",
               STR_ARG(cli->program));
    command_rows(cli_commands, b);
    buf_printf(b,
               "\nExit status: 0 allowed or yes; 1 denied or no; 2 the input or the call is wrong, "
               "and nothing\nwas decided. Results are on standard output, messages on standard "
               "error.\n\n\"%.*s COMMAND --help\" says more about one.\n",
               STR_ARG(cli->program));
}
