/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which pods are behind a Service.
 *
 * Ports within a subset stand by name; the real controller has them by a hash.
 *
 * Source: Kubernetes pkg/controller/{endpoint,endpointslice}, pkg/api/v1/endpoints
 */
#include "server/controllers/endpoint_parts.h"

#include <stdlib.h>

/* -- services ---------------------------------------------------------------------------------- */

static Str meta(const Value *object, const char *field)
{
    return value_as_str(value_at(object, "metadata", field, NULL));
}

bool endpoint_is_managed(const Value *service)
{
    Str type = value_as_str(value_at(service, "spec", "type", NULL));
    return !value_is_null(value_at(service, "spec", "selector", NULL)) &&
           !str_eq(type, STR("ExternalName"));
}

bool endpoint_is_headless(const Value *service)
{
    Str ip = value_as_str(value_at(service, "spec", "clusterIP", NULL));
    return str_eq(ip, STR("None")) || ip.len == 0;
}

static bool takes_unready(const Value *service)
{
    const Value *annotations = value_at(service, "metadata", "annotations", NULL);
    return value_as_bool(value_at(service, "spec", "publishNotReadyAddresses", NULL)).value ||
           str_eq(value_get_str(annotations,
                                STR("service.alpha.kubernetes.io/tolerate-unready-endpoints")),
                  STR("true"));
}

/* -- pods -------------------------------------------------------------------------------------- */

static const Value *ready_condition(const Value *pod)
{
    VALUE_EACH_ITEM(condition, value_at(pod, "status", "conditions", NULL)) {
        if (str_eq(value_get_str(condition, STR("type")), STR("Ready"))) {
            return condition;
        }
    }
    return NULL;
}

bool endpoint_pod_is_ready(const Value *pod)
{
    return str_eq(value_get_str(ready_condition(pod), STR("status")), STR("True"));
}

static bool is_deleted(const Value *pod)
{
    return !value_is_null(value_at(pod, "metadata", "deletionTimestamp", NULL));
}

static Str ip_of(const Value *pod)
{
    return value_as_str(value_at(pod, "status", "podIP", NULL));
}

/* A pod that has ended, and is not started again, is behind nothing. */
static bool may_serve(const Value *pod)
{
    Str restart = value_as_str(value_at(pod, "spec", "restartPolicy", NULL));
    Str phase = value_as_str(value_at(pod, "status", "phase", NULL));
    bool failed = str_eq(phase, STR("Failed")), succeeded = str_eq(phase, STR("Succeeded"));
    return !(str_eq(restart, STR("Never")) && (failed || succeeded)) &&
           !(str_eq(restart, STR("OnFailure")) && succeeded);
}

/* The number of a service's port in the pod; 0 when the pod has none of that name. */
static int64_t target_port(const Value *port, const Value *pod)
{
    const Value *target = value_get_lit(port, "targetPort");
    Str name = value_as_str(target);
    if (!name.ptr) {
        return value_as_int(target).value;
    }
    VALUE_EACH_ITEM(container, value_at(pod, "spec", "containers", NULL)) {
        VALUE_EACH_ITEM(p, value_get_lit(container, "ports")) {
            if (str_eq(value_get_str(p, STR("name")), name) &&
                str_eq(value_get_str(p, STR("protocol")), value_get_str(port, STR("protocol")))) {
                return value_get_int(p, STR("containerPort")).value;
            }
        }
    }
    return 0;
}

Str endpoint_trigger_time(const Value *service, const EndpointPods *pods)
{
    Str latest = meta(service, "creationTimestamp");
    for (size_t i = 0; i < pods->count; i++) {
        Str time = value_get_str(ready_condition(pods->items[i]), STR("lastTransitionTime"));
        latest = str_cmp(time, latest) > 0 ? time : latest;
    }
    return latest;
}

/* -- common to both ---------------------------------------------------------------------------- */

static void set_text(Value *object, const char *key, Str text, Arena *a)
{
    if (text.len) {
        value_set(object, str_from_c(key), value_str(text), a);
    }
}

static Value pod_reference(const Value *pod, bool with_version, Arena *a)
{
    Value ref = value_object();
    set_text(&ref, "kind", STR("Pod"), a);
    set_text(&ref, "namespace", meta(pod, "namespace"), a);
    set_text(&ref, "name", meta(pod, "name"), a);
    set_text(&ref, "uid", meta(pod, "uid"), a);
    if (with_version) {
        set_text(&ref, "resourceVersion", meta(pod, "resourceVersion"), a);
    }
    return ref;
}

/* The pod's name within the service's domain. */
static Str hostname_of(const Value *service, const Value *pod)
{
    const Value *spec = value_get_lit(pod, "spec");
    bool is_in = str_eq(value_get_str(spec, STR("subdomain")), meta(service, "name")) &&
                 str_eq(meta(pod, "namespace"), meta(service, "namespace"));
    return is_in ? value_get_str(spec, STR("hostname")) : STR_ABSENT;
}

static int by_port_name(const void *left, const void *right)
{
    return str_cmp(value_get_str(left, STR("name")), value_get_str(right, STR("name")));
}

/* The service's ports as the pod has them. */
static Value ports_of(const Value *service, const Value *pod, bool is_slice, Arena *a)
{
    Value out = value_array();
    VALUE_EACH_ITEM(port, value_at(service, "spec", "ports", NULL)) {
        int64_t number = target_port(port, pod);
        if (number == 0) {
            continue;
        }
        Value made = value_object();
        Str name = value_get_str(port, STR("name"));
        if (name.len || is_slice) {
            value_set_lit(&made, "name", value_str(name), a);
        }
        value_set_lit(&made, "port", value_int(number), a);
        set_text(&made, "protocol", value_get_str(port, STR("protocol")), a);
        set_text(&made, "appProtocol", value_get_str(port, STR("appProtocol")), a);
        value_add(&out, made, a);
    }
    if (out.len) {
        qsort(out.items, out.len, sizeof(Value), by_port_name);
    }
    return out;
}

/* -- Endpoints --------------------------------------------------------------------------------- */

static Value address_of(const Value *service, const Value *pod, Arena *a)
{
    Value out = value_object();
    set_text(&out, "ip", ip_of(pod), a);
    set_text(&out, "hostname", hostname_of(service, pod), a);
    set_text(&out, "nodeName", value_as_str(value_at(pod, "spec", "nodeName", NULL)), a);
    value_set_lit(&out, "targetRef", pod_reference(pod, true, a), a);
    return out;
}

/* The subset with these ports, made when there is none. */
static Value *need_subset(Value *subsets, const Value *ports, Arena *a)
{
    VALUE_EACH_ITEM(subset, subsets) {
        const Value *its = value_get_lit(subset, "ports");
        if (ports->len == 0 ? its == NULL : value_equal(its, ports)) {
            return subset;
        }
    }
    return value_add(subsets, value_object(), a);
}

static void add_address(Value *subset, const char *list, Value address, Arena *a)
{
    Value *addresses = value_get(subset, str_from_c(list));
    if (addresses == NULL) {
        addresses = value_set(subset, str_from_c(list), value_array(), a);
    }
    value_add(addresses, address, a);
}

static int by_address(const void *left, const void *right)
{
    int order = str_cmp(value_get_str(left, STR("ip")), value_get_str(right, STR("ip")));
    return order ? order
                 : str_cmp(value_as_str(value_at(left, "targetRef", "uid", NULL)),
                           value_as_str(value_at(right, "targetRef", "uid", NULL)));
}

static void sort_addresses(Value *subset)
{
    static const char *const lists[] = { "addresses", "notReadyAddresses" };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        Value *list = value_get(subset, str_from_c(lists[i]));
        if (list) {
            qsort(list->items, list->len, sizeof(Value), by_address);
        }
    }
}

Value endpoint_subsets(const Value *service, const EndpointPods *pods, Arena *a)
{
    Value subsets = value_array();
    bool unready_counts = takes_unready(service);
    bool has_ports = value_len(value_at(service, "spec", "ports", NULL)) > 0;
    for (size_t i = 0; i < pods->count; i++) {
        const Value *pod = pods->items[i];
        bool ready = unready_counts || endpoint_pod_is_ready(pod);
        if (ip_of(pod).len == 0 || (is_deleted(pod) && !unready_counts) ||
            (!ready && !may_serve(pod))) {
            continue;
        }
        Value ports = ports_of(service, pod, false, a);
        if (has_ports ? ports.len == 0 : !endpoint_is_headless(service)) {
            continue;
        }
        Value *subset = need_subset(&subsets, &ports, a);
        add_address(subset, ready ? "addresses" : "notReadyAddresses", address_of(service, pod, a),
                    a);
        if (ports.len) {
            value_set_lit(subset, "ports", ports, a);
        }
    }
    VALUE_EACH_ITEM(subset, &subsets) {
        sort_addresses(subset);
    }
    return subsets;
}

/* -- EndpointSlices ---------------------------------------------------------------------------- */

static Value slice_endpoint(const Value *service, const Value *pod, bool is_v1, Arena *a)
{
    Value out = value_object();
    Value addresses = value_array();
    Value conditions = value_object();
    bool serves = endpoint_pod_is_ready(pod);
    bool ready = takes_unready(service) || (serves && !is_deleted(pod));
    Str node = value_as_str(value_at(pod, "spec", "nodeName", NULL));
    value_add(&addresses, value_str(ip_of(pod)), a);
    value_set_lit(&out, "addresses", addresses, a);
    value_set_lit(&conditions, "ready", value_bool(ready), a);
    if (is_v1) {
        value_set_lit(&conditions, "serving", value_bool(serves), a);
        value_set_lit(&conditions, "terminating", value_bool(is_deleted(pod)), a);
    }
    value_set_lit(&out, "conditions", conditions, a);
    set_text(&out, "hostname", hostname_of(service, pod), a);
    value_set_lit(&out, "targetRef", pod_reference(pod, !is_v1, a), a);
    if (is_v1) {
        set_text(&out, "nodeName", node, a);
    } else if (node.len) {
        Value topology = value_object();
        value_set_lit(&topology, "kubernetes.io/hostname", value_str(node), a);
        value_set_lit(&out, "topology", topology, a);
    }
    return out;
}

Value endpoint_slice(const Value *service, const EndpointPods *pods, bool is_v1, Arena *a)
{
    Value out = value_object();
    Value endpoints = value_array();
    Value ports = value_array();
    for (size_t i = 0; i < pods->count; i++) {
        const Value *pod = pods->items[i];
        bool goes = is_deleted(pod) && !takes_unready(service) && !is_v1;
        if (ip_of(pod).len && !goes && may_serve(pod)) {
            value_add(&endpoints, slice_endpoint(service, pod, is_v1, a), a);
            ports = ports.len ? ports : ports_of(service, pod, true, a);
        }
    }
    value_set_lit(&out, "addressType", value_str(STR("IPv4")), a);
    value_set_lit(&out, "endpoints", endpoints.len ? endpoints : value_null(), a);
    value_set_lit(&out, "ports", ports.len ? ports : value_null(), a);
    return out;
}
