/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pods/binding and bindings: a pod gets its node.
 *
 * Source: Kubernetes pkg/registry/core/pod/storage/storage.go (BindingREST)
 */
#include "server/api/call.h"

static bool answer_conflict(ApiCall *call, Str name, Str why)
{
    return api_answer_status(call,
                             status_conflict(call->arena, STR(""), STR("pods/binding"), name, why));
}

/* What is wrong goes without a Status of its own: 500. */
static bool validate(ApiCall *call, const Value *target)
{
    static const Str known[] = { STR_INIT("Node"), STR_INIT("<empty>") };
    Str kind = value_get_str(target, STR("kind"));
    FieldErrors errs = field_errors_new_for(call->request->target->minor, call->arena);
    Path root = path_root("target");
    if (kind.len && !str_eq(kind, STR("Node"))) {
        field_not_supported(&errs, path_child(&root, "kind"), kind,
                            (StrList){ known, COUNT_OF(known) });
    }
    if (value_get_str(target, STR("name")).len == 0) {
        field_required(&errs, path_child(&root, "name"), STR(""));
    }
    if (errs.count == 0) {
        return true;
    }
    Buf b = buf_new(call->arena);
    field_errors_write_aggregate(&errs, &b);
    return api_answer_status(call, status_unknown(call->arena, buf_str(&b)));
}

static void set_scheduled(ApiCall *call, Value *pod)
{
    Arena *a = call->arena;
    Value *status = value_need_object(pod, STR("status"), a);
    Value *conditions = value_get_lit(status, "conditions");
    conditions = conditions && conditions->kind == VALUE_ARRAY
                     ? conditions
                     : value_set_lit(status, "conditions", value_array(), a);
    Value made = value_object();
    value_set_lit(&made, "type", value_str(STR("PodScheduled")), a);
    value_set_lit(&made, "status", value_str(STR("True")), a);
    value_set_lit(&made, "lastProbeTime", value_null(), a);
    value_set_lit(&made, "lastTransitionTime", value_str(api_now_text(call)), a);
    VALUE_EACH_ITEM(c, conditions) {
        if (str_eq(value_get_str(c, STR("type")), STR("PodScheduled"))) {
            *c = made;
            return;
        }
    }
    value_add(conditions, made, a);
}

static void set_annotations(Value *pod, const Value *annotations, Arena *a)
{
    Value *metadata = value_need_object(pod, STR("metadata"), a);
    if (value_len(annotations) == 0 || metadata == NULL) {
        return;
    }
    Value *own = value_need_object(metadata, STR("annotations"), a);
    VALUE_EACH_MEMBER(m, annotations) {
        value_set(own, member_key(m), m->value, a);
    }
    value_sort_keys(own);
}

static bool assign(ApiCall *call, Str name, const Value *binding)
{
    Arena *a = call->arena;
    ApiCall pods = *call;
    if (!kube_kind_find(STR("v1"), STR("Pod"), &pods.kind)) {
        return api_answer_not_served(call);
    }
    pods.info.subresource = STR("");
    const Value *stored = api_find(&pods, name);
    if (stored == NULL) {
        return api_answer_not_found(&pods, name);
    }
    Str node = value_as_str(value_at(stored, "spec", "nodeName", NULL));
    if (!value_is_null(value_at(stored, "metadata", "deletionTimestamp", NULL))) {
        return answer_conflict(call, name,
                               arena_printf(a,
                                            "pod %.*s is being deleted, cannot be assigned to a "
                                            "host",
                                            STR_ARG(name)));
    }
    if (node.len) {
        return answer_conflict(call, name,
                               arena_printf(a, "pod %.*s is already assigned to node \"%.*s\"",
                                            STR_ARG(name), STR_ARG(node)));
    }
    Value pod = value_copy(stored, a);
    Str host = value_as_str(value_at(binding, "target", "name", NULL));
    value_set_lit(value_need_object(&pod, STR("spec"), a), "nodeName", value_str(host), a);
    set_annotations(&pod, value_at(binding, "metadata", "annotations", NULL), a);
    set_scheduled(call, &pod);
    const SchemaType *type = schema_find(STR("v1"), STR("Pod"));
    Value ordered;
    Err err;
    if (schema_normalise(type, &pod, call->request->target, a, &ordered, NULL, &err)) {
        pod = ordered;
    }
    (void)api_change(&pods, STORE_MODIFIED, name, &pod);
    return api_answer_status(call, (Status){ .code = 201 });
}

static bool handle(ApiCall *call)
{
    Value body, binding;
    if (!api_read_body(call, &body) || !api_admit_question(call, &body, &binding)) {
        return false;
    }
    Str name = api_object_name(&binding);
    if (call->info.subresource.len && !str_eq(name, call->info.name)) {
        return api_answer_bad_request(call, "name in URL does not match name in Binding object");
    }
    return validate(call, value_get_lit(&binding, "target")) && assign(call, name, &binding);
}

void api_handle_binding(ApiCall *call)
{
    if (api_prepare_write(call)) {
        (void)handle(call);
    }
}
