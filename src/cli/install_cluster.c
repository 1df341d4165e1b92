/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster that install, uninstall and cert change. */
#include "cli/install.h"

#include "cli/serve.h"
#include "kube/names.h"

bool install_namespace_read(const Cli *cli, const InstallPlace *place, Str *out)
{
    *out = place->namespace.ptr ? place->namespace : STR(INSTALL_NAMESPACE);
    NameMessages m = name_check_dns1123_label(*out);
    if (m.count) {
        cli_usage(cli, "--namespace \"%.*s\": %.*s", STR_ARG(*out), STR_ARG(m.items[0]));
        return false;
    }
    if (str_eq(*out, STR("kube-system"))) {
        cli_usage(cli, "--namespace: one of its own is needed, not kube-system");
        return false;
    }
    return true;
}

bool install_cluster_open(const Cli *cli, const InstallPlace *place, InstallCluster *out)
{
    Err err;
    RemoteProblem problem;
    *out = (InstallCluster){ .cli = cli };
    if (!install_namespace_read(cli, place, &out->namespace) ||
        !serve_access(cli, &place->live, &out->access)) {
        return false;
    }
    if (!remote_new(&out->access, cli->arena, &out->remote, &err)) {
        cli_fail(cli, &err);
        return false;
    }
    return remote_minor(out->remote, cli->arena, &out->minor, &problem) ||
           install_failed(out, "asking", out->access.server, &problem);
}

void install_cluster_close(InstallCluster *c)
{
    remote_free(c->remote);
}

bool install_failed(const InstallCluster *c, const char *doing, Str what,
                    const RemoteProblem *problem)
{
    cli_error(c->cli, "%s %.*s: %.*s", doing, STR_ARG(what), STR_ARG(problem->text));
    return false;
}

bool install_find(const InstallCluster *c, Str path, Value *out, bool *found)
{
    RemoteProblem problem;
    *found = remote_get(c->remote, path, STR_ABSENT, c->cli->arena, out, &problem);
    return *found || problem.status == 404 || install_failed(c, "reading", path, &problem);
}

Str install_secret_path(const InstallCluster *c)
{
    return arena_printf(c->cli->arena, "/api/v1/namespaces/%.*s/secrets/" INSTALL_SECRET,
                        STR_ARG(c->namespace));
}
