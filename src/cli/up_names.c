/* SPDX-License-Identifier: Apache-2.0 */
/* The names that the server's certificate is good for. */
#include "cli/up.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <limits.h>
#include <unistd.h>

enum { NAMES_MAX = 64 };

typedef struct Names {
    Str items[NAMES_MAX];
    size_t count;
} Names;

static void add_name(Names *names, Str name)
{
    if (names->count < NAMES_MAX && name.len &&
        !str_list_has((StrList){ names->items, names->count }, name)) {
        names->items[names->count++] = name;
    }
}

/* Who listens everywhere is called by any of the machine's names. */
static void add_own_names(Names *names, Arena *a)
{
    char host[HOST_NAME_MAX + 1];
    struct ifaddrs *all = NULL;
    if (gethostname(host, sizeof(host)) == 0) {
        host[sizeof(host) - 1] = '\0';
        add_name(names, arena_str(a, str_from_c(host)));
    }
    if (getifaddrs(&all) != 0) {
        return;
    }
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        char text[INET6_ADDRSTRLEN];
        const void *address = NULL;
        if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET) {
            address = &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr;
        } else if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET6) {
            address = &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr;
        }
        if (address && inet_ntop(i->ifa_addr->sa_family, address, text, sizeof(text))) {
            add_name(names, arena_str(a, str_from_c(text)));
        }
    }
    freeifaddrs(all);
}

StrList up_names(const UpAddress *listen, Arena *a)
{
    static const Str always[] = {
        STR_INIT("localhost"),
        STR_INIT("kubernetes"),
        STR_INIT("kubernetes.default"),
        STR_INIT("kubernetes.default.svc"),
        STR_INIT("kubernetes.default.svc.cluster.local"),
        STR_INIT("127.0.0.1"),
        STR_INIT("::1"),
        STR_INIT("10.0.0.1"), /* of Service kubernetes */
    };
    Names *names = new(a, Names, 1);
    for (size_t i = 0; i < COUNT_OF(always); i++) {
        add_name(names, always[i]);
    }
    if (listen->is_any) {
        add_own_names(names, a);
    } else {
        add_name(names, listen->address);
    }
    return (StrList){ names->items, names->count };
}
