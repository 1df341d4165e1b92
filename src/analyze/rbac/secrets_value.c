/* SPDX-License-Identifier: Apache-2.0 */
/* Access to secrets as results name it. */
#include "analyze/grant.h"
#include "analyze/rbac/rights.h"
#include "analyze/rbac/secrets_private.h"

static const Str way_names[RBAC_WAY_COUNT] = {
    [RBAC_WAY_READ] = STR_INIT("read"),           [RBAC_WAY_POD] = STR_INIT("pod"),
    [RBAC_WAY_WORKLOAD] = STR_INIT("workload"),   [RBAC_WAY_PATCH] = STR_INIT("patch"),
    [RBAC_WAY_EPHEMERAL] = STR_INIT("ephemeral"), [RBAC_WAY_EXEC] = STR_INIT("exec"),
    [RBAC_WAY_TOKEN] = STR_INIT("token"),         [RBAC_WAY_IMPERSONATE] = STR_INIT("impersonate"),
    [RBAC_WAY_ESCALATE] = STR_INIT("escalate"),   [RBAC_WAY_BIND] = STR_INIT("bind"),
    [RBAC_WAY_NODE] = STR_INIT("node"),
};

Str rbac_way_name(RbacWayId way)
{
    return way_names[way];
}

Str rbac_secret_text(const RbacSecretAccess *access, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s",
                        STR_ARG(access->namespace.len ? access->namespace : STR("*")),
                        STR_ARG(access->secret.len ? access->secret : STR("*")));
}

Value rbac_secrets_to_value(const RbacSecretReport *report, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(STR("RbacSecretReport")), a);
    Value list = value_array();
    for (size_t i = 0; i < report->count; i++) {
        const RbacSecretAccess *x = &report->items[i];
        Value item = value_object();
        value_set_lit(&item, "namespace", value_str(x->namespace.len ? x->namespace : STR("*")), a);
        value_set_lit(&item, "secret", value_str(x->secret.len ? x->secret : STR("*")), a);
        if (x->mounted) {
            value_set_lit(&item, "onlyMounted", value_bool(true), a);
        }
        value_set_lit(&item, "how", value_str(rbac_way_name(x->way)), a);
        value_set_lit(&item, "subject", grant_subject_value(x->subject, a), a);
        value_set_lit(&item, "binding", grant_binding_value(x->binding, a), a);
        value_set_lit(&item, "role", grant_role_value(x->binding, a), a);
        value_set_lit(&item, "rule", rbac_rule_to_value(x->rule, a), a);
        if (x->via.count) {
            Value via = value_array();
            for (size_t k = 0; k < x->via.count; k++) {
                value_add(&via, value_str(x->via.items[k]), a);
            }
            value_set_lit(&item, "via", via, a);
        }
        value_add(&list, item, a);
    }
    value_set_lit(&v, "access", list, a);
    return v;
}

Str rbac_secret_rule_text(const RbacSecretAccess *x, Arena *a)
{
    if (x->way == RBAC_WAY_ESCALATE || x->way == RBAC_WAY_BIND) {
        return rbac_rule_short_text(x->rule, a); /* they take the right to write, too */
    }
    Buf verbs = buf_new(a);
    Buf targets = buf_new(a);
    for (size_t i = 0; i < secret_way_count; i++) {
        if (secret_ways[i].id == x->way) {
            buf_add(&verbs, verbs.len ? STR(",") : STR(""));
            buf_add(&verbs, secret_ways[i].verbs);
            buf_add(&targets, targets.len ? STR(",") : STR(""));
            buf_add(&targets, secret_ways[i].targets);
        }
    }
    RbacRule part = rbac_rule_part(x->rule, buf_str(&verbs), buf_str(&targets), a);
    return rbac_rule_short_text(&part, a);
}
