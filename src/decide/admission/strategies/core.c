/* SPDX-License-Identifier: Apache-2.0 */
/* The core group but pods and namespaces: services, secrets, configmaps, nodes, volumes, ... */
#include "decide/admission/strategies/strategies.h"

const AdmissionStrategyList admission_strategies_core = { NULL, 0 };
