/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of a role that say nothing new. */
#include "analyze/rbac/lint.h"
#include "decide/rbac/escalate.h"

enum {
    PAIRS_MAX = 2000, /* rules of a role that are compared with each other */
    UNIONS_MAX = 200, /* and with all others together */
};

static bool has(StrList list, Str s)
{
    return str_list_has(list, s);
}

static bool has_star(StrList list)
{
    return has(list, STR("*"));
}

static bool list_covers(StrList wide, StrList narrow)
{
    for (size_t i = 0; i < narrow.count; i++) {
        if (!has_star(wide) && !has(wide, narrow.items[i])) {
            return false;
        }
    }
    return true;
}

/* "pods/scale" is covered by "*" and by a star before its slash, too. */
static bool resources_cover(StrList wide, StrList narrow, Arena *a)
{
    for (size_t i = 0; i < narrow.count; i++) {
        Str one = narrow.items[i];
        ptrdiff_t slash = str_index_byte(one, '/');
        Str starred = slash < 0 ? one : arena_concat(a, STR("*"), str_drop(one, (size_t)slash));
        if (!has_star(wide) && !has(wide, one) && !has(wide, starred)) {
            return false;
        }
    }
    return true;
}

static bool names_cover(StrList wide, StrList narrow)
{
    return wide.count == 0 || (narrow.count > 0 && list_covers(wide, narrow));
}

static bool urls_cover(StrList wide, StrList narrow)
{
    for (size_t i = 0; i < narrow.count; i++) {
        RbacRule rule = { .urls = wide, .verb_bits = UINT32_MAX };
        RbacRequest request = { .verb = STR("get"), .path = narrow.items[i] };
        if (!rbac_rule_allows(&rule, &request)) {
            return false;
        }
    }
    return true;
}

/* A rule is a product of lists: it is within another when each list is. */
static bool rule_covers(const RbacRule *wide, const RbacRule *narrow, Arena *a)
{
    bool about_something = narrow->verbs.count && (narrow->resources.count || narrow->urls.count);
    bool resources = narrow->resources.count == 0 ||
                     (wide->resources.count && list_covers(wide->api_groups, narrow->api_groups) &&
                      resources_cover(wide->resources, narrow->resources, a) &&
                      names_cover(wide->resource_names, narrow->resource_names));
    bool urls = narrow->urls.count == 0 ||
                (wide->urls.count && urls_cover(wide->urls, narrow->urls));
    return about_something && list_covers(wide->verbs, narrow->verbs) && resources && urls;
}

static bool others_cover(const RbacRole *role, size_t i, Arena *a)
{
    if (role->rule_count > UNIONS_MAX) {
        return false;
    }
    const RbacRule **held = new(a, const RbacRule *, role->rule_count);
    size_t count = 0;
    for (size_t k = 0; k < role->rule_count; k++) {
        if (k != i) {
            held[count++] = &role->rules[k];
        }
    }
    RbacMissing missing = rbac_rules_missing((RbacRuleList){ held, count }, &role->rules[i], 1, a);
    return role->rules[i].verbs.count && !missing.too_many && missing.rules.count == 0;
}

void rbac_lint_repeats(RbacLinter *l, const FileObject *object, const RbacRole *role, size_t i)
{
    const RbacRule *rule = &role->rules[i];
    for (size_t k = 0; k < role->rule_count && role->rule_count <= PAIRS_MAX; k++) {
        if (k == i || !rule_covers(&role->rules[k], rule, l->arena)) {
            continue;
        }
        if (!rule_covers(rule, &role->rules[k], l->arena)) {
            rbac_found(l, RBAC_LINT_SHADOWED_RULE, object, rbac_rule_field(l, i, NULL, 0),
                       "%.*s: rules[%zu] grants it", STR_ARG(rbac_rule_text(rule, l->arena)), k);
        } else if (k < i) {
            rbac_found(l, RBAC_LINT_DUPLICATE_RULE, object, rbac_rule_field(l, i, NULL, 0),
                       "%.*s: rules[%zu] grants the same", STR_ARG(rbac_rule_text(rule, l->arena)),
                       k);
        }
        return;
    }
    if (role->rule_count > 2 && others_cover(role, i, l->arena)) {
        rbac_found(l, RBAC_LINT_SHADOWED_RULE, object, rbac_rule_field(l, i, NULL, 0),
                   "%.*s: the other rules together grant it",
                   STR_ARG(rbac_rule_text(rule, l->arena)));
    }
}
