/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of WorkloadRules, by resource. */
#include "kube/workloads/workloads.h"

const WorkloadRules *workload_rules_find(Str group, Str resource)
{
#define ROW(name) &workload_rules_##name,
    static const WorkloadRules *const rows[] = { WORKLOAD_RULES_LIST(ROW) };
#undef ROW
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(rows[i]->resource, resource) && str_eq(rows[i]->group, group)) {
            return rows[i];
        }
    }
    return NULL;
}
