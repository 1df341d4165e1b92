/* SPDX-License-Identifier: Apache-2.0 */
/* What the rbac commands share. */
#include "cli/rbac.h"

/* Of a running cluster, what these commands look at. */
typedef struct Wanted {
    Str group;
    Str kind;
    bool is_pod; /* or makes pods */
} Wanted;

static const Wanted wanted[] = {
    { STR_INIT(RBAC_GROUP), STR_INIT("ClusterRole"), false },
    { STR_INIT(RBAC_GROUP), STR_INIT("ClusterRoleBinding"), false },
    { STR_INIT(RBAC_GROUP), STR_INIT("Role"), false },
    { STR_INIT(RBAC_GROUP), STR_INIT("RoleBinding"), false },
    { STR_INIT(""), STR_INIT("Namespace"), false },
    { STR_INIT(""), STR_INIT("ServiceAccount"), false },
    { STR_INIT("policy"), STR_INIT("PodSecurityPolicy"), false },
    { STR_INIT("podgate.io"), STR_INIT("PodSecurityPolicy"), false },
    { STR_INIT("apiextensions.k8s.io"), STR_INIT("CustomResourceDefinition"), false },
    { STR_INIT(""), STR_INIT("Pod"), true },
    { STR_INIT(""), STR_INIT("ReplicationController"), true },
    { STR_INIT("apps"), STR_INIT("Deployment"), true },
    { STR_INIT("apps"), STR_INIT("ReplicaSet"), true },
    { STR_INIT("apps"), STR_INIT("DaemonSet"), true },
    { STR_INIT("apps"), STR_INIT("StatefulSet"), true },
    { STR_INIT("batch"), STR_INIT("Job"), true },
    { STR_INIT("batch"), STR_INIT("CronJob"), true },
};

/* context: whether pods are wanted */
static bool skips(const void *context, Str group, Str kind)
{
    const bool *pods = context;
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        if (str_eq(wanted[i].group, group) && str_eq(wanted[i].kind, kind)) {
            return wanted[i].is_pod && !*pods;
        }
    }
    return true;
}

static const bool no_pods = false;
static const bool with_pods = true;
const SourceOptions rbac_source_options = { .live = { .skips = skips, .context = &no_pods } };
const SourceOptions rbac_source_options_pods = { .live = { .skips = skips,
                                                           .context = &with_pods } };

bool rbac_open(const Cli *cli, const SourceArgs *args, const SourceOptions *options, State *state,
               RbacInventory *out)
{
    if (!source_open(cli, args, options, state)) {
        return false;
    }
    RbacCluster *cluster = rbac_cluster_new(state->snapshot, &state->target, cli->arena);
    rbac_inventory_take(cluster, &state->objects, cli->arena, out);
    return true;
}

void rbac_close(State *state, RbacInventory *inventory)
{
    rbac_inventory_done(inventory);
    state_close(state);
}

RbacResource rbac_resource_read(const Cli *cli, RbacCluster *cluster, Str text)
{
    Str typed;
    Str subresource;
    RbacResource found;
    str_split_once(text, '/', &typed, &subresource);
    if (rbac_cluster_find_resource(cluster, typed, subresource, &found)) {
        return found;
    }
    found = (RbacResource){ .group = STR(""), .subresource = subresource };
    str_split_once(typed, '.', &found.resource, &found.group);
    if (!str_eq(typed, STR("*"))) {
        cli_warn(cli, "the server doesn't have a resource type '%.*s'", STR_ARG(text));
    }
    return found;
}
