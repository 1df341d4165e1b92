/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metadata.managedFields: who owns which fields of an object, as the API server of 1.20 keeps it.
 *
 * Where the API server calls it: after decoding, defaulting and (for a patch) patching, and before
 * mutating admission and the registry's own changes. So what admission adds and what the registry
 * fills in at a create belongs to nobody.
 *
 * Objects of built-in types are in the decoded form of kube/schema.h. A custom resource has no type
 * in the tables, but may have one of its schema (crd_managed_type()); it comes as it is stored,
 * pruned and defaulted.
 */
#ifndef PODGATE_KUBE_MANAGED_H
#define PODGATE_KUBE_MANAGED_H

#include "doc/value.h"
#include "kube/schema.h"

/* The object (its apiVersion says which version it is) as another version of its kind has it: a
 * fresh tree, decoded. For entries of managers that wrote another version than the request's. False
 * when that version is not served or does not have the kind (its entries then go). */
typedef bool ManagedConvert(void *context, const Value *object, Str api_version, Arena *a,
                            const SchemaType **type, Value *out);

typedef struct ManagedRequest {
    const KubeTarget *target;
    const SchemaType *type;  /* of the objects: that of api_version; of a custom resource NULL or
                                crd_managed_type() */
    Str api_version;         /* of the request: "apps/v1" */
    Str kind;                /* "Deployment" */
    Str manager;             /* managed_manager_name() */
    Str time;                /* now, as metadata has times: "2021-02-03T04:05:06Z" */
    bool is_subresource;     /* what the client says of managedFields is then not listened to */
    Str subresource;         /* "status"; kept in entries since 1.22 */
    ManagedConvert *convert; /* NULL: objects pass for what they are in any version of the kind */
    void *convert_context;
} ManagedRequest;

/* The name of who writes: fieldManager, or when that is empty what stands before the first slash
 * of the User-Agent, without unprintable characters and at most 128 bytes long. May be empty
 * (managed_update() then says "unknown"). */
Str managed_manager_name(Str field_manager, Str user_agent, Arena *a);

/* What a create, an update or a patch that is no apply makes of metadata.managedFields: sets or
 * removes it in object, in place.
 *
 * live    as stored, with its managedFields; NULL for a create, also one by PUT. Not changed.
 * object  what is to be stored; its managedFields are the client's (after a patch: the patched
 *         ones) and are listened to unless is_subresource: [] and [{}] reset, none and broken ones
 *         mean those of live.
 *
 * Fails never: an object whose lists have a key twice loses its managedFields, as it does there.
 * New nodes come from the arena. Cost: linear in the objects, n log n in lists with keys. */
void managed_update(const ManagedRequest *req, const Value *live, Value *object, Arena *a);

/* From this minor on, a write that changes nothing but times in managedFields changes nothing. */
enum { MANAGED_TIMES_REVERTED = 24 };
bool managed_equal_but_times(const Value *a, const Value *b, Arena *arena);

/* -- server-side apply --------------------------------------------------------------------------
 */

typedef enum ManagedVerdict {
    MANAGED_APPLIED,
    MANAGED_BAD_REQUEST, /* 400 BadRequest */
    MANAGED_CONFLICT,    /* 409 Conflict, details without name and kind */
    MANAGED_FAILED,      /* 500 without a reason */
} ManagedVerdict;

typedef struct ManagedCause { /* of a conflict; its reason is FieldManagerConflict */
    Str message;
    Str field;
} ManagedCause;

typedef struct ManagedApplied {
    ManagedVerdict verdict;
    Str message; /* of the Status, unless applied */
    const ManagedCause *causes;
    size_t cause_count;
    Value object; /* applied: with managedFields; neither decoded nor defaulted yet */
    bool is_same; /* nothing but managedFields differs from live */
} ManagedApplied;

/* An apply: merges what a client applies into the live object and keeps account of who owns what.
 *
 * live    as stored; NULL when there is none yet
 * config  what the client sent, read as JSON or YAML, not decoded (numbers of YAML and JSON alike)
 *
 * What comes out shares values with both. Whether the name fits the URL is not looked at. */
void managed_apply(const ManagedRequest *req, const Value *live, const Value *config, bool force,
                   Arena *a, ManagedApplied *out);

#endif
