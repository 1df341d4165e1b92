/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/source.h"

bool source_read_live(const Cli *cli, const SourceArgs *args, const SourceOptions *options,
                      LiveRead *out)
{
    return live_read(cli, &args->live, &options->live, out);
}
