/* SPDX-License-Identifier: Apache-2.0 */
/* Scales of objects, and objects of Scales. */
#include "kube/workloads/scale.h"

#include "kube/pod/test_pod.h"

#define METADATA                                                                                  \
    "'metadata':{'name':'d','namespace':'n','uid':'u','resourceVersion':'7','creationTimestamp':" \
    "'2020-01-01T00:00:00Z'"
#define SCALE(spec, status)                                                     \
    "{'kind':'Scale','apiVersion':'autoscaling/v1'," METADATA "},'spec':{" spec \
    "},'status':{" status "}}"

static const struct {
    const char *name;
    const char *resource;
    const char *object;
    const char *want; /* or the message when it fails */
    bool fails;
} reads[] = {
    { "a deployment", "deployments",
      "{" METADATA ",'labels':{'x':'y'}},'spec':{'replicas':3,'selector':{'matchLabels':{'b':'c',"
      "'a':'b'},'matchExpressions':[{'key':'z','operator':'NotIn','values':['q','p']}]}},'status':{"
      "'replicas':2}}",
      SCALE("'replicas':3", "'replicas':2,'selector':'a=b,b=c,z notin (p,q)'"), false },
    { "none", "replicasets",
      "{" METADATA "},'spec':{'replicas':0,'selector':{'matchLabels':{'a':'b'}}}}",
      SCALE("", "'replicas':0,'selector':'a=b'"), false },
    { "plain labels", "replicationcontrollers",
      "{" METADATA "},'spec':{'replicas':1,'selector':{'b':'c','a':'b'}}}",
      SCALE("'replicas':1", "'replicas':0,'selector':'a=b,b=c'"), false },
    { "a bad selector", "statefulsets",
      "{" METADATA "},'spec':{'selector':{'matchExpressions':[{'key':'a','operator':'X'}]}}}",
      "\"X\" is not a valid pod selector operator", true },
};

static void read_scales(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(reads); i++) {
        Value object = test_json(reads[i].object, &a);
        Value scale;
        Err err = { 0 };
        bool is_read = scale_from_object(&object, str_from_c(reads[i].resource), &a, &scale, &err);
        assert_int_equal(is_read, !reads[i].fails);
        if (is_read) {
            test_same_json(reads[i].name, &scale, reads[i].want, &a);
        } else {
            test_same_text(reads[i].name, err.msg, reads[i].want);
        }
        arena_reset(&a);
    }
    arena_done(&a);
}

static const struct {
    const char *name;
    const char *scale;
    int code;         /* 0 when it is taken */
    const char *want; /* the object, or the message */
} writes[] = {
    { "taken", "{" METADATA "},'spec':{'replicas':5}}", 0,
      "{" METADATA ",'labels':{'x':'y'}},'spec':{'replicas':5}}" },
    { "another version",
      "{'metadata':{'name':'d','namespace':'n','resourceVersion':'9'},'spec':{}}", 0,
      "{'metadata':{'name':'d','namespace':'n','uid':'u','resourceVersion':'9','creationTimestamp':"
      "'2020-01-01T00:00:00Z','labels':{'x':'y'}},'spec':{'replicas':0}}" },
    { "no version", "{'metadata':{'name':'d','namespace':'n'},'spec':{'replicas':1}}", 0,
      "{'metadata':{'name':'d','namespace':'n','uid':'u','creationTimestamp':"
      "'2020-01-01T00:00:00Z','labels':{'x':'y'}},'spec':{'replicas':1}}" },
    { "fewer than none", "{'metadata':{'name':'d'},'spec':{'replicas':-1}}", 422,
      "Scale.autoscaling \"d\" is invalid: [metadata.namespace: Required value, spec.replicas: "
      "Invalid value: -1: must be greater than or equal to 0]" },
    { "another uid", "{'metadata':{'name':'d','namespace':'n','uid':'v'},'spec':{}}", 409,
      "Operation cannot be fulfilled on deployments/scale.apps \"d\": Precondition failed: UID in "
      "precondition: v, UID in object meta: u" },
};

static void write_scales(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(writes); i++) {
        Value object = test_json("{" METADATA ",'labels':{'x':'y'}},'spec':{'replicas':2}}", &a);
        Value scale = test_json(writes[i].scale, &a);
        Value out;
        Status status = { 0 };
        bool is_taken = scale_to_object(&scale, &object, STR("apps"), STR("deployments"), &a, &out,
                                        &status);
        assert_int_equal(is_taken, writes[i].code == 0);
        assert_int_equal(status.code, writes[i].code);
        if (is_taken) {
            test_same_json(writes[i].name, &out, writes[i].want, &a);
        } else {
            test_same_text(writes[i].name, status.message, writes[i].want);
        }
        arena_reset(&a);
    }
    arena_done(&a);
}

static void nothing_there(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    test_same_text("deployment",
                   scale_not_found(&a, STR("apps"), STR("deployments"), STR("d"), true).message,
                   "deployments/scale.apps \"d\" not found");
    test_same_text("stateful set, read",
                   scale_not_found(&a, STR("apps"), STR("statefulsets"), STR("d"), true).message,
                   "statefulsets.apps \"d\" not found");
    test_same_text("stateful set, written",
                   scale_not_found(&a, STR("apps"), STR("statefulsets"), STR("d"), false).message,
                   "statefulsets/scale.apps \"d\" not found");
    test_same_text(
        "controller",
        scale_not_found(&a, STR(""), STR("replicationcontrollers"), STR("d"), true).message,
        "replicationcontrollers/scale.autoscaling \"d\" not found");
    assert_true(scale_is_for(STR(""), STR("replicationcontrollers")));
    assert_false(scale_is_for(STR("apps"), STR("daemonsets")));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_scales),
        cmocka_unit_test(write_scales),
        cmocka_unit_test(nothing_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
