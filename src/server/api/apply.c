/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-side apply: a patch that says what its manager wants of an object, and creates it when it
 * is not there.
 *
 * Source: k8s.io/apiserver pkg/endpoints/handlers/patch.go (applyPatcher)
 */
#include "doc/yaml.h"
#include "kube/managed/managed.h"
#include "server/api/call.h"

/* Since 1.35 a patch may be CBOR, too. */
static const char *what_fails(const ApiCall *call)
{
    return call->request->target->minor >= 35 ? "error decoding patch" : "error decoding YAML";
}

static bool read_config(ApiCall *call, Value *out)
{
    const YamlRepeatedKey *repeated;
    Str text = call->request->body_text;
    Err err;
    *out = value_object();
    if (text.len == 0) {
        return true;
    }
    if (!yaml_read_go(text, &doc_limits_request, call->arena, out, &repeated, &err)) {
        return api_answer_bad_request(call, "%s: error converting YAML to JSON: %.*s",
                                      what_fails(call), STR_ARG(err.msg));
    }
    if (value_is_null(out)) {
        *out = value_object();
    }
    api_keep_sent(call, out);
    if (out->kind != VALUE_OBJECT) {
        Str kind = value_kind_name(out);
        return api_answer_bad_request(
            call,
            "%s: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal %.*s into Go "
            "value of type map[string]interface {}",
            what_fails(call), STR_ARG(str_eq(kind, STR("boolean")) ? STR("bool") : kind));
    }
    return true;
}

static Value causes_of(const ManagedApplied *applied, Arena *a)
{
    Value causes = value_array();
    for (size_t i = 0; i < applied->cause_count; i++) {
        Value cause = value_object();
        value_set_lit(&cause, "reason", value_str(STR("FieldManagerConflict")), a);
        value_set_lit(&cause, "message", value_str(applied->causes[i].message), a);
        value_set_lit(&cause, "field", value_str(applied->causes[i].field), a);
        value_add(&causes, cause, a);
    }
    return causes;
}

static bool answer_verdict(ApiCall *call, const ManagedApplied *applied)
{
    static const struct {
        int code;
        Str reason;
    } answers[] = {
        [MANAGED_BAD_REQUEST] = { 400, STR_INIT("BadRequest") },
        [MANAGED_CONFLICT] = { 409, STR_INIT("Conflict") },
        [MANAGED_FAILED] = { 500, STR_INIT("") },
    };
    (void)api_answer_status(call, (Status){ .code = answers[applied->verdict].code,
                                            .reason = answers[applied->verdict].reason,
                                            .message = applied->message,
                                            .has_details = applied->cause_count > 0 });
    Value *details = value_get_lit(&call->response->body, "details");
    if (details) {
        value_set_lit(details, "causes", causes_of(applied, call->arena), call->arena);
    }
    return false;
}

/* The stored object as Go would hold it. */
static const Value *decoded(ApiCall *call, const SchemaType *type, const Value *stored)
{
    Value *out = new(call->arena, Value, 1);
    Err err;
    if (stored == NULL || type == NULL) {
        return stored;
    }
    if (!schema_decode(type, stored, call->request->target, call->arena, out, NULL, &err)) {
        *out = value_copy(stored, call->arena);
    }
    return out;
}

bool api_handle_apply(ApiCall *call)
{
    Value config;
    const SchemaType *type = api_managed_type(call, call->kind.api_version, call->kind.kind);
    const Value *stored = api_find(call, call->info.name);
    /* custom resources are taken as they are stored */
    const Value *live = call->kind.custom ? stored : decoded(call, type, stored);
    Str force = api_query(call, "force");
    ManagedApplied applied;
    if (!read_config(call, &config)) {
        return false;
    }
    ManagedRequest managed = {
        .target = call->request->target,
        .type = type,
        .api_version = call->kind.api_version,
        .kind = call->kind.kind,
        .manager = api_query(call, "fieldManager"),
        .time = api_now_text(call),
        .is_subresource = call->info.subresource.len > 0,
        .subresource = call->info.subresource,
    };
    managed_apply(&managed, live, &config,
                  force.ptr && !str_eq(force, STR("false")) && !str_eq(force, STR("0")),
                  call->arena, &applied);
    if (!stored && call->info.subresource.len) {
        return api_answer_status(call, status_not_found(call->arena, call->kind.group,
                                                        call->kind.resource, call->info.name));
    }
    if (applied.verdict != MANAGED_APPLIED) {
        return answer_verdict(call, &applied);
    }
    call->fields_are_owned = true;
    if (call->kind.custom) {
        applied.object = value_copy(&applied.object, call->arena);
        Err err;
        if (!crd_decode(&call->kind.custom->crd, call->kind.custom_version, false, &applied.object,
                        call->arena, NULL, &err)) {
            return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
        }
    }
    return api_check_name(call, &applied.object) &&
           (stored ? api_replace(call, stored, &applied.object)
                   : api_create(call, &applied.object));
}
