/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong, or does nothing, in the roles and bindings of files.
 *
 * Objects are looked at as they are written, against the whole cluster. Each check is a row of
 * lint.c; lint_bindings.c and lint_roles.c hold them.
 */
#ifndef PODGATE_ANALYZE_RBAC_LINT_H
#define PODGATE_ANALYZE_RBAC_LINT_H

#include "analyze/rbac/inventory.h"

typedef struct RbacLintCheck {
    Str id;
    Str text; /* one line for people */
} RbacLintCheck;

typedef enum RbacLintId {
    RBAC_LINT_NO_SUBJECTS,
    RBAC_LINT_MISSING_ROLE,
    RBAC_LINT_MISSING_ACCOUNT,
    RBAC_LINT_ACCOUNT_AS_USER,
    RBAC_LINT_DUPLICATE_SUBJECT,
    RBAC_LINT_DUPLICATE_BINDING,
    RBAC_LINT_DUPLICATE_RULE,
    RBAC_LINT_SHADOWED_RULE,
    RBAC_LINT_GRANTS_NOTHING,
    RBAC_LINT_NEVER_APPLIES,
    RBAC_LINT_EVERY_POLICY,
    RBAC_LINT_UNUSED_ROLE,
    RBAC_LINT_COUNT,
} RbacLintId;

extern const RbacLintCheck rbac_lint_checks[RBAC_LINT_COUNT];

typedef struct RbacFinding {
    RbacLintId check;
    const FileObject *object;
    Str field; /* "rules[2].verbs"; "" for the object */
    Str text;
    Str place; /* `file.yaml:12:7`; "" of a running cluster */
} RbacFinding;

typedef struct RbacFindings {
    RbacFinding *items; /* in the order of the files */
    size_t count;
    size_t cap;
} RbacFindings;

typedef struct RbacLintQuestion {
    const FileObjects *objects;
    StrList skip;  /* checks left out, by id */
    Str namespace; /* only objects of it; absent for all */
} RbacLintQuestion;

void rbac_lint(const RbacInventory *inventory, const RbacLintQuestion *question, Arena *a,
               RbacFindings *out);
/* {"kind": "RbacLintReport", "findings": [...]} */
Value rbac_findings_to_value(const RbacFindings *findings, Arena *a);
/* "ClusterRole view", "RoleBinding team-a/ci" */
Str rbac_object_text(const FileObject *object, Arena *a);

/* -- for the checks ---------------------------------------------------------------------------- */

typedef struct RbacLinter {
    const RbacInventory *inventory;
    const RbacLintQuestion *question;
    Arena *arena;
    RbacFindings *out;
    Map grants; /* of subjects to a role in a place: the binding that came first */
    Map holds;  /* by address of a ClusterRole: whether a RoleBinding to it grants anything */
    Map used;   /* "namespace/name" of roles that bindings refer to */
} RbacLinter;

void rbac_found(RbacLinter *l, RbacLintId check, const FileObject *object, Str field,
                const char *format, ...) PRINTF_LIKE(5, 6);
void rbac_lint_binding(RbacLinter *l, const FileObject *object, const RbacBinding *b);
void rbac_lint_role(RbacLinter *l, const FileObject *object, const RbacRole *role);
/* Of one rule of a role. */
void rbac_lint_repeats(RbacLinter *l, const FileObject *object, const RbacRole *role, size_t i);
void rbac_lint_applies(RbacLinter *l, const FileObject *object, const RbacRole *role, size_t i);
/* Whether anything of the ClusterRole holds where a RoleBinding refers to it. */
bool rbac_lint_holds_in_namespace(RbacLinter *l, const RbacRole *role);
/* "rules[i]", or an item of one of its lists. */
Str rbac_rule_field(RbacLinter *l, size_t i, const char *list, size_t item);

#endif
