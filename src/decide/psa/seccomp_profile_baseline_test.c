/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in seccomp_profile_baseline.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_seccomp_profile_baseline[] = {
    ALLOWED("nothing set", 0, NEWEST, "{spec: {containers: [{name: a}]}}"),
    ALLOWED("good annotations", 0, 18,
            "{metadata: {annotations: {seccomp.security.alpha.kubernetes.io/pod: "
            "runtime/default, container.seccomp.security.alpha.kubernetes.io/a: "
            "docker/default, container.seccomp.security.alpha.kubernetes.io/b: "
            "localhost/x}}, spec: {containers: [{name: a}, {name: b}]}}"),
    ALLOWED("fields are not read before v1.19", 0, 18,
            "{spec: {securityContext: {seccompProfile: {type: Unconfined}}}}"),
    ALLOWED("annotations of containers that are not there", 0, 18,
            "{metadata: {annotations: {container.seccomp.security.alpha.kubernetes.io/z: "
            "unconfined}}, spec: {containers: [{name: a}]}}"),
    { "an empty annotation", 0, 18,
      "{metadata: {annotations: {seccomp.security.alpha.kubernetes.io/pod: \"\"}}}",
      "seccompProfile", "forbidden annotation seccomp.security.alpha.kubernetes.io/pod=\"\"",
      "metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]" },
    { "annotations are a set", 0, 18,
      "{metadata: {annotations: {seccomp.security.alpha.kubernetes.io/pod: "
      "unconfined, container.seccomp.security.alpha.kubernetes.io/a: null}}, spec: "
      "{initContainers: [{name: a}], containers: [{name: a}]}}",
      "seccompProfile",
      "forbidden annotations container.seccomp.security.alpha.kubernetes.io/a=\"\", "
      "seccomp.security.alpha.kubernetes.io/pod=\"unconfined\"",
      "metadata.annotations[seccomp.security.alpha.kubernetes.io/pod] "
      "metadata.annotations[container.seccomp.security.alpha.kubernetes.io/a] "
      "metadata.annotations[container.seccomp.security.alpha.kubernetes.io/a]" },
    ALLOWED("annotations are not read from v1.19 on", 19, NEWEST,
            "{metadata: {annotations: {seccomp.security.alpha.kubernetes.io/pod: "
            "unconfined}}}"),
    ALLOWED("good fields", 19, NEWEST,
            "{spec: {securityContext: {seccompProfile: {type: Localhost, localhostProfile: "
            "x}}, containers: [{name: a, securityContext: {seccompProfile: {type: "
            "RuntimeDefault}}}]}}"),
    { "bad fields", 19, NEWEST,
      "{spec: {securityContext: {seccompProfile: {}}, containers: [{name: a, "
      "securityContext: {seccompProfile: {type: Unconfined}}}, {name: b}]}}",
      "seccompProfile",
      "pod and container \"a\" must not set securityContext.seccompProfile.type to "
      "\"\", \"Unconfined\"",
      "spec.securityContext.seccompProfile.type "
      "spec.containers[0].securityContext.seccompProfile.type" },
    CASES_END,
};
