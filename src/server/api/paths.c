/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for paths that are no resources: health, version, discovery. */
#include "kube/resource_table.h"
#include "server/api/call.h"
#include "server/discovery/discovery.h"

/* Answered for the version meant; their contents are the server's own. */
static const Str plain_paths[] = {
    STR_INIT("/"),        STR_INIT("/healthz"), STR_INIT("/livez"),      STR_INIT("/readyz"),
    STR_INIT("/version"), STR_INIT("/metrics"), STR_INIT("/openapi/v2"), STR_INIT("/api"),
    STR_INIT("/apis"),    STR_INIT("/logs"),
};

/* /healthz/etcd and the like: what is checked alone. */
static const Str checks_under[] = { STR_INIT("/healthz/"), STR_INIT("/livez/"),
                                    STR_INIT("/readyz/") };

bool api_is_group_served(const ApiCall *call, Str group, Str version)
{
    for (size_t i = 0; i < kube_kind_count(); i++) {
        KubeKind kind = kube_kind_at(i);
        if (kind.resource.len && str_eq(kind.group, group) &&
            (version.len == 0 || str_eq(kind.version, version)) &&
            resource_is_served(&kind, call->request->target)) {
            return true;
        }
    }
    return false;
}

/* /api/v1, /apis/apps, /apis/apps/v1 */
static bool is_discovery(const ApiCall *call, Str path)
{
    Str group = STR("");
    Str version = str_cut_prefix(path, STR("/api/"));
    if (version.len == path.len) {
        Str rest = str_cut_prefix(path, STR("/apis/"));
        if (rest.len == path.len || rest.len == 0) {
            return false;
        }
        if (!str_split_once(rest, '/', &group, &version)) {
            group = rest;
            version = STR("");
        }
        return group.len > 0 && api_is_group_served(call, group, version);
    }
    return version.len > 0 && api_is_group_served(call, group, version);
}

/* The checks of health answer whatever the method. */
static bool takes_any_method(Str path)
{
    static const Str checks[] = { STR_INIT("/healthz"), STR_INIT("/livez"), STR_INIT("/readyz"),
                                  STR_INIT("/metrics") };
    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        if (str_starts_with(path, checks[i])) {
            return true;
        }
    }
    return false;
}

bool api_answer_discovery(ApiCall *call, bool found)
{
    const ApiServing *serving = call->request->serving;
    DiscoveryRequest r = {
        .path = call->info.path,
        .query = call->info.query,
        .accept = call->request->accept.ptr ? call->request->accept : STR(""),
        .server_address = serving->server_address,
        .target = call->request->target,
    };
    DiscoveryAnswer answer = { 0 };
    if (!found || !discovery_answer(&r, call->arena, &answer)) {
        discovery_not_found(&r, call->arena, &answer);
    }
    (void)api_answer_object(call, answer.code, answer.value);
    if (answer.is_text) {
        call->response->bytes = answer.text;
    }
    call->response->content_type = answer.content_type;
    return false;
}

void api_handle_path(ApiCall *call)
{
    Str path = call->info.path;
    bool known = false;
    if (path.len > 1) {
        path = str_cut_suffix(path, STR("/"));
    }
    known |= str_list_has((StrList){ plain_paths, COUNT_OF(plain_paths) }, path);
    for (size_t i = 0; i < COUNT_OF(checks_under); i++) {
        known |= str_starts_with(path, checks_under[i]);
    }
    bool reads = str_eq(call->request->method, STR("GET")) ||
                 str_eq(call->request->method, STR("HEAD")) || takes_any_method(path);
    if ((known || is_discovery(call, path)) && !reads) {
        (void)api_answer_not_allowed(call);
    } else if ((known || is_discovery(call, path)) && call->request->serving) {
        (void)api_answer_discovery(call, true);
    } else if (known || is_discovery(call, path)) {
        (void)api_answer_object(call, 200, value_null());
    } else {
        (void)api_answer_not_served(call);
    }
}
