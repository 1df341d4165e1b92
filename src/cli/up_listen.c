/* SPDX-License-Identifier: Apache-2.0 */
/* --listen: where the server can be reached. */
#include "cli/up.h"

#include <arpa/inet.h>

static bool bad(Str text, Arena *a, Err *err)
{
    return err_set(err, a, ERR_USAGE,
                   "--listen is ADDRESS:PORT, such as 127.0.0.1:6443 or [::1]:0, not \"%.*s\"",
                   STR_ARG(text));
}

static bool read_address(Str text, Arena *a, UpAddress *out)
{
    struct in_addr v4;
    struct in6_addr v6;
    out->address = str_eq(text, STR("localhost")) ? STR("127.0.0.1") : text;
    const char *c = arena_cstr(a, out->address);
    if (inet_pton(AF_INET, c, &v4) == 1) {
        out->is_loopback = ntohl(v4.s_addr) >> 24 == 127;
        out->is_any = v4.s_addr == htonl(INADDR_ANY);
        return true;
    }
    if (inet_pton(AF_INET6, c, &v6) == 1) {
        out->is_loopback = IN6_IS_ADDR_LOOPBACK(&v6);
        out->is_any = IN6_IS_ADDR_UNSPECIFIED(&v6);
        return true;
    }
    return false;
}

bool up_listen_read(Str text, Arena *a, UpAddress *out, Err *err)
{
    UpAddress made = { .address = STR("127.0.0.1"), .is_loopback = true };
    ptrdiff_t colon = str_rindex_byte(text, ':');
    int64_t port = 0;
    if (text.ptr) {
        if (colon < 0) {
            return bad(text, a, err);
        }
        Str address = str_slice(text, 0, (size_t)colon);
        Str digits = str_drop(text, (size_t)colon + 1);
        bool in_brackets = str_starts_with(address, STR("[")) && str_ends_with(address, STR("]"));
        if (in_brackets) {
            address = str_slice(address, 1, address.len - 1);
        }
        bool is_v6 = str_index_byte(address, ':') >= 0;
        if (is_v6 != in_brackets || !read_address(address, a, &made) || !digits.len ||
            digits.ptr[0] < '0' || !str_to_int64(digits, &port) || port > 65535) {
            return bad(text, a, err);
        }
    }
    made.port = (int)port;
    *out = made;
    return true;
}

Str up_url(const UpAddress *listen, Arena *a)
{
    bool is_v6 = str_index_byte(listen->address, ':') >= 0;
    Str host = !listen->is_any ? listen->address : is_v6 ? STR("::1") : STR("127.0.0.1");
    return arena_printf(a, is_v6 ? "https://[%.*s]:%d" : "https://%.*s:%d", STR_ARG(host),
                        listen->port);
}
