/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks.
 *
 * Source  k8s.io/apiserver pkg/endpoints/filters/impersonation.go
 */
#include "cli/user.h"

#include "decide/rbac/rbac.h"

static const CliOption options[] = {
    { .name = STR_INIT("as"),
      .kind = CLI_TEXT,
      .offset = offsetof(UserArgs, as),
      .value = STR_INIT("USER"),
      .help = STR_INIT("the user who asks; a service account is system:serviceaccount:NS:NAME") },
    { .name = STR_INIT("as-group"),
      .kind = CLI_LIST,
      .offset = offsetof(UserArgs, groups),
      .value = STR_INIT("GROUP"),
      .help = STR_INIT("a group of that user; repeatable. system:authenticated is added") },
};

const CliOptionGroup user_options = { STR_INIT("Who asks"), options, COUNT_OF(options) };

static bool names_authentication(StrList groups)
{
    return str_list_has(groups, STR(RBAC_GROUP_AUTHENTICATED)) ||
           str_list_has(groups, STR(RBAC_GROUP_UNAUTHENTICATED));
}

bool user_read(const Cli *cli, const UserArgs *args, UserInfo *out)
{
    if (!args->as.ptr && args->groups.count) {
        cli_usage(cli, "--as-group needs --as");
        return false;
    }
    Str namespace;
    Str name;
    if (args->groups.count == 0 && rbac_split_service_account(args->as, &namespace, &name)) {
        *out = user_service_account(namespace, name, cli->arena);
        return true;
    }
    Str *groups = new(cli->arena, Str, args->groups.count + 1);
    size_t count = 0;
    for (; count < args->groups.count; count++) {
        groups[count] = args->groups.items[count];
    }
    if (!names_authentication(args->groups)) {
        groups[count++] = str_eq(args->as, STR(RBAC_USER_ANONYMOUS))
                              ? STR(RBAC_GROUP_UNAUTHENTICATED)
                              : STR(RBAC_GROUP_AUTHENTICATED);
    }
    *out = (UserInfo){ .name = args->as.ptr ? args->as : STR(""), .groups = { groups, count } };
    return true;
}

UserInfo user_service_account(Str namespace, Str name, Arena *a)
{
    Str *groups = new(a, Str, 3);
    groups[0] = STR(RBAC_GROUP_SERVICE_ACCOUNTS);
    groups[1] = arena_printf(a, RBAC_GROUP_SERVICE_ACCOUNTS ":%.*s", STR_ARG(namespace));
    groups[2] = STR(RBAC_GROUP_AUTHENTICATED);
    return (UserInfo){
        .name = arena_printf(a, "system:serviceaccount:%.*s:%.*s", STR_ARG(namespace),
                             STR_ARG(name)),
        .groups = { groups, 3 },
    };
}

void user_warn(const Cli *cli, const UserArgs *args, const Facts *facts, StrList namespaces)
{
    if (!args->as.len || str_index_byte(args->as, ':') >= 0) {
        return;
    }
    for (size_t i = 0; i < namespaces.count; i++) {
        ObjectKey key = { STR(""), STR("ServiceAccount"), namespaces.items[i], args->as };
        if (facts->object(facts->cluster, key)) {
            cli_warn(cli,
                     "--as %.*s names a user; the service account of that name is "
                     "system:serviceaccount:%.*s:%.*s",
                     STR_ARG(args->as), STR_ARG(namespaces.items[i]), STR_ARG(args->as));
            return;
        }
    }
}
