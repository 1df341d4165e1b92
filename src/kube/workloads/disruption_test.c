/* SPDX-License-Identifier: Apache-2.0 */
/* Disruption budgets, and the evictions that they forbid. */
#include "kube/workloads/eviction.h"
#include "kube/workloads/test_workloads.h"

static const TestKind kinds[] = {
    { "poddisruptionbudgets", "policy", "policy/v1beta1", "PodDisruptionBudget" },
};

#define PDB "poddisruptionbudgets"
#define SPEC(members) "{'spec':{" members "}}"
#define AT(generation, spec) \
    "{'metadata':{'name':'x','generation':" #generation "},'spec':{" spec "}}"

static const WorkloadErrorRow error_rows[] = {
    { "nothing", PDB, 0, TEST_OBJECT, "{'spec':{}}", NULL, "" },
    { "any name", PDB, 0, TEST_OBJECT, "{'metadata':{'name':'A_'},'spec':{'minAvailable':1}}", NULL,
      "" },
    { "both", PDB, 0, TEST_OBJECT, SPEC("'minAvailable':1,'maxUnavailable':1"), NULL,
      "spec: Invalid value: policy.PodDisruptionBudgetSpec{MinAvailable:"
      "(*intstr.IntOrString)(0xc000000000), Selector:(*v1.LabelSelector)(nil), MaxUnavailable:"
      "(*intstr.IntOrString)(0xc000000000)}: minAvailable and maxUnavailable cannot be both set" },
    { "a number", PDB, 0, TEST_OBJECT, SPEC("'minAvailable':-1"), NULL,
      "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0" },
    { "a share", PDB, 0, TEST_OBJECT, SPEC("'maxUnavailable':'half'"), NULL,
      "spec.maxUnavailable: Invalid value: intstr.IntOrString{Type:1, IntVal:0, "
      "StrVal:\"half\"}: a "
      "valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or "
      "'93%', regex used for validation is '[0-9]+%')" },
    { "a large share", PDB, 0, TEST_OBJECT, SPEC("'maxUnavailable':'200%'"), NULL,
      "spec.maxUnavailable: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:\"200%\"}: "
      "must not be greater than 100%" },
    { "a selector", PDB, 0, TEST_OBJECT,
      SPEC("'selector':{'matchExpressions':[{'key':'a','operator':'X'}]}"), AT(1, ""),
      "spec.selector.matchExpressions[0].operator: Invalid value: \"X\": not a valid selector "
      "operator" },
};

static const WorkloadObjectRow object_rows[] = {
    { "the first", PDB, 0, TEST_OBJECT, AT(5, "'minAvailable':1"), NULL, "metadata",
      "{'name':'x','creationTimestamp':null,'generation':1}" },
    { "the next", PDB, 0, TEST_OBJECT, AT(5, "'minAvailable':2"), AT(5, "'minAvailable':1"),
      "metadata", "{'name':'x','creationTimestamp':null,'generation':6}" },
    { "a status", PDB, 0, TEST_OBJECT, "{'spec':{},'status':{'expectedPods':3}}", NULL, "status",
      "{'disruptionsAllowed':0,'currentHealthy':0,'desiredHealthy':0,'expectedPods':0}" },
};

static void budgets(void **state)
{
    (void)state;
    test_workload_errors(kinds, 1, error_rows, COUNT_OF(error_rows));
    test_workload_objects(kinds, 1, object_rows, COUNT_OF(object_rows));
}

/* -- evictions --------------------------------------------------------------------------------- */

#define POD "{'metadata':{'name':'p','labels':{'a':'b'}},'status':{'phase':'Running'}}"
#define BUDGET(name, status)                                                             \
    "{'metadata':{'name':'" name "','generation':2},'spec':{'selector':{'matchLabels':{" \
    "'a':'b'}}},"                                                                        \
    "'status':{" status "}}"
#define CURRENT "'observedGeneration':2,"
#define WOULD_VIOLATE "Cannot evict pod as it would violate the pod's disruption budget."

static const struct {
    const char *name;
    const char *pod;
    const char *budgets;
    int code;         /* 0: may be evicted */
    const char *text; /* the message, or the cause; of those that may: the budget */
    int minor;        /* 0 for 20 */
    int retry;
} evictions[] = {
    { "no budget", POD, "[]", 0, "" },
    { "another's budget", POD, "[{'spec':{'selector':{'matchLabels':{'a':'c'}}}}]", 0, "" },
    { "everybody's budget", POD, "[{'spec':{'selector':{}}},{'spec':{}}]", 0, "" },
    { "a budget with room", POD, "[" BUDGET("x", CURRENT "'disruptionsAllowed':1") "]", 0, "x" },
    { "not running yet",
      "{'metadata':{'name':'p','labels':{'a':'b'}},'status':{'phase':'Pending'}}",
      "[" BUDGET("x", CURRENT "'disruptionsAllowed':0") "]", 0, "" },
    { "no labels", "{'metadata':{'name':'p'},'status':{'phase':'Running'}}",
      "[" BUDGET("x", CURRENT "'disruptionsAllowed':0") "]", 0, "" },
    { "a budget without room", POD,
      "[" BUDGET("x", CURRENT "'disruptionsAllowed':0,'desiredHealthy':3,'currentHealthy':2") "]",
      429, "The disruption budget x needs 3 healthy pods and has 2 currently" },
    { "a budget not looked at yet", POD, "[" BUDGET("x", "'disruptionsAllowed':9") "]", 429,
      "The disruption budget x is still being processed by the server." },
    { "to be asked again, since 1.21", POD, "[" BUDGET("x", "'disruptionsAllowed':9") "]", 429,
      "The disruption budget x is still being processed by the server.", 21, 10 },
    { "everybody's budget, since 1.21", POD,
      "[{'spec':{}},{'metadata':{'name':'x'},'spec':{"
      "'selector':{}},'status':{'disruptionsAllowed':1}}]",
      0, "x", 21 },
    { "not ready, and enough are", POD,
      "[" BUDGET("x", CURRENT "'disruptionsAllowed':0,'desiredHealthy':2,'currentHealthy':2") "]",
      0, "" },
    { "ready",
      "{'metadata':{'name':'p','labels':{'a':'b'}},'status':{'phase':'Running','conditions':[{"
      "'type':'Ready','status':'True'}]}}",
      "[" BUDGET("x", CURRENT "'disruptionsAllowed':0,'desiredHealthy':2,'currentHealthy':2") "]",
      429, "The disruption budget x needs 2 healthy pods and has 2 currently" },
    { "not ready, and always allowed", POD,
      "[{'metadata':{'name':'x'},'spec':{'unhealthyPodEvictionPolicy':'AlwaysAllow','selector':{"
      "'matchLabels':{'a':'b'}}},'status':{'disruptionsAllowed':0}}]",
      0, "", 27 },
    { "two budgets", POD, "[" BUDGET("x", "") "," BUDGET("y", "") "]", 500,
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not "
      "support." },
    { "less than none", POD, "[" BUDGET("x", CURRENT "'disruptionsAllowed':-1") "]", 403,
      "poddisruptionbudget.policy \"x\" is forbidden: pdb disruptions allowed is negative" },
};

static void evict(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(evictions); i++) {
        KubeTarget t = kube_target(evictions[i].minor ? evictions[i].minor : 20);
        Value pod = test_json(evictions[i].pod, &a);
        Value list = test_json(evictions[i].budgets, &a);
        const Value *budget;
        Status status = { 0 };
        bool may = eviction_decide(&pod, &list, &t, &a, &budget, &status);
        Str text = status.cause.len ? status.cause : status.message;
        assert_int_equal(may, evictions[i].code == 0);
        assert_int_equal(status.code, evictions[i].code);
        assert_int_equal(status.retry_after_seconds, evictions[i].retry);
        if (may) {
            text = value_as_str(value_at(budget, "metadata", "name", NULL));
        } else if (status.cause.len) {
            test_same_text(evictions[i].name, status.message, WOULD_VIOLATE);
        }
        test_same_text(evictions[i].name, text, evictions[i].text);
        arena_reset(&a);
    }
    arena_done(&a);
}

static void counted(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value budget = test_json("{'status':{'disruptionsAllowed':2}}", &a);
    Value after = eviction_count(&budget, STR("p"), STR("2020-01-01T00:00:00Z"), &a);
    test_same_json("counted", &after,
                   "{'status':{'disruptionsAllowed':1,'disruptedPods':{'p':"
                   "'2020-01-01T00:00:00Z'}}}",
                   &a);
    Value eviction = test_json("{'metadata':{'name':'q'}}", &a);
    Status status = { 0 };
    assert_true(eviction_check_name(&eviction, STR("q"), &a, &status));
    assert_false(eviction_check_name(&eviction, STR("p"), &a, &status));
    test_same_text("name", status.message, "name in URL does not match name in Eviction object");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(budgets),
        cmocka_unit_test(evict),
        cmocka_unit_test(counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
