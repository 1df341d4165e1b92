/* SPDX-License-Identifier: Apache-2.0 */
/* The listening socket. */
#include "server/http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

typedef union Address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} Address;

static bool address_read(Str text, int port, Arena *a, Address *out, socklen_t *size)
{
    const char *c = arena_cstr(a, text);
    *out = (Address){ 0 };
    if (inet_pton(AF_INET, c, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons((uint16_t)port);
        *size = sizeof(out->v4);
        return true;
    }
    if (inet_pton(AF_INET6, c, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons((uint16_t)port);
        *size = sizeof(out->v6);
        return true;
    }
    return false;
}

static bool failed(Str address, int port, int fd, Arena *a, Err *err)
{
    int cause = errno;
    if (fd >= 0) {
        close(fd);
    }
    bool is_v6 = str_index_byte(address, ':') >= 0;
    return err_set(err, a, ERR_IO, "cannot listen on %s%.*s%s:%d: %s", is_v6 ? "[" : "",
                   STR_ARG(address), is_v6 ? "]" : "", port, strerror(cause));
}

bool http_listen(Str address, int *port, Arena *a, int *listener, Err *err)
{
    Address where;
    socklen_t size;
    if (!address_read(address, *port, a, &where, &size)) {
        return err_set(err, a, ERR_USAGE, "\"%.*s\" is no IP address", STR_ARG(address));
    }
    int fd = socket(where.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        (where.any.sa_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) ||
        bind(fd, &where.any, size) != 0 || listen(fd, BACKLOG) != 0 ||
        getsockname(fd, &where.any, &size) != 0) {
        return failed(address, *port, fd, a, err);
    }
    *port = ntohs(where.any.sa_family == AF_INET ? where.v4.sin_port : where.v6.sin6_port);
    *listener = fd;
    return true;
}
