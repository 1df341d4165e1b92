/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would have prevented it: for each kind of event, the field of a PodSecurityPolicy and the
 * control of the Pod Security Standards with which it could not have happened; or that there is
 * none, and where to look instead.
 */
#ifndef PODGATE_ANALYZE_AUDIT_PREVENT_H
#define PODGATE_ANALYZE_AUDIT_PREVENT_H

#include "decide/psa/psa.h"

typedef enum PreventHow {
    PREVENT_FULLY,   /* such a pod would not have been admitted, or could not have done it */
    PREVENT_PARTLY,  /* some of what the event may be about */
    PREVENT_NOT,     /* no setting of a pod has to do with it */
    PREVENT_DONE,    /* it was refused */
    PREVENT_UNKNOWN, /* a kind of event that is not known here */
} PreventHow;

typedef struct Prevention {
    PreventHow how;
    Str psp;   /* fields of a PodSecurityPolicy: "privileged: false"; "" for none */
    Str pss;   /* "baseline: Privileged Containers"; "" for none */
    Str other; /* what else helps, or why nothing does; "" for nothing */
} Prevention;

/* By the name of a Falco rule, in any case; PREVENT_UNKNOWN for one that is no row. */
Prevention prevent_falco(Str rule);
/* By a check of the Pod Security Standards that a pod fails. */
Prevention prevent_check(const PsaCheck *check);
/* "privileged: false; baseline: Privileged Containers" */
Str prevent_text(const Prevention *p, Arena *a);
/* "Fully", "Partly", "No", "Refused", "Unknown" */
Str prevent_how_text(PreventHow how);

/* The rows of Falco's rules, for tests: their names. */
size_t prevent_falco_count(void);
Str prevent_falco_name(size_t i);

#endif
