/* SPDX-License-Identifier: Apache-2.0 */
/* A subject as a user types it. */
#include "analyze/rbac/subject.h"

#include "analyze/rbac/cluster.h"

/* What of text follows one of the prefixes; absent when it has none. */
static Str after(Str text, const char *const prefixes[3])
{
    for (size_t i = 0; i < 3; i++) {
        Str prefix = str_from_c(prefixes[i]);
        if (str_starts_with(text, prefix)) {
            return str_drop(text, prefix.len);
        }
    }
    return STR_ABSENT;
}

/* NAMESPACE/NAME; after a prefix NAMESPACE:NAME, too, as kubectl takes one. */
static bool account(Str text, char separator, Arena *a, UserInfo *out)
{
    Str namespace;
    Str name;
    if (!str_split_once(text, separator, &namespace, &name) || !namespace.len || !name.len ||
        str_index_byte(name, '/') >= 0 || str_index_byte(name, ':') >= 0) {
        return false;
    }
    *out = rbac_cluster_user(SUBJECT_SERVICE_ACCOUNT, namespace, name, a);
    return true;
}

bool rbac_subject_parse(Str text, Arena *a, UserInfo *out, Err *err)
{
    Str user = after(text, (const char *const[]){ "user:", "user=", "User " });
    Str group = after(text, (const char *const[]){ "group:", "group=", "Group " });
    Str service = after(text, (const char *const[]){ "sa:", "sa=", "ServiceAccount " });
    if (user.len) {
        *out = rbac_cluster_user(SUBJECT_USER, STR(""), user, a);
        return true;
    }
    if (group.len) {
        *out = rbac_cluster_user(SUBJECT_GROUP, STR(""), group, a);
        return true;
    }
    if (service.ptr ? account(service, '/', a, out) || account(service, ':', a, out)
                    : account(text, '/', a, out)) {
        return true;
    }
    if (service.ptr || user.ptr || group.ptr || !text.len) {
        err->code = ERR_SYNTAX;
        err->msg = arena_printf(a,
                                "\"%.*s\" is no subject: user:NAME, group:NAME or "
                                "sa:NAMESPACE/NAME",
                                STR_ARG(text));
        return false;
    }
    *out = rbac_cluster_user(SUBJECT_USER, STR(""), text, a);
    Str namespace;
    Str name;
    if (!rbac_split_service_account(text, &namespace, &name)) {
        out->groups = rbac_cluster_user(SUBJECT_GROUP, STR(""), text, a).groups;
    }
    return true;
}
