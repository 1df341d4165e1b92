/* SPDX-License-Identifier: Apache-2.0 */
/* The quality-of-service class of a pod: sums over its containers. */
#include "kube/pod/qos.h"

#include "kube/pod/containers.h"
#include "kube/quantity.h"

enum { CPU, MEMORY, COUNTED };
static const Str counted_names[COUNTED] = {
    [CPU] = STR_INIT("cpu"), [MEMORY] = STR_INIT("memory")
};

typedef struct Sums {
    bool has[COUNTED];
    Quantity sum[COUNTED];
} Sums;

/* Adds what is above zero. Reports whether every counted resource was. */
static bool add_list(Sums *sums, const Value *list)
{
    bool all = true;
    for (int r = 0; r < COUNTED; r++) {
        Quantity q;
        if (!quantity_parse(value_get_str(list, counted_names[r]), NULL, &q, NULL) ||
            quantity_sign(&q) <= 0) {
            all = false;
        } else if (sums->has[r]) {
            quantity_add(&sums->sum[r], &q);
        } else {
            sums->sum[r] = q;
            sums->has[r] = true;
        }
    }
    return all;
}

Str pod_qos_class(const Value *pod)
{
    static const PodContainerKind kinds[] = { POD_CONTAINERS, POD_INIT_CONTAINERS };
    const Value *spec = value_get_lit(pod, "spec");
    Sums requests = { 0 };
    Sums limits = { 0 };
    bool is_guaranteed = true;
    for (size_t k = 0; k < COUNT_OF(kinds); k++) {
        VALUE_EACH_ITEM(c, value_get(spec, pod_container_members[kinds[k]])) {
            const Value *resources = value_get_lit(c, "resources");
            add_list(&requests, value_get_lit(resources, "requests"));
            is_guaranteed &= add_list(&limits, value_get_lit(resources, "limits"));
        }
    }
    bool has_any = false;
    for (int r = 0; r < COUNTED; r++) {
        has_any |= requests.has[r] || limits.has[r];
        is_guaranteed &= requests.has[r] == limits.has[r] &&
                         (!requests.has[r] || quantity_cmp(&requests.sum[r], &limits.sum[r]) == 0);
    }
    if (!has_any) {
        return STR("BestEffort");
    }
    return is_guaranteed ? STR("Guaranteed") : STR("Burstable");
}
