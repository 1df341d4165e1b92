/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in proc_mount.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_proc_mount[] = {
    ALLOWED("unset and Default", 0, NEWEST,
            "{spec: {containers: [{name: a}, {name: b, securityContext: {procMount: "
            "Default}}]}}"),
    { "one", 0, NEWEST, "{spec: {containers: [{name: b, securityContext: {procMount: Unmasked}}]}}",
      "procMount", "container \"b\" must not set securityContext.procMount to \"Unmasked\"",
      "spec.containers[0].securityContext.procMount" },
    { "values are a set, the empty string is one", 0, NEWEST,
      "{spec: {containers: [{name: b, securityContext: {procMount: Unmasked}}, {name: "
      "c, securityContext: {procMount: \"\"}}, {name: d, securityContext: {procMount: "
      "Unmasked}}]}}",
      "procMount",
      "containers \"b\", \"c\", \"d\" must not set securityContext.procMount to \"\", "
      "\"Unmasked\"",
      "spec.containers[0].securityContext.procMount "
      "spec.containers[1].securityContext.procMount "
      "spec.containers[2].securityContext.procMount" },
    { "hostUsers false counts from v1.35 on only", 0, 34,
      "{spec: {hostUsers: false, containers: [{name: b, securityContext: {procMount: "
      "Unmasked}}]}}",
      "procMount", "container \"b\" must not set securityContext.procMount to \"Unmasked\"",
      "spec.containers[0].securityContext.procMount" },
    ALLOWED("in a user namespace", 35, NEWEST,
            "{spec: {hostUsers: false, containers: [{name: b, securityContext: {procMount: "
            "Unmasked}}]}}"),
    { "hostUsers true is no user namespace", 35, NEWEST,
      "{spec: {hostUsers: true, containers: [{name: b, securityContext: {procMount: "
      "Unmasked}}]}}",
      "procMount", "container \"b\" must not set securityContext.procMount to \"Unmasked\"",
      "spec.containers[0].securityContext.procMount" },
    CASES_END,
};
