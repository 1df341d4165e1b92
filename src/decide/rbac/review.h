/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reviews of group authorization.k8s.io, by which a client asks what somebody may do:
 * SubjectAccessReview, LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview.
 */
#ifndef PODGATE_DECIDE_RBAC_REVIEW_H
#define PODGATE_DECIDE_RBAC_REVIEW_H

#include "decide/rbac/rbac.h"

typedef struct RbacReview {
    const UserInfo *user; /* who asks: the subject of the Self... kinds */
    Str kind;
    Str namespace; /* of the URL, for LocalSubjectAccessReview; "" for the others */
    const Value *object;
} RbacReview;

/* True with the object that the API server answers with (its status filled in), false with the
 * refusal: 422 what is wrong with it, or 400. kind must be one of the four. */
bool rbac_review(const Facts *f, const RbacReview *review, Arena *a, Value *out, Status *refusal);

#endif
