/* SPDX-License-Identifier: Apache-2.0 */
/* Host process containers, where the field is known. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "refused on a container",
        .policy = "",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'windowsOptions':{'hostProcess':true}}}]",
        .errors = "spec.containers[0].securityContext.windowsOptions.hostProcess: "
                  "Invalid value: true: Host process containers are not allowed",
        .minor = 22,
    },
    {
        .name = "refused on the pod",
        .policy = "",
        .pod = "'securityContext':{'windowsOptions':{'hostProcess':true}}",
        .errors = "spec.containers[0].securityContext.windowsOptions.hostProcess: "
                  "Invalid value: true: Host process containers are not allowed",
        .minor = 37,
    },
    {
        .name = "the container takes it back",
        .policy = "",
        .pod = "'securityContext':{'windowsOptions':{'hostProcess':true}},"
               "'containers':[{'name':'c',"
               "'securityContext':{'windowsOptions':{'hostProcess':false}}}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "a container without a word of its own inherits",
        .policy = "",
        .pod = "'securityContext':{'windowsOptions':{'hostProcess':true}},"
               "'containers':[{'name':'c',"
               "'securityContext':{'windowsOptions':{'runAsUserName':'x'}}}]",
        .errors = "spec.containers[0].securityContext.windowsOptions.hostProcess: "
                  "Invalid value: true: Host process containers are not allowed",
        .minor = 37,
    },
    {
        .name = "a policy for privileged pods allows it",
        .policy = "'privileged':true",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'windowsOptions':{'hostProcess':true}}}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "but not the host network that goes with it",
        .policy = "'privileged':true",
        .pod = "'hostNetwork':true,'containers':[{'name':'c',"
               "'securityContext':{'windowsOptions':{'hostProcess':true}}}]",
        .errors = "spec.securityContext.hostNetwork: Invalid value: true: Host "
                  "network is not allowed to be used",
        .minor = 37,
    },
    {
        .name = "unknown before 1.22",
        .policy = "",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'windowsOptions':{'hostProcess':true}}}]",
        .errors = "",
        .minor = 21,
    },
};

PSP_TEST_MAIN(rows)
