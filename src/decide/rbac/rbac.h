/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RBAC: roles and bindings in compiled form, and the authorizer over them.
 *
 * The snapshot compiles each object once and answers the rbac_ questions of Facts; everything here
 * asks only those. An answer costs by what is bound to the subject: the user's name, each group
 * and, when the name is system:serviceaccount:NS:NAME, the service account, each once for the
 * cluster and once for the namespace of the request.
 *
 * Order: when several bindings grant, the one that is named is a ClusterRoleBinding before a
 * RoleBinding, then the first by name. So no answer depends on the order in which objects were
 * read, nor on the order of groups. (The API server names whichever its cache yields first.)
 *
 * Source: Kubernetes plugin/pkg/auth/authorizer/rbac, pkg/registry/rbac/validation,
 * pkg/apis/rbac/v1/evaluation_helpers.go
 */
#ifndef PODGATE_DECIDE_RBAC_RBAC_H
#define PODGATE_DECIDE_RBAC_RBAC_H

#include "base/field.h"
#include "base/map.h"
#include "decide/facts.h"
#include "kube/status.h"

#define RBAC_GROUP "rbac.authorization.k8s.io"
#define RBAC_GROUP_MASTERS "system:masters"
#define RBAC_GROUP_AUTHENTICATED "system:authenticated"
#define RBAC_GROUP_UNAUTHENTICATED "system:unauthenticated"
#define RBAC_GROUP_SERVICE_ACCOUNTS "system:serviceaccounts"
#define RBAC_USER_ANONYMOUS "system:anonymous"

/* -- compiled forms --------------------------------------------------------------------------- */

typedef struct RbacRule {
    StrList verbs;
    StrList api_groups;
    StrList resources;
    StrList resource_names;
    StrList urls;       /* nonResourceURLs */
    uint32_t verb_bits; /* the well-known verbs among verbs, see rbac_verb_bits(); all for "*" */
} RbacRule;

typedef struct RbacRole {
    Str name;
    Str namespace; /* "" for a ClusterRole */
    const RbacRule *rules;
    size_t rule_count;
    const Value *labels;    /* of a ClusterRole, an object; NULL for none */
    const Value *selectors; /* aggregationRule.clusterRoleSelectors, an array; NULL when there is no
                             * aggregationRule */
} RbacRole;

/* Packed: a cluster holds hundreds of thousands of these. Read it with the functions below. */
typedef struct RbacSubject {
    const char *name_ptr;
    const char *namespace_ptr;
    uint32_t name_len;
    uint32_t namespace_len : 30;
    uint32_t kind : 2; /* SubjectKind, or RBAC_SUBJECT_NOBODY */
} RbacSubject;

enum {
    RBAC_SUBJECT_NOBODY = 3, /* a subject that can never match; index it nowhere */
};

typedef struct RbacBinding {
    const RbacRole *role; /* the resolved role, or NULL: then each question looks it up by name.
                           * Whoever sets it must keep it right. */
    const char *name_ptr;
    const char *namespace_ptr;
    const char *role_name_ptr;
    uint32_t name_len;
    uint32_t namespace_len;
    uint32_t role_name_len : 31;
    uint32_t role_is_cluster : 1; /* roleRef.kind is ClusterRole */
    uint32_t subject_count;
    RbacSubject subjects[];
} RbacBinding;

static inline Str rbac_binding_name(const RbacBinding *b)
{
    return (Str){ b->name_ptr, b->name_len };
}
/* "" for a ClusterRoleBinding */
static inline Str rbac_binding_namespace(const RbacBinding *b)
{
    return (Str){ b->namespace_ptr, b->namespace_len };
}
static inline Str rbac_binding_role_name(const RbacBinding *b)
{
    return (Str){ b->role_name_ptr, b->role_name_len };
}
/* Where its role is: the binding's namespace for a Role, "" for a ClusterRole. */
static inline Str rbac_binding_role_namespace(const RbacBinding *b)
{
    return b->role_is_cluster ? STR("") : rbac_binding_namespace(b);
}
static inline Str rbac_subject_name(const RbacSubject *s)
{
    return (Str){ s->name_ptr, s->name_len };
}
/* Of a service account: its namespace, the RoleBinding's own when it names none. "" for others. */
static inline Str rbac_subject_namespace(const RbacSubject *s)
{
    return (Str){ s->namespace_ptr, s->namespace_len };
}
/* "User", "Group", "ServiceAccount" */
Str rbac_subject_kind_text(const RbacSubject *s);

/* Compile a Role or ClusterRole, a RoleBinding or ClusterRoleBinding (v1, v1beta1, v1alpha1).
 * Wrong types and what makes the object meaningless (no name, an unknown roleRef or subject kind)
 * are field errors, and then the result is NULL; rbac_validate_create() finds all that the API
 * server refuses.
 *
 * Strings are not copied: the document must outlive the result. With rbac_binding_compile_packed()
 * they are: each once in a, those that many bindings have in common (namespaces, role names,
 * service account names) once for all bindings compiled with the same map. keep->arena may be
 * another, short-lived arena; keep's keys live in a. */
const RbacRole *rbac_role_compile(const Value *role, Arena *a, FieldErrors *errs);
const RbacBinding *rbac_binding_compile(const Value *binding, Arena *a, FieldErrors *errs);
const RbacBinding *rbac_binding_compile_packed(const Value *binding, Arena *a, Map *keep,
                                               FieldErrors *errs);

/* Fills in the rules of every ClusterRole that has an aggregationRule, as the aggregation
 * controller does, until nothing changes. roles: all ClusterRoles of the cluster, in any order; an
 * entry whose rules change is replaced by a new role in a (sharing the rules), the others stay. */
void rbac_aggregate(const RbacRole **roles, size_t count, Arena *a);

/* The object form: {"apiGroups": [...], ...}, members that are empty left out. */
Value rbac_rule_to_value(const RbacRule *rule, Arena *a);

/* -- asking ----------------------------------------------------------------------------------- */

typedef struct RbacRequest {
    const UserInfo *user;
    Str verb;
    Str api_group; /* "" for the core group */
    Str resource;
    Str subresource;
    Str name;
    Str namespace; /* "" for cluster-scoped resources and for all namespaces */
    bool is_resource;
    Str path; /* of a request for no resource: "/healthz" */
} RbacRequest;

typedef struct RbacAnswer {
    bool allowed;
    bool privileged; /* allowed as a member of system:masters: no binding was asked */
    bool by_node;    /* allowed by the Node authorizer (authorizer.h) */
    Str reason; /* `RBAC: allowed by ...`; when not allowed, what went wrong on the way, or "" */
    const RbacBinding *by;      /* the binding that grants; NULL when none or privileged */
    const RbacSubject *subject; /* its first subject that is the user */
    const RbacRule *rule;       /* its role's first rule that grants */
} RbacAnswer;

/* May the user? Members of system:masters may everything. Allocates nothing. */
bool rbac_allows(const Facts *f, const RbacRequest *req);
/* The same with the reason. */
void rbac_authorize(const Facts *f, const RbacRequest *req, Arena *a, RbacAnswer *out);

/* Whether one rule covers the request. Allocates nothing. */
bool rbac_rule_allows(const RbacRule *rule, const RbacRequest *req);
/* Bits of the verbs that rules are usually about; RBAC_VERB_OTHER for one that has none. */
uint32_t rbac_verb_bits(Str verb);
enum { RBAC_VERB_OTHER = 1 };

/* `User "x" cannot create resource "pods" in API group "" in the namespace "y"` and its other
 * forms, `: reason` appended when there is one. */
Str rbac_forbidden_message(const RbacRequest *req, Str reason, Arena *a);
/* The 403 that the API server answers a request with that was not authorized. */
Status rbac_forbidden_status(const RbacRequest *req, Str reason, Arena *a);

/* -- whose is what ---------------------------------------------------------------------------- */

/* Splits system:serviceaccount:NS:NAME; false for any other name. */
bool rbac_split_service_account(Str user, Str *namespace, Str *name);
/* Whether the subject of a binding is the user. */
bool rbac_subject_is(const RbacSubject *s, const UserInfo *user);
/* The first such subject of the binding, or NULL. */
const RbacSubject *rbac_binding_subject_of(const RbacBinding *b, const UserInfo *user);
/* The role that the binding refers to, or NULL when there is none. */
const RbacRole *rbac_binding_role(const Facts *f, const RbacBinding *b);
/* `RoleBinding "b/ns" of Role "r" to User "x"` */
void rbac_grant_write(const RbacBinding *b, const RbacSubject *s, Buf *out);
/* `clusterrole.rbac.authorization.k8s.io "x" not found` */
void rbac_missing_role_write(const RbacBinding *b, Buf *out);

/* All bindings that name the user: ClusterRoleBindings, then (namespace not "") RoleBindings of
 * namespace, each kind by name, each once. Bindings whose role is missing are among them. */
RbacBindingList rbac_bindings_of(const Facts *f, const UserInfo *user, Str namespace, Arena *a);

/* -- names ------------------------------------------------------------------------------------ */

/* One name that the user may use, and what grants it. */
typedef struct RbacNameGrant {
    Str name;              /* "" for every name */
    const RbacBinding *by; /* NULL for a member of system:masters */
    const RbacSubject *subject;
} RbacNameGrant;

typedef struct RbacNames {
    bool all; /* every name; by all_by */
    RbacNameGrant all_by;
    const RbacNameGrant *items; /* by name, each once; when all is set too */
    size_t count;
} RbacNames;

/* For which names the user may verb the resource, in any of groups, in namespace: all in one pass
 * over what is bound to the user. */
void rbac_names_allowed(const Facts *f, const UserInfo *user, Str verb, StrList groups,
                        Str resource, Str namespace, Arena *a, RbacNames *out);
/* What grants this name, or NULL. */
const RbacNameGrant *rbac_names_find(const RbacNames *names, Str name);

#endif
