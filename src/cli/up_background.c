/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server as a process of its own. The old process waits until the new one serves, or has said
 * why not: messages go to the same standard error until then.
 */
#include "cli/up.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int ready_pipe = -1; /* of the new process */

static CliStatus wait_until_ready(Cli *cli, int from, pid_t pid)
{
    char byte;
    ssize_t n;
    do {
        n = read(from, &byte, 1);
    } while (n < 0 && errno == EINTR);
    close(from);
    if (n == 1) {
        return CLI_YES;
    }
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) {
        return cli_error(cli, "the server was ended by signal %d", WTERMSIG(status));
    }
    return CLI_ERROR;
}

static int open_log(const UpPlace *place)
{
    return open(place->log.ptr, O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                0600);
}

bool up_background_fork(Cli *cli, const UpPlace *place, CliStatus *status)
{
    int ends[2];
    int log = open_log(place);
    if (log < 0 || pipe2(ends, O_CLOEXEC) != 0) {
        *status = cli_error(cli, "%.*s: %s", STR_ARG(place->log), strerror(errno));
        return true;
    }
    pid_t pid = fork();
    if (pid < 0) {
        *status = cli_error(cli, "cannot start a process: %s", strerror(errno));
        return true;
    }
    if (pid > 0) {
        close(ends[1]);
        close(log);
        *status = wait_until_ready(cli, ends[0], pid);
        return true;
    }
    close(ends[0]);
    ready_pipe = ends[1];
    setsid();
    dup2(log, STDOUT_FILENO);
    close(log);
    return false;
}

void up_background_ready(void)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0) {
        dup2(nothing, STDIN_FILENO); /* --state - has been read */
        close(nothing);
    }
    dup2(STDOUT_FILENO, STDERR_FILENO); /* the log */
    if (chdir("/") != 0) {
        /* Then a folder stays busy: no reason to end. */
    }
    ssize_t n = write(ready_pipe, "", 1);
    (void)n; /* the old process may have been ended: that is its affair */
    close(ready_pipe);
    ready_pipe = -1;
}
