/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of service accounts: those that lie in secrets, and those that are asked for with a
 * TokenRequest, which end and may be bound to a pod or a secret.
 *
 * Source: Kubernetes pkg/serviceaccount (claims.go, legacy.go, jwt.go); the words of 1.20.
 */
#ifndef PODGATE_SERVER_AUTH_SERVICE_ACCOUNT_H
#define PODGATE_SERVER_AUTH_SERVICE_ACCOUNT_H

#include "decide/facts.h"
#include "server/auth/jwt.h"

typedef struct ServiceAccountIssuer {
    JwtKey *key;
    Str issuer;        /* of bound tokens */
    StrList audiences; /* the API server's own */
    int minor;         /* of the version whose words are used; 0 for 1.20 */
} ServiceAccountIssuer;

typedef struct ServiceAccountRef {
    Str namespace;
    Str name;
    Str uid;
} ServiceAccountRef;

/* What a bound token says besides. Names of what it is not bound to are absent; node_uid is when
 * the node of a pod is not there. */
typedef struct BoundToken {
    StrList audiences; /* none: the API server's own */
    int64_t now;
    int64_t expires;
    int64_t warn_after; /* 0: never */
    Str pod_name;
    Str pod_uid;
    Str secret_name;
    Str secret_uid;
    Str node_name;
    Str node_uid;
    Str id; /* absent for none */
} BoundToken;

Str service_account_secret_token(const ServiceAccountIssuer *issuer, const ServiceAccountRef *who,
                                 Str secret_name, Arena *a);
Str service_account_bound_token(const ServiceAccountIssuer *issuer, const ServiceAccountRef *who,
                                const BoundToken *bound, Arena *a);

typedef enum TokenVerdict {
    TOKEN_FOREIGN, /* none of ours: others may know it */
    TOKEN_GOOD,
    TOKEN_BAD,
} TokenVerdict;

typedef struct TokenQuestion {
    Str token;
    StrList audiences; /* for whom it must be; none: for the API server */
    const Facts *facts;
    int64_t now;
} TokenQuestion;

typedef struct TokenAnswer {
    UserInfo user;     /* without system:authenticated */
    StrList audiences; /* of those asked for, those it is for */
    Str problem;       /* of TOKEN_BAD */
} TokenAnswer;

TokenVerdict service_account_authenticate(const ServiceAccountIssuer *issuer,
                                          const TokenQuestion *q, Arena *a, TokenAnswer *out);

#endif
