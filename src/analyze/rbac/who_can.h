/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who can do this: every subject, through which binding and role, cluster-wide or where.
 *
 * The answer is the authorizer's: whoever is named here is allowed by it, and nobody else is
 * (who_can_test.c asks it about every subject of generated clusters). Members of system:masters may
 * everything and are in no answer unless a binding names them.
 */
#ifndef PODGATE_ANALYZE_RBAC_WHO_CAN_H
#define PODGATE_ANALYZE_RBAC_WHO_CAN_H

#include "analyze/rbac/cluster.h"
#include "analyze/rbac/key.h"

typedef struct WhoCanQuestion {
    Str verb;
    bool is_resource;
    Str group; /* "" for the core group */
    Str resource;
    Str subresource;
    Str name;        /* "" for whatever the name */
    bool namespaced; /* false: RoleBindings grant nothing of it */
    Str namespace;   /* of which alone; absent: all */
    Str path;        /* of what is no resource: "/healthz" */
} WhoCanQuestion;

/* A binding that grants it. */
typedef struct WhoCanGrant {
    const RbacClusterBinding *of;
    const RbacRule *rule; /* the role's first that grants */
    StrList names;        /* not empty: for these names only, and any was asked for */
} WhoCanGrant;

typedef struct WhoCanGrants {
    const WhoCanGrant *items; /* in the cluster's order */
    size_t count;
} WhoCanGrants;

typedef struct WhoCan {
    WhoCanQuestion question;
    WhoCanGrants grants; /* of what was asked */
    WhoCanGrants named;  /* for some names only, where any was asked for */
    WhoCanGrants broken; /* bindings where the question looks whose role does not exist; no rule */
} WhoCan;

void who_can(const RbacCluster *c, const WhoCanQuestion *q, Arena *a, WhoCan *out);

/* -- the same by subject ----------------------------------------------------------------------- */

/* Grants to one of the names that a subject goes by. */
typedef struct WhoCanVia {
    RbacSubjectKey as; /* the subject itself, its user name, or a group that it is in */
    const WhoCanGrant *const *grants;
    size_t count;
} WhoCanVia;

typedef struct WhoCanSubject {
    RbacSubjectKey key;
    bool exists;
    bool is_cluster_wide; /* it may in every namespace, and outside of them */
    const WhoCanVia *via; /* its own grants first */
    size_t via_count;
} WhoCanSubject;

typedef struct WhoCanSubjects {
    const WhoCanSubject *items; /* users, groups, service accounts; by namespace and name */
    size_t count;
} WhoCanSubjects;

/* Every subject of the cluster that has one of the grants, through a group that it is in by what it
 * is (system:serviceaccounts) as well. */
WhoCanSubjects who_can_subjects(RbacCluster *c, WhoCanGrants grants, Arena *a);
/* The namespaces that the subject's grants are of, each once, sorted. */
StrList who_can_namespaces(const WhoCanSubject *s, Arena *a);

typedef struct WhoCanMissing {
    const RbacDangling *items;
    size_t count;
} WhoCanMissing;
/* The service accounts that the answer's bindings name and that do not exist: whoever makes them
 * gets what is granted. */
WhoCanMissing who_can_missing_accounts(const RbacCluster *c, const WhoCan *answer, Arena *a);

/* -- what else decides ------------------------------------------------------------------------- */

/* Whether the Node authorizer lets every node do it, whatever RBAC says. */
bool who_can_every_node(const RbacCluster *c, const WhoCanQuestion *q, Arena *a);

#endif
