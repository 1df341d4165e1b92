/* SPDX-License-Identifier: Apache-2.0 */
/* How a kubelet registers its node, and the lease that says it lives. */
#include "server/controllers/nodes.h"

#include "server/discovery/parts.h"

#define OS_IMAGE "podgate" /* of ours */

bool nodes_are_there(const ApiServerOptions *o)
{
    return o->nodes > 0 || o->runs_all_nodes;
}

bool nodes_came_along(const Value *node)
{
    Str image = value_as_str(value_at(node, "status", "nodeInfo", "osImage", NULL));
    VALUE_EACH_ITEM(condition, value_at(node, "status", "conditions", NULL)) {
        if (str_eq(value_get_str(condition, STR("type")), STR("Ready"))) {
            return str_eq(value_get_str(condition, STR("status")), STR("True")) &&
                   !str_eq(image, STR(OS_IMAGE));
        }
    }
    return false;
}

bool nodes_runs(Ctl *c, Str name)
{
    const ApiServerOptions *o = apiserver_options(c->server);
    return name.len && (nodes_number(o, name) ||
                        (o->runs_all_nodes &&
                         nodes_came_along(ctl_get(c, STR(""), STR("Node"), STR(""), name))));
}

Str nodes_address_of(Ctl *c, Str name)
{
    int number = nodes_number(apiserver_options(c->server), name);
    const Value *node = ctl_get(c, STR(""), STR("Node"), STR(""), name);
    if (number) {
        return nodes_address(number, c->arena);
    }
    VALUE_EACH_ITEM(address, value_at(node, "status", "addresses", NULL)) {
        if (str_eq(value_get_str(address, STR("type")), STR("InternalIP"))) {
            return value_get_str(address, STR("address"));
        }
    }
    return STR("192.168.99.1"); /* beside ours */
}

int nodes_number(const ApiServerOptions *o, Str name)
{
    int64_t n;
    Str digits = str_cut_prefix(name, STR("node-"));
    bool ours = digits.len && digits.len < name.len && digits.ptr[0] >= '1' &&
                digits.ptr[0] <= '9' && str_to_int64(digits, &n) && n <= o->nodes;
    return ours ? (int)n : 0;
}

Str nodes_name(int number, Arena *a)
{
    return arena_printf(a, "node-%d", number);
}

Str nodes_address(int number, Arena *a)
{
    return arena_printf(a, "192.168.%d.%d", 100 + number / 250, 1 + number % 250);
}

Str nodes_version(const KubeTarget *target, Arena *a)
{
    Value version = discovery_version(target, a);
    return value_get_str(&version, STR("gitVersion"));
}

void nodes_act_as(Ctl *c, Str name)
{
    static const Str groups[] = { STR_INIT("system:nodes"), STR_INIT("system:authenticated") };
    c->host = name;
    c->caller.user.name = arena_concat(c->arena, STR("system:node:"), c->host);
    c->caller.user.groups = (StrList){ groups, COUNT_OF(groups) };
}

/* -- the object
 * --------------------------------------------------------------------------------------- */

static void set(Value *object, const char *key, const char *text, Arena *a)
{
    value_set(object, str_from_c(key), value_str(str_from_c(text)), a);
}

static Value resources(Arena *a)
{
    Value v = value_object();
    set(&v, "cpu", "8", a);
    set(&v, "ephemeral-storage", "102685624Ki", a);
    set(&v, "hugepages-1Gi", "0", a);
    set(&v, "hugepages-2Mi", "0", a);
    set(&v, "memory", "32Gi", a);
    set(&v, "pods", "110", a);
    return v;
}

static Value conditions(Ctl *c)
{
    static const struct {
        const char *type;
        const char *status;
        const char *reason;
        const char *message;
    } rows[] = {
        { "MemoryPressure", "False", "KubeletHasSufficientMemory",
          "kubelet has sufficient memory available" },
        { "DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure" },
        { "PIDPressure", "False", "KubeletHasSufficientPID",
          "kubelet has sufficient PID available" },
        { "Ready", "True", "KubeletReady", "kubelet is posting ready status" },
    };
    Arena *a = c->arena;
    Value list = value_array();
    Value now = value_str(ctl_now_text(c));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value v = value_object();
        set(&v, "type", rows[i].type, a);
        set(&v, "status", rows[i].status, a);
        value_set_lit(&v, "lastHeartbeatTime", now, a);
        value_set_lit(&v, "lastTransitionTime", now, a);
        set(&v, "reason", rows[i].reason, a);
        set(&v, "message", rows[i].message, a);
        value_add(&list, v, a);
    }
    return list;
}

static Value addresses(int number, Arena *a)
{
    Value list = value_array();
    Value internal = value_object();
    Value hostname = value_object();
    set(&internal, "type", "InternalIP", a);
    value_set_lit(&internal, "address", value_str(nodes_address(number, a)), a);
    set(&hostname, "type", "Hostname", a);
    value_set_lit(&hostname, "address", value_str(nodes_name(number, a)), a);
    value_add(&list, internal, a);
    value_add(&list, hostname, a);
    return list;
}

static Value node_info(Ctl *c, int number)
{
    Arena *a = c->arena;
    Value v = value_object();
    Value version = value_str(nodes_version(c->target, a));
    value_set_lit(&v, "machineID", value_str(arena_printf(a, "%032d", number)), a);
    value_set_lit(&v, "systemUUID",
                  value_str(arena_printf(a, "00000000-0000-4000-8000-%012d", number)), a);
    value_set_lit(&v, "bootID", value_str(arena_printf(a, "00000000-0000-4000-9000-%012d", number)),
                  a);
    set(&v, "kernelVersion", "5.10.0", a);
    set(&v, "osImage", OS_IMAGE, a);
    set(&v, "containerRuntimeVersion", "containerd://1.4.3", a);
    value_set_lit(&v, "kubeletVersion", version, a);
    value_set_lit(&v, "kubeProxyVersion", version, a);
    set(&v, "operatingSystem", "linux", a);
    set(&v, "architecture", "amd64", a);
    return v;
}

static Value status(Ctl *c, int number)
{
    enum { KUBELET_PORT = 10250 };
    Arena *a = c->arena;
    Value v = value_object();
    Value port = value_object();
    Value endpoints = value_object();
    value_set_lit(&port, "Port", value_int(KUBELET_PORT), a);
    value_set_lit(&endpoints, "kubeletEndpoint", port, a);
    value_set_lit(&v, "capacity", resources(a), a);
    value_set_lit(&v, "allocatable", resources(a), a);
    value_set_lit(&v, "conditions", conditions(c), a);
    value_set_lit(&v, "addresses", addresses(number, a), a);
    value_set_lit(&v, "daemonEndpoints", endpoints, a);
    value_set_lit(&v, "nodeInfo", node_info(c, number), a);
    return v;
}

static Value object_new(const char *api_version, const char *kind, Value metadata, Arena *a)
{
    Value v = value_object();
    set(&v, "apiVersion", api_version, a);
    set(&v, "kind", kind, a);
    value_set_lit(&v, "metadata", metadata, a);
    return v;
}

static Value node_object(Ctl *c, int number)
{
    Arena *a = c->arena;
    Str name = nodes_name(number, a);
    Value metadata = value_object();
    Value labels = value_object();
    Value annotations = value_object();
    set(&labels, "beta.kubernetes.io/arch", "amd64", a);
    set(&labels, "beta.kubernetes.io/os", "linux", a);
    set(&labels, "kubernetes.io/arch", "amd64", a);
    value_set_lit(&labels, "kubernetes.io/hostname", value_str(name), a);
    set(&labels, "kubernetes.io/os", "linux", a);
    set(&annotations, "volumes.kubernetes.io/controller-managed-attach-detach", "true", a);
    value_set_lit(&metadata, "name", value_str(name), a);
    value_set_lit(&metadata, "labels", labels, a);
    value_set_lit(&metadata, "annotations", annotations, a);
    Value node = object_new("v1", "Node", metadata, a);
    value_set_lit(&node, "spec", value_object(), a);
    value_set_lit(&node, "status", status(c, number), a);
    return node;
}

void nodes_register(Ctl *c, int number)
{
    Arena *a = c->arena;
    CtlObject at = { "v1", "nodes", STR(""), nodes_name(number, a), NULL };
    ApiResponse response;
    if (ctl_get(c, STR(""), STR("Node"), STR(""), at.name) == NULL) {
        Value node = node_object(c, number);
        ctl_create(c, &at, &node, &response);
        return;
    }
    /* heartbeats of the conditions, merged by type */
    Value patch = value_object();
    Value beat = value_object();
    Value list = conditions(c);
    VALUE_EACH_ITEM(condition, &list) {
        value_remove(condition, STR("lastTransitionTime"));
    }
    value_set_lit(&beat, "conditions", list, a);
    value_set_lit(&patch, "status", beat, a);
    at.subresource = "status";
    ctl_patch(c, &at, NULL, &patch, &response);
}

/* -- leases
 * ------------------------------------------------------------------------------------------- */

static Value lease_spec(Ctl *c, Str name)
{
    enum { LEASE_SECONDS = 40 };
    Arena *a = c->arena;
    int32_t micros;
    Str now = ctl_time_text(ctl_now(c, &micros), a);
    Value spec = value_object();
    value_set_lit(&spec, "holderIdentity", value_str(name), a);
    value_set_lit(&spec, "leaseDurationSeconds", value_int(LEASE_SECONDS), a);
    value_set_lit(&spec, "renewTime",
                  value_str(arena_printf(a, "%.*s.%06dZ", (int)(now.len - 1), now.ptr, micros)), a);
    return spec;
}

static Value lease_object(Ctl *c, Str name, const Value *node)
{
    Arena *a = c->arena;
    Value metadata = value_object();
    Value owners = value_array();
    Value owner = value_object();
    set(&owner, "apiVersion", "v1", a);
    set(&owner, "kind", "Node", a);
    value_set_lit(&owner, "name", value_str(name), a);
    value_set_lit(&owner, "uid", value_str(ctl_uid(node)), a);
    value_add(&owners, owner, a);
    value_set_lit(&metadata, "name", value_str(name), a);
    value_set_lit(&metadata, "namespace", value_str(STR("kube-node-lease")), a);
    value_set_lit(&metadata, "ownerReferences", owners, a);
    Value lease = object_new("coordination.k8s.io/v1", "Lease", metadata, a);
    value_set_lit(&lease, "spec", lease_spec(c, name), a);
    return lease;
}

void nodes_renew_lease(Ctl *c, int number)
{
    Arena *a = c->arena;
    Str name = nodes_name(number, a);
    CtlObject at = { "coordination.k8s.io/v1", "leases", STR("kube-node-lease"), name, NULL };
    const Value *node = ctl_get(c, STR(""), STR("Node"), STR(""), name);
    const Value *stored = ctl_get(c, STR("coordination.k8s.io"), STR("Lease"), at.namespace, name);
    ApiResponse response;
    if (node == NULL) {
        return;
    }
    Value lease = stored ? value_copy(stored, a) : lease_object(c, name, node);
    if (stored) {
        value_set_lit(&lease, "spec", lease_spec(c, name), a);
        ctl_update(c, &at, &lease, &response);
    } else {
        ctl_create(c, &at, &lease, &response);
    }
}
