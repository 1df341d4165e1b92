/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The API server's --token-auth-file: lines of
 *
 *     token,user,uid,"group1,group2"
 *
 * in CSV as Go's encoding/csv reads it; the groups may be left out.
 */
#ifndef PODGATE_SERVER_AUTH_TOKEN_FILE_H
#define PODGATE_SERVER_AUTH_TOKEN_FILE_H

#include "base/err.h"
#include "base/map.h"
#include "decide/facts.h"

typedef struct TokenFile {
    Map users; /* token: UserInfo */
} TokenFile;

/* name is for messages. Of a token that stands there twice the last one counts. All lies in a. */
WARN_UNUSED bool token_file_read(Str name, Str text, Arena *a, TokenFile *out, Err *err);

#endif
