/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What says who sends a request: a token file, and the same bytes as a bearer token and as a
 * request for a certificate. A token file that is written again reads as the same users; no token
 * but one that was issued here is good.
 */
#include "fuzz.h"

#include "base/buf.h"
#include "server/auth/auth.h"
#include "server/auth/certs.h"

static void write_field(Buf *b, Str text)
{
    buf_byte(b, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"') {
            buf_byte(b, '"');
        }
        buf_byte(b, text.ptr[i]);
    }
    buf_byte(b, '"');
}

static Str write_again(const TokenFile *f, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < f->users.count; i++) {
        const UserInfo *user = f->users.entries[i].value;
        const Str fields[] = { f->users.entries[i].key, user->name, user->uid };
        for (size_t j = 0; j < COUNT_OF(fields); j++) {
            write_field(&b, fields[j]);
            buf_byte(&b, ',');
        }
        Buf groups = buf_new(a);
        for (size_t j = 0; j < user->groups.count; j++) {
            buf_add(&groups, j ? STR(",") : STR(""));
            buf_add(&groups, user->groups.items[j]);
        }
        write_field(&b, buf_str(&groups));
        buf_byte(&b, '\n');
    }
    return buf_str(&b);
}

static void check_file(Str text, Arena *a)
{
    TokenFile f;
    TokenFile again;
    Err err = { 0 };
    if (!token_file_read(STR("f"), text, a, &f, &err)) {
        HOLDS(err.code != ERR_NONE && str_starts_with(err.msg, STR("f: line ")));
        return;
    }
    if (str_index_byte(text, '\r') >= 0) {
        return; /* each reading takes one away at the end of a line within quotes */
    }
    HOLDS(token_file_read(STR("f"), write_again(&f, a), a, &again, &err));
    HOLDS(f.users.count == again.users.count);
    for (size_t i = 0; i < f.users.count; i++) {
        const UserInfo *x = f.users.entries[i].value;
        const UserInfo *y = map_get(&again.users, f.users.entries[i].key);
        HOLDS(y && str_eq(x->name, y->name) && str_eq(x->uid, y->uid));
        HOLDS(x->groups.count == y->groups.count ||
              (x->groups.count == 0 && y->groups.count == 1)); /* "" is one group that is empty */
    }
}

static const Value *nothing(const void *cluster, ObjectKey key)
{
    (void)cluster;
    (void)key;
    return NULL;
}

static void check_token(Authenticator *auth, Str text, Arena *a)
{
    const Facts facts = { .object = nothing };
    TokenQuestion q = { .token = text, .facts = &facts, .now = 1700000000 };
    AuthTokenAnswer answer;
    auth_token(auth, &q, a, &answer);
    HOLDS(!answer.authenticated && answer.error.len > 0);
    CertRequest request;
    Err err = { 0 };
    HOLDS(cert_request_read(text, a, &request, &err) || err.msg.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Arena kept;
    static Authenticator *auth; /* its key takes longer to make than all else */
    Arena a;
    arena_init(&a, 0);
    if (!auth) {
        arena_init(&kept, 0);
        HOLDS(auth_new(&(AuthOptions){ 0 }, &kept, &auth, NULL));
    }
    Str text = arena_str(&a, str_from((const char *)data, size));
    check_file(text, &a);
    check_token(auth, text, &a);
    arena_done(&a);
    return 0;
}
