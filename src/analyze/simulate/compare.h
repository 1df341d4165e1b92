/* SPDX-License-Identifier: Apache-2.0 */
/* Two decisions about one pod, and what is different. */
#ifndef PODGATE_ANALYZE_SIMULATE_COMPARE_H
#define PODGATE_ANALYZE_SIMULATE_COMPARE_H

#include "analyze/simulate/simulate.h"

/* Is there anything to tell? Allocates nothing. */
SimulateVerdict compare_verdict(const AdmitItem *before, const AdmitItem *after);

/* What there is to tell, in a. Both were decided with every policy's say (explain); after_facts:
 * the cluster after the change. The verdict and sides of out, but not its unit and pods. */
void compare_explain(const AdmitItem *before, const AdmitItem *after, const Facts *after_facts,
                     Arena *a, SimulateChange *out);

#endif
