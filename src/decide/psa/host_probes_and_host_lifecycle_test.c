/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in host_probes_and_host_lifecycle.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_host_probes_and_host_lifecycle[] = {
    ALLOWED("no host, an empty host, other actions", 34, NEWEST,
            "{spec: {containers: [{name: a, livenessProbe: {httpGet: {port: 80}}, "
            "readinessProbe: {tcpSocket: {port: 1, host: \"\"}}, startupProbe: {exec: "
            "{command: [x]}}}, {name: b, livenessProbe: {grpc: {port: 1}}, lifecycle: "
            "{preStop: {sleep: {seconds: 1}}}}]}}"),
    { "even the loopback", 34, NEWEST,
      "{spec: {containers: [{name: a, livenessProbe: {httpGet: {port: 80, host: "
      "127.0.0.1}}}]}}",
      "probe or lifecycle host", "container \"a\" uses probe or lifecycle host \"127.0.0.1\"",
      "spec.containers[0].livenessProbe.httpGet.host" },
    { "names and hosts are sets", 34, NEWEST,
      "{spec: {initContainers: [{name: z, startupProbe: {tcpSocket: {host: h2}}}], "
      "containers: [{name: b, readinessProbe: {httpGet: {host: h2}, tcpSocket: {host: "
      "h1}}, lifecycle: {postStart: {httpGet: {host: h1}}, preStop: {tcpSocket: "
      "{host: h1}}}}]}}",
      "probe or lifecycle host",
      "containers \"b\", \"z\" use probe or lifecycle hosts \"h1\", \"h2\"",
      "spec.initContainers[0].startupProbe.tcpSocket.host "
      "spec.containers[0].readinessProbe.httpGet.host "
      "spec.containers[0].readinessProbe.tcpSocket.host "
      "spec.containers[0].lifecycle.postStart.httpGet.host "
      "spec.containers[0].lifecycle.preStop.tcpSocket.host" },
    CASES_END,
};
