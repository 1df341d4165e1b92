/* SPDX-License-Identifier: Apache-2.0 */
/* Resource claims, where the field is known. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "refused, each",
        .policy = "'volumes':['secret','hostPath']",
        .pod = "'resourceClaims':[{'name':'gpu','resourceClaimName':'g'},"
               "{'name':'nic','resourceClaimTemplateName':'n'}]",
        .errors = "spec.resourceClaims[0]: Invalid value: \"gpu\": resource claims are "
                  "not allowed to be used spec.resourceClaims[1]: Invalid value: "
                  "\"nic\": resource claims are not allowed to be used",
        .minor = 37,
    },
    {
        .name = "all types of volumes",
        .policy = "'volumes':['*']",
        .pod = "'resourceClaims':[{'name':'gpu','resourceClaimName':'g'},"
               "{'name':'nic','resourceClaimTemplateName':'n'}]",
        .errors = "",
        .minor = 37,
    },
    {
        .name = "named",
        .policy = "'volumes':['secret','resourceClaim']",
        .pod = "'resourceClaims':[{'name':'gpu','resourceClaimName':'g'},"
               "{'name':'nic','resourceClaimTemplateName':'n'}]",
        .errors = "",
        .minor = 26,
    },
    {
        .name = "unknown before 1.26",
        .policy = "'volumes':[]",
        .pod = "'resourceClaims':[{'name':'gpu','resourceClaimName':'g'},"
               "{'name':'nic','resourceClaimTemplateName':'n'}]",
        .errors = "",
        .minor = 25,
    },
};

PSP_TEST_MAIN(rows)
