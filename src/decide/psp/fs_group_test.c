/* SPDX-License-Identifier: Apache-2.0 */
/* fsGroup: each rule, with and without a group. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "any admits all",
        .policy = "",
        .pod = "'securityContext':{'fsGroup':0}",
        .errors = "",
    },
    {
        .name = "must: a group in a range",
        .policy = "'fsGroup':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'securityContext':{'fsGroup':20}",
        .errors = "",
    },
    {
        .name = "must: the second range",
        .policy = "'fsGroup':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'securityContext':{'fsGroup':30}",
        .errors = "",
    },
    {
        .name = "must: outside",
        .policy = "'fsGroup':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'securityContext':{'fsGroup':21}",
        .errors = "spec.securityContext.fsGroup: Invalid value: []int64{21}: group "
                  "21 must be in the ranges: [{10 20} {30 30}]",
    },
    {
        .name = "must: a default, no security context",
        .policy = "'fsGroup':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/securityContext',"
                 "'value':{'fsGroup':10}}]",
    },
    {
        .name = "must: a default, a security context",
        .policy = "'fsGroup':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'securityContext':{'runAsUser':1}",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/securityContext/fsGroup','value':10}]",
    },
    {
        .name = "must: null is unset",
        .policy = "'fsGroup':{'rule':'MustRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'securityContext':{'fsGroup':null}",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/securityContext/fsGroup','value':10}]",
    },
    {
        .name = "may: unset is fine",
        .policy = "'fsGroup':{'rule':'MayRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "",
        .errors = "",
    },
    {
        .name = "may: outside",
        .policy = "'fsGroup':{'rule':'MayRunAs','ranges':[{'min':10,'max':20},"
                  "{'min':30,'max':30}]}",
        .pod = "'securityContext':{'fsGroup':9}",
        .errors = "spec.securityContext.fsGroup: Invalid value: []int64{9}: group 9 "
                  "must be in the ranges: [{10 20} {30 30}]",
    },
};

PSP_TEST_MAIN(rows)
