/* SPDX-License-Identifier: Apache-2.0 */
/* runtimeClass: names, the default, and no name. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "no strategy admits all",
        .policy = "",
        .pod = "'runtimeClassName':'kata'",
        .errors = "",
    },
    {
        .name = "listed",
        .policy = "'runtimeClass':{'allowedRuntimeClassNames':['gvisor','kata']}",
        .pod = "'runtimeClassName':'kata'",
        .errors = "",
    },
    {
        .name = "all listed",
        .policy = "'runtimeClass':{'allowedRuntimeClassNames':['*']}",
        .pod = "'runtimeClassName':'kata'",
        .errors = "",
    },
    {
        .name = "not listed",
        .policy = "'runtimeClass':{'allowedRuntimeClassNames':['gvisor']}",
        .pod = "'runtimeClassName':'kata'",
        .errors = "spec.runtimeClassName: Invalid value: \"kata\"",
    },
    {
        .name = "none listed",
        .policy = "'runtimeClass':{'allowedRuntimeClassNames':[]}",
        .pod = "'runtimeClassName':'kata'",
        .errors = "spec.runtimeClassName: Invalid value: \"kata\"",
    },
    {
        .name = "no name is always allowed",
        .policy = "'runtimeClass':{'allowedRuntimeClassNames':[]}",
        .pod = "",
        .errors = "",
    },
    {
        .name = "the empty name is a name",
        .policy = "'runtimeClass':{'allowedRuntimeClassNames':['kata'],"
                  "'defaultRuntimeClassName':'kata'}",
        .pod = "'runtimeClassName':''",
        .errors = "spec.runtimeClassName: Invalid value: \"\"",
    },
    {
        .name = "a default",
        .policy = "'runtimeClass':{'allowedRuntimeClassNames':['kata'],"
                  "'defaultRuntimeClassName':'kata'}",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/runtimeClassName','value':'kata'}]",
    },
};

PSP_TEST_MAIN(rows)
