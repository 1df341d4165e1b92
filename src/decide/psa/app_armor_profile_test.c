/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in app_armor_profile.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_app_armor_profile[] = {
    ALLOWED("unset, the runtime's, one of the node's", 0, NEWEST,
            "{spec: {securityContext: {appArmorProfile: {type: RuntimeDefault}}, "
            "containers: [{name: a, securityContext: {appArmorProfile: {type: Localhost, "
            "localhostProfile: x}}}, {name: b}]}}"),
    ALLOWED("annotations with good values, null too", 0, NEWEST,
            "{metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/a: "
            "runtime/default, container.apparmor.security.beta.kubernetes.io/b: localhost/, "
            "container.apparmor.security.beta.kubernetes.io/c: \"\", "
            "container.apparmor.security.beta.kubernetes.io/d: null, x/y: unconfined}}}"),
    { "pod, with an empty profile", 0, NEWEST, "{spec: {securityContext: {appArmorProfile: {}}}}",
      "forbidden AppArmor profile", "pod must not set AppArmor profile type to \"\"",
      "spec.securityContext.appArmorProfile.type" },
    { "pod and containers, one value", 0, NEWEST,
      "{spec: {securityContext: {appArmorProfile: {type: Unconfined}}, containers: "
      "[{name: a, securityContext: {appArmorProfile: {type: Unconfined}}}, {name: b, "
      "securityContext: {appArmorProfile: {type: Unconfined}}}]}}",
      "forbidden AppArmor profile",
      "pod and containers \"a\", \"b\" must not set AppArmor profile type to "
      "\"Unconfined\"",
      "spec.securityContext.appArmorProfile.type "
      "spec.containers[0].securityContext.appArmorProfile.type "
      "spec.containers[1].securityContext.appArmorProfile.type" },
    { "an annotation for no container", 0, NEWEST,
      "{metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/: "
      "unconfined}}}",
      "forbidden AppArmor profile",
      "annotation must not set AppArmor profile type to "
      "\"container.apparmor.security.beta.kubernetes.io/=\"unconfined\"\"",
      "metadata.annotations[container.apparmor.security.beta.kubernetes.io/]" },
    { "types come before annotations, each sorted", 0, NEWEST,
      "{metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/b: "
      "unconfined, container.apparmor.security.beta.kubernetes.io/a: \"x\\ty\"}}, "
      "spec: {containers: [{name: c, securityContext: {appArmorProfile: {type: "
      "z}}}]}}",
      "forbidden AppArmor profiles",
      "container \"c\" and annotations must not set AppArmor profile type to \"z\", "
      "\"container.apparmor.security.beta.kubernetes.io/a=\"x\\ty\"\", "
      "\"container.apparmor.security.beta.kubernetes.io/b=\"unconfined\"\"",
      "spec.containers[0].securityContext.appArmorProfile.type "
      "metadata.annotations[container.apparmor.security.beta.kubernetes.io/b] "
      "metadata.annotations[container.apparmor.security.beta.kubernetes.io/a]" },
    CASES_END,
};
