/* SPDX-License-Identifier: Apache-2.0 */
/* One objection of a PodSecurityPolicy, and the parts that would widen the policy by it. */
#ifndef PODGATE_ANALYZE_REMEDY_WIDENING_H
#define PODGATE_ANALYZE_REMEDY_WIDENING_H

#include "analyze/remedy/edit.h"

typedef struct Widening {
    RemedySearch *s;
    const RemedyTrial *trial;
    const PspPolicy *policy;
    const FieldError *e;
    PodPlace place;
    RemedyParts *parts;
} Widening;

/* A part of the policy; restricts as in RemedyPart. */
void widening_add(const Widening *w, RemedyOp op, Str pointer, Value v, bool restricts);
void widening_list_add(const Widening *w, Str pointer, Value v);
/* Without the double quotes around it. */
Str widening_unquoted(Str text);
/* {member: name} */
Value widening_named(Str member, Str name, Arena *a);

/* -- what widen_more.c has -----------------------------------------------------------------------
 */

void widening_mount(Widening *w);
void widening_volume(Widening *w);
void widening_sysctl(Widening *w);
/* False when the objection is about no profile. */
bool widening_profiles(Widening *w);

#endif
