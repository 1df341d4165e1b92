/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a command line by the rows that describe it, and printing its help from the same rows.
 *
 * GNU conventions: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-ab` for two flags,
 * options and operands in any order, `--` ends the options, `-` alone is an operand.
 */
#ifndef PODGATE_CLI_OPTIONS_H
#define PODGATE_CLI_OPTIONS_H

#include "cli/cli.h"

/* Reads words (those after the command's name) into *args, which has command->args_size bytes
 * and is cleared. Operands that are left are given in order. *help is set when --help was among
 * them; the rest is then not checked. False after a message. */
WARN_UNUSED bool options_read(const Cli *cli, const CliCommand *command, StrList words, void *args,
                              StrList *operands, bool *help);

/* `Usage: podgate admit [OPTION]... -f FILE`, what it does, its options. */
void options_help(const Cli *cli, const CliCommand *command, Buf *b);
/* The program's own: what it is for and the commands. */
void options_help_program(const Cli *cli, Buf *b);

#endif
