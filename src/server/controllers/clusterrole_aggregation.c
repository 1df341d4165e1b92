/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts into ClusterRoles that have an aggregationRule the rules of the roles that it selects:
 * selector by selector, each in the order of the roles' names, each rule once.
 *
 * Source: Kubernetes pkg/controller/clusterroleaggregation
 */
#include "kube/selector.h"
#include "server/controllers/resources.h"

#define RBAC_GROUP "rbac.authorization.k8s.io"

static const Value *selectors_of(const Value *role)
{
    return value_at(role, "aggregationRule", "clusterRoleSelectors", NULL);
}

static bool is_aggregated(const Value *role)
{
    return !value_is_null(value_get_lit(role, "aggregationRule"));
}

/* Any change may concern any of them: the key without a name stands for all. */
static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    (void)kind;
    (void)event;
    ctl_enqueue(c, STR(""), STR(""));
}

static bool enqueue_all(Ctl *c)
{
    size_t count;
    const Value *const *roles = ctl_list(c, STR(RBAC_GROUP), STR("ClusterRole"), STR(""), &count);
    for (size_t i = 0; i < count; i++) {
        if (is_aggregated(roles[i])) {
            ctl_enqueue(c, STR(""), ctl_name(roles[i]));
        }
    }
    return true;
}

static bool has_rule(const Value *rules, const Value *rule)
{
    VALUE_EACH_ITEM(other, rules) {
        if (value_equal(other, rule)) {
            return true;
        }
    }
    return false;
}

/* False when a selector is wrong: the role is then left as it is. */
static bool gather(Ctl *c, const Value *whole, Value *rules)
{
    size_t count;
    const Value *const *roles = ctl_list(c, STR(RBAC_GROUP), STR("ClusterRole"), STR(""), &count);
    VALUE_EACH_ITEM(item, selectors_of(whole)) {
        LabelSelector selector;
        Err err;
        if (!label_selector_read(item, c->arena, &selector, &err)) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            const Value *labels = value_at(roles[i], "metadata", "labels", NULL);
            bool is_self = str_eq(ctl_name(roles[i]), ctl_name(whole));
            if (is_self || !label_selector_matches(&selector, labels)) {
                continue;
            }
            VALUE_EACH_ITEM(rule, value_get_lit(roles[i], "rules")) {
                if (!has_rule(rules, rule)) {
                    value_add(rules, *rule, c->arena);
                }
            }
        }
    }
    return true;
}

static bool sync(Ctl *c, Str unused, Str name)
{
    (void)unused;
    if (name.len == 0) {
        return enqueue_all(c);
    }
    const Value *stored = ctl_get(c, STR(RBAC_GROUP), STR("ClusterRole"), STR(""), name);
    Value rules = value_array();
    if (stored == NULL || !is_aggregated(stored) || !gather(c, stored, &rules)) {
        return true;
    }
    const Value *old = value_get_lit(stored, "rules");
    if (value_len(old) == 0 ? rules.len == 0 : value_equal(old, &rules)) {
        return true;
    }
    Value role = value_copy(stored, c->arena);
    value_set_lit(&role, "rules", rules.len ? rules : value_null(), c->arena);
    CtlObject at = { RBAC_GROUP "/v1", "clusterroles", STR(""), name, NULL };
    ApiResponse response;
    return ctl_update(c, &at, &role, &response) || response.code == 404;
}

const Controller controller_clusterrole_aggregation = {
    .name = STR_INIT("clusterrole-aggregation-controller"),
    .kinds = { { STR_INIT(RBAC_GROUP), STR_INIT("ClusterRole") } },
    .observe = observe,
    .sync = sync,
};
