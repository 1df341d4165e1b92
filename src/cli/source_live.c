/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/source.h"

bool source_is_here(const Cli *cli, const CliCommand *command, const void *args)
{
    (void)cli;
    (void)command;
    (void)args;
    return true;
}

bool source_read_live(const Cli *cli, const SourceArgs *args, const SourceOptions *options,
                      LiveRead *out)
{
    return live_read(cli, &args->live, &options->live, out);
}
