/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in capabilities_restricted.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_capabilities_restricted[] = {
    ALLOWED("all dropped, one added back", 22, NEWEST,
            "{spec: {containers: [{name: a, securityContext: {capabilities: {drop: [CHOWN, "
            "ALL], add: [NET_BIND_SERVICE]}}}]}}"),
    { "nothing said, other spellings of ALL", 22, NEWEST,
      "{spec: {containers: [{name: a}, {name: b, securityContext: {capabilities: "
      "{drop: [all, CAP_ALL]}}}]}}",
      "unrestricted capabilities",
      "containers \"a\", \"b\" must set securityContext.capabilities.drop=[\"ALL\"]",
      "spec.containers[0].securityContext.capabilities.drop "
      "spec.containers[1].securityContext.capabilities.drop" },
    { "one adds", 22, NEWEST,
      "{spec: {containers: [{name: a, securityContext: {capabilities: {drop: [ALL], "
      "add: [CHOWN, NET_BIND_SERVICE]}}}]}}",
      "unrestricted capabilities",
      "container \"a\" must not include \"CHOWN\" in securityContext.capabilities.add",
      "spec.containers[0].securityContext.capabilities.add[0]" },
    { "both faults", 22, NEWEST,
      "{spec: {containers: [{name: a, securityContext: {capabilities: {add: "
      "[SYS_TIME, CHOWN]}}}, {name: b}]}}",
      "unrestricted capabilities",
      "containers \"a\", \"b\" must set securityContext.capabilities.drop=[\"ALL\"]; "
      "container \"a\" must not include \"CHOWN\", \"SYS_TIME\" in "
      "securityContext.capabilities.add",
      "spec.containers[0].securityContext.capabilities.drop "
      "spec.containers[0].securityContext.capabilities.add[0] "
      "spec.containers[0].securityContext.capabilities.add[1] "
      "spec.containers[1].securityContext.capabilities.drop" },
    { "Windows is no exception before v1.25", 22, 24,
      "{spec: {os: {name: windows}, containers: [{name: a}]}}", "unrestricted capabilities",
      "container \"a\" must set securityContext.capabilities.drop=[\"ALL\"]",
      "spec.containers[0].securityContext.capabilities.drop" },
    ALLOWED("Windows", 25, NEWEST,
            "{spec: {os: {name: windows}, containers: [{name: a, securityContext: "
            "{capabilities: {add: [SYS_ADMIN]}}}]}}"),
    CASES_END,
};
