/* SPDX-License-Identifier: Apache-2.0 */
/* Who may use which PodSecurityPolicy. Private to this folder. */
#ifndef PODGATE_DECIDE_ADMISSION_POD_SECURITY_POLICY_H
#define PODGATE_DECIDE_ADMISSION_POD_SECURITY_POLICY_H

#include "decide/admission/policy_use.h"
#include "decide/admission/run.h"
#include "decide/psp/psp.h"

typedef struct PspCandidates {
    PspCandidate *items;
    size_t count;
} PspCandidates;

/* The user that the pod's service account is. False when the pod has none. */
bool psp_account_of(const AdmissionRun *run, UserInfo *out);

/* The policies that may be used and that matter to the outcome, by asking run->request->access.
 * False: it waits for answers. */
bool psp_candidates_asked(const AdmissionRun *run, PspPass pass, const PodView *pod,
                          PspCandidates *out);

#endif
