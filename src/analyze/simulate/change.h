/* SPDX-License-Identifier: Apache-2.0 */
/* A change laid over a cluster. */
#ifndef PODGATE_ANALYZE_SIMULATE_CHANGE_H
#define PODGATE_ANALYZE_SIMULATE_CHANGE_H

#include "analyze/simulate/simulate.h"

/* A snapshot over base, of which the caller owns one reference. Labels and annotations of a
 * namespace, the secrets of an account and the usage of a quota that the change does not speak of
 * stay as they are. */
WARN_UNUSED bool change_lay(const Snapshot *base, const SimulateQuestion *question, Arena *a,
                            AnalyzeNotes *notes, const Snapshot **out, Err *err);

#endif
