/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in kinds and their resources: Pod is v1, pods, po, namespaced. Those that definitions
 * add while a cluster runs are in custom_kinds.h.
 *
 * The rows come from schema/ *.schema. A kind is known here whichever versions of Kubernetes serve
 * it; kube_kind_is_served says whether one does. Kinds without a resource are sent or stand within
 * others (PodList, Status, Scale).
 */
#ifndef PODGATE_KUBE_KINDS_H
#define PODGATE_KUBE_KINDS_H

#include "kube/schema.h"

struct CustomKind; /* kube/custom_kinds.h */
struct CrdVersion; /* kube/crd/crd.h */

typedef struct KubeKind {
    const SchemaType *type; /* NULL of a custom kind */
    Str api_version;        /* "apps/v1" */
    Str group;              /* "apps"; "" for the core group */
    Str version;            /* "v1" */
    Str kind;               /* "Deployment" */
    Str resource;           /* "deployments"; "" for a kind without one */
    Str short_names;        /* comma separated; may be empty */
    Str category;           /* "all", "api-extensions" or "" */
    bool namespaced;
    uint8_t since;                   /* first minor version that serves it; 0 for 1.10 and before */
    uint8_t until;                   /* first minor version that serves it no more; 0 for none */
    const struct CustomKind *custom; /* what defines it; NULL of a built-in kind */
    const struct CrdVersion *custom_version;
} KubeKind;

/* By apiVersion and kind. False when there is none; out is then left alone. */
bool kube_kind_find(Str api_version, Str kind, KubeKind *out);
/* The kind of a resource. version "" means the best version that the target serves, or the newest
 * when it serves none. */
bool kube_kind_find_resource(Str group, Str version, Str resource, const KubeTarget *target,
                             KubeKind *out);
/* What a user may type for a resource, as kubectl takes it: plural, singular, kind or short name
 * in any case, with or without version and group: po, Deployment, deployments.apps,
 * deployments.v1.apps. Without a group, what the target serves goes first, and among
 * that the group that the API server prefers. */
bool kube_kind_find_typed(Str text, const KubeTarget *target, KubeKind *out);
/* Whether the version serves the kind by default: alpha versions of APIs are off. */
bool kube_kind_is_served(const KubeKind *k, const KubeTarget *target);
/* The kind in lower case: what kubectl prints and takes for one of them. */
Str kube_kind_singular(const KubeKind *k, Arena *a);
/* "deployment.apps/web", "pod/web": an object as kubectl prints it. */
Str kube_object_text(const KubeKind *k, Str name, Arena *a);
/* "deployments.apps"; "pods" for the core group */
Str kube_kind_qualified_resource(const KubeKind *k, Arena *a);
/* The kind of the items of a list kind ("PodList" gives "Pod"); absent when it is no list. */
Str kube_kind_of_items(const KubeKind *k);
/* For walking them all: by apiVersion and kind. */
size_t kube_kind_count(void);
KubeKind kube_kind_at(size_t i);

/* "apps/v1" into "apps" and "v1"; "v1" into "" and "v1". */
void kube_split_api_version(Str api_version, Str *group, Str *version);
/* Versions by how they are preferred, as Kubernetes orders them: v2, v1, v1beta2, v1beta1,
 * v1alpha1, then others by name. <0 when a goes first. */
int kube_version_cmp(Str a, Str b);

/* A row of the generated table; offsets into schema_names. */
typedef struct KindRow {
    uint32_t api_version;
    uint32_t kind;
    uint32_t resource;
    uint32_t short_names;
    uint32_t category;
    uint16_t type;
    uint8_t api_version_len;
    uint8_t kind_len;
    uint8_t resource_len;
    uint8_t short_names_len;
    uint8_t category_len;
    uint8_t namespaced;
    uint8_t since;
    uint8_t until;
} KindRow;
extern const KindRow kind_rows[];
extern const size_t kind_row_count;

#endif
