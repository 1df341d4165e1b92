/* SPDX-License-Identifier: Apache-2.0 */
/* A subject as a user types it. */
#include "analyze/rbac/subject.h"

#include "analyze/rbac/cluster.h"

/* What of text follows one of the prefixes; absent when it has none. */
static Str after(Str text, Str short_form, Str long_form)
{
    return str_starts_with(text, short_form)  ? str_drop(text, short_form.len)
           : str_starts_with(text, long_form) ? str_drop(text, long_form.len)
                                              : STR_ABSENT;
}

static bool account(Str text, Arena *a, UserInfo *out)
{
    Str namespace;
    Str name;
    if (!str_split_once(text, '/', &namespace, &name) || !namespace.len || !name.len ||
        str_index_byte(name, '/') >= 0) {
        return false;
    }
    *out = rbac_cluster_user(SUBJECT_SERVICE_ACCOUNT, namespace, name, a);
    return true;
}

bool rbac_subject_parse(Str text, Arena *a, UserInfo *out, Err *err)
{
    Str user = after(text, STR("user:"), STR("User "));
    Str group = after(text, STR("group:"), STR("Group "));
    Str service = after(text, STR("sa:"), STR("ServiceAccount "));
    if (user.len) {
        *out = rbac_cluster_user(SUBJECT_USER, STR(""), user, a);
        return true;
    }
    if (group.len) {
        *out = rbac_cluster_user(SUBJECT_GROUP, STR(""), group, a);
        return true;
    }
    if (service.ptr ? account(service, a, out) : account(text, a, out)) {
        return true;
    }
    if (service.ptr || user.ptr || group.ptr || !text.len) {
        err->code = ERR_SYNTAX;
        err->msg = arena_printf(a, "\"%.*s\" is no subject: user:NAME, group:NAME or "
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
