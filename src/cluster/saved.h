/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster in a file: all its objects at one version, and what makes the tokens and certificates
 * good that it gave out.
 *
 * The file is a v1 List, as kubectl prints one, so whatever reads those reads it, --state among
 * them. It has a line for what it is (broken here), one for each object, and one with a checksum of
 * all before:
 *
 *     {"apiVersion":"v1","kind":"List","metadata":{"resourceVersion":"234"},"podgate":{...},
 *     "items":[
 *     {"apiVersion":"v1","kind":"Namespace",...},
 *     {"apiVersion":"v1","kind":"Namespace",...}
 *     ],"end":{"objects":2,"checksum":"3f09a1c2b4d5e6f7"}}
 */
#ifndef PODGATE_CLUSTER_SAVED_H
#define PODGATE_CLUSTER_SAVED_H

#include "base/buf.h"
#include "base/err.h"
#include "doc/value.h"

typedef struct SavedHead {
    uint64_t version;     /* of the cluster: at least that of each object */
    Str created;          /* "2021-02-03T04:05:06Z" */
    int minor;            /* of Kubernetes */
    int64_t clock_offset; /* seconds by which its clock is ahead */
    Str ca_cert;          /* PEM; absent when the file has none, as the next two */
    Str ca_key;
    Str token_key;
} SavedHead;

/* What is in a file so far. */
typedef struct SavedSum {
    uint64_t checksum;
    uint64_t objects;
} SavedSum;

/* What a snapshot may be called: letters, digits, "-", "_" and ".". */
bool saved_is_name(Str name);

void saved_write_head(const SavedHead *head, SavedSum *sum, Buf *b);
void saved_write_object(const Value *object, SavedSum *sum, Buf *b);
void saved_write_end(SavedSum *sum, Buf *b);

/* Each object; it and the arena are good until the call returns. False, with err filled in, ends
 * reading. */
typedef bool SavedEach(void *context, const Value *object, Arena *a, Err *err);

/* Reads a file from its first line to its checksum. What each was called for counts only when this
 * returns true. */
WARN_UNUSED bool saved_read(Str path, SavedEach *each, void *context, Arena *a, SavedHead *head,
                            Err *err);

typedef struct SavedInfo {
    SavedHead head;
    uint64_t objects;
    uint64_t bytes;
} SavedInfo;

/* What a file says of itself in its first and last lines; the rest is not looked at. */
WARN_UNUSED bool saved_info(Str path, Arena *a, SavedInfo *out, Err *err);

#endif
