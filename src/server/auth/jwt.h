/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Web Tokens in the compact form, signed with ES256 by a key of our own.
 */
#ifndef PODGATE_SERVER_AUTH_JWT_H
#define PODGATE_SERVER_AUTH_JWT_H

#include "base/err.h"
#include "doc/value.h"

/* May be used by several threads. */
typedef struct JwtKey JwtKey;

WARN_UNUSED bool jwt_key_new(Arena *a, JwtKey **out, Err *err);
/* One that was made before, by its PEM text; and that text. */
WARN_UNUSED bool jwt_key_load(Str pem, Arena *a, JwtKey **out, Err *err);
WARN_UNUSED bool jwt_key_pem(const JwtKey *key, Arena *a, Str *out, Err *err);
void jwt_key_free(JwtKey *key);

/* The token whose claims are this object. Absent when GnuTLS fails. */
Str jwt_sign(const JwtKey *key, const Value *claims, Arena *a);

/* The claims of a token in compact form, NOT VERIFIED; false when it is none. */
WARN_UNUSED bool jwt_read(Str token, Arena *a, Value *claims);
/* Whether the key signed it. What was found good is remembered, as clients send the same token
 * again and again. */
bool jwt_verify(JwtKey *key, Str token, Arena *a);

/* The public key as a PEM text and as a JSON Web Key, for those who verify tokens themselves. */
Str jwt_key_id(const JwtKey *key);
Value jwt_key_public(const JwtKey *key, Arena *a);

#endif
