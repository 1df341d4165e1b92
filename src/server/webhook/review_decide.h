/* SPDX-License-Identifier: Apache-2.0 */
/* What is decided of a review that was read. Private to this folder. */
#ifndef PODGATE_SERVER_WEBHOOK_REVIEW_DECIDE_H
#define PODGATE_SERVER_WEBHOOK_REVIEW_DECIDE_H

#include "server/webhook/review.h"

/* answer has the request and its user; the rest is filled in. admission: the options of the
 * request, which are changed. */
void review_decide(const Facts *facts, const ReviewOptions *options, AdmissionOptions *admission,
                   Arena *a, ReviewResult *answer);

/* Is it about a PodSecurityPolicy of one of the groups that have them? */
bool review_is_policy(const AdmissionRequest *r);
/* Refuses a policy that is invalid (422). */
void review_policy(const ReviewOptions *options, Arena *a, ReviewResult *answer);

#endif
