/* SPDX-License-Identifier: Apache-2.0 */
/* Who may approve and sign certificates. Private to src/decide/admission. */
#ifndef PODGATE_DECIDE_ADMISSION_SIGNERS_H
#define PODGATE_DECIDE_ADMISSION_SIGNERS_H

#include "decide/admission/run.h"

/* May the requester do verb ("approve", "sign") for the signer that the stored request names, or
 * for all signers of its domain? Else the request is refused. */
bool admission_check_signer(AdmissionRun *run, const char *verb);

#endif
