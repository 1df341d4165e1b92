/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which methods a resource and its subresources take: a row for each that is not as most are.
 *
 * Source: the discovery documents of Kubernetes 1.20
 */
#include "server/api/call.h"

enum {
    GET = 1,
    POST = 2,
    PUT = 4,
    PATCH = 8,
    DELETE = 16,
    WRITES = GET | PUT | PATCH, /* of a subresource that is a part of the object */
    CONNECTS = GET | POST,
    ALL = GET | POST | PUT | PATCH | DELETE,
};

static const struct {
    Str method;
    unsigned bit;
} methods[] = {
    { STR_INIT("GET"), GET },     { STR_INIT("HEAD"), GET },    { STR_INIT("POST"), POST },
    { STR_INIT("PUT"), PUT },     { STR_INIT("PATCH"), PATCH }, { STR_INIT("DELETE"), DELETE },
    { STR_INIT("OPTIONS"), GET },
};

static unsigned method_bit(Str method)
{
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        if (str_eq(methods[i].method, method)) {
            return methods[i].bit;
        }
    }
    return 0;
}

/* Resources whose collection takes other methods than GET, POST and DELETE. */
static const struct {
    Str resource;
    unsigned collection;
    unsigned object;
} odd_resources[] = {
    { STR_INIT("namespaces"), GET | POST, ALL & ~POST },
    { STR_INIT("services"), GET | POST, ALL & ~POST },
    { STR_INIT("componentstatuses"), GET, GET },
    { STR_INIT("bindings"), POST, 0 },
    { STR_INIT("tokenreviews"), POST, 0 },
    { STR_INIT("subjectaccessreviews"), POST, 0 },
    { STR_INIT("localsubjectaccessreviews"), POST, 0 },
    { STR_INIT("selfsubjectaccessreviews"), POST, 0 },
    { STR_INIT("selfsubjectrulesreviews"), POST, 0 },
};

/* Resource "" for status: of every resource in with_status. */
static const struct {
    Str resource;
    Str subresource;
    unsigned methods;
} subresources[] = {
    { STR_INIT("pods"), STR_INIT("log"), GET },
    { STR_INIT("pods"), STR_INIT("exec"), CONNECTS },
    { STR_INIT("pods"), STR_INIT("attach"), CONNECTS },
    { STR_INIT("pods"), STR_INIT("portforward"), CONNECTS },
    { STR_INIT("pods"), STR_INIT("proxy"), ALL },
    { STR_INIT("pods"), STR_INIT("eviction"), POST },
    { STR_INIT("pods"), STR_INIT("binding"), POST },
    { STR_INIT("pods"), STR_INIT("ephemeralcontainers"), WRITES },
    { STR_INIT("nodes"), STR_INIT("proxy"), ALL },
    { STR_INIT("services"), STR_INIT("proxy"), ALL },
    { STR_INIT("namespaces"), STR_INIT("finalize"), PUT },
    { STR_INIT("serviceaccounts"), STR_INIT("token"), POST },
    { STR_INIT("certificatesigningrequests"), STR_INIT("approval"), WRITES },
    { STR_INIT("deployments"), STR_INIT("scale"), WRITES },
    { STR_INIT("replicasets"), STR_INIT("scale"), WRITES },
    { STR_INIT("statefulsets"), STR_INIT("scale"), WRITES },
    { STR_INIT("replicationcontrollers"), STR_INIT("scale"), WRITES },
};

static const Str with_status[] = {
    STR_INIT("pods"),
    STR_INIT("nodes"),
    STR_INIT("namespaces"),
    STR_INIT("services"),
    STR_INIT("persistentvolumes"),
    STR_INIT("persistentvolumeclaims"),
    STR_INIT("resourcequotas"),
    STR_INIT("replicationcontrollers"),
    STR_INIT("deployments"),
    STR_INIT("replicasets"),
    STR_INIT("statefulsets"),
    STR_INIT("daemonsets"),
    STR_INIT("jobs"),
    STR_INIT("cronjobs"),
    STR_INIT("horizontalpodautoscalers"),
    STR_INIT("poddisruptionbudgets"),
    STR_INIT("ingresses"),
    STR_INIT("certificatesigningrequests"),
    STR_INIT("volumeattachments"),
    STR_INIT("apiservices"),
    STR_INIT("customresourcedefinitions"),
    STR_INIT("flowschemas"),
    STR_INIT("prioritylevelconfigurations"),
};

/* 0 when there is no such subresource. */
static unsigned subresource_methods(const ApiCall *call)
{
    Str resource = call->info.resource;
    Str subresource = call->info.subresource;
    if (str_eq(subresource, STR("ephemeralcontainers")) &&
        !kube_has(call->request->target, FEATURE_EPHEMERAL_CONTAINERS)) {
        return 0;
    }
    if (str_eq(subresource, STR("status")) &&
        str_list_has((StrList){ with_status, COUNT_OF(with_status) }, resource)) {
        return WRITES;
    }
    for (size_t i = 0; i < COUNT_OF(subresources); i++) {
        if (str_eq(subresources[i].resource, resource) &&
            str_eq(subresources[i].subresource, subresource)) {
            return subresources[i].methods;
        }
    }
    return 0;
}

static unsigned object_methods(const ApiCall *call, bool named)
{
    for (size_t i = 0; i < COUNT_OF(odd_resources); i++) {
        if (str_eq(odd_resources[i].resource, call->info.resource)) {
            return named ? odd_resources[i].object : odd_resources[i].collection;
        }
    }
    return named ? ALL & ~POST : GET | POST | DELETE;
}

bool api_check_route(ApiCall *call)
{
    const RequestInfo *info = &call->info;
    bool is_watch = str_eq(info->verb, STR("watch")) || str_eq(info->verb, STR("list"));
    unsigned bit = method_bit(call->request->method);
    unsigned taken;
    if (info->subresource.len) {
        taken = subresource_methods(call);
        if (taken == 0) {
            return api_answer_not_served(call);
        }
    } else {
        /* the name of a list is one of its field selector */
        taken = object_methods(call, info->name.len > 0 && !is_watch);
    }
    bool all_namespaces = call->kind.namespaced && info->namespace.len == 0 &&
                          info->subresource.len == 0;
    if (all_namespaces && info->name.len > 0 && !is_watch) {
        return api_answer_not_served(call);
    }
    taken = all_namespaces && taken != POST ? taken & GET : taken;
    return (taken & bit) != 0 || api_answer_not_allowed(call);
}
