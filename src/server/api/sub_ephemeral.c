/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pods/ephemeralcontainers up to 1.21, where its body is a list of its own (kind
 * EphemeralContainers) beside the pod. Later it is a part of the pod like any other.
 *
 * Source: Kubernetes 1.20 pkg/registry/core/pod/storage/storage.go (EphemeralContainersREST)
 */
#include "server/api/call.h"

/* The list of a pod. */
static Value list_of(const Value *pod, Arena *a)
{
    static const Str kept[] = { STR_INIT("name"), STR_INIT("namespace"), STR_INIT("uid"),
                                STR_INIT("resourceVersion"), STR_INIT("creationTimestamp") };
    const Value *given = value_get_lit(pod, "metadata");
    const Value *list = value_at(pod, "spec", "ephemeralContainers", NULL);
    Value metadata = value_object();
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        const Value *v = value_get(given, kept[i]);
        if (!value_is_null(v)) {
            value_set(&metadata, kept[i], *v, a);
        }
    }
    Value out = value_object();
    value_set_lit(&out, "kind", value_str(STR("EphemeralContainers")), a);
    value_set_lit(&out, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&out, "metadata", metadata, a);
    value_set_lit(&out, "ephemeralContainers", list ? *list : value_array(), a);
    return out;
}

static bool update(ApiCall *call, const Value *stored, const Value *body)
{
    Arena *a = call->arena;
    AdmissionRequest request = api_admission_request(call, ADMISSION_UPDATE);
    request.object = body;
    request.old_object = stored;
    if (!api_admit(call, &request)) {
        return false;
    }
    const Value *asked = &call->response->decision->object;
    const Value *list = value_get_lit(asked, "ephemeralContainers");
    Value pod = value_copy(stored, a);
    Value *spec = value_need_object(&pod, STR("spec"), a);
    if (spec && value_len(list)) {
        value_set_lit(spec, "ephemeralContainers", *list, a);
    }
    const SchemaType *type = schema_find(STR("v1"), STR("Pod"));
    Value ordered;
    Err err;
    if (!schema_normalise(type, &pod, call->request->target, a, &ordered, NULL, &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    Value made = value_equal(&ordered, stored)
                     ? *stored
                     : api_change(call, STORE_MODIFIED, call->info.name, &ordered);
    return api_answer_object(call, 200, list_of(&made, a));
}

static bool handle(ApiCall *call, const Value *stored)
{
    Value body;
    KubeKind kind;
    Value list = list_of(stored, call->arena);
    if (str_eq(call->info.verb, STR("get"))) {
        return api_answer_object(call, 200, list);
    }
    if (str_eq(call->info.verb, STR("patch"))) {
        return kube_kind_find(STR("v1"), STR("EphemeralContainers"), &kind) &&
               api_apply_patch(call, &kind, &list, &body) && api_check_name(call, &body) &&
               update(call, stored, &body);
    }
    return api_read_body(call, &body) && api_check_name(call, &body) && update(call, stored, &body);
}

void api_handle_ephemeral_containers(ApiCall *call)
{
    bool reads = str_eq(call->info.verb, STR("get"));
    if (!(reads ? api_choose_form(call) : api_prepare_write(call))) {
        return;
    }
    const Value *stored = api_find(call, call->info.name);
    if (stored == NULL) {
        (void)api_answer_not_found(call, call->info.name);
    } else {
        (void)handle(call, stored);
    }
}
