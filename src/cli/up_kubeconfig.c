/* SPDX-License-Identifier: Apache-2.0 */
/* The kubeconfig of the server's administrator. */
#include "cli/up.h"

#include "base/base64.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const Str up_kubeconfig_first_line = STR_INIT("# Written by podgate up.\n");

static void add_data(Buf *b, const char *key, Str pem)
{
    buf_printf(b, "    %s: ", key);
    base64_write(pem, b);
    buf_byte(b, '\n');
}

static Str text_of(const UpKubeconfig *k, Arena *a)
{
    Buf b = buf_new(a);
    /* names of its own, so that the files of several servers can be put together */
    Str name = k->name.len ? arena_concat(a, STR("podgate-"), k->name) : STR("podgate");
    buf_add(&b, up_kubeconfig_first_line);
    buf_printf(&b,
               "apiVersion: v1\n"
               "kind: Config\n"
               "current-context: %.*s\n"
               "contexts:\n"
               "- name: %.*s\n"
               "  context:\n"
               "    cluster: %.*s\n"
               "    user: %.*s-admin\n"
               "clusters:\n"
               "- name: %.*s\n"
               "  cluster:\n"
               "    server: %.*s\n",
               STR_ARG(name), STR_ARG(name), STR_ARG(name), STR_ARG(name), STR_ARG(name),
               STR_ARG(k->url));
    add_data(&b, "certificate-authority-data", k->ca_pem);
    buf_printf(&b,
               "users:\n"
               "- name: %.*s-admin\n"
               "  user:\n",
               STR_ARG(name));
    add_data(&b, "client-certificate-data", k->cert_pem);
    add_data(&b, "client-key-data", k->key_pem);
    return buf_str(&b);
}

static bool is_ours_or_missing(const char *path, Arena *a, Err *err)
{
    char start[64];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return errno == ENOENT || err_set(err, a, ERR_IO, "%s: %s", path, strerror(errno));
    }
    ssize_t n = read(fd, start, sizeof(start));
    close(fd);
    return n == 0 ||
           (n > 0 && str_starts_with(str_from(start, (size_t)n), up_kubeconfig_first_line)) ||
           err_set(err, a, ERR_CONFLICT,
                   "%s: is there already and was not written by podgate up; it is left as it is",
                   path);
}

static bool write_all(int fd, Str text)
{
    while (text.len) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        text = str_drop(text, n > 0 ? (size_t)n : 0);
    }
    return true;
}

bool up_kubeconfig_write(Str path, const UpKubeconfig *k, Arena *a, Err *err)
{
    const char *name = arena_cstr(a, path);
    if (!is_ours_or_missing(name, a, err)) {
        return false;
    }
    char *beside = (char *)arena_printf(a, "%s.XXXXXX", name).ptr;
    int fd = mkostemp(beside, O_CLOEXEC); /* 0600 */
    if (fd < 0) {
        return err_set(err, a, ERR_IO, "%s: %s", name, strerror(errno));
    }
    bool ok = write_all(fd, text_of(k, a));
    ok = close(fd) == 0 && ok && rename(beside, name) == 0;
    if (!ok) {
        err_set(err, a, ERR_IO, "%s: %s", name, strerror(errno));
        unlink(beside);
    }
    return ok;
}
