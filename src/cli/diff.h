/* SPDX-License-Identifier: Apache-2.0 */
/* podgate diff: what its files share. */
#ifndef PODGATE_CLI_DIFF_H
#define PODGATE_CLI_DIFF_H

#include "analyze/diff/diff.h"
#include "cli/cli.h"
#include "cli/output.h"

typedef struct DiffArgs {
    StrList kinds;
    Str namespace;
    Str selector;
    bool all_fields;
    OutputArgs output;
} DiffArgs;

/* Changes as text for people: a heading for each object, "-" and "+" for its fields, and a table of
 * how many there are of each kind. */
void diff_write_text(Cli *cli, const DiffResult *r);
/* The same as a tree, for -o json and yaml. */
Value diff_to_value(const DiffResult *r, Arena *a);
/* `deployment.apps/web -n shop`, one a line. */
void diff_write_names(Cli *cli, const DiffResult *r);

#endif
