/* SPDX-License-Identifier: Apache-2.0 */
/* Another program over a text. */
#include "cli/rbac.h"

#include <errno.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool write_all(int fd, Str text)
{
    while (text.len) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        text = str_drop(text, (size_t)n);
    }
    return lseek(fd, 0, SEEK_SET) == 0;
}

static bool read_all(int fd, Buf *out)
{
    if (lseek(fd, 0, SEEK_SET) != 0) {
        return false;
    }
    for (;;) {
        enum { PIECE = 1 << 16 };
        ssize_t n = read(fd, buf_reserve(out, PIECE), PIECE);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n == 0;
        }
        out->len += (size_t)n;
    }
}

/* Files in memory instead of pipes: neither side can wait for the other. */
static bool run(const Cli *cli, const char *const *argv, int in, int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    pid_t pid;
    int failure = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv,
                               environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure == ENOENT) {
        cli_error(cli,
                  "this needs Graphviz: there is no program \"%s\" in $PATH. -o dot writes "
                  "what it would be given",
                  argv[0]);
        return false;
    }
    if (failure) {
        cli_error(cli, "%s: %s", argv[0], strerror(failure));
        return false;
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        cli_error(cli, "%s failed", argv[0]);
        return false;
    }
    return true;
}

bool rbac_filter(const Cli *cli, const char *const *argv, Str text, Buf *out)
{
    int in = memfd_create("in", MFD_CLOEXEC);
    int result = memfd_create("out", MFD_CLOEXEC);
    bool ok = in >= 0 && result >= 0 && write_all(in, text);
    if (!ok) {
        cli_error(cli, "%s: %s", argv[0], strerror(errno));
    } else {
        ok = run(cli, argv, in, result);
        if (ok && !read_all(result, out)) {
            cli_error(cli, "%s: %s", argv[0], strerror(errno));
            ok = false;
        }
    }
    if (in >= 0) {
        close(in);
    }
    if (result >= 0) {
        close(result);
    }
    return ok;
}
