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

/* -- tokens that end --------------------------------------------------------------------------- */

/* A claim in question. The words changed with 1.22. */
typedef struct Check {
    const TokenClaims *c;
    const TokenQuestion *q;
    int minor;
    Arena *a;
    TokenAnswer *out;
} Check;

static bool has_new_words(const Check *k)
{
    enum { NEW_WORDS_SINCE = 22 };
    return k->minor >= NEW_WORDS_SINCE;
}

static bool bad_as(const Check *k, const char *before, const char *now)
{
    return bad(k->out, str_from_c(has_new_words(k) ? now : before));
}

static bool check_time(const Check *k)
{
    const TokenClaims *c = k->c;
    int64_t now = k->q->now;
    if (c->expires.set && now - LEEWAY_SECONDS > c->expires.value) {
        return bad_as(k, "Token has expired.", "service account token has expired");
    }
    if (c->not_before.set && now + LEEWAY_SECONDS < c->not_before.value) {
        return bad_as(k, "Token could not be validated.", "service account token is not valid yet");
    }
    if (c->issued.set && now + LEEWAY_SECONDS < c->issued.value) {
        return bad_as(k, "Token could not be validated.",
                      "service account token is issued in the future");
    }
    return true;
}

static bool check_account(const Check *k)
{
    enum { UID_FIRST_SINCE = 30 };
    const ServiceAccountRef *who = &k->c->who;
    const Value *account = find(k->q, STR("ServiceAccount"), who->namespace, who->name);
    if (!account) {
        return bad(k->out, not_found(who->name, k->a));
    }
    const char *kind = has_new_words(k) ? "service account" : "ServiceAccount";
    bool is_other = !str_eq(uid_of(account), who->uid);
    bool is_gone = is_deleted(account, k->q->now);
    if (is_gone && !(is_other && k->minor >= UID_FIRST_SINCE)) {
        return bad(k->out, arena_printf(k->a, "%s %.*s/%.*s has been deleted", kind,
                                        STR_ARG(who->namespace), STR_ARG(who->name)));
    }
    return !is_other ||
           bad(k->out, arena_printf(k->a, "%s UID (%.*s) does not match claim (%.*s)", kind,
                                    STR_ARG(uid_of(account)), STR_ARG(who->uid)));
}

static bool check_bound_to(const Check *k, Str kind, Str namespace, Str name, Str uid)
{
    if (!name.ptr) {
        return true;
    }
    const Value *object = find(k->q, kind, namespace, name);
    if (!object || is_deleted(object, k->q->now)) {
        return bad_as(k, "Token has been invalidated",
                      "service account token has been invalidated");
    }
    if (str_eq(uid_of(object), uid)) {
        return true;
    }
    Str lower = arena_lower(k->a, kind);
    return bad(k->out, has_new_words(k)
                           ? arena_printf(k->a,
                                          "%.*s UID (%.*s) does not match service account %.*s ref "
                                          "claim (%.*s)",
                                          STR_ARG(lower), STR_ARG(uid_of(object)), STR_ARG(lower),
                                          STR_ARG(uid))
                           : arena_printf(k->a, "%.*s UID (%.*s) does not match claim (%.*s)",
                                          STR_ARG(kind), STR_ARG(uid_of(object)), STR_ARG(uid)));
}

static bool check_bound_token(const Check *k)
{
    const TokenClaims *c = k->c;
    /* of a pod's node it is only told which it is */
    Str node = c->pod_name.ptr ? STR_ABSENT : c->node_name;
    return check_time(k) && check_account(k) &&
           check_bound_to(k, STR("Secret"), c->who.namespace, c->secret_name, c->secret_uid) &&
           check_bound_to(k, STR("Pod"), c->who.namespace, c->pod_name, c->pod_uid) &&
           check_bound_to(k, STR("Node"), STR(""), node, c->node_uid);
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
    const struct {
        const char *key;
        Str value;
    } rows[] = {
        /* by key, as Go writes a map */
        { "authentication.kubernetes.io/credential-id",
          c->id.len ? arena_concat(a, STR("JTI="), c->id) : STR_ABSENT },
        { "authentication.kubernetes.io/node-name", c->node_name },
        { "authentication.kubernetes.io/node-uid", c->node_uid },
        { "authentication.kubernetes.io/pod-name", c->pod_uid.len ? c->pod_name : STR_ABSENT },
        { "authentication.kubernetes.io/pod-uid", c->pod_name.len ? c->pod_uid : STR_ABSENT },
    };
    Value extra = value_object();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].value.len) {
            add_extra(&extra, str_from_c(rows[i].key), rows[i].value, a);
        }
    }
    if (extra.len) {
        Value *kept = new(a, Value, 1);
        *kept = extra;
        user.extra = kept;
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
    const Check k = { &c, q, issuer->minor, a, out };
    if (!check_audiences(&c, issuer, q, a, out) ||
        !(is_secret ? check_secret_token(&c, q, a, out) : check_bound_token(&k))) {
        return TOKEN_BAD;
    }
    out->user = user_of(&c, a);
    return TOKEN_GOOD;
}
