/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in proc_mount_restricted.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_proc_mount_restricted[] = {
    ALLOWED("Default", 35, NEWEST,
            "{spec: {containers: [{name: b, securityContext: {procMount: Default}}]}}"),
    { "no exception for user namespaces", 35, NEWEST,
      "{spec: {hostUsers: false, containers: [{name: b, securityContext: {procMount: "
      "Unmasked}}]}}",
      "procMount", "container \"b\" must not set securityContext.procMount to \"Unmasked\"",
      "spec.containers[0].securityContext.procMount" },
    CASES_END,
};
