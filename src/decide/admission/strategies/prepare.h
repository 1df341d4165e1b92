/* SPDX-License-Identifier: Apache-2.0 */
/* What many registries do to an object before they validate it. */
#ifndef PODGATE_DECIDE_ADMISSION_STRATEGIES_PREPARE_H
#define PODGATE_DECIDE_ADMISSION_STRATEGIES_PREPARE_H

#include "decide/admission/run.h"

/* metadata.generation is 1: of a new object. */
void prepare_first_generation(AdmissionRun *run);
/* metadata.generation counts one up where the member (of the object) is another than it was. */
void prepare_next_generation(AdmissionRun *run, Str member);
/* The same where no list and an empty one differ: what is stored has no empty lists. */
void prepare_next_generation_exactly(AdmissionRun *run, Str member);
/* The member is its type's zero value: the status of a new object. */
void prepare_clear(AdmissionRun *run, Str member);
/* The member is as it was. */
void prepare_keep(AdmissionRun *run, Str member);
/* So is a member of metadata. */
void prepare_keep_metadata(AdmissionRun *run, Str member);

/* The time of the request, RFC 3339; absent when it has none. */
static inline Str prepare_now(const AdmissionRun *run)
{
    return run->request->stamp ? run->request->stamp->time : STR_ABSENT;
}

/* Equal but for lists that are missing in one and empty in the other. */
bool prepare_same(const Value *a, const Value *b);

#endif
