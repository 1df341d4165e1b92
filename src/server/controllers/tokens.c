/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tokens of service accounts that lie in Secrets: up to 1.23 every account gets one that its
 * `secrets` name; a Secret of that type that a user makes is filled in; each goes with its account.
 *
 * Keys: "a/NAME" for an account, "d/NAME" for one that was deleted, "s/NAME" for a Secret.
 *
 * Source: Kubernetes pkg/controller/serviceaccount/tokens_controller.go
 */
#include "base/base64.h"
#include "server/auth/auth.h"
#include "server/controllers/resources.h"

#define TOKEN_TYPE "kubernetes.io/service-account-token"
#define ACCOUNT_NAME "kubernetes.io/service-account.name"
#define ACCOUNT_UID "kubernetes.io/service-account.uid"

enum { NOT_BY_ITSELF_SINCE = 24 }; /* LegacyServiceAccountTokenNoAutoGeneration */

static Str annotation(const Value *secret, const char *key)
{
    return value_get_str(value_at(secret, "metadata", "annotations", NULL), str_from_c(key));
}

static bool is_token_secret(const Value *secret)
{
    return str_eq(value_get_str(secret, STR("type")), STR(TOKEN_TYPE));
}

static void enqueue(Ctl *c, char what, Str namespace, Str name)
{
    char prefix[] = { what, '/' };
    ctl_enqueue(c, namespace, arena_concat(c->arena, str_from(prefix, 2), name));
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    const StoreObject *o = event->object;
    if (str_eq(kind->kind, STR("ServiceAccount"))) {
        enqueue(c, event->kind == STORE_DELETED ? 'd' : 'a', o->namespace, o->name);
    } else if (is_token_secret(&o->object)) {
        enqueue(c, 's', o->namespace, o->name);
    }
}

/* Secrets whose account may be gone. */
static void missed(Ctl *c, const CtlKind *kind)
{
    size_t count;
    const Value *const *secrets = ctl_list(c, STR(""), STR("Secret"), STR_ABSENT, &count);
    (void)kind;
    for (size_t i = 0; i < count; i++) {
        if (is_token_secret(secrets[i])) {
            enqueue(c, 's', ctl_namespace(secrets[i]), ctl_name(secrets[i]));
        }
    }
}

/* -- secrets ----------------------------------------------------------------------------------- */

static CtlObject secret_at(Str namespace, Str name)
{
    return (CtlObject){
        .api_version = "v1", .resource = "secrets", .namespace = namespace, .name = name
    };
}

static bool is_of(const Value *secret, const Value *account)
{
    return is_token_secret(secret) && str_eq(annotation(secret, ACCOUNT_NAME), ctl_name(account)) &&
           str_eq(annotation(secret, ACCOUNT_UID), ctl_uid(account));
}

static void set_bytes(Value *data, const char *key, Str bytes, Arena *a)
{
    Buf b = buf_new(a);
    base64_write(bytes, &b);
    value_set(data, str_from_c(key), value_str(buf_str(&b)), a);
}

/* Fills in what a token's Secret has; true when something was missing. */
static bool fill_secret(Ctl *c, const Value *account, Value *secret)
{
    Arena *a = c->arena;
    const ApiServerOptions *o = apiserver_options(c->server);
    Value *metadata = value_need_object(secret, STR("metadata"), a);
    Value *annotations = value_need_object(metadata, STR("annotations"), a);
    Value *data = value_need_object(secret, STR("data"), a);
    if (annotations == NULL || data == NULL) {
        return false;
    }
    bool changes = !is_of(secret, account);
    value_set_lit(annotations, ACCOUNT_NAME, value_str(ctl_name(account)), a);
    value_set_lit(annotations, ACCOUNT_UID, value_str(ctl_uid(account)), a);
    if (o->root_ca.len && value_is_null(value_get_lit(data, "ca.crt"))) {
        set_bytes(data, "ca.crt", o->root_ca, a);
        changes = true;
    }
    if (value_get_str(data, STR("namespace")).len == 0) {
        set_bytes(data, "namespace", ctl_namespace(account), a);
        changes = true;
    }
    if (value_get_str(data, STR("token")).len == 0) {
        ServiceAccountRef who = { ctl_namespace(account), ctl_name(account), ctl_uid(account) };
        Str token = service_account_secret_token(auth_issuer(o->auth), &who, ctl_name(secret), a);
        set_bytes(data, "token", token, a);
        changes = true;
    }
    return changes;
}

static bool delete_secret(Ctl *c, const Value *secret)
{
    CtlObject at = secret_at(ctl_namespace(secret), ctl_name(secret));
    Value uid = value_object();
    Value options = value_object();
    value_set_lit(&uid, "uid", value_str(ctl_uid(secret)), c->arena);
    value_set_lit(&options, "preconditions", uid, c->arena);
    ApiResponse response;
    return ctl_delete(c, &at, &options, &response) || response.code == 404;
}

/* The Secret is gone: its account names it no more. */
static bool drop_reference(Ctl *c, Str namespace, Str name)
{
    size_t count;
    const Value *const *accounts = ctl_list(c, STR(""), STR("ServiceAccount"), namespace, &count);
    bool done = true;
    for (size_t i = 0; i < count; i++) {
        Value kept = value_array();
        const Value *secrets = value_get_lit(accounts[i], "secrets");
        VALUE_EACH_ITEM(ref, secrets) {
            if (!str_eq(value_get_str(ref, STR("name")), name)) {
                value_add(&kept, *ref, c->arena);
            }
        }
        if (kept.len != value_len(secrets)) {
            CtlObject at = { "v1", "serviceaccounts", namespace, ctl_name(accounts[i]), NULL };
            Value account = value_copy(accounts[i], c->arena);
            ApiResponse response;
            value_set_lit(&account, "secrets", kept, c->arena);
            done &= ctl_update(c, &at, &account, &response) || response.code == 404;
        }
    }
    return done;
}

static bool sync_secret(Ctl *c, Str namespace, Str name)
{
    const Value *secret = ctl_get(c, STR(""), STR("Secret"), namespace, name);
    if (secret == NULL) {
        return drop_reference(c, namespace, name);
    }
    if (!is_token_secret(secret) || ctl_is_deleted(secret)) {
        return true;
    }
    Str uid = annotation(secret, ACCOUNT_UID);
    const Value *account = ctl_get(c, STR(""), STR("ServiceAccount"), namespace,
                                   annotation(secret, ACCOUNT_NAME));
    if (account == NULL || (uid.len && !str_eq(uid, ctl_uid(account)))) {
        return delete_secret(c, secret);
    }
    Value filled = value_copy(secret, c->arena);
    if (!fill_secret(c, account, &filled)) {
        return true;
    }
    CtlObject at = secret_at(namespace, name);
    ApiResponse response;
    return ctl_update(c, &at, &filled, &response) || response.code == 404;
}

/* -- accounts ---------------------------------------------------------------------------------- */

static bool names_token(Ctl *c, const Value *account)
{
    VALUE_EACH_ITEM(ref, value_get_lit(account, "secrets")) {
        const Value *secret = ctl_get(c, STR(""), STR("Secret"), ctl_namespace(account),
                                      value_get_str(ref, STR("name")));
        if (secret && is_of(secret, account)) {
            return true;
        }
    }
    return false;
}

/* NAME-token-x7k2p */
static Str new_name(Ctl *c, const Value *account)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    enum { SUFFIX = 5, NAME_MAX_LEN = 63, BASE_MAX = NAME_MAX_LEN - SUFFIX };
    uint64_t random = apiserver_seed(c->server);
    Str base = arena_printf(c->arena, "%.*s-token-", STR_ARG(ctl_name(account)));
    Buf b = buf_new(c->arena);
    buf_add(&b, base.len > BASE_MAX ? str_slice(base, 0, BASE_MAX) : base);
    for (int i = 0; i < SUFFIX; i++) {
        buf_byte(&b, letters[random % (sizeof letters - 1)]);
        random /= sizeof letters - 1;
    }
    return buf_str(&b);
}

static bool add_token(Ctl *c, const Value *account)
{
    Arena *a = c->arena;
    Str namespace = ctl_namespace(account);
    Str name = new_name(c, account);
    Value secret = ctl_object_new("v1", "Secret", namespace, name, a);
    value_set_lit(&secret, "type", value_str(STR(TOKEN_TYPE)), a);
    (void)fill_secret(c, account, &secret);
    CtlObject at = secret_at(namespace, STR(""));
    ApiResponse made;
    if (!ctl_create(c, &at, &secret, &made)) {
        /* in a namespace that is being deleted nothing is made any more */
        return str_eq(made.status.cause_reason, STR("NamespaceTerminating"));
    }
    Value changed = value_copy(account, a);
    Value *secrets = value_get_lit(&changed, "secrets");
    if (!value_is(secrets, VALUE_ARRAY)) {
        secrets = value_set_lit(&changed, "secrets", value_array(), a);
    }
    Value ref = value_object();
    value_set_lit(&ref, "name", value_str(name), a);
    value_add(secrets, ref, a);
    CtlObject account_at = { "v1", "serviceaccounts", namespace, ctl_name(account), NULL };
    ApiResponse response;
    if (ctl_update(c, &account_at, &changed, &response)) {
        return true;
    }
    /* somebody else changed the account: it gets another token */
    (void)delete_secret(c, &made.body);
    return response.code == 404;
}

/* The tokens of accounts that had the name before go. */
static bool drop_tokens(Ctl *c, Str namespace, Str name)
{
    size_t count;
    const Value *account = ctl_get(c, STR(""), STR("ServiceAccount"), namespace, name);
    const Value *const *secrets = ctl_list(c, STR(""), STR("Secret"), namespace, &count);
    bool done = true;
    for (size_t i = 0; i < count; i++) {
        const Value *secret = secrets[i];
        Str uid = annotation(secret, ACCOUNT_UID);
        bool is_old = account == NULL || (uid.len && !str_eq(uid, ctl_uid(account)));
        if (is_old && is_token_secret(secret) && str_eq(annotation(secret, ACCOUNT_NAME), name) &&
            !ctl_is_deleted(secret)) {
            done &= delete_secret(c, secret);
        }
    }
    return done;
}

static bool sync_account(Ctl *c, Str namespace, Str name)
{
    const Value *account = ctl_get(c, STR(""), STR("ServiceAccount"), namespace, name);
    if (account == NULL || c->target->minor >= NOT_BY_ITSELF_SINCE || ctl_is_deleted(account) ||
        names_token(c, account)) {
        return true;
    }
    return add_token(c, account);
}

static bool sync(Ctl *c, Str namespace, Str key)
{
    Str name = str_drop(key, 2);
    switch (key.ptr[0]) {
    case 'a':
        return sync_account(c, namespace, name);
    case 'd':
        return drop_tokens(c, namespace, name);
    default:
        return sync_secret(c, namespace, name);
    }
}

static bool is_on(const ApiServerOptions *o)
{
    return o->auth != NULL;
}

static const Str groups[] = { STR_INIT("system:authenticated") };

const Controller controller_tokens = {
    .user = STR_INIT("system:kube-controller-manager"),
    .groups = { groups, COUNT_OF(groups) },
    .kinds = { { STR_INIT(""), STR_INIT("ServiceAccount") }, { STR_INIT(""), STR_INIT("Secret") } },
    .observe = observe,
    .missed = missed,
    .sync = sync,
    .is_on = is_on,
};
