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
