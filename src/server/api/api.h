/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the API server answers to one request: impersonation, authorization, then the handler of the
 * resource with the admission chain. No socket, no store: a handler is given the request and the
 * facts of one snapshot and returns the response; what a write would change is in the response, for
 * the caller to carry out or (a test case, a dry run) to drop.
 *
 * The user is authenticated already.
 *
 * Source: k8s.io/apiserver 1.20, pkg/server (the handler chain), pkg/endpoints/{filters,handlers},
 * pkg/registry/generic.
 */
#ifndef PODGATE_SERVER_API_API_H
#define PODGATE_SERVER_API_API_H

#include "decide/admission/admission.h"
#include "decide/rbac/impersonate.h"
#include "kube/request_info.h"
#include "kube/status.h"
#include "kube/target.h"

typedef struct ApiRequest {
    Str method; /* "GET" */
    Str uri;    /* path and query as in the request line */
    const UserInfo *user;
    const RbacImpersonation *impersonate; /* NULL for none */
    Str content_type;                     /* of the body; "" for application/json */
    const Value *body;                    /* parsed; NULL for none */
    Str name_suffix;                      /* ends generated names; absent for "xxxxx" */
    const KubeTarget *target;
    const AdmissionOptions *admission; /* NULL for admission_options_default */
} ApiRequest;

/* What a write changes; the object is the response's body. */
typedef enum ApiWrite {
    API_WRITE_NOTHING,
    API_WRITE_CREATE,
    API_WRITE_UPDATE,
    API_WRITE_DELETE,
} ApiWrite;

typedef struct ApiResponse {
    int code;
    Status status; /* when it is one */
    bool is_status;
    Value body; /* the object, list or Status; a string is plain text */
    ApiWrite write;
    ObjectKey key;                     /* of what is written */
    const AdmissionDecision *decision; /* when admission was asked */
} ApiResponse;

/* Answers. Allocates from the arena only; never fails: an error is a response. */
void api_handle(const Facts *facts, const ApiRequest *request, Arena *a, ApiResponse *out);

#endif
