/* SPDX-License-Identifier: Apache-2.0 */
/* The pods of each kind of workload. */
#include "kube/workload.h"

#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define TEMPLATE                                                                  \
    "\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"},\"name\":\"ignored\"}," \
    "\"spec\":{\"hostNetwork\":true,\"volumes\":[{\"name\":\"data\"},{\"name\":\"tmp\"}]}}"
#define META "\"metadata\":{\"name\":\"web\",\"namespace\":\"ns\"}"
#define SPEC "\"spec\":{\"hostNetwork\":true,\"volumes\":[{\"name\":\"data\"},{\"name\":\"tmp\"}]}"

typedef struct Row {
    const char *object;
    const char *controller;
    int64_t pods;
    const char *pod; /* without apiVersion and kind */
} Row;

static const Row rows[] = {
    { "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\"," META
      ",\"spec\":{\"replicas\":3," TEMPLATE "}}",
      "replicaset-controller", 3,
      "{\"metadata\":{\"namespace\":\"ns\",\"generateName\":\"web-xxxxxxxxxx-\","
      "\"labels\":{\"a\":\"b\",\"pod-template-hash\":\"xxxxxxxxxx\"}}," SPEC "}" },
    { "{\"apiVersion\":\"extensions/v1beta1\",\"kind\":\"ReplicaSet\"," META ",\"spec\":{" TEMPLATE
      "}}",
      "replicaset-controller", 1,
      "{\"metadata\":{\"namespace\":\"ns\",\"generateName\":\"web-\",\"labels\":{\"a\":\"b\"}}"
      "," SPEC "}" },
    { "{\"apiVersion\":\"v1\",\"kind\":\"ReplicationController\"," META
      ",\"spec\":{\"replicas\":0," TEMPLATE "}}",
      "replication-controller", 0,
      "{\"metadata\":{\"namespace\":\"ns\",\"generateName\":\"web-\",\"labels\":{\"a\":\"b\"}}"
      "," SPEC "}" },
    { "{\"apiVersion\":\"apps/v1\",\"kind\":\"StatefulSet\"," META
      ",\"spec\":{\"serviceName\":\"svc\",\"volumeClaimTemplates\":[{\"metadata\":{\"name\":"
      "\"data\"}}]"
      "," TEMPLATE "}}",
      "statefulset-controller", 1,
      "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"web-0\",\"labels\":{\"a\":\"b\","
      "\"statefulset.kubernetes.io/pod-name\":\"web-0\"}},"
      "\"spec\":{\"hostNetwork\":true,\"hostname\":\"web-0\",\"subdomain\":\"svc\",\"volumes\":["
      "{\"name\":\"data\",\"persistentVolumeClaim\":{\"claimName\":\"data-web-0\"}},"
      "{\"name\":\"tmp\"}]}}" },
    { "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\"," META
      ",\"spec\":{\"parallelism\":5,\"completions\":2," TEMPLATE "}}",
      "job-controller", 2,
      "{\"metadata\":{\"namespace\":\"ns\",\"generateName\":\"web-\",\"labels\":{\"a\":\"b\","
      "\"job-name\":\"web\"}}," SPEC "}" },
    { "{\"apiVersion\":\"batch/v1beta1\",\"kind\":\"CronJob\"," META
      ",\"spec\":{\"jobTemplate\":{\"spec\":{" TEMPLATE "}}}}",
      "job-controller", 1,
      "{\"metadata\":{\"namespace\":\"ns\",\"generateName\":\"web-xxxxxxxxxx-\",\"labels\":{\"a\":"
      "\"b\","
      "\"job-name\":\"web-xxxxxxxxxx\"}}," SPEC "}" },
    { "{\"apiVersion\":\"v1\",\"kind\":\"PodTemplate\"," META "," TEMPLATE "}", "", 1,
      "{\"metadata\":{\"namespace\":\"ns\",\"generateName\":\"web-\",\"labels\":{\"a\":\"b\"}}"
      "," SPEC "}" },
    { "{\"apiVersion\":\"v1\",\"kind\":\"Pod\"," META "}", "", 1, "{" META "}" },
};

static void every_kind(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value object;
        Value want;
        Workload w;
        Err err;
        assert_true(json_read(STR("row"), str_from_c(rows[i].object), NULL, &a, &object, &err));
        assert_true(json_read(STR("want"), str_from_c(rows[i].pod), NULL, &a, &want, &err));
        if (!workload_read(&object, &a, &w, &err)) {
            fail_msg("%s: %.*s", rows[i].object, STR_ARG(err.msg));
        }
        assert_string_equal(arena_cstr(&a, w.controller), rows[i].controller);
        assert_int_equal(w.pods, rows[i].pods);
        assert_string_equal(arena_cstr(&a, value_get_str(&w.pod, STR("kind"))), "Pod");
        value_remove(&w.pod, STR("apiVersion"));
        value_remove(&w.pod, STR("kind"));
        if (!value_equal(&w.pod, &want)) {
            Buf b = buf_new(&a);
            json_write(&w.pod, &b);
            fail_msg("%s\ngot  %.*s\nwant %s", rows[i].object, STR_ARG(buf_str(&b)), rows[i].pod);
        }
    }
    arena_done(&a);
}

static void daemons_tolerate(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value object;
    Workload w;
    Err err;
    assert_true(json_read(
        STR("row"),
        STR("{\"apiVersion\":\"apps/v1\",\"kind\":\"DaemonSet\"," META ",\"spec\":{" TEMPLATE "}}"),
        NULL, &a, &object, &err));
    assert_true(workload_read(&object, &a, &w, &err));
    assert_int_equal(w.pods, WORKLOAD_PODS_PER_NODE);
    assert_int_equal(value_len(value_at(&w.pod, "spec", "tolerations", NULL)), 7);
    arena_done(&a);
}

static void not_a_workload(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    static const char *const objects[] = {
        "{\"apiVersion\":\"v1\",\"kind\":\"Service\"," META "}",
        "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\"," META "}",
        "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\"," META ",\"spec\":{\"template\":[]}}",
        "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\"," META
        ",\"spec\":{\"template\":{\"spec\":\"x\"}}}",
    };
    for (size_t i = 0; i < COUNT_OF(objects); i++) {
        Value object;
        Workload w;
        Err err;
        assert_true(json_read(STR("row"), str_from_c(objects[i]), NULL, &a, &object, &err));
        assert_false(workload_read(&object, &a, &w, &err));
        assert_true(err.msg.len > 0);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind),
        cmocka_unit_test(daemons_tolerate),
        cmocka_unit_test(not_a_workload),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
