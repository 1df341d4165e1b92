/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of roles. */
#include "analyze/rbac/lint.h"
#include "decide/admission/policy_use.h"
#include "kube/selector.h"

Str rbac_rule_field(RbacLinter *l, size_t i, const char *list, size_t item)
{
    return list ? arena_printf(l->arena, "rules[%zu].%s[%zu]", i, list, item)
                : arena_printf(l->arena, "rules[%zu]", i);
}

static bool has_star(StrList list)
{
    return str_list_has(list, STR("*"));
}

/* -- policies ---------------------------------------------------------------------------------- */

static void check_policies(RbacLinter *l, const FileObject *object, const RbacRole *role, size_t i)
{
    const RbacRule *rule = &role->rules[i];
    const Facts *f = l->inventory->facts;
    bool matters = f->psp_policies(f->cluster).count || l->inventory->cluster->target.minor < 25;
    Str group;
    if (matters && psp_rule_allows_use(rule, STR(""), &group)) {
        bool by_star = has_star(rule->verbs) || has_star(rule->resources) ||
                       has_star(rule->api_groups);
        rbac_found(l, RBAC_LINT_EVERY_POLICY, object, rbac_rule_field(l, i, NULL, 0),
                   by_star ? "%.*s: a \"*\" in group %.*s lets every PodSecurityPolicy be used"
                           : "%.*s: in group %.*s, without resourceNames, it lets every "
                             "PodSecurityPolicy be used",
                   STR_ARG(rbac_rule_text(rule, l->arena)), STR_ARG(group));
    }
}

/* -- the role ---------------------------------------------------------------------------------- */

/* A role whose rules others take in is of use without a binding. */
static bool is_aggregated(const RbacLinter *l, const RbacRole *role)
{
    SnapshotRoles roles = l->inventory->cluster->roles;
    for (size_t i = 0; i < roles.count && role->labels && !role->namespace.len; i++) {
        VALUE_EACH_ITEM(given, roles.items[i]->selectors) {
            LabelSelector selector;
            Err err;
            if (roles.items[i] != role && label_selector_read(given, l->arena, &selector, &err) &&
                label_selector_matches(&selector, role->labels)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_used(const RbacLinter *l, const RbacRole *role)
{
    return map_has(&l->used, arena_printf(l->arena, "%.*s/%.*s", STR_ARG(role->namespace),
                                          STR_ARG(role->name)));
}

/* As every cluster has it: not this cluster's to change. */
static bool is_bootstrapped(const RbacLinter *l, const FileObject *object, const RbacRole *role)
{
    const Value *label = value_get(value_at(object->object, "metadata", "labels", NULL),
                                   STR("kubernetes.io/bootstrapping"));
    return label && rbac_is_default_role(l->inventory, role);
}

void rbac_lint_role(RbacLinter *l, const FileObject *object, const RbacRole *role)
{
    if (is_bootstrapped(l, object, role)) {
        return;
    }
    if (!is_used(l, role) && !is_aggregated(l, role)) {
        rbac_found(l, RBAC_LINT_UNUSED_ROLE, object, STR(""), "no binding refers to it");
    }
    if (role->selectors) {
        return; /* its rules are those of others */
    }
    for (size_t i = 0; i < role->rule_count; i++) {
        rbac_lint_applies(l, object, role, i);
        check_policies(l, object, role, i);
        rbac_lint_repeats(l, object, role, i);
    }
}
