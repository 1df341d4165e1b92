/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in se_linux_options.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_se_linux_options[] = {
    ALLOWED("types of containers, any level", 0, NEWEST,
            "{spec: {securityContext: {seLinuxOptions: {type: container_t, level: "
            "\"s0:c1\"}}, containers: [{name: a, securityContext: {seLinuxOptions: {type: "
            "container_init_t}}}, {name: b, securityContext: {seLinuxOptions: {type: "
            "container_kvm_t}}}, {name: c, securityContext: {seLinuxOptions: {type: \"\", "
            "user: \"\", role: null}}}]}}"),
    { "container_engine_t before v1.31", 0, 30,
      "{spec: {securityContext: {seLinuxOptions: {type: container_engine_t}}}}", "seLinuxOptions",
      "pod set forbidden securityContext.seLinuxOptions: type \"container_engine_t\"",
      "spec.securityContext.seLinuxOptions.type" },
    ALLOWED("container_engine_t", 31, NEWEST,
            "{spec: {securityContext: {seLinuxOptions: {type: container_engine_t}}}}"),
    { "user alone", 0, NEWEST,
      "{spec: {containers: [{name: a, securityContext: {seLinuxOptions: {user: "
      "u}}}]}}",
      "seLinuxOptions",
      "container \"a\" set forbidden securityContext.seLinuxOptions: user may not be "
      "set",
      "spec.containers[0].securityContext.seLinuxOptions.user" },
    { "all of it", 0, NEWEST,
      "{spec: {securityContext: {seLinuxOptions: {type: b_t, user: u}}, containers: "
      "[{name: a, securityContext: {seLinuxOptions: {type: a_t}}}, {name: b, "
      "securityContext: {seLinuxOptions: {role: r}}}]}}",
      "seLinuxOptions",
      "pod and containers \"a\", \"b\" set forbidden securityContext.seLinuxOptions: "
      "types \"a_t\", \"b_t\"; user may not be set; role may not be set",
      "spec.securityContext.seLinuxOptions.type "
      "spec.securityContext.seLinuxOptions.user "
      "spec.containers[0].securityContext.seLinuxOptions.type "
      "spec.containers[1].securityContext.seLinuxOptions.role" },
    CASES_END,
};
