/* SPDX-License-Identifier: Apache-2.0 */
/* procMount, with and without the feature gate. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "Default by default",
        .policy = "",
        .pod = "'containers':[{'name':'c','securityContext':{'procMount':'Default'}}]",
        .errors = "",
        .features = 1u << FEATURE_PROC_MOUNT_TYPE,
    },
    {
        .name = "Unmasked refused",
        .policy = "",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'procMount':'Unmasked'}}]",
        .errors = "spec.containers[0].securityContext.procMount: Invalid value: "
                  "\"Unmasked\": ProcMountType is not allowed",
        .features = 1u << FEATURE_PROC_MOUNT_TYPE,
    },
    {
        .name = "Unmasked allowed",
        .policy = "'allowedProcMountTypes':['Unmasked']",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'procMount':'Unmasked'}}]",
        .errors = "",
        .features = 1u << FEATURE_PROC_MOUNT_TYPE,
    },
    {
        .name = "unset is Default, which is not listed",
        .policy = "'allowedProcMountTypes':['Unmasked']",
        .pod = "",
        .errors = "spec.containers[0].securityContext.procMount: Invalid value: "
                  "\"Default\": ProcMountType is not allowed",
        .features = 1u << FEATURE_PROC_MOUNT_TYPE,
    },
    {
        .name = "an empty list allows Default",
        .policy = "'allowedProcMountTypes':[]",
        .pod = "",
        .errors = "",
        .features = 1u << FEATURE_PROC_MOUNT_TYPE,
    },
    {
        .name = "the gate is off: the list is not there",
        .policy = "'allowedProcMountTypes':['Unmasked']",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'procMount':'Unmasked'}}]",
        .errors = "spec.containers[0].securityContext.procMount: Invalid value: "
                  "\"Unmasked\": ProcMountType is not allowed",
    },
    {
        .name = "the gate is off: Default",
        .policy = "'allowedProcMountTypes':['Unmasked']",
        .pod = "",
        .errors = "",
    },
};

PSP_TEST_MAIN(rows)
