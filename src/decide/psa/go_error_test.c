/* SPDX-License-Identifier: Apache-2.0 */
#include "decide/psa/go_error.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define CANNOT "json: cannot unmarshal "
#define FIELD " into Go struct field "

static void words_of_the_decoder(void **state)
{
    static const struct {
        const char *pod;
        const char *error; /* after "json: cannot unmarshal " */
    } rows[] = {
        { "{\"spec\":{\"hostPID\":\"x\"}}",
          CANNOT "string" FIELD "PodSpec.spec.hostPID of type bool" },
        { "{\"spec\":[]}", CANNOT "array" FIELD "Pod.spec of type v1.PodSpec" },
        { "{\"spec\":{\"containers\":[\"x\"]}}",
          CANNOT "string" FIELD "PodSpec.spec.containers of type v1.Container" },
        { "{\"spec\":{\"containers\":{}}}",
          CANNOT "object" FIELD "PodSpec.spec.containers of type []v1.Container" },
        { "{\"spec\":{\"containers\":[{\"ports\":[{\"hostPort\":2147483648}]}]}}", CANNOT
          "number 2147483648" FIELD "ContainerPort.spec.containers.ports.hostPort of type int32" },
        { "{\"spec\":{\"securityContext\":{\"runAsUser\":1.5}}}", CANNOT
          "number 1.5" FIELD "PodSecurityContext.spec.securityContext.runAsUser of type int64" },
        { "{\"spec\":{\"restartPolicy\":true}}",
          CANNOT "bool" FIELD "PodSpec.spec.restartPolicy of type v1.RestartPolicy" },
        { "{\"spec\":{\"nodeSelector\":{\"a\":1}}}",
          CANNOT "number" FIELD "PodSpec.spec.nodeSelector of type string" },
        { "{\"metadata\":{\"labels\":[]}}",
          CANNOT "array" FIELD "ObjectMeta.metadata.labels of type map[string]string" },
        { "{\"spec\":{\"volumes\":[{\"hostPath\":{\"path\":1}}]}}",
          CANNOT "number" FIELD
                 "HostPathVolumeSource.spec.volumes.VolumeSource.hostPath.path of type string" },
        { "{\"spec\":{\"containers\":[{\"livenessProbe\":{\"httpGet\":{\"port\":true}}}]}}", CANNOT
          "bool" FIELD "HTTPGetAction.spec.containers.livenessProbe.ProbeHandler.httpGet.port "
          "of type int32" },
        /* the first counts, unless a later one ends the decoding */
        { "{\"spec\":{\"hostPID\":1,\"hostIPC\":\"x\"}}",
          CANNOT "number" FIELD "PodSpec.spec.hostPID of type bool" },
        { "{\"spec\":{\"hostPID\":1,\"containers\":[{\"resources\":{\"limits\":{\"cpu\":true}}}]}}",
          "quantities must match the regular expression "
          "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'" },
        { "{\"spec\":{\"hostPID\":null,\"containers\":[null,{\"name\":\"a\"}],\"x\":3}}", "" },
    };
    KubeTarget target = kube_target(KUBE_MINOR_NEWEST);
    Arena a;
    (void)state;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value v;
        Err err;
        assert_true(json_read(STR("pod"), str_from_c(rows[i].pod), NULL, &a, &v, &err));
        Str got = psa_go_error(schema_find(STR("v1"), STR("Pod")), &v, &target, &a);
        if (!str_eq(got, str_from_c(rows[i].error))) {
            fail_msg("%s\n  is   %.*s\n  want %s", rows[i].pod, STR_ARG(got), rows[i].error);
        }
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(words_of_the_decoder) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
