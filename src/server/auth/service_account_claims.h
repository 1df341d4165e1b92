/* SPDX-License-Identifier: Apache-2.0 */
/* Between service_account.c and service_account_claims.c: what a token says. */
#ifndef PODGATE_SERVER_AUTH_SERVICE_ACCOUNT_CLAIMS_H
#define PODGATE_SERVER_AUTH_SERVICE_ACCOUNT_CLAIMS_H

#include "server/auth/service_account.h"

#define SERVICE_ACCOUNT_PREFIX "system:serviceaccount:"
#define SERVICE_ACCOUNT_SECRET_ISSUER "kubernetes/serviceaccount"

typedef struct TokenClaims {
    ServiceAccountRef who;
    Str subject;
    StrList audiences;
    OptInt64 expires;
    OptInt64 not_before;
    OptInt64 issued;
    Str secret_name; /* absent when it is bound to none; likewise the pod */
    Str secret_uid;
    Str node_name;
    Str node_uid;
    Str id;
    Str pod_name;
    Str pod_uid;
} TokenClaims;

void token_claims_read_secret(const Value *claims, TokenClaims *out);
void token_claims_read_bound(const Value *claims, Arena *a, TokenClaims *out);

#endif
