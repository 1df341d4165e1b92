/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of a simulation share. */
#ifndef PODGATE_ANALYZE_SIMULATE_PRIVATE_H
#define PODGATE_ANALYZE_SIMULATE_PRIVATE_H

#include "analyze/simulate/quota.h"
#include "analyze/simulate/simulate.h"
#include "base/map.h"
#include "doc/value_pack.h"

/* Units whose answers are the same before and after. */
typedef struct Known {
    bool is_used;
    bool allowed;
    uint64_t hash;
    Value key; /* see reduce_to_key() */
} Known;

/* The quotas of a namespace, before and after. */
typedef struct Quotas {
    QuotaBook books[2];
} Quotas;

typedef struct Simulation {
    const SimulateQuestion *question;
    SimulateReport report;
    Arena scratch; /* of one unit */
    Arena *arena;
    Err *err;
    SimulateChange *changes;
    size_t change_cap;
    Known *known; /* by hash */
    size_t known_cap;
    Map quotas; /* namespace to Quotas; NULL: it has none */
} Simulation;

/* -- decide.c: one unit ------------------------------------------------------------------------ */

/* The item of a unit, in scratch; nothing is decided. */
WARN_UNUSED bool simulate_prepare(Simulation *s, const SimulateUnit *unit, AdmitItem *out,
                                  Err *err);
const Facts *simulate_facts(const Simulation *s, bool after);
void simulate_decide(Simulation *s, bool after, bool explain, AdmitItem *item);
/* The same of other facts, and without some plugins. */
void simulate_decide_by(Simulation *s, const Facts *facts, bool after, bool explain,
                        uint64_t without, AdmitItem *item);
/* The pods that a unit has, or asks for; WORKLOAD_PODS_PER_NODE. */
int64_t simulate_pods(const SimulateUnit *unit, const AdmitItem *item);

/* -- restart.c: one unit under quotas ---------------------------------------------------------- */

/* NULL: the namespace has no quota, before or after. */
const Quotas *simulate_quotas(Simulation *s, Str namespace);
/* The decision about the pod that is to start when so many of its workload have. */
void simulate_decide_next(Simulation *s, const Quotas *quotas, bool after, bool explain,
                          int64_t pods, int64_t started, AdmitItem *item);
/* How many of the pods start. */
int64_t simulate_count_starting(Simulation *s, const Quotas *quotas, bool after, int64_t pods,
                                const AdmitItem *prepared);
/* What of the quotas would have to be raised for so many pods to start after the change. */
void simulate_find_raises(Simulation *s, const Quotas *quotas, int64_t pods, int64_t wanted,
                          const AdmitItem *prepared, SimulateChange *out);

#endif
