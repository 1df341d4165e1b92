/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in allow_privilege_escalation.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_allow_privilege_escalation[] = {
    ALLOWED("no containers", 8, NEWEST, "{spec: {}}"),
    ALLOWED("false", 8, NEWEST,
            "{spec: {containers: [{name: a, securityContext: {allowPrivilegeEscalation: "
            "false}}]}}"),
    { "unset, null and true", 8, NEWEST,
      "{spec: {initContainers: [{name: i}], containers: [{name: a, securityContext: "
      "{allowPrivilegeEscalation: null}}, {name: b, securityContext: "
      "{allowPrivilegeEscalation: true}}]}}",
      "allowPrivilegeEscalation != false",
      "containers \"i\", \"a\", \"b\" must set "
      "securityContext.allowPrivilegeEscalation=false",
      "spec.initContainers[0].securityContext.allowPrivilegeEscalation "
      "spec.containers[0].securityContext.allowPrivilegeEscalation "
      "spec.containers[1].securityContext.allowPrivilegeEscalation" },
    { "Windows is no exception before v1.25", 8, 24,
      "{spec: {os: {name: windows}, containers: [{name: a}]}}", "allowPrivilegeEscalation != false",
      "container \"a\" must set securityContext.allowPrivilegeEscalation=false",
      "spec.containers[0].securityContext.allowPrivilegeEscalation" },
    ALLOWED("Windows", 25, NEWEST, "{spec: {os: {name: windows}, containers: [{name: a}]}}"),
    { "Windows in other letters", 25, NEWEST,
      "{spec: {os: {name: Windows}, containers: [{name: a}]}}", "allowPrivilegeEscalation != false",
      "container \"a\" must set securityContext.allowPrivilegeEscalation=false",
      "spec.containers[0].securityContext.allowPrivilegeEscalation" },
    CASES_END,
};
