/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quotas of a namespace while the pods of one workload come back.
 *
 * A restart gives back what the pods used and asks for it again, one pod after the other, while
 * everything else in the namespace goes on running. So each quota is held against what the others
 * use, and how many pods of the workload have started already.
 */
#ifndef PODGATE_ANALYZE_SIMULATE_QUOTA_H
#define PODGATE_ANALYZE_SIMULATE_QUOTA_H

#include "decide/admission/quota_usage.h"

/* The quotas of one namespace in one cluster. */
typedef struct QuotaBook {
    ObjectList quotas;
    ResourceList *hard; /* of each */
    ResourceList *used; /* by all pods together */
    bool *is_counted;   /* the quota has no status: its usage is what was added */
} QuotaBook;

QuotaBook quota_book_new(const Facts *facts, Str namespace, Arena *a);
/* Counts pods pods like this one (as it would be stored) in, where nothing says what is used. */
void quota_book_add(QuotaBook *b, const Value *pod, int64_t pods, const KubeTarget *target,
                    Arena *a);

/* A limit that would have to be raised. */
typedef struct QuotaRaise {
    Str quota;
    Str resource;
    Str from;
    Str to;
} QuotaRaise;

/* The book with limits that let wanted of a workload's pods pods start; *raises: those that had to
 * be raised, each as little as will do. */
QuotaBook quota_book_raise(const QuotaBook *b, const Value *pod, int64_t pods, int64_t wanted,
                           const KubeTarget *target, Arena *a, const QuotaRaise **raises,
                           size_t *count);

/* Facts in which the quotas of the namespace stand as they do when started of a workload's pods
 * pods have started again. */
typedef struct QuotaFacts {
    Facts facts; /* to ask */
    const Facts *under;
    Str namespace;
    ObjectList quotas;
} QuotaFacts;

void quota_facts_init(QuotaFacts *f, const Facts *under, Str namespace, const QuotaBook *b,
                      const Value *pod, int64_t pods, int64_t started, const KubeTarget *target,
                      Arena *a);

#endif
