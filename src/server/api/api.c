/* SPDX-License-Identifier: Apache-2.0 */
/* From the request line to the handler: who acts, what is asked, may they. */
#include "decide/rbac/authorizer.h"
#include "kube/resource_table.h"
#include "server/discovery/discovery.h"
#include "kube/resource_table.h"
#include "server/api/call.h"

bool api_answer_status(ApiCall *call, Status status)
{
    call->response->code = status.code;
    call->response->status = status;
    call->response->is_status = true;
    call->response->body = status_to_value(&status, call->arena);
    return false;
}

bool api_answer_bad_request(ApiCall *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Str why = arena_vprintf(call->arena, format, args);
    va_end(args);
    return api_answer_status(call, status_bad_request(call->arena, why));
}

void api_warn(ApiCall *call, Str text)
{
    ApiResponse *r = call->response;
    Str *items = new(call->arena, Str, r->warnings.count + 1);
    for (size_t i = 0; i < r->warnings.count; i++) {
        items[i] = r->warnings.items[i];
    }
    items[r->warnings.count] = text;
    r->warnings = (StrList){ items, r->warnings.count + 1 };
}

bool api_answer_object(ApiCall *call, int code, Value body)
{
    call->response->code = code;
    call->response->body = body;
    call->response->is_status = false;
    return false;
}

/* Does a part of the server with statuses of its own answer there: a group that is served, the core
 * group, the version? */
static bool is_within_server(const ApiCall *call)
{
    Str path = call->info.path;
    Str group = str_cut_prefix(path, STR("/apis/"));
    if (group.len == path.len) {
        return str_eq(path, STR("/api")) || str_starts_with(path, STR("/api/")) ||
               str_starts_with(path, STR("/version/"));
    }
    Str rest;
    (void)str_split_once(group, '/', &group, &rest);
    return api_is_group_served(call, group, STR(""));
}

bool api_answer_not_served(ApiCall *call)
{
    if (is_within_server(call)) {
        return api_answer_status(
            call, (Status){ .code = 404,
                            .reason = STR("NotFound"),
                            .message = STR("the server could not find the requested resource"),
                            .has_details = call->request->serving != NULL });
    }
    if (str_starts_with(call->info.path, STR("/apis/"))) {
        return api_answer_object(call, 404, value_str(STR("404 page not found\n")));
    }
    api_answer_no_path(call);
    return false;
}

bool api_answer_not_allowed(ApiCall *call)
{
    return api_answer_status(
        call, (Status){ .code = 405,
                        .reason = STR("MethodNotAllowed"),
                        .message = STR("the server does not allow this method on the requested "
                                       "resource"),
                        .has_details = call->request->serving != NULL });
}

/* -- who acts, and may they -------------------------------------------------------------------- */

static bool impersonate(ApiCall *call)
{
    const ApiRequest *r = call->request;
    Status refusal;
    call->user = *r->user;
    if (r->impersonate == NULL || !rbac_impersonates(r->impersonate)) {
        return true;
    }
    call->response->impersonated = rbac_impersonate(call->facts, r->user, r->impersonate, r->uri,
                                                    call->arena, &call->user, &refusal);
    return call->response->impersonated || api_answer_status(call, refusal);
}

static bool authorize(ApiCall *call)
{
    const RequestInfo *info = &call->info;
    RbacRequest asked = {
        .user = &call->user,
        .verb = info->verb,
        .api_group = info->api_group,
        .resource = info->resource,
        .subresource = info->subresource,
        .name = info->name,
        .namespace = info->namespace,
        .is_resource = info->is_resource,
        .path = info->path,
    };
    RbacAnswer answer;
    authorizer_decide(call->facts, &asked, call->arena, &answer);
    call->response->was_authorized = true;
    call->response->authorized = answer.allowed;
    call->response->authorization_reason = answer.reason;
    return answer.allowed ||
           api_answer_status(call, rbac_forbidden_status(&asked, answer.reason, call->arena));
}

/* -- the whole -------------------------------------------------------------------------------- */

static bool read_request(ApiCall *call)
{
    Err err;
    const ApiRequest *r = call->request;
    if (request_info_read(r->method, r->uri, call->arena, &call->info, &err)) {
        return true;
    }
    return api_answer_status(call, err.code == ERR_SYNTAX ? status_bad_request(call->arena, err.msg)
                                                          : status_unknown(call->arena, err.msg));
}

static void handle(ApiCall *call)
{
    const ApiRequest *request = call->request;
    if (!read_request(call) || !impersonate(call) || !authorize(call)) {
        return;
    }
    if (!call->info.is_resource) {
        api_handle_path(call);
        return;
    }
    if (!kube_kind_find_resource(call->info.api_group, call->info.api_version, call->info.resource,
                                 request->target, &call->kind) ||
        !resource_is_served(&call->kind, request->target)) {
        (void)api_answer_not_served(call);
        return;
    }
    if (!api_check_route(call)) {
        return;
    }
    api_warn_deprecated(call);
    api_warn_inert(call);
    if (api_check_accept(call) && !api_handle_review(call) && !api_handle_subresource(call)) {
        api_handle_resource(call);
    }
}

void api_handle(const Facts *facts, const ApiRequest *request, Arena *a, ApiResponse *out)
{
    *out = (ApiResponse){ 0 };
    ApiCall call = { .facts = facts, .request = request, .arena = a, .response = out };
    handle(&call);
    out->info = call.info;
    out->user = call.user;
    if (!out->ask_count) {
        api_finish(&call);
    }
}

bool api_is_read(Str method, Str uri)
{
    (void)uri;
    return str_eq(method, STR("GET")) || str_eq(method, STR("HEAD")) ||
           str_eq(method, STR("OPTIONS"));
}

/* -- verbs
 * ------------------------------------------------------------------------------------------------
 */

typedef struct VerbRow {
    Str verb;
    bool (*handle)(ApiCall *call);
} VerbRow;

static const VerbRow verbs[] = {
    { STR_INIT("get"), api_handle_get },
    { STR_INIT("list"), api_handle_list },
    { STR_INIT("watch"), api_handle_watch },
    { STR_INIT("create"), api_handle_create },
    { STR_INIT("update"), api_handle_put },
    { STR_INIT("patch"), api_handle_patch },
    { STR_INIT("delete"), api_handle_delete },
    { STR_INIT("deletecollection"), api_handle_delete_collection },
};

bool api_prepare_write(ApiCall *call)
{
    bool patches = str_eq(call->info.verb, STR("patch"));
    bool writes = patches || str_eq(call->info.verb, STR("create")) ||
                  str_eq(call->info.verb, STR("update"));
    /* a patch is of a known type before its options are looked at */
    return (!patches || api_check_patch_type(call)) && (!writes || api_choose_form(call)) &&
           api_check_options(call);
}

void api_handle_resource(ApiCall *call)
{
    if (!api_prepare_write(call)) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (str_eq(call->info.verb, verbs[i].verb)) {
            (void)verbs[i].handle(call);
            return;
        }
    }
    (void)api_answer_not_allowed(call);
}
