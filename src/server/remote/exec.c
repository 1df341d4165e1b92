/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exec plugins: a program that prints who one is (client.authentication.k8s.io ExecCredential).
 *
 * It has our standard error, and our standard input where that is a terminal.
 */
#include "base/base64.h"
#include "cluster/files.h"
#include "doc/json.h"
#include "server/remote/private.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PRINTED_BYTES_MAX = 1 << 20 };
#define INFO_NAME "KUBERNETES_EXEC_INFO"

extern char **environ;

/* -- what it is told --------------------------------------------------------------------------- */

static void add_str(Value *object, const char *key, Str text, Arena *a)
{
    if (text.ptr) {
        value_set(object, str_from_c(key), value_str(text), a);
    }
}

static Value cluster_info(const KubeconfigAccess *x, Arena *a)
{
    Value v = value_object();
    Str ca = x->ca.data;
    add_str(&v, "server", x->server, a);
    add_str(&v, "tls-server-name", x->tls_server_name, a);
    if (x->insecure) {
        value_set_lit(&v, "insecure-skip-tls-verify", value_bool(true), a);
    }
    if (ca.ptr || (x->ca.file.ptr && file_read_text(x->ca.file, NULL, a, &ca, NULL))) {
        Buf b = buf_new(a);
        base64_write(ca, &b);
        add_str(&v, "certificate-authority-data", buf_str(&b), a);
    }
    add_str(&v, "proxy-url", x->proxy_url, a);
    return v;
}

Str exec_info(const KubeconfigAccess *x, Arena *a)
{
    Value info = value_object(), spec = value_object();
    add_str(&info, "kind", STR("ExecCredential"), a);
    add_str(&info, "apiVersion", x->exec->api_version, a);
    if (x->exec->provides_cluster_info) {
        value_set_lit(&spec, "cluster", cluster_info(x, a), a);
    }
    value_set_lit(&spec, "interactive", value_bool(isatty(STDIN_FILENO)), a);
    value_set_lit(&info, "spec", spec, a);
    Buf b = buf_new(a);
    json_write(&info, &b);
    return buf_str(&b);
}

/* -- what it prints ---------------------------------------------------------------------------- */

/* "2021-01-02T03:04:05Z" */
static bool read_time(Str text, Arena *a, int64_t *out)
{
    struct tm t = { 0 };
    const char *end = strptime(arena_cstr(a, text), "%Y-%m-%dT%H:%M:%S", &t);
    *out = end ? (int64_t)timegm(&t) : 0;
    return end != NULL; /* fractions and zones do not matter: it is renewed early enough */
}

bool exec_credential_read(const KubeconfigExec *exec, Str printed, Arena *a, ExecCredential *out,
                          Err *err)
{
    Value v;
    if (!json_read(exec->command, printed, NULL, a, &v, err)) {
        return err_context(err, a, "what the exec plugin printed");
    }
    if (!str_eq(value_get_str(&v, STR("kind")), STR("ExecCredential"))) {
        return err_set(err, a, ERR_TYPE, "exec plugin %.*s: it printed no ExecCredential",
                       STR_ARG(exec->command));
    }
    if (!str_eq(value_get_str(&v, STR("apiVersion")), exec->api_version)) {
        return err_set(err, a, ERR_TYPE,
                       "exec plugin %.*s: configured for %.*s, and it printed %.*s",
                       STR_ARG(exec->command), STR_ARG(exec->api_version),
                       STR_ARG(value_get_str(&v, STR("apiVersion"))));
    }
    const Value *status = value_get_lit(&v, "status");
    ExecCredential read = {
        .token = value_get_str(status, STR("token")),
        .cert_pem = value_get_str(status, STR("clientCertificateData")),
        .key_pem = value_get_str(status, STR("clientKeyData")),
    };
    Str expires = value_get_str(status, STR("expirationTimestamp"));
    if ((read.cert_pem.len == 0) != (read.key_pem.len == 0) ||
        (read.token.len == 0 && read.cert_pem.len == 0)) {
        return err_set(err, a, ERR_TYPE,
                       "exec plugin %.*s: it gave no token, and no certificate with its key",
                       STR_ARG(exec->command));
    }
    if (expires.len && !read_time(expires, a, &read.expires)) {
        return err_set(err, a, ERR_TYPE, "exec plugin %.*s: \"%.*s\" is no time",
                       STR_ARG(exec->command), STR_ARG(expires));
    }
    *out = read;
    return true;
}

/* -- running it -------------------------------------------------------------------------------- */

static char **arguments(const KubeconfigExec *exec, Arena *a)
{
    char **list = new(a, char *, exec->args.count + 2);
    list[0] = (char *)(uintptr_t)arena_cstr(a, exec->command);
    for (size_t i = 0; i < exec->args.count; i++) {
        list[i + 1] = (char *)(uintptr_t)arena_cstr(a, exec->args.items[i]);
    }
    return list;
}

/* Is NAME=... among the variables that the plugin gets its own of? */
static bool is_replaced(const KubeconfigExec *exec, const char *entry)
{
    Str name, value;
    (void)str_split_once(str_from_c(entry), '=', &name, &value);
    for (size_t i = 0; i < exec->env_count; i++) {
        if (str_eq(exec->env[i].name, name)) {
            return true;
        }
    }
    return str_eq(name, STR(INFO_NAME));
}

static char **environment(const KubeconfigAccess *x, Arena *a)
{
    const KubeconfigExec *exec = x->exec;
    size_t count = 0, n = 0;
    while (environ[count]) {
        count++;
    }
    char **list = new(a, char *, count + exec->env_count + 2);
    for (size_t i = 0; i < count; i++) {
        if (!is_replaced(exec, environ[i])) {
            list[n++] = environ[i];
        }
    }
    for (size_t i = 0; i < exec->env_count; i++) {
        Str entry = arena_printf(a, "%.*s=%.*s", STR_ARG(exec->env[i].name),
                                 STR_ARG(exec->env[i].value));
        list[n++] = (char *)(uintptr_t)arena_cstr(a, entry);
    }
    Str info = arena_concat(a, STR(INFO_NAME "="), exec_info(x, a));
    list[n] = (char *)(uintptr_t)arena_cstr(a, info);
    return list;
}

/* All that comes out of fd; false when it is too much. */
static bool read_printed(int fd, Arena *a, Str *out)
{
    Buf b = buf_new(a);
    for (;;) {
        char *at = buf_reserve(&b, 4096);
        ssize_t got = read(fd, at, 4096);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            *out = buf_str(&b);
            return got == 0;
        }
        b.len += (size_t)got;
        if (b.len > PRINTED_BYTES_MAX) {
            return false;
        }
    }
}

static bool start(const KubeconfigAccess *x, int out_fd, Arena *a, pid_t *pid, Err *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
    if (!isatty(STDIN_FILENO)) {
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    char **argv = arguments(x->exec, a);
    int problem = posix_spawnp(pid, argv[0], &actions, NULL, argv, environment(x, a));
    posix_spawn_file_actions_destroy(&actions);
    if (problem == 0) {
        return true;
    }
    Str hint = problem == ENOENT ? x->exec->install_hint : STR_ABSENT;
    return err_set(err, a, ERR_IO, "exec plugin %s: %s%s%.*s", argv[0], strerror(problem),
                   hint.len ? "\n" : "", STR_ARG(hint));
}

bool exec_credential(const KubeconfigAccess *x, Arena *a, ExecCredential *out, Err *err)
{
    int ends[2], status = 0;
    pid_t pid;
    Str printed;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set(err, a, ERR_IO, "exec plugin: %s", strerror(errno));
    }
    bool started = start(x, ends[1], a, &pid, err);
    close(ends[1]);
    if (!started) {
        close(ends[0]);
        return false;
    }
    bool whole = read_printed(ends[0], a, &printed);
    close(ends[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!whole) {
        return err_set(err, a, ERR_LIMIT, "exec plugin %.*s: it prints more than a credential",
                       STR_ARG(x->exec->command));
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return err_set(err, a, ERR_IO, "exec plugin %.*s: it ended with %s %d",
                       STR_ARG(x->exec->command), WIFEXITED(status) ? "exit status" : "signal",
                       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    }
    return exec_credential_read(x->exec, printed, a, out, err);
}
