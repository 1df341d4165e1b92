/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of service accounts: who sends one. */
#include "server/auth/service_account.h"

#include "base/base64.h"
#include "server/auth/service_account_claims.h"

enum { LEEWAY_SECONDS = 60 }; /* of clocks that differ */

/* -- time -------------------------------------------------------------------------------------- */

static bool digits(Str s, size_t at, size_t count, int64_t *out)
{
    return str_to_int64(str_slice(s, at, at + count), out) && s.ptr[at] >= '0';
}

/* "2006-01-02T15:04:05Z", the form in which objects are stored. */
static bool read_time(Str s, int64_t *out)
{
    int64_t year, month, day, hour, minute, second;
    if (s.len != 20 || !digits(s, 0, 4, &year) || !digits(s, 5, 2, &month) ||
        !digits(s, 8, 2, &day) || !digits(s, 11, 2, &hour) || !digits(s, 14, 2, &minute) ||
        !digits(s, 17, 2, &second)) {
        return false;
    }
    /* Days since 1970, counted in years that begin in March. */
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t m = month <= 2 ? month + 9 : month - 3;
    int64_t days = y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
    *out = ((days * 24 + hour) * 60 + minute) * 60 + second;
    return true;
}

/* Deleted, and for longer than clocks may differ. */
static bool is_deleted(const Value *object, int64_t now)
{
    Str text = value_as_str(value_at(object, "metadata", "deletionTimestamp", NULL));
    int64_t at;
    return text.ptr && (!read_time(text, &at) || at < now - LEEWAY_SECONDS);
}

static bool is_being_deleted(const Value *object)
{
    return !value_is_null(value_at(object, "metadata", "deletionTimestamp", NULL));
}

/* -- what the token names ---------------------------------------------------------------------- */

static const Value *find(const TokenQuestion *q, Str kind, Str namespace, Str name)
{
    return q->facts->object(q->facts->cluster, (ObjectKey){ STR(""), kind, namespace, name });
}

static Str uid_of(const Value *object)
{
    return value_as_str(value_at(object, "metadata", "uid", NULL));
}

static bool bad(TokenAnswer *out, Str problem)
{
    out->problem = problem;
    return false;
}

static Str not_found(Str name, Arena *a)
{
    return arena_printf(a, "serviceaccounts \"%.*s\" not found", STR_ARG(name));
}

/* A secret's token is the very one that lies in the secret. */
static bool check_secret_token(const TokenClaims *c, const TokenQuestion *q, Arena *a,
                               TokenAnswer *out)
{
    Str subject = arena_printf(a, SERVICE_ACCOUNT_PREFIX "%.*s:%.*s", STR_ARG(c->who.namespace),
                               STR_ARG(c->who.name));
    const Str needed[] = { c->subject, c->who.namespace, c->secret_name, c->who.name, c->who.uid };
    static const char *const names[] = { "sub", "namespace", "secretName", "serviceAccountName",
                                         "serviceAccountUID" };
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        if (!needed[i].len) {
            return bad(out, arena_printf(a, "%s claim is missing", names[i]));
        }
    }
    if (!str_eq(c->subject, subject)) {
        return bad(out, STR("sub claim is invalid"));
    }
    const Value *secret = find(q, STR("Secret"), c->who.namespace, c->secret_name);
    if (!secret || is_being_deleted(secret)) {
        return bad(out, STR("Token has been invalidated"));
    }
    Buf stored = buf_new(a);
    if (!base64_read(value_as_str(value_at(secret, "data", "token", NULL)), &stored) ||
        !str_eq(buf_str(&stored), q->token)) {
        return bad(out, STR("Token does not match server's copy"));
    }
    const Value *account = find(q, STR("ServiceAccount"), c->who.namespace, c->who.name);
    if (!account) {
        return bad(out, not_found(c->who.name, a));
    }
    if (is_being_deleted(account)) {
        return bad(out, arena_printf(a, "ServiceAccount %.*s/%.*s has been deleted",
                                     STR_ARG(c->who.namespace), STR_ARG(c->who.name)));
    }
    if (!str_eq(uid_of(account), c->who.uid)) {
        return bad(out, arena_printf(a, "ServiceAccount UID (%.*s) does not match claim (%.*s)",
                                     STR_ARG(uid_of(account)), STR_ARG(c->who.uid)));
    }
    return true;
}

static bool check_time(const TokenClaims *c, int64_t now, TokenAnswer *out)
{
    if (c->expires.set && now - LEEWAY_SECONDS > c->expires.value) {
        return bad(out, STR("Token has expired"));
    }
    if ((c->not_before.set && now + LEEWAY_SECONDS < c->not_before.value) ||
        (c->issued.set && now + LEEWAY_SECONDS < c->issued.value)) {
        return bad(out, STR("Token could not be validated"));
    }
    return true;
}

static bool check_bound_to(const TokenClaims *c, const TokenQuestion *q, Str kind, Str name,
                           Str uid, Arena *a, TokenAnswer *out)
{
    if (!name.ptr) {
        return true;
    }
    const Value *object = find(q, kind, c->who.namespace, name);
    if (!object || is_deleted(object, q->now)) {
        return bad(out, STR("Token has been invalidated"));
    }
    if (!str_eq(uid_of(object), uid)) {
        Str lower = arena_lower(a, kind);
        return bad(out, arena_printf(a,
                                     "%.*s UID (%.*s) does not match service account %.*s ref "
                                     "claim (%.*s)",
                                     STR_ARG(kind), STR_ARG(uid_of(object)), STR_ARG(lower),
                                     STR_ARG(uid)));
    }
    return true;
}

static bool check_bound_token(const TokenClaims *c, const TokenQuestion *q, Arena *a,
                              TokenAnswer *out)
{
    if (!check_time(c, q->now, out)) {
        return false;
    }
    const Value *account = find(q, STR("ServiceAccount"), c->who.namespace, c->who.name);
    if (!account) {
        return bad(out, not_found(c->who.name, a));
    }
    if (is_deleted(account, q->now)) {
        return bad(out, arena_printf(a, "ServiceAccount %.*s/%.*s has been deleted",
                                     STR_ARG(c->who.namespace), STR_ARG(c->who.name)));
    }
    if (!str_eq(uid_of(account), c->who.uid)) {
        return bad(out, arena_printf(a, "ServiceAccount UID (%.*s) does not match claim (%.*s)",
                                     STR_ARG(uid_of(account)), STR_ARG(c->who.uid)));
    }
    return check_bound_to(c, q, STR("Secret"), c->secret_name, c->secret_uid, a, out) &&
           check_bound_to(c, q, STR("Pod"), c->pod_name, c->pod_uid, a, out);
}

/* -- for whom it is ---------------------------------------------------------------------------- */

/* As Go's %q prints a list of strings. */
static Str quoted_list(StrList list, Arena *a)
{
    Buf b = buf_new(a);
    buf_byte(&b, '[');
    for (size_t i = 0; i < list.count; i++) {
        buf_add(&b, i ? STR(" ") : STR(""));
        buf_go_quoted(&b, list.items[i]);
    }
    buf_byte(&b, ']');
    return buf_str(&b);
}

static bool check_audiences(const TokenClaims *c, const ServiceAccountIssuer *issuer,
                            const TokenQuestion *q, Arena *a, TokenAnswer *out)
{
    /* A token that names none is for the API server. */
    StrList own = c->audiences.count ? c->audiences : issuer->audiences;
    StrList wanted = q->audiences.count ? q->audiences : issuer->audiences;
    Str *both = new(a, Str, own.count);
    out->audiences = (StrList){ both, 0 };
    for (size_t i = 0; i < own.count; i++) {
        if (str_list_has(wanted, own.items[i])) {
            both[out->audiences.count++] = own.items[i];
        }
    }
    return out->audiences.count ||
           bad(out, arena_printf(a, "token audiences %.*s is invalid for the target audiences %.*s",
                                 STR_ARG(quoted_list(own, a)), STR_ARG(quoted_list(wanted, a))));
}

/* -- who it is --------------------------------------------------------------------------------- */

static void add_extra(Value *extra, Str key, Str value, Arena *a)
{
    Value list = value_array();
    value_add(&list, value_str(value), a);
    value_set(extra, key, list, a);
}

static UserInfo user_of(const TokenClaims *c, Arena *a)
{
    Str *groups = new(a, Str, 2);
    groups[0] = STR("system:serviceaccounts");
    groups[1] = arena_printf(a, "system:serviceaccounts:%.*s", STR_ARG(c->who.namespace));
    UserInfo user = {
        .name = arena_printf(a, SERVICE_ACCOUNT_PREFIX "%.*s:%.*s", STR_ARG(c->who.namespace),
                             STR_ARG(c->who.name)),
        .uid = c->who.uid,
        .groups = { groups, 2 },
    };
    if (c->pod_name.len && c->pod_uid.len) {
        Value *extra = new(a, Value, 1);
        *extra = value_object();
        add_extra(extra, STR("authentication.kubernetes.io/pod-name"), c->pod_name, a);
        add_extra(extra, STR("authentication.kubernetes.io/pod-uid"), c->pod_uid, a);
        user.extra = extra;
    }
    return user;
}

TokenVerdict service_account_authenticate(const ServiceAccountIssuer *issuer,
                                          const TokenQuestion *q, Arena *a, TokenAnswer *out)
{
    Value claims;
    TokenClaims c;
    *out = (TokenAnswer){ 0 };
    if (!jwt_read(q->token, a, &claims)) {
        return TOKEN_FOREIGN;
    }
    Str from = value_get_str(&claims, STR("iss"));
    bool is_secret = str_eq(from, STR(SERVICE_ACCOUNT_SECRET_ISSUER));
    if (!is_secret && !str_eq(from, issuer->issuer)) {
        return TOKEN_FOREIGN;
    }
    if (!jwt_verify(issuer->key, q->token, a)) {
        out->problem = STR("square/go-jose: error in cryptographic primitive");
        return TOKEN_BAD;
    }
    if (is_secret) {
        token_claims_read_secret(&claims, &c);
    } else {
        token_claims_read_bound(&claims, a, &c);
    }
    if (!check_audiences(&c, issuer, q, a, out) ||
        !(is_secret ? check_secret_token(&c, q, a, out) : check_bound_token(&c, q, a, out))) {
        return TOKEN_BAD;
    }
    out->user = user_of(&c, a);
    return TOKEN_GOOD;
}
