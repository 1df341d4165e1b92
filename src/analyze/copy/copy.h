/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rehearsal copy of a cluster: which of its objects are taken, and what is taken off them.
 *
 * Objects stay as they are, with uids, times, status, owners and managedFields. Left out is what
 * tells of a moment and not of the cluster (rows of left_out[] in copy.c), what has no place in it
 * (kinds that no definition explains), and what would reach out of the copy (webhooks).
 *
 * Values of Secrets are not copied unless that is asked for: others stand in their place, of a form
 * that the type of the Secret allows. Tokens of service accounts are left empty, as a server signs
 * them anew. Such a Secret carries the annotation COPY_REDACTED.
 */
#ifndef PODGATE_ANALYZE_COPY_COPY_H
#define PODGATE_ANALYZE_COPY_COPY_H

#include "cluster/files.h"

#define COPY_REDACTED "podgate.io/redacted"

typedef struct CopyOptions {
    bool secret_values;
    bool webhooks;
} CopyOptions;

/* Objects of one kind that are left out for one reason. */
typedef struct CopyLeftOut {
    Str kind;
    Str api_version; /* of the first */
    Str why;
    size_t count;
    bool is_unknown; /* because nobody says what the kind is */
    const FileObject *first;
} CopyLeftOut;

typedef struct CopyResult {
    FileObjects objects; /* taken, each place once, namespaces and definitions first */
    const CopyLeftOut *left_out;
    size_t left_out_count;
    size_t redacted;  /* Secrets without their values */
    size_t kinds;     /* among the taken */
    size_t repeated;  /* of places that came more than once: the last one is taken */
    size_t manifests; /* taken, though they have no uid and so never were in a cluster */
    int minor;        /* of the newest node's kubelet; 0: no node says */
} CopyResult;

void copy_objects(const FileObjects *in, const CopyOptions *o, Arena *a, CopyResult *out);

/* Need objects of this kind not even be read? Also what another group has the same objects of. */
bool copy_skips_kind(Str group, Str kind, const CopyOptions *o);

#endif
