/* SPDX-License-Identifier: Apache-2.0 */
/* Impersonation. */
#include "decide/rbac/impersonate.h"

#include "base/url.h"
#include "decide/rbac/authorizer.h"
#include "decide/rbac/internal.h"
#include "kube/names.h"

#define AUTHENTICATION_GROUP "authentication.k8s.io"

typedef struct Check {
    const Facts *facts;
    const UserInfo *user;
    Arena *arena;
    Status *refusal;
} Check;

/* One thing to be impersonated. */
typedef struct Thing {
    Str group;
    Str resource;
    Str subresource;
    Str namespace;
    Str name;
} Thing;

static bool may(const Check *c, Thing thing)
{
    RbacRequest req = {
        .user = c->user,
        .verb = STR("impersonate"),
        .api_group = thing.group.ptr ? thing.group : STR(""),
        .resource = thing.resource,
        .subresource = thing.subresource.ptr ? thing.subresource : STR(""),
        .name = thing.name,
        .namespace = thing.namespace.ptr ? thing.namespace : STR(""),
        .is_resource = true,
    };
    RbacAnswer answer;
    authorizer_decide(c->facts, &req, c->arena, &answer);
    if (!answer.allowed) {
        *c->refusal = rbac_forbidden_status(&req, answer.reason, c->arena);
    }
    return answer.allowed;
}

/* Only a name that a service account can have makes one; anything else is a user of that name. */
static bool is_service_account(Str user, Str *namespace, Str *name)
{
    return rbac_split_service_account(user, namespace, name) &&
           name_check_dns1123_label(*namespace).count == 0 &&
           name_check_dns1123_subdomain(*name).count == 0;
}

/* A key as it stands in a header name: any case, with percent-escapes. */
static Str extra_key(Str key, Arena *a)
{
    Str lower = arena_lower(a, key), out;
    return url_unescape_path(lower, a, &out) ? out : lower;
}

static bool may_extra(const Check *c, const Value *extra, Value *out)
{
    VALUE_EACH_MEMBER(m, extra) {
        Str key = extra_key(member_key(m), c->arena);
        VALUE_EACH_ITEM(v, &m->value) {
            if (!may(c, (Thing){ .group = STR(AUTHENTICATION_GROUP),
                                 .resource = STR("userextras"),
                                 .subresource = key,
                                 .name = value_as_str(v) })) {
                return false;
            }
            Value *values = value_get(out, key);
            if (!values) {
                values = value_set(out, key, value_array(), c->arena);
            }
            value_add(values, *v, c->arena);
        }
    }
    return true;
}

/* `{Group  ops    }`: an object reference as Go prints it */
static void write_reference(Buf *b, const char *kind, Str name, const char *version, Str key)
{
    if (b->ptr[b->len - 1] != '[') {
        buf_byte(b, ' ');
    }
    buf_printf(b, "{%s  %.*s  %s  %.*s}", kind, STR_ARG(name), version, STR_ARG(key));
}

static Status without_user(const RbacImpersonation *asked, Str uri, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "Internal Server Error: ");
    buf_go_quoted(&b, uri);
    buf_lit(&b, ": requested [");
    for (size_t i = 0; i < asked->groups.count; i++) {
        write_reference(&b, "Group", asked->groups.items[i], "", STR(""));
    }
    VALUE_EACH_MEMBER(m, asked->extra) {
        Str key = extra_key(member_key(m), a);
        VALUE_EACH_ITEM(v, &m->value) {
            write_reference(&b, "UserExtra", value_as_str(v), AUTHENTICATION_GROUP "/v1", key);
        }
    }
    if (asked->uid.len) {
        write_reference(&b, "UID", asked->uid, AUTHENTICATION_GROUP "/v1", STR(""));
    }
    buf_lit(&b, "] without impersonating a user");
    return (Status){ .code = 500,
                     .reason = STR("InternalError"),
                     .message = rbac_escape_html(buf_str(&b), a) };
}

UserInfo rbac_impersonated_user(Str user, StrList asked, Arena *a)
{
    Str *groups = new(a, Str, asked.count + 3);
    size_t count = asked.count;
    Str namespace;
    Str name;
    if (count) {
        memcpy(groups, asked.items, count * sizeof(*groups));
    } else if (is_service_account(user, &namespace, &name)) {
        groups[count++] = STR(RBAC_GROUP_SERVICE_ACCOUNTS);
        groups[count++] = arena_concat(a, STR(RBAC_GROUP_SERVICE_ACCOUNTS ":"), namespace);
    }
    StrList list = { groups, count };
    bool anonymous = str_eq(user, STR(RBAC_USER_ANONYMOUS));
    if (!str_list_has(list, STR(RBAC_GROUP_UNAUTHENTICATED)) &&
        (anonymous || !str_list_has(list, STR(RBAC_GROUP_AUTHENTICATED)))) {
        groups[count++] = anonymous ? STR(RBAC_GROUP_UNAUTHENTICATED)
                                    : STR(RBAC_GROUP_AUTHENTICATED);
    }
    return (UserInfo){ .name = user, .uid = STR(""), .groups = { groups, count } };
}

bool rbac_impersonate(const Facts *f, const UserInfo *user, const RbacImpersonation *asked, Str uri,
                      Arena *a, UserInfo *out, Status *refusal)
{
    Check c = { f, user, a, refusal };
    if (asked->user.len == 0) {
        *refusal = without_user(asked, uri, a);
        return false;
    }
    Str sa_namespace = STR(""), sa_name = STR("");
    bool is_sa = is_service_account(asked->user, &sa_namespace, &sa_name);
    if (!may(&c, is_sa ? (Thing){ .resource = STR("serviceaccounts"),
                                  .namespace = sa_namespace,
                                  .name = sa_name }
                       : (Thing){ .resource = STR("users"), .name = asked->user })) {
        return false;
    }
    for (size_t i = 0; i < asked->groups.count; i++) {
        if (!may(&c, (Thing){ .resource = STR("groups"), .name = asked->groups.items[i] })) {
            return false;
        }
    }
    Value *extra = new(a, Value, 1);
    *extra = value_object();
    if (!may_extra(&c, asked->extra, extra)) {
        return false;
    }
    if (asked->uid.len && !may(&c, (Thing){ .group = STR(AUTHENTICATION_GROUP),
                                            .resource = STR("uids"),
                                            .name = asked->uid })) {
        return false;
    }
    *out = rbac_impersonated_user(asked->user, asked->groups, a);
    out->uid = asked->uid.ptr ? asked->uid : STR("");
    out->extra = extra;
    return true;
}
