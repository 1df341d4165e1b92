/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in run_as_non_root.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_run_as_non_root[] = {
    ALLOWED("the pod says so", 0, NEWEST,
            "{spec: {securityContext: {runAsNonRoot: true}, containers: [{name: a}, {name: "
            "b, securityContext: {runAsNonRoot: true}}]}}"),
    ALLOWED("every container says so", 0, NEWEST,
            "{spec: {containers: [{name: b, securityContext: {runAsNonRoot: true}}]}}"),
    ALLOWED("no containers", 0, NEWEST, "{spec: {}}"),
    { "the pod says false, all containers true", 0, NEWEST,
      "{spec: {securityContext: {runAsNonRoot: false}, containers: [{name: b, "
      "securityContext: {runAsNonRoot: true}}]}}",
      "runAsNonRoot != true", "pod must not set securityContext.runAsNonRoot=false",
      "spec.securityContext.runAsNonRoot" },
    { "nobody says anything", 0, NEWEST,
      "{spec: {containers: [{name: a}, {name: b, securityContext: {runAsNonRoot: "
      "null}}, {name: c, securityContext: {runAsNonRoot: true}}]}}",
      "runAsNonRoot != true",
      "pod or containers \"a\", \"b\" must set securityContext.runAsNonRoot=true",
      "spec.containers[0].securityContext.runAsNonRoot "
      "spec.containers[1].securityContext.runAsNonRoot" },
    { "an explicit false hides the silent ones", 0, NEWEST,
      "{spec: {containers: [{name: a}, {name: b, securityContext: {runAsNonRoot: "
      "false}}]}}",
      "runAsNonRoot != true", "container \"b\" must not set securityContext.runAsNonRoot=false",
      "spec.containers[0].securityContext.runAsNonRoot "
      "spec.containers[1].securityContext.runAsNonRoot" },
    { "a user namespace is no exception before v1.35", 0, 34,
      "{spec: {hostUsers: false, containers: [{name: a}]}}", "runAsNonRoot != true",
      "pod or container \"a\" must set securityContext.runAsNonRoot=true",
      "spec.containers[0].securityContext.runAsNonRoot" },
    ALLOWED("in a user namespace", 35, NEWEST,
            "{spec: {hostUsers: false, securityContext: {runAsNonRoot: false}, containers: "
            "[{name: a}]}}"),
    { "Windows is no exception", 0, NEWEST,
      "{spec: {os: {name: windows}, containers: [{name: a}]}}", "runAsNonRoot != true",
      "pod or container \"a\" must set securityContext.runAsNonRoot=true",
      "spec.containers[0].securityContext.runAsNonRoot" },
    CASES_END,
};
