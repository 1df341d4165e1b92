/* SPDX-License-Identifier: Apache-2.0 */
/* What the searches for the ways out share: parts, trying them, leaving out what is not needed. */
#ifndef PODGATE_ANALYZE_REMEDY_SEARCH_H
#define PODGATE_ANALYZE_REMEDY_SEARCH_H

#include "analyze/remedy/remedy.h"

enum {
    REMEDY_ROUNDS_MAX = 16,     /* of asking what is still refused */
    REMEDY_PARTS_MAX = 512,     /* more is no way out that anybody would take */
    REMEDY_POLICIES_MAX = 64,   /* tried in turn, those with the fewest objections */
    REMEDY_POLICIES_MANY = 256, /* where more than so many refuse a pod, only */
    REMEDY_POLICIES_OF_MANY = 16,
    REMEDY_POLICIES_VERY_MANY = 2048, /* each decision of these takes a while */
    REMEDY_POLICIES_OF_VERY_MANY = 4,
};

typedef struct RemedySearch {
    const RemedyQuestion *question;
    Arena *arena;
    Workload workload; /* of the object as it was given */
    size_t decisions;
} RemedySearch;

typedef struct RemedyParts {
    RemedyPart *items;
    size_t count;
    size_t cap;
} RemedyParts;

/* One try: parts applied, and what was decided. */
typedef struct RemedyTrial {
    AdmissionDecision decision;
    const PspDecision *psp;   /* of the pass that refused, or the first; NULL: none was tried */
    Str refused_by;           /* the plugin; "" for none */
    const Snapshot *snapshot; /* that was asked: the policies in psp are its own */
    Value object;             /* the workload as edited */
} RemedyTrial;

/* -- parts (part.c) ---------------------------------------------------------------------------- */

/* Adds a part, with its text. One that is there already is not added again; a second SET of one
 * field takes the first one's place. */
void remedy_add(RemedySearch *s, RemedyParts *parts, RemedyPart part);
/* Applies those parts that are about object (its key, or the workload). skip: a part to leave out,
 * or SIZE_MAX. *object becomes a tree of its own. False when nothing was about it. */
bool remedy_apply(const RemedyParts *parts, size_t skip, const RemedyPart *like, Arena *a,
                  Value *object);
/* Are both about one object? */
bool remedy_same_object(const RemedyPart *a, const RemedyPart *b);
/* The value at a pointer with "=name" steps; NULL when there is none. */
const Value *remedy_at(const Value *root, Str pointer, Arena *a);
/* The objects as parts leave them: each once, in the order of the parts. */
void remedy_objects(const RemedySearch *s, const RemedyParts *parts, RemedyWay *way);

/* -- trying (search.c) ------------------------------------------------------------------------- */

/* Decides with all parts but skip. explain: every policy has its say. End with
 * remedy_trial_done(). */
void remedy_try(RemedySearch *s, const RemedyParts *parts, size_t skip, bool explain,
                RemedyTrial *out);
void remedy_trial_done(RemedyTrial *trial);
bool remedy_admits(RemedySearch *s, const RemedyParts *parts, size_t skip);
/* Drops every part that can be left out. parts admit the pod. */
void remedy_minimise(RemedySearch *s, RemedyParts *parts);
/* Tries again and again: propose adds parts to what was refused, until nothing is refused. False
 * when it has nothing more to add; *why then says what still refuses. */
typedef void RemedyPropose(RemedySearch *s, const RemedyTrial *trial, Str policy,
                           RemedyParts *parts);
bool remedy_search(RemedySearch *s, Str policy, RemedyPropose *propose, RemedyParts *parts,
                   Str *why);
/* Fills in a way from parts that were found and are minimal. */
void remedy_take(RemedySearch *s, const RemedyParts *parts, Str target, RemedyWay *way);

/* The whole chain, as if the pod's account might use every policy: what each says. */
void remedy_try_all(RemedySearch *s, RemedyTrial *out);
/* What the policy of that name objected to in the trial; NULL when it was not tried. */
const PspTried *remedy_tried(const RemedyTrial *trial, Str policy);
/* Names of the policies that the pod could use and that refused it, those with the fewest errors
 * first, at most REMEDY_POLICIES_MAX. */
StrList remedy_refusing(RemedySearch *s, const RemedyTrial *trial);

/* "ResourceQuota refuses it", for those that no way leads past. */
Str remedy_refuser_text(const RemedySearch *s, const RemedyTrial *refusal);

/* The same for ways of more rights. */
Str remedy_no_rights_text(const RemedySearch *s, const RemedyTrial *refusal);
/* The service account that the workload's pods run as. */
Str remedy_account_of(const RemedySearch *s);

/* The API refuses allowPrivilegeEscalation false beside privileged or SYS_ADMIN, and a policy that
 * forbids escalation may just have set it: the error that says so, or NULL. */
const FieldError *remedy_contradiction(const RemedyTrial *trial);

/* -- quotas (quota.c) ---------------------------------------------------------------------------
 */

/* Is it a quota that has too little left? */
bool remedy_is_excess(const RemedyTrial *trial);
/* Lower requests or limits, so that what is left does for the pods of the workload. */
void remedy_edit_quota(RemedySearch *s, const RemedyTrial *trial, RemedyParts *parts);
/* Higher limits of the quota. */
void remedy_widen_quota(RemedySearch *s, const RemedyTrial *trial, RemedyParts *parts);

/* -- the ways -----------------------------------------------------------------------------------
 */

void remedy_edit(RemedySearch *s, const RemedyTrial *refusal, RemedyWay *way);
void remedy_widen(RemedySearch *s, const RemedyTrial *refusal, RemedyWay *way);
void remedy_grant(RemedySearch *s, const RemedyTrial *refusal, RemedyWay *way);
void remedy_account(RemedySearch *s, const RemedyTrial *refusal, RemedyWay *way);

/* Edits that one objection asks for. */
void remedy_edit_psp(RemedySearch *s, const RemedyTrial *trial, const PspPolicy *policy,
                     const FieldError *e, RemedyParts *parts);
void remedy_edit_limits(RemedySearch *s, const RemedyTrial *trial, RemedyParts *parts);
void remedy_edit_psa(RemedySearch *s, const RemedyTrial *trial, RemedyParts *parts);
/* Widenings of the policy that one objection asks for. */
void remedy_widen_psp(RemedySearch *s, const RemedyTrial *trial, const PspPolicy *policy,
                      const FieldError *e, RemedyParts *parts);
/* That it lets processes gain rights. */
void remedy_widen_escalation(RemedySearch *s, const PspPolicy *policy, RemedyParts *parts);

#endif
