/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procMount_restricted (restricted, v1.35 on): the rule that baseline had until v1.34, which knows
 * no exception for pods in a user namespace.
 *
 * Fields   spec.{initContainers,containers,ephemeralContainers}[*].securityContext.procMount
 * Allowed  unset, Default
 * Source   Pod Security Standards, baseline, "/proc Mount Type"
 */
#include "decide/psa/check.h"

const PsaCheck psa_check_proc_mount_restricted = {
    .id = STR_INIT("procMount_restricted"),
    .level = PSA_RESTRICTED,
    .title = STR_INIT("/proc masked as usual, in a user namespace too"),
    .versions = { { 35, psa_proc_mount_check } },
    .replaces = &psa_check_proc_mount,
    .replaces_since_minor = 35,
};
