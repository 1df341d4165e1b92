/* SPDX-License-Identifier: Apache-2.0 */
/* runAsUser: each rule, with what containers inherit. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "any admits root",
        .policy = "",
        .pod = "'containers':[{'name':'c','securityContext':{'runAsUser':0}}]",
        .errors = "",
    },
    {
        .name = "must: in range",
        .policy = "'runAsUser':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'containers':[{'name':'c','securityContext':{'runAsUser':10}}]",
        .errors = "",
    },
    {
        .name = "must: inherited from the pod",
        .policy = "'runAsUser':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'securityContext':{'runAsUser':30}",
        .errors = "",
    },
    {
        .name = "must: outside",
        .policy = "'runAsUser':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'containers':[{'name':'c','securityContext':{'runAsUser':0}}]",
        .errors = "spec.containers[0].securityContext.runAsUser: Invalid value: 0: "
                  "must be in the ranges: [{10 20} {30 30}]",
    },
    {
        .name = "must: inherited and outside",
        .policy = "'runAsUser':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'securityContext':{'runAsUser':9}",
        .errors = "spec.containers[0].securityContext.runAsUser: Invalid value: 9: "
                  "must be in the ranges: [{10 20} {30 30}]",
    },
    {
        .name = "must: a default",
        .policy = "'runAsUser':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/containers/0/securityContext',"
                 "'value':{'runAsUser':10}}]",
    },
    {
        .name = "non-root: neither field set",
        .policy = "'runAsUser':{'rule':'MustRunAsNonRoot'}",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/containers/0/securityContext',"
                 "'value':{'runAsNonRoot':true}}]",
    },
    {
        .name = "non-root: a user is enough",
        .policy = "'runAsUser':{'rule':'MustRunAsNonRoot'}",
        .pod = "'containers':[{'name':'c','securityContext':{'runAsUser':1}}]",
        .errors = "",
    },
    {
        .name = "non-root: the flag is enough",
        .policy = "'runAsUser':{'rule':'MustRunAsNonRoot'}",
        .pod = "'securityContext':{'runAsNonRoot':true}",
        .errors = "",
    },
    {
        .name = "non-root: the flag says false",
        .policy = "'runAsUser':{'rule':'MustRunAsNonRoot'}",
        .pod = "'containers':[{'name':'c','securityContext':{'runAsNonRoot':false}}]",
        .errors = "spec.containers[0].securityContext.runAsNonRoot: Invalid value: "
                  "false: must be true",
    },
    {
        .name = "non-root: false comes before the user",
        .policy = "'runAsUser':{'rule':'MustRunAsNonRoot'}",
        .pod = "'containers':[{'name':'c','securityContext':{'runAsNonRoot':false,"
               "'runAsUser':0}}]",
        .errors = "spec.containers[0].securityContext.runAsNonRoot: Invalid value: "
                  "false: must be true",
    },
    {
        .name = "non-root: root",
        .policy = "'runAsUser':{'rule':'MustRunAsNonRoot'}",
        .pod = "'containers':[{'name':'c','securityContext':{'runAsUser':0}}]",
        .errors = "spec.containers[0].securityContext.runAsUser: Invalid value: 0: "
                  "running with the root UID is forbidden",
    },
    {
        .name = "non-root: root with the flag",
        .policy = "'runAsUser':{'rule':'MustRunAsNonRoot'}",
        .pod = "'containers':[{'name':'c','securityContext':{'runAsUser':0,"
               "'runAsNonRoot':true}}]",
        .errors = "spec.containers[0].securityContext.runAsUser: Invalid value: 0: "
                  "running with the root UID is forbidden",
    },
    {
        .name = "non-root: root inherited, in an init container",
        .policy = "'runAsUser':{'rule':'MustRunAsNonRoot'}",
        .pod = "'securityContext':{'runAsUser':0},'initContainers':[{'name':'i'}],"
               "'containers':[{'name':'c','securityContext':{'runAsUser':1}}]",
        .errors = "spec.initContainers[0].securityContext.runAsUser: Invalid value: "
                  "0: running with the root UID is forbidden",
    },
};

PSP_TEST_MAIN(rows)
