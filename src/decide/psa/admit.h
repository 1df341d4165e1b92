/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that answer requests share: ways to say yes and no. */
#ifndef PODGATE_DECIDE_PSA_ADMIT_H
#define PODGATE_DECIDE_PSA_ADMIT_H

#include "base/map.h"
#include "decide/psa/admission.h"
#include "decide/psa/object.h"

void psa_admit_namespace(const PsaConfig *config, const PsaCluster *cluster,
                         const PsaRequest *request, Arena *a, PsaDecision *out);

void psa_annotate(PsaDecision *out, Str key, Str value);
void psa_refuse(PsaDecision *out, Status status);
/* Refuses because the request cannot be judged; cause may be absent. */
void psa_fail_request(PsaDecision *out, Status status, Str cause, Arena *a);

/* One of the names, and not the empty one. */
bool psa_is_exempt(StrList names, Str name);

/* `failed to lookup namespace "x"` */
Str psa_lookup_error(Str namespace, Arena *a);

/* Decodes the object or old object of a request; a missing one is a null of no kind. */
WARN_UNUSED bool psa_decode(const PsaRequest *r, const Value *v, Arena *a, PsaObject *out,
                            Err *err);

#endif
