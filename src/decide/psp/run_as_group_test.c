/* SPDX-License-Identifier: Apache-2.0 */
/* runAsGroup: each rule; a container inherits from the pod. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "unset in the policy admits all",
        .policy = "",
        .pod = "'containers':[{'name':'c','securityContext':{'runAsGroup':0}}]",
        .errors = "",
    },
    {
        .name = "must: in range",
        .policy = "'runAsGroup':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'containers':[{'name':'c','securityContext':{'runAsGroup':15}}]",
        .errors = "",
    },
    {
        .name = "must: inherited",
        .policy = "'runAsGroup':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'securityContext':{'runAsGroup':15}",
        .errors = "",
    },
    {
        .name = "must: outside, reported on the security context",
        .policy = "'runAsGroup':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'containers':[{'name':'c','securityContext':{'runAsGroup':5}}]",
        .errors = "spec.containers[0].securityContext: Invalid value: []int64{5}: "
                  "group 5 must be in the ranges: [{10 20} {30 30}]",
    },
    {
        .name = "must: the container wins over the pod",
        .policy = "'runAsGroup':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'securityContext':{'runAsGroup':15},'containers':[{'name':'c',"
               "'securityContext':{'runAsGroup':5}}]",
        .errors = "spec.containers[0].securityContext: Invalid value: []int64{5}: "
                  "group 5 must be in the ranges: [{10 20} {30 30}]",
    },
    {
        .name = "must: a default on each container",
        .policy = "'runAsGroup':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'initContainers':[{'name':'i'}],'containers':[{'name':'c',"
               "'securityContext':{'runAsUser':1}}]",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/initContainers/0/securityContext',"
                 "'value':{'runAsGroup':10}},{'op':'add',"
                 "'path':'/spec/containers/0/securityContext/runAsGroup','value':10}]",
    },
    {
        .name = "may: unset is fine",
        .policy = "'runAsGroup':{'rule':'MayRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "",
        .errors = "",
    },
    {
        .name = "may: outside",
        .policy = "'runAsGroup':{'rule':'MayRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'securityContext':{'runAsGroup':0}",
        .errors = "spec.containers[0].securityContext: Invalid value: []int64{0}: "
                  "group 0 must be in the ranges: [{10 20} {30 30}]",
    },
};

PSP_TEST_MAIN(rows)
