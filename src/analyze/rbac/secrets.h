/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who can read secrets: those who may get them, and those who get at them another way. Each way is
 * a row of secrets_ways.c.
 *
 * Ways that let act as somebody else (a pod's service account, a token, impersonation) lead to what
 * that one reads, by one more step: further steps are not followed.
 */
#ifndef PODGATE_ANALYZE_RBAC_SECRETS_H
#define PODGATE_ANALYZE_RBAC_SECRETS_H

#include "analyze/rbac/inventory.h"
#include "analyze/rbac/mounts.h"

typedef enum RbacWayId {
    RBAC_WAY_READ,
    RBAC_WAY_POD,         /* creates a pod that mounts it */
    RBAC_WAY_WORKLOAD,    /* has a controller do so */
    RBAC_WAY_PATCH,       /* changes a workload so that it does */
    RBAC_WAY_EPHEMERAL,   /* adds a container to a pod */
    RBAC_WAY_EXEC,        /* commands in a pod that mounts it */
    RBAC_WAY_TOKEN,       /* token of an account that reads it */
    RBAC_WAY_IMPERSONATE, /* as somebody who reads it */
    RBAC_WAY_ESCALATE,    /* writes the right into a role */
    RBAC_WAY_BIND,        /* binds a role with the right */
    RBAC_WAY_NODE,        /* commands in pods, through the kubelet */
    RBAC_WAY_COUNT,
} RbacWayId;
/* "read", "pod", ... */
Str rbac_way_name(RbacWayId way);

typedef struct RbacSecretAccess {
    Str namespace; /* "" for every namespace */
    Str secret;    /* "" for every secret there */
    bool mounted;  /* only those that pods hold */
    RbacWayId way;
    const RbacBinding *binding;
    const RbacSubject *subject;
    const RbacRule *rule; /* the first of the role that opens the way */
    StrList pods;         /* of exec: only in these; empty for any */
    StrList via;          /* "as ServiceAccount a/b": whose rights are used; "in pod/x" */
} RbacSecretAccess;

typedef struct RbacSecretReport {
    RbacSecretAccess *items; /* by namespace, secret, way, then in the order of the bindings */
    size_t count;
    size_t cap;
    RbacMounts mounts;
} RbacSecretReport;

typedef struct RbacSecretQuestion {
    const UserInfo *who; /* or NULL */
    Str namespace;       /* absent: all */
    Str secret;          /* with namespace; absent: all */
    bool defaults;
} RbacSecretQuestion;

void rbac_secrets_find(const RbacInventory *inventory, const RbacSecretQuestion *question, Arena *a,
                       RbacSecretReport *out);
/* {"kind": "RbacSecretReport", "access": [...]} */
Value rbac_secrets_to_value(const RbacSecretReport *report, Arena *a);
/* NAMESPACE/NAME, with a star for all */
Str rbac_secret_text(const RbacSecretAccess *access, Arena *a);
/* What of its rule opens the way, shortened. */
Str rbac_secret_rule_text(const RbacSecretAccess *x, Arena *a);

#endif
