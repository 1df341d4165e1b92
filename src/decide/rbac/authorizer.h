/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole authorization of an API server that runs with --authorization-mode=Node,RBAC: members
 * of system:masters, then the Node authorizer, then RBAC.
 */
#ifndef PODGATE_DECIDE_RBAC_AUTHORIZER_H
#define PODGATE_DECIDE_RBAC_AUTHORIZER_H

#include "decide/rbac/rbac.h"

/* The reasons of authorizers that had no opinion are joined with a newline. */
void authorizer_decide(const Facts *f, const RbacRequest *req, Arena *a, RbacAnswer *out);
/* Just whether. */
bool authorizer_allows(const Facts *f, const RbacRequest *req, Arena *a);

typedef struct NodeAnswer {
    bool allowed;
    Str reason; /* why not; "" when it has nothing to say */
} NodeAnswer;

/* The Node authorizer alone: has an opinion on users system:node:NAME in the group system:nodes
 * only. What a node may read follows from the pods that run on it: their secrets, configmaps,
 * claims, the volumes bound to those and their secrets, their service accounts' tokens.
 *
 * Source: Kubernetes plugin/pkg/auth/authorizer/node (1.20) */
NodeAnswer node_authorize(const Facts *f, const RbacRequest *req, Arena *a);

#endif
