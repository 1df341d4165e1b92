/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roles and bindings of a cluster, each with the file that it came from, and told apart from
 * those that Kubernetes makes by itself.
 */
#ifndef PODGATE_ANALYZE_RBAC_INVENTORY_H
#define PODGATE_ANALYZE_RBAC_INVENTORY_H

#include "analyze/rbac/cluster.h"
#include "cluster/files.h"

typedef struct RbacInventory {
    RbacCluster *cluster;
    const Facts *facts; /* the cluster's */
    Arena *arena;
    Map sources;              /* "Kind/namespace/name" to FileObject, of RBAC kinds */
    const Snapshot *defaults; /* what Kubernetes makes by itself */
    Map default_bindings;     /* "/namespace/name" to RbacBinding */
} RbacInventory;

/* objects: what the files held, for places; may be NULL. Everything lives in a, but for what
 * rbac_inventory_done() frees. */
void rbac_inventory_take(RbacCluster *cluster, const FileObjects *objects, Arena *a,
                         RbacInventory *out);
void rbac_inventory_done(RbacInventory *inventory);

/* The file that an object came from; NULL for none. */
const FileObject *rbac_inventory_source(const RbacInventory *inventory, Str kind, Str namespace,
                                        Str name);
/* Every cluster has the binding with this subject and role. s NULL: with no subject. */
bool rbac_is_default_grant(const RbacInventory *inventory, const RbacBinding *b,
                           const RbacSubject *s);
/* The same, and of the role this rule. */
bool rbac_is_default_rule(const RbacInventory *inventory, const RbacBinding *b,
                          const RbacSubject *s, const RbacRule *rule);
/* Every cluster has a role of the name. */
bool rbac_is_default_role(const RbacInventory *inventory, const RbacRole *role);
/* The ClusterRole that an aggregated role has one of its rules from; NULL when it has it of itself.
 */
const RbacRole *rbac_rule_origin(const RbacInventory *inventory, const RbacRole *role,
                                 const RbacRule *rule);
/* Every namespace, or every cluster, has the service account: controllers make it. */
bool rbac_is_default_account(const RbacInventory *inventory, Str namespace, Str name);
/* A service account that is not there, where accounts are known; those that controllers make
 * always are. */
bool rbac_account_is_missing(const RbacInventory *inventory, Str namespace, Str name);

/* "RoleBinding", "ClusterRoleBinding" */
Str rbac_binding_kind_text(const RbacBinding *b);
/* "Role", "ClusterRole" */
Str rbac_role_kind_text(const RbacRole *role);
/* `get,list pods.apps "name"`: a rule in one line. */
Str rbac_rule_text(const RbacRule *rule, Arena *a);
/* The same for a table: of each list the first few. */
Str rbac_rule_short_text(const RbacRule *rule, Arena *a);
/* "a,b" */
Str rbac_join(StrList list, Str between, Arena *a);

#endif
