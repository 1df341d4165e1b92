/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes that there are without machines: node-1, node-2, ... */
#ifndef PODGATE_SERVER_CONTROLLERS_NODES_H
#define PODGATE_SERVER_CONTROLLERS_NODES_H

#include "server/controllers/controller.h"

bool nodes_are_there(const ApiServerOptions *o);
/* Do pods run on it? On ours; on others, too, where that is asked for. */
bool nodes_runs(Ctl *c, Str name);
/* Is it of a real cluster, and was it ready there? Then it counts as if a kubelet kept it. */
bool nodes_came_along(const Value *node);
/* Which of ours is called so? 0 for none, 1 for node-1. */
int nodes_number(const ApiServerOptions *o, Str name);
Str nodes_name(int number, Arena *a);
/* Its address; pods on its network have this one. */
Str nodes_address(int number, Arena *a);
/* "v1.20.2" */
Str nodes_version(const KubeTarget *target, Arena *a);

/* Registers a node and its lease, or says again that it lives. */
void nodes_register(Ctl *c, int number);
void nodes_renew_lease(Ctl *c, int number);
/* c acts as the node. */
void nodes_act_as(Ctl *c, Str name);
/* The address of a node, ours or not. */
Str nodes_address_of(Ctl *c, Str name);

#endif
