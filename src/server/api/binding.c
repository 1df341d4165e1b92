/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binding a pod to a node: what a scheduler posts.
 *
 * Source: Kubernetes pkg/registry/core/pod/storage/storage.go (BindingREST)
 */
#include "server/api/call.h"

static bool check(ApiCall *call, const Value *binding)
{
    const Value *target = value_get_lit(binding, "target");
    Str kind = value_get_str(target, STR("kind"));
    FieldErrors errs = field_errors_new(call->arena);
    Path path = path_root("target");
    if (kind.len && !str_eq(kind, STR("Node"))) {
        static const Str kinds[] = { STR_INIT("Node"), STR_INIT("<empty>") };
        field_not_supported(&errs, path_child(&path, "kind"), kind,
                            (StrList){ kinds, COUNT_OF(kinds) });
    }
    if (!value_get_str(target, STR("name")).len) {
        field_required(&errs, path_child(&path, "name"), STR(""));
    }
    if (errs.count == 0) {
        return true;
    }
    Buf text = buf_new(call->arena);
    field_errors_write_aggregate(&errs, &text);
    return api_answer_status(call, status_unknown(call->arena, buf_str(&text)));
}

static bool refuse(ApiCall *call, Str pod, Str why)
{
    return api_answer_status(call, status_conflict(call->arena, STR(""), STR("pods/binding"), pod,
                                                   why));
}

static void set_scheduled(ApiCall *call, Value *pod)
{
    Arena *a = call->arena;
    Value condition = value_object();
    Value *status = value_need_object(pod, STR("status"), a);
    if (status == NULL) {
        return;
    }
    value_set_lit(&condition, "type", value_str(STR("PodScheduled")), a);
    value_set_lit(&condition, "status", value_str(STR("True")), a);
    value_set_lit(&condition, "lastProbeTime", value_null(), a);
    value_set_lit(&condition, "lastTransitionTime", value_str(api_now_text(call)), a);
    Value *conditions = value_get_lit(status, "conditions");
    conditions = conditions ? conditions : value_set_lit(status, "conditions", value_array(), a);
    VALUE_EACH_ITEM(old, conditions) {
        if (str_eq(value_get_str(old, STR("type")), STR("PodScheduled"))) {
            *old = condition;
            return;
        }
    }
    value_add(conditions, condition, a);
}

static void annotate(ApiCall *call, Value *pod, const Value *annotations)
{
    Value *metadata = value_need_object(pod, STR("metadata"), call->arena);
    Value *to = value_len(annotations) && metadata
                    ? value_need_object(metadata, STR("annotations"), call->arena)
                    : NULL;
    VALUE_EACH_MEMBER(m, annotations) {
        if (to) {
            value_set(to, member_key(m), m->value, call->arena);
        }
    }
}

static bool assign(ApiCall *call, Str name, const Value *binding)
{
    ObjectKey key = { STR(""), STR("Pod"), api_namespace(call), name };
    const Value *stored = call->facts->object(call->facts->cluster, key);
    Arena *a = call->arena;
    if (stored == NULL) {
        return api_answer_status(call, status_not_found(a, STR(""), STR("pods"), name));
    }
    Str node = value_as_str(value_at(stored, "spec", "nodeName", NULL));
    if (!value_is_null(value_at(stored, "metadata", "deletionTimestamp", NULL))) {
        return refuse(call, name,
                      arena_printf(a, "pod %.*s is being deleted, cannot be assigned to a host",
                                   STR_ARG(name)));
    }
    if (node.len) {
        return refuse(call, name, arena_printf(a, "pod %.*s is already assigned to node \"%.*s\"",
                                               STR_ARG(name), STR_ARG(node)));
    }
    Value pod = value_copy(stored, a);
    Value *spec = value_need_object(&pod, STR("spec"), a);
    if (spec) {
        value_set_lit(spec, "nodeName", *value_at(binding, "target", "name", NULL), a);
    }
    annotate(call, &pod, value_at(binding, "metadata", "annotations", NULL));
    set_scheduled(call, &pod);
    if (!api_is_dry_run(call)) {
        call->response->key = key;
        call->response->write = API_WRITE_UPDATE;
        (void)api_add_change(call, STORE_MODIFIED, key, &pod);
    }
    return true;
}

bool api_handle_binding(ApiCall *call)
{
    Value binding;
    if (!api_choose_form(call) || !api_check_options(call) || !api_read_body(call, &binding)) {
        return false;
    }
    Str name = value_as_str(value_at(&binding, "metadata", "name", NULL));
    if (call->info.name.len && !str_eq(name, call->info.name)) {
        return api_answer_bad_request(call, "name in URL does not match name in Binding object");
    }
    if (!check(call, &binding) || !assign(call, name, &binding)) {
        return false;
    }
    return api_answer_status(call, (Status){ .code = 201 });
}
