/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/schema_repeats.h"

#include "doc/json.h"
#include "doc/json_go.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Arena arena;

/* The Pod after merging and decoding, without what is always there; or "! " when it is refused. */
static Str outcome(const char *text)
{
    KubeTarget target = kube_target(KUBE_MINOR_NEWEST);
    const SchemaType *pod = schema_find(STR("v1"), STR("Pod"));
    Value v;
    Value merged;
    Value decoded;
    Err err;
    arena_reset(&arena);
    if (!json_go_read(str_from_c(text), &arena, &v, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    if (!schema_apply_repeats(pod, &v, &target, &arena, &merged, &err) ||
        !schema_decode(pod, &merged, &target, &arena, &decoded, NULL, &err)) {
        return STR("!");
    }
    Buf b = buf_new(&arena);
    json_write(value_get_lit(&decoded, "spec"), &b);
    return buf_str(&b);
}

static void later_keys_go_on_top(void **state)
{
    static const struct {
        const char *pod;
        const char *spec;
    } rows[] = {
        { "{'spec':{'hostPID':true,'hostPID':false}}", "{'containers':null}" },
        { "{'spec':{'hostPID':true,'hostPID':null}}", "{'containers':null,'hostPID':true}" },
        { "{'spec':{'hostUsers':true,'hostUsers':null}}", "{'containers':null}" },
        { "{'spec':{'hostPID':true},'spec':null}", "{'containers':null,'hostPID':true}" },
        { "{'spec':{'hostPID':true},'spec':{'hostIPC':true}}",
          "{'containers':null,'hostPID':true,'hostIPC':true}" },
        { "{'spec':{'securityContext':{'runAsUser':1},'securityContext':null}}",
          "{'containers':null}" },
        { "{'spec':{'securityContext':{'runAsUser':1},'securityContext':{'runAsGroup':2}}}",
          "{'containers':null,'securityContext':{'runAsUser':1,'runAsGroup':2}}" },
        { "{'spec':{'nodeSelector':{'a':'1','b':'2'},'nodeSelector':{'b':'3','c':null}}}",
          "{'containers':null,'nodeSelector':{'a':'1','b':'3','c':''}}" },
        { "{'spec':{'nodeSelector':{'a':'1'},'nodeSelector':null,'nodeSelector':{'b':'2'}}}",
          "{'containers':null,'nodeSelector':{'b':'2'}}" },
        { "{'spec':{'volumes':[{'name':'a','emptyDir':{}},{'name':'b'}],'volumes':[{'name':'c'}]}}",
          "{'volumes':[{'name':'c','emptyDir':{}}],'containers':null}" },
        { "{'spec':{'volumes':[{'name':'a'},{'name':'b'}],'volumes':[{}],'volumes':[null,{}]}}",
          "{'volumes':[{'name':'a'},{'name':'b'}],'containers':null}" },
        { "{'spec':{'volumes':[{'name':'a'}],'volumes':[],'volumes':[{}]}}",
          "{'volumes':[{'name':''}],'containers':null}" },
        { "{'spec':{'hostPID':'x','hostPID':true}}", "!" },
        { "{'spec':{'hostPID':{'a':1,'a':2}}}", "!" },
        { "{'spec':{'containers':[[]],'containers':[]}}", "!" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char pod[512];
        char spec[512];
        char *to[] = { pod, spec };
        const char *from[] = { rows[i].pod, rows[i].spec };
        for (size_t j = 0; j < 2; j++) {
            size_t len = strlen(from[j]);
            assert_true(len < sizeof(pod));
            for (size_t k = 0; k <= len; k++) {
                to[j][k] = from[j][k] == '\'' ? '"' : from[j][k];
            }
        }
        Str got = outcome(pod);
        if (!str_eq(got, str_from_c(spec))) {
            fail_msg("%s\n  is   %.*s\n  want %s", pod, STR_ARG(got), spec);
        }
    }
}

int main(void)
{
    arena_init(&arena, 0);
    const struct CMUnitTest tests[] = { cmocka_unit_test(later_keys_go_on_top) };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_done(&arena);
    return failed;
}
