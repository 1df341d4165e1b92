/* SPDX-License-Identifier: Apache-2.0 */
/* Defaulting of containers: images, ports, environment, resources, probes, lifecycle handlers. */
#include "kube/pod/defaults_parts.h"
#include "kube/pod/image_ref.h"

void pod_default_str(Value *object, Str member, Str text, Arena *a)
{
    if (str_is_empty(value_get_str(object, member))) {
        value_set(object, member, value_str(text), a);
    }
}

void pod_default_int(Value *object, Str member, int64_t n, Arena *a)
{
    if (value_is_null(value_get(object, member))) {
        value_set(object, member, value_int(n), a);
    }
}

void pod_default_bool(Value *object, Str member, bool b, Arena *a)
{
    if (value_is_null(value_get(object, member))) {
        value_set(object, member, value_bool(b), a);
    }
}

void pod_default_field_ref(Value *field_ref, Arena *a)
{
    if (value_is(field_ref, VALUE_OBJECT)) {
        pod_default_str(field_ref, STR("apiVersion"), STR("v1"), a);
    }
}

void pod_default_pull_policy(Value *object, Str policy_member, Str image_member, Arena *a)
{
    Str tag = image_ref_tag(value_get_str(object, image_member));
    pod_default_str(object, policy_member,
                    str_eq(tag, STR("latest")) ? STR("Always") : STR("IfNotPresent"), a);
}

/* An action of a probe or of a lifecycle hook. */
static void default_handler(const Value *handler, Arena *a)
{
    Value *http = value_get_lit(handler, "httpGet");
    if (value_is(http, VALUE_OBJECT)) {
        pod_default_str(http, STR("path"), STR("/"), a);
        pod_default_str(http, STR("scheme"), STR("HTTP"), a);
    }
}

static void default_probe(Value *probe, const KubeTarget *t, Arena *a)
{
    enum { GRPC_MINOR = 23 };
    static const struct {
        Str member;
        int64_t n;
    } numbers[] = {
        { STR_INIT("timeoutSeconds"), 1 },
        { STR_INIT("periodSeconds"), 10 },
        { STR_INIT("successThreshold"), 1 },
        { STR_INIT("failureThreshold"), 3 },
    };
    if (!value_is(probe, VALUE_OBJECT)) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        OptInt64 n = value_get_int(probe, numbers[i].member);
        if (!n.set || n.value == 0) {
            value_set(probe, numbers[i].member, value_int(numbers[i].n), a);
        }
    }
    default_handler(probe, a);
    Value *grpc = value_get_lit(probe, "grpc");
    if (t->minor >= GRPC_MINOR && value_is(grpc, VALUE_OBJECT) &&
        value_is_null(value_get_lit(grpc, "service"))) {
        value_set_lit(grpc, "service", value_str(STR("")), a);
    }
}

static void default_resources(Value *container, Arena *a)
{
    Value *resources = value_need_object(container, STR("resources"), a);
    pod_default_resource_list(value_get_lit(resources, "limits"), a);
    pod_default_resource_list(value_get_lit(resources, "requests"), a);
}

void pod_default_container(Value *container, const KubeTarget *t, Arena *a)
{
    static const Str probes[] = { STR_INIT("livenessProbe"), STR_INIT("readinessProbe"),
                                  STR_INIT("startupProbe") };
    if (!value_is(container, VALUE_OBJECT)) {
        return;
    }
    pod_default_pull_policy(container, STR("imagePullPolicy"), STR("image"), a);
    pod_default_str(container, STR("terminationMessagePath"), STR("/dev/termination-log"), a);
    pod_default_str(container, STR("terminationMessagePolicy"), STR("File"), a);
    VALUE_EACH_ITEM(port, value_get_lit(container, "ports")) {
        if (value_is(port, VALUE_OBJECT)) {
            pod_default_str(port, STR("protocol"), STR("TCP"), a);
        }
    }
    VALUE_EACH_ITEM(env, value_get_lit(container, "env")) {
        pod_default_field_ref(value_at(env, "valueFrom", "fieldRef", NULL), a);
    }
    default_resources(container, a);
    for (size_t i = 0; i < COUNT_OF(probes); i++) {
        default_probe(value_get(container, probes[i]), t, a);
    }
    default_handler(value_at(container, "lifecycle", "postStart", NULL), a);
    default_handler(value_at(container, "lifecycle", "preStop", NULL), a);
}
