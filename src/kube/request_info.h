/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request to the API server asks for, read off its method and URL: a verb and a resource, or
 * a path that is no resource.
 *
 *     GET  /api/v1/namespaces/n/pods               list pods in n
 *     GET  /api/v1/namespaces/n/pods?watch=1       watch
 *     GET  /api/v1/pods?fieldSelector=metadata.name=x  list, with the name x
 *     POST /api/v1/namespaces/n/pods/x/exec        create pods/exec, name x
 *     DELETE /apis/apps/v1/namespaces/n/deployments    deletecollection
 *     GET  /healthz                                get the path /healthz
 *
 * Source: k8s.io/apiserver pkg/endpoints/request, RequestInfoFactory (1.20)
 */
#ifndef PODGATE_KUBE_REQUEST_INFO_H
#define PODGATE_KUBE_REQUEST_INFO_H

#include "base/err.h"

/* Every string is set, "" when it does not apply. */
typedef struct RequestInfo {
    bool is_resource;
    Str path;  /* unescaped, without the query */
    Str query; /* as sent, without the "?" */
    Str verb;  /* get, list, watch, create, update, patch, delete, deletecollection, proxy, ...; for
                * a path the method in lower case */
    Str api_prefix; /* "api" or "apis" */
    Str api_group;
    Str api_version;
    Str namespace;
    Str resource;
    Str subresource;
    Str name;
    Str rest; /* what follows resource, name and subresource, without a leading "/" */
} RequestInfo;

/* method: "GET", ...; target: path and query as in the request line. False with ERR_SYNTAX for a
 * malformed escape (400), with ERR_USAGE for a watch or proxy prefix with nothing after it (500).
 */
WARN_UNUSED bool request_info_read(Str method, Str target, Arena *a, RequestInfo *out, Err *err);

#endif
