/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in run_as_user.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_run_as_user[] = {
    ALLOWED("unset and other users", 23, NEWEST,
            "{spec: {securityContext: {runAsUser: 1000}, containers: [{name: a}, {name: b, "
            "securityContext: {runAsUser: -1}}]}}"),
    { "pod, though every container overrides it", 23, NEWEST,
      "{spec: {securityContext: {runAsUser: 0}, containers: [{name: a, "
      "securityContext: {runAsUser: 1}}]}}",
      "runAsUser=0", "pod must not set runAsUser=0", "spec.securityContext.runAsUser" },
    { "pod and container", 23, NEWEST,
      "{spec: {securityContext: {runAsUser: 0}, ephemeralContainers: [{name: e, "
      "securityContext: {runAsUser: 0}}]}}",
      "runAsUser=0", "pod and container \"e\" must not set runAsUser=0",
      "spec.securityContext.runAsUser "
      "spec.ephemeralContainers[0].securityContext.runAsUser" },
    { "a user namespace is no exception before v1.35", 23, 34,
      "{spec: {hostUsers: false, securityContext: {runAsUser: 0}}}", "runAsUser=0",
      "pod must not set runAsUser=0", "spec.securityContext.runAsUser" },
    ALLOWED("in a user namespace", 35, NEWEST,
            "{spec: {hostUsers: false, securityContext: {runAsUser: 0}}}"),
    CASES_END,
};
