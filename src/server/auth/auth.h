/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authentication: who sends a request.
 *
 * In the order of the API server: a client certificate, then a bearer token (of the token file, of
 * a service account); a good one decides. One that is bad makes the request unauthorized; without
 * any it is anonymous.
 *
 * All functions may be called by several threads. Times are Unix seconds.
 */
#ifndef PODGATE_SERVER_AUTH_AUTH_H
#define PODGATE_SERVER_AUTH_AUTH_H

#include "server/auth/service_account.h"
#include "server/auth/token_file.h"
#include "server/http/http.h"

typedef struct Authenticator Authenticator;

typedef struct AuthOptions {
    const TokenFile *tokens; /* must outlive it; NULL for none */
    bool no_anonymous;
    Str issuer;        /* of bound tokens; absent: https://kubernetes.default.svc */
    StrList audiences; /* of the API server; none: the issuer */
    Str token_key;     /* PEM of what signs service account tokens; absent: a new one */
    int minor;         /* of the version whose words are used; 0 for 1.20 */
} AuthOptions;

/* Strings of o must outlive it. */
WARN_UNUSED bool auth_new(const AuthOptions *o, Arena *a, Authenticator **out, Err *err);
void auth_free(Authenticator *auth);

/* Who sends r. False: unauthorized (401). */
WARN_UNUSED bool auth_request(Authenticator *auth, const HttpRequest *r, const Facts *facts,
                              int64_t now, Arena *a, UserInfo *out);

/* As a TokenReview asks it. */
typedef struct AuthTokenAnswer {
    bool authenticated;
    UserInfo user;
    StrList audiences; /* of those asked for, or of the API server's own */
    Str error;         /* when not authenticated */
} AuthTokenAnswer;
void auth_token(Authenticator *auth, const TokenQuestion *q, Arena *a, AuthTokenAnswer *out);

/* For service_account_secret_token() and service_account_bound_token(), and the public key. */
const ServiceAccountIssuer *auth_issuer(const Authenticator *auth);

#endif
