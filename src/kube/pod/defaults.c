/* SPDX-License-Identifier: Apache-2.0 */
/* Defaulting of pods and of pod templates. */
#include "kube/pod/defaults.h"

#include "kube/pod/containers.h"
#include "kube/pod/defaults_parts.h"
#include "kube/pod/member_index.h"
#include "kube/resources.h"

enum {
    GRACE_SECONDS = 30,
    /* until then a template's ports were defaulted too */
    HOST_PORTS_OF_PODS_ONLY_MINOR = 28,
};

/* Annotations that once held the init containers; they are dropped wherever they come in. */
static const Str init_container_annotations[] = {
    STR_INIT("pod.beta.kubernetes.io/init-containers"),
    STR_INIT("pod.alpha.kubernetes.io/init-containers"),
    STR_INIT("pod.beta.kubernetes.io/init-container-statuses"),
    STR_INIT("pod.alpha.kubernetes.io/init-container-statuses"),
};

static void drop_init_container_annotations(const Value *object)
{
    Value *annotations = value_at(object, "metadata", "annotations", NULL);
    for (size_t i = 0; i < COUNT_OF(init_container_annotations); i++) {
        value_remove(annotations, init_container_annotations[i]);
    }
}

void pod_sync_service_account(Value *spec, Arena *a)
{
    Str name = value_get_str(spec, STR("serviceAccountName"));
    if (str_is_empty(name)) {
        name = value_get_str(spec, STR("serviceAccount"));
    }
    if (str_is_empty(name)) {
        value_remove(spec, STR("serviceAccountName"));
        value_remove(spec, STR("serviceAccount"));
    } else {
        value_set_lit(spec, "serviceAccountName", value_str(name), a);
        value_set_lit(spec, "serviceAccount", value_str(name), a);
    }
}

/* On the node's network a container port claims the node's port. */
static void default_host_ports(const Value *spec, Arena *a)
{
    static const PodContainerKind kinds[] = { POD_CONTAINERS, POD_INIT_CONTAINERS };
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        VALUE_EACH_ITEM(c, value_get(spec, pod_container_members[kinds[k]])) {
            VALUE_EACH_ITEM(port, value_get_lit(c, "ports")) {
                OptInt64 container_port = value_get_int(port, STR("containerPort"));
                if (value_get_int(port, STR("hostPort")).value == 0 && container_port.value != 0) {
                    value_set_lit(port, "hostPort", value_int(container_port.value), a);
                }
            }
        }
    }
}

static void default_spec(Value *spec, const KubeTarget *t, Arena *a)
{
    pod_sync_service_account(spec, a);
    pod_default_str(spec, STR("dnsPolicy"), STR("ClusterFirst"), a);
    pod_default_str(spec, STR("restartPolicy"), STR("Always"), a);
    value_need_object(spec, STR("securityContext"), a);
    pod_default_int(spec, STR("terminationGracePeriodSeconds"), GRACE_SECONDS, a);
    pod_default_str(spec, STR("schedulerName"), STR("default-scheduler"), a);
    VALUE_EACH_ITEM(volume, value_get_lit(spec, "volumes")) {
        pod_default_volume(volume, t, a);
    }
    POD_EACH_CONTAINER(c, spec) {
        pod_default_container(c, t, a);
    }
    pod_default_resource_list(value_get_lit(spec, "overhead"), a);
}

/* requests with what only limits has, put at its end. */
static Value with_limits(const Value *requests, const Value *limits, Arena *a)
{
    MemberIndex asked = member_index_new(requests, a);
    size_t count = value_len(requests);
    Member *members = new(a, Member, count + limits->len);
    if (count) {
        memcpy(members, requests->members, count * sizeof(Member));
    }
    VALUE_EACH_MEMBER(limit, limits) {
        if (!member_index_get(&asked, member_key(limit))) {
            members[count++] = *limit;
        }
    }
    return (Value){ .kind = VALUE_OBJECT, .len = (uint32_t)count, .members = members };
}

/* What has a limit and no request requests its limit. */
static void default_requests(const Value *spec, Arena *a)
{
    static const PodContainerKind kinds[] = { POD_CONTAINERS, POD_INIT_CONTAINERS };
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        VALUE_EACH_ITEM(c, value_get(spec, pod_container_members[kinds[k]])) {
            Value *resources = value_get_lit(c, "resources");
            const Value *limits = value_get_lit(resources, "limits");
            const Value *requests = value_get_lit(resources, "requests");
            bool is_map = value_is_null(requests) || value_is(requests, VALUE_OBJECT);
            if (value_is(limits, VALUE_OBJECT) && limits->len && is_map) {
                value_set_lit(resources, "requests", with_limits(requests, limits, a), a);
            }
        }
    }
}

/* A pod that limits its containers together requests of a resource what they request, else its
 * limit. What is never overcommitted is not taken from the containers. */
static void default_pod_requests(Value *spec, const KubeTarget *t, Arena *a)
{
    Value *own = value_get_lit(spec, "resources");
    const Value *limits = value_get_lit(own, "limits");
    const Value *given = value_get_lit(own, "requests");
    if (!kube_has(t, FEATURE_POD_LEVEL_RESOURCES) || !value_is(limits, VALUE_OBJECT) ||
        limits->len == 0 || !(value_is_null(given) || value_is(given, VALUE_OBJECT))) {
        return;
    }
    Value requests = value_is_null(given) ? value_object() : value_copy(given, a);
    ResourceList sum = resources_of_containers(spec, "requests", a);
    for (size_t i = 0; i < sum.count; i++) {
        Str name = sum.items[i].name;
        bool overcommits = str_eq(name, STR("cpu")) || str_eq(name, STR("memory"));
        if (overcommits && !value_get(&requests, name)) {
            value_set(&requests, name, value_str(quantity_text(&sum.items[i].quantity, a)), a);
        }
    }
    VALUE_EACH_MEMBER(m, limits) {
        if (resources_is_pod_level(member_key(m)) && !value_get(&requests, member_key(m))) {
            value_set(&requests, member_key(m), m->value, a);
        }
    }
    if (requests.len > 0) {
        value_sort_keys(&requests);
        value_set_lit(own, "requests", requests, a);
    }
}

/* podIP is the first of podIPs; where both are given and differ, it wins. */
static void sync_pod_ips(Value *status, Arena *a)
{
    Str single = value_get_str(status, STR("podIP"));
    const Value *list = value_get_lit(status, "podIPs");
    Str first = value_get_str(value_item(list, 0), STR("ip"));
    if (single.len && (!value_len(list) || !str_eq(single, first))) {
        Value only = value_array();
        Value item = value_object();
        value_set_lit(&item, "ip", value_str(single), a);
        value_add(&only, item, a);
        value_set_lit(status, "podIPs", only, a);
    } else if (!single.len && first.len) {
        value_set_lit(status, "podIP", value_str(first), a);
    }
}

void pod_apply_defaults(Value *pod, const KubeTarget *t, Arena *a)
{
    if (!value_is(pod, VALUE_OBJECT)) {
        return;
    }
    value_need_object(pod, STR("metadata"), a);
    Value *spec = value_need_object(pod, STR("spec"), a);
    drop_init_container_annotations(pod);
    if (!spec) {
        return; /* no pod at all; the decoder refuses it */
    }
    Value *status = value_get_lit(pod, "status");
    if (value_is(status, VALUE_OBJECT)) {
        sync_pod_ips(status, a);
    }
    default_requests(spec, a);
    default_pod_requests(spec, t, a);
    if (value_is_null(value_get_lit(spec, "enableServiceLinks"))) {
        value_set_lit(spec, "enableServiceLinks", value_bool(true), a);
    }
    if (value_get_bool(spec, STR("hostNetwork")).value) {
        default_host_ports(spec, a);
    }
    default_spec(spec, t, a);
}

void pod_template_apply_defaults(Value *holder, const KubeTarget *t, Arena *a)
{
    if (!value_is(holder, VALUE_OBJECT)) {
        return;
    }
    Value *spec = value_need_object(holder, STR("spec"), a);
    drop_init_container_annotations(holder);
    if (!spec) {
        return;
    }
    if (value_get_bool(spec, STR("hostNetwork")).value &&
        t->minor < HOST_PORTS_OF_PODS_ONLY_MINOR) {
        default_host_ports(spec, a);
    }
    default_spec(spec, t, a);
}
