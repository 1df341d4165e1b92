/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of AdmissionStrategy, a file for each family of resources. A file exports one list,
 * which is a row in strategies.c.
 */
#ifndef PODGATE_DECIDE_ADMISSION_STRATEGIES_H
#define PODGATE_DECIDE_ADMISSION_STRATEGIES_H

#include "decide/admission/run.h"

typedef struct AdmissionStrategyList {
    const AdmissionStrategy *rows;
    size_t count;
} AdmissionStrategyList;

#define ADMISSION_STRATEGY_LISTS(X) \
    X(pods)                         \
    X(namespaces)                   \
    X(core)                         \
    X(definitions)                  \
    X(services)                     \
    X(workloads)                    \
    X(psp)                          \
    X(rbac)                         \
    X(priority_class)               \
    X(groups)                       \
    X(certificates)                 \
    X(registration)                 \
    X(traffic)                      \
    X(networking)                   \
    X(storage)

#define ADMISSION_STRATEGY_DECLARE(name) \
    extern const AdmissionStrategyList admission_strategies_##name;
ADMISSION_STRATEGY_LISTS(ADMISSION_STRATEGY_DECLARE)

#endif
