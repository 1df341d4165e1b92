/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serviceaccounts/token: a TokenRequest is answered with itself and a token.
 *
 * Source: Kubernetes pkg/registry/core/serviceaccount/storage/token.go
 */
#include "server/api/call.h"

#define TOKEN_GROUP "authentication.k8s.io"

enum {
    EXPIRES_DEFAULT = 3600,
    EXPIRES_MIN = 600,
    /* What the volumes of pods ask for. So that clients that never read their token anew go on
     * working, it is valid for a year, and its use is warned of. */
    EXPIRES_OF_VOLUMES = 3607,
    EXPIRES_EXTENDED = 365 * 24 * 60 * 60,
    METADATA_SINCE = 22, /* the answer says which account it is of; the request must not differ */
    OWN_AUDIENCE_SINCE = 22, /* what is extended is for the API server */
    PODS_NODE_SINCE = 30,
    ID_SINCE = 30,
    BOUND_TO_NODE_SINCE = 31,
    NODE_KIND_SINCE = 29, /* before, a node is an object like any other */
};
#define EXPIRES_MAX ((int64_t)1 << 32)

static bool validate(ApiCall *call, int64_t seconds)
{
    FieldErrors errs = field_errors_new_for(call->request->target->minor, call->arena);
    Path spec = path_root("spec");
    Path at = path_child(&spec, "expirationSeconds");
    if (seconds < EXPIRES_MIN) {
        field_invalid_int(&errs, at, seconds,
                          STR("may not specify a duration less than 10 minutes"));
    }
    if (seconds > EXPIRES_MAX) {
        field_invalid_int(&errs, at, seconds,
                          STR("may not specify a duration larger than 2^32 seconds"));
    }
    return errs.count == 0 ||
           api_answer_status(call, status_invalid(call->arena, STR(TOKEN_GROUP),
                                                  STR("TokenRequest"), STR(""), &errs));
}

/* -- what the token goes with ------------------------------------------------------------------ */

static bool find_bound(ApiCall *call, const char *kind, const char *resource, Str name,
                       const Value **out)
{
    ObjectKey key = { STR(""), str_from_c(kind), call->info.namespace, name };
    *out = call->facts->object(call->facts->cluster, key);
    return *out || api_answer_status(
                       call, status_not_found(call->arena, STR(""), str_from_c(resource), name));
}

static bool is_of_account(ApiCall *call, const Value *pod)
{
    Str account = value_as_str(value_at(pod, "spec", "serviceAccountName", NULL));
    return str_eq(account, call->info.name) ||
           api_answer_bad_request(call,
                                  "cannot bind token for serviceaccount \"%.*s\" to pod running "
                                  "with different serviceaccount name.",
                                  STR_ARG(call->info.name));
}

/* The node that a pod runs on. */
static void add_node(ApiCall *call, const Value *pod, ApiTokenOrder *order)
{
    Str name = value_as_str(value_at(pod, "spec", "nodeName", NULL));
    ObjectKey key = { STR(""), STR("Node"), STR(""), name };
    if (name.len && call->request->target->minor >= PODS_NODE_SINCE) {
        const Value *node = call->facts->object(call->facts->cluster, key);
        order->node_name = name;
        order->node_uid = value_as_str(value_at(node, "metadata", "uid", NULL));
    }
}

static bool find_node(ApiCall *call, Str name, const Value **out)
{
    if (call->request->target->minor < BOUND_TO_NODE_SINCE) {
        return api_answer_bad_request(
            call, "cannot bind token to a Node object as the "
                  "\"ServiceAccountTokenNodeBinding\" feature-gate is disabled");
    }
    ObjectKey key = { STR(""), STR("Node"), STR(""), name };
    *out = call->facts->object(call->facts->cluster, key);
    return *out ||
           api_answer_status(call, status_not_found(call->arena, STR(""), STR("nodes"), name));
}

static bool bind(ApiCall *call, const Value *ref, ApiTokenOrder *order)
{
    Arena *a = call->arena;
    Str group, version;
    Str kind = value_get_str(ref, STR("kind"));
    Str name = value_get_str(ref, STR("name"));
    Str wanted = value_get_str(ref, STR("uid"));
    const Value *bound = NULL;
    kube_split_api_version(value_get_str(ref, STR("apiVersion")), &group, &version);
    if (group.len == 0 && str_eq(kind, STR("Pod"))) {
        if (!find_bound(call, "Pod", "pods", name, &bound) || !is_of_account(call, bound)) {
            return false;
        }
        add_node(call, bound, order);
    } else if (group.len == 0 && str_eq(kind, STR("Secret"))) {
        if (!find_bound(call, "Secret", "secrets", name, &bound)) {
            return false;
        }
    } else if (group.len == 0 && str_eq(kind, STR("Node")) &&
               call->request->target->minor >= NODE_KIND_SINCE) {
        if (!find_node(call, name, &bound)) {
            return false;
        }
    } else {
        return api_answer_bad_request(call,
                                      "cannot bind token to object of type %.*s/%.*s, "
                                      "Kind=%.*s",
                                      STR_ARG(group), STR_ARG(version), STR_ARG(kind));
    }
    order->bound_kind = kind;
    order->bound_name = name;
    order->bound_uid = value_as_str(value_at(bound, "metadata", "uid", NULL));
    if (wanted.len == 0 || str_eq(wanted, order->bound_uid)) {
        return true;
    }
    Str why = arena_printf(a,
                           "the UID in the bound object reference (%.*s) does not match the UID in "
                           "record. The object might have been deleted and then recreated",
                           STR_ARG(wanted));
    return api_answer_status(call, status_conflict(a, group, kind, name, why));
}

/* -- the request ------------------------------------------------------------------------------- */

static bool read_request(ApiCall *call, Value *out)
{
    const SchemaType *type = schema_find(STR(TOKEN_GROUP "/v1"), STR("TokenRequest"));
    Arena *a = call->arena;
    Value body, decoded;
    Err err;
    if (!api_read_body(call, &body)) {
        return false;
    }
    if (!schema_decode(type, &body, call->request->target, a, &decoded, NULL, &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    Value *spec = value_need_object(&decoded, STR("spec"), a);
    if (!value_get_int(spec, STR("expirationSeconds")).set) {
        value_set_lit(spec, "expirationSeconds", value_int(EXPIRES_DEFAULT), a);
    }
    value_remove(&decoded, STR("status"));
    value_remove(value_get_lit(&decoded, "metadata"), STR("managedFields"));
    api_own_fields(call, &decoded, NULL);
    *out = decoded;
    return true;
}

/* In the body, name and namespace are those of the account, or not said. */
static bool check_metadata(ApiCall *call, const Value *request)
{
    static const struct {
        const char *member;
        const char *why;
    } rows[] = { { "name", "must match the service account name if specified" },
                 { "namespace", "must match the service account namespace if specified" } };
    const Str wanted[] = { call->info.name, call->info.namespace };
    Path metadata = path_root("metadata");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str given = value_as_str(value_at(request, "metadata", rows[i].member, NULL));
        if (given.len && !str_eq(given, wanted[i])) {
            FieldErrors errs = field_errors_new(call->arena);
            field_invalid_str(&errs, path_child_str(&metadata, str_from_c(rows[i].member)), given,
                              str_from_c(rows[i].why));
            return api_answer_status(call,
                                     status_invalid(call->arena, STR(TOKEN_GROUP),
                                                    STR("TokenRequest"), call->info.name, &errs));
        }
    }
    return true;
}

static void fill_metadata(ApiCall *call, Value *request)
{
    if (call->request->target->minor >= METADATA_SINCE) {
        api_meta_set(request, STR("name"), value_str(call->info.name), call->arena);
        api_meta_set(request, STR("namespace"), value_str(call->info.namespace), call->arena);
        api_meta_set(request, STR("creationTimestamp"), value_str(api_now_text(call)), call->arena);
    }
}

/* The members of the spec in Go's order. */
static Value answered_spec(const Value *spec, StrList audiences, int64_t seconds, Arena *a)
{
    Value out = value_object();
    Value list = value_array();
    for (size_t i = 0; i < audiences.count; i++) {
        value_add(&list, value_str(audiences.items[i]), a);
    }
    const Value *ref = value_get_lit(spec, "boundObjectRef");
    value_set_lit(&out, "audiences", list, a);
    value_set_lit(&out, "expirationSeconds", value_int(seconds), a);
    value_set_lit(&out, "boundObjectRef", ref ? *ref : value_null(), a);
    return out;
}

static Str time_after(ApiCall *call, int64_t seconds)
{
    ApiServing later = *call->request->serving;
    ApiRequest request = *call->request;
    ApiCall other = *call;
    later.now_seconds += seconds;
    request.serving = &later;
    other.request = &request;
    return api_now_text(&other);
}

static bool is_extended(const ApiCall *call, const ApiTokenOrder *order, int64_t seconds)
{
    StrList own = call->request->serving->audiences;
    if (seconds != EXPIRES_OF_VOLUMES || !str_eq(order->bound_kind, STR("Pod"))) {
        return false;
    }
    for (size_t i = 0; i < order->audiences.count; i++) {
        if (call->request->target->minor >= OWN_AUDIENCE_SINCE &&
            !str_list_has(own, order->audiences.items[i])) {
            return false;
        }
    }
    return true;
}

static bool issue(ApiCall *call, Value *request, ApiTokenOrder *order, int64_t seconds)
{
    Arena *a = call->arena;
    const ApiServing *serving = call->request->serving;
    const SchemaType *type = schema_find(STR(TOKEN_GROUP "/v1"), STR("TokenRequest"));
    order->expires = serving->now_seconds + seconds;
    order->id = call->request->target->minor >= ID_SINCE ? api_uuid(call) : STR_ABSENT;
    if (is_extended(call, order, seconds)) {
        order->warn_after = order->expires;
        order->expires = serving->now_seconds + EXPIRES_EXTENDED;
    }
    Str token = serving->issue_token
                    ? serving->issue_token(serving->context, order, serving->now_seconds, a)
                    : STR("");
    Value status = value_object();
    value_set_lit(&status, "token", value_str(token), a);
    value_set_lit(&status, "expirationTimestamp", value_str(time_after(call, seconds)), a);
    value_set_lit(request, "spec",
                  answered_spec(value_get_lit(request, "spec"), order->audiences, seconds, a), a);
    value_set_lit(request, "status", status, a);
    fill_metadata(call, request);
    schema_encode(type, request, call->request->target);
    call->response->issued_id = order->id;
    return api_answer_object(call, 201, *request);
}

/* What is looked at before the token is made, in the order of the version: the account, the request
 * itself, what admission says. */
static bool check(ApiCall *call, Value *request, const Value **account)
{
    bool is_new = call->request->target->minor >= METADATA_SINCE;
    *account = api_find(call, call->info.name);
    int64_t seconds = value_as_int(value_at(request, "spec", "expirationSeconds", NULL)).value;
    if (is_new && (!check_metadata(call, request) ||
                   (*account == NULL && !api_answer_not_found(call, call->info.name)) ||
                   !validate(call, seconds))) {
        return false;
    }
    Value asked = *request;
    return api_admit_question(call, &asked, request) &&
           (is_new ||
            (validate(call, seconds) && (*account || api_answer_not_found(call, call->info.name))));
}

static bool handle(ApiCall *call)
{
    Value request;
    const Value *account;
    if (!read_request(call, &request) || !check(call, &request, &account)) {
        return false;
    }
    const Value *spec = value_get_lit(&request, "spec");
    int64_t seconds = value_get_int(spec, STR("expirationSeconds")).value;
    ApiTokenOrder order = {
        .namespace = call->info.namespace,
        .account = call->info.name,
        .account_uid = value_as_str(value_at(account, "metadata", "uid", NULL)),
        .audiences = value_str_list(value_get_lit(spec, "audiences"), call->arena),
        .bound_kind = STR(""),
    };
    const Value *ref = value_get_lit(spec, "boundObjectRef");
    if (!value_is_null(ref) && !bind(call, ref, &order)) {
        return false;
    }
    if (order.audiences.count == 0) {
        order.audiences = call->request->serving->audiences;
    }
    return issue(call, &request, &order, seconds);
}

void api_handle_token(ApiCall *call)
{
    if (api_prepare_write(call)) {
        (void)handle(call);
    }
}
