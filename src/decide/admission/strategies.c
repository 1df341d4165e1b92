/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is special about one resource on its way into the store: the lists of rows, and the search.
 *
 * Source: Kubernetes pkg/registry/<group>/<resource>/strategy.go
 */
#include "decide/admission/strategies/strategies.h"

static bool is_for(const AdmissionStrategy *row, Str group, Str resource, Str subresource)
{
    return str_eq(row->resource, resource) && str_eq(row->subresource, subresource) &&
           str_eq(row->group, group);
}

const AdmissionStrategy *admission_strategy_find(Str group, Str resource, Str subresource)
{
#define LIST(name) &admission_strategies_##name,
    static const AdmissionStrategyList *const lists[] = { ADMISSION_STRATEGY_LISTS(LIST) };
#undef LIST
    static const AdmissionStrategy nothing_special;
    for (size_t l = 0; l < COUNT_OF(lists); l++) {
        for (size_t i = 0; i < lists[l]->count; i++) {
            if (is_for(&lists[l]->rows[i], group, resource, subresource)) {
                return &lists[l]->rows[i];
            }
        }
    }
    return &nothing_special;
}

bool admission_put_creates(Str group, Str resource)
{
    return admission_strategy_find(group, resource, STR(""))->put_creates;
}

Str admission_strategy_group(const AdmissionStrategy *strategy, Str group, const KubeTarget *target)
{
    bool is_over = strategy->invalid_group_until && target->minor >= strategy->invalid_group_until;
    return strategy->invalid_group.ptr && !is_over ? strategy->invalid_group : group;
}

Str admission_message_group(Str group, Str resource, const KubeTarget *target)
{
    const AdmissionStrategy *strategy = admission_strategy_find(group, resource, STR(""));
    return admission_strategy_group(strategy, group, target);
}
