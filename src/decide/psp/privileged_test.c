/* SPDX-License-Identifier: Apache-2.0 */
/* privileged containers. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "refused in every class",
        .policy = "",
        .pod = "'initContainers':[{'name':'i',"
               "'securityContext':{'privileged':true}}],'containers':[{'name':'c',"
               "'securityContext':{'privileged':true}}]",
        .errors = "spec.initContainers[0].securityContext.privileged: Invalid value: "
                  "true: Privileged containers are not allowed "
                  "spec.containers[0].securityContext.privileged: Invalid value: "
                  "true: Privileged containers are not allowed",
    },
    {
        .name = "allowed",
        .policy = "'privileged':true",
        .pod = "'containers':[{'name':'c','securityContext':{'privileged':true}}]",
        .errors = "",
    },
    {
        .name = "false and unset are not asked for",
        .policy = "",
        .pod = "'containers':[{'name':'c','securityContext':{'privileged':false}}]",
        .errors = "",
    },
    {
        .name = "ephemeral containers count where there are any",
        .policy = "",
        .pod = "'ephemeralContainers':[{'name':'e',"
               "'securityContext':{'privileged':true}}]",
        .errors = "spec.ephemeralContainers[0].securityContext.privileged: Invalid "
                  "value: true: Privileged containers are not allowed",
        .features = 1u << FEATURE_EPHEMERAL_CONTAINERS,
    },
    {
        .name = "and are dropped where not",
        .policy = "",
        .pod = "'ephemeralContainers':[{'name':'e',"
               "'securityContext':{'privileged':true}}]",
        .errors = "",
    },
};

PSP_TEST_MAIN(rows)
