/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that clients send as protobuf (application/vnd.kubernetes.protobuf): kubectl does so from
 * 1.32 on.
 *
 * A body is "k8s\0" and a message with the apiVersion, the kind and the object's own message. It
 * becomes the tree that the object's JSON would have been read into, for schema_decode() and all
 * that follows. What protobuf cannot tell apart is as Go has it: an empty list or map is absent.
 * Fields that the target does not have are dropped, as unknown numbers are.
 *
 * Messages are those of the API server's decoder ("unexpected EOF"), without what it puts before.
 * Codes: ERR_SYNTAX the bytes are no message, ERR_TYPE a value is out of its range, ERR_UNSUPPORTED
 * not a kind that is known, ERR_LIMIT.
 */
#ifndef PODGATE_KUBE_PROTO_PROTO_H
#define PODGATE_KUBE_PROTO_PROTO_H

#include "kube/schema.h"

#define PROTO_MEDIA_TYPE "application/vnd.kubernetes.protobuf"

/* What stands around an object. All point into the body; those not given are empty. */
typedef struct ProtoEnvelope {
    Str api_version;
    Str kind;
    Str raw; /* the object's message */
    Str content_encoding;
    Str content_type;
} ProtoEnvelope;

WARN_UNUSED bool proto_open(Str body, Arena *a, ProtoEnvelope *out, Err *err);

/* The type of what an envelope holds: as schema_find(), and the options of requests
 * (DeleteOptions, ...) are found in every group. NULL when not known. */
const SchemaType *proto_type(const ProtoEnvelope *envelope);

/* A message of the type t. The tree has no apiVersion and no kind of its own. */
WARN_UNUSED bool proto_read(const SchemaType *t, Str message, const KubeTarget *target, Arena *a,
                            Value *out, Err *err);

/* A whole body. The tree begins with the kind and apiVersion of its envelope, where given.
 * fallback is the type to take when they are not; it may be NULL. */
WARN_UNUSED bool proto_decode(Str body, const SchemaType *fallback, const KubeTarget *target,
                              Arena *a, Value *out, Err *err);

#endif
