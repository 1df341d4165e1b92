/* SPDX-License-Identifier: Apache-2.0 */
/* For the proof of a policy: what takes something away from it and looks who is refused. */
#ifndef PODGATE_ANALYZE_ADVISE_PSP_PROVE_H
#define PODGATE_ANALYZE_ADVISE_PSP_PROVE_H

#include "analyze/advise/psp_needs.h"

typedef struct PspProving {
    const PspNeeds *needs;
    AdvisePsp *psp;
    const AdvisePod **order; /* those that refused lately come first */
    size_t taken_cap;
    Arena *arena;
    Arena *scratch;
} PspProving;

/* Decides with a policy that has less than the one to prove, and records who is not admitted. what
 * and path say what it has not. */
void psp_try_less(PspProving *p, const Value *less, Str what, Str path);

/* Flags, items of lists, numbers of ranges. */
void psp_take_grants(PspProving *p);
/* Rules for which there are stricter ones, profiles, and what could be forbidden besides. */
void psp_take_rules(PspProving *p);

/* A copy of the policy to take something away from. */
static inline Value psp_less_of(const PspProving *p)
{
    return value_copy(&p->psp->policy, p->scratch);
}

static inline Value *psp_spec_of(Value *policy)
{
    return value_get_lit(policy, "spec");
}

static inline const Value *psp_own_spec(const PspProving *p)
{
    return value_get_lit(&p->psp->policy, "spec");
}

static inline Str psp_at_spec(const PspProving *p, Str field)
{
    return arena_concat(p->arena, STR("/spec/"), field);
}

#endif
