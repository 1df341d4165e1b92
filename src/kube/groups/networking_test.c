/* SPDX-License-Identifier: Apache-2.0 */
/* Ingresses, IngressClasses, NetworkPolicies: what is wrong with them, and their defaults. */
#include "kube/groups/ingress.h"
#include "kube/groups/network_policy.h"
#include "kube/groups/test_groups.h"

static const GroupKind ingress = { ingress_apply_defaults, ingress_validate_create,
                                   ingress_validate_update };
static const GroupKind ingress_class = { ingress_class_apply_defaults,
                                         ingress_class_validate_create,
                                         ingress_class_validate_update };
static const GroupKind policy = { network_policy_apply_defaults, network_policy_validate_create,
                                  network_policy_validate_update };

#define V1(spec)                                             \
    "{'apiVersion':'networking.k8s.io/v1','kind':'Ingress'," \
    "'metadata':{'name':'i','namespace':'n'},'spec':{" spec "}}"
#define BETA(spec)                                         \
    "{'apiVersion':'extensions/v1beta1','kind':'Ingress'," \
    "'metadata':{'name':'i','namespace':'n'},'spec':{" spec "}}"
#define PATHS(paths) "'rules':[{'http':{'paths':[" paths "]}}]"
#define SERVICE "'backend':{'service':{'name':'s','port':{'number':80}}}"
#define SUBDOMAIN                                                                             \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' " \
    "or '.', and must start and end with an alphanumeric character (e.g. 'example.com', "     \
    "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*"      \
    "[a-z0-9])?)*')"

static void tells_what_is_wrong_with_ingresses(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good", V1(PATHS("{'path':'/','pathType':'Prefix'," SERVICE "}")), "" },
        { "nothing", V1(""),
          "spec: Invalid value: []networking.IngressRule(nil): either `defaultBackend` or `rules` "
          "must be specified" },
        { "no rules", V1("'rules':[]"),
          "spec: Invalid value: []networking.IngressRule{}: either `defaultBackend` or `rules` "
          "must be specified" },
        { "nothing of before", BETA(""),
          "spec: Invalid value: []networking.IngressRule(nil): either `backend` or `rules` must "
          "be specified" },
        { "no paths", V1("'rules':[{'http':{}}]"), "spec.rules[0].http.paths: Required value" },
        { "no path type", V1(PATHS("{'path':'/'," SERVICE "}")),
          "spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified" },
        { "a path type of before is the implementation's",
          BETA(PATHS("{'path':'x','backend':{'serviceName':'s','servicePort':80}}")),
          "spec.rules[0].http.paths[0].path: Invalid value: \"x\": must be an absolute path" },
        { "unknown path type", V1(PATHS("{'path':'/','pathType':'X'," SERVICE "}")),
          "spec.rules[0].http.paths[0].pathType: Unsupported value: \"X\": supported values: "
          "\"Exact\", \"ImplementationSpecific\", \"Prefix\"" },
        { "bad path", V1(PATHS("{'path':'a//b/..','pathType':'Exact'," SERVICE "}")),
          "spec.rules[0].http.paths[0].path: Invalid value: \"a//b/..\": must be an absolute path\n"
          "spec.rules[0].http.paths[0].path: Invalid value: \"a//b/..\": must not contain '//'\n"
          "spec.rules[0].http.paths[0].path: Invalid value: \"a//b/..\": cannot end with '/..'" },
        { "no backend", V1(PATHS("{'path':'/','pathType':'Prefix','backend':{}}")),
          "spec.rules[0].http.paths[0].backend: Invalid value: \"\": resource or service backend "
          "is required" },
        { "two ports",
          V1("'defaultBackend':{'service':{'name':'s','port':{'name':'a',"
             "'number':1}}}"),
          "spec.defaultBackend: Invalid value: \"\": cannot set both port name & port number" },
        { "no port", V1("'defaultBackend':{'service':{'name':'s'}}"),
          "spec.defaultBackend: Required value: port name or number is required" },
        { "bad number", V1("'defaultBackend':{'service':{'port':{'number':70000}}}"),
          "spec.defaultBackend.service.name: Required value\n"
          "spec.defaultBackend.service.port.number: Invalid value: 70000: must be between 1 and "
          "65535, inclusive" },
        { "bad number of before", BETA("'backend':{'servicePort':70000}"),
          "spec.backend.serviceName: Required value\n"
          "spec.backend.servicePort: Invalid value: 70000: must be between 1 and 65535, "
          "inclusive" },
        { "bad resource", V1("'defaultBackend':{'resource':{'kind':'','name':'a/b'}}"),
          "spec.defaultBackend.resource.kind: Required value: kind is required\n"
          "spec.defaultBackend.resource.name: Invalid value: \"a/b\": may not contain '/'" },
        { "both",
          V1("'defaultBackend':{'resource':{'kind':'k','name':'n'},'service':{'name':'s'}}"),
          "spec.defaultBackend: Invalid value: \"\": cannot set both resource and service "
          "backends" },
        { "an address", V1("'rules':[{'host':'1.2.3.4'}]"),
          "spec.rules[0].host: Invalid value: \"1.2.3.4\": must be a DNS name, not an IP address" },
        { "bad host", V1("'rules':[{'host':'A'}],'tls':[{'hosts':['B'],'secretName':'C'}]"),
          "spec.rules[0].host: Invalid value: \"A\": " SUBDOMAIN "\n"
          "spec.tls[0].hosts[0]: Invalid value: \"B\": " SUBDOMAIN "\n"
          "spec.tls[0].secretName: Invalid value: \"C\": " SUBDOMAIN },
        { "secrets of before",
          BETA("'backend':{'serviceName':'s','servicePort':'p'},'tls':[{'secretName':'C'}]"), "" },
        { "a bad secret may stay", V1("'rules':[{}],'tls':[{'secretName':'D'}]"), "",
          V1("'rules':[{}],'tls':[{'secretName':'C'}]") },
        { "class twice",
          "{'apiVersion':'networking.k8s.io/v1','kind':'Ingress','metadata':{'name':'i',"
          "'namespace':'n','annotations':{'kubernetes.io/ingress.class':'c'}},'spec':{"
          "'ingressClassName':'c','rules':[{}]}}",
          "annotations.kubernetes.io/ingress.class: Invalid value: \"c\": can not be set when the "
          "class field is also set" },
    };
    GROUP_ERRORS(&ingress, rows);
}

#define CLASS(spec)                                                                       \
    "{'apiVersion':'networking.k8s.io/v1','kind':'IngressClass','metadata':{'name':'i'}," \
    "'spec':{" spec "}}"

static void tells_what_is_wrong_with_classes(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good", CLASS("'controller':'a.b/c'"), "" },
        { "no controller", CLASS(""), "spec.controller: Required value" },
        { "another controller", CLASS("'controller':'a.b/d'"),
          "spec.controller: Invalid value: \"a.b/d\": field is immutable",
          CLASS("'controller':'a.b/c'") },
        { "parameters", CLASS("'controller':'a.b/c','parameters':{'kind':'','name':''}"),
          "spec.parameters.kind: Required value: kind is required\n"
          "spec.parameters.name: Required value: name is required" },
        { "parameters of a namespace",
          CLASS("'controller':'a.b/c','parameters':{'kind':'k','name':'n','scope':'Namespace'}"),
          "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
          NULL, 24 },
    };
    GROUP_ERRORS(&ingress_class, rows);
}

#define POLICY(spec)                                               \
    "{'apiVersion':'networking.k8s.io/v1','kind':'NetworkPolicy'," \
    "'metadata':{'name':'i','namespace':'n'},'spec':{" spec "}}"
#define BLOCK(block) POLICY("'ingress':[{'from':[{'ipBlock':{" block "}}]}]")

static void tells_what_is_wrong_with_policies(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "good", POLICY("'ingress':[{'from':[{'podSelector':{}}],'ports':[{'port':80}]}]"), "" },
        { "no peer", POLICY("'ingress':[{'from':[{}]}]"),
          "spec.ingress[0].from[0]: Required value: must specify a peer" },
        { "port and peer",
          POLICY("'egress':[{'to':[{'ipBlock':{'cidr':'nope'}}],"
                 "'ports':[{'port':99999,'protocol':'X'}]}]"),
          "spec.egress[0].ports[0].protocol: Unsupported value: \"X\": supported values: \"TCP\", "
          "\"UDP\", \"SCTP\"\n"
          "spec.egress[0].ports[0].port: Invalid value: 99999: must be between 1 and 65535, "
          "inclusive\n"
          "spec.egress[0].to[0].ipBlock.cidr: Invalid value: \"nope\": not a valid CIDR" },
        { "block and selector",
          POLICY("'ingress':[{'from':[{'podSelector':{},'ipBlock':{'cidr':'10.0.0.0/8'}}]}]"),
          "spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer" },
        { "no cidr", BLOCK(""), "spec.ingress[0].from[0].ipBlock.cidr: Required value" },
        { "except", BLOCK("'cidr':'10.0.0.0/8','except':['10.1.0.0/16']"), "" },
        { "except the whole", BLOCK("'cidr':'10.0.0.0/8','except':['10.0.0.0/8','11.0.0.0/9']"),
          "spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: \"10.0.0.0/8\": must be a "
          "strict subset of `cidr`\n"
          "spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: \"11.0.0.0/9\": must be a "
          "strict subset of `cidr`" },
        { "except of the sixth version",
          BLOCK("'cidr':'fd00::/9','except':['fd40::/10','fd80::/10']"),
          "spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: \"fd80::/10\": must be a "
          "strict subset of `cidr`" },
        { "except of the other version", BLOCK("'cidr':'::/0','except':['10.0.0.0/8']"),
          "spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: \"10.0.0.0/8\": must be a "
          "strict subset of `cidr`" },
        { "long prefix", BLOCK("'cidr':'10.0.0.0/33'"),
          "spec.ingress[0].from[0].ipBlock.cidr: Invalid value: \"10.0.0.0/33\": not a valid "
          "CIDR" },
        { "unknown type", POLICY("'policyTypes':['X']"),
          "spec.policyTypes[0]: Unsupported value: \"X\": supported values: \"Ingress\", "
          "\"Egress\"" },
        { "too many types", POLICY("'policyTypes':['Ingress','Egress','X']"),
          "spec.policyTypes: Invalid value: []networking.PolicyType{\"Ingress\", \"Egress\", "
          "\"X\"}: may not specify more than two policyTypes" },
        { "range of ports",
          POLICY("'ingress':[{'ports':[{'port':80,'endPort':79},{'endPort':1}]}]"),
          "spec.ingress[0].ports[0].endPort: Invalid value: 79: must be greater than or equal to "
          "`port`\n"
          "spec.ingress[0].ports[1].endPort: Invalid value: 1: may not be specified when `port` is "
          "not specified",
          NULL, 25 },
    };
    GROUP_ERRORS(&policy, rows);
}

static void fills_in_policies(void **state)
{
    (void)state;
    static const GroupRow rows[] = {
        { "ingress", POLICY("'ingress':[{'ports':[{'port':80}]}]"),
          POLICY(
              "'ingress':[{'ports':[{'port':80,'protocol':'TCP'}]}],'policyTypes':['Ingress']") },
        { "egress", POLICY("'egress':[{}]"),
          POLICY("'egress':[{}],'policyTypes':['Ingress','Egress']") },
        { "said", POLICY("'egress':[{}],'policyTypes':['Egress']"),
          POLICY("'egress':[{}],'policyTypes':['Egress']") },
    };
    GROUP_DEFAULTS(&policy, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_is_wrong_with_ingresses),
        cmocka_unit_test(tells_what_is_wrong_with_classes),
        cmocka_unit_test(tells_what_is_wrong_with_policies),
        cmocka_unit_test(fills_in_policies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
