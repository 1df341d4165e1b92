/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in seccomp_profile_restricted.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_seccomp_profile_restricted[] = {
    ALLOWED("the pod has one", 19, NEWEST,
            "{spec: {securityContext: {seccompProfile: {type: RuntimeDefault}}, containers: "
            "[{name: a}]}}"),
    ALLOWED("every container has one", 19, NEWEST,
            "{spec: {containers: [{name: a, securityContext: {seccompProfile: {type: "
            "Localhost}}}]}}"),
    { "nobody says anything", 19, NEWEST,
      "{spec: {containers: [{name: a}, {name: b, securityContext: {seccompProfile: "
      "null}}]}}",
      "seccompProfile",
      "pod or containers \"a\", \"b\" must set securityContext.seccompProfile.type to "
      "\"RuntimeDefault\" or \"Localhost\"",
      "spec.containers[0].securityContext.seccompProfile.type "
      "spec.containers[1].securityContext.seccompProfile.type" },
    { "a bad value hides the silent ones", 19, NEWEST,
      "{spec: {containers: [{name: a}, {name: b, securityContext: {seccompProfile: "
      "{type: Unconfined}}}]}}",
      "seccompProfile",
      "container \"b\" must not set securityContext.seccompProfile.type to "
      "\"Unconfined\"",
      "spec.containers[1].securityContext.seccompProfile.type "
      "spec.containers[0].securityContext.seccompProfile.type" },
    { "a bad pod, good containers", 19, NEWEST,
      "{spec: {securityContext: {seccompProfile: {type: Unconfined}}, containers: "
      "[{name: a, securityContext: {seccompProfile: {type: RuntimeDefault}}}]}}",
      "seccompProfile", "pod must not set securityContext.seccompProfile.type to \"Unconfined\"",
      "spec.securityContext.seccompProfile.type" },
    { "Windows is no exception before v1.25", 19, 24,
      "{spec: {os: {name: windows}, containers: [{name: a}]}}", "seccompProfile",
      "pod or container \"a\" must set securityContext.seccompProfile.type to "
      "\"RuntimeDefault\" or \"Localhost\"",
      "spec.containers[0].securityContext.seccompProfile.type" },
    ALLOWED("Windows", 25, NEWEST,
            "{spec: {os: {name: windows}, securityContext: {seccompProfile: {type: "
            "Unconfined}}, containers: [{name: a}]}}"),
    CASES_END,
};
