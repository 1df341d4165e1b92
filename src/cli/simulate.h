/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of podgate simulate share. */
#ifndef PODGATE_CLI_SIMULATE_H
#define PODGATE_CLI_SIMULATE_H

#include "analyze/simulate/simulate.h"
#include "cli/output.h"
#include "cli/plugins.h"
#include "cli/pod_security.h"
#include "cli/source.h"
#include "cli/user.h"

typedef struct SimulateArgs {
    StrList with;
    StrList without;
    StrList scope;
    StrList replay;
    Str namespace;
    UserArgs user;
    PodSecurityArgs pod_security;
    PluginArgs plugins;
    OutputArgs output;
    SourceArgs source;
} SimulateArgs;

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

/* What the options say of the change and of who asks; with: the objects of --with. */
typedef struct SimulateCall {
    UserInfo user;
    PsaConfig pod_security;
    AdmitQuestion how;
    ObjectKey *without;
} SimulateCall;

/* Fills in the namespaces of with. False after a message. */
WARN_UNUSED bool simulate_read_call(const Cli *cli, const SimulateArgs *args,
                                    const KubeTarget *target, FileObjects *with, SimulateCall *out);

/* --replay: recorded requests, decided again. */
CliStatus simulate_replay(Cli *cli, const SimulateArgs *args, FileObjects *with);

#endif
