/* SPDX-License-Identifier: Apache-2.0 */
/* The plugins that decide pods: a row for each rule. */
#include "decide/admission/test_chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define POD(more_spec) \
    "{'metadata':{'name':'p'},'spec':{" more_spec "'containers':[{'name':'c','image':'i'}]}}"
#define PLAIN POD("")

static void namespaces(void **state)
{
    (void)state;
    static const ChainRow rows[] = {
        { .name = "another namespace",
          .object = "{'metadata':{'name':'p','namespace':'m'},'spec':{'containers':[{'name':'c',"
                    "'image':'i'}]}}",
          .message = "the namespace of the provided object does not match the namespace sent on "
                     "the request" },
        { .name = "the namespace is filled in",
          .object = PLAIN,
          .want = { { "/metadata/namespace", "'n'" } } },
    };
    chain_check(rows, COUNT_OF(rows));
}

static void tolerations(void **state)
{
    (void)state;
#define NOT_READY                                                                     \
    "{'key':'node.kubernetes.io/not-ready','operator':'Exists','effect':'NoExecute'," \
    "'tolerationSeconds':300}"
#define UNREACHABLE                                                                     \
    "{'key':'node.kubernetes.io/unreachable','operator':'Exists','effect':'NoExecute'," \
    "'tolerationSeconds':300}"
    static const ChainRow rows[] = {
        { .name = "both",
          .object = PLAIN,
          .want = { { "/spec/tolerations", "[" NOT_READY "," UNREACHABLE "]" } } },
        { .name = "tolerates everything",
          .object = POD("'tolerations':[{'operator':'Exists'}],"),
          .want = { { "/spec/tolerations", "[{'operator':'Exists'}]" } } },
        { .name = "one of the two, without an effect",
          .object = POD("'tolerations':[{'key':'node.kubernetes.io/unreachable','operator':"
                        "'Exists'}],"),
          .want = { { "/spec/tolerations/1", NOT_READY }, { "/spec/tolerations/2", NULL } } },
        { .name = "another effect does not count",
          .object = POD("'tolerations':[{'key':'node.kubernetes.io/not-ready','operator':'Exists',"
                        "'effect':'NoSchedule'}],"),
          .want = { { "/spec/tolerations/1", NOT_READY },
                    { "/spec/tolerations/2", UNREACHABLE } } },
        { .name = "the plugin is off",
          .object = PLAIN,
          .off = ADMISSION_PLUGIN_BIT(ADMISSION_DEFAULT_TOLERATION_SECONDS),
          .want = { { "/spec/tolerations", NULL } } },
    };
    chain_check(rows, COUNT_OF(rows));
}

#define CLASS(name, rest)                                                                   \
    "{'apiVersion':'scheduling.k8s.io/v1','kind':'PriorityClass','metadata':{'name':'" name \
    "'}," rest "}"

static void priorities(void **state)
{
    (void)state;
#define CLASSES \
    "[" CLASS("high", "'value':1000") "," CLASS("meek", "'value':-5,'preemptionPolicy':'Never'") "]"
#define DEFAULTS                                                 \
    "[" CLASS("b", "'value':20,'globalDefault':true") "," CLASS( \
        "a", "'value':30,'globalDefault':true") "]"
    static const ChainRow rows[] = {
        { .name = "the system's classes outside of its namespace, as they once were",
          .object = POD("'priorityClassName':'system-node-critical',"),
          .minor = 16,
          .message = "pods \"p\" is forbidden: pods with system-node-critical priorityClass is not "
                     "permitted in n namespace" },
        { .name = "later they only have to exist",
          .object = POD("'priorityClassName':'system-node-critical',"),
          .minor = 17,
          .message = "pods \"p\" is forbidden: no PriorityClass with name system-node-critical was "
                     "found" },
        { .name = "no class",
          .object = PLAIN,
          .want = { { "/spec/priority", "0" },
                    { "/spec/preemptionPolicy", "'PreemptLowerPriority'" },
                    { "/spec/priorityClassName", NULL } } },
        { .name = "a class",
          .state = CLASSES,
          .object = POD("'priorityClassName':'high',"),
          .want = { { "/spec/priority", "1000" },
                    { "/spec/preemptionPolicy", "'PreemptLowerPriority'" } } },
        { .name = "a class that preempts nobody",
          .state = CLASSES,
          .object = POD("'priorityClassName':'meek',"),
          .want = { { "/spec/priority", "-5" }, { "/spec/preemptionPolicy", "'Never'" } } },
        { .name = "the lowest of the global defaults",
          .state = DEFAULTS,
          .object = PLAIN,
          .want = { { "/spec/priority", "20" }, { "/spec/priorityClassName", "'b'" } } },
        { .name = "no such class",
          .object = POD("'priorityClassName':'none',"),
          .message = "pods \"p\" is forbidden: no PriorityClass with name none was found" },
        { .name = "its own number",
          .state = CLASSES,
          .object = POD("'priorityClassName':'high','priority':1,"),
          .message = "pods \"p\" is forbidden: the integer value of priority (1) must not be "
                     "provided in pod spec; priority admission controller computed 1000 from the "
                     "given PriorityClass name" },
        { .name = "the right number",
          .state = CLASSES,
          .object = POD("'priorityClassName':'high','priority':1000,"),
          .want = { { "/spec/priority", "1000" } } },
        { .name = "its own preemption policy",
          .object = POD("'preemptionPolicy':'Never',"),
          .message = "pods \"p\" is forbidden: the string value of PreemptionPolicy (Never) must "
                     "not be provided in pod spec; priority admission controller computed "
                     "PreemptLowerPriority from the given PriorityClass name" },
        { .name = "preemption policies came with 1.19",
          .object = PLAIN,
          .minor = 18,
          .want = { { "/spec/priority", "0" }, { "/spec/preemptionPolicy", NULL } } },
        { .name = "a second global default",
          .state = DEFAULTS,
          .object = CLASS("c", "'value':1,'globalDefault':true"),
          .resource = "priorityclasses",
          .message = "priorityclasses.scheduling.k8s.io \"c\" is forbidden: PriorityClass b is "
                     "already marked as default. Only one default can exist" },
        { .name = "a class of users",
          .object = CLASS("c", "'value':1000000000"),
          .resource = "priorityclasses",
          .want = { { "/preemptionPolicy", "'PreemptLowerPriority'" },
                    { "/value", "1000000000" } } },
        { .name = "too high",
          .object = CLASS("c", "'value':1000000001"),
          .resource = "priorityclasses",
          .message = "PriorityClass.scheduling.k8s.io \"c\" is invalid: value: Forbidden: maximum "
                     "allowed value of a user defined priority is 1000000000" },
        { .name = "a name of the system's",
          .object = CLASS("system-c", "'value':1"),
          .resource = "priorityclasses",
          .message = "PriorityClass.scheduling.k8s.io \"system-c\" is invalid: metadata.name: "
                     "Forbidden: priority class names with 'system-' prefix are reserved for "
                     "system use only. error: system-c is not a known system priority class" },
        { .name = "a policy that is none",
          .object = CLASS("c", "'value':1,'preemptionPolicy':'x'"),
          .resource = "priorityclasses",
          .message = "PriorityClass.scheduling.k8s.io \"c\" is invalid: preemptionPolicy: "
                     "Unsupported value: \"x\": supported values: \"PreemptLowerPriority\", "
                     "\"Never\"" },
        { .name = "a class keeps its value",
          .object = CLASS("c", "'value':2"),
          .old = CLASS("c", "'value':1"),
          .resource = "priorityclasses",
          .message = "PriorityClass.scheduling.k8s.io \"c\" is invalid: Value: Forbidden: may not "
                     "be changed in an update." },
    };
    chain_check(rows, COUNT_OF(rows));
}

#define RUNTIME(rest)              \
    "[{'apiVersion':'node.k8s.io/" \
    "v1','kind':'RuntimeClass','metadata':{'name':'k'},'handler':'k'" rest "}]"

static void runtime_classes(void **state)
{
    (void)state;
    static const ChainRow rows[] = {
        { .name = "no such class",
          .object = POD("'runtimeClassName':'k',"),
          .message = "pods \"p\" is forbidden: pod rejected: RuntimeClass \"k\" not found" },
        { .name = "an empty name",
          .object = POD("'runtimeClassName':'',"),
          .message = "resource name may not be empty" },
        { .name = "overhead",
          .state = RUNTIME(",'overhead':{'podFixed':{'memory':'64Mi','cpu':0.25}}"),
          .object = POD("'runtimeClassName':'k',"),
          .want = { { "/spec/overhead", "{'cpu':'250m','memory':'64Mi'}" } } },
        { .name = "the same overhead in other words",
          .state = RUNTIME(",'overhead':{'podFixed':{'cpu':'250m'}}"),
          .object = POD("'runtimeClassName':'k','overhead':{'cpu':'0.25'},"),
          .want = { { "/spec/overhead", "{'cpu':'250m'}" } } },
        { .name = "another overhead",
          .state = RUNTIME(",'overhead':{'podFixed':{'cpu':'1'}}"),
          .object = POD("'runtimeClassName':'k','overhead':{'cpu':'2'},"),
          .message = "pods \"p\" is forbidden: pod rejected: Pod's Overhead doesn't match "
                     "RuntimeClass's defined Overhead" },
        { .name = "overhead without a class",
          .object = POD("'overhead':{'cpu':'2'},"),
          .message = "pods \"p\" is forbidden: pod rejected: Pod Overhead set without "
                     "corresponding RuntimeClass defined Overhead" },
        { .name = "scheduling",
          .state = RUNTIME(",'scheduling':{'nodeSelector':{'k':'yes'},'tolerations':[{'key':'k',"
                           "'operator':'Exists'}]}"),
          .object = POD("'runtimeClassName':'k','nodeSelector':{'a':'b'},"),
          .want = { { "/spec/nodeSelector", "{'a':'b','k':'yes'}" },
                    { "/spec/tolerations/2", "{'key':'k','operator':'Exists'}" } } },
        { .name = "a node selector that says otherwise",
          .state = RUNTIME(",'scheduling':{'nodeSelector':{'k':'yes'}}"),
          .object = POD("'runtimeClassName':'k','nodeSelector':{'k':'no'},"),
          .message = "pods \"p\" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[k] = "
                     "yes; pod.spec.nodeSelector[k] = no" },
        { .name = "a toleration that covers another takes its place",
          .state = RUNTIME(",'scheduling':{'tolerations':[{'key':'k','operator':'Exists'}]}"),
          .object = POD("'runtimeClassName':'k','tolerations':[{'key':'k','operator':'Equal',"
                        "'value':'v','effect':'NoSchedule'},{'operator':'Exists','effect':"
                        "'NoExecute'}],"),
          .want = { { "/spec/tolerations",
                      "[{'operator':'Exists','effect':'NoExecute'},{'key':'k','operator':"
                      "'Exists'}]" } } },
    };
    chain_check(rows, COUNT_OF(rows));
}

static void nodes(void **state)
{
    (void)state;
#define MIRROR(metadata, spec)                                                           \
    "{'metadata':{'name':'p','annotations':{'kubernetes.io/config.mirror':'x'}" metadata \
    "},'spec':{" spec "'containers':[{'name':'c','image':'i'}]}}"
#define OWNER(rest) \
    ",'ownerReferences':[{'apiVersion':'v1','kind':'Node','name':'a','uid':'u'" rest "}]"
#define NODE "[{'apiVersion':'v1','kind':'Node','metadata':{'name':'a','uid':'u'}}]"
    static const ChainRow rows[] = {
        { .name = "not a mirror pod",
          .object = PLAIN,
          .user = "system:node:a",
          .message = "pods \"p\" is forbidden: pod does not have \"kubernetes.io/config.mirror\" "
                     "annotation, node \"a\" can only create mirror pods" },
        { .name = "a node without a name",
          .object = PLAIN,
          .user = "system:node:",
          .message = "pods \"p\" is forbidden: could not determine node from user "
                     "\"system:node:\"" },
        { .name = "another node",
          .object = MIRROR("", "'nodeName':'b',"),
          .user = "system:node:a",
          .message = "pods \"p\" is forbidden: node \"a\" can only create pods with "
                     "spec.nodeName set to itself" },
        { .name = "no owner",
          .object = MIRROR("", "'nodeName':'a',"),
          .user = "system:node:a",
          .message = "pods \"p\" is forbidden: node \"a\" can only create pods with an owner "
                     "reference set to itself" },
        { .name = "an owner that is no controller",
          .object = MIRROR(OWNER(""), "'nodeName':'a',"),
          .state = NODE,
          .user = "system:node:a",
          .message = "pods \"p\" is forbidden: node \"a\" can only create pods with a controller "
                     "owner reference set to itself" },
        { .name = "another uid",
          .object = MIRROR(OWNER(",'controller':true"), "'nodeName':'a',"),
          .state = "[{'apiVersion':'v1','kind':'Node','metadata':{'name':'a','uid':'v'}}]",
          .user = "system:node:a",
          .message = "pods \"p\" is forbidden: node a UID mismatch: expected u got v" },
        { .name = "a node that is not there",
          .object = MIRROR(OWNER(",'controller':true"), "'nodeName':'a',"),
          .user = "system:node:a",
          .message = "node \"a\" not found" },
        { .name = "configmaps",
          .object = MIRROR(OWNER(",'controller':true"),
                           "'nodeName':'a','volumes':[{'name':'v','configMap':{'name':'m'}}],"),
          .state = NODE,
          .user = "system:node:a",
          .message = "pods \"p\" is forbidden: node \"a\" can not create pods that reference "
                     "configmaps" },
        { .name = "secrets are refused before",
          .object = MIRROR("", "'imagePullSecrets':[{'name':'s'}],"),
          .user = "system:node:a",
          .message = "pods \"p\" is forbidden: a mirror pod may not reference secrets" },
        { .name = "its own node's labels",
          .object = "{'kind':'Node','metadata':{'name':'a','labels':{'kubernetes.io/hostname':"
                    "'h','node-restriction.kubernetes.io/x':'y','foo.k8s.io/z':'','mine':'m'}}}",
          .resource = "nodes",
          .user = "system:node:a",
          .message = "nodes \"a\" is forbidden: node \"a\" is not allowed to set the following "
                     "labels: foo.k8s.io/z, node-restriction.kubernetes.io/x" },
        { .name = "a new node is not ready",
          .object = "{'kind':'Node','metadata':{'name':'a'}}",
          .resource = "nodes",
          .user = "system:node:a",
          .want = { { "/spec/taints", "[{'key':'node.kubernetes.io/not-ready','effect':"
                                      "'NoSchedule'}]" } } },
        { .name = "another node's",
          .object = "{'kind':'Node','metadata':{'name':'b'}}",
          .resource = "nodes",
          .user = "system:node:a",
          .message = "nodes \"b\" is forbidden: node \"a\" is not allowed to modify node \"b\"" },
        { .name = "taints",
          .object = "{'kind':'Node','metadata':{'name':'a'},'spec':{'taints':[{'key':'k',"
                    "'effect':'NoExecute'}]}}",
          .old = "{'kind':'Node','metadata':{'name':'a'}}",
          .resource = "nodes",
          .user = "system:node:a",
          .message = "nodes \"a\" is forbidden: node \"a\" is not allowed to modify taints" },
    };
    chain_check(rows, COUNT_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(namespaces), cmocka_unit_test(tolerations),
        cmocka_unit_test(priorities), cmocka_unit_test(runtime_classes),
        cmocka_unit_test(nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
