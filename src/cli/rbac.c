/* SPDX-License-Identifier: Apache-2.0 */
/* What the rbac commands share. */
#include "cli/rbac.h"

/* Roles and bindings, what may do something, and what admission makes of it. Events and leases are
 * most of a cluster, and nothing of this. */
static bool skips(const void *context, Str group, Str kind)
{
    (void)context;
    static const Str of_no_interest[] = {
        STR_INIT("Event"),     STR_INIT("Lease"),     STR_INIT("EndpointSlice"),
        STR_INIT("Endpoints"), STR_INIT("ConfigMap"), STR_INIT("ControllerRevision")
    };
    (void)group;
    return str_list_has((StrList){ of_no_interest, COUNT_OF(of_no_interest) }, kind);
}

const SourceOptions rbac_source_options = { .live = { .skips = skips } };

bool rbac_open(const Cli *cli, const SourceArgs *args, State *state, RbacInventory *out)
{
    if (!source_open(cli, args, &rbac_source_options, state)) {
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
