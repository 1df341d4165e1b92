/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in privileged.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_privileged[] = {
    ALLOWED("unset and false", 0, NEWEST,
            "{spec: {containers: [{name: a}, {name: b, securityContext: {privileged: "
            "false}}]}}"),
    { "all three kinds, in order", 0, NEWEST,
      "{spec: {ephemeralContainers: [{name: e, securityContext: {privileged: true}}], "
      "containers: [{name: c, securityContext: {privileged: true}}], initContainers: "
      "[{name: i, securityContext: {privileged: true}}]}}",
      "privileged", "containers \"i\", \"c\", \"e\" must not set securityContext.privileged=true",
      "spec.initContainers[0].securityContext.privileged "
      "spec.containers[0].securityContext.privileged "
      "spec.ephemeralContainers[0].securityContext.privileged" },
    { "names are printed as they are", 0, NEWEST,
      "{spec: {containers: [{name: \"a\\\"b\", securityContext: {privileged: "
      "true}}]}}",
      "privileged", "container \"a\"b\" must not set securityContext.privileged=true",
      "spec.containers[0].securityContext.privileged" },
    CASES_END,
};
