/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metadata.managedFields: who owns which fields of an object, as the API server of 1.20 keeps it.
 *
 * Where the API server calls it: after decoding, defaulting and (for a patch) patching, and before
 * mutating admission and the registry's own changes. So what admission adds and what the registry
 * fills in at a create belongs to nobody.
 *
 * Objects of built-in types are in the decoded form of kube/schema.h. A custom resource has no type
 * here; it comes as it is stored, pruned and defaulted.
 */
#ifndef PODGATE_KUBE_MANAGED_H
#define PODGATE_KUBE_MANAGED_H

#include "doc/value.h"
#include "kube/schema.h"

/* The object as another version of its kind has it, decoded and defaulted: for entries of managers
 * that wrote another version than the request's. False when that version is not served or does not
 * have the kind (its entries then go). Errors do not exist: an object that was stored converts. */
typedef bool ManagedConvert(void *context, const Value *object, Str api_version, Arena *a,
                            const SchemaType **type, Value *out);

typedef struct ManagedRequest {
    const KubeTarget *target;
    const SchemaType *type; /* of the objects: that of api_version; NULL of a custom resource */
    Str api_version;        /* of the request: "apps/v1" */
    Str kind;               /* "Deployment" */
    Str manager;            /* managed_manager_name() */
    Str time;               /* now, as metadata has times: "2021-02-03T04:05:06Z" */
    bool is_subresource;    /* what the client says of managedFields is then not listened to */
    Str subresource;        /* "status"; kept in entries since 1.22 */
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

#endif
