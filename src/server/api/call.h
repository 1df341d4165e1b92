/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way through src/server/api. Private to it. */
#ifndef PODGATE_SERVER_API_CALL_H
#define PODGATE_SERVER_API_CALL_H

#include "kube/kinds.h"
#include "server/api/api.h"

typedef struct ApiCall {
    const Facts *facts;
    const ApiRequest *request;
    Arena *arena;
    ApiResponse *response;
    UserInfo user; /* as it acts: impersonation done */
    RequestInfo info;
    KubeKind kind; /* of the resource, for resource requests */
} ApiCall;

/* Answers with a Status. Always false. */
bool api_answer_status(ApiCall *call, Status status);
/* Answers with an object. Always false. */
bool api_answer_object(ApiCall *call, int code, Value body);
/* 404 for a path or resource that is not served: a Status within a served group, a line of text in
 * other groups, a list of paths elsewhere. */
bool api_answer_not_served(ApiCall *call);

/* 405 for a method that a path does not take. */
bool api_answer_not_allowed(ApiCall *call);

/* Whether the resource takes the method; answers 404 or 405 when not. */
bool api_check_route(ApiCall *call);
/* Whether the options of a write are valid; answers 422 when not. */
bool api_check_options(ApiCall *call);
bool api_is_dry_run(const ApiCall *call);

/* Is a kind of this group and version (or, without a version, of this group) served? */
bool api_is_group_served(const ApiCall *call, Str group, Str version);

/* A request for no resource. */
void api_handle_path(ApiCall *call);
/* One of an object or list: by the verb of call->info. */
void api_handle_resource(ApiCall *call);
/* Creates that are questions and store nothing: the reviews of authorization.k8s.io. False when the
 * request is for another resource. */
bool api_handle_review(ApiCall *call);

/* Reads the body of a create or update: an object of the call's kind. Fills in kind and apiVersion
 * where they are missing. */
bool api_read_body(ApiCall *call, Value *out);

#endif
