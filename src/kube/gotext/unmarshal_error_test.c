/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/gotext/unmarshal_error.h"

#include "doc/json_go.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define UNMARSHAL "json: cannot unmarshal "

static const struct {
    const char *api_version;
    const char *kind;
    const char *json;  /* with ' for " */
    const char *error; /* NULL: none */
} rows[] = {
    { "v1", "ConfigMap", "{'metadata':{'name':'m','labels':null},'data':{'a':'b'}}", NULL },
    { "v1", "ConfigMap", "{'unknown':5,'metadata':{'Name':5}}", NULL },
    { "v1", "ConfigMap", "{'metadata':{'name':5}}",
      UNMARSHAL "number into Go struct field ObjectMeta.metadata.name of type string" },
    { "v1", "ConfigMap", "{'metadata':5}",
      UNMARSHAL "number into Go struct field ConfigMap.metadata of type v1.ObjectMeta" },
    { "v1", "ConfigMap", "{'data':{'a':1}}",
      UNMARSHAL "number into Go struct field ConfigMap.data of type string" },
    { "v1", "ConfigMap", "{'data':['a']}",
      UNMARSHAL "array into Go struct field ConfigMap.data of type map[string]string" },
    { "v1", "ConfigMap", "{'metadata':{'annotations':{'a':true}}}",
      UNMARSHAL "bool into Go struct field ObjectMeta.metadata.annotations of type string" },
    { "v1", "ConfigMap", "{'immutable':'true'}",
      UNMARSHAL "string into Go struct field ConfigMap.immutable of type bool" },
    /* the first of several */
    { "v1", "ConfigMap", "{'immutable':1,'metadata':{'name':5}}",
      UNMARSHAL "number into Go struct field ConfigMap.immutable of type bool" },
    /* what reads itself ends it, and goes before what was found on the way */
    { "v1", "ConfigMap", "{'immutable':1,'metadata':{'creationTimestamp':5}}",
      UNMARSHAL "number into Go struct field ObjectMeta.metadata.creationTimestamp of type "
                "string" },
    { "v1", "ConfigMap", "{'metadata':{'creationTimestamp':'x'}}",
      "parsing time \"x\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"x\" as \"2006\"" },
    { "v1", "Secret", "{'data':{'a':1}}",
      UNMARSHAL "number into Go struct field Secret.data of type []uint8" },
    { "v1", "Secret", "{'data':{'a':'b?'}}", "illegal base64 data at input byte 1" },
    { "apps/v1", "Deployment", "{'spec':{'replicas':'3'}}",
      UNMARSHAL "string into Go struct field DeploymentSpec.spec.replicas of type int32" },
    { "apps/v1", "Deployment", "{'spec':{'replicas':1.5}}",
      UNMARSHAL "number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32" },
    { "apps/v1", "Deployment", "{'spec':{'replicas':3000000000}}",
      UNMARSHAL "number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type "
                "int32" },
    { "apps/v1", "Deployment",
      "{'spec':{'template':{'spec':{'containers':[{'env':[{'name':'a','value':1}]}]}}}}",
      UNMARSHAL "number into Go struct field EnvVar.spec.template.spec.containers.env.value of "
                "type string" },
    { "v1", "Pod", "{'spec':{'containers':{'name':'c'}}}",
      UNMARSHAL "object into Go struct field PodSpec.spec.containers of type []v1.Container" },
    { "v1", "Pod", "{'spec':{'containers':['c']}}",
      UNMARSHAL "string into Go struct field PodSpec.spec.containers of type v1.Container" },
    { "v1", "Pod", "{'spec':{'restartPolicy':5}}",
      UNMARSHAL "number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy" },
    { "v1", "Pod", "{'spec':{'containers':[{'resources':{'limits':{'cpu':'x'}}}]}}",
      "quantities must match the regular expression "
      "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'" },
    { "v1", "Service", "{'spec':{'ports':[{'targetPort':true}]}}",
      UNMARSHAL "bool into Go struct field ServicePort.spec.ports.targetPort of type int32" },
};

static void test_rows(void **state)
{
    (void)state;
    KubeTarget target = kube_target(30);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        Value document;
        Err err;
        arena_init(&a, 0);
        Buf b = buf_new(&a);
        for (const char *c = rows[i].json; *c; c++) {
            char byte = *c == '\'' ? '"' : *c;
            buf_byte(&b, byte);
        }
        assert_true(json_go_read(buf_str(&b), &a, &document, &err));
        const SchemaType *type = schema_find(str_from_c(rows[i].api_version),
                                             str_from_c(rows[i].kind));
        Str got = unmarshal_error_text(type, &document, &target, &a);
        Str wanted = rows[i].error ? str_from_c(rows[i].error) : STR_ABSENT;
        if (!str_eq(got, wanted)) {
            fail_msg("%s\n  got    %.*s\n  wanted %.*s", rows[i].json, STR_ARG(got),
                     STR_ARG(wanted));
        }
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
