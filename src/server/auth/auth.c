/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends a request. */
#include "server/auth/auth.h"

#include <stdlib.h>

struct Authenticator {
    AuthOptions options;
    ServiceAccountIssuer issuer;
};

static const Str default_issuer = STR_INIT("https://kubernetes.default.svc");

bool auth_new(const AuthOptions *o, Arena *a, Authenticator **out, Err *err)
{
    Authenticator *auth = calloc(1, sizeof(*auth));
    if (!auth) {
        return err_set(err, a, ERR_LIMIT, "no memory");
    }
    if (!jwt_key_load(o->token_key, a, &auth->issuer.key, err)) {
        free(auth);
        return false;
    }
    auth->options = *o;
    auth->issuer.issuer = o->issuer.ptr ? o->issuer : default_issuer;
    auth->issuer.audiences = o->audiences.count ? o->audiences
                                                : (StrList){ &auth->issuer.issuer, 1 };
    auth->issuer.minor = o->minor;
    *out = auth;
    return true;
}

void auth_free(Authenticator *auth)
{
    if (auth) {
        jwt_key_free(auth->issuer.key);
        free(auth);
    }
}

const ServiceAccountIssuer *auth_issuer(const Authenticator *auth)
{
    return &auth->issuer;
}

/* Everyone who is authenticated is in this group. */
static void add_authenticated(UserInfo *user, Arena *a)
{
    static const Str group = STR_INIT("system:authenticated");
    if (str_list_has(user->groups, group)) {
        return;
    }
    Str *groups = new(a, Str, user->groups.count + 1);
    if (user->groups.count) {
        memcpy(groups, user->groups.items, user->groups.count * sizeof(Str));
    }
    groups[user->groups.count] = group;
    user->groups = (StrList){ groups, user->groups.count + 1 };
}

/* A token file says nothing of audiences: its tokens are for the API server. */
static StrList audiences_both(StrList own, StrList wanted, Arena *a)
{
    if (!wanted.count) {
        return own;
    }
    Str *items = new(a, Str, own.count);
    StrList both = { items, 0 };
    for (size_t i = 0; i < own.count; i++) {
        if (str_list_has(wanted, own.items[i])) {
            items[both.count++] = own.items[i];
        }
    }
    return both;
}

void auth_token(Authenticator *auth, const TokenQuestion *q, Arena *a, AuthTokenAnswer *out)
{
    *out = (AuthTokenAnswer){ 0 };
    const UserInfo *known = auth->options.tokens ? map_get(&auth->options.tokens->users, q->token)
                                                 : NULL;
    TokenAnswer answer = { 0 };
    TokenVerdict verdict = TOKEN_GOOD;
    if (known) {
        answer.user = *known;
        answer.audiences = audiences_both(auth->issuer.audiences, q->audiences, a);
        verdict = answer.audiences.count ? TOKEN_GOOD : TOKEN_FOREIGN;
    } else {
        verdict = service_account_authenticate(&auth->issuer, q, a, &answer);
    }
    out->authenticated = verdict == TOKEN_GOOD;
    if (!out->authenticated) {
        out->error = answer.problem.ptr ? answer.problem : STR("invalid bearer token");
        return;
    }
    out->user = answer.user;
    out->audiences = answer.audiences;
    add_authenticated(&out->user, a);
}

/* The token of `Authorization: Bearer TOKEN`; absent when there is none. */
static Str bearer_token(const HttpRequest *r)
{
    Str scheme;
    Str rest;
    Str token;
    Str more;
    Str value = http_header(r, STR("Authorization"));
    if (!value.ptr || !str_split_once(str_trim(value), ' ', &scheme, &rest) ||
        !str_eq_ignore_case(scheme, STR("bearer"))) {
        return STR_ABSENT;
    }
    str_split_once(rest, ' ', &token, &more);
    return token.len ? token : STR_ABSENT;
}

static UserInfo anonymous(void)
{
    static const Str group = STR_INIT("system:unauthenticated");
    return (UserInfo){ .name = STR("system:anonymous"), .groups = { &group, 1 } };
}

/* One that has ended counts as one that is wrong: the API server looks at it with each request. */
static bool cert_is_valid(const HttpRequest *r, int64_t now)
{
    bool has_times = r->client_cert_from || r->client_cert_to;
    return !r->client_cert_invalid &&
           (!has_times || (now >= r->client_cert_from && now <= r->client_cert_to));
}

bool auth_request(Authenticator *auth, const HttpRequest *r, const Facts *facts, int64_t now,
                  Arena *a, UserInfo *out)
{
    bool cert_is_wrong = !cert_is_valid(r, now);
    if (r->client_cn.len && !cert_is_wrong) {
        *out = (UserInfo){ .name = r->client_cn, .groups = r->client_organizations };
        add_authenticated(out, a);
        return true;
    }
    Str token = bearer_token(r);
    if (token.ptr) {
        TokenQuestion q = { .token = token, .facts = facts, .now = now };
        AuthTokenAnswer answer;
        auth_token(auth, &q, a, &answer);
        *out = answer.user;
        return answer.authenticated;
    }
    if (cert_is_wrong || auth->options.no_anonymous) {
        return false;
    }
    *out = anonymous();
    return true;
}
