/* SPDX-License-Identifier: Apache-2.0 */
/* hostNetwork, hostPID, hostIPC: refused one by one, in this order. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "all refused",
        .policy = "",
        .pod = "'hostIPC':true,'hostPID':true,'hostNetwork':true",
        .errors = "spec.securityContext.hostNetwork: Invalid value: true: Host "
                  "network is not allowed to be used spec.securityContext.hostPID: "
                  "Invalid value: true: Host PID is not allowed to be used "
                  "spec.securityContext.hostIPC: Invalid value: true: Host IPC is "
                  "not allowed to be used",
    },
    {
        .name = "all allowed",
        .policy = "'hostIPC':true,'hostPID':true,'hostNetwork':true",
        .pod = "'hostIPC':true,'hostPID':true,'hostNetwork':true",
        .errors = "",
    },
    {
        .name = "one allowed is not the other",
        .policy = "'hostPID':true",
        .pod = "'hostIPC':true",
        .errors = "spec.securityContext.hostIPC: Invalid value: true: Host IPC is "
                  "not allowed to be used",
    },
    {
        .name = "false is not asked for",
        .policy = "",
        .pod = "'hostIPC':false,'hostPID':false,'hostNetwork':null",
        .errors = "",
    },
};

PSP_TEST_MAIN(rows)
