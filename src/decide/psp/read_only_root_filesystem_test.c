/* SPDX-License-Identifier: Apache-2.0 */
/* readOnlyRootFilesystem. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "not asked for",
        .policy = "",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'readOnlyRootFilesystem':false}}]",
        .errors = "",
    },
    {
        .name = "asked for and given",
        .policy = "'readOnlyRootFilesystem':true",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'readOnlyRootFilesystem':true}}]",
        .errors = "",
    },
    {
        .name = "asked for and refused",
        .policy = "'readOnlyRootFilesystem':true",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'readOnlyRootFilesystem':false}}]",
        .errors = "spec.containers[0].securityContext.readOnlyRootFilesystem: "
                  "Invalid value: false: ReadOnlyRootFilesystem must be set to true",
    },
    {
        .name = "a default",
        .policy = "'readOnlyRootFilesystem':true",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/containers/0/securityContext',"
                 "'value':{'readOnlyRootFilesystem':true}}]",
    },
};

PSP_TEST_MAIN(rows)
