/* SPDX-License-Identifier: Apache-2.0 */
/* One line on standard error while reading takes long. */
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>

enum { FIRST_AFTER_MS = 500, AGAIN_AFTER_MS = 100, PATH_BYTES_MAX = 50 };

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

Progress progress_new(const Cli *cli)
{
    return (Progress){ .enabled = cli->err_is_terminal,
                       .next_ms = cli->err_is_terminal ? now_ms() + FIRST_AFTER_MS : 0 };
}

static bool is_due(Progress *p)
{
    if (!p->enabled || now_ms() < p->next_ms) {
        return false;
    }
    p->next_ms = now_ms() + AGAIN_AFTER_MS;
    return p->shown = true;
}

void progress_count(Progress *p, const char *what, size_t done, size_t all)
{
    if (is_due(p)) {
        fprintf(stderr, "\r%s: %zu of %zu objects\033[K", what, done, all);
        fflush(stderr);
    }
}

void progress_live(Progress *p, Str what, size_t done)
{
    if (is_due(p)) {
        fprintf(stderr, "\rreading: %zu objects, %.*s\033[K", done, STR_ARG(what));
        fflush(stderr);
    }
}

void progress_files(void *context, Str path, size_t files, size_t bytes)
{
    Progress *p = context;
    if (!is_due(p)) {
        return;
    }
    Str end = str_slice(path, path.len > PATH_BYTES_MAX ? path.len - PATH_BYTES_MAX : 0, path.len);
    fprintf(stderr, "\rreading: %zu file%s, %.1f MB, %s%.*s\033[K", files, files == 1 ? "" : "s",
            (double)bytes / 1e6, end.len < path.len ? "..." : "", STR_ARG(end));
    fflush(stderr);
}

void progress_end(Progress *p)
{
    if (p->shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        p->shown = false;
    }
}
