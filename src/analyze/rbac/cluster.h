/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole of a cluster's RBAC, walked through: every role, every binding, every subject once,
 * what is left dangling, and the resources that rules may be about.
 *
 * Over a snapshot, which must outlive it. Everything is in the arena given and in a fixed order, so
 * that no result depends on how the objects were read. Roles and bindings are there at once; the
 * rest is worked out when it is first asked for. One thread at a time.
 */
#ifndef PODGATE_ANALYZE_RBAC_CLUSTER_H
#define PODGATE_ANALYZE_RBAC_CLUSTER_H

#include "cluster/snapshot.h"
#include "decide/rbac/rbac.h"
#include "kube/resource_table.h"

/* A binding and the role that it refers to. */
typedef struct RbacClusterBinding {
    const RbacBinding *binding;
    const RbacRole *role; /* NULL: there is none */
} RbacClusterBinding;

typedef struct RbacClusterSubject {
    uint8_t kind;  /* SubjectKind */
    bool exists;   /* a service account that there is no object of does not; `default` does in each
                    * namespace that there is. Users and groups always do. */
    Str namespace; /* of a service account, else "" */
    Str name;
    const RbacClusterBinding *const *bindings; /* that name it, each once, in the cluster's order */
    uint32_t binding_count;
} RbacClusterSubject;

typedef enum RbacDanglingKind {
    RBAC_DANGLING_ROLE,    /* the binding's role is not there */
    RBAC_DANGLING_ACCOUNT, /* a subject is a service account that is not there */
} RbacDanglingKind;

typedef struct RbacDangling {
    RbacDanglingKind kind;
    const RbacBinding *binding;
    const RbacSubject *subject; /* of RBAC_DANGLING_ACCOUNT */
} RbacDangling;

/* -- resources --------------------------------------------------------------------------------- */

/* The verbs of RBAC: those of discovery (RESOURCE_CREATE ...) and those that are asked about
 * without a request of that name. */
enum {
    RBAC_VERB_USE = 1 << 8,          /* podsecuritypolicies */
    RBAC_VERB_BIND = 1 << 9,         /* roles, clusterroles */
    RBAC_VERB_ESCALATE = 1 << 10,    /* the same */
    RBAC_VERB_IMPERSONATE = 1 << 11, /* users, groups, serviceaccounts, userextras, uids */
    RBAC_VERB_APPROVE = 1 << 12,     /* signers */
    RBAC_VERB_SIGN = 1 << 13,        /* signers */
    RBAC_VERB_ATTEST = 1 << 14,      /* signers */
};
enum { RBAC_CATALOGUE_VERBS = 15 };
/* "create" for 0, the place of the lowest bit. */
Str rbac_catalogue_verb(int place);

/* A resource or a subresource. */
typedef struct RbacResource {
    Str group;
    Str resource;    /* "pods" */
    Str subresource; /* "log"; "" for the resource itself */
    Str kind;        /* of the resource: "Pod"; "" for what is no object: users, signers */
    Str singular;    /* of a custom resource, else "" */
    StrList short_names;
    bool namespaced;
    bool custom;    /* a CustomResourceDefinition of the state defines it */
    unsigned verbs; /* that it takes */
} RbacResource;

typedef struct RbacCatalogue {
    const RbacResource *items; /* by group as discovery has them, resource, subresource */
    size_t count;
} RbacCatalogue;

/* "pods", "pods/log", "deployments.apps", "deployments.apps/scale" */
Str rbac_resource_text(const RbacResource *r, Arena *a);

/* -- the cluster ------------------------------------------------------------------------------- */

typedef struct RbacCluster {
    const Snapshot *snapshot;
    const Facts *facts;
    KubeTarget target;
    Arena *arena;
    StrList namespaces;
    SnapshotRoles roles;                /* ClusterRoles first, then by namespace and name */
    const RbacClusterBinding *bindings; /* ClusterRoleBindings first, then by namespace and name */
    size_t binding_count;
    bool knows_accounts; /* the state holds service accounts, so one that is not there is missing */

    /* read these with the functions below */
    bool has_subjects;
    RbacClusterSubject *subjects;
    size_t subject_count;
    const RbacDangling *dangling;
    size_t dangling_count;
    RbacCatalogue catalogue;
} RbacCluster;

RbacCluster *rbac_cluster_new(const Snapshot *s, const KubeTarget *target, Arena *a);

typedef struct RbacClusterSubjects {
    const RbacClusterSubject *items; /* users, groups, service accounts; by namespace and name */
    size_t count;
} RbacClusterSubjects;
/* Every subject of a binding, every ServiceAccount and system:masters. A user whose name is
 * system:serviceaccount:NS:NAME is a user here, as the binding has it: whoever asks about the
 * account gets what the user was given (rbac_cluster_user). */
RbacClusterSubjects rbac_cluster_subjects(RbacCluster *c);

typedef struct RbacDanglings {
    const RbacDangling *items; /* in the order of the bindings */
    size_t count;
} RbacDanglings;
/* Bindings that Kubernetes makes by itself ("system:...") are not looked at for accounts: those of
 * controllers come and go. */
RbacDanglings rbac_cluster_dangling(RbacCluster *c);
/* Whether a subject of the binding is a service account that is missing in this sense. */
bool rbac_cluster_is_missing(const RbacCluster *c, const RbacBinding *b, const RbacSubject *s);
/* `RoleBinding "b/ns": Role "r" does not exist` */
Str rbac_dangling_text(const RbacDangling *d, Arena *a);

RbacCatalogue rbac_cluster_catalogue(RbacCluster *c);
/* What a user may type for a resource, as kubectl takes it (kube_kind_find_typed), custom resources
 * of the state and users, groups, userextras, uids, signers too. subresource "" or one that it has.
 * False when there is none such. */
bool rbac_cluster_find_resource(RbacCluster *c, Str typed, Str subresource, RbacResource *out);

/* -- who somebody is ----------------------------------------------------------------------------
 */

/* The user that a request of the subject comes from, with the groups that each such user is in:
 * a service account's own, system:authenticated, or system:unauthenticated for system:anonymous. Of
 * a group: somebody without a name who is in it. */
UserInfo rbac_cluster_user(SubjectKind kind, Str namespace, Str name, Arena *a);

/* Whether everybody that the subject stands for is in the group: a service account in its own, all
 * but the anonymous in system:authenticated, a group in itself. */
bool rbac_subject_is_in_group(SubjectKind kind, Str namespace, Str name, Str group);

#endif
