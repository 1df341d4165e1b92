/* SPDX-License-Identifier: Apache-2.0 */
/* seLinux: what must match, at the pod and at its containers. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "any admits all",
        .policy = "",
        .pod = "'securityContext':{'seLinuxOptions':{'type':'spc_t'}}",
        .errors = "",
    },
    {
        .name = "must: the same",
        .policy = "'seLinux':{'rule':'MustRunAs','seLinuxOptions':{'user':'u',"
                  "'role':'r','type':'t','level':'s0:c1,c2'}}",
        .pod = "'securityContext':{'seLinuxOptions':{'user':'u','role':'r',"
               "'type':'t','level':'s0:c1,c2'}}",
        .errors = "",
    },
    {
        .name = "must: categories in another order",
        .policy = "'seLinux':{'rule':'MustRunAs','seLinuxOptions':{'user':'u',"
                  "'role':'r','type':'t','level':'s0:c1,c2'}}",
        .pod = "'securityContext':{'seLinuxOptions':{'user':'u','role':'r',"
               "'type':'t','level':'s0:c2,c1'}}",
        .errors = "",
    },
    {
        .name = "must: another number of categories",
        .policy = "'seLinux':{'rule':'MustRunAs','seLinuxOptions':{'user':'u',"
                  "'role':'r','type':'t','level':'s0:c1,c2'}}",
        .pod = "'securityContext':{'seLinuxOptions':{'user':'u','role':'r',"
               "'type':'t','level':'s0:c1,c2,c2'}}",
        .errors = "spec.securityContext.seLinuxOptions.level: Invalid value: \"s0:c1,"
                  "c2,c2\": must be s0:c1,c2 spec.containers[0].securityContext.seLinu"
                  "xOptions.level: Invalid value: \"s0:c1,c2,c2\": must be s0:c1,c2",
    },
    {
        .name = "must: as many categories, one twice",
        .policy = "'seLinux':{'rule':'MustRunAs','seLinuxOptions':{'user':'u',"
                  "'role':'r','type':'t','level':'s0:c1,c2'}}",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'seLinuxOptions':{'user':'u','role':'r',"
               "'type':'t','level':'s0:c1,c1'}}}]",
        .errors = "spec.containers[0].securityContext.seLinuxOptions.level: Invalid "
                  "value: \"s0:c1,c1\": must be s0:c1,c2",
        .patch = NULL,
    },
    {
        .name = "must: another sensitivity",
        .policy = "'seLinux':{'rule':'MustRunAs','seLinuxOptions':{'user':'u',"
                  "'role':'r','type':'t','level':'s0:c1,c2'}}",
        .pod = "'securityContext':{'seLinuxOptions':{'user':'u','role':'r',"
               "'type':'t','level':'s1:c1,c2'}},'containers':[{'name':'c',"
               "'securityContext':{'seLinuxOptions':{'user':'u','role':'r',"
               "'type':'t','level':'s0:c1,c2'}}}]",
        .errors = "spec.securityContext.seLinuxOptions.level: Invalid value: \"s1:c1,"
                  "c2\": must be s0:c1,c2",
    },
    {
        .name = "must: everything else, in order",
        .policy = "'seLinux':{'rule':'MustRunAs','seLinuxOptions':{'user':'u',"
                  "'role':'r','type':'t','level':'s0:c1,c2'}}",
        .pod = "'securityContext':{'seLinuxOptions':{'user':'u','role':'r',"
               "'type':'t','level':'s0:c1,c2'}},'containers':[{'name':'c',"
               "'securityContext':{'seLinuxOptions':{'user':'x'}}}]",
        .errors = "spec.containers[0].securityContext.seLinuxOptions.level: Invalid "
                  "value: \"\": must be s0:c1,"
                  "c2 spec.containers[0].securityContext.seLinuxOptions.role: "
                  "Invalid value: \"\": must be r spec.containers[0].securityContext.se"
                  "LinuxOptions.type: Invalid value: \"\": must be t "
                  "spec.containers[0].securityContext.seLinuxOptions.user: Invalid "
                  "value: \"x\": must be u",
    },
    {
        .name = "must: a default on the pod, for all containers",
        .policy = "'seLinux':{'rule':'MustRunAs','seLinuxOptions':{'user':'u',"
                  "'role':'r','type':'t','level':'s0:c1,c2'}}",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/securityContext',"
                 "'value':{'seLinuxOptions':{'user':'u','role':'r','type':'t',"
                 "'level':'s0:c1,c2'}}}]",
    },
    {
        .name = "must: parts that are empty are not written",
        .policy = "'seLinux':{'rule':'MustRunAs','seLinuxOptions':{'type':'t'}}",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/securityContext',"
                 "'value':{'seLinuxOptions':{'type':'t'}}}]",
    },
};

PSP_TEST_MAIN(rows)
