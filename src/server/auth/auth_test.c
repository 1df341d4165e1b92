/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends a request: certificates, tokens good and bad. */
#include "server/auth/auth.h"

#include "base/base64.h"
#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static const Str masters[] = { STR_INIT("system:masters") };

enum { NOW = 1700000000 };

/* -- a cluster: a list of objects -------------------------------------------------------------- */

typedef struct Cluster {
    Value items;
} Cluster;

static const Value *find(const void *cluster, ObjectKey key)
{
    const Cluster *c = cluster;
    VALUE_EACH_ITEM(v, &c->items) {
        if (str_eq(value_get_str(v, STR("kind")), key.kind) &&
            str_eq(value_as_str(value_at(v, "metadata", "namespace", NULL)), key.namespace) &&
            str_eq(value_as_str(value_at(v, "metadata", "name", NULL)), key.name)) {
            return v;
        }
    }
    return NULL;
}

typedef struct Test {
    Arena arena;
    Authenticator *auth;
    TokenFile file;
    Cluster cluster;
    Facts facts;
} Test;

static void begin(Test *t)
{
    arena_init(&t->arena, 0);
    Err err;
    assert_true(
        token_file_read(STR("f"), STR("secret,jane,7,\"dev,ops\"\n"), &t->arena, &t->file, &err));
    AuthOptions o = { .tokens = &t->file };
    assert_true(auth_new(&o, &t->arena, &t->auth, &err));
    t->cluster.items = value_array();
    t->facts = (Facts){ .cluster = &t->cluster, .object = find };
}

static void end(Test *t)
{
    auth_free(t->auth);
    arena_done(&t->arena);
}

/* more: members of metadata; with a leading comma. */
static Value *put(Test *t, const char *kind, const char *name, const char *more, Str data)
{
    Str text = arena_printf(&t->arena,
                            "{\"kind\":\"%s\",\"metadata\":{\"namespace\":\"ns\",\"name\":\"%s\"%s}"
                            ",\"data\":{\"token\":\"%.*s\"}}",
                            kind, name, more, STR_ARG(data));
    Value v;
    Err err;
    assert_true(json_read(STR("x"), text, NULL, &t->arena, &v, &err));
    return value_add(&t->cluster.items, v, &t->arena);
}

static void clear(Test *t)
{
    t->cluster.items = value_array();
}

static Str base64(Test *t, Str s)
{
    Buf b = buf_new(&t->arena);
    base64_write(s, &b);
    return buf_str(&b);
}

/* "name/uid[group|group]{extra}" or "401". */
static const char *ask(Test *t, const HttpRequest *r, int64_t now)
{
    UserInfo user;
    if (!auth_request(t->auth, r, &t->facts, now, &t->arena, &user)) {
        return "401";
    }
    Buf b = buf_new(&t->arena);
    buf_printf(&b, "%.*s/%.*s[", STR_ARG(user.name), STR_ARG(user.uid));
    for (size_t i = 0; i < user.groups.count; i++) {
        buf_printf(&b, "%s%.*s", i ? "|" : "", STR_ARG(user.groups.items[i]));
    }
    buf_byte(&b, ']');
    if (user.extra) {
        json_write(user.extra, &b);
    }
    return arena_cstr(&t->arena, buf_str(&b));
}

static const char *ask_token(Test *t, Str token, int64_t now)
{
    HttpHeader header = { STR("authorization"),
                          arena_printf(&t->arena, "Bearer %.*s", STR_ARG(token)) };
    HttpRequest r = { .headers = &header, .header_count = 1 };
    return ask(t, &r, now);
}

/* "" when it is good, else what a TokenReview says. */
static const char *problem(Test *t, Str token, int64_t now)
{
    TokenQuestion q = { .token = token, .facts = &t->facts, .now = now };
    AuthTokenAnswer answer;
    auth_token(t->auth, &q, &t->arena, &answer);
    return answer.authenticated ? "" : arena_cstr(&t->arena, answer.error);
}

/* -- tests ------------------------------------------------------------------------------------- */

static void credentials(void **state)
{
    (void)state;
    Test t;
    begin(&t);
    static const struct {
        const char *authorization; /* NULL for none */
        const char *cn;            /* NULL for no certificate */
        bool invalid;
        const char *want;
    } rows[] = {
        { NULL, NULL, false, "system:anonymous/[system:unauthenticated]" },
        { NULL, "admin", false, "admin/[system:masters|system:authenticated]" },
        { NULL, NULL, true, "401" },
        { "Bearer secret", NULL, false, "jane/7[dev|ops|system:authenticated]" },
        { "bearer secret", NULL, false, "jane/7[dev|ops|system:authenticated]" },
        { "  BEARER secret ", NULL, false, "jane/7[dev|ops|system:authenticated]" },
        { "Bearer secret more", NULL, false, "jane/7[dev|ops|system:authenticated]" },
        { "Bearer secret", NULL, true, "jane/7[dev|ops|system:authenticated]" },
        { "Bearer wrong", NULL, false, "401" },
        { "Bearer wrong", "admin", false, "admin/[system:masters|system:authenticated]" },
        { "Bearer a.b.c", NULL, false, "401" },
        { "Bearer", NULL, false, "system:anonymous/[system:unauthenticated]" },
        { "Bearer ", NULL, false, "system:anonymous/[system:unauthenticated]" },
        { "Bearer  secret", NULL, false, "system:anonymous/[system:unauthenticated]" },
        { "Basic YTpi", NULL, false, "system:anonymous/[system:unauthenticated]" },
        { "", NULL, false, "system:anonymous/[system:unauthenticated]" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        HttpHeader header = { STR("Authorization"), str_from_c(rows[i].authorization) };
        HttpRequest r = { .headers = &header,
                          .header_count = rows[i].authorization != NULL,
                          .client_cn = str_from_c(rows[i].cn),
                          .client_cert_invalid = rows[i].invalid };
        if (rows[i].cn) {
            r.client_organizations = (StrList){ masters, 1 };
        }
        assert_string_equal(ask(&t, &r, NOW), rows[i].want);
    }
    end(&t);
}

static void a_certificate_has_its_time(void **state)
{
    (void)state;
    Test t;
    begin(&t);
    HttpRequest r = { .client_cn = STR("admin"),
                      .client_organizations = { masters, 1 },
                      .client_cert_from = NOW,
                      .client_cert_to = NOW + 60 };
    assert_string_equal(ask(&t, &r, NOW - 1), "401");
    assert_string_equal(ask(&t, &r, NOW), "admin/[system:masters|system:authenticated]");
    assert_string_equal(ask(&t, &r, NOW + 60), "admin/[system:masters|system:authenticated]");
    assert_string_equal(ask(&t, &r, NOW + 61), "401");
    end(&t);
}

static void no_anonymous(void **state)
{
    (void)state;
    Test t;
    begin(&t);
    Authenticator *strict;
    Err err;
    assert_true(auth_new(&(AuthOptions){ .no_anonymous = true }, &t.arena, &strict, &err));
    UserInfo user;
    assert_false(auth_request(strict, &(HttpRequest){ 0 }, &t.facts, NOW, &t.arena, &user));
    auth_free(strict);
    end(&t);
}

static const ServiceAccountRef account = { STR_INIT("ns"), STR_INIT("sa"), STR_INIT("u1") };
#define ACCOUNT_GROUPS "[system:serviceaccounts|system:serviceaccounts:ns|system:authenticated]"

static void tokens_in_secrets(void **state)
{
    (void)state;
    Test t;
    begin(&t);
    Str token = service_account_secret_token(auth_issuer(t.auth), &account, STR("s"), &t.arena);
    Value claims;
    assert_true(jwt_read(token, &t.arena, &claims));
    Buf b = buf_new(&t.arena);
    json_write(&claims, &b);
    assert_string_equal(arena_cstr(&t.arena, buf_str(&b)),
                        "{\"iss\":\"kubernetes/serviceaccount\","
                        "\"kubernetes.io/serviceaccount/namespace\":\"ns\","
                        "\"kubernetes.io/serviceaccount/secret.name\":\"s\","
                        "\"kubernetes.io/serviceaccount/service-account.name\":\"sa\","
                        "\"kubernetes.io/serviceaccount/service-account.uid\":\"u1\","
                        "\"sub\":\"system:serviceaccount:ns:sa\"}");
    assert_string_equal(problem(&t, token, NOW), "Token has been invalidated");

    put(&t, "Secret", "s", "", base64(&t, token));
    assert_string_equal(problem(&t, token, NOW), "serviceaccounts \"sa\" not found");
    put(&t, "ServiceAccount", "sa", ",\"uid\":\"u1\"", STR(""));
    assert_string_equal(ask_token(&t, token, NOW), "system:serviceaccount:ns:sa/u1" ACCOUNT_GROUPS);
    /* It does not end. */
    assert_string_equal(problem(&t, token, NOW * (int64_t)2), "");

    static const struct {
        const char *secret; /* more of its metadata; NULL: its token is another */
        const char *account;
        const char *want;
    } rows[] = {
        { ",\"deletionTimestamp\":\"2100-01-01T00:00:00Z\"", ",\"uid\":\"u1\"",
          "Token has been invalidated" },
        { NULL, ",\"uid\":\"u1\"", "Token does not match server's copy" },
        { "", ",\"uid\":\"u2\"", "ServiceAccount UID (u2) does not match claim (u1)" },
        { "", ",\"uid\":\"u1\",\"deletionTimestamp\":\"2100-01-01T00:00:00Z\"",
          "ServiceAccount ns/sa has been deleted" },
        { "", ",\"uid\":\"u1\"", "" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        clear(&t);
        put(&t, "Secret", "s", rows[i].secret ? rows[i].secret : "",
            rows[i].secret ? base64(&t, token) : STR("eA=="));
        put(&t, "ServiceAccount", "sa", rows[i].account, STR(""));
        assert_string_equal(problem(&t, token, NOW), rows[i].want);
    }
    end(&t);
}

static void bound_tokens(void **state)
{
    (void)state;
    Test t;
    begin(&t);
    BoundToken bound = { .now = NOW,
                         .expires = NOW + 3600,
                         .pod_name = STR("p"),
                         .pod_uid = STR("pu"),
                         .warn_after = NOW + 60 };
    Str token = service_account_bound_token(auth_issuer(t.auth), &account, &bound, &t.arena);
    Value claims;
    assert_true(jwt_read(token, &t.arena, &claims));
    Buf b = buf_new(&t.arena);
    json_write(&claims, &b);
    assert_string_equal(arena_cstr(&t.arena, buf_str(&b)),
                        "{\"aud\":[\"https://kubernetes.default.svc\"],\"exp\":1700003600,"
                        "\"iat\":1700000000,\"iss\":\"https://kubernetes.default.svc\","
                        "\"kubernetes.io\":{\"namespace\":\"ns\",\"pod\":{\"name\":\"p\",\"uid\":"
                        "\"pu\"},\"serviceaccount\":{\"name\":\"sa\",\"uid\":\"u1\"},\"warnafter\":"
                        "1700000060},\"nbf\":1700000000,\"sub\":\"system:serviceaccount:ns:sa\"}");
    assert_string_equal(problem(&t, token, NOW), "serviceaccounts \"sa\" not found");
    put(&t, "ServiceAccount", "sa", ",\"uid\":\"u1\"", STR(""));
    assert_string_equal(problem(&t, token, NOW), "Token has been invalidated");
    put(&t, "Pod", "p", ",\"uid\":\"pu\"", STR(""));
    assert_string_equal(ask_token(&t, token, NOW),
                        "system:serviceaccount:ns:sa/u1" ACCOUNT_GROUPS
                        "{\"authentication.kubernetes.io/pod-name\":[\"p\"],"
                        "\"authentication.kubernetes.io/pod-uid\":[\"pu\"]}");
    static const struct {
        int64_t now;
        const char *want;
    } times[] = {
        { NOW - 61, "Token could not be validated." },
        { NOW - 60, "" },
        { NOW + 3660, "" },
        { NOW + 3661, "Token has expired." },
    };
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        assert_string_equal(problem(&t, token, times[i].now), times[i].want);
    }
    static const struct {
        const char *pod;
        const char *want;
    } rows[] = {
        { ",\"uid\":\"other\"", "Pod UID (other) does not match claim (pu)" },
        /* 2023-11-14T22:13:20Z is NOW */
        { ",\"uid\":\"pu\",\"deletionTimestamp\":\"2023-11-14T22:12:19Z\"",
          "Token has been invalidated" },
        { ",\"uid\":\"pu\",\"deletionTimestamp\":\"2023-11-14T22:12:20Z\"", "" },
        { ",\"uid\":\"pu\",\"deletionTimestamp\":\"soon\"", "Token has been invalidated" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        clear(&t);
        put(&t, "ServiceAccount", "sa", ",\"uid\":\"u1\"", STR(""));
        put(&t, "Pod", "p", rows[i].pod, STR(""));
        assert_string_equal(problem(&t, token, NOW), rows[i].want);
    }
    end(&t);
}

static void tokens_of_newer_versions(void **state)
{
    (void)state;
    Test t;
    begin(&t);
    ServiceAccountIssuer issuer = *auth_issuer(t.auth);
    issuer.minor = 30;
    BoundToken bound = { .now = NOW,
                         .expires = NOW + 3600,
                         .pod_name = STR("p"),
                         .pod_uid = STR("pu"),
                         .node_name = STR("n"),
                         .node_uid = STR("nu"),
                         .id = STR("j") };
    Str token = service_account_bound_token(&issuer, &account, &bound, &t.arena);
    Value claims;
    assert_true(jwt_read(token, &t.arena, &claims));
    Buf b = buf_new(&t.arena);
    json_write(&claims, &b);
    assert_string_equal(
        arena_cstr(&t.arena, buf_str(&b)),
        "{\"aud\":[\"https://kubernetes.default.svc\"],\"exp\":1700003600,"
        "\"iat\":1700000000,\"iss\":\"https://kubernetes.default.svc\",\"jti\":\"j\","
        "\"kubernetes.io\":{\"namespace\":\"ns\",\"node\":{\"name\":\"n\",\"uid\":"
        "\"nu\"},\"pod\":{\"name\":\"p\",\"uid\":\"pu\"},\"serviceaccount\":{"
        "\"name\":\"sa\",\"uid\":\"u1\"}},\"nbf\":1700000000,\"sub\":"
        "\"system:serviceaccount:ns:sa\"}");
    put(&t, "ServiceAccount", "sa", ",\"uid\":\"u1\"", STR(""));
    put(&t, "Pod", "p", ",\"uid\":\"pu\"", STR(""));
    /* the pod's node need not be there any more */
    assert_string_equal(ask_token(&t, token, NOW),
                        "system:serviceaccount:ns:sa/u1" ACCOUNT_GROUPS
                        "{\"authentication.kubernetes.io/credential-id\":[\"JTI=j\"],"
                        "\"authentication.kubernetes.io/node-name\":[\"n\"],"
                        "\"authentication.kubernetes.io/node-uid\":[\"nu\"],"
                        "\"authentication.kubernetes.io/pod-name\":[\"p\"],"
                        "\"authentication.kubernetes.io/pod-uid\":[\"pu\"]}");
    static const struct {
        const char *pod;
        int64_t now;
        const char *want;
    } rows[] = {
        { ",\"uid\":\"pu\"", NOW - 61, "service account token is not valid yet" },
        { ",\"uid\":\"pu\"", NOW + 3661, "service account token has expired" },
        { ",\"uid\":\"x\"", NOW, "pod UID (x) does not match service account pod ref claim (pu)" },
        { ",\"uid\":\"pu\",\"deletionTimestamp\":\"2023-11-14T22:12:19Z\"", NOW,
          "service account token has been invalidated" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TokenAnswer answer;
        clear(&t);
        put(&t, "ServiceAccount", "sa", ",\"uid\":\"u1\"", STR(""));
        put(&t, "Pod", "p", rows[i].pod, STR(""));
        TokenQuestion q = { .token = token, .facts = &t.facts, .now = rows[i].now };
        assert_int_equal(service_account_authenticate(&issuer, &q, &t.arena, &answer), TOKEN_BAD);
        assert_string_equal(arena_cstr(&t.arena, answer.problem), rows[i].want);
    }
    end(&t);
}

static void audiences(void **state)
{
    (void)state;
    Test t;
    begin(&t);
    put(&t, "ServiceAccount", "sa", ",\"uid\":\"u1\"", STR(""));
    static const Str own[] = { STR_INIT("vault"), STR_INIT("db") };
    static const Str wanted[] = { STR_INIT("db"), STR_INIT("mail") };
    BoundToken bound = { .now = NOW, .expires = NOW + 3600, .audiences = { own, 2 } };
    Str token = service_account_bound_token(auth_issuer(t.auth), &account, &bound, &t.arena);
    assert_string_equal(problem(&t, token, NOW),
                        "token audiences [\"vault\" \"db\"] is invalid for the target audiences "
                        "[\"https://kubernetes.default.svc\"]");
    TokenQuestion q = { .token = token, .audiences = { wanted, 2 }, .facts = &t.facts, .now = NOW };
    AuthTokenAnswer answer;
    auth_token(t.auth, &q, &t.arena, &answer);
    assert_true(answer.authenticated);
    assert_int_equal(answer.audiences.count, 1);
    assert_true(str_eq(answer.audiences.items[0], STR("db")));
    q.token = STR("secret"); /* of the file: for the API server only */
    auth_token(t.auth, &q, &t.arena, &answer);
    assert_false(answer.authenticated);
    assert_string_equal(arena_cstr(&t.arena, answer.error), "invalid bearer token");
    end(&t);
}

/* Any byte that is another makes it bad; what is no token is no token. */
static void tampered(void **state)
{
    (void)state;
    Test t;
    begin(&t);
    put(&t, "ServiceAccount", "sa", ",\"uid\":\"u1\"", STR(""));
    BoundToken bound = { .now = NOW, .expires = NOW + 3600 };
    Str token = service_account_bound_token(auth_issuer(t.auth), &account, &bound, &t.arena);
    assert_string_equal(problem(&t, token, NOW), "");
    /* The last character holds bits that nothing looks at. */
    for (size_t i = 0; i + 1 < token.len; i++) {
        char *changed = (char *)arena_str(&t.arena, token).ptr;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_string_not_equal(problem(&t, str_from(changed, token.len), NOW), "");
    }
    for (size_t i = 0; i < token.len; i++) {
        assert_string_not_equal(problem(&t, str_slice(token, 0, i), NOW), "");
    }
    /* Signed by another key. */
    Authenticator *other;
    Err err;
    assert_true(auth_new(&(AuthOptions){ 0 }, &t.arena, &other, &err));
    Str foreign = service_account_bound_token(auth_issuer(other), &account, &bound, &t.arena);
    assert_string_equal(problem(&t, foreign, NOW),
                        "square/go-jose: error in cryptographic primitive");
    auth_free(other);
    /* No algorithm, no signature. */
    Str head = STR("eyJhbGciOiJub25lIn0"); /* {"alg":"none"} */
    ptrdiff_t dot = str_index_byte(token, '.');
    Str rest = str_drop(token, (size_t)dot);
    Str unsigned_token = arena_concat(&t.arena, head,
                                      str_slice(rest, 0, (size_t)str_rindex_byte(rest, '.') + 1));
    assert_string_equal(problem(&t, unsigned_token, NOW),
                        "square/go-jose: error in cryptographic primitive");
    static const char *const rows[] = { "",        ".",           "..",          "...",
                                        "e30.e30", "e30.e30.e30", "e30.bnVsbA.", "e30.W10.AA" };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(problem(&t, str_from_c(rows[i]), NOW), "invalid bearer token");
    }
    char *large = arena_alloc(&t.arena, 1 << 20);
    memset(large, '.', 1 << 20);
    assert_string_equal(problem(&t, str_from(large, 1 << 20), NOW), "invalid bearer token");
    end(&t);
}

static void the_public_key(void **state)
{
    (void)state;
    Test t;
    begin(&t);
    Value key = jwt_key_public(auth_issuer(t.auth)->key, &t.arena);
    assert_int_equal(value_get_str(&key, STR("x")).len, 43);
    assert_int_equal(value_get_str(&key, STR("y")).len, 43);
    assert_int_equal(value_get_str(&key, STR("kid")).len, 43);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credentials),
        cmocka_unit_test(no_anonymous),
        cmocka_unit_test(tokens_in_secrets),
        cmocka_unit_test(bound_tokens),
        cmocka_unit_test(audiences),
        cmocka_unit_test(tokens_of_newer_versions),
        cmocka_unit_test(tampered),
        cmocka_unit_test(the_public_key),
        cmocka_unit_test(a_certificate_has_its_time),
    };
    return cmocka_run_group_tests_name("auth/auth", tests, NULL, NULL);
}
