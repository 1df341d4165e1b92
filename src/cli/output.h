/* SPDX-License-Identifier: Apache-2.0 */
/* -o: the form of a result. */
#ifndef PODGATE_CLI_OUTPUT_H
#define PODGATE_CLI_OUTPUT_H

#include "cli/cli.h"
#include "doc/value.h"

typedef struct OutputArgs {
    Str format; /* absent: table */
} OutputArgs;

/* A row of a CliOption table, for a command with forms of its own: the Str member of type, the
 * first count of forms. */
#define OUTPUT_ROW(type, member, forms, count, text)                                           \
    {                                                                                          \
        .name = STR_INIT("output"), .letter = 'o', .kind = CLI_CHOICE,                         \
        .offset = offsetof(type, member), .value = STR_INIT("FORMAT"), .help = STR_INIT(text), \
        .choices = { forms, count },                                                           \
    }

extern const CliOptionGroup output_options;      /* table, json, yaml or name, into OutputArgs */
extern const CliOptionGroup output_data_options; /* table, json or yaml */

static inline bool output_is(const OutputArgs *args, Str format)
{
    return str_eq(args->format.ptr ? args->format : STR("table"), format);
}

/* True when the format is json or yaml: v has then been written to cli->out in it. */
bool output_value(Cli *cli, const OutputArgs *args, const Value *v);

/* {"apiVersion":"v1","kind":"List","items":[]}, as kubectl puts several objects together. */
Value output_list(Arena *a);

/* Members in the order of the calls; text is not copied. Absent text adds nothing. */
void output_add_str(Value *object, Str key, Str text, Arena *a);

#endif
