/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting: for a signal, or for the end of a command. */
#include "cli/up.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { EXIT_SIGNAL = 128, EXIT_NOT_FOUND = 127, EXIT_NOT_RUN = 126 };

static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
static const int passed_on[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH };

static sigset_t set_of(const int *signals, size_t count)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) {
        sigaddset(&set, signals[i]);
    }
    return set;
}

void up_signals_block(bool for_command, sigset_t *before)
{
    sigset_t set = for_command ? set_of(passed_on, COUNT_OF(passed_on))
                               : set_of(ending, COUNT_OF(ending));
    if (for_command) {
        sigaddset(&set, SIGCHLD);
    }
    pthread_sigmask(SIG_BLOCK, &set, before);
    signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error of the write */
}

bool up_signal_came(void)
{
    sigset_t pending;
    bool came = false;
    sigpending(&pending);
    for (size_t i = 0; i < COUNT_OF(ending); i++) {
        came |= sigismember(&pending, ending[i]) == 1;
    }
    return came;
}

void up_signals_ending(sigset_t *out)
{
    *out = set_of(ending, COUNT_OF(ending));
}

void up_wait_signal(void)
{
    sigset_t set = set_of(ending, COUNT_OF(ending));
    int number;
    while (sigwait(&set, &number) != 0) {
    }
}

/* -- a command --------------------------------------------------------------------------------- */

static char **arguments_of(StrList command, Arena *a)
{
    char **argv = new(a, char *, command.count + 1);
    for (size_t i = 0; i < command.count; i++) {
        argv[i] = (char *)arena_str(a, command.items[i]).ptr;
    }
    return argv;
}

static char **environment_with(Str kubeconfig, Arena *a)
{
    size_t count = 0;
    while (environ[count]) {
        count++;
    }
    char **made = new(a, char *, count + 2);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], "KUBECONFIG=", strlen("KUBECONFIG=")) != 0) {
            made[kept++] = environ[i];
        }
    }
    made[kept] = (char *)arena_concat(a, STR("KUBECONFIG="), kubeconfig).ptr;
    return made;
}

/* Started as it would be without us: no signal blocked, none ignored that we ignore. */
static int spawn(StrList command, Str kubeconfig, const sigset_t *before, Arena *a, pid_t *pid)
{
    posix_spawnattr_t how;
    const int ours[] = { SIGPIPE, SIGXFSZ };
    sigset_t defaults = set_of(ours, COUNT_OF(ours));
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&how, before);
    posix_spawnattr_setsigdefault(&how, &defaults);
    char **argv = arguments_of(command, a);
    int failed = posix_spawnp(pid, argv[0], NULL, &how, argv, environment_with(kubeconfig, a));
    posix_spawnattr_destroy(&how);
    return failed;
}

static int status_of(int status)
{
    return WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

int up_wait_command(Cli *cli, StrList command, Str kubeconfig, const sigset_t *before)
{
    sigset_t set = set_of(passed_on, COUNT_OF(passed_on));
    sigaddset(&set, SIGCHLD);
    pid_t pid;
    int failed = spawn(command, kubeconfig, before, cli->arena, &pid);
    if (failed) {
        cli_error(cli, "%.*s: %s", STR_ARG(command.items[0]), strerror(failed));
        return failed == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
    }
    for (;;) {
        siginfo_t info;
        int status;
        if (waitpid(pid, &status, WNOHANG) == pid) {
            return status_of(status);
        }
        int number = sigwaitinfo(&set, &info);
        /* What a terminal sends (the kernel does) the command got as well. */
        if (number > 0 && number != SIGCHLD && info.si_code != SI_KERNEL) {
            kill(pid, number);
        }
    }
}
