/* SPDX-License-Identifier: Apache-2.0 */
/* The right to use a PodSecurityPolicy. */
#include "decide/admission/policy_use.h"

static const Str grant_groups[] = { STR_INIT("policy"), STR_INIT("extensions"),
                                    STR_INIT("podgate.io") };
const StrList psp_grant_groups = { grant_groups, COUNT_OF(grant_groups) };

bool psp_rule_allows_use(const RbacRule *rule, Str policy, Str *group)
{
    for (size_t i = 0; i < psp_grant_groups.count; i++) {
        RbacRequest request = {
            .verb = STR("use"),
            .api_group = psp_grant_groups.items[i],
            .resource = STR("podsecuritypolicies"),
            .subresource = STR(""),
            .name = policy,
            .namespace = STR(""),
            .is_resource = true,
            .path = STR(""),
        };
        if (rbac_rule_allows(rule, &request)) {
            if (group) {
                *group = request.api_group;
            }
            return true;
        }
    }
    return false;
}
