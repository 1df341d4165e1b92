/* SPDX-License-Identifier: Apache-2.0 */
/* allowPrivilegeEscalation and its default. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "unset in the policy allows it",
        .policy = "",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':true}}]",
        .errors = "",
    },
    {
        .name = "forbidden",
        .policy = "'allowPrivilegeEscalation':false",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':true}}]",
        .errors = "spec.containers[0].securityContext.allowPrivilegeEscalation: "
                  "Invalid value: true: Allowing privilege escalation for containers "
                  "is not allowed",
    },
    {
        .name = "forbidden: false by default",
        .policy = "'allowPrivilegeEscalation':false",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/containers/0/securityContext',"
                 "'value':{'allowPrivilegeEscalation':false}}]",
    },
    {
        .name = "a default of its own",
        .policy = "'defaultAllowPrivilegeEscalation':false",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/containers/0/securityContext',"
                 "'value':{'allowPrivilegeEscalation':false}}]",
    },
    {
        .name = "a default of true",
        .policy = "'defaultAllowPrivilegeEscalation':true",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/containers/0/securityContext',"
                 "'value':{'allowPrivilegeEscalation':true}}]",
    },
    {
        .name = "the default is for what is unset",
        .policy = "'defaultAllowPrivilegeEscalation':false",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'allowPrivilegeEscalation':true}}]",
        .errors = "",
    },
};

PSP_TEST_MAIN(rows)
