/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service accounts: which are used, which could do without a token, which nobody needs.
 *
 * What of its rights a workload uses is written in no manifest. So this says only what follows from
 * workloads, accounts and bindings; an audit log says the rest.
 */
#ifndef PODGATE_ANALYZE_ADVISE_RBAC_H
#define PODGATE_ANALYZE_ADVISE_RBAC_H

#include "analyze/advise/inputs.h"
#include "decide/rbac/rbac.h"

typedef enum AdviseRbacKind {
    ADVISE_NO_TOKEN,     /* it has no right that a token is good for, and pods mount one */
    ADVISE_UNUSED,       /* no workload runs as it */
    ADVISE_OWN_ACCOUNT,  /* `default` has rights, and workloads run as it */
    ADVISE_BARE_DEFAULT, /* `default` has rights, and nothing runs as it */
    ADVISE_MISSING,      /* workloads name it, and it is not there */
    ADVISE_SHARED,       /* several workloads have each other's rights through it */
    ADVISE_MISSING_ROLE, /* a binding names it whose role is not there */
} AdviseRbacKind;

typedef struct AdviseRbac {
    struct AdviseRbac *next;
    AdviseRbacKind kind;
    Str text;
    Str command; /* that does it; "" for none */
} AdviseRbac;

typedef struct AdviseGrant {
    const RbacBinding *binding;
    const RbacRole *role; /* NULL when it is not there */
    bool needs_token;     /* the role grants more than the use of policies */
    bool by_group;        /* the binding names a group of all accounts */
} AdviseGrant;

typedef struct AdviseAccount {
    Str namespace;
    Str name;
    bool is_there;
    const AdviseWorkload **workloads;
    size_t workload_count;
    size_t mounting; /* of these: have the token mounted */
    AdviseGrant *grants;
    size_t grant_count;
    size_t right_count; /* grants that need a token */
    const AdviseRbac *advice;
} AdviseAccount;

typedef struct AdviseRbacReport {
    AdviseAccount *accounts; /* by namespace and name */
    size_t count;
    size_t advice_count;
} AdviseRbacReport;

/* namespaces: whose RoleBindings and accounts are looked at. only: the one whose accounts are
 * reported; absent for all. */
void advise_rbac(const AdviseInputs *inputs, StrList namespaces, Str only, Arena *a,
                 AdviseRbacReport *out);

/* "no-token", ... */
Str advise_rbac_kind_text(AdviseRbacKind kind);
/* An object of kind RbacAdviceReport. */
Value advise_rbac_to_value(const AdviseRbacReport *report, Arena *a);

#endif
