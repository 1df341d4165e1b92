/* SPDX-License-Identifier: Apache-2.0 */
/* The strategies, as listed in strategies.def. */
#include "decide/psp/attempt.h"
#include "decide/psp/strategies.def"

#define DECLARE(name) extern const PspStrategy psp_strategy_##name;
PSP_POD_STRATEGIES(DECLARE)
PSP_CONTAINER_STRATEGIES(DECLARE)

#define ROW(name) &psp_strategy_##name,
static const PspStrategy *const pod_rows[] = { PSP_POD_STRATEGIES(ROW) };
static const PspStrategy *const container_rows[] = { PSP_CONTAINER_STRATEGIES(ROW) };

const PspStrategyList psp_pod_strategies = { pod_rows, COUNT_OF(pod_rows) };
const PspStrategyList psp_container_strategies = { container_rows, COUNT_OF(container_rows) };

/* A bit each. */
_Static_assert(COUNT_OF(pod_rows) <= 32 && COUNT_OF(container_rows) <= 32, "masks of strategies");

static uint32_t find(const PspStrategyList *list, const PspPolicy *policy)
{
    uint32_t found = 0;
    for (size_t i = 0; i < list->count; i++) {
        const PspStrategy *s = list->items[i];
        found |= (uint32_t)(!s->matters_to || s->matters_to(policy)) << i;
    }
    return found;
}

void psp_policy_find_strategies(PspPolicy *policy)
{
    policy->pod_strategies = find(&psp_pod_strategies, policy);
    policy->container_strategies = find(&psp_container_strategies, policy);
}
