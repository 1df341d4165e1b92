/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in host_ports.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_host_ports[] = {
    ALLOWED("unset and zero", 0, NEWEST,
            "{spec: {containers: [{name: a, ports: [{containerPort: 80}, {containerPort: "
            "81, hostPort: 0}]}]}}"),
    { "one", 0, NEWEST,
      "{spec: {containers: [{name: a, ports: [{containerPort: 80}, {containerPort: "
      "81, hostPort: 8080}]}]}}",
      "hostPort", "container \"a\" uses hostPort 8080", "spec.containers[0].ports[1].hostPort" },
    { "negative", 0, NEWEST, "{spec: {containers: [{name: a, ports: [{hostPort: -1}]}]}}",
      "hostPort", "container \"a\" uses hostPort -1", "spec.containers[0].ports[0].hostPort" },
    { "one port in two containers", 0, NEWEST,
      "{spec: {initContainers: [{name: i, ports: [{hostPort: 80}]}], containers: "
      "[{name: a, ports: [{hostPort: 80}]}]}}",
      "hostPort", "containers \"i\", \"a\" use hostPort 80",
      "spec.initContainers[0].ports[0].hostPort spec.containers[0].ports[0].hostPort" },
    { "ports in the order of text", 0, NEWEST,
      "{spec: {containers: [{name: a, ports: [{hostPort: 9}, {hostPort: 1000}]}], "
      "ephemeralContainers: [{name: e, ports: [{hostPort: 80}]}]}}",
      "hostPort", "containers \"a\", \"e\" use hostPorts 1000, 80, 9",
      "spec.containers[0].ports[0].hostPort spec.containers[0].ports[1].hostPort "
      "spec.ephemeralContainers[0].ports[0].hostPort" },
    CASES_END,
};
