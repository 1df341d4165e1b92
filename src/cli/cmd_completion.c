/* SPDX-License-Identifier: Apache-2.0 */
/* podgate completion bash|zsh|fish: a script for the shell, written from the table of commands. */
#include "cli/cli.h"

/* Calls back for each command that has no subcommands, with its path ("psp list"). */
typedef struct Walk {
    Buf *b;
    Arena *arena;
    void (*each)(const struct Walk *w, const CliCommand *command, Str path);
} Walk;

static void walk(const Walk *w, const CliCommand *const *list, Str parent)
{
    for (; *list; list++) {
        Str path = parent.len ? arena_printf(w->arena, "%.*s %.*s", STR_ARG(parent),
                                             STR_ARG((*list)->name))
                              : (*list)->name;
        if ((*list)->subcommands) {
            walk(w, (*list)->subcommands, path);
        } else {
            w->each(w, *list, path);
        }
    }
}

/* Calls body with `option` for each option of command. */
#define EACH_OPTION(use, option, command)                                        \
    for (const CliOptionUse *use = (command)->options; use && use->group; use++) \
        for (const CliOption *option = use->group->options;                      \
             option < use->group->options + use->group->count; option++)

static void write_words(Buf *b, StrList words)
{
    for (size_t i = 0; i < words.count; i++) {
        buf_add(b, i ? STR(" ") : STR(""));
        buf_add(b, words.items[i]);
    }
}

static void write_names(Buf *b, const CliCommand *const *list)
{
    for (size_t i = 0; list[i]; i++) {
        buf_add(b, i ? STR(" ") : STR(""));
        buf_add(b, list[i]->name);
    }
}

/* The summary or help inside single quotes: with none of its own. */
static void write_quoted(Buf *b, Str text, Str also_escaped)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') {
            buf_lit(b, "'\\''");
            continue;
        }
        if (str_index_byte(also_escaped, text.ptr[i]) >= 0) {
            buf_byte(b, '\\');
        }
        buf_byte(b, text.ptr[i]);
    }
}

/* -- bash
 * ------------------------------------------------------------------------------------------ */

static void bash_command(const Walk *w, const CliCommand *command, Str path)
{
    Buf *b = w->b;
    buf_printf(b, "    '%.*s')\n        case $previous in\n", STR_ARG(path));
    EACH_OPTION(use, option, command)
    {
        if (option->kind == CLI_FLAG) {
            continue;
        }
        buf_printf(b, "        --%.*s", STR_ARG(option->name));
        if (option->letter) {
            buf_printf(b, " | -%c", option->letter);
        }
        if (option->kind == CLI_CHOICE) {
            buf_lit(b, ") words='");
            write_words(b, option->choices);
            buf_lit(b, "' ;;\n");
        } else {
            buf_add(b, option->complete == CLI_COMPLETE_FILE ? STR(") words= files=1 ;;\n")
                                                             : STR(") return ;;\n"));
        }
    }
    buf_lit(b, "        *)\n            words='--help");
    EACH_OPTION(use, option, command)
    {
        buf_printf(b, " --%.*s", STR_ARG(option->name));
    }
    buf_lit(b, "'\n");
    if (command->complete == CLI_COMPLETE_FILE) {
        buf_lit(b, "            case $current in -*) ;; *) words= files=1 ;; esac\n");
    } else if (command->complete == CLI_COMPLETE_COMMAND) {
        buf_lit(b, "            case $current in -*) ;; *) words='");
        write_names(b, cli_commands);
        buf_lit(b, "' ;; esac\n");
    } else if (command->complete == CLI_COMPLETE_SHELL) {
        buf_lit(b, "            case $current in -*) ;; *) words='bash zsh fish' ;; esac\n");
    }
    buf_lit(b, "            ;;\n        esac\n        ;;\n");
}

static void bash_groups(Buf *b)
{
    for (const CliCommand *const *at = cli_commands; *at; at++) {
        if ((*at)->subcommands) {
            buf_printf(b, "    '%.*s') words='--help ", STR_ARG((*at)->name));
            write_names(b, (*at)->subcommands);
            buf_lit(b, "' ;;\n");
        }
    }
}

static void bash_paths(const Walk *w, const CliCommand *command, Str path)
{
    (void)command;
    buf_printf(w->b, " | '%.*s'", STR_ARG(path));
}

static void bash(Buf *b, Arena *a)
{
    buf_lit(b, "# bash completion for podgate; `source <(podgate completion bash)`\n"
               "_podgate() {\n"
               "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
               "    local command= words= files= i\n"
               "    # bash takes --name=value apart at the sign\n"
               "    if [ \"$current\" = = ]; then\n"
               "        current=\n"
               "    elif [ \"$previous\" = = ]; then\n"
               "        previous=${COMP_WORDS[COMP_CWORD-2]}\n"
               "    fi\n"
               "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
               "        case \"${command:+$command }${COMP_WORDS[i]}\" in\n"
               "        ''");
    walk(&(Walk){ b, a, bash_paths }, cli_commands, STR(""));
    for (const CliCommand *const *at = cli_commands; *at; at++) {
        if ((*at)->subcommands) {
            buf_printf(b, " | '%.*s'", STR_ARG((*at)->name));
        }
    }
    buf_lit(b, ") command=\"${command:+$command }${COMP_WORDS[i]}\" ;;\n"
               "        esac\n"
               "    done\n"
               "    case $command in\n"
               "    '') words='--help --version ");
    write_names(b, cli_commands);
    buf_lit(b, "' ;;\n");
    bash_groups(b);
    walk(&(Walk){ b, a, bash_command }, cli_commands, STR(""));
    buf_lit(b, "    esac\n"
               "    if [ -n \"$files\" ]; then\n"
               "        compopt -o filenames 2>/dev/null\n"
               "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
               "    else\n"
               "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
               "    fi\n"
               "}\n"
               "complete -F _podgate podgate kubectl-podgate\n");
}

/* -- zsh
 * ------------------------------------------------------------------------------------------- */

static void zsh_value(Buf *b, const CliOption *option)
{
    if (option->kind == CLI_FLAG) {
        return;
    }
    buf_byte(b, ':');
    write_quoted(b, option->value, STR(":[]"));
    buf_byte(b, ':');
    if (option->kind == CLI_CHOICE) {
        buf_byte(b, '(');
        write_words(b, option->choices);
        buf_byte(b, ')');
    } else if (option->complete == CLI_COMPLETE_FILE) {
        buf_lit(b, "_files");
    }
}

static void zsh_command(const Walk *w, const CliCommand *command, Str path)
{
    Buf *b = w->b;
    buf_printf(b, "    '%.*s')\n        _arguments -s '*'{-h,--help}'[this help]'", STR_ARG(path));
    EACH_OPTION(use, option, command)
    {
        buf_printf(b, " \\\n            '*--%.*s%s[", STR_ARG(option->name),
                   option->kind == CLI_FLAG ? "" : "=");
        write_quoted(b, option->help, STR("[]:"));
        buf_byte(b, ']');
        zsh_value(b, option);
        buf_byte(b, '\'');
        if (option->letter) {
            buf_printf(b, " \\\n            '*-%c%s[", option->letter,
                       option->kind == CLI_FLAG ? "" : "+");
            write_quoted(b, option->help, STR("[]:"));
            buf_byte(b, ']');
            zsh_value(b, option);
            buf_byte(b, '\'');
        }
    }
    if (command->complete == CLI_COMPLETE_FILE) {
        buf_lit(b, " \\\n            '*:file:_files'");
    } else if (command->complete == CLI_COMPLETE_SHELL) {
        buf_lit(b, " \\\n            '*:shell:(bash zsh fish)'");
    } else if (command->complete == CLI_COMPLETE_COMMAND) {
        buf_lit(b, " \\\n            '*:command:(");
        write_names(b, cli_commands);
        buf_lit(b, ")'");
    }
    buf_lit(b, " ;;\n");
}

static void zsh_list(Buf *b, const CliCommand *const *list)
{
    buf_lit(b, "        commands=(");
    for (; *list; list++) {
        buf_printf(b, "\n            '%.*s:", STR_ARG((*list)->name));
        write_quoted(b, (*list)->summary, STR(":"));
        buf_byte(b, '\'');
    }
    buf_lit(b, ")\n        _describe command commands ;;\n");
}

static void zsh(Buf *b, Arena *a)
{
    buf_lit(b, "#compdef podgate kubectl-podgate\n"
               "# zsh completion for podgate; `source <(podgate completion zsh)`, or as _podgate "
               "in fpath\n"
               "_podgate() {\n"
               "    local -a commands\n"
               "    local command=\n"
               "    if (( CURRENT > 2 )); then\n"
               "        command=$words[2]\n"
               "        case $command in\n");
    for (const CliCommand *const *at = cli_commands; *at; at++) {
        if ((*at)->subcommands) {
            buf_printf(
                b,
                "        '%.*s') (( CURRENT > 3 )) && command+=\" $words[3]\" && shift words "
                "&& (( CURRENT-- )) ;;\n",
                STR_ARG((*at)->name));
        }
    }
    buf_lit(b, "        esac\n"
               "        shift words\n"
               "        (( CURRENT-- ))\n"
               "    fi\n"
               "    case $command in\n"
               "    '')\n");
    zsh_list(b, cli_commands);
    for (const CliCommand *const *at = cli_commands; *at; at++) {
        if ((*at)->subcommands) {
            buf_printf(b, "    '%.*s')\n", STR_ARG((*at)->name));
            zsh_list(b, (*at)->subcommands);
        }
    }
    walk(&(Walk){ b, a, zsh_command }, cli_commands, STR(""));
    buf_lit(b, "    esac\n"
               "}\n"
               "if [ \"$funcstack[1]\" = _podgate ]; then\n"
               "    _podgate \"$@\"\n"
               "else\n"
               "    compdef _podgate podgate kubectl-podgate\n"
               "fi\n");
}

/* -- fish
 * ------------------------------------------------------------------------------------------ */

/* -n: this command's words are there. */
static void fish_condition(Buf *b, Str path)
{
    Str before;
    Str after;
    str_split_once(path, ' ', &before, &after);
    buf_printf(b, "complete -c podgate -n '__fish_seen_subcommand_from %.*s", STR_ARG(before));
    if (after.len) {
        buf_printf(b, "; and __fish_seen_subcommand_from %.*s", STR_ARG(after));
    }
    buf_byte(b, '\'');
}

static void fish_command(const Walk *w, const CliCommand *command, Str path)
{
    Buf *b = w->b;
    EACH_OPTION(use, option, command)
    {
        fish_condition(b, path);
        buf_printf(b, " -l %.*s", STR_ARG(option->name));
        if (option->letter) {
            buf_printf(b, " -s %c", option->letter);
        }
        if (option->kind == CLI_CHOICE) {
            buf_lit(b, " -x -a '");
            write_words(b, option->choices);
            buf_byte(b, '\'');
        } else if (option->kind != CLI_FLAG) {
            buf_add(b, option->complete == CLI_COMPLETE_FILE ? STR(" -r -F") : STR(" -x"));
        }
        buf_lit(b, " -d '");
        write_quoted(b, option->help, STR(""));
        buf_lit(b, "'\n");
    }
    if (command->complete == CLI_COMPLETE_FILE) {
        fish_condition(b, path);
        buf_lit(b, " -F\n");
    } else if (command->complete == CLI_COMPLETE_SHELL) {
        fish_condition(b, path);
        buf_lit(b, " -a 'bash zsh fish'\n");
    } else if (command->complete == CLI_COMPLETE_COMMAND) {
        fish_condition(b, path);
        buf_lit(b, " -a '");
        write_names(b, cli_commands);
        buf_lit(b, "'\n");
    }
}

static void fish_list(Buf *b, const CliCommand *const *list, const char *condition)
{
    for (; *list; list++) {
        buf_printf(b, "complete -c podgate -n '%s' -a %.*s -d '", condition,
                   STR_ARG((*list)->name));
        write_quoted(b, (*list)->summary, STR(""));
        buf_lit(b, "'\n");
    }
}

static void fish(Buf *b, Arena *a)
{
    buf_lit(b, "# fish completion for podgate; `podgate completion fish | source`\n"
               "complete -c podgate -f\n"
               "complete -c kubectl-podgate -w podgate\n"
               "complete -c podgate -s h -l help -d 'this help'\n"
               "complete -c podgate -n __fish_use_subcommand -l version -d 'the version'\n");
    fish_list(b, cli_commands, "__fish_use_subcommand");
    for (const CliCommand *const *at = cli_commands; *at; at++) {
        if ((*at)->subcommands) {
            Buf names = buf_new(a);
            write_names(&names, (*at)->subcommands);
            Str condition = arena_printf(
                a, "__fish_seen_subcommand_from %.*s; and not __fish_seen_subcommand_from %.*s",
                STR_ARG((*at)->name), STR_ARG(buf_str(&names)));
            fish_list(b, (*at)->subcommands, arena_cstr(a, condition));
        }
    }
    walk(&(Walk){ b, a, fish_command }, cli_commands, STR(""));
}

/* -- the command
 * ----------------------------------------------------------------------------------- */

static CliStatus run(Cli *cli, void *args, StrList operands)
{
    (void)args;
    static const struct {
        Str shell;
        void (*write)(Buf *b, Arena *a);
    } shells[] = {
        { STR_INIT("bash"), bash },
        { STR_INIT("zsh"), zsh },
        { STR_INIT("fish"), fish },
    };
    for (size_t i = 0; i < COUNT_OF(shells); i++) {
        if (str_eq(operands.items[0], shells[i].shell)) {
            shells[i].write(&cli->out, cli->arena);
            return CLI_YES;
        }
    }
    return cli_usage(cli, "unknown shell \"%.*s\": bash, zsh or fish", STR_ARG(operands.items[0]));
}

const CliCommand cli_command_completion = {
    .name = STR_INIT("completion"),
    .operands = STR_INIT("bash|zsh|fish"),
    .operands_min = 1,
    .operands_max = 1,
    .complete = CLI_COMPLETE_SHELL,
    .summary = STR_INIT("Print a completion script for a shell"),
    .description = STR_INIT("For this session: source <(podgate completion bash)"),
    .run = run,
};
