/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of podgate simulate share. */
#ifndef PODGATE_CLI_SIMULATE_H
#define PODGATE_CLI_SIMULATE_H

#include "analyze/simulate/simulate.h"
#include "cli/source.h"

/* The cluster, its pods and workloads reduced to units as they are read: a dump may be larger than
 * memory. */
typedef struct SimulateState {
    Intake *intake;
    SimulateUnits units;
    State state; /* of what decides alone */
} SimulateState;

/* False after a message. */
WARN_UNUSED bool simulate_state_open(const Cli *cli, const SourceArgs *args, SimulateState *out);
void simulate_state_close(SimulateState *s);

/* The report for people. */
void simulate_table_write(const SimulateReport *report, const SimulateUnits *units, bool color,
                          Buf *out);

#endif
