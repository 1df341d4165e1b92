/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PodSecurityPolicy that is created or changed: one that is invalid is refused when it is
 * applied, as the API server did while it knew the type. A custom resource's schema knows types
 * alone.
 */
#include "decide/psp/object.h"
#include "decide/psp/policy.h"
#include "server/webhook/review_decide.h"

#define PODGATE_GROUP STR("podgate.io")

bool review_is_policy(const AdmissionRequest *r)
{
    return str_eq(r->resource, STR("podsecuritypolicies")) && !r->subresource.len &&
           (str_eq(r->group, PODGATE_GROUP) || str_eq(r->group, STR("policy")) ||
            str_eq(r->group, STR("extensions")));
}

void review_policy(const ReviewOptions *options, Arena *a, ReviewResult *answer)
{
    const AdmissionRequest *r = &answer->request;
    Str name = value_get_str(value_get_lit(r->object, "metadata"), STR("name"));
    Err err;
    if (options->phase == REVIEW_MUTATE) {
        return;
    }
    if (!psp_policy_compile(r->object, a, &err)) {
        answer->allowed = false;
        answer->decision.status = status_bad_request(a, err.msg);
        return;
    }
    Value policy = value_copy(r->object, a);
    FieldErrors errs = field_errors_new_for(r->target->minor, a);
    psp_apply_defaults(&policy, a);
    psp_prepare(&policy, r->old_object, r->target);
    psp_validate(&policy, r->target, &errs);
    if (errs.count) {
        /* The API server names policies of policy/v1beta1 by the group that they came from. */
        Str group = str_eq(r->group, PODGATE_GROUP) ? PODGATE_GROUP : STR("extensions");
        answer->allowed = false;
        answer->decision.status = status_invalid(a, group, STR("PodSecurityPolicy"),
                                                 name.len ? name : r->name, &errs);
    }
}
