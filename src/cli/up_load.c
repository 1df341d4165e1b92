/* SPDX-License-Identifier: Apache-2.0 */
/* What loading objects had to say of them. */
#include "cli/up.h"

#include "server/apiserver/apiserver.h"

enum { NOTES_MAX = 50 }; /* objects that something is said of; the rest is counted */

void up_warn_load(const Cli *cli, const ApiLoad *load)
{
    Str rest = str_cut_suffix(buf_str(load->notes), STR("\n"));
    Str line;
    size_t said = 0, notes = load->refused + load->invalid + (load->ownerless > 0);
    for (; said < NOTES_MAX && rest.len && str_next_piece(&rest, '\n', &line); said++) {
        cli_warn(cli, "%.*s", STR_ARG(line));
    }
    if (notes > said) {
        cli_warn(cli, "%zu more objects %s", notes - said,
                 load->invalid ? "are not valid or were refused" : "were refused");
    }
    if (load->ownerless > 1) {
        cli_warn(cli, "%zu more owners of objects are not there", load->ownerless - 1);
    }
}
