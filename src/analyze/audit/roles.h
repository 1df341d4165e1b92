/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles out of an audit log: what each subject did, as the least roles and bindings that allow it.
 *
 *     Roles *r = roles_new(&options, arena);
 *     LogSink sink = { r, roles_record, my_problem, NULL };
 *     log_read(paths, &sink, arena, &counts, &err);
 *     roles_finish(r, &report);
 *
 * Requests are gathered by subject, verb, resource and namespace: memory grows with how many of
 * those there are, not with the log. What the roles that exist allow already is left out. Every
 * request that is left is allowed by the result, and each rule of it is needed by at least one:
 * roles_prove() tries both.
 */
#ifndef PODGATE_ANALYZE_AUDIT_ROLES_H
#define PODGATE_ANALYZE_AUDIT_ROLES_H

#include "analyze/audit/event.h"
#include "cluster/snapshot.h"

enum {
    ROLES_ACCESSES_MAX = 500000,
    ROLES_NAMES_MAX = 100,
    ROLES_PATHS_MAX = 1000, /* of one subject: who asks for more is looking for something */
};

typedef struct RolesOptions {
    const Snapshot *existing; /* whose roles are subtracted */
    bool denied;              /* also what was refused */
    bool names;               /* restrict a verb to the names that it was always used with, */
    size_t names_max;         /* when there are not more of them */
    size_t cluster_from;      /* used in so many namespaces: allowed in all; 0 for never */
    bool verbs_together; /* list brings get and watch; update and patch bring get and each other */
    const UserInfo *subject; /* this one alone; NULL for all */
    Str namespace;           /* requests in it alone; absent for all */
    Str name;                /* what the objects are called; absent: after the subject */
} RolesOptions;

/* One thing that a subject did: a verb on a resource in a namespace, or on a path. */
typedef struct RolesAccess {
    const struct RolesSubject *subject;
    Str verb;
    bool is_resource;
    Str group;
    Str resource;  /* "pods/log" */
    Str namespace; /* "" for all of the cluster */
    Str path;
    const Str *names; /* that it was used with, the first ones, sorted in a report */
    size_t name_count;
    bool any_name;   /* it was used without one, or with more names than are kept */
    bool keep_names; /* the grant is for these alone, asked for or not: impersonation */
    size_t count;
    size_t order; /* in the log */
    Str file;     /* of the first */
    size_t line;
    Str time; /* of the first; "" when not known */
} RolesAccess;

typedef struct RolesSubject {
    UserInfo user;
    bool is_account;
    Str account_namespace;
    Str account_name;
    Str object_name; /* of its roles and bindings */
    RolesAccess **accesses;
    size_t access_count;
    size_t access_cap;
    size_t path_count; /* accesses that are no resources */
} RolesSubject;

/* A rule of the result. */
typedef struct RolesRule {
    StrList verbs;
    Str group;
    StrList resources;
    StrList names; /* none for all */
    StrList paths;
    const RolesAccess *const *accesses; /* that made it, in the order of the log */
    size_t access_count;
} RolesRule;

/* A Role or ClusterRole with its binding. */
typedef struct RolesRole {
    const RolesSubject *subject;
    Str namespace; /* "" for a ClusterRole */
    RolesRule *rules;
    size_t rule_count;
} RolesRole;

typedef struct RolesReport {
    RolesRole *roles; /* by subject as they come up, ClusterRoles first, then by namespace */
    size_t role_count;
    size_t rule_count;
    size_t subject_count;
    size_t requests;  /* that the roles are for */
    size_t already;   /* requests that roles of the cluster allow */
    size_t refused;   /* requests that were refused, when those are not asked for */
    size_t nobody;    /* nobody known asked, or might not impersonate */
    size_t of_nodes;  /* of nodes, which the Node authorizer is for */
    size_t other;     /* of other subjects and namespaces than asked for */
    size_t malformed; /* events without a user, a verb or a path */
    size_t too_many;  /* beyond ROLES_ACCESSES_MAX and ROLES_PATHS_MAX */
    const RolesAccess *const *accesses; /* all, in the order of the log */
    size_t access_count;
} RolesReport;

typedef struct Roles Roles;

Roles *roles_new(const RolesOptions *options, Arena *a);
void roles_record(void *context, const LogRecord *r, Arena *scratch);
void roles_finish(Roles *r, RolesReport *out);

/* The objects of a role: the Role or ClusterRole and its binding. */
Value roles_role_value(const RolesRole *role, Arena *a);
Value roles_binding_value(const RolesRole *role, Arena *a);
/* All of them as YAML to be applied, each rule with its evidence above it. */
void roles_write_yaml(const RolesReport *report, Buf *b);
/* As data: an object of kind RbacFromAuditReport, the objects among it. */
Value roles_to_value(const RolesReport *report, Arena *a);
/* "get, list pods" */
Str roles_rule_text(const RolesRule *rule, Arena *a);

typedef struct RolesProof {
    size_t checked; /* different requests */
    size_t refused; /* of those, that the result does not allow: 0 */
    size_t rules;
    size_t unneeded; /* rules without which all are allowed: 0 */
    Str first;       /* what is wrong first; absent when nothing is */
} RolesProof;

/* Asks the authorizer about every request under the result, and without each of its rules. */
void roles_prove(const RolesReport *report, const Snapshot *existing, Arena *a, RolesProof *out);

#endif
