/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a cluster, and which pods are one. */
#include "analyze/simulate/intake.h"

#include "analyze/simulate/reduce.h"
#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Value parse(const char *text, Arena *a)
{
    Value v;
    Err err;
    if (!json_read(STR("test"), str_from_c(text), NULL, a, &v, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    return v;
}

static const char *text_of(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    json_write(v, &b);
    return arena_cstr(a, buf_str(&b));
}

/* -- pods as they were sent -------------------------------------------------------------------- */

#define POD(meta, spec) \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{" meta "},\"spec\":{" spec "}}"
#define TOKEN_MOUNT                                                                    \
    "{\"name\":\"kube-api-access-x1\",\"mountPath\":\"/var/run/secrets/kubernetes.io/" \
    "serviceaccount\"}"

#define APPLIED(text) \
    "\"annotations\":{\"kubectl.kubernetes.io/last-applied-configuration\":\"" text "\"}"

static const struct {
    const char *pod; /* the text of metadata and spec */
    const char *owner;
    const char *expected;
} reduced[] = {
    { POD("\"name\":\"p\",\"uid\":\"u\",\"resourceVersion\":\"1\"", "\"nodeName\":\"n\""), "",
      POD("\"name\":\"p\"", "") },
    { POD("\"annotations\":{\"kubernetes.io/psp\":\"a\",\"other.io/x\":\"y\"}", ""), "",
      POD("", "") },
    { POD("\"annotations\":{\"container.apparmor.security.beta.kubernetes.io/c\":\"unconfined\","
          "\"kubectl.kubernetes.io/restartedAt\":\"x\",\"notkubernetes.io/c\":\"x\"}",
          ""),
      "",
      POD("\"annotations\":{\"container.apparmor.security.beta.kubernetes.io/c\":\"unconfined\"}",
          "") },
    { POD("", "\"priority\":5,\"preemptionPolicy\":\"x\",\"priorityClassName\":\"c\","
              "\"ephemeralContainers\":[{}]"),
      "", POD("", "\"priorityClassName\":\"c\"") },
    { POD("", "\"nodeName\":\"n\",\"priority\":1"), "Node", POD("", "\"nodeName\":\"n\"") },
    { POD(APPLIED("{\\\"kind\\\":\\\"Pod\\\",\\\"spec\\\":{\\\"a\\\":1}}"), "\"b\":1"), "",
      POD("", "\"a\":1") },
    { POD(APPLIED("{\\\"kind\\\":\\\"Pod\\\",\\\"spec\\\":{\\\"a\\\":1}}"), "\"b\":1"), "Rollout",
      POD("", "\"b\":1") },
    { POD(APPLIED("{"), "\"b\":1"), "", POD("", "\"b\":1") },
    { POD("", "\"overhead\":{\"cpu\":1}"), "", POD("", "\"overhead\":{\"cpu\":1}") },
    { POD("", "\"overhead\":{\"cpu\":1},\"runtimeClassName\":\"r\""), "",
      POD("", "\"runtimeClassName\":\"r\"") },
    { POD("", "\"affinity\":{}"), "DaemonSet", POD("", "") },
    { POD("", "\"affinity\":{}"), "ReplicaSet", POD("", "\"affinity\":{}") },
    /* the token's volume goes with its mounts */
    { POD("", "\"containers\":[{\"name\":\"c\",\"volumeMounts\":[{\"name\":\"v\"}," TOKEN_MOUNT
              "]},{\"name\":\"d\",\"volumeMounts\":[" TOKEN_MOUNT "]}],"
              "\"volumes\":[{\"name\":\"v\"},{\"name\":\"kube-api-access-x1\",\"projected\":{}}]"),
      "",
      POD("", "\"containers\":[{\"name\":\"c\",\"volumeMounts\":[{\"name\":\"v\"}]},"
              "{\"name\":\"d\"}],\"volumes\":[{\"name\":\"v\"}]") },
    { POD("", "\"containers\":[{\"volumeMounts\":[{\"name\":\"web-token-abcde\",\"mountPath\":"
              "\"/var/run/secrets/kubernetes.io/serviceaccount\"}]}],"
              "\"volumes\":[{\"name\":\"web-token-abcde\",\"secret\":{}}]"),
      "", POD("", "\"containers\":[{}]") },
    /* one that is mounted elsewhere is the pod's own */
    { POD("",
          "\"containers\":[{\"volumeMounts\":[{\"name\":\"my-token-v\",\"mountPath\":\"/x\"}]}],"
          "\"volumes\":[{\"name\":\"my-token-v\",\"secret\":{}}]"),
      "",
      POD("",
          "\"containers\":[{\"volumeMounts\":[{\"name\":\"my-token-v\",\"mountPath\":\"/x\"}]}],"
          "\"volumes\":[{\"name\":\"my-token-v\",\"secret\":{}}]") },
};

static void test_reduced(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(reduced); i++) {
        Arena a;
        arena_init(&a, 0);
        Value pod = parse(reduced[i].pod, &a);
        Value out = reduce_pod(&pod, str_from_c(reduced[i].owner), &a);
        assert_string_equal(text_of(&out, &a), reduced[i].expected);
        arena_done(&a);
    }
}

#define C(rest) "\"containers\":[{\"name\":\"c\"" rest "}]"

/* Pods in which nothing differs that anybody looks at, and pods in which something does. */
static const struct {
    const char *one;
    const char *other;
    bool alike;
} pairs[] = {
    { POD("\"name\":\"a\",\"labels\":{\"x\":\"1\"}", "\"n\":[1,2.5]"),
      POD("\"name\":\"b\"", "\"n\":[1,2.5]"), true },
    { POD("", "\"n\":[1,2.5]"), POD("", "\"n\":[1,2.6]"), false },
    { POD("", "\"hostPID\":true"), POD("", "\"hostPID\":false"), false },
    { POD("\"annotations\":{\"x.io/y\":\"z\"}", ""), POD("", ""), true },
    { POD("\"annotations\":{\"kubernetes.io/y\":\"z\"}", ""), POD("", ""), false },
    { POD("", C(",\"image\":\"a\",\"args\":[\"x\"]")), POD("", C(",\"image\":\"b\"")), true },
    { POD("", C(",\"env\":[{\"name\":\"A\",\"value\":\"1\"}]")),
      POD("", C(",\"env\":[{\"name\":\"B\"}]")), true },
    { POD("", C(",\"env\":[{\"name\":\"A\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"s\"}}}]")),
      POD("", C(",\"env\":[{\"name\":\"A\",\"valueFrom\":{\"secretKeyRef\":{\"name\":\"t\"}}}]")),
      false },
    { POD("", C(",\"securityContext\":{\"runAsUser\":1}")),
      POD("", C(",\"securityContext\":{\"runAsUser\":2}")), false },
    { POD("", C(",\"resources\":{\"limits\":{\"cpu\":1}}")), POD("", C("")), false },
    { POD("", "\"volumes\":[{\"name\":\"v\",\"persistentVolumeClaim\":{\"claimName\":\"a\"}}]"),
      POD("", "\"volumes\":[{\"name\":\"v\",\"persistentVolumeClaim\":{\"claimName\":\"b\"}}]"),
      true },
    { POD("", "\"volumes\":[{\"name\":\"v\",\"hostPath\":{\"path\":\"/a\"}}]"),
      POD("", "\"volumes\":[{\"name\":\"v\",\"hostPath\":{\"path\":\"/b\"}}]"), false },
    { POD("", "\"volumes\":[{\"name\":\"v\",\"secret\":{\"secretName\":\"a\"}}]"),
      POD("", "\"volumes\":[{\"name\":\"v\",\"secret\":{\"secretName\":\"b\"}}]"), false },
};

static void test_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        Arena a;
        arena_init(&a, 0);
        Value one = parse(pairs[i].one, &a);
        Value other = parse(pairs[i].other, &a);
        one = reduce_to_key(&one, &a);
        other = reduce_to_key(&other, &a);
        assert_int_equal(value_equal(&one, &other), pairs[i].alike);
        assert_int_equal(value_hash(&one) == value_hash(&other), pairs[i].alike);
        arena_done(&a);
    }
}

/* -- units ------------------------------------------------------------------------------------- */

#define OWNER(api, kind, name)                                                                 \
    ",\"ownerReferences\":[{\"apiVersion\":\"" api "\",\"kind\":\"" kind "\",\"name\":\"" name \
    "\",\"controller\":true}]"
#define OBJECT(api, kind, name, rest)                                                  \
    "{\"apiVersion\":\"" api "\",\"kind\":\"" kind "\",\"metadata\":{\"name\":\"" name \
    "\",\"namespace\":\"ns\"" rest "}"
#define POD_OF(name, rest, spec) OBJECT("v1", "Pod", name, rest) ",\"spec\":{" spec "}}"
#define TEMPLATE "\"template\":{\"spec\":{\"containers\":[]}}"

/* The objects, and the units that they come to: "[system ]kind/name running (names)". */
static const struct {
    const char *objects[6];
    const char *units;
    size_t kept;
    size_t finished;
} rows[] = {
    { { POD_OF("a", "", ""), POD_OF("b", "", ""), POD_OF("c", "", "\"hostPID\":true") },
      "pod/a 2 a b; pod/c 1 c; ",
      0,
      0 },
    { { POD_OF("a", OWNER("apps/v1", "ReplicaSet", "r"), ""),
        POD_OF("b", OWNER("apps/v1", "ReplicaSet", "r"), ""), POD_OF("c", "", "") },
      "pod/c 1 c; replicaset.apps/r 2 a b; ",
      0,
      0 },
    /* the owner comes before or behind */
    { { POD_OF("a", OWNER("apps/v1", "ReplicaSet", "r"), ""),
        OBJECT("apps/v1", "ReplicaSet", "r",
               OWNER("apps/v1", "Deployment", "d")) ",\"spec\":{" TEMPLATE "}}",
        OBJECT("apps/v1", "Deployment", "d", "") ",\"spec\":{" TEMPLATE "}}",
        POD_OF("b", OWNER("apps/v1", "ReplicaSet", "r"), "\"hostPID\":true") },
      "deployment.apps/d 2 b a; ",
      0,
      0 },
    /* an earlier revision makes nothing, unless nobody is there who would say so */
    { { OBJECT("apps/v1", "ReplicaSet", "r",
               OWNER("apps/v1", "Deployment", "d")) ",\"spec\":{\"replicas\":0," TEMPLATE "}}",
        OBJECT("apps/v1", "ReplicaSet", "s", "") ",\"spec\":{\"replicas\":0," TEMPLATE "}}" },
      "replicaset.apps/s 0; ",
      0,
      0 },
    { { OBJECT("extensions/v1beta1", "Deployment", "d", "") ",\"spec\":{" TEMPLATE "}}",
        POD_OF("a", OWNER("apps/v1", "Deployment", "d"), "") },
      "deployment.apps/d 1 a; ",
      0,
      0 },
    /* what has ended is not started again */
    { { OBJECT("v1", "Pod", "a", "") ",\"status\":{\"phase\":\"Failed\"}}",
        OBJECT("batch/v1", "Job", "j", "") ",\"spec\":{" TEMPLATE
                                           "},\"status\":{\"conditions\":[{\"type\":\"Complete\","
                                           "\"status\":\"True\"}]}}",
        OBJECT("batch/v1", "Job", "k", "") ",\"spec\":{" TEMPLATE "}}" },
      "job.batch/k 0; ",
      0,
      2 },
    { { POD_OF("a", OWNER("argoproj.io/v1", "Rollout", "r"), ""),
        POD_OF("b", OWNER("v1", "Node", "n"), "") },
      "pod/b 1 b; rollout.argoproj.io/r 1 a; ",
      0,
      0 },
    { { POD_OF("a", "", ""), POD_OF("b", "", "\"priorityClassName\":\"system-node-critical\"") },
      "system pod/b 1 b; pod/a 1 a; ",
      0,
      0 },
    /* what decides is kept, secrets only where they are tokens, and one of each unknown kind */
    { { OBJECT("v1", "ConfigMap", "c", "") "}", OBJECT("v1", "Secret", "s", "") "}",
        OBJECT("v1", "Secret", "t", "") ",\"type\":\"kubernetes.io/service-account-token\"}",
        OBJECT("v1", "LimitRange", "l", "") "}", OBJECT("a.io/v1", "A", "x", "") "}",
        OBJECT("a.io/v1", "A", "y", "") "}" },
      "",
      3,
      0 },
};

static void describe(const SimulateUnits *units, Buf *b)
{
    for (size_t i = 0; i < units->count; i++) {
        const SimulateUnit *u = &units->items[i];
        buf_printf(b, "%s%.*s %lld", u->is_system ? "system " : "", STR_ARG(u->text),
                   (long long)u->running);
        for (size_t k = 0; k < u->name_count; k++) {
            buf_printf(b, " %.*s", STR_ARG(u->names[k]));
        }
        buf_lit(b, "; ");
    }
}

/* Objects that stay, and objects that are gone as soon as they were taken in. */
static void test_units(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows) * 2; i++) {
        bool stays = i % 2;
        Arena a;
        Arena one;
        FileObjects objects;
        SimulateUnits units;
        Intake *in = intake_new();
        arena_init(&a, 0);
        arena_init(&one, 0);
        for (size_t k = 0; k < COUNT_OF(rows[0].objects) && rows[i / 2].objects[k]; k++) {
            Value v = parse(rows[i / 2].objects[k], stays ? &a : &one);
            FileObject object = { .object = &v, .path = STR("") };
            intake_put(in, &object, stays);
            if (!stays) {
                arena_reset(&one);
            }
        }
        intake_finish(in, &objects, &units);
        Buf b = buf_new(&a);
        describe(&units, &b);
        assert_string_equal(arena_cstr(&a, buf_str(&b)), rows[i / 2].units);
        assert_int_equal(objects.count, rows[i / 2].kept);
        assert_int_equal(units.finished, rows[i / 2].finished);
        intake_free(in);
        arena_done(&one);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reduced),
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
