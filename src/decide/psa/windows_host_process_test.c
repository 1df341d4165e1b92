/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in windows_host_process.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_windows_host_process[] = {
    ALLOWED("unset and false", 0, NEWEST,
            "{spec: {securityContext: {windowsOptions: {hostProcess: false}}, containers: "
            "[{name: a, securityContext: {windowsOptions: {}}}]}}"),
    { "pod", 0, NEWEST,
      "{spec: {securityContext: {windowsOptions: {hostProcess: true}}, containers: "
      "[{name: a}]}}",
      "hostProcess", "pod must not set securityContext.windowsOptions.hostProcess=true",
      "spec.securityContext.windowsOptions.hostProcess" },
    { "pod and container, on any system", 0, NEWEST,
      "{spec: {os: {name: linux}, securityContext: {windowsOptions: {hostProcess: "
      "true}}, containers: [{name: a, securityContext: {windowsOptions: {hostProcess: "
      "true}}}]}}",
      "hostProcess",
      "pod and container \"a\" must not set "
      "securityContext.windowsOptions.hostProcess=true",
      "spec.securityContext.windowsOptions.hostProcess "
      "spec.containers[0].securityContext.windowsOptions.hostProcess" },
    CASES_END,
};
