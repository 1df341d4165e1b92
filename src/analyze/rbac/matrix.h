/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access matrices: resources by verbs of one user, subjects by verbs of one resource.
 *
 * Each cell is what the authorizer says (matrix_test.c asks it about every cell): of a namespace,
 * of the whole cluster, or of all namespaces at once.
 */
#ifndef PODGATE_ANALYZE_RBAC_MATRIX_H
#define PODGATE_ANALYZE_RBAC_MATRIX_H

#include "analyze/rbac/cluster.h"
#include "analyze/rbac/key.h"

typedef enum MatrixState {
    MATRIX_NOT_TAKEN, /* the resource does not take the verb */
    MATRIX_NO,
    MATRIX_NAMED, /* for some names only */
    MATRIX_SOME,  /* in some namespaces only, when all were asked about */
    MATRIX_YES,
} MatrixState;

/* Verbs by state, as RbacResource has them; each verb in one of them at most. */
typedef struct MatrixAccess {
    unsigned yes;
    unsigned some;
    unsigned named;
} MatrixAccess;

/* verb: its place (rbac_catalogue_verb) */
MatrixState matrix_state(const MatrixAccess *access, unsigned taken, int verb);
/* "yes", "no", "some", "named", "n/a" */
Str matrix_state_text(MatrixState state);

/* -- of a user --------------------------------------------------------------------------------- */

/* A role that the user holds in a namespace. */
typedef struct MatrixHolding {
    const RbacRole *role;
    Str namespace; /* "" for the cluster */
} MatrixHolding;

typedef struct Matrix {
    RbacCatalogue resources;
    const MatrixAccess *rows; /* one for each of resources */
    Str namespace;            /* as asked: absent for all */
    const MatrixHolding *holdings;
    size_t holding_count;
} Matrix;

/* namespace: of which alone, where resources without one are left as they are not asked about (all
 * of their cells are MATRIX_NO or MATRIX_NOT_TAKEN); absent: cluster-wide, and where else. */
void matrix_of_user(RbacCluster *c, const UserInfo *user, Str namespace, Arena *a, Matrix *out);
/* The namespaces of a cell that is MATRIX_SOME, or the names of one that is MATRIX_NAMED: each
 * once, sorted. */
StrList matrix_where(const Matrix *m, size_t row, int verb, Arena *a);

/* -- of a resource ----------------------------------------------------------------------------- */

typedef struct MatrixSubject {
    RbacSubjectKey key;
    bool exists;
    MatrixAccess access;
} MatrixSubject;

typedef struct MatrixSubjects {
    const MatrixSubject *items; /* users, groups, service accounts; by namespace and name */
    size_t count;
} MatrixSubjects;

typedef struct MatrixQuestion {
    const RbacResource *resource; /* or a subresource */
    Str name;                     /* "" for whatever the name */
    Str namespace;                /* absent: all */
    bool members; /* those too that no binding names and that are in a group of a binding */
} MatrixQuestion;

/* Every subject that has some access; system:masters always. */
MatrixSubjects matrix_of_resource(RbacCluster *c, const MatrixQuestion *q, Arena *a);

#endif
