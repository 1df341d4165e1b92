/* SPDX-License-Identifier: Apache-2.0 */
/* apps/v1: what is wrong with its kinds, and what the API server makes of them. */
#include "kube/workloads/test_workloads.h"

static const TestKind kinds[] = {
    { "deployments", "apps", "apps/v1", "Deployment" },
    { "replicasets", "apps", "apps/v1", "ReplicaSet" },
    { "statefulsets", "apps", "apps/v1", "StatefulSet" },
    { "daemonsets", "apps", "apps/v1", "DaemonSet" },
    { "controllerrevisions", "apps", "apps/v1", "ControllerRevision" },
};

#define GOOD "{'spec':{" TEST_SELECTOR "," TEST_TEMPLATE "}}"
#define SPEC(members) "{'spec':{" members "}}"
#define WITH(members) "{'spec':{" TEST_SELECTOR "," TEST_TEMPLATE "," members "}}"
#define LABELED "map[string]string{\"a\":\"b\"}"
#define NO_MATCH "`selector` does not match template `labels`"
#define EMPTY_SELECTOR                                                       \
    "v1.LabelSelector{MatchLabels:map[string]string(nil), MatchExpressions:" \
    "[]v1.LabelSelectorRequirement(nil)}"
#define OTHER_SELECTOR                                              \
    "v1.LabelSelector{MatchLabels:map[string]string{\"a\":\"c\"}, " \
    "MatchExpressions:[]v1.LabelSelectorRequirement(nil)}"
#define NOT_NEGATIVE "must be greater than or equal to 0"
#define OVER "cannot be greater than status.replicas"
#define STATEFUL_UPDATE                                                               \
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', " \
    "'template', and 'updateStrategy' are forbidden"

static const WorkloadErrorRow error_rows[] = {
    { "a good deployment", "deployments", 0, TEST_OBJECT, GOOD, NULL, "" },
    { "a name", "deployments", 0, TEST_OBJECT,
      "{'metadata':{'name':'A','namespace':'n','finalizers':['x']},'spec':{" TEST_SELECTOR
      "," TEST_TEMPLATE "}}",
      NULL,
      "metadata.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower "
      "case "
      "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
      "(e.g. 'example.com', regex used for validation is "
      "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\n"
      "metadata.finalizers[0]: Invalid value: \"x\": name is neither a standard finalizer name "
      "nor is it fully qualified" },
    { "no selector", "deployments", 0, TEST_OBJECT, SPEC("'replicas':-1," TEST_TEMPLATE), NULL,
      "spec.replicas: Invalid value: -1: " NOT_NEGATIVE "\nspec.selector: Required value\n"
      "spec.template.metadata.labels: Invalid value: " LABELED ": " NO_MATCH },
    { "an empty selector", "deployments", 0, TEST_OBJECT, SPEC("'selector':{}," TEST_TEMPLATE),
      NULL,
      "spec.selector: Invalid value: " EMPTY_SELECTOR
      ": empty selector is invalid for deployment" },
    { "an operator", "deployments", 0, TEST_OBJECT,
      SPEC("'selector':{'matchExpressions':[{'key':'a','operator':'Near'}]}," TEST_TEMPLATE), NULL,
      "spec.selector.matchExpressions[0].operator: Invalid value: \"Near\": not a valid selector "
      "operator\n"
      "spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), "
      "MatchExpressions:[]v1.LabelSelectorRequirement{v1.LabelSelectorRequirement{Key:\"a\", "
      "Operator:\"Near\", Values:[]string(nil)}}}: invalid label selector" },
    { "a strategy", "deployments", 0, TEST_OBJECT,
      WITH("'strategy':{'type':'Blue','rollingUpdate':{}}"), NULL,
      "spec.strategy: Unsupported value: apps.DeploymentStrategy{Type:\"Blue\", "
      "RollingUpdate:(*apps.RollingUpdateDeployment)(0xc000000000)}: supported values: "
      "\"Recreate\", \"RollingUpdate\"" },
    { "a strategy of one kind with the other's", "deployments", 0, TEST_OBJECT,
      WITH("'strategy':{'type':'Recreate','rollingUpdate':{}}"), NULL,
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is "
      "'Recreate'" },
    { "both zero", "deployments", 0, TEST_OBJECT,
      WITH("'strategy':{'rollingUpdate':{'maxSurge':'0%','maxUnavailable':0}}"), NULL,
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:0, "
      "IntVal:0, StrVal:\"\"}: may not be 0 when `maxSurge` is 0" },
    { "shares", "deployments", 0, TEST_OBJECT,
      WITH("'strategy':{'rollingUpdate':{'maxSurge':-1,'maxUnavailable':'101%'}}"), NULL,
      "spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: " NOT_NEGATIVE "\n"
      "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:1, "
      "IntVal:0, StrVal:\"101%\"}: must not be greater than 100%" },
    { "numbers", "deployments", 0, TEST_OBJECT,
      WITH("'minReadySeconds':-2,'revisionHistoryLimit':-3,'progressDeadlineSeconds':-4"), NULL,
      "spec.minReadySeconds: Invalid value: -2: " NOT_NEGATIVE "\n"
      "spec.revisionHistoryLimit: Invalid value: -3: " NOT_NEGATIVE "\n"
      "spec.progressDeadlineSeconds: Invalid value: -4: " NOT_NEGATIVE "\n"
      "spec.progressDeadlineSeconds: Invalid value: -4: must be greater than minReadySeconds" },
    { "a template that ends", "deployments", 0, TEST_OBJECT,
      SPEC(TEST_SELECTOR ",'template':{'metadata':{'labels':{'a':'b'}},'spec':{'restartPolicy':"
                         "'OnFailure','activeDeadlineSeconds':5," TEST_CONTAINERS "}}"),
      NULL,
      "spec.template.spec.restartPolicy: Unsupported value: \"OnFailure\": supported values: "
      "\"Always\"\n"
      "spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is "
      "not Supported" },
    { "a disk for two", "deployments", 0, TEST_OBJECT,
      SPEC(TEST_SELECTOR
           ",'replicas':2,'template':{'metadata':{'labels':{'a':'b'}},'spec':{"
           "'volumes':[{'name':'v','gcePersistentDisk':{'pdName':'d'}}]," TEST_CONTAINERS "}}"),
      NULL,
      "spec.template.spec.volumes[0].gcePersistentDisk.readOnly: Invalid value: false: must be "
      "true for replicated pods > 1; GCE PD can only be mounted on multiple machines if it is "
      "read-only" },
    { "another selector", "deployments", 0, TEST_OBJECT,
      SPEC("'selector':{'matchLabels':{'a':'c'}},'template':{'metadata':{'labels':{'a':'c'}},"
           "'spec':{" TEST_CONTAINERS "}}"),
      GOOD, "spec.selector: Invalid value: " OTHER_SELECTOR ": field is immutable" },
    { "a deployment's status", "deployments", 0, TEST_STATUS,
      "{'spec':{},'status':{'replicas':1,'updatedReplicas':2,'readyReplicas':-1,"
      "'availableReplicas':3}}",
      "{'spec':{" TEST_SELECTOR "," TEST_TEMPLATE "},'status':{'collisionCount':1}}",
      "status.readyReplicas: Invalid value: -1: " NOT_NEGATIVE "\n"
      "status.updatedReplicas: Invalid value: 2: " OVER "\n"
      "status.availableReplicas: Invalid value: 3: " OVER "\n"
      "status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas\n"
      "status.collisionCount: Invalid value: 0: cannot be decremented" },

    { "a replica set is told twice", "replicasets", 0, TEST_OBJECT, WITH("'minReadySeconds':-1"),
      GOOD,
      "spec.minReadySeconds: Invalid value: -1: " NOT_NEGATIVE "\n"
      "spec.minReadySeconds: Invalid value: -1: " NOT_NEGATIVE },
    { "a replica set without containers", "replicasets", 0, TEST_OBJECT,
      SPEC(TEST_SELECTOR ",'template':{'metadata':{'labels':{'a':'b'}}}"), NULL,
      "spec.template.spec.containers: Required value" },
    { "a replica set's status", "replicasets", 0, TEST_STATUS,
      "{'spec':{},'status':{'replicas':1,'fullyLabeledReplicas':2,'observedGeneration':-1}}", GOOD,
      "status.observedGeneration: Invalid value: -1: " NOT_NEGATIVE "\n"
      "status.fullyLabeledReplicas: Invalid value: 2: " OVER },

    { "a stateful set", "statefulsets", 0, TEST_OBJECT, GOOD, NULL, "" },
    { "a stateful set's words", "statefulsets", 0, TEST_OBJECT,
      WITH("'podManagementPolicy':'Fast','updateStrategy':{'type':'Slow'}"), NULL,
      "spec.podManagementPolicy: Invalid value: \"Fast\": must be 'OrderedReady' or 'Parallel'\n"
      "spec.updateStrategy: Invalid value: apps.StatefulSetUpdateStrategy{Type:\"Slow\", "
      "RollingUpdate:(*apps.RollingUpdateStatefulSetStrategy)(nil)}: must be 'RollingUpdate' or "
      "'OnDelete'" },
    { "a partition", "statefulsets", 0, TEST_OBJECT,
      WITH("'updateStrategy':{'type':'RollingUpdate','rollingUpdate':{'partition':-1}}"), NULL,
      "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: " NOT_NEGATIVE },
    { "a partition of no update", "statefulsets", 0, TEST_OBJECT,
      WITH("'updateStrategy':{'type':'OnDelete','rollingUpdate':{'partition':2}}"), NULL,
      "spec.updateStrategy.rollingUpdate: Invalid value: "
      "apps.RollingUpdateStatefulSetStrategy{Partition:2}: only allowed for updateStrategy "
      "'RollingUpdate'" },
    { "an operator of a stateful set", "statefulsets", 0, TEST_OBJECT,
      SPEC("'selector':{'matchExpressions':[{'key':'a','operator':'In','values':[]}]}"
           "," TEST_TEMPLATE),
      NULL,
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` "
      "is 'In' or 'NotIn'\n"
      "spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), "
      "MatchExpressions:[]v1.LabelSelectorRequirement{v1.LabelSelectorRequirement{Key:\"a\", "
      "Operator:\"In\", Values:[]string{}}}}" },
    { "what may change", "statefulsets", 0, TEST_OBJECT,
      "{'spec':{'replicas':5,'updateStrategy':{'type':'OnDelete'}," TEST_SELECTOR
      ",'template':{'metadata':{'labels':{'a':'b'}},'spec':{'hostname':'h'," TEST_CONTAINERS "}}}}",
      GOOD, "" },
    { "what may not change", "statefulsets", 0, TEST_OBJECT, WITH("'serviceName':'s'"), GOOD,
      STATEFUL_UPDATE },
    { "what may not change in 1.28", "statefulsets", 28, TEST_OBJECT, WITH("'serviceName':'s'"),
      GOOD,
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', "
      "'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and "
      "'minReadySeconds' are forbidden" },
    { "fewer than none", "statefulsets", 0, TEST_OBJECT, WITH("'replicas':-1"), GOOD,
      "spec.replicas: Invalid value: -1: " NOT_NEGATIVE
      "\nspec.replicas: Invalid value: -1: " NOT_NEGATIVE },
    { "a stateful set's status", "statefulsets", 0, TEST_STATUS,
      "{'spec':{},'status':{'replicas':0,'currentReplicas':1}}", GOOD,
      "status.currentReplicas: Invalid value: 1: " OVER },

    { "a daemon set that selects nothing", "daemonsets", 0, TEST_OBJECT,
      SPEC("'updateStrategy':{'type':'X'},'template':{'spec':{'restartPolicy':'Never'}}"), NULL,
      "spec.template.metadata.labels: Invalid value: map[string]string(nil): " NO_MATCH "\n"
      "spec.template.spec.containers: Required value\n"
      "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: "
      "\"Always\"\n"
      "spec.updateStrategy: Unsupported value: apps.DaemonSetUpdateStrategy{Type:\"X\", "
      "RollingUpdate:(*apps.RollingUpdateDaemonSet)(nil)}: supported values: \"RollingUpdate\", "
      "\"OnDelete\"" },
    { "a daemon set that selects all", "daemonsets", 0, TEST_OBJECT,
      SPEC("'selector':{}," TEST_TEMPLATE), NULL,
      "spec.selector: Invalid value: " EMPTY_SELECTOR ": empty selector is invalid for daemonset" },
    { "a daemon set that never goes", "daemonsets", 0, TEST_OBJECT,
      WITH("'updateStrategy':{'rollingUpdate':{'maxUnavailable':0}}"), NULL,
      "spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "
      "intstr.IntOrString{Type:0, IntVal:0, StrVal:\"\"}: cannot be 0" },
    { "the same in 1.25", "daemonsets", 25, TEST_OBJECT,
      WITH("'updateStrategy':{'rollingUpdate':{'maxUnavailable':0}}"), NULL,
      "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge "
      "is 0" },
    { "a daemon set's status", "daemonsets", 0, TEST_STATUS,
      "{'spec':{},'status':{'numberReady':-1,'collisionCount':1}}",
      "{'spec':{" TEST_SELECTOR "," TEST_TEMPLATE "},'status':{'collisionCount':2}}",
      "status.numberReady: Invalid value: -1: " NOT_NEGATIVE "\n"
      "status.collisionCount: Invalid value: 1: cannot be decremented" },

    { "a revision without data", "controllerrevisions", 0, TEST_OBJECT, "{'revision':-1}", NULL,
      "data: Required value: data is mandatory\nrevision: Invalid value: -1: " NOT_NEGATIVE },
    { "a revision changed", "controllerrevisions", 0, TEST_OBJECT, "{'data':{},'revision':2}",
      "{'data':{'a':1},'revision':1}",
      "data: Invalid value: runtime.Unknown{TypeMeta:runtime.TypeMeta{APIVersion:\"\", Kind:\"\"}, "
      "Raw:[]uint8{0x7b, 0x7d}, ContentEncoding:\"\", ContentType:\"application/json\"}: field is "
      "immutable" },
};

static void errors(void **state)
{
    (void)state;
    test_workload_errors(kinds, COUNT_OF(kinds), error_rows, COUNT_OF(error_rows));
}

/* -- objects ----------------------------------------------------------------------------------- */

#define STORED_TEMPLATE                                                                         \
    "'template':{'metadata':{'labels':{'a':'b'},'creationTimestamp':null},'spec':{"             \
    "'containers':[{'name':'c','image':'i:1','resources':{},'terminationMessagePath':"          \
    "'/dev/termination-log','terminationMessagePolicy':'File','imagePullPolicy':"               \
    "'IfNotPresent'}],'restartPolicy':'Always','terminationGracePeriodSeconds':30,'dnsPolicy':" \
    "'ClusterFirst','securityContext':{},'schedulerName':'default-scheduler'}}"
#define AT(generation, more)                                                            \
    "{'metadata':{'name':'x','generation':" #generation more "},'spec':{" TEST_SELECTOR \
    "," TEST_TEMPLATE "}}"
#define META(generation, more) \
    "{'name':'x','creationTimestamp':null,'generation':" #generation more "}"
#define DS_GENERATION(n) ",'annotations':{'deprecated.daemonset.template.generation':'" #n "'}"

static const WorkloadObjectRow object_rows[] = {
    { "a deployment", "deployments", 0, TEST_OBJECT, GOOD, NULL, "spec",
      "{" TEST_SELECTOR "," STORED_TEMPLATE ",'replicas':1,'strategy':{'type':'RollingUpdate',"
      "'rollingUpdate':{'maxUnavailable':'25%','maxSurge':'25%'}},'revisionHistoryLimit':10,"
      "'progressDeadlineSeconds':600}" },
    { "a deployment that is recreated", "deployments", 0, TEST_OBJECT,
      WITH("'strategy':{'type':'Recreate'},'replicas':0"), NULL, "spec",
      "{" TEST_SELECTOR "," STORED_TEMPLATE ",'replicas':0,'strategy':{'type':'Recreate'},"
      "'revisionHistoryLimit':10,'progressDeadlineSeconds':600}" },
    { "a first generation", "deployments", 0, TEST_OBJECT, AT(7, ""), NULL, "metadata",
      META(1, "") },
    { "no other generation", "deployments", 0, TEST_OBJECT, AT(7, ",'labels':{'x':'y'}"), AT(7, ""),
      "metadata", META(7, ",'labels':{'x':'y'}") },
    { "annotations count", "deployments", 0, TEST_OBJECT, AT(7, ",'annotations':{'x':'y'}"),
      AT(7, ""), "metadata", META(8, ",'annotations':{'x':'y'}") },
    { "no annotations are no change", "deployments", 0, TEST_OBJECT, AT(7, ",'annotations':{}"),
      AT(7, ""), "metadata", META(7, "") },
    { "a spec counts", "deployments", 0, TEST_OBJECT,
      "{'metadata':{'name':'x','generation':7},'spec':{'paused':true," TEST_SELECTOR
      "," TEST_TEMPLATE "}}",
      AT(7, ""), "metadata", META(8, "") },
    { "a status is kept", "deployments", 0, TEST_OBJECT,
      "{'spec':{" TEST_SELECTOR "," TEST_TEMPLATE "},'status':{'replicas':9}}",
      "{'spec':{" TEST_SELECTOR "," TEST_TEMPLATE "},'status':{'replicas':1}}", "status",
      "{'replicas':1}" },
    { "labels are no part of a status", "deployments", 0, TEST_STATUS,
      AT(7, ",'labels':{'x':'y'},'annotations':{'x':'y'}"), AT(7, ",'labels':{'x':'z'}"),
      "metadata", META(7, ",'labels':{'x':'z'},'annotations':{'x':'y'}") },
    { "a spec is no part of a status", "replicasets", 0, TEST_STATUS,
      "{'spec':{'replicas':9},'status':{'replicas':2}}", GOOD, "spec",
      "{" TEST_SELECTOR "," STORED_TEMPLATE ",'replicas':1}" },
    { "no status at first", "replicasets", 0, TEST_OBJECT,
      "{'spec':{" TEST_SELECTOR "," TEST_TEMPLATE "},'status':{'readyReplicas':9}}", NULL, "status",
      "{'replicas':0}" },
    { "a stateful set", "statefulsets", 0, TEST_OBJECT,
      WITH("'serviceName':'s','volumeClaimTemplates':[{'metadata':{'name':'v'},'spec':{"
           "'resources':{'requests':{'storage':'1Gi'}}}}]"),
      NULL, "spec",
      "{" TEST_SELECTOR "," STORED_TEMPLATE
      ",'replicas':1,'serviceName':'s','podManagementPolicy':'OrderedReady','updateStrategy':{"
      "'type':'RollingUpdate','rollingUpdate':{'partition':0}},'revisionHistoryLimit':10,"
      "'volumeClaimTemplates':[{'kind':'PersistentVolumeClaim','apiVersion':'v1','metadata':{"
      "'name':'v','creationTimestamp':null},'spec':{'resources':{'requests':{'storage':'1Gi'}},"
      "'volumeMode':'Filesystem'},'status':{'phase':'Pending'}}]}" },
    { "a stateful set whose type is said", "statefulsets", 0, TEST_OBJECT,
      WITH("'updateStrategy':{'type':'RollingUpdate'}"), NULL, "spec",
      "{" TEST_SELECTOR "," STORED_TEMPLATE
      ",'replicas':1,'serviceName':'','podManagementPolicy':'OrderedReady','updateStrategy':{"
      "'type':'RollingUpdate'},'revisionHistoryLimit':10}" },
    { "a daemon set", "daemonsets", 0, TEST_OBJECT, GOOD, NULL, "spec",
      "{" TEST_SELECTOR "," STORED_TEMPLATE ",'updateStrategy':{'type':'RollingUpdate',"
      "'rollingUpdate':{'maxUnavailable':1}},'revisionHistoryLimit':10}" },
    { "a daemon set counts its templates", "daemonsets", 0, TEST_OBJECT, AT(7, ""), NULL,
      "metadata", META(1, DS_GENERATION(1)) },
    { "a daemon set may start later", "daemonsets", 0, TEST_OBJECT, AT(7, DS_GENERATION(4)), NULL,
      "metadata", META(1, DS_GENERATION(4)) },
    { "and counts alone", "daemonsets", 0, TEST_OBJECT, AT(7, DS_GENERATION(9)),
      AT(7, DS_GENERATION(4)), "metadata", META(7, DS_GENERATION(4)) },
    { "what changes", "daemonsets", 0, TEST_OBJECT,
      "{'metadata':{'name':'x','generation':7},'spec':{" TEST_SELECTOR
      ",'template':{'metadata':{'labels':{'a':'b'}},'spec':{'hostname':'h'," TEST_CONTAINERS "}}}}",
      AT(7, DS_GENERATION(4)), "metadata", META(8, DS_GENERATION(5)) },
};

static void objects(void **state)
{
    (void)state;
    test_workload_objects(kinds, COUNT_OF(kinds), object_rows, COUNT_OF(object_rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(errors), cmocka_unit_test(objects) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
