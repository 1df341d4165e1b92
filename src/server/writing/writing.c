/* SPDX-License-Identifier: Apache-2.0 */
/* Objects written to another cluster. */
#include "server/writing/writing.h"

#include "doc/json.h"
#include "kube/kinds.h"

#include <string.h>

typedef struct Request {
    Str method;
    Str path;
    Str content_type;
    Str body;
    int64_t ms; /* how long it may take; 0: as usual */
} Request;

static bool send(Remote *r, const Request *request, Arena *a, Value *out, RemoteProblem *problem)
{
    OutboundCall call;
    OutboundAnswer answer;
    Err err;
    if (!remote_call_begin(r, request->path, STR_ABSENT, a, &call, problem)) {
        return false;
    }
    HttpHeader *headers = new(a, HttpHeader, call.header_count + 1);
    memcpy(headers, call.headers, call.header_count * sizeof(*headers));
    headers[call.header_count] = (HttpHeader){ STR("Content-Type"), request->content_type };
    call.method = request->method;
    call.headers = headers;
    call.header_count++;
    call.body = request->body;
    call.timeout_ms = request->ms ? request->ms : call.timeout_ms;
    outbound_call(remote_outbound(r), &call, a, &answer);
    if (answer.end != OUTBOUND_ANSWERED) {
        *problem = (RemoteProblem){ .reason = STR(""), .text = answer.error };
        return false;
    }
    if (answer.status < 200 || answer.status > 299) {
        remote_refusal(&answer, a, problem);
        return false;
    }
    if (out && !json_read(call.url, answer.body, NULL, a, out, &err)) {
        *problem = (RemoteProblem){ .reason = STR(""), .text = err.msg };
        return false;
    }
    return true;
}

Str writing_path(const Value *object, Arena *a)
{
    KubeKind kind;
    Str version = value_get_str(object, STR("apiVersion"));
    Str name = value_get_str(object, STR("kind"));
    const Value *metadata = value_get_lit(object, "metadata");
    Str namespace = value_get_str(metadata, STR("namespace"));
    Str resource = kube_kind_find(version, name, &kind)
                       ? kind.resource
                       : arena_printf(a, "%.*ss", STR_ARG(arena_lower(a, name)));
    Str scope = namespace.len ? arena_printf(a, "/namespaces/%.*s", STR_ARG(namespace)) : STR("");
    return arena_printf(a, "%s/%.*s%.*s/%.*s/%.*s",
                        str_index_byte(version, '/') < 0 ? "/api" : "/apis", STR_ARG(version),
                        STR_ARG(scope), STR_ARG(resource),
                        STR_ARG(value_get_str(metadata, STR("name"))));
}

bool writing_apply(Remote *r, const Value *object, Arena *a, Value *out, RemoteProblem *problem)
{
    Buf body = buf_new(a);
    json_write(object, &body); /* which is YAML, too */
    Request request = {
        STR("PATCH"),
        arena_printf(a, "%.*s?fieldManager=" WRITING_MANAGER "&force=true",
                     STR_ARG(writing_path(object, a))),
        STR("application/apply-patch+yaml"),
        buf_str(&body),
        0,
    };
    return send(r, &request, a, out, problem);
}

bool writing_patch(Remote *r, Str path, const Value *patch, Arena *a, RemoteProblem *problem)
{
    Buf body = buf_new(a);
    json_write(patch, &body);
    Request request = {
        STR("PATCH"),
        arena_printf(a, "%.*s?fieldManager=" WRITING_MANAGER, STR_ARG(path)),
        STR("application/json-patch+json"),
        buf_str(&body),
        0,
    };
    return send(r, &request, a, NULL, problem);
}

bool writing_create(Remote *r, Str folder, const Value *object, int64_t ms, Arena *a,
                    RemoteProblem *problem)
{
    Buf body = buf_new(a);
    json_write(object, &body);
    Request request = { STR("POST"), folder, STR("application/json"), buf_str(&body), ms };
    return send(r, &request, a, NULL, problem);
}

bool writing_merge(Remote *r, Str path, const Value *patch, int64_t ms, Arena *a,
                   RemoteProblem *problem)
{
    Buf body = buf_new(a);
    json_write(patch, &body);
    Request request = { STR("PATCH"), path, STR("application/merge-patch+json"), buf_str(&body),
                        ms };
    return send(r, &request, a, NULL, problem);
}

bool writing_delete(Remote *r, Str path, Arena *a, RemoteProblem *problem)
{
    Request request = { STR("DELETE"), path, STR("application/json"),
                        STR("{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\","
                            "\"propagationPolicy\":\"Background\"}"),
                        0 };
    return send(r, &request, a, NULL, problem);
}
