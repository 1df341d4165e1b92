/* SPDX-License-Identifier: Apache-2.0 */
/* The kubeconfig of the server's administrator. */
#include "cli/up.h"

#include "base/base64.h"
#include "cluster/files.h"
#include "doc/doc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* By this line a file is known that may be overwritten. */
static const Str first_line = STR_INIT("# Written by podgate up.\n");

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
    buf_add(&b, first_line);
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

/* -1: it cannot be read. */
static int is_ours(const char *path, bool *is_empty)
{
    char start[64];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return -1;
    }
    ssize_t n = read(fd, start, sizeof(start));
    close(fd);
    *is_empty = n == 0;
    return n > 0 && str_starts_with(str_from(start, (size_t)n), first_line);
}

bool up_kubeconfig_is_ours(Str path, Arena *a)
{
    bool is_empty;
    return is_ours(arena_cstr(a, path), &is_empty) == 1;
}

static bool is_ours_or_missing(const char *path, Arena *a, Err *err)
{
    bool is_empty;
    int ours = is_ours(path, &is_empty);
    if (ours < 0) {
        return errno == ENOENT || err_set(err, a, ERR_IO, "%s: %s", path, strerror(errno));
    }
    return ours || is_empty ||
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

/* -- reading ----------------------------------------------------------------------------------- */

/* The entry of that name in a list of {name: ..., KIND: {...}}. */
static const Value *find_entry(const Value *config, const char *list, const char *kind, Str name)
{
    VALUE_EACH_ITEM(entry, value_get(config, str_from_c(list))) {
        if (str_eq(value_get_str(entry, STR("name")), name)) {
            return value_get(entry, str_from_c(kind));
        }
    }
    return NULL;
}

static Str bytes_of(const Value *entry, const char *key, Arena *a)
{
    Buf b = buf_new(a);
    Str text = value_get_str(entry, str_from_c(key));
    return text.ptr && base64_read(text, &b) ? buf_str(&b) : STR_ABSENT;
}

bool up_kubeconfig_read(Str path, Arena *a, UpKubeconfig *out, Err *err)
{
    Str text;
    DocList docs;
    if (!file_read_text(path, &doc_limits_default, a, &text, err) ||
        !docs_read(path, text, &doc_limits_default, a, &docs, err)) {
        return false;
    }
    const Value *config = docs.count ? &docs.items[0].root : NULL;
    const Value *context = find_entry(config, "contexts", "context",
                                      value_get_str(config, STR("current-context")));
    const Value *cluster = find_entry(config, "clusters", "cluster",
                                      value_get_str(context, STR("cluster")));
    const Value *user = find_entry(config, "users", "user", value_get_str(context, STR("user")));
    *out = (UpKubeconfig){
        .url = value_get_str(cluster, STR("server")),
        .ca_pem = bytes_of(cluster, "certificate-authority-data", a),
        .cert_pem = bytes_of(user, "client-certificate-data", a),
        .key_pem = bytes_of(user, "client-key-data", a),
    };
    return (out->url.ptr && out->ca_pem.ptr && out->cert_pem.ptr && out->key_pem.ptr) ||
           err_set(err, a, ERR_USAGE,
                   "%.*s: its current context has no server and certificates as podgate up writes "
                   "them",
                   STR_ARG(path));
}
