/* SPDX-License-Identifier: Apache-2.0 */
/* The simple members of a spec, scheduling, DNS and annotations: a row for each error. */
#include "kube/pod/go_json.h"
#include "kube/pod/test_validate.h"

#define NAME_PART_RULE                                                                        \
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and " \
    "end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex " \
    "used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define LABEL_VALUE_RULE                                                                        \
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or " \
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "          \
    "'my_value',  or '12345', regex used for validation is "                                    \
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
#define LABEL_RULE                                                                           \
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', " \
    "and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', " \
    "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
#define SUBDOMAIN_RULE                                                                        \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' " \
    "or '.', and must start and end with an alphanumeric character (e.g. 'example.com', "     \
    "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*"      \
    "[a-z0-9])?)*')"

static const ErrorRow member_rows[] = {
    { "policies", 0, "'restartPolicy':'X','dnsPolicy':'Y','preemptionPolicy':'Z'",
      "spec.restartPolicy: Unsupported value: \"X\": supported values: \"Always\", \"OnFailure\", "
      "\"Never\"\nspec.dnsPolicy: Unsupported value: \"Y\": supported values: "
      "\"ClusterFirstWithHostNet\", \"ClusterFirst\", \"Default\", \"None\"\n"
      "spec.preemptionPolicy: Unsupported value: \"Z\": supported values: "
      "\"PreemptLowerPriority\", \"Never\"" },
    { "an empty preemption policy", 0, "'preemptionPolicy':''",
      "spec.preemptionPolicy: Required value" },
    { "names", 0,
      "'serviceAccountName':'_','nodeName':'_','hostname':'a.b','subdomain':'_',"
      "'priorityClassName':'_','runtimeClassName':''",
      "spec.serviceAccountName: Invalid value: \"_\": " SUBDOMAIN_RULE
      "\nspec.nodeName: Invalid value: \"_\": " SUBDOMAIN_RULE
      "\nspec.hostname: Invalid value: \"a.b\": " LABEL_RULE
      "\nspec.subdomain: Invalid value: \"_\": " LABEL_RULE
      "\nspec.priorityClassName: Invalid value: \"_\": " SUBDOMAIN_RULE
      "\nspec.runtimeClassName: Invalid value: \"\": " SUBDOMAIN_RULE },
    { "nodeSelector", 0, "'nodeSelector':{'a b':'','c':'d e'}",
      "spec.nodeSelector: Invalid value: \"a b\": " NAME_PART_RULE
      "\nspec.nodeSelector: Invalid value: \"d e\": " LABEL_VALUE_RULE },
    { "deadline", 0, "'activeDeadlineSeconds':0",
      "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, "
      "inclusive" },
    { "hostAliases", 0, "'hostAliases':[{'ip':'x','hostnames':['a','_']},{'ip':'::1'}]",
      "spec.hostAliases.ip: Invalid value: \"x\": must be valid IP address\n"
      "spec.hostAliases.hostnames: Invalid value: \"_\": " SUBDOMAIN_RULE },
    { "readinessGates", 0, "'readinessGates':[{'conditionType':'a b'}]",
      "spec.readinessGates[0].conditionType: Invalid value: \"a b\": " NAME_PART_RULE },
    { "schedulingGates", 27, "'nodeName':'n','schedulingGates':[{'name':'a'},{'name':'a'}]",
      "spec.schedulingGates[1]: Duplicate value: \"a\"\nspec.nodeName: Forbidden: cannot be set "
      "until all schedulingGates have been cleared" },
    { "overhead", 0, "'overhead':{'x':'1','cpu':'-1'}",
      "spec.overhead.limits[x]: Invalid value: \"x\": must be a standard resource type or fully "
      "qualified\nspec.overhead.limits[x]: Invalid value: \"x\": must be a standard resource for "
      "containers\nspec.overhead.limits[cpu]: Invalid value: \"-1\": must be greater than or equal "
      "to 0" },
};

#define DNS(members) "'dnsConfig':{" members "}"
static const ErrorRow dns_rows[] = {
    { "None without", 0, "'dnsPolicy':'None'",
      "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None" },
    { "None without servers", 0, "'dnsPolicy':'None'," DNS("'searches':['_']"),
      "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when "
      "`dnsPolicy` is None" },
    { "servers", 0, DNS("'nameservers':['1.1.1.1','::1','2.2.2.2','x']"),
      "spec.dnsConfig.nameservers: Invalid value: []string{\"1.1.1.1\", \"::1\", \"2.2.2.2\", "
      "\"x\"}: must not have more than 3 nameservers\nspec.dnsConfig.nameservers[3]: Invalid "
      "value: \"x\": must be valid IP address" },
    { "searches", 0, DNS("'searches':['a','b.','c','d','e','f','_']"),
      "spec.dnsConfig.searches: Invalid value: []string{\"a\", \"b.\", \"c\", \"d\", \"e\", "
      "\"f\", \"_\"}: must not have more than 6 search paths\nspec.dnsConfig.searches[6]: Invalid "
      "value: \"_\": " SUBDOMAIN_RULE },
    { "searches of newer versions", 26, DNS("'searches':['a','b','c','d','e','f','g']"), "" },
    { "options", 0, DNS("'options':[{'name':'x'},{'value':'y'}]"),
      "spec.dnsConfig.options[1]: Required value: must not be empty" },
};

#define NODE(members) "'affinity':{'nodeAffinity':{" members "}}"
#define REQUIRED_NODES "requiredDuringSchedulingIgnoredDuringExecution"
#define PREFERRED "preferredDuringSchedulingIgnoredDuringExecution"
#define NA "spec.affinity.nodeAffinity."
#define PA "spec.affinity.podAffinity."
static const ErrorRow affinity_rows[] = {
    { "no terms", 0, NODE("'" REQUIRED_NODES "':{}"),
      NA REQUIRED_NODES ".nodeSelectorTerms: Required value: must have at least one node selector "
                        "term" },
    { "expressions", 0,
      NODE("'" REQUIRED_NODES "':{'nodeSelectorTerms':[{'matchExpressions':"
           "[{'key':'a','operator':'In'},{'key':'a','operator':'Exists','values':['x']},"
           "{'key':'a','operator':'Gt','values':['1','2']},{'operator':'X'}]}]}"),
      NA REQUIRED_NODES
      ".nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be "
      "specified when `operator` is 'In' or 'NotIn'\n" NA REQUIRED_NODES
      ".nodeSelectorTerms[0].matchExpressions[1].values: Forbidden: may not be specified when "
      "`operator` is 'Exists' or 'DoesNotExist'\n" NA REQUIRED_NODES
      ".nodeSelectorTerms[0].matchExpressions[2].values: Required value: must be specified single "
      "value when `operator` is 'Lt' or 'Gt'\n" NA REQUIRED_NODES
      ".nodeSelectorTerms[0].matchExpressions[3].operator: Invalid value: \"X\": not a valid "
      "selector operator\n" NA REQUIRED_NODES
      ".nodeSelectorTerms[0].matchExpressions[3].key: Invalid value: \"\": name part must be "
      "non-empty\n" NA REQUIRED_NODES
      ".nodeSelectorTerms[0].matchExpressions[3].key: Invalid value: \"\": " NAME_PART_RULE },
    { "fields", 0,
      NODE("'" REQUIRED_NODES "':{'nodeSelectorTerms':[{'matchFields':"
           "[{'key':'x','operator':'Exists'},{'key':'metadata.name','operator':'In',"
           "'values':['a','_']}]}]}"),
      NA REQUIRED_NODES
      ".nodeSelectorTerms[0].matchFields[0].operator: Invalid value: \"Exists\": "
      "not a valid selector operator\n" NA REQUIRED_NODES
      ".nodeSelectorTerms[0].matchFields[0].key: Invalid value: \"x\": not a valid field selector "
      "key\n" NA REQUIRED_NODES
      ".nodeSelectorTerms[0].matchFields[1].values: Required value: must be only one value when "
      "`operator` is 'In' or 'NotIn' for node field selector\n" NA REQUIRED_NODES
      ".nodeSelectorTerms[0].matchFields[1].values[1]: Invalid value: \"_\": " SUBDOMAIN_RULE },
    { "weights", 0,
      NODE("'" PREFERRED "':[{'weight':0,'preference':{'matchExpressions':"
           "[{'key':'a','operator':'NotIn'}]}},{'weight':101,'preference':{}}]"),
      NA PREFERRED
      "[0].weight: Invalid value: 0: must be in the range 1-100\n" NA PREFERRED
      "[0].preference.matchExpressions[0].values: Required value: must be specified when "
      "`operator` is 'In' or 'NotIn'\n" NA PREFERRED
      "[1].weight: Invalid value: 101: must be in the range 1-100" },
    { "pods", 0,
      "'affinity':{'podAffinity':{'" REQUIRED_NODES "':[{'namespaces':['_'],'labelSelector':"
      "{'matchLabels':{'a':'b c'},'matchExpressions':[{'key':'a','operator':'In'},"
      "{'key':'a','operator':'X'}]}}],'" PREFERRED "':[{'weight':0,'podAffinityTerm':"
      "{'topologyKey':'a b'}}]}}",
      PA REQUIRED_NODES
      "[0].matchExpressions.matchLabels: Invalid value: \"b c\": " LABEL_VALUE_RULE
      "\n" PA REQUIRED_NODES
      "[0].matchExpressions.matchExpressions[0].values: Required value: must be specified when "
      "`operator` is 'In' or 'NotIn'\n" PA REQUIRED_NODES
      "[0].matchExpressions.matchExpressions[1].operator: Invalid value: \"X\": not a valid "
      "selector operator\n" PA REQUIRED_NODES "[0].namespace: Invalid value: \"_\": " LABEL_RULE
      "\n" PA REQUIRED_NODES "[0].topologyKey: Required value: can not be empty\n" PA REQUIRED_NODES
      "[0].topologyKey: Invalid value: \"\": name part must be non-empty\n" PA REQUIRED_NODES
      "[0].topologyKey: Invalid value: \"\": " NAME_PART_RULE "\n" PA PREFERRED
      "[0].weight: Invalid value: 0: must be in the range 1-100\n" PA PREFERRED
      "[0].podAffinityTerm.topologyKey: Invalid value: \"a b\": " NAME_PART_RULE },
    { "pods apart, newer", 22,
      "'affinity':{'podAntiAffinity':{'" REQUIRED_NODES "':[{'topologyKey':'k','labelSelector':"
      "{'matchExpressions':[{'key':'a','operator':'X'}]},'namespaceSelector':"
      "{'matchExpressions':[{'key':'a','operator':'Y'}]}}]}}",
      "spec.affinity.podAntiAffinity." REQUIRED_NODES
      "[0].labelSelector.matchExpressions[0].operator: Invalid value: \"X\": not a valid selector "
      "operator\nspec.affinity.podAntiAffinity." REQUIRED_NODES
      "[0].namespaceSelector.matchExpressions[0].operator: Invalid value: \"Y\": not a valid "
      "selector operator" },
};

#define T(i) "spec.tolerations[" #i "]"
static const ErrorRow scheduling_rows[] = {
    { "tolerations", 0,
      "'tolerations':[{'key':'a b'},{'operator':'Equal'},{'key':'k','operator':'Exists',"
      "'value':'v'},{'key':'k','effect':'X'},{'key':'k','tolerationSeconds':5},"
      "{'key':'k','operator':'X'},{'key':'k','value':'a b'},{'operator':'Exists'}]",
      T(0) ".key: Invalid value: \"a b\": " NAME_PART_RULE "\n" T(
          1) ".operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, "
             "which "
             "means \"match all values and all keys\"\n" T(
                 2) ".operator: Invalid value: core.Toleration{Key:\"k\", Operator:\"Exists\", "
                    "Value:\"v\", "
                    "Effect:\"\", TolerationSeconds:(*int64)(nil)}: value must be empty when "
                    "`operator` is "
                    "'Exists'\n" T(
                        3) ".effect: Unsupported value: \"X\": supported values: \"NoSchedule\", "
                           "\"PreferNoSchedule\", \"NoExecute\"\n" T(
                               4) ".effect: Invalid value: \"\": effect must be 'NoExecute' when "
                                  "`tolerationSeconds` is set\n" T(5) ".operator: Unsupported "
                                                                      "value: \"X\": supported "
                                                                      "values: \"Equal\", "
                                                                      "\"Exists\"\n" T(
                                                                          6) ".operato"
                                                                             "r: "
                                                                             "Invalid "
                                                                             "value: "
                                                                             "\"a "
                                                                             "b\":"
                                                                             " " LABEL_VALUE_RULE },
    { "spread", 0,
      "'topologySpreadConstraints':[{'maxSkew':1,'topologyKey':'k','whenUnsatisfiable':"
      "'DoNotSchedule'},{},{'maxSkew':1,'topologyKey':'k','whenUnsatisfiable':'DoNotSchedule'}]",
      "spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: \"{k, "
      "DoNotSchedule}\"\nspec.topologySpreadConstraints[1].maxSkew: Invalid value: 0: must be "
      "greater than zero\nspec.topologySpreadConstraints[1].topologyKey: Required value: can not "
      "be empty\nspec.topologySpreadConstraints[1].whenUnsatisfiable: Unsupported value: \"\": "
      "supported values: \"DoNotSchedule\", \"ScheduleAnyway\"" },
};

#define TEST(name)                                           \
    static void name(void **state)                           \
    {                                                        \
        (void)state;                                         \
        test_error_rows(name##_rows, COUNT_OF(name##_rows)); \
    }
TEST(member)
TEST(dns)
TEST(affinity)
TEST(scheduling)

/* -- annotations ------------------------------------------------------------------------------- */

#define AN "metadata.annotations"
#define MIRROR "kubernetes.io/config.mirror"
#define TOLERATIONS "scheduler.alpha.kubernetes.io/tolerations"
#define SECCOMP "seccomp.security.alpha.kubernetes.io/pod"
#define SECCOMP_C "container.seccomp.security.alpha.kubernetes.io/"
#define APPARMOR "container.apparmor.security.beta.kubernetes.io/"
#define COST "controller.kubernetes.io/pod-deletion-cost"
#define OTHER_TYPE "seccomp type in annotation and field must match"

static const struct {
    const char *name;
    int minor;
    const char *annotations;
    const char *spec;
    const char *want;
} annotation_rows[] = {
    { "good", 20,
      "'" SECCOMP "':'runtime/default','" SECCOMP_C "c':'localhost/a/b','" APPARMOR
      "c':'localhost/x'",
      "", "" },
    { "mirror", 20, "'" MIRROR "':'m'", "",
      AN "[" MIRROR "]: Invalid value: \"m\": must set spec.nodeName if mirror pod annotation is "
         "set" },
    { "tolerations", 20,
      "'" TOLERATIONS "':`[{\\\"Key\\\":\\\"a b\\\"},{\\\"operator\\\":\\\"X\\\"}]`", "",
      AN "." TOLERATIONS "[0].key: Invalid value: \"a b\": " NAME_PART_RULE "\n" AN "." TOLERATIONS
         "[1].operator: Invalid value: \"X\": operator must be Exists when `key` is empty, which "
         "means \"match all values and all keys\"\n" AN "." TOLERATIONS
         "[1].operator: Unsupported value: \"X\": supported values: \"Equal\", \"Exists\"" },
    { "tolerations that are none", 20, "'" TOLERATIONS "':'x'", "",
      AN ": Invalid value: \"" TOLERATIONS
         "\": invalid character 'x' looking for beginning of value" },
    { "one toleration", 20, "'" TOLERATIONS "':'{}'", "",
      AN ": Invalid value: \"" TOLERATIONS
         "\": json: cannot unmarshal object into Go value of type []core.Toleration" },
    { "a toleration's type", 20, "'" TOLERATIONS "':`[{\\\"effect\\\":1}]`", "",
      AN ": Invalid value: \"" TOLERATIONS
         "\": json: cannot unmarshal number into Go struct field Toleration.Effect of type "
         "core.TaintEffect" },
    { "seccomp", 20, "'" SECCOMP "':'','" SECCOMP_C "x':'localhost/../a'", "",
      AN "." SECCOMP ": Invalid value: \"\": must be a valid seccomp profile\n" AN "." SECCOMP_C
         "x: Invalid value: \"../a\": must not contain '..'" },
    { "AppArmor", 20, "'" APPARMOR "x':'bogus','" APPARMOR "c':''", "",
      AN "[" APPARMOR "x]: Invalid value: \"x\": container not found\n" AN "[" APPARMOR
         "x]: Invalid value: \"bogus\": invalid AppArmor profile name: \"bogus\"" },
    { "cost", 22, "'" COST "':'01'", "",
      AN "[" COST "]: Invalid value: \"01\": must be a 32bit "
         "integer" },
    { "cost before it meant something", 20, "'" COST "':'x'", "", "" },
    { "seccomp, two types", 20, "'" SECCOMP "':'unconfined','" SECCOMP_C "c':'runtime/default'",
      "'securityContext':{'seccompProfile':{'type':'RuntimeDefault'}}," CONTAINER(
          "'securityContext':{'seccompProfile':{'type':'Localhost','localhostProfile':"
          "'x'}}"),
      "spec.securityContext.seccompProfile.type: Forbidden: " OTHER_TYPE
      "\nspec.containers[0].securityContext.seccompProfile.type: Forbidden: " OTHER_TYPE },
    { "seccomp, two files", 20, "'" SECCOMP_C "c':'localhost/y'",
      CONTAINER("'securityContext':{'seccompProfile':{'type':'Localhost','localhostProfile':"
                "'x'}}"),
      "spec.containers[0].securityContext.seccompProfile.localhostProfile: Forbidden: seccomp "
      "profile in annotation and field must match" },
    { "seccomp, docker/default", 20, "'" SECCOMP "':'docker/default'",
      "'securityContext':{'seccompProfile':{'type':'RuntimeDefault'}}", "" },
};

static void annotations(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(annotation_rows); i++) {
        KubeTarget t = kube_target(annotation_rows[i].minor);
        Value pod = test_pod(
            arena_cstr(&a, arena_printf(&a, ",'annotations':{%s}", annotation_rows[i].annotations)),
            annotation_rows[i].spec, &t, &a);
        FieldErrors errs = field_errors_new(&a);
        pod_validate_create(&pod, &t, &errs);
        test_same_text(annotation_rows[i].name, test_errors_text(&errs), annotation_rows[i].want);
    }
    arena_done(&a);
}

static void go_json(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *error; /* NULL for none */
    } rows[] = {
        { "{}", NULL },
        { " [ 1 , -0.5e+7, \"a\\u00e4\\n\", true, false, null, {\"a\": []} ] ", NULL },
        { "", "unexpected end of JSON input" },
        { "[", "unexpected end of JSON input" },
        { "{\"a\"", "unexpected end of JSON input" },
        { "\"a", "unexpected end of JSON input" },
        { "x", "invalid character 'x' looking for beginning of value" },
        { "'", "invalid character '\\'' looking for beginning of value" },
        { "[1,]", "invalid character ']' looking for beginning of value" },
        { "{a", "invalid character 'a' looking for beginning of object key string" },
        { "{\"a\":1,}", "invalid character '}' looking for beginning of object key string" },
        { "{\"a\" 1}", "invalid character '1' after object key" },
        { "{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair" },
        { "[1 2]", "invalid character '2' after array element" },
        { "1 2", "invalid character '2' after top-level value" },
        { "[]]", "invalid character ']' after top-level value" },
        { "\"a\nb\"", "invalid character '\\n' in string literal" },
        { "\"\\x\"", "invalid character 'x' in string escape code" },
        { "\"\\u12g\"", "invalid character 'g' in \\u hexadecimal character escape" },
        { "-a", "invalid character 'a' in numeric literal" },
        { "1.a", "invalid character 'a' after decimal point in numeric literal" },
        { "1e+a", "invalid character 'a' in exponent of numeric literal" },
        { "01", "invalid character '1' after top-level value" },
        { "trux", "invalid character 'x' in literal true (expecting 'e')" },
        { "nul", "unexpected end of JSON input" },
        { "\xc3\xa4", "invalid character '\xc3\x83' looking for beginning of value" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str error = go_json_error(str_from_c(rows[i].text), &a);
        if (rows[i].error) {
            test_same_text(rows[i].text, error, rows[i].error);
        } else {
            assert_null(error.ptr);
        }
    }
    Buf deep = buf_new(&a);
    for (int i = 0; i < 10001; i++) {
        buf_byte(&deep, '[');
    }
    test_same_text("deep", go_json_error(buf_str(&deep), &a), "exceeded max depth");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(member),     cmocka_unit_test(dns),         cmocka_unit_test(affinity),
        cmocka_unit_test(scheduling), cmocka_unit_test(annotations), cmocka_unit_test(go_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
