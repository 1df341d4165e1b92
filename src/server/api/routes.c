/* SPDX-License-Identifier: Apache-2.0 */
/* Which methods a resource and its subresources take: what their verbs are over HTTP. */
#include "kube/resource_table.h"
#include "server/api/call.h"

/* GET, POST, PUT, PATCH and DELETE as verbs on one object; on a collection GET is list and DELETE
 * is deletecollection. */
static const struct {
    Str method;
    unsigned object;
    unsigned collection;
} methods[] = {
    { STR_INIT("GET"), RESOURCE_GET, RESOURCE_LIST },
    { STR_INIT("HEAD"), RESOURCE_GET, RESOURCE_LIST },
    { STR_INIT("OPTIONS"), RESOURCE_GET, RESOURCE_LIST },
    { STR_INIT("POST"), RESOURCE_CREATE, RESOURCE_CREATE },
    { STR_INIT("PUT"), RESOURCE_UPDATE, 0 },
    { STR_INIT("PATCH"), RESOURCE_PATCH, 0 },
    { STR_INIT("DELETE"), RESOURCE_DELETE, RESOURCE_DELETECOLLECTION },
};

enum RouteKind { ROUTE_COLLECTION, ROUTE_OBJECT, ROUTE_SUBRESOURCE };

static unsigned method_verb(Str method, enum RouteKind route)
{
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        if (str_eq(methods[i].method, method)) {
            unsigned verb = route == ROUTE_COLLECTION ? methods[i].collection : methods[i].object;
            return route == ROUTE_OBJECT ? verb & ~(unsigned)RESOURCE_CREATE : verb;
        }
    }
    return 0;
}

static bool is_any(Str verb, const char *const *verbs)
{
    while (*verbs && !str_eq(verb, str_from_c(*verbs))) {
        verbs++;
    }
    return *verbs != NULL;
}

static bool answer_not_supported(ApiCall *call, Str message)
{
    return api_answer_status(call, (Status){ .code = 405,
                                             .reason = STR("MethodNotAllowed"),
                                             .message = message,
                                             .has_details = true,
                                             .group = call->kind.group,
                                             .kind = call->kind.resource });
}

/* There is no router in front of custom resources: the verb alone says what is done. */
static bool check_custom_route(ApiCall *call)
{
    static const char *const of_resources[] = { "get",    "list",  "watch",  "create",
                                                "update", "patch", "delete", "deletecollection",
                                                NULL };
    static const char *const of_parts[] = { "get", "update", "patch", NULL };
    static const char *const across[] = { "list", "watch", NULL };
    static const char *const named[] = { "get", "update", "patch", "delete", NULL };
    const RequestInfo *info = &call->info;
    ResourceEntry entry;
    bool has_namespace = info->namespace.len > 0;
    if (call->kind.namespaced ? !has_namespace && !is_any(info->verb, across) : has_namespace) {
        return api_answer_object(call, 404, value_str(STR("404 page not found\n")));
    }
    if (!resource_find(&call->kind, info->subresource, call->request->target, &entry)) {
        return api_answer_not_found(call, info->name);
    }
    if (!is_any(info->verb, info->subresource.len ? of_parts : of_resources)) {
        return answer_not_supported(
            call, arena_printf(call->arena, "%.*s is not supported on resources of kind \"%.*s\"",
                               STR_ARG(info->verb),
                               STR_ARG(kube_kind_qualified_resource(&call->kind, call->arena))));
    }
    if (call->kind.custom->crd.is_terminating && str_eq(info->verb, STR("create"))) {
        return answer_not_supported(
            call, STR("create not allowed while custom resource definition is terminating"));
    }
    return info->name.len > 0 || !is_any(info->verb, named) ||
           api_answer_bad_request(call, "name must be provided");
}

bool api_check_route(ApiCall *call)
{
    if (call->kind.custom) {
        return check_custom_route(call);
    }
    const RequestInfo *info = &call->info;
    ResourceEntry entry;
    if (!resource_find(&call->kind, info->subresource, call->request->target, &entry)) {
        return api_answer_not_served(call);
    }
    /* the name of a list is one of its field selector */
    bool lists = str_eq(info->verb, STR("watch")) || str_eq(info->verb, STR("list"));
    bool named = info->name.len > 0 && !lists;
    enum RouteKind route = info->subresource.len ? ROUTE_SUBRESOURCE
                           : named               ? ROUTE_OBJECT
                                                 : ROUTE_COLLECTION;
    unsigned verb = method_verb(call->request->method, route);
    if (call->kind.namespaced && info->namespace.len == 0 && route != ROUTE_SUBRESOURCE) {
        if (named) {
            return api_answer_not_served(call);
        }
        /* all namespaces: to read, and to ask what names its namespace in the body */
        verb &= entry.verbs == RESOURCE_CREATE ? RESOURCE_CREATE : RESOURCE_LIST;
    }
    return (verb & entry.verbs) != 0 || api_answer_not_allowed(call);
}
