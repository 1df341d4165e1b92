/* SPDX-License-Identifier: Apache-2.0 */
/* The quality-of-service class of a pod: sums over its containers. */
#include "kube/pod/qos.h"

#include "kube/pod/containers.h"
#include "kube/quantity.h"

enum { CPU, MEMORY, COUNTED };
static const Str counted_names[COUNTED] = {
    [CPU] = STR_INIT("cpu"), [MEMORY] = STR_INIT("memory")
};

static const Str qos_names[] = {
    [POD_QOS_BEST_EFFORT] = STR_INIT("BestEffort"),
    [POD_QOS_BURSTABLE] = STR_INIT("Burstable"),
    [POD_QOS_GUARANTEED] = STR_INIT("Guaranteed"),
};

Str pod_qos_name(PodQos qos)
{
    return qos_names[qos];
}

typedef struct Sums {
    bool has[COUNTED];
    Quantity sum[COUNTED];
} Sums;

/* Adds what is above zero. Absent when every counted resource was, else the first that was not. */
static Str add_list(Sums *sums, const Value *list)
{
    Str missing = STR_ABSENT;
    for (int r = 0; r < COUNTED; r++) {
        Quantity q;
        if (!quantity_parse(value_get_str(list, counted_names[r]), NULL, &q, NULL) ||
            quantity_sign(&q) <= 0) {
            missing = missing.ptr ? missing : counted_names[r];
        } else if (sums->has[r]) {
            quantity_add(&sums->sum[r], &q);
        } else {
            sums->sum[r] = q;
            sums->has[r] = true;
        }
    }
    return missing;
}

/* What the pod says for all containers together; no limit at all is no limit that is missing. */
static void add_pod(const Value *resources, Sums *requests, Sums *limits, PodQosAnswer *out)
{
    const Value *limit_list = value_get_lit(resources, "limits");
    out->is_pod_level = true;
    add_list(requests, value_get_lit(resources, "requests"));
    Str missing = add_list(limits, limit_list);
    if (missing.ptr && value_len(limit_list) > 0) {
        out->reason = POD_QOS_NO_LIMIT;
        out->resource = missing;
    }
}

static void add_containers(const Value *spec, Sums *requests, Sums *limits, PodQosAnswer *out)
{
    static const PodContainerKind kinds[] = { POD_CONTAINERS, POD_INIT_CONTAINERS };
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        VALUE_EACH_ITEM(c, value_get(spec, pod_container_members[kinds[k]])) {
            const Value *resources = value_get_lit(c, "resources");
            add_list(requests, value_get_lit(resources, "requests"));
            Str missing = add_list(limits, value_get_lit(resources, "limits"));
            if (missing.ptr && out->reason == POD_QOS_ALL_IS_LIMITED) {
                out->reason = POD_QOS_NO_LIMIT;
                out->resource = missing;
                out->container = value_get_str(c, STR("name"));
                out->member = pod_container_members[kinds[k]];
            }
        }
    }
}

void pod_qos_explain(const Value *pod, const KubeTarget *target, PodQosAnswer *out)
{
    const Value *spec = value_get_lit(pod, "spec");
    const Value *own = value_get_lit(spec, "resources");
    Sums requests = { 0 };
    Sums limits = { 0 };
    *out = (PodQosAnswer){ .reason = POD_QOS_ALL_IS_LIMITED };
    if (value_is(own, VALUE_OBJECT) && kube_has(target, FEATURE_POD_LEVEL_RESOURCES)) {
        add_pod(own, &requests, &limits, out);
    } else {
        add_containers(spec, &requests, &limits, out);
    }
    bool has_any = false;
    for (int r = 0; r < COUNTED; r++) {
        has_any |= requests.has[r] || limits.has[r];
        bool equal = requests.has[r] == limits.has[r] &&
                     (!requests.has[r] || quantity_cmp(&requests.sum[r], &limits.sum[r]) == 0);
        if (!equal && out->reason == POD_QOS_ALL_IS_LIMITED) {
            out->reason = POD_QOS_BELOW_LIMIT;
            out->resource = counted_names[r];
        }
    }
    if (!has_any) {
        bool is_pod_level = out->is_pod_level;
        *out = (PodQosAnswer){ .reason = POD_QOS_ASKS_NOTHING, .is_pod_level = is_pod_level };
    } else {
        out->qos = out->reason == POD_QOS_ALL_IS_LIMITED ? POD_QOS_GUARANTEED : POD_QOS_BURSTABLE;
    }
}

PodQos pod_qos(const Value *pod, const KubeTarget *target)
{
    PodQosAnswer answer;
    pod_qos_explain(pod, target, &answer);
    return answer.qos;
}
