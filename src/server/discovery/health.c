/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /healthz, /livez and /readyz: a server that answers is well, so every check is.
 *
 * Source: k8s.io/apiserver pkg/server/healthz
 */
#include "server/discovery/parts.h"

#include "base/url.h"

#include <stdlib.h>

typedef struct Check {
    Str name;
    bool custom; /* of the part for custom resources, too */
    bool ready_only;
    int since;
    int until;
} Check;

static const Check checks[] = {
#define CHECK(name, custom, ready_only, since, until) \
    { STR_INIT(name), (custom), (ready_only), (since), (until) },
#include "server/discovery/checks.def"
#undef CHECK
};

static const Str endpoints[] = { STR_INIT("healthz"), STR_INIT("livez"), STR_INIT("readyz") };

static bool has_check(Str endpoint, const Check *check, const KubeTarget *target)
{
    return target->minor >= check->since && (!check->until || target->minor < check->until) &&
           (!check->ready_only || str_eq(endpoint, STR("readyz")));
}

void discovery_health_paths(const KubeTarget *target, bool all, Value *paths, Arena *a)
{
    for (size_t i = 0; i < COUNT_OF(endpoints); i++) {
        value_add(paths, value_str(arena_concat(a, STR("/"), endpoints[i])), a);
        for (size_t n = 0; n < COUNT_OF(checks); n++) {
            if (has_check(endpoints[i], &checks[n], target) && (all || checks[n].custom)) {
                value_add(paths,
                          value_str(arena_printf(a, "/%.*s/%.*s", STR_ARG(endpoints[i]),
                                                 STR_ARG(checks[n].name))),
                          a);
            }
        }
    }
}

/* -- the query -------------------------------------------------------------------------------- */

/* The values of a parameter that may be given several times. */
static size_t query_values(Str query, Str key, Arena *a, Str **out)
{
    Str piece;
    Str name;
    Str value;
    size_t count = 0;
    *out = new(a, Str, query.len + 1);
    while (query.ptr && str_next_piece(&query, '&', &piece)) {
        (void)str_split_once(piece, '=', &name, &value);
        if (str_eq(name, key) && url_unescape_query(value, a, &(*out)[count])) {
            count++;
        }
    }
    return count;
}

static int compare_str(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

/* Is it among the names? Then it counts as used. */
static bool is_excluded(Str name, const Str *names, bool *used, size_t count)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        if (str_eq(names[i], name)) {
            used[i] = found = true;
        }
    }
    return found;
}

static void add_unused(const Str *names, const bool *used, size_t count, Buf *b)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        bool repeated = i > 0 && str_eq(names[i], names[i - 1]);
        if (!used[i] && !repeated) {
            buf_add(b, any ? STR(",")
                           : STR("warn: some health checks cannot be excluded: no "
                                 "matches for "));
            buf_go_quoted(b, names[i]);
            any = true;
        }
    }
    if (any) {
        buf_byte(b, '\n');
    }
}

static Str verbose(const DiscoveryRequest *r, Str endpoint, Arena *a)
{
    Str *excluded;
    size_t count = query_values(r->query, STR("exclude"), a, &excluded);
    bool *used = new(a, bool, count + 1);
    qsort(excluded, count, sizeof *excluded, compare_str);
    Buf b = buf_new(a);
    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        if (has_check(endpoint, &checks[i], r->target)) {
            bool out = is_excluded(checks[i].name, excluded, used, count);
            buf_printf(&b, "[+]%.*s%s ok\n", STR_ARG(checks[i].name), out ? " excluded:" : "");
        }
    }
    add_unused(excluded, used, count, &b);
    buf_printf(&b, "%.*s check passed\n", STR_ARG(endpoint));
    return buf_str(&b);
}

bool discovery_health(const DiscoveryRequest *r, Arena *a, DiscoveryAnswer *out)
{
    Str endpoint;
    Str check;
    (void)str_split_once(str_drop(r->path, 1), '/', &endpoint, &check);
    bool is_whole = endpoint.len + 1 == r->path.len;
    bool known = is_whole && str_list_has((StrList){ endpoints, COUNT_OF(endpoints) }, endpoint);
    for (size_t i = 0; i < COUNT_OF(checks) && !is_whole; i++) {
        known |= str_list_has((StrList){ endpoints, COUNT_OF(endpoints) }, endpoint) &&
                 str_eq(checks[i].name, check) && has_check(endpoint, &checks[i], r->target);
    }
    if (!known) {
        return false;
    }
    Str *values;
    bool is_verbose = is_whole && query_values(r->query, STR("verbose"), a, &values) > 0;
    *out = (DiscoveryAnswer){ .code = 200,
                              .is_text = true,
                              .content_type = STR("text/plain; charset=utf-8"),
                              .text = is_verbose ? verbose(r, endpoint, a) : STR("ok") };
    return true;
}
