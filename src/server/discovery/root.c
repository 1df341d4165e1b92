/* SPDX-License-Identifier: Apache-2.0 */
/* The list of paths at the root, and for paths that nobody has. */
#include "server/discovery/parts.h"

#include "doc/json.h"

#include <stdlib.h>

static void add(Value *paths, Str path, Arena *a)
{
    value_add(paths, value_str(path), a);
}

/* /api/v1, /apis/apps, /apis/apps/v1: of the built-in groups. */
static void add_groups(const DiscoveryRequest *r, bool all, Value *paths, Arena *a)
{
    DiscoveryRequest built_in = *r;
    built_in.crd_count = 0;
    ServedVersions versions = served_versions(&built_in, a);
    Str last = STR("");
    for (size_t i = 0; i < versions.count; i++) {
        Str group = versions.items[i].group;
        if (!all && !str_eq(group, STR("apiextensions.k8s.io"))) {
            continue;
        }
        if (group.len == 0) {
            add(paths, arena_concat(a, STR("/api/"), versions.items[i].version), a);
            continue;
        }
        Str path = arena_concat(a, STR("/apis/"), group);
        if (!str_eq(group, last)) {
            add(paths, path, a);
        }
        last = group;
        add(paths, arena_printf(a, "%.*s/%.*s", STR_ARG(path), STR_ARG(versions.items[i].version)),
            a);
    }
}

static int compare_values(const void *left, const void *right)
{
    return str_cmp(value_as_str(left), value_as_str(right));
}

Value discovery_root_paths(const DiscoveryRequest *r, bool all, Arena *a)
{
    static const Str everywhere[] = { STR_INIT("/apis"), STR_INIT("/apis/"), STR_INIT("/metrics"),
                                      STR_INIT("/openapi/v2"), STR_INIT("/version") };
    static const Str main_server[] = { STR_INIT("/.well-known/openid-configuration"),
                                       STR_INIT("/api"), STR_INIT("/logs"),
                                       STR_INIT("/openid/v1/jwks") };
    Value paths = value_array();
    for (size_t i = 0; i < COUNT_OF(everywhere); i++) {
        add(&paths, everywhere[i], a);
    }
    for (size_t i = 0; i < COUNT_OF(main_server) && all; i++) {
        add(&paths, main_server[i], a);
    }
    if (r->target->minor >= 24) {
        add(&paths, STR("/openapi/v3"), a);
        add(&paths, STR("/openapi/v3/"), a);
    }
    if (r->target->minor >= 27) {
        add(&paths, STR("/metrics/slis"), a);
    }
    add_groups(r, all, &paths, a);
    discovery_health_paths(r->target, all, &paths, a);
    qsort(paths.items, paths.len, sizeof *paths.items, compare_values);
    Value v = value_object();
    value_set_lit(&v, "paths", paths, a);
    return v;
}

/* -- JSON with two spaces --------------------------------------------------------------------- */

enum { DEPTH_MAX = 16 }; /* of what is written here */

static void new_line(Buf *b, int depth)
{
    buf_byte(b, '\n');
    for (int i = 0; i < depth; i++) {
        buf_lit(b, "  ");
    }
}

static void indent(const Value *v, int depth, Buf *b)
{
    bool is_object = v->kind == VALUE_OBJECT;
    if ((!is_object && v->kind != VALUE_ARRAY) || v->len == 0 || depth >= DEPTH_MAX) {
        json_write_html_safe(v, b);
        return;
    }
    buf_byte(b, is_object ? '{' : '[');
    for (uint32_t i = 0; i < v->len; i++) {
        if (i > 0) {
            buf_byte(b, ',');
        }
        new_line(b, depth + 1);
        if (is_object) {
            json_write_str(member_key(&v->members[i]), true, b);
            buf_lit(b, ": ");
        }
        indent(is_object ? &v->members[i].value : &v->items[i], depth + 1, b);
    }
    new_line(b, depth);
    buf_byte(b, is_object ? '}' : ']');
}

Str discovery_indented(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    indent(v, 0, &b);
    return buf_str(&b);
}
