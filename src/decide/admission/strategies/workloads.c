/* SPDX-License-Identifier: Apache-2.0 */
/* What makes and moves pods: apps, batch, autoscaling, disruption budgets. */
#include "decide/admission/strategies/strategies.h"

const AdmissionStrategyList admission_strategies_workloads = { NULL, 0 };
