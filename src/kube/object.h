/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every API object says of itself, and lists of objects.
 */
#ifndef PODGATE_KUBE_OBJECT_H
#define PODGATE_KUBE_OBJECT_H

#include "kube/kinds.h"

typedef struct ObjectHead {
    Str api_version; /* "apps/v1" */
    Str group;       /* "apps"; "" for the core group */
    Str version;     /* "v1" */
    Str kind;        /* "Deployment" */
    Str name;        /* these three may be "" */
    Str generate_name;
    Str namespace;
    bool is_known; /* the kind is built in */
    KubeKind known;
} ObjectHead;

/* Reads the head of an object out of a document. Fails (ERR_TYPE) when v is no object, has no
 * apiVersion or kind, or says one of these with a wrong type; the message begins with the field
 * path. An unknown kind is no failure. */
WARN_UNUSED bool object_head(const Value *v, Arena *a, ObjectHead *out, Err *err);

/* Is it a List, or a list of one kind (PodList)? *item_kind: what the kind of its items is, "" for
 * any. As kubectl does, anything of a kind ...List with items that are a list counts. */
bool object_is_list(const Value *v, Str *item_kind);
/* Items of a PodList need not say that they are Pods: gives such an item, in place, the kind and
 * the list's apiVersion. */
void object_inherit(Value *item, const Value *list, Str item_kind, Arena *a);

#endif
