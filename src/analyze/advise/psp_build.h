/* SPDX-License-Identifier: Apache-2.0 */
/* For the files that write an advised policy. */
#ifndef PODGATE_ANALYZE_ADVISE_PSP_BUILD_H
#define PODGATE_ANALYZE_ADVISE_PSP_BUILD_H

#include "analyze/advise/psp_needs.h"

typedef struct PspBuild {
    PspNeeds *needs;
    AdvisePsp *psp;
    Value annotations;
    Value spec;
    AdviseLine **end;
    bool with_namespaces;
    Arena *arena;
} PspBuild;

/* Puts a line: needed by e, because why; when nobody needs it (e NULL or empty), why alone. */
void psp_note(PspBuild *b, Str path, const AdviseEvidence *e, const char *why);
/* "/spec/field" */
Str psp_at_field(const PspBuild *b, Str field);
/* The numbers as a list of ranges, under key of the object that is at the path; those that follow
 * each other are one range. */
void psp_put_ranges(PspBuild *b, Value *into, Str key, Str path, const AdviseNeeds *needs,
                    const char *why);

void psp_put_rules(PspBuild *b);
void psp_put_profiles(PspBuild *b);

/* apiVersion and kind, by the target. */
Value psp_new_policy(const KubeTarget *target, Arena *a);

#endif
