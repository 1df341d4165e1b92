/* SPDX-License-Identifier: Apache-2.0 */
/* HorizontalPodAutoscalers: what is wrong with them, and their forms. */
#include "kube/workloads/hpa_convert.h"
#include "kube/workloads/test_workloads.h"

static const TestKind kinds[] = {
    { "horizontalpodautoscalers", "autoscaling", "autoscaling/v2beta2", "HorizontalPodAutoscaler" },
};
static const TestKind v1_kinds[] = {
    { "horizontalpodautoscalers", "autoscaling", "autoscaling/v1", "HorizontalPodAutoscaler" },
};
static const TestKind beta1_kinds[] = {
    { "horizontalpodautoscalers", "autoscaling", "autoscaling/v2beta1", "HorizontalPodAutoscaler" },
};

#define HPA "horizontalpodautoscalers"
#define TARGET "'scaleTargetRef':{'kind':'Deployment','name':'d'}"
#define SPEC(members) "{'spec':{'maxReplicas':3," TARGET "," members "}}"
#define METRIC(members) SPEC("'metrics':[{" members "}]")
#define POSITIVE(value)                                                                      \
    "resource.Quantity{i:resource.int64Amount{value:" value ", scale:0}, "                   \
    "d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:\"" value "\", Format:\"DecimalSI\"}: " \
    "must be positive"
#define SOURCES "\"ContainerResource\", \"External\", \"Object\", \"Pods\", \"Resource\""

static const WorkloadErrorRow error_rows[] = {
    { "a good one", HPA, 0, TEST_OBJECT, SPEC("'minReplicas':1"), NULL, "" },
    { "numbers", HPA, 0, TEST_OBJECT,
      "{'spec':{'minReplicas':0,'maxReplicas':-1,'scaleTargetRef':{'name':'a/b'}}}", NULL,
      "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1\n"
      "spec.maxReplicas: Invalid value: -1: must be greater than 0\n"
      "spec.maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`\n"
      "spec.scaleTargetRef.kind: Required value\n"
      "spec.scaleTargetRef.name: Invalid value: \"a/b\": may not contain '/'\n"
      "spec.metrics: Forbidden: must specify at least one Object or External metric to support "
      "scaling to zero replicas" },
    { "zero again", HPA, 0, TEST_OBJECT, SPEC("'minReplicas':0"), SPEC("'minReplicas':0"),
      "spec.metrics: Forbidden: must specify at least one Object or External metric to support "
      "scaling to zero replicas" },
    { "no type", HPA, 0, TEST_OBJECT, METRIC("'pods':null"), NULL,
      "spec.metrics[0].type: Required value: must specify a metric source type\n"
      "spec.metrics[0].type: Unsupported value: \"\": supported values: " SOURCES "\n"
      "spec.metrics[0].type: Unsupported value: \"\": supported values: " SOURCES },
    { "no source", HPA, 0, TEST_OBJECT, METRIC("'type':'Pods'"), NULL,
      "spec.metrics[0].pods: Required value: must populate information for the given metric "
      "source" },
    { "a source that is off", HPA, 0, TEST_OBJECT,
      METRIC("'type':'ContainerResource','containerResource':{'name':'cpu','container':'c',"
             "'target':{'type':'Utilization','averageUtilization':5}}"),
      NULL,
      "spec.metrics[0].containerResource: Required value: must populate information for the given "
      "metric source (only allowed when HPAContainerMetrics feature is enabled)" },
    { "pods", HPA, 0, TEST_OBJECT,
      METRIC("'type':'Pods','pods':{'metric':{'name':''},'target':{'type':'Much','value':'-1'}}"),
      NULL,
      "spec.metrics[0].pods.metric.name: Required value: must specify a metric name\n"
      "spec.metrics[0].pods.target.type: Invalid value: \"Much\": must be either Utilization, "
      "Value, or AverageValue\n"
      "spec.metrics[0].pods.target.value: Invalid value: " POSITIVE(
          "-1") "\n"
                "spec.metrics[0].pods.target.averageValue: Required value: must specify a positive "
                "target "
                "averageValue" },
    { "two sources", HPA, 0, TEST_OBJECT,
      METRIC("'type':'Resource','resource':{'name':''},'external':{'metric':{'name':'q'},'target':{"
             "'type':'Value','value':'1','averageValue':'1'}}"),
      NULL,
      "spec.metrics[0].external.target.value: Forbidden: may not set both a target value for "
      "metric and a per-pod target\n"
      "spec.metrics[0].external: Forbidden: must populate the given metric source only" },
    { "a resource", HPA, 0, TEST_OBJECT,
      METRIC("'type':'Resource','resource':{'name':'','target':{'type':'Utilization',"
             "'averageUtilization':0,'averageValue':'1'}}"),
      NULL,
      "spec.metrics[0].resource.name: Required value: must specify a resource name\n"
      "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than "
      "0\n"
      "spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw "
      "value "
      "and a target utilization" },
    { "an object", HPA, 0, TEST_OBJECT,
      METRIC("'type':'Object','object':{'metric':{'name':'a/b'}}"), NULL,
      "spec.metrics[0].object.describedObject.kind: Required value\n"
      "spec.metrics[0].object.describedObject.name: Required value\n"
      "spec.metrics[0].object.metric.name: Invalid value: \"a/b\": may not contain '/'\n"
      "spec.metrics[0].object.target.type: Required value: must specify a metric target type\n"
      "spec.metrics[0].object.target.type: Invalid value: \"\": must be either Utilization, Value, "
      "or AverageValue\n"
      "spec.metrics[0].object.target.averageValue: Required value: must set either a target value "
      "or averageValue" },
    { "behavior", HPA, 0, TEST_OBJECT,
      SPEC("'behavior':{'scaleUp':{'stabilizationWindowSeconds':3601,'selectPolicy':'Any',"
           "'policies':[]},'scaleDown':{'stabilizationWindowSeconds':-1,'policies':[{'type':'Few',"
           "'value':0,'periodSeconds':1801}]}}"),
      NULL,
      "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or "
      "equal to 3600\n"
      "spec.behavior.scaleUp.selectPolicy: Unsupported value: \"Any\": supported values: "
      "\"Disabled\", \"Max\", \"Min\"\n"
      "spec.behavior.scaleUp.policies: Required value: must specify at least one Policy\n"
      "spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: -1: must be greater than "
      "or equal to zero\n"
      "spec.behavior.scaleDown.policies[0].type: Unsupported value: \"Few\": supported values: "
      "\"Percent\", \"Pods\"\n"
      "spec.behavior.scaleDown.policies[0].value: Invalid value: 0: must be greater than zero\n"
      "spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 1801: must be less than "
      "or "
      "equal to 1800" },
    { "status", HPA, 0, TEST_STATUS,
      "{'spec':{},'status':{'currentReplicas':-1,'desiredReplicas':-2}}", SPEC("'minReplicas':1"),
      "status.currentReplicas: Invalid value: -1: must be greater than or equal to 0\n"
      "status.desiredReplicasa: Invalid value: -2: must be greater than or equal to 0" },
};

/* v1 is checked as the hub. */
static const WorkloadErrorRow v1_error_rows[] = {
    { "v1", HPA, 0, TEST_OBJECT, SPEC("'targetCPUUtilizationPercentage':-5"), NULL,
      "spec.metrics[0].resource.target.averageUtilization: Invalid value: -5: must be greater than "
      "0" },
};

static void errors(void **state)
{
    (void)state;
    test_workload_errors(kinds, COUNT_OF(kinds), error_rows, COUNT_OF(error_rows));
    test_workload_errors(v1_kinds, COUNT_OF(v1_kinds), v1_error_rows, COUNT_OF(v1_error_rows));
}

/* -- defaults ---------------------------------------------------------------------------------- */

static const WorkloadObjectRow object_rows[] = {
    { "the CPU", HPA, 0, TEST_OBJECT, "{'spec':{'maxReplicas':3," TARGET "}}", NULL, "spec",
      "{'maxReplicas':3," TARGET
      ",'minReplicas':1,'metrics':[{'type':'Resource','resource':{'name':"
      "'cpu','target':{'type':'Utilization','averageUtilization':80}}}]}" },
    { "behavior", HPA, 0, TEST_OBJECT,
      SPEC("'metrics':[{'type':'Resource','resource':{'name':'memory','target':{'type':"
           "'AverageValue','averageValue':'1Gi'}}}],'behavior':{'scaleDown':{'selectPolicy':"
           "'Disabled'}}"),
      NULL, "spec",
      "{'maxReplicas':3," TARGET
      ",'minReplicas':1,'metrics':[{'type':'Resource','resource':{'name':"
      "'memory','target':{'type':'AverageValue','averageValue':'1Gi'}}}],'behavior':{'scaleUp':{"
      "'stabilizationWindowSeconds':0,'selectPolicy':'Max','policies':[{'type':'Pods','value':4,"
      "'periodSeconds':60},{'type':'Percent','value':100,'periodSeconds':60}]},'scaleDown':{"
      "'selectPolicy':'Disabled','policies':[{'type':'Percent','value':100,"
      "'periodSeconds':60}]}}}" },
    { "no status", HPA, 0, TEST_OBJECT,
      "{'spec':{'maxReplicas':3," TARGET "},'status':{'currentReplicas':5,'desiredReplicas':5}}",
      NULL, "status",
      "{'currentReplicas':0,'desiredReplicas':0,'currentMetrics':null,'conditions':null}" },
};

static const WorkloadObjectRow v1_object_rows[] = {
    { "v1", HPA, 0, TEST_OBJECT, "{'spec':{'maxReplicas':3," TARGET "}}", NULL, "spec",
      "{'maxReplicas':3," TARGET ",'minReplicas':1,'targetCPUUtilizationPercentage':80}" },
    { "conditions of old", HPA, 0, TEST_OBJECT,
      "{'metadata':{'name':'x','annotations':{'a':'b'}},'spec':{'maxReplicas':3," TARGET "}}",
      "{'metadata':{'name':'x','annotations':{'autoscaling.alpha.kubernetes.io/conditions':"
      "`[{\\\"type\\\":\\\"AbleToScale\\\",\\\"status\\\":\\\"True\\\"}]`}},"
      "'spec':{'maxReplicas':3," TARGET "}}",
      "metadata",
      "{'name':'x','creationTimestamp':null,'annotations':{'a':'b',"
      "'autoscaling.alpha.kubernetes.io/conditions':"
      "`[{\\\"type\\\":\\\"AbleToScale\\\",\\\"status\\\":\\\"True\\\",\\\"lastTransitionTime\\\":"
      "null}]`}}" },
};

static const WorkloadObjectRow beta1_object_rows[] = {
    { "v2beta1", HPA, 0, TEST_OBJECT, "{'spec':{'maxReplicas':3," TARGET "}}", NULL, "spec",
      "{'maxReplicas':3," TARGET
      ",'minReplicas':1,'metrics':[{'type':'Resource','resource':{'name':"
      "'cpu','targetAverageUtilization':80}}]}" },
};

static void objects(void **state)
{
    (void)state;
    test_workload_objects(kinds, 1, object_rows, COUNT_OF(object_rows));
    test_workload_objects(v1_kinds, 1, v1_object_rows, COUNT_OF(v1_object_rows));
    test_workload_objects(beta1_kinds, 1, beta1_object_rows, COUNT_OF(beta1_object_rows));
}

/* -- from one version to another --------------------------------------------------------------- */

#define ALPHA "autoscaling.alpha.kubernetes.io/"
#define OBJECT(version, annotations, spec, status)                                                 \
    "{'kind':'HorizontalPodAutoscaler','apiVersion':'autoscaling/" version "','metadata':{'name':" \
    "'x'" annotations "},'spec':{" TARGET ",'minReplicas':1,'maxReplicas':3," spec                 \
    "},'status':{" status "}}"
#define NO_STATUS "'currentReplicas':0,'desiredReplicas':0"
#define LISTS NO_STATUS ",'currentMetrics':null,'conditions':null"
#define Q "\\\""

/* Each way. */
static const struct {
    const char *name;
    const char *left_version;
    const char *right_version;
    const char *left;
    const char *right;
} pairs[] = {
    { "the CPU alone", "v1", "v2beta2",
      OBJECT("v1", "", "'targetCPUUtilizationPercentage':50", NO_STATUS),
      OBJECT("v2beta2", "",
             "'metrics':[{'type':'Resource','resource':{'name':'cpu','target':{'type':"
             "'Utilization','averageUtilization':50}}}]",
             LISTS) },
    { "other metrics", "v1", "v2beta2",
      OBJECT("v1",
             ",'annotations':{'" ALPHA "metrics':`[{" Q "type" Q ":" Q "Pods" Q "," Q "pods" Q
             ":{" Q "metricName" Q ":" Q "qps" Q "," Q "targetAverageValue" Q ":" Q "1k" Q "}}]`}",
             "'targetCPUUtilizationPercentage':50", NO_STATUS),
      OBJECT("v2beta2", "",
             "'metrics':[{'type':'Pods','pods':{'metric':{'name':'qps'},'target':{'type':"
             "'AverageValue','averageValue':'1k'}}},{'type':'Resource','resource':{'name':'cpu',"
             "'target':{'type':'Utilization','averageUtilization':50}}}]",
             LISTS) },
    { "behavior", "v1", "v2beta2",
      OBJECT("v1",
             ",'annotations':{'" ALPHA "behavior':`{" Q "ScaleUp" Q ":null," Q "ScaleDown" Q ":{" Q
             "StabilizationWindowSeconds" Q ":null," Q "SelectPolicy" Q ":" Q "Min" Q "," Q
             "Policies" Q ":[{" Q "Type" Q ":" Q "Pods" Q "," Q "Value" Q ":1," Q "PeriodSeconds" Q
             ":9}]}}`}",
             "'targetCPUUtilizationPercentage':50", NO_STATUS),
      OBJECT("v2beta2", "",
             "'metrics':[{'type':'Resource','resource':{'name':'cpu','target':{'type':"
             "'Utilization','averageUtilization':50}}}],'behavior':{'scaleDown':{'selectPolicy':"
             "'Min','policies':[{'type':'Pods','value':1,'periodSeconds':9}]}}",
             LISTS) },
    { "status", "v1", "v2beta2",
      OBJECT(
          "v1",
          ",'annotations':{'" ALPHA "current-metrics':`[{" Q "type" Q ":" Q "Resource" Q "," Q
          "resource" Q ":{" Q "name" Q ":" Q "cpu" Q "," Q "currentAverageUtilization" Q ":7," Q
          "currentAverageValue" Q ":" Q "70m" Q "}}]`,'" ALPHA "conditions':`[{" Q "type" Q ":" Q
          "AbleToScale" Q "," Q "status" Q ":" Q "True" Q "," Q "lastTransitionTime" Q ":null}]`}",
          "'targetCPUUtilizationPercentage':50", NO_STATUS ",'currentCPUUtilizationPercentage':7"),
      OBJECT("v2beta2", "",
             "'metrics':[{'type':'Resource','resource':{'name':'cpu','target':{'type':"
             "'Utilization','averageUtilization':50}}}]",
             NO_STATUS
             ",'currentMetrics':[{'type':'Resource','resource':{'name':'cpu','current':{"
             "'averageUtilization':7,'averageValue':'70m'}}}],'conditions':[{'type':'AbleToScale',"
             "'status':'True','lastTransitionTime':null}]") },
    { "the beta", "v2beta1", "v2beta2",
      OBJECT("v2beta1", "",
             "'metrics':[{'type':'Object','object':{'target':{'kind':'Service','name':'s'},"
             "'metricName':'q','targetValue':'5','selector':{'matchLabels':{'a':'b'}}}},{'type':"
             "'External','external':{'metricName':'e','targetAverageValue':'3'}}]",
             LISTS),
      OBJECT("v2beta2", "",
             "'metrics':[{'type':'Object','object':{'describedObject':{'kind':'Service','name':"
             "'s'},'metric':{'name':'q','selector':{'matchLabels':{'a':'b'}}},'target':{'type':"
             "'Value','value':'5'}}},{'type':'External','external':{'metric':{'name':'e'},"
             "'target':{"
             "'type':'AverageValue','averageValue':'3'}}}]",
             LISTS) },
};

static void drop_zero_times(Value *object)
{
    value_remove(value_get_lit(object, "metadata"), STR("creationTimestamp"));
}

static void versions(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget t = kube_target(20);
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        Value left = test_json(pairs[i].left, &a);
        Value right = test_json(pairs[i].right, &a);
        Value got;
        Err err = { 0 };
        if (!hpa_convert(&left, str_from_c(pairs[i].right_version), &t, &a, &got, &err)) {
            fail_msg("%s: %.*s", pairs[i].name, STR_ARG(err.msg));
        }
        drop_zero_times(&got);
        test_same_json(pairs[i].name, &got, pairs[i].right, &a);
        if (!hpa_convert(&right, str_from_c(pairs[i].left_version), &t, &a, &got, &err)) {
            fail_msg("%s back: %.*s", pairs[i].name, STR_ARG(err.msg));
        }
        drop_zero_times(&got);
        test_same_json(pairs[i].name, &got, pairs[i].left, &a);
        arena_reset(&a);
    }
    arena_done(&a);
}

/* An annotation that is no JSON is an error, not a loss. */
static void broken_annotation(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget t = kube_target(20);
    Value in = test_json(OBJECT("v1", ",'annotations':{'" ALPHA "metrics':'[{'}", "'x':1", ""), &a);
    Value out;
    Err err = { 0 };
    assert_false(hpa_convert(&in, STR("v2beta2"), &t, &a, &out, &err));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors),
        cmocka_unit_test(objects),
        cmocka_unit_test(versions),
        cmocka_unit_test(broken_annotation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
