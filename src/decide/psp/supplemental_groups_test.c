/* SPDX-License-Identifier: Apache-2.0 */
/* supplementalGroups: each rule; an empty list is not an absent one. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "any admits all",
        .policy = "",
        .pod = "'securityContext':{'supplementalGroups':[0,1]}",
        .errors = "",
    },
    {
        .name = "must: all in ranges",
        .policy = "'supplementalGroups':{'rule':'MustRunAs','ranges':[{'min':10,"
                  "'max':20},{'min':30,'max':30}]}",
        .pod = "'securityContext':{'supplementalGroups':[10,30]}",
        .errors = "",
    },
    {
        .name = "must: one error for each outside",
        .policy = "'supplementalGroups':{'rule':'MustRunAs','ranges':[{'min':10,"
                  "'max':20},{'min':30,'max':30}]}",
        .pod = "'securityContext':{'supplementalGroups':[9,10,31]}",
        .errors = "spec.securityContext.supplementalGroups: Invalid value: []int64{9,"
                  " 10, 31}: group 9 must be in the ranges: [{10 20} {30 30}] "
                  "spec.securityContext.supplementalGroups: Invalid value: []int64{9,"
                  " 10, 31}: group 31 must be in the ranges: [{10 20} {30 30}]",
    },
    {
        .name = "must: a default when unset",
        .policy = "'supplementalGroups':{'rule':'MustRunAs','ranges':[{'min':10,"
                  "'max':20},{'min':30,'max':30}]}",
        .pod = "'securityContext':{}",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/securityContext/supplementalGroups',"
                 "'value':[10]}]",
    },
    {
        .name = "must: the empty list is refused",
        .policy = "'supplementalGroups':{'rule':'MustRunAs','ranges':[{'min':10,"
                  "'max':20},{'min':30,'max':30}]}",
        .pod = "'securityContext':{'supplementalGroups':[]}",
        .errors = "spec.securityContext.supplementalGroups: Invalid value: "
                  "[]int64{}: unable to validate empty groups against required ranges",
    },
    {
        .name = "may: the empty list is fine",
        .policy = "'supplementalGroups':{'rule':'MayRunAs','ranges':[{'min':10,"
                  "'max':20},{'min':30,'max':30}]}",
        .pod = "'securityContext':{'supplementalGroups':[]}",
        .errors = "",
    },
    {
        .name = "may: outside",
        .policy = "'supplementalGroups':{'rule':'MayRunAs','ranges':[{'min':10,"
                  "'max':20},{'min':30,'max':30}]}",
        .pod = "'securityContext':{'supplementalGroups':[1]}",
        .errors = "spec.securityContext.supplementalGroups: Invalid value: "
                  "[]int64{1}: group 1 must be in the ranges: [{10 20} {30 30}]",
    },
};

PSP_TEST_MAIN(rows)
