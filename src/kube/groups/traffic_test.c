/* SPDX-License-Identifier: Apache-2.0 */
/* EndpointSlices, FlowSchemas, PriorityLevelConfigurations: what is wrong with them. */
#include "kube/groups/endpoint_slice.h"
#include "kube/groups/flow_control.h"
#include "kube/groups/test_groups.h"

static const GroupKind slice = { endpoint_slice_apply_defaults, endpoint_slice_validate_create,
                                 endpoint_slice_validate_update };
static const GroupKind schema = { flow_schema_apply_defaults, flow_schema_validate_create,
                                  flow_schema_validate_update };
static const GroupKind level = { priority_level_apply_defaults, priority_level_validate_create,
                                 priority_level_validate_update };

#define SLICE(rest)                                                    \
    "{'apiVersion':'discovery.k8s.io/v1beta1','kind':'EndpointSlice'," \
    "'metadata':{'name':'x','namespace':'n'}," rest "}"

static void slices(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good", SLICE("'addressType':'IPv4','endpoints':[{'addresses':['1.2.3.4']}]"), "" },
        { "nothing", SLICE("'addressType':''"), "addressType: Required value" },
        { "addresses",
          SLICE("'addressType':'IPv6','endpoints':[{'addresses':['1.2.3.4']},"
                "{'addresses':[]}]"),
          "endpoints[0].addresses[0]: Invalid value: \"1.2.3.4\": must be a valid IPv6 address\n"
          "endpoints[1].addresses: Required value: must contain at least 1 address" },
        { "ports", SLICE("'addressType':'FQDN','ports':[{},{'protocol':'X'}]"),
          "ports[1].name: Duplicate value: \"\"\n"
          "ports[1].protocol: Unsupported value: \"X\": supported values: \"SCTP\", \"TCP\", "
          "\"UDP\"" },
        { "changed", SLICE("'addressType':'FQDN'"),
          "addressType: Invalid value: \"FQDN\": field is immutable",
          SLICE("'addressType':'IPv4'") },
    };
    GROUP_ERRORS(&slice, rows);
}

#define SCHEMA(spec)                                                            \
    "{'apiVersion':'flowcontrol.apiserver.k8s.io/v1beta1','kind':'FlowSchema'," \
    "'metadata':{'name':'x'},'spec':{" spec "}}"
#define LEVEL_NAME "'priorityLevelConfiguration':{'name':'l'},"

static void schemas(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "nothing", SCHEMA(""),
          "spec.priorityLevelConfiguration.name: Required value: must reference a priority level" },
        { "values", SCHEMA(LEVEL_NAME "'matchingPrecedence':1,'distinguisherMethod':{'type':'X'}"),
          "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have "
          "matchingPrecedence 1\n"
          "spec.distinguisherMethod.type: Unsupported value: "
          "flowcontrol.FlowDistinguisherMethod{Type:\"X\"}: supported values: \"ByNamespace\", "
          "\"ByUser\"" },
        { "empty rule", SCHEMA(LEVEL_NAME "'rules':[{}]"),
          "spec.rules[0].subjects: Required value: subjects must contain at least one value\n"
          "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has "
          "to "
          "be non-empty" },
        { "rules",
          SCHEMA(LEVEL_NAME
                 "'rules':[{'subjects':[{'kind':'User','group':{'name':'g'}}],"
                 "'resourceRules':[{'verbs':['x'],'apiGroups':['*','a'],'resources':[]}],"
                 "'nonResourceRules':[{'verbs':['*'],'nonResourceURLs':['a','/*/b']}]}]"),
          "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is "
          "'User'\n"
          "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not "
          "'Group'\n"
          "spec.rules[0].resourceRules[0].verbs: Unsupported value: []string{\"x\"}: supported "
          "values: \"create\", \"delete\", \"deletecollection\", \"get\", \"list\", \"patch\", "
          "\"proxy\", \"update\", \"watch\"\n"
          "spec.rules[0].resourceRules[0].apiGroups: Invalid value: []string{\"*\", \"a\"}: if '*' "
          "is present, must not specify other api groups\n"
          "spec.rules[0].resourceRules[0].resources: Required value: resource rules must supply at "
          "least one resource\n"
          "spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not "
          "cluster scoped must supply at least one namespace\n"
          "spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: \"a\": must start "
          "with slash\n"
          "spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: \"/*/b\": wildcard "
          "can only do suffix matching" },
    };
    GROUP_ERRORS(&schema, rows);
}

#define LEVEL(spec)                                                                             \
    "{'apiVersion':'flowcontrol.apiserver.k8s.io/v1beta1','kind':'PriorityLevelConfiguration'," \
    "'metadata':{'name':'x'},'spec':{" spec "}}"
#define QUEUING(queuing) \
    LEVEL("'type':'Limited','limited':{'limitResponse':{'type':'Queue','queuing':{" queuing "}}}")

static void levels(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good", QUEUING(""), "" },
        { "no type", LEVEL("'type':''"),
          "spec.type: Unsupported value: \"\": supported values: \"Exempt\", \"Limited\"" },
        { "exempt", LEVEL("'type':'Exempt','limited':{'limitResponse':{'type':'Reject'}}"),
          "spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is "
          "'exempt'\n"
          "spec.limited: Forbidden: must be nil if the type is not Limited" },
        { "nothing limited", LEVEL("'type':'Limited'"),
          "spec.limited: Required value: must not be empty when type is Limited" },
        { "negative", QUEUING("'queues':-1,'handSize':-1,'queueLengthLimit':-1"),
          "spec.limited.limitResponse.queuing.queueLengthLimit: Invalid value: -1: must be "
          "positive\n"
          "spec.limited.limitResponse.queuing.queues: Invalid value: -1: must be positive\n"
          "spec.limited.limitResponse.queuing.handSize: Invalid value: -1: must be positive" },
        { "large hand", QUEUING("'queues':4,'handSize':5"),
          "spec.limited.limitResponse.queuing.handSize: Invalid value: 5: should not be greater "
          "than queues (4)" },
        { "too many bits", QUEUING("'queues':64,'handSize':11"),
          "spec.limited.limitResponse.queuing.handSize: Invalid value: 11: required entropy bits "
          "of deckSize 64 and handSize 11 should not be greater than 60" },
        { "just enough bits", QUEUING("'queues':64,'handSize':10"), "" },
    };
    GROUP_ERRORS(&level, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices),
        cmocka_unit_test(schemas),
        cmocka_unit_test(levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
