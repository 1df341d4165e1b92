/* SPDX-License-Identifier: Apache-2.0 */
/* What tokens of service accounts say: written and read. Members are in the order of their names,
 * as the API server writes them. */
#include "server/auth/service_account_claims.h"

#define LEGACY "kubernetes.io/serviceaccount/"

static void add_str(Value *object, Str key, Str text, Arena *a)
{
    value_set(object, key, value_str(text), a);
}

static Value subject(const ServiceAccountRef *who, Arena *a)
{
    return value_str(arena_printf(a, SERVICE_ACCOUNT_PREFIX "%.*s:%.*s", STR_ARG(who->namespace),
                                  STR_ARG(who->name)));
}

/* -- written ----------------------------------------------------------------------------------- */

Str service_account_secret_token(const ServiceAccountIssuer *issuer, const ServiceAccountRef *who,
                                 Str secret_name, Arena *a)
{
    Value claims = value_object();
    add_str(&claims, STR("iss"), STR(SERVICE_ACCOUNT_SECRET_ISSUER), a);
    add_str(&claims, STR(LEGACY "namespace"), who->namespace, a);
    add_str(&claims, STR(LEGACY "secret.name"), secret_name, a);
    add_str(&claims, STR(LEGACY "service-account.name"), who->name, a);
    add_str(&claims, STR(LEGACY "service-account.uid"), who->uid, a);
    value_set_lit(&claims, "sub", subject(who, a), a);
    return jwt_sign(issuer->key, &claims, a);
}

static void add_ref(Value *object, Str key, Str name, Str uid, Arena *a)
{
    if (name.ptr) {
        Value ref = value_object();
        add_str(&ref, STR("name"), name, a);
        if (uid.len) {
            add_str(&ref, STR("uid"), uid, a);
        }
        value_set(object, key, ref, a);
    }
}

Str service_account_bound_token(const ServiceAccountIssuer *issuer, const ServiceAccountRef *who,
                                const BoundToken *bound, Arena *a)
{
    StrList audiences = bound->audiences.count ? bound->audiences : issuer->audiences;
    Value list = value_array();
    for (size_t i = 0; i < audiences.count; i++) {
        value_add(&list, value_str(audiences.items[i]), a);
    }
    Value own = value_object();
    add_str(&own, STR("namespace"), who->namespace, a);
    add_ref(&own, STR("node"), bound->node_name, bound->node_uid, a);
    add_ref(&own, STR("pod"), bound->pod_name, bound->pod_uid, a);
    add_ref(&own, STR("secret"), bound->secret_name, bound->secret_uid, a);
    add_ref(&own, STR("serviceaccount"), who->name, who->uid, a);
    if (bound->warn_after) {
        value_set_lit(&own, "warnafter", value_int(bound->warn_after), a);
    }
    Value claims = value_object();
    value_set_lit(&claims, "aud", list, a);
    value_set_lit(&claims, "exp", value_int(bound->expires), a);
    value_set_lit(&claims, "iat", value_int(bound->now), a);
    add_str(&claims, STR("iss"), issuer->issuer, a);
    if (bound->id.ptr) {
        add_str(&claims, STR("jti"), bound->id, a);
    }
    value_set_lit(&claims, "kubernetes.io", own, a);
    value_set_lit(&claims, "nbf", value_int(bound->now), a);
    value_set_lit(&claims, "sub", subject(who, a), a);
    return jwt_sign(issuer->key, &claims, a);
}

/* -- read -------------------------------------------------------------------------------------- */

void token_claims_read_secret(const Value *claims, TokenClaims *out)
{
    *out = (TokenClaims){
        .who = { value_get_str(claims, STR(LEGACY "namespace")),
                 value_get_str(claims, STR(LEGACY "service-account.name")),
                 value_get_str(claims, STR(LEGACY "service-account.uid")) },
        .subject = value_get_str(claims, STR("sub")),
        .secret_name = value_get_str(claims, STR(LEGACY "secret.name")),
    };
}

static void read_ref(const Value *own, Str key, Str *name, Str *uid)
{
    const Value *ref = value_get(own, key);
    if (value_is(ref, VALUE_OBJECT)) {
        Str text = value_get_str(ref, STR("name"));
        *name = text.ptr ? text : STR("");
        *uid = value_get_str(ref, STR("uid"));
    }
}

void token_claims_read_bound(const Value *claims, Arena *a, TokenClaims *out)
{
    const Value *own = value_get_lit(claims, "kubernetes.io");
    *out = (TokenClaims){
        .subject = value_get_str(claims, STR("sub")),
        .audiences = value_str_list(value_get_lit(claims, "aud"), a),
        .expires = value_get_int(claims, STR("exp")),
        .not_before = value_get_int(claims, STR("nbf")),
        .issued = value_get_int(claims, STR("iat")),
    };
    Str single = value_get_str(claims, STR("aud"));
    if (single.ptr) {
        Str *item = new(a, Str, 1);
        *item = single;
        out->audiences = (StrList){ item, 1 };
    }
    out->who.namespace = value_get_str(own, STR("namespace"));
    read_ref(own, STR("serviceaccount"), &out->who.name, &out->who.uid);
    read_ref(own, STR("pod"), &out->pod_name, &out->pod_uid);
    read_ref(own, STR("secret"), &out->secret_name, &out->secret_uid);
    read_ref(own, STR("node"), &out->node_name, &out->node_uid);
    out->id = value_get_str(claims, STR("jti"));
}
