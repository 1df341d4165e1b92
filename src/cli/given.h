/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that a command is given: files of -f or as operands, and -n for their namespace. */
#ifndef PODGATE_CLI_GIVEN_H
#define PODGATE_CLI_GIVEN_H

#include "cli/cli.h"

/* Rows of a CliOption table: the StrList and the Str member of type. */
#define GIVEN_FILES_ROW(type, member, text)                              \
    {                                                                    \
        .name = STR_INIT("filename"), .letter = 'f', .kind = CLI_LIST,   \
        .complete = CLI_COMPLETE_FILE, .offset = offsetof(type, member), \
        .value = STR_INIT("PATH"), .help = STR_INIT(text),               \
    }
#define GIVEN_NAMESPACE_ROW(type, member, text)                                            \
    {                                                                                      \
        .name = STR_INIT("namespace"), .letter = 'n', .kind = CLI_TEXT,                    \
        .offset = offsetof(type, member), .value = STR_INIT("NS"), .help = STR_INIT(text), \
    }
#define GIVEN_NAMESPACE_HELP "the namespace of objects that name none (default: default)"

/* The files of -f or the operands. False after a message, when there are both. */
WARN_UNUSED bool given_files(const Cli *cli, StrList files, StrList operands, StrList *out);
/* False after a message, when both are to be read from standard input. */
WARN_UNUSED bool given_stdin_once(const Cli *cli, StrList files, StrList state_paths);

static inline Str given_namespace(Str namespace)
{
    return namespace.ptr ? namespace : STR("default");
}

#endif
