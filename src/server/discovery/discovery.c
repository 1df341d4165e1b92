/* SPDX-License-Identifier: Apache-2.0 */
/* From a path to the document that stands there. */
#include "server/discovery/discovery.h"

#include "server/discovery/openapi.h"
#include "server/discovery/parts.h"

/* -- answers ---------------------------------------------------------------------------------- */

static void answer_text(DiscoveryAnswer *out, int code, Str content_type, Str text)
{
    *out = (DiscoveryAnswer){
        .code = code, .is_text = true, .content_type = content_type, .text = text
    };
}

static void answer_indented(DiscoveryAnswer *out, int code, const Value *v, Arena *a)
{
    answer_text(out, code, STR("application/json"), discovery_indented(v, a));
}

/* -- what the client takes ----------------------------------------------------------------------
 */

static AcceptRequest accept_request(const DiscoveryRequest *r, AcceptEndpoint endpoint)
{
    return (AcceptRequest){ .accept = r->accept,
                            .query = r->query,
                            .user_agent = r->user_agent,
                            .endpoint = endpoint,
                            .target = r->target };
}

static bool refuse(DiscoveryAnswer *out, Status status)
{
    *out = (DiscoveryAnswer){ .code = status.code, .is_status = true, .status = status };
    return false;
}

/* has_router: a router looks at the types first; its words are others. */
static bool accepts(const DiscoveryRequest *r, AcceptEndpoint endpoint, bool has_router, Arena *a,
                    DiscoveryAnswer *out)
{
    Status status;
    AcceptRequest accept = accept_request(r, endpoint);
    if (has_router && !accept_route(&accept, a, &status)) {
        return refuse(out, status);
    }
    *out = (DiscoveryAnswer){ .code = 200 };
    return endpoint == ACCEPT_JSON_ONLY || accept_negotiate(&accept, a, &out->form, &status) ||
           refuse(out, status);
}

/* Cuts "; name=value" parts off a media range; the value of one, "" when it is not there. */
static Str parameter(Str range, Str name)
{
    Str piece;
    Str key;
    Str value;
    while (range.ptr && str_next_piece(&range, ';', &piece)) {
        (void)str_split_once(str_trim(piece), '=', &key, &value);
        if (str_eq(key, name)) {
            return value;
        }
    }
    return STR("");
}

/* The version of aggregated discovery that the client asks for before all else; absent for none. */
static Str aggregated_version(const DiscoveryRequest *r)
{
    Str rest = r->accept;
    Str range;
    while (rest.len && str_next_piece(&rest, ',', &range)) {
        Str version = parameter(range, STR("v"));
        if (!str_eq(parameter(range, STR("as")), STR("APIGroupDiscoveryList")) ||
            !str_eq(parameter(range, STR("g")), STR("apidiscovery.k8s.io"))) {
            return STR_ABSENT;
        }
        if ((str_eq(version, STR("v2")) && r->target->minor >= 30) ||
            (str_eq(version, STR("v2beta1")) && r->target->minor >= 27 && r->target->minor < 35)) {
            return version;
        }
    }
    return STR_ABSENT;
}

static bool answer_aggregated(const DiscoveryRequest *r, bool is_core, Arena *a,
                              DiscoveryAnswer *out)
{
    Str version = aggregated_version(r);
    if (!version.len) {
        return false;
    }
    *out = (DiscoveryAnswer){
        .code = 200,
        .value = discovery_aggregated(r, is_core, version, a),
        .content_type = arena_printf(
            a, "application/json;g=apidiscovery.k8s.io;v=%.*s;as=APIGroupDiscoveryList",
            STR_ARG(version)),
    };
    return true;
}

/* -- paths --------------------------------------------------------------------------------------
 */

/* "apps" and "v1" of /apis/apps/v1, "" and "v1" of /api/v1; the version may be empty. False for
 * other paths. */
static bool split_group_path(Str path, Str *group, Str *version)
{
    Str rest = str_cut_prefix(path, STR("/api/"));
    if (rest.len < path.len) {
        *group = STR("");
        *version = rest;
        return rest.len > 0 && str_index_byte(rest, '/') < 0;
    }
    rest = str_cut_prefix(path, STR("/apis/"));
    if (rest.len == path.len || rest.len == 0) {
        return false;
    }
    bool has_version = str_split_once(rest, '/', group, version);
    return group->len > 0 && (!has_version || str_index_byte(*version, '/') < 0);
}

static bool answer_group_path(const DiscoveryRequest *r, Str path, Arena *a, DiscoveryAnswer *out)
{
    Str group;
    Str version;
    if (!split_group_path(path, &group, &version) || !discovery_has_group(r, group, version)) {
        return false;
    }
    /* groups are answered by the aggregator, which has no router, but for its own */
    bool has_router = version.len > 0 || str_eq(group, STR("apiregistration.k8s.io"));
    if (!accepts(r, ACCEPT_DISCOVERY, has_router, a, out)) {
        return true;
    }
    return version.len ? discovery_resource_list(r, group, version, a, &out->value)
                       : discovery_group(r, group, a, &out->value);
}

/* Just enough for a scraper to see that the server is there. */
static Str metrics(const KubeTarget *target, Arena *a)
{
    Value version = discovery_version(target, a);
    Str git_version = value_get_str(&version, STR("gitVersion"));
    return arena_printf(a,
                        "# HELP kubernetes_build_info The version that is served.\n"
                        "# TYPE kubernetes_build_info gauge\n"
                        "kubernetes_build_info{git_version=\"%.*s\",major=\"1\",minor=\"%d\"} 1\n",
                        STR_ARG(git_version), target->minor);
}

static bool answer_named(const DiscoveryRequest *r, Str path, Arena *a, DiscoveryAnswer *out)
{
    if (str_eq(path, STR("/")) || str_eq(path, STR("/index.html"))) {
        Value paths = discovery_root_paths(r, true, a);
        answer_indented(out, 200, &paths, a);
        return true;
    }
    if (str_eq(path, STR("/version"))) {
        if (accepts(r, ACCEPT_JSON_ONLY, true, a, out)) {
            Value version = discovery_version(r->target, a);
            answer_indented(out, 200, &version, a);
        }
        return true;
    }
    if (str_eq(path, STR("/api"))) {
        if (!answer_aggregated(r, true, a, out) && accepts(r, ACCEPT_DISCOVERY, true, a, out)) {
            out->value = discovery_api_versions(r, a);
        }
        return true;
    }
    if (str_eq(path, STR("/apis"))) {
        if (!answer_aggregated(r, false, a, out) && accepts(r, ACCEPT_DISCOVERY, false, a, out)) {
            out->value = discovery_group_list(r, a);
        }
        return true;
    }
    if (str_eq(path, STR("/metrics"))) {
        answer_text(out, 200, STR("text/plain; version=0.0.4; charset=utf-8"),
                    metrics(r->target, a));
        return true;
    }
    return false;
}

bool discovery_answer(const DiscoveryRequest *r, Arena *a, DiscoveryAnswer *out)
{
    Str path = r->path;
    if (discovery_health(r, a, out) || discovery_openapi(r, a, out)) {
        return true;
    }
    /* routes and groups end in a slash or not; plain handlers stand where they stand */
    bool is_route = str_starts_with(path, STR("/api")) || str_eq(path, STR("/version/"));
    if (path.len > 1 && is_route) {
        path = str_cut_suffix(path, STR("/"));
    }
    return answer_named(r, path, a, out) || answer_group_path(r, path, a, out);
}

bool discovery_takes_any_method(const DiscoveryRequest *r)
{
    static const Str plain[] = { STR_INIT("/"), STR_INIT("/index.html"), STR_INIT("/apis"),
                                 STR_INIT("/apis/"), STR_INIT("/metrics") };
    static const Str under[] = { STR_INIT("/healthz"), STR_INIT("/livez"), STR_INIT("/readyz"),
                                 STR_INIT("/openapi/") };
    if (str_list_has((StrList){ plain, COUNT_OF(plain) }, r->path)) {
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(under); i++) {
        if (str_starts_with(r->path, under[i])) {
            return true;
        }
    }
    /* /apis/apps */
    Str group;
    Str version;
    return split_group_path(str_cut_suffix(r->path, STR("/")), &group, &version) &&
           version.len == 0 && !str_eq(group, STR("apiregistration.k8s.io"));
}

void discovery_not_found(const DiscoveryRequest *r, Arena *a, DiscoveryAnswer *out)
{
    Value paths = discovery_root_paths(r, false, a);
    answer_indented(out, 404, &paths, a);
}
