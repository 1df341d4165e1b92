/* SPDX-License-Identifier: Apache-2.0 */
/* podgate uninstall: the webhooks first, so that nothing waits for podgate any more. */
#include "cli/commands.h"
#include "cli/install.h"
#include "server/writing/writing.h"

static bool is_ours(const Value *object)
{
    return str_eq(value_get_str(value_at(object, "metadata", "labels", NULL), STR(INSTALL_LABEL)),
                  STR("podgate"));
}

static bool take_away(const InstallCluster *c, const Value *object)
{
    Arena *a = c->cli->arena;
    Str path = writing_path(object, a);
    Str name = install_name(object, a);
    Value there;
    bool found;
    RemoteProblem problem;
    if (!install_find(c, path, &there, &found)) {
        return false;
    }
    if (!found) {
        return true;
    }
    if (!is_ours(&there)) {
        cli_warn(c->cli, "%.*s is not podgate's and stays", STR_ARG(name));
        return true;
    }
    if (!writing_delete(c->remote, path, a, &problem) && problem.status != 404) {
        return install_failed(c, "deleting", name, &problem);
    }
    cli_say(c->cli, arena_printf(a, "%.*s deleted\n", STR_ARG(name)));
    return true;
}

static bool take_all_away(const InstallCluster *c, const UninstallArgs *args)
{
    InstallObjects objects = install_objects_all(c->namespace, c->minor, c->cli->arena);
    bool ok = true;
    for (size_t i = objects.count; i-- > 0;) {
        const Value *object = &objects.items[i];
        if (install_is(object, "CustomResourceDefinition") && !args->delete_policies) {
            continue;
        }
        /* A webhook that stays would refuse pods for good; anything else only lies about. */
        if (!take_away(c, object)) {
            ok = false;
            if (install_is_webhook(object)) {
                break;
            }
        }
    }
    return ok;
}

CliStatus cli_uninstall_run(Cli *cli, void *arguments, StrList operands)
{
    const UninstallArgs *args = arguments;
    InstallCluster cluster;
    (void)operands;
    bool ok = install_cluster_open(cli, &args->place, &cluster) && take_all_away(&cluster, args);
    install_cluster_close(&cluster);
    return ok ? CLI_YES : CLI_ERROR;
}
