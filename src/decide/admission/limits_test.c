/* SPDX-License-Identifier: Apache-2.0 */
/* LimitRanger and ResourceQuota. */
#include "decide/admission/test_chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define CONTAINER(name, resources) "{'name':'" name "','image':'i','resources':{" resources "}}"
#define POD(containers) "{'metadata':{'name':'p'},'spec':{'containers':[" containers "]}}"
#define RANGE(limits)                                                                          \
    "[{'apiVersion':'v1','kind':'LimitRange','metadata':{'name':'l','namespace':'n'},'spec':{" \
    "'limits':[" limits "]}}]"

static void defaults(void **state)
{
    (void)state;
    static const ChainRow rows[] = {
        { .name = "requests and limits",
          .state = RANGE("{'type':'Container','default':{'cpu':'2','memory':'1Gi'},"
                         "'defaultRequest':{'cpu':1}}"),
          .object = "{'metadata':{'name':'p'},'spec':{'initContainers':[{'name':'j','image':'i'}],"
                    "'containers':[{'name':'c','image':'i'},{'name':'d','image':'i','resources':{"
                    "'limits':{'cpu':'3','memory':'3Gi'},'requests':{'cpu':'3'}}}]}}",
          .want = { { "/spec/containers/0/resources",
                      "{'limits':{'cpu':'2','memory':'1Gi'},'requests':{'cpu':'1','memory':"
                      "'1Gi'}}" },
                    { "/spec/containers/1/resources",
                      "{'limits':{'cpu':'3','memory':'3Gi'},'requests':{'cpu':'3','memory':"
                      "'3Gi'}}" },
                    { "/metadata/annotations/kubernetes.io~1limit-ranger",
                      "'LimitRanger plugin set: cpu, memory request for container c; cpu, memory "
                      "limit for container c; cpu, memory request for init container j; cpu, "
                      "memory limit for init container j'" } } },
        { .name = "a maximum is the default limit, a minimum the default request",
          .state = RANGE("{'type':'Container','max':{'memory':'2Gi'},'min':{'cpu':'100m'}}"),
          .object = POD(CONTAINER("c", "")),
          .want = { { "/spec/containers/0/resources",
                      "{'limits':{'memory':'2Gi'},'requests':{'cpu':'100m','memory':'2Gi'}}" } } },
        { .name = "limits of pods are no defaults",
          .state = RANGE("{'type':'Pod','maxLimitRequestRatio':{'cpu':'4'}}"),
          .object = POD(CONTAINER("c", "'limits':{'cpu':'1'},'requests':{'cpu':'500m'}")),
          .want = { { "/metadata/annotations/kubernetes.io~1limit-ranger", NULL } } },
    };
    chain_check(rows, COUNT_OF(rows));
}

static void constraints(void **state)
{
    (void)state;
#define FORBIDDEN "pods \"p\" is forbidden: "
    static const ChainRow rows[] = {
        { .name = "below the minimum",
          .state = RANGE("{'type':'Container','min':{'cpu':'200m'}}"),
          .object = POD(CONTAINER("c", "'limits':{'cpu':'0.1'}")),
          .message = FORBIDDEN "minimum cpu usage per Container is 200m, but request is 100m" },
        { .name = "above the maximum",
          .state = RANGE("{'type':'Container','max':{'memory':'1Gi'}}"),
          .object = POD(CONTAINER("c", "'limits':{'memory':'2048Mi'}")),
          .message = FORBIDDEN "maximum memory usage per Container is 1Gi, but limit is 2Gi" },
        { .name = "two containers say the same once",
          .state = RANGE("{'type':'Container','max':{'memory':'1Gi'}}"),
          .object = POD(CONTAINER("c", "'limits':{'memory':'2Gi'}") "," CONTAINER(
              "d", "'limits':{'memory':'2Gi'}")),
          .message = FORBIDDEN "maximum memory usage per Container is 1Gi, but limit is 2Gi" },
        { .name = "two complaints",
          .state = RANGE("{'type':'Container','max':{'cpu':'1'},'min':{'memory':'1Gi'}}"),
          .object = POD(CONTAINER("c", "'limits':{'cpu':'2','memory':'1Mi'}")),
          .message = FORBIDDEN "[minimum memory usage per Container is 1Gi, but request is 1Mi, "
                               "maximum cpu usage per Container is 1, but limit is 2]" },
        { .name = "the ratio",
          .state = RANGE("{'type':'Container','maxLimitRequestRatio':{'cpu':'1.5'}}"),
          .object = POD(CONTAINER("c", "'limits':{'cpu':'2'},'requests':{'cpu':'1'}")),
          .message = FORBIDDEN
          "cpu max limit to request ratio per Container is 1500m, but provided "
          "ratio is 2.000000" },
        { .name = "no request to hold against",
          .state = RANGE("{'type':'Container','maxLimitRequestRatio':{'cpu':'2'}}"),
          .object = POD(CONTAINER("c", "")),
          .message = FORBIDDEN "cpu max limit to request ratio per Container is 2, but no request "
                               "is specified or request is 0" },
        { .name = "a sum counts only when every container says something",
          .state = RANGE("{'type':'Pod','max':{'memory':'1Gi'}}"),
          .object = POD(CONTAINER("c", "'limits':{'memory':'1Mi'}") "," CONTAINER("d", "")),
          .message = FORBIDDEN "maximum memory usage per Pod is 1Gi.  No limit is specified" },
        { .name = "and then in plain numbers",
          .state = RANGE("{'type':'Pod','max':{'memory':'1Gi'}}"),
          .object = POD(CONTAINER("c", "'limits':{'memory':'1Gi'}") "," CONTAINER(
              "d", "'limits':{'memory':'1Gi'}")),
          .message = FORBIDDEN "maximum memory usage per Pod is 1Gi, but limit is 2147483648" },
        { .name = "later what some say is enough",
          .state = RANGE("{'type':'Pod','max':{'memory':'1Gi'}}"),
          .object = POD(CONTAINER("c", "'limits':{'memory':'1Gi'}") "," CONTAINER(
              "d", "'limits':{'memory':'1Gi'}") "," CONTAINER("e", "")),
          .minor = 28,
          .message = FORBIDDEN "maximum memory usage per Pod is 1Gi, but limit is 2Gi" },
        { .name = "claims",
          .state = RANGE("{'type':'PersistentVolumeClaim','max':{'storage':'1Gi'}}"),
          .object =
              "{'kind':'PersistentVolumeClaim','metadata':{'name':'p'},'spec':{'accessModes':["
              "'ReadWriteOnce'],'resources':{"
              "'requests':{'storage':'2Gi'}}}}",
          .resource = "persistentvolumeclaims",
          .message = "persistentvolumeclaims \"p\" is forbidden: maximum storage usage per "
                     "PersistentVolumeClaim is 1Gi, but request is 2Gi" },
    };
    chain_check(rows, COUNT_OF(rows));
}

#define QUOTA(spec, status)                                                                     \
    "{'apiVersion':'v1','kind':'ResourceQuota','metadata':{'name':'q','namespace':'n'},'spec':" \
    "{" spec "}" status "}"
#define STATUS(hard, used) ",'status':{'hard':{" hard "},'used':{" used "}}"

static void quotas(void **state)
{
    (void)state;
    static const ChainRow rows[] = {
        { .name = "used up",
          .state = "[" QUOTA("'hard':{'pods':'1'}", STATUS("'pods':'1'", "'pods':'1'")) "]",
          .object = POD(CONTAINER("c", "")),
          .message = FORBIDDEN "exceeded quota: q, requested: pods=1, used: pods=1, limited: "
                               "pods=1" },
        { .name = "all that is exceeded, by name",
          .state = "[" QUOTA("", STATUS("'requests.cpu':'1','limits.memory':'1Gi'",
                                        "'requests.cpu':'900m','limits.memory':'0'")) "]",
          .object = POD(CONTAINER("c", "'limits':{'memory':'2Gi','cpu':'200m'}")),
          .message = FORBIDDEN "exceeded quota: q, requested: limits.memory=2Gi,requests.cpu=200m, "
                               "used: limits.memory=0,requests.cpu=900m, limited: "
                               "limits.memory=1Gi,requests.cpu=1" },
        { .name = "cpu and memory must be said",
          .state = "[" QUOTA("", STATUS("'cpu':'1','limits.memory':'1Gi','requests.storage':'1'",
                                        "'cpu':'0','limits.memory':'0'")) "]",
          .object = POD(CONTAINER("c", "'limits':{'memory':'1Mi'}") "," CONTAINER("d", "")),
          .message = FORBIDDEN "failed quota: q: must specify cpu,limits.memory" },
        { .name = "from 1.24 on the containers are named",
          .state = "[" QUOTA(
              "", STATUS("'cpu':'1','limits.memory':'1Gi'", "'cpu':'0','limits.memory':'0'")) "]",
          .object = POD(CONTAINER("e", "'limits':{'memory':'1Mi'}") "," CONTAINER("d", "")),
          .minor = 24,
          .off = ADMISSION_PLUGIN_BIT(ADMISSION_LIMIT_RANGER),
          .message = FORBIDDEN "failed quota: q: must specify cpu for: d,e; limits.memory for: d" },
        { .name = "the pod may say it for all of them",
          .state = "[" QUOTA(
              "", STATUS("'cpu':'1','limits.memory':'1Gi'", "'cpu':'0','limits.memory':'0'")) "]",
          .object = "{'metadata':{'name':'p'},'spec':{'resources':{'limits':{'cpu':'2','memory':"
                    "'1Gi'}},'containers':[" CONTAINER("c", "") "]}}",
          .minor = 37,
          .message = FORBIDDEN "exceeded quota: q, requested: cpu=2, used: cpu=0, limited: cpu=1" },
        { .name = "pods of the state count with their defaults, the one asked about not twice",
          .state = "[" QUOTA(
              "'hard':{'requests.cpu':'2','pods':'5'}",
              "") ","
                  "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','namespace':'n'},"
                  "'spec':{'containers':[" CONTAINER(
                      "c", "'limits':{'cpu':'1'}") "]}},"
                                                   "{'apiVersion':'v1','kind':'Pod','metadata':{'"
                                                   "name':'q','namespace':'n'},"
                                                   "'spec':{'containers':[" CONTAINER(
                                                       "c", "'limits':{'cpu':'1500m'}") "]}}]",
          .object = POD(CONTAINER("c", "'limits':{'cpu':'1'}")),
          .message = FORBIDDEN "exceeded quota: q, requested: requests.cpu=1, used: "
                               "requests.cpu=1500m, limited: requests.cpu=2" },
        { .name = "extended resources count as requests",
          .state = "[" QUOTA("",
                             STATUS("'requests.x.com/gpu':'1'", "'requests.x.com/gpu':'0'")) "]",
          .object = POD(CONTAINER("c", "'limits':{'x.com/gpu':'2'}")),
          .message = FORBIDDEN "exceeded quota: q, requested: requests.x.com/gpu=2, used: "
                               "requests.x.com/gpu=0, limited: requests.x.com/gpu=1" },
        { .name = "usage that is not known yet",
          .state = "[" QUOTA("", STATUS("'pods':'1'", "'services':'1'")) "]",
          .object = POD(CONTAINER("c", "")),
          .message = FORBIDDEN "status unknown for quota: q, resources: pods" },
        { .name = "another scope",
          .state = "[" QUOTA("'scopes':['NotBestEffort']", STATUS("'pods':'0'", "'pods':'0'")) "]",
          .object = POD(CONTAINER("c", "")) },
        { .name = "its scope",
          .state = "[" QUOTA("'scopes':['BestEffort','NotTerminating']",
                             STATUS("'pods':'0'", "'pods':'0'")) "]",
          .object = POD(CONTAINER("c", "")),
          .message = FORBIDDEN "exceeded quota: q, requested: pods=1, used: pods=0, limited: "
                               "pods=0" },
        { .name = "a priority class that is not there",
          .state = "[" QUOTA("'scopeSelector':{'matchExpressions':[{'scopeName':'PriorityClass',"
                             "'operator':'In','values':['high']}]}",
                             STATUS("'pods':'0'", "'pods':'0'")) "]",
          .object = POD(CONTAINER("c", "")) },
        { .name = "without a status the state is counted",
          .state = "[" QUOTA(
              "'hard':{'pods':'2'}",
              "") ","
                  "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'a','namespace':'n'}},"
                  "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'b','namespace':'n'},"
                  "'status':{'phase':'Failed'}}]",
          .object = POD(CONTAINER("c", "")) },
        { .name = "and it is full",
          .state = "[" QUOTA(
              "'hard':{'count/pods':'2'}",
              "") ","
                  "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'a','namespace':'n'}},"
                  "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'b','namespace':'n'},"
                  "'status':{'phase':'Failed'}}]",
          .object = POD(CONTAINER("c", "")),
          .message = FORBIDDEN "exceeded quota: q, requested: count/pods=1, used: count/pods=2, "
                               "limited: count/pods=2" },
        { .name = "other kinds count by their resource",
          .state = "[" QUOTA(
              "", STATUS("'count/deployments.apps':'0'", "'count/deployments.apps':'0'")) "]",
          .object = "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'d'},'spec':{"
                    "'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':{'a':"
                    "'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}",
          .resource = "deployments",
          .message = "deployments.apps \"d\" is forbidden: exceeded quota: q, requested: "
                     "count/deployments.apps=1, used: count/deployments.apps=0, limited: "
                     "count/deployments.apps=0" },
    };
    chain_check(rows, COUNT_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(constraints),
        cmocka_unit_test(quotas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
