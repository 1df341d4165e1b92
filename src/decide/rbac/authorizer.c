/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of authorizers. */
#include "decide/rbac/authorizer.h"

#include "decide/rbac/internal.h"

void authorizer_decide(const Facts *f, const RbacRequest *req, Arena *a, RbacAnswer *out)
{
    NodeAnswer node = { false, STR("") };
    if (!rbac_user_is_master(req->user)) {
        node = node_authorize(f, req, a);
    }
    if (node.allowed) {
        *out = (RbacAnswer){ .allowed = true, .by_node = true, .reason = STR("") };
        return;
    }
    rbac_authorize(f, req, a, out);
    if (!out->allowed && node.reason.len) {
        out->reason = out->reason.len ? arena_printf(a, "%.*s\n%.*s", STR_ARG(node.reason),
                                                     STR_ARG(out->reason))
                                      : node.reason;
    }
}

bool authorizer_allows(const Facts *f, const RbacRequest *req, Arena *a)
{
    return rbac_allows(f, req) || node_authorize(f, req, a).allowed;
}
