/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cluster serves: in two requests where it has aggregated discovery (since 1.26, by default
 * since 1.27), else in one for each group and version.
 *
 * Source: k8s.io/client-go discovery (discovery_client.go, aggregated_discovery.go)
 */
#include "server/remote/remote.h"

#include "base/map.h"

#define ACCEPT_AGGREGATED                                                        \
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"      \
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList," \
    "application/json"

typedef struct Found {
    Remote *remote;
    Arena *arena;
    Map by_name; /* of RemoteResource, by "resource.group" */
    RemoteGap *gaps;
    size_t gap_count, gap_cap;
} Found;

static bool has_verb(const Value *verbs, Str verb)
{
    VALUE_EACH_ITEM(v, verbs) {
        if (str_eq(value_as_str(v), verb)) {
            return true;
        }
    }
    return false;
}

/* The first version that has it is the one to take. */
static void add(Found *f, const RemoteResource *k, const Value *verbs)
{
    Str key = arena_printf(f->arena, "%.*s.%.*s", STR_ARG(k->resource), STR_ARG(k->group));
    if (k->resource.len == 0 || k->kind.len == 0 || map_has(&f->by_name, key)) {
        return;
    }
    RemoteResource *kept = new(f->arena, RemoteResource, 1);
    *kept = *k;
    kept->lists = has_verb(verbs, STR("list"));
    kept->watches = has_verb(verbs, STR("watch"));
    map_set(&f->by_name, key, kept);
}

static void add_gap(Found *f, Str group_version, const RemoteProblem *problem)
{
    if (f->gap_count == f->gap_cap) {
        f->gap_cap = f->gap_cap ? f->gap_cap * 2 : 8;
        RemoteGap *grown = new(f->arena, RemoteGap, f->gap_cap);
        if (f->gap_count) {
            memcpy(grown, f->gaps, f->gap_count * sizeof *grown);
        }
        f->gaps = grown;
    }
    f->gaps[f->gap_count++] = (RemoteGap){ group_version, *problem };
}

static Str text_of(const Value *v, Str field)
{
    Str s = value_get_str(v, field);
    return s.ptr ? s : STR("");
}

static Str group_version(Found *f, Str group, Str version)
{
    return group.len ? arena_printf(f->arena, "%.*s/%.*s", STR_ARG(group), STR_ARG(version))
                     : version;
}

/* -- aggregated -------------------------------------------------------------------------------- */

static void read_aggregated_version(Found *f, Str group, const Value *v)
{
    Str version = text_of(v, STR("version"));
    if (str_eq(text_of(v, STR("freshness")), STR("Stale"))) {
        RemoteProblem stale = { .reason = STR(""), .text = STR("its API server does not answer") };
        add_gap(f, group_version(f, group, version), &stale);
        return;
    }
    VALUE_EACH_ITEM(item, value_get_lit(v, "resources")) {
        RemoteResource k = {
            .group = group,
            .version = version,
            .resource = text_of(item, STR("resource")),
            .kind = text_of(value_get_lit(item, "responseKind"), STR("kind")),
            .namespaced = str_eq(text_of(item, STR("scope")), STR("Namespaced")),
        };
        add(f, &k, value_get_lit(item, "verbs"));
    }
}

static void read_aggregated(Found *f, const Value *list)
{
    VALUE_EACH_ITEM(group, value_get_lit(list, "items")) {
        Str name = text_of(value_get_lit(group, "metadata"), STR("name"));
        VALUE_EACH_ITEM(version, value_get_lit(group, "versions")) {
            read_aggregated_version(f, name, version);
        }
    }
}

static bool is_aggregated(const Value *v)
{
    return str_eq(text_of(v, STR("kind")), STR("APIGroupDiscoveryList"));
}

/* -- one by one -------------------------------------------------------------------------------- */

static void read_version(Found *f, Str group, Str version)
{
    Value list;
    RemoteProblem problem;
    Str at = group_version(f, group, version);
    Str path = arena_printf(f->arena, "/%s/%.*s", group.len ? "apis" : "api", STR_ARG(at));
    if (!remote_get(f->remote, path, STR_ABSENT, f->arena, &list, &problem)) {
        add_gap(f, at, &problem);
        return;
    }
    VALUE_EACH_ITEM(item, value_get_lit(&list, "resources")) {
        RemoteResource k = { .group = group,
                             .version = version,
                             .resource = text_of(item, STR("name")),
                             .kind = text_of(item, STR("kind")),
                             .namespaced = value_get_bool(item, STR("namespaced")).value };
        if (str_index_byte(k.resource, '/') < 0) {
            add(f, &k, value_get_lit(item, "verbs"));
        }
    }
}

static void read_group(Found *f, const Value *group)
{
    Str name = text_of(group, STR("name"));
    Str preferred = text_of(value_get_lit(group, "preferredVersion"), STR("version"));
    if (preferred.len) {
        read_version(f, name, preferred);
    }
    VALUE_EACH_ITEM(v, value_get_lit(group, "versions")) {
        Str version = text_of(v, STR("version"));
        if (!str_eq(version, preferred)) {
            read_version(f, name, version);
        }
    }
}

/* -- both -------------------------------------------------------------------------------------- */

static bool read_root(Found *f, Str path, RemoteProblem *problem)
{
    Value v;
    if (!remote_get(f->remote, path, STR(ACCEPT_AGGREGATED), f->arena, &v, problem)) {
        return false;
    }
    if (is_aggregated(&v)) {
        read_aggregated(f, &v);
        return true;
    }
    VALUE_EACH_ITEM(version, value_get_lit(&v, "versions")) { /* of /api */
        read_version(f, STR(""), value_as_str(version));
    }
    VALUE_EACH_ITEM(group, value_get_lit(&v, "groups")) {
        read_group(f, group);
    }
    return true;
}

bool remote_discover(Remote *r, Arena *a, RemoteResources *out, RemoteProblem *problem)
{
    Found f = { .remote = r, .arena = a, .by_name = map_new(a) };
    if (!read_root(&f, STR("/api"), problem) || !read_root(&f, STR("/apis"), problem)) {
        return false;
    }
    RemoteResource *items = new(a, RemoteResource, f.by_name.count);
    for (size_t i = 0; i < f.by_name.count; i++) {
        items[i] = *(const RemoteResource *)f.by_name.entries[i].value;
    }
    *out = (RemoteResources){ items, f.by_name.count, f.gaps, f.gap_count };
    return true;
}

bool remote_minor(Remote *r, Arena *a, int *out, RemoteProblem *problem)
{
    Value v;
    int64_t minor = 0;
    if (!remote_get(r, STR("/version"), STR_ABSENT, a, &v, problem)) {
        return false;
    }
    Str text = text_of(&v, STR("minor"));
    size_t digits = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9') {
        digits++;
    }
    if (!str_to_int64(str_slice(text, 0, digits), &minor) || minor < 0 || minor > 1000) {
        *problem = (RemoteProblem){ .reason = STR(""), .text = STR("/version names no version") };
        return false;
    }
    *out = (int)minor;
    return true;
}
