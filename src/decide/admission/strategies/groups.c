/* SPDX-License-Identifier: Apache-2.0 */
/* The other groups: networking, storage, coordination, node, certificates, ... */
#include "decide/admission/strategies/strategies.h"

const AdmissionStrategyList admission_strategies_groups = { NULL, 0 };
