/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the secrets' report share. */
#ifndef PODGATE_ANALYZE_RBAC_SECRETS_PRIVATE_H
#define PODGATE_ANALYZE_RBAC_SECRETS_PRIVATE_H

#include "analyze/rbac/secrets.h"

/* A right that opens a way. */
typedef struct SecretWay {
    RbacWayId id;
    Str verbs;
    Str targets;
    bool is_cluster_scoped; /* a RoleBinding grants none of it */
} SecretWay;

extern const SecretWay secret_ways[];
enum { secret_way_count = 15 };
enum { WAY_SERVICE_ACCOUNTS = 7, WAY_USERS = 8, WAY_GROUPS = 9 }; /* rows of impersonation */

typedef struct SecretFind {
    const RbacInventory *inventory;
    const RbacSecretQuestion *question;
    Arena *arena;
    RbacSecretReport *out;
    RbacSecretReport all; /* whoever is asked about: who can be acted as */
    bool defaults;        /* look at what every cluster grants, too */
    Map roles;            /* by address: to an uint32_t for each rule, a bit for each row of ways */
    Map accounts;         /* by namespace: who can be acted as there, see secret_index_accounts() */
} SecretFind;

/* A right of somebody that opens a way. */
typedef struct SecretOpen {
    size_t way; /* of ways */
    const RbacBinding *binding;
    const RbacSubject *subject;
    const RbacRule *rule;
} SecretOpen;

void secret_add(RbacSecretReport *r, const RbacSecretAccess *access, Arena *a);
void secret_add_text(StrList *list, Str text, Arena *a);
/* Where the right itself holds, for every secret there. */
RbacSecretAccess secret_access_of(const SecretOpen *o);

/* Ways in which one acts as somebody else. */
bool secret_acts_as_somebody(RbacWayId way);
/* Ways in which one runs as any service account of the namespace. */
bool secret_runs_as_account(RbacWayId way);

/* What a right leads to by itself. */
void secret_add_direct(SecretFind *f, RbacSecretReport *r, const SecretOpen *o);
/* Once all is filled in, before any secret_add_as_others(). */
void secret_index_accounts(SecretFind *f);
/* Where the others lead that the right lets act as: each place once, with all who lead there. */
void secret_add_as_others(SecretFind *f, const SecretOpen *o);
/* Whoever may be in system:masters may everything. */
void secret_add_masters(SecretFind *f, const SecretOpen *o);

#endif
