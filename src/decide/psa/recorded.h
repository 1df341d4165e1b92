/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Playing recorded cases of the upstream library: each is decided again, and the answer given in
 * the form in which the case expects it.
 *
 *   psa            a pod at every version of both levels
 *   psa-admission  an AdmissionRequest, with the cluster that it met
 *   psa-config     a PodSecurityConfiguration file
 *   psa-decode     a pod as raw bytes
 */
#ifndef PODGATE_DECIDE_PSA_RECORDED_H
#define PODGATE_DECIDE_PSA_RECORDED_H

#include "base/err.h"
#include "doc/value.h"

/* Is it one of the topics above? */
bool psa_recorded_has_topic(Str topic);

/* *got becomes what the case's "expect" should be. Fails only for a case that is malformed. */
WARN_UNUSED bool psa_recorded_decide(const Value *recorded, Arena *a, Value *got, Err *err);

/* Do both say the same? The words of the JSON decoder, which change with its version, do not
 * count, but that it complained does. */
bool psa_recorded_agrees(const Value *recorded, const Value *got, Arena *a);

#endif
