/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PATCH: which kinds of patch there are, and what the API server says when one does not apply.
 *
 * Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go
 */
#include "doc/json.h"
#include "doc/json_go.h"
#include "doc/merge.h"
#include "doc/patch.h"
#include "doc/strategic.h"
#include "kube/strategic_facts.h"
#include "server/api/call.h"

enum {
    NULL_CHANGES_NOTHING_SINCE = 23, /* to a strategic patch */
    BAD_JSON_SHORT_SINCE = 37,
};

typedef bool PatchApply(ApiCall *call, const KubeKind *kind, const Value *stored, Str text,
                        Value *out);

/* 422 without a word about what is wrong. */
static bool answer_rejected(ApiCall *call)
{
    return api_answer_status(
        call, (Status){ .code = 422,
                        .reason = STR("Invalid"),
                        .message = STR("the server rejected our request due to an error in our "
                                       "request"),
                        .has_details = true });
}

static bool read_json(ApiCall *call, Str text, Value *out)
{
    DocLimits limits = doc_limits_request;
    limits.last_key_wins = true;
    Err err;
    if (json_read(STR("body"), text, &limits, call->arena, out, &err)) {
        api_keep_sent(call, out);
        return true;
    }
    (void)!json_go_read(text, call->arena, out, &err);
    return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
}

static bool apply_json(ApiCall *call, const KubeKind *kind, const Value *stored, Str text,
                       Value *out)
{
    (void)kind;
    Value patch;
    Err err;
    if (!read_json(call, text, &patch)) {
        return false;
    }
    enum { OPERATIONS_MAX = 10000 };
    if (value_is(&patch, VALUE_ARRAY) && patch.len > OPERATIONS_MAX) {
        return api_answer_status(
            call, (Status){ .code = 413,
                            .reason = STR("RequestEntityTooLarge"),
                            .message = arena_printf(call->arena,
                                                    "Request entity too large: The allowed maximum "
                                                    "operations in a JSON patch is %d, got %u",
                                                    OPERATIONS_MAX, (unsigned)patch.len) });
    }
    if (!value_is(&patch, VALUE_ARRAY)) {
        bool is_strict = api_field_validation(call) != FIELD_VALIDATION_IGNORE;
        return api_answer_bad_request(
            call, "%sjson: cannot unmarshal %.*s into Go value of type %s",
            is_strict ? "error decoding patch: " : "", STR_ARG(value_kind_name(&patch)),
            is_strict ? "[]handlers.jsonPatchOp" : "jsonpatch.Patch");
    }
    *out = *stored;
    return patch_apply_as_server(out, &patch, call->arena, &err) || answer_rejected(call);
}

static bool apply_merge(ApiCall *call, const KubeKind *kind, const Value *stored, Str text,
                        Value *out)
{
    (void)kind;
    Value patch;
    Err err;
    if (!read_json(call, text, &patch)) {
        return false;
    }
    if (!value_is(&patch, VALUE_OBJECT) && !value_is_null(&patch) &&
        api_field_validation(call) != FIELD_VALIDATION_IGNORE) {
        return api_answer_bad_request(call,
                                      "error decoding patch: json: cannot unmarshal %.*s into Go "
                                      "value of type map[string]interface {}",
                                      STR_ARG(value_kind_name(&patch)));
    }
    if (merge_apply_as_server(stored, &patch, call->arena, out, &err)) {
        return true;
    }
    return api_answer_status(call, status_unknown(call->arena, err.msg));
}

static bool apply_strategic(ApiCall *call, const KubeKind *kind, const Value *stored, Str text,
                            Value *out)
{
    Value patch;
    Err err;
    if (!read_json(call, text, &patch)) {
        return false;
    }
    if (value_is_null(&patch) && call->request->target->minor >= NULL_CHANGES_NOTHING_SINCE) {
        *out = *stored;
        return true;
    }
    if (!value_is(&patch, VALUE_OBJECT)) {
        return api_answer_bad_request(
            call, "json: cannot unmarshal %.*s into Go value of type map[string]interface {}",
            STR_ARG(value_kind_name(&patch)));
    }
    StrategicFacts facts = schema_strategic_facts(call->request->target);
    const SchemaType *type = schema_find(kind->api_version, kind->kind);
    if (strategic_apply(stored, &patch, &facts, type, call->arena, out, &err)) {
        return true;
    }
    if (err.code == ERR_SYNTAX) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    if (err.code == ERR_UNSUPPORTED) {
        return answer_rejected(call);
    }
    return api_answer_status(call, status_unknown(call->arena, err.msg));
}

typedef struct PatchType {
    Str type;
    PatchApply *apply;
} PatchType;

static const PatchType patch_types[] = {
    { STR_INIT("application/json-patch+json"), apply_json },
    { STR_INIT("application/merge-patch+json"), apply_merge },
    { STR_INIT("application/strategic-merge-patch+json"), apply_strategic },
};

static const PatchType *find_type(const ApiCall *call)
{
    Str type, parameters;
    (void)str_split_once(call->request->content_type, ';', &type, &parameters);
    for (size_t i = 0; i < COUNT_OF(patch_types); i++) {
        if (str_eq(patch_types[i].type, type)) {
            return &patch_types[i];
        }
    }
    return NULL;
}

bool api_is_apply(const ApiCall *call)
{
    Str type, parameters;
    (void)str_split_once(call->request->content_type, ';', &type, &parameters);
    return str_eq(type, STR("application/apply-patch+yaml")) && call->request->serving;
}

static bool answer_unsupported(ApiCall *call)
{
    return api_answer_status(call, (Status){ .code = 415,
                                             .reason = STR("UnsupportedMediaType"),
                                             .message = STR("415: Unsupported Media Type"),
                                             .has_details = call->request->serving != NULL });
}

/* Custom resources take all but strategic merge patches, and say it in other words. */
static bool answer_unsupported_custom(ApiCall *call)
{
    return api_answer_status(
        call, (Status){ .code = 415,
                        .reason = STR("UnsupportedMediaType"),
                        .message = STR("the body of the request was in an unknown format - "
                                       "accepted media types include: "
                                       "application/json-patch+json, "
                                       "application/merge-patch+json, "
                                       "application/apply-patch+yaml") });
}

/* Since 1.37 it is JSON, or nothing else is looked at. */
static bool check_json(ApiCall *call)
{
    Value unused;
    Err err;
    Str text = call->request->body_text;
    return call->request->target->minor < BAD_JSON_SHORT_SINCE || !text.ptr ||
           json_go_read(text, call->arena, &unused, &err) ||
           api_answer_bad_request(call, "invalid JSON patch");
}

bool api_check_patch_type(ApiCall *call)
{
    const PatchType *type = find_type(call);
    if (api_is_apply(call)) {
        return true;
    }
    if (call->kind.custom) {
        return type && type->apply != apply_strategic ? check_json(call)
                                                      : answer_unsupported_custom(call);
    }
    return type ? check_json(call) : answer_unsupported(call);
}

bool api_apply_patch(ApiCall *call, const KubeKind *kind, const Value *stored, Value *out)
{
    Str text = call->request->body_text;
    if (text.ptr == NULL && call->request->body) {
        Buf b = buf_new(call->arena);
        json_write(call->request->body, &b);
        text = buf_str(&b);
    }
    const PatchType *patch = find_type(call);
    const SchemaType *type = schema_find(kind->api_version, kind->kind);
    if (patch == NULL) {
        return answer_unsupported(call);
    }
    ApiPatchForm form = patch->apply == apply_strategic ? API_PATCH_STRATEGIC
                        : patch->apply == apply_merge   ? API_PATCH_MERGE
                                                        : API_PATCH_JSON;
    if (kind->custom) {
        return patch->apply(call, kind, stored, text, out) &&
               api_decode_patched_custom(call, text, out);
    }
    return patch->apply(call, kind, stored, text, out) &&
           (type == NULL || api_check_patched(call, type, form, text, out));
}
