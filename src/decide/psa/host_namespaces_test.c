/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in host_namespaces.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_host_namespaces[] = {
    ALLOWED("nothing set", 0, NEWEST, "{spec: {containers: [{name: a}]}}"),
    ALLOWED("no spec at all", 0, NEWEST, "{metadata: {name: p}}"),
    ALLOWED("false and null", 0, NEWEST,
            "{spec: {hostNetwork: false, hostPID: null, hostIPC: false}}"),
    { "network", 0, NEWEST, "{spec: {hostNetwork: true}}", "host namespaces", "hostNetwork=true",
      "spec.hostNetwork" },
    { "process ids", 0, NEWEST, "{spec: {hostPID: true}}", "host namespaces", "hostPID=true",
      "spec.hostPID" },
    { "all three, in the order of the rule", 0, NEWEST,
      "{spec: {hostIPC: true, hostPID: true, hostNetwork: true}}", "host namespaces",
      "hostNetwork=true, hostPID=true, hostIPC=true",
      "spec.hostNetwork spec.hostPID spec.hostIPC" },
    CASES_END,
};
