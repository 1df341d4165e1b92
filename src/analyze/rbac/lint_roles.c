/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of roles. */
#include "analyze/rbac/lint.h"

#include "decide/rbac/escalate.h"
#include "kube/selector.h"

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

/* -- rules that say nothing new ---------------------------------------------------------------- */

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
        Str starred = slash < 0 ? one
                                : arena_concat(a, STR("*"), str_drop(one, (size_t)slash));
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
    bool urls = narrow->urls.count == 0 || (wide->urls.count && urls_cover(wide->urls, narrow->urls));
    return about_something && list_covers(wide->verbs, narrow->verbs) && resources && urls;
}

static Str rule_field(RbacLinter *l, size_t i, const char *list, size_t item)
{
    return list ? arena_printf(l->arena, "rules[%zu].%s[%zu]", i, list, item)
                : arena_printf(l->arena, "rules[%zu]", i);
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

static void check_repeats(RbacLinter *l, const FileObject *object, const RbacRole *role, size_t i)
{
    const RbacRule *rule = &role->rules[i];
    for (size_t k = 0; k < role->rule_count; k++) {
        if (k == i || !rule_covers(&role->rules[k], rule, l->arena)) {
            continue;
        }
        if (!rule_covers(rule, &role->rules[k], l->arena)) {
            rbac_found(l, RBAC_LINT_SHADOWED_RULE, object, rule_field(l, i, NULL, 0),
                       "%.*s: rules[%zu] grants it", STR_ARG(rbac_rule_text(rule, l->arena)), k);
        } else if (k < i) {
            rbac_found(l, RBAC_LINT_DUPLICATE_RULE, object, rule_field(l, i, NULL, 0),
                       "%.*s: rules[%zu] grants the same", STR_ARG(rbac_rule_text(rule, l->arena)),
                       k);
        }
        return;
    }
    if (role->rule_count > 2 && others_cover(role, i, l->arena)) {
        rbac_found(l, RBAC_LINT_SHADOWED_RULE, object, rule_field(l, i, NULL, 0),
                   "%.*s: the other rules together grant it",
                   STR_ARG(rbac_rule_text(rule, l->arena)));
    }
}

/* -- rights that no request can have ----------------------------------------------------------- */

/* What is known of a resource that a rule names. */
typedef struct Known {
    bool group;    /* the group is one whose resources are known */
    bool resource; /* the resource, too; for a subresource: that */
    bool served;   /* the target serves it: verbs are known */
    bool namespaced;
    unsigned verbs;
} Known;

static bool is_built_in_group(Str group)
{
    for (size_t i = 0; i < kube_kind_count(); i++) {
        if (str_eq(kube_kind_at(i).group, group)) {
            return true;
        }
    }
    return false;
}

static Known look_up(RbacLinter *l, Str group, Str text)
{
    RbacCatalogue catalogue = rbac_cluster_catalogue(l->inventory->cluster);
    Str resource;
    Str subresource;
    str_split_once(text, '/', &resource, &subresource);
    Known known = { 0 };
    for (size_t i = 0; i < catalogue.count; i++) {
        const RbacResource *r = &catalogue.items[i];
        if (!str_eq(r->group, group)) {
            continue;
        }
        known.group = true;
        /* keys of extras are written like subresources */
        bool any_key = str_eq(r->resource, STR("userextras"));
        if (str_eq(r->resource, resource) &&
            (any_key || str_eq(r->subresource, subresource))) {
            /* who defines a resource may ask for verbs of his own */
            return (Known){ true, true, !r->custom, r->namespaced, r->verbs };
        }
    }
    KubeKind kind;
    const KubeTarget *target = &l->inventory->cluster->target;
    known.group = known.group || is_built_in_group(group);
    if (kube_kind_find_resource(group, STR(""), resource, target, &kind) &&
        (!subresource.len || !kube_kind_is_served(&kind, target))) {
        known.resource = true; /* of another version */
        known.namespaced = kind.namespaced;
    }
    return known;
}

static bool takes_verb(const Known *k, Str verb)
{
    if (!k->served || str_eq(verb, STR("*"))) {
        return true;
    }
    for (int i = 0; i < RBAC_CATALOGUE_VERBS; i++) {
        if (str_eq(rbac_catalogue_verb(i), verb)) {
            return k->verbs >> i & 1;
        }
    }
    return false;
}

/* A resource without a namespace, in a Role. Three are asked about in a namespace all the same: a
 * namespace itself, the use of a policy by the pods of one, the binding of a ClusterRole in one. */
static bool holds_in_namespace(const Known *k, Str resource, Str verb)
{
    if (k->namespaced) {
        return true;
    }
    if (str_eq(resource, STR("namespaces")) || str_starts_with(resource, STR("namespaces/"))) {
        return !str_eq(verb, STR("list")) && !str_eq(verb, STR("watch")) &&
               !str_eq(verb, STR("create"));
    }
    bool star = str_eq(verb, STR("*"));
    return (str_eq(resource, STR("podsecuritypolicies")) && (star || str_eq(verb, STR("use")))) ||
           (str_eq(resource, STR("clusterroles")) && (star || str_eq(verb, STR("bind"))));
}

/* With names: what is made, or deleted all at once, has none when it is asked for. */
static bool has_name(Str resource, Str verb)
{
    bool nameless = str_eq(verb, STR("create")) || str_eq(verb, STR("deletecollection"));
    return !nameless || str_index_byte(resource, '/') >= 0;
}

typedef enum Dead {
    ALIVE,
    DEAD_UNKNOWN,
    DEAD_VERB,
    DEAD_SCOPE,
    DEAD_NAME,
} Dead;

/* Why no request has this one right; ALIVE when one may. */
static Dead judge(const RbacRole *role, const RbacRule *rule, const Known *k, Str resource,
                  Str verb)
{
    if (!k->group) {
        return ALIVE; /* of a custom resource that the state does not define */
    }
    if (!k->resource) {
        return DEAD_UNKNOWN;
    }
    if (!takes_verb(k, verb)) {
        return DEAD_VERB;
    }
    if (role->namespace.len && !holds_in_namespace(k, resource, verb)) {
        return DEAD_SCOPE;
    }
    return rule->resource_names.count && !has_name(resource, verb) ? DEAD_NAME : ALIVE;
}

static const char *dead_text(Dead dead)
{
    switch (dead) {
    case DEAD_UNKNOWN:
        return "there is no such resource in the group";
    case DEAD_VERB:
        return "it is never asked for that way";
    case DEAD_SCOPE:
        return "it is in no namespace, and a Role grants only what is";
    default:
        return "what is created or deleted as a whole has no name when it is asked for, so "
               "resourceNames never match";
    }
}

/* Fills in why each verb and each resource of a rule is dead. One right that is alive keeps both of
 * its parts alive. */
typedef struct Judged {
    Dead *resources;
    Dead *verbs;
    bool all_dead;
} Judged;

static Judged judge_rule(RbacLinter *l, const RbacRole *role, const RbacRule *rule)
{
    Judged j = { new(l->arena, Dead, rule->resources.count + 1),
                 new(l->arena, Dead, rule->verbs.count + 1), true };
    bool *resource_lives = new(l->arena, bool, rule->resources.count + 1);
    bool *verb_lives = new(l->arena, bool, rule->verbs.count + 1);
    for (size_t g = 0; g < rule->api_groups.count; g++) {
        for (size_t r = 0; r < rule->resources.count; r++) {
            Str group = rule->api_groups.items[g];
            Str resource = rule->resources.items[r];
            bool open = str_eq(group, STR("*")) || str_starts_with(resource, STR("*"));
            Known known = open ? (Known){ 0 } : look_up(l, group, resource);
            for (size_t v = 0; v < rule->verbs.count; v++) {
                Dead dead = judge(role, rule, &known, resource, rule->verbs.items[v]);
                resource_lives[r] |= dead == ALIVE;
                verb_lives[v] |= dead == ALIVE;
                j.all_dead &= dead != ALIVE;
                j.resources[r] = j.resources[r] > dead ? j.resources[r] : dead;
                j.verbs[v] = j.verbs[v] > dead ? j.verbs[v] : dead;
            }
        }
    }
    for (size_t r = 0; r < rule->resources.count; r++) {
        j.resources[r] = resource_lives[r] ? ALIVE : j.resources[r];
    }
    for (size_t v = 0; v < rule->verbs.count; v++) {
        j.verbs[v] = verb_lives[v] ? ALIVE : j.verbs[v];
    }
    return j;
}

static void check_resources(RbacLinter *l, const FileObject *object, const RbacRole *role, size_t i)
{
    const RbacRule *rule = &role->rules[i];
    Judged j = judge_rule(l, role, rule);
    Str groups = rbac_join(rule->api_groups, STR(","), l->arena);
    for (size_t r = 0; r < rule->resources.count; r++) {
        if (j.resources[r] != ALIVE) {
            rbac_found(l, RBAC_LINT_NEVER_APPLIES, object, rule_field(l, i, "resources", r),
                       "resource \"%.*s\" of group \"%.*s\": %s", STR_ARG(rule->resources.items[r]),
                       STR_ARG(groups), dead_text(j.resources[r]));
        }
    }
    for (size_t v = 0; v < rule->verbs.count && !j.all_dead; v++) {
        if (j.verbs[v] != ALIVE) {
            rbac_found(l, RBAC_LINT_NEVER_APPLIES, object, rule_field(l, i, "verbs", v),
                       "verb \"%.*s\": %s", STR_ARG(rule->verbs.items[v]),
                       j.verbs[v] == DEAD_VERB ? "none of the resources is ever asked for that way"
                                               : dead_text(j.verbs[v]));
        }
    }
}

static void check_applies(RbacLinter *l, const FileObject *object, const RbacRole *role, size_t i)
{
    const RbacRule *rule = &role->rules[i];
    if (rule->verbs.count == 0 || (rule->resources.count == 0 && rule->urls.count == 0) ||
        (rule->resources.count && rule->api_groups.count == 0)) {
        rbac_found(l, RBAC_LINT_NEVER_APPLIES, object, rule_field(l, i, NULL, 0),
                   "the rule has no %s",
                   rule->verbs.count == 0       ? "verbs"
                   : rule->resources.count == 0 ? "resources"
                                                : "apiGroups: [\"\"] is the core group");
        return;
    }
    if (rule->urls.count && role->namespace.len) {
        rbac_found(l, RBAC_LINT_NEVER_APPLIES, object, rule_field(l, i, "nonResourceURLs", 0),
                   "a URL is in no namespace, and a Role grants only what is");
    }
    for (size_t n = 0; n < rule->resource_names.count; n++) {
        if (str_eq(rule->resource_names.items[n], STR("*"))) {
            rbac_found(l, RBAC_LINT_NEVER_APPLIES, object, rule_field(l, i, "resourceNames", n),
                       "no object is called \"*\": to grant every name, leave resourceNames out");
        }
    }
    check_resources(l, object, role, i);
}

/* -- policies ---------------------------------------------------------------------------------- */

static void check_policies(RbacLinter *l, const FileObject *object, const RbacRole *role, size_t i)
{
    static const Str groups[] = { STR_INIT("policy"), STR_INIT("extensions"),
                                  STR_INIT("podgate.io") };
    const RbacRule *rule = &role->rules[i];
    const Facts *f = l->inventory->facts;
    bool matters = f->psp_policies(f->cluster).count || l->inventory->cluster->target.minor < 25;
    for (size_t g = 0; matters && g < COUNT_OF(groups); g++) {
        RbacRequest request = { .verb = STR("use"),
                                .api_group = groups[g],
                                .resource = STR("podsecuritypolicies"),
                                .subresource = STR(""),
                                .name = STR(""),
                                .namespace = STR(""),
                                .path = STR(""),
                                .is_resource = true };
        if (rbac_rule_allows(rule, &request)) {
            bool by_star = has_star(rule->verbs) || has_star(rule->resources) ||
                           has_star(rule->api_groups);
            rbac_found(l, RBAC_LINT_EVERY_POLICY, object, rule_field(l, i, NULL, 0),
                       by_star ? "%.*s: a \"*\" in group %.*s lets every PodSecurityPolicy be used"
                               : "%.*s: in group %.*s, without resourceNames, it lets every "
                                 "PodSecurityPolicy be used",
                       STR_ARG(rbac_rule_text(rule, l->arena)), STR_ARG(groups[g]));
            return;
        }
    }
}

/* -- the role ---------------------------------------------------------------------------------- */

/* A role whose rules others take in is of use without a binding. */
static bool is_aggregated(const RbacLinter *l, const RbacRole *role)
{
    SnapshotRoles roles = l->inventory->cluster->roles;
    for (size_t i = 0; i < roles.count && role->labels && !role->namespace.len; i++) {
        VALUE_EACH_ITEM(given, roles.items[i]->selectors)
        {
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
        check_applies(l, object, role, i);
        check_policies(l, object, role, i);
        if (role->rule_count <= PAIRS_MAX) {
            check_repeats(l, object, role, i);
        }
    }
}
