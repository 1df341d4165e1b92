/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are read again when they change. A mounted Secret or ConfigMap is replaced by a link
 * that points elsewhere. */
#include "cli/serve.h"

#include "doc/limits.h"

#include <sys/stat.h>

int64_t serve_file_look(Str path, Arena *a)
{
    struct stat s;
    if (stat(arena_cstr(a, path), &s) != 0) {
        return 0;
    }
    uint64_t h = (uint64_t)s.st_ino;
    h = h * 31 + (uint64_t)s.st_dev;
    h = h * 31 + (uint64_t)s.st_size;
    h = h * 31 + (uint64_t)s.st_mtim.tv_sec;
    h = h * 31 + (uint64_t)s.st_mtim.tv_nsec;
    return (int64_t)(h | 1);
}

bool serve_certificate_read(ServeCertificate *c, Arena *a, Err *err)
{
    c->seen[0] = serve_file_look(c->cert_file, a);
    c->seen[1] = serve_file_look(c->key_file, a);
    return file_read_text(c->cert_file, &doc_limits_default, a, &c->cert_pem, err) &&
           file_read_text(c->key_file, &doc_limits_default, a, &c->key_pem, err);
}

bool serve_certificate_is_new(const ServeCertificate *c, Arena *a)
{
    return serve_file_look(c->cert_file, a) != c->seen[0] ||
           serve_file_look(c->key_file, a) != c->seen[1];
}
