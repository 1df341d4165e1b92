/* SPDX-License-Identifier: Apache-2.0 */
/* One line on standard error while reading takes long; only on a terminal. */
#ifndef PODGATE_CLI_PROGRESS_H
#define PODGATE_CLI_PROGRESS_H

#include "cli/cli.h"

typedef struct Progress {
    bool enabled;
    bool shown;
    int64_t next_ms; /* when to write the line again */
} Progress;

Progress progress_new(const Cli *cli);
/* A FilesProgress; context is the Progress. */
void progress_files(void *context, Str path, size_t files, size_t bytes);
/* So many of all; what: "loading". */
void progress_count(Progress *p, const char *what, size_t done, size_t all);
/* Objects of a running cluster; what: the resource that is read. */
void progress_live(Progress *p, Str what, size_t done);
/* Takes the line away. */
void progress_end(Progress *p);

#endif
