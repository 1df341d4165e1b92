/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every command of the program shares: the table of commands, options described by rows,
 * results and messages, exit status.
 *
 * A command is a file cmd_NAME.c with one `const CliCommand cli_command_NAME`, and a row in
 * commands.def. Help, completion, the check of the man pages and the parser all read that one
 * description.
 *
 * Results are gathered in cli->out and reach standard output when the command ends with CLI_YES or
 * CLI_NO; a command that ends with CLI_ERROR has written nothing there. Messages go to standard
 * error at once.
 */
#ifndef PODGATE_CLI_CLI_H
#define PODGATE_CLI_CLI_H

#include "base/buf.h"
#include "base/err.h"

typedef enum CliStatus {
    CLI_YES = 0,   /* allowed, clean, yes */
    CLI_NO = 1,    /* denied, violations, no */
    CLI_ERROR = 2, /* the call or its input is wrong: nothing was decided */
} CliStatus;

typedef enum CliOptionKind {
    CLI_FLAG,   /* bool: --name, --name=true, --name=false */
    CLI_TEXT,   /* Str: absent when not given; the last one wins */
    CLI_CHOICE, /* the same, one of choices */
    CLI_LIST,   /* StrList: in the order given */
} CliOptionKind;

typedef enum CliCompletion {
    CLI_COMPLETE_NOTHING,
    CLI_COMPLETE_FILE, /* a file or a folder */
    CLI_COMPLETE_COMMAND,
    CLI_COMPLETE_SHELL,
} CliCompletion;

typedef struct CliOption {
    Str name;         /* without dashes */
    char letter;      /* '\0' for none */
    uint8_t kind;     /* CliOptionKind */
    uint8_t complete; /* CliCompletion of the value */
    size_t offset;    /* of the bool, Str or StrList in the struct of its group */
    Str value;        /* what help calls the value: "PATH"; empty for flags */
    Str help;         /* one sentence, no full stop */
    StrList choices;  /* of CLI_CHOICE */
} CliOption;

/* Options that come together: those of one command, or those that several share. */
typedef struct CliOptionGroup {
    Str title; /* over them in help */
    const CliOption *options;
    size_t count;
} CliOptionGroup;

/* A group as a command takes it. */
typedef struct CliOptionUse {
    const CliOptionGroup *group; /* NULL ends the list */
    size_t offset;               /* of the group's struct in the command's arguments */
} CliOptionUse;

struct Cli;

typedef struct CliCommand {
    Str name;
    Str operands; /* as usage prints them: "VERB RESOURCE[.GROUP][/NAME]" */
    size_t operands_min;
    size_t operands_max;
    uint8_t complete;          /* CliCompletion of operands */
    bool operands_are_command; /* of another program: they come after -- alone */
    Str summary;               /* one line, no full stop */
    Str description;           /* paragraphs for --help; may be empty */
    const CliOptionUse *options;
    size_t args_size; /* of the struct that options are read into; starts cleared */
    CliStatus (*run)(struct Cli *cli, void *args, StrList operands);
    const struct CliCommand *const *subcommands; /* NULL-terminated; then run is NULL */
} CliCommand;

typedef struct Cli {
    Str program;  /* "podgate", or "kubectl podgate" */
    Str command;  /* "admit", "psp list"; empty before it is known */
    char **argv;  /* as main had it */
    Arena *arena; /* of the whole run */
    Buf out;      /* results */
    bool out_color;
    bool err_color;
    bool err_is_terminal;
} Cli;

/* Every command, in the order of help; NULL-terminated. */
extern const CliCommand *const cli_commands[];

/* Runs the program: argv as main has it. Returns the exit status. */
int cli_main(int argc, char **argv);

/* -- messages, on standard error ------------------------------------------------------------- */

/* `podgate admit: message`; returns CLI_ERROR. */
CliStatus cli_error(const Cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same for what was refused in reading; the message of err is not touched. */
CliStatus cli_fail(const Cli *cli, const Err *err);
/* As cli_error, and where help is found. For a call that is wrong. */
CliStatus cli_usage(const Cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);
/* `Warning: message`, as kubectl prints one. */
void cli_warn(const Cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);
/* text as it is: what a command that goes on for long says of itself. */
void cli_say(const Cli *cli, Str text);

/* -- results ------------------------------------------------------------------------------------
 */

/* Writes what is in cli->out and empties it. False, after a message, when standard output takes no
 * more; the command then ends with CLI_ERROR. Commands call this only to write early (streams). */
WARN_UNUSED bool cli_flush(Cli *cli);

/* -- finding ------------------------------------------------------------------------------------
 */

/* The command of that name among list, or NULL. */
const CliCommand *cli_command_find(const CliCommand *const *list, Str name);
/* The nearest of names when it is near enough to be what was meant; absent otherwise. */
Str cli_suggest(StrList names, Str given, Arena *a);

#endif
