/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks. */
#include "cli/user.h"

#include "decide/rbac/impersonate.h"

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

bool user_read(const Cli *cli, const UserArgs *args, UserInfo *out)
{
    if (!args->as.ptr && args->groups.count) {
        cli_usage(cli, "--as-group needs --as");
        return false;
    }
    *out = rbac_impersonated_user(args->as.ptr ? args->as : STR(""), args->groups, cli->arena);
    return true;
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
