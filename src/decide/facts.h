/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that a decision may ask about a cluster.
 *
 * Facts is a read-only table of questions over one snapshot. src/cluster fills it in from files,
 * from the embedded store or from a watch; tests fill it in by hand. Every answer stays valid as
 * long as the snapshot does, and no question allocates, blocks or fails: what is not known is
 * absent.
 *
 * Compiled forms (RbacBinding, PspPolicy, ...) belong to the engine that uses them and are declared
 * in its folder; the snapshot builds each once, when it takes the object in.
 */
#ifndef PODGATE_DECIDE_FACTS_H
#define PODGATE_DECIDE_FACTS_H

#include "base/str.h"
#include "doc/value.h"

struct RbacBinding; /* decide/rbac/rbac.h: a binding with its role's rules resolved */
struct RbacRole;    /* decide/rbac/rbac.h: a Role or ClusterRole, aggregation computed */
struct CustomKinds; /* kube/custom_kinds.h: what CustomResourceDefinitions define */
struct PspPolicy;   /* decide/psp/policy.h: a compiled PodSecurityPolicy */

typedef enum SubjectKind {
    SUBJECT_USER,
    SUBJECT_GROUP,
    SUBJECT_SERVICE_ACCOUNT, /* asked for as namespace and name */
} SubjectKind;

/* The bindings that name one subject, cluster-wide ones or those of one namespace, by name. */
typedef struct RbacBindingList {
    const struct RbacBinding *const *items;
    size_t count;
} RbacBindingList;

typedef struct PspPolicyList {
    const struct PspPolicy *const *items; /* by name */
    size_t count;
} PspPolicyList;

/* A stored object as submitted (defaults and all are the asker's business). */
typedef struct ObjectList {
    const Value *const *items; /* by namespace, then name */
    size_t count;
} ObjectList;

typedef struct ObjectKey {
    Str group;     /* "" for the core group; versions of one group share objects */
    Str kind;      /* "Namespace", "LimitRange", ... */
    Str namespace; /* "" for cluster-scoped kinds */
    Str name;
} ObjectKey;

typedef struct Facts {
    const void *cluster; /* handed back to every question */

    /* RoleBindings of namespace, or ClusterRoleBindings when namespace is "", whose subjects name
     * (kind, name). subject_namespace is "" unless kind is SUBJECT_SERVICE_ACCOUNT. */
    RbacBindingList (*rbac_bindings)(const void *cluster, SubjectKind kind, Str subject_namespace,
                                     Str subject_name, Str namespace);
    /* Every RoleBinding of namespace, or every ClusterRoleBinding for "". */
    RbacBindingList (*rbac_all_bindings)(const void *cluster, Str namespace);
    /* A Role of namespace, or a ClusterRole when namespace is "". NULL when there is none. */
    const struct RbacRole *(*rbac_role)(const void *cluster, Str namespace, Str name);

    const struct PspPolicy *(*psp_policy)(const void *cluster, Str name);
    PspPolicyList (*psp_policies)(const void *cluster);

    /* Any object by key: namespaces, service accounts, limit ranges, quotas, priority and runtime
     * classes, secrets, pods. NULL when there is none. */
    const Value *(*object)(const void *cluster, ObjectKey key);
    /* All of a kind in a namespace ("" for cluster-scoped kinds); key.name is not looked at. */
    ObjectList (*objects)(const void *cluster, ObjectKey key);
    /* The custom kinds. NULL, or an answer of NULL: there are none. */
    const struct CustomKinds *(*custom_kinds)(const void *cluster);
} Facts;

static inline const struct CustomKinds *facts_custom_kinds(const Facts *f)
{
    return f->custom_kinds ? f->custom_kinds(f->cluster) : NULL;
}

/* Who asks. Groups are as the authenticator gave them (system:authenticated included). */
typedef struct UserInfo {
    Str name;
    Str uid;
    StrList groups;
    const Value *extra; /* an object of string arrays, or NULL */
} UserInfo;

#endif
