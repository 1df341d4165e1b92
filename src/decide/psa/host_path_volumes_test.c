/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in host_path_volumes.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_host_path_volumes[] = {
    ALLOWED("other volumes", 0, NEWEST, "{spec: {volumes: [{name: a, emptyDir: {}}, {name: b}]}}"),
    ALLOWED("null is unset", 0, NEWEST, "{spec: {volumes: [{name: a, hostPath: null}]}}"),
    { "empty is set", 0, NEWEST, "{spec: {volumes: [{name: a, hostPath: {}}]}}", "hostPath volumes",
      "volume \"a\"", "spec.volumes[0].hostPath" },
    { "beside another source, and twice one name", 0, NEWEST,
      "{spec: {volumes: [{name: b, hostPath: {path: /x}, emptyDir: {}}, {name: c}, "
      "{name: b, hostPath: {path: /y}}]}}",
      "hostPath volumes", "volumes \"b\", \"b\"",
      "spec.volumes[0].hostPath spec.volumes[2].hostPath" },
    CASES_END,
};
