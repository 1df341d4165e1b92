/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What controllers make by themselves, and manifests do not hold: the namespace's service account
 * `default`, the token of an account, what a platform adds for each.
 */
#ifndef PODGATE_ANALYZE_ACCOUNTS_H
#define PODGATE_ANALYZE_ACCOUNTS_H

#include "cluster/snapshot.h"
#include "kube/target.h"

/* A service account that pods run as. */
typedef struct PodAccount {
    Str namespace;
    Str name;
} PodAccount;

typedef struct AnalyzeNote {
    struct AnalyzeNote *next;
    Str text;
} AnalyzeNote;

typedef struct AnalyzeNotes {
    AnalyzeNote *first;
    AnalyzeNote *last;
} AnalyzeNotes;

void analyze_note(AnalyzeNotes *notes, Str text, Arena *a);

/* A snapshot over s (whose reference it takes over) in which each of the accounts exists, with its
 * namespace and, up to 1.20, a token. One that was not there and is not called default is noted.
 * Everything that is put lives in a, which must outlive the snapshot. */
const Snapshot *accounts_complete(const Snapshot *s, const PodAccount *accounts, size_t count,
                                  const KubeTarget *target, AnalyzeNotes *notes, Arena *a);

#endif
