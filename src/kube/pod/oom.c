/* SPDX-License-Identifier: Apache-2.0 */
/* What the kubelet makes of a pod's class: how likely the kernel kills it, and whether it is
 * evicted at all. */
#include "kube/pod/qos.h"

#include "kube/resources.h"

enum { SYSTEM_PRIORITY_MIN = 2000000000, OOM_RANGE = 1000 };

bool pod_is_critical(const Value *pod)
{
    const Value *annotations = value_at(pod, "metadata", "annotations", NULL);
    Str source = value_get_str(annotations, STR("kubernetes.io/config.source"));
    bool is_mirror = !value_is_null(value_get_lit(annotations, "kubernetes.io/config.mirror"));
    bool is_static = source.len > 0 && !str_eq(source, STR("api"));
    return is_mirror || is_static ||
           value_as_int(value_at(pod, "spec", "priority", NULL)).value >= SYSTEM_PRIORITY_MIN;
}

static int64_t memory_in(ResourceList list)
{
    const Quantity *q = resources_find(list, STR("memory"));
    return q ? quantity_value(q) : 0;
}

static int64_t memory_of(const Value *container, Arena *a)
{
    return memory_in(resources_read(value_at(container, "resources", "requests", NULL), a));
}

/* What the pod requests beyond its containers, shared out among them. */
static int64_t share_of_rest(const Value *spec, const KubeTarget *target, Arena *a)
{
    int64_t whole = memory_in(resources_read(value_at(spec, "resources", "requests", NULL), a));
    int64_t count = (int64_t)(value_len(value_get_lit(spec, "containers")) +
                              value_len(value_get_lit(spec, "initContainers")));
    if (!kube_has(target, FEATURE_POD_LEVEL_RESOURCES) || whole == 0 || count == 0) {
        return 0;
    }
    return (whole - memory_in(resources_of_containers(spec, "requests", a))) / count;
}

static bool is_sidecar(const Value *spec, const Value *container)
{
    VALUE_EACH_ITEM(c, value_get_lit(spec, "initContainers")) {
        if (c == container) {
            return str_eq(value_get_str(c, STR("restartPolicy")), STR("Always"));
        }
    }
    return false;
}

/* The smallest request of a regular container. */
static int64_t smallest_request(const Value *spec, Arena *a)
{
    int64_t smallest = INT64_MAX;
    VALUE_EACH_ITEM(c, value_get_lit(spec, "containers")) {
        int64_t memory = memory_of(c, a);
        smallest = memory < smallest ? memory : smallest;
    }
    return smallest == INT64_MAX ? 0 : smallest;
}

/* Of a container that requests so much. */
static int64_t adjust_for(int64_t request, int64_t node_memory)
{
    return OOM_RANGE - (int64_t)((__int128)OOM_RANGE * request / node_memory);
}

int pod_oom_score_adjust(const Value *pod, const Value *container, int64_t node_memory,
                         const KubeTarget *target, Arena *a)
{
    const Value *spec = value_get_lit(pod, "spec");
    bool is_node_critical = str_eq(value_get_str(spec, STR("priorityClassName")),
                                   STR("system-node-critical"));
    PodQos qos = pod_qos(pod, target);
    if (qos == POD_QOS_GUARANTEED || (is_node_critical && pod_is_critical(pod))) {
        return POD_OOM_GUARANTEED;
    }
    if (qos == POD_QOS_BEST_EFFORT) {
        return POD_OOM_BEST_EFFORT;
    }
    int64_t rest = share_of_rest(spec, target, a);
    int64_t adjust = adjust_for(memory_of(container, a) + rest, node_memory);
    if (is_sidecar(spec, container)) {
        /* no sidecar dies before the containers that it serves */
        int64_t theirs = adjust_for(smallest_request(spec, a) + rest, node_memory);
        adjust = adjust < theirs ? adjust : theirs;
    }
    return adjust < POD_OOM_BURSTABLE_MIN   ? POD_OOM_BURSTABLE_MIN
           : adjust > POD_OOM_BURSTABLE_MAX ? POD_OOM_BURSTABLE_MAX
                                            : (int)adjust;
}
