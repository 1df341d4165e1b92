/* SPDX-License-Identifier: Apache-2.0 */
/* hostPorts: ranges, and how they are listed. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "none asked for",
        .policy = "",
        .pod = "'containers':[{'name':'c','ports':[{'containerPort':1,"
               "'hostPort':0}]}]",
        .errors = "",
    },
    {
        .name = "none allowed",
        .policy = "",
        .pod = "'containers':[{'name':'c','ports':[{'containerPort':1,"
               "'hostPort':80}]}]",
        .errors = "spec.containers[0].hostPort: Invalid value: 80: Host port 80 is "
                  "not allowed to be used. Allowed ports: []",
    },
    {
        .name = "the ends of ranges",
        .policy = "'hostPorts':[{'min':22,'max':22},{'min':8000,'max':8080}]",
        .pod = "'containers':[{'name':'c','ports':[{'containerPort':1,'hostPort':22},"
               "{'containerPort':1,'hostPort':8000},{'containerPort':1,"
               "'hostPort':8080}]}]",
        .errors = "",
    },
    {
        .name = "outside ranges",
        .policy = "'hostPorts':[{'min':22,'max':22},{'min':8000,'max':8080}]",
        .pod = "'containers':[{'name':'c','ports':[{'containerPort':1,'hostPort':21},"
               "{'containerPort':1,'hostPort':8081}]}]",
        .errors = "spec.containers[0].hostPort: Invalid value: 21: Host port 21 is "
                  "not allowed to be used. Allowed ports: [22,8000-8080] "
                  "spec.containers[0].hostPort: Invalid value: 8081: Host port 8081 "
                  "is not allowed to be used. Allowed ports: [22,8000-8080]",
    },
};

PSP_TEST_MAIN(rows)
