/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in capabilities_baseline.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_capabilities_baseline[] = {
    ALLOWED("the usual ones, and dropping", 0, NEWEST,
            "{spec: {containers: [{name: a, securityContext: {capabilities: {add: "
            "[AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, "
            "NET_BIND_SERVICE, SETFCAP, SETGID, SETPCAP, SETUID, SYS_CHROOT], drop: "
            "[SYS_ADMIN]}}}, {name: b, securityContext: {capabilities: {}}}]}}"),
    { "other spellings are other capabilities", 0, NEWEST,
      "{spec: {containers: [{name: a, securityContext: {capabilities: {add: [chown, "
      "CAP_CHOWN, CHOWN]}}}]}}",
      "non-default capabilities",
      "container \"a\" must not include \"CAP_CHOWN\", \"chown\" in "
      "securityContext.capabilities.add",
      "spec.containers[0].securityContext.capabilities.add[0] "
      "spec.containers[0].securityContext.capabilities.add[1]" },
    { "a set of two containers", 0, NEWEST,
      "{spec: {containers: [{name: b, securityContext: {capabilities: {add: "
      "[SYS_TIME, NET_RAW]}}}, {name: a, securityContext: {capabilities: {add: "
      "[NET_RAW]}}}]}}",
      "non-default capabilities",
      "containers \"b\", \"a\" must not include \"NET_RAW\", \"SYS_TIME\" in "
      "securityContext.capabilities.add",
      "spec.containers[0].securityContext.capabilities.add[0] "
      "spec.containers[0].securityContext.capabilities.add[1] "
      "spec.containers[1].securityContext.capabilities.add[0]" },
    CASES_END,
};
