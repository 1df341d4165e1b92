/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that a command is given. */
#include "cli/given.h"

bool given_files(const Cli *cli, StrList files, StrList operands, StrList *out)
{
    if (operands.count && files.count) {
        cli_usage(cli, "give files with -f or as operands, not both");
        return false;
    }
    *out = operands.count ? operands : files;
    return true;
}

bool given_stdin_once(const Cli *cli, StrList files, StrList state_paths)
{
    if (str_list_has(files, STR("-")) && str_list_has(state_paths, STR("-"))) {
        cli_usage(cli, "standard input can be read once: -f - or --state -");
        return false;
    }
    return true;
}
