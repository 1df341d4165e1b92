/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an API server serves of a resource: verbs, subresources, the version it is stored in. What
 * lists are selected by is in selectable.h.
 *
 * The rows are those of resource_table.def; the kinds themselves are those of kinds.h.
 */
#ifndef PODGATE_KUBE_RESOURCE_TABLE_H
#define PODGATE_KUBE_RESOURCE_TABLE_H

#include "kube/kinds.h"

/* In the order that discovery lists them. */
enum ResourceVerbs {
    RESOURCE_CREATE = 1 << 0,
    RESOURCE_DELETE = 1 << 1,
    RESOURCE_DELETECOLLECTION = 1 << 2,
    RESOURCE_GET = 1 << 3,
    RESOURCE_LIST = 1 << 4,
    RESOURCE_PATCH = 1 << 5,
    RESOURCE_UPDATE = 1 << 6,
    RESOURCE_WATCH = 1 << 7,
    RESOURCE_ALL = (1 << 8) - 1,
    /* a subresource that is a part of the object */
    RESOURCE_PART = RESOURCE_GET | RESOURCE_PATCH | RESOURCE_UPDATE,
    RESOURCE_PROXY = RESOURCE_PART | RESOURCE_CREATE | RESOURCE_DELETE,
};
enum { RESOURCE_VERB_COUNT = 8 };
/* "create" for 0, the place of the lowest bit. */
Str resource_verb_name(int place);

/* One entry of discovery. */
typedef struct ResourceEntry {
    Str resource;        /* "pods" */
    Str subresource;     /* "log"; "" for the resource itself */
    Str kind;            /* of the body: "Pod", "Scale" */
    Str api_version;     /* of the body: "v1", "autoscaling/v1" */
    bool is_other_group; /* api_version is not that of the resource */
    bool namespaced;
    unsigned verbs;
} ResourceEntry;
enum { RESOURCE_ENTRIES_MAX = 16 }; /* of one resource, with its subresources */

/* Whether the version serves the resource by default. PodSecurityPolicy (policy/v1beta1) is always
 * served here. Betas that came with 1.24 or later are off. */
bool resource_is_served(const KubeKind *k, const KubeTarget *target);
/* The resource itself (subresource "") or one of its subresources. False when there is none. */
bool resource_find(const KubeKind *k, Str subresource, const KubeTarget *target,
                   ResourceEntry *out);
/* The resource and its subresources, by name. */
size_t resource_entries(const KubeKind *k, const KubeTarget *target,
                        ResourceEntry out[RESOURCE_ENTRIES_MAX]);
/* Is it stored, or only asked (reviews, bindings)? */
bool resource_is_stored(const KubeKind *k, const KubeTarget *target);
/* The kind, in the version that its objects are stored in. */
KubeKind resource_stored_kind(const KubeKind *k, const KubeTarget *target);
/* What discovery says of the stored version, as the API server hashes it: "xPOwRZ+Yhw8=". */
Str resource_storage_hash(Str group, Str version, Str kind, Arena *a);

/* Groups in the order of discovery (those that are not built in: by name after the others). <0 when
 * a goes first. */
int resource_group_cmp(Str a, Str b);
/* Versions of a group in the order of discovery. */
int resource_version_cmp(Str group, Str a, Str b);

#endif
