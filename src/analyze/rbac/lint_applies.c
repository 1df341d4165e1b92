/* SPDX-License-Identifier: Apache-2.0 */
/* Rights that no request can have. */
#include "analyze/rbac/lint.h"

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

/* Subresources that nothing is served at, and that are asked for all the same. */
static const struct {
    Str group, resource, names;
} asked_alone[] = {
    /* by the controller that approves what nodes want signed */
    { STR_INIT("certificates.k8s.io"), STR_INIT("certificatesigningrequests"),
      STR_INIT("nodeclient selfnodeclient selfnodeserver") },
    /* by a kubelet, of who talks to it */
    { STR_INIT(""), STR_INIT("nodes"),
      STR_INIT("checkpoint configz healthz log metrics pods spec stats") },
    /* of who writes that part of the status */
    { STR_INIT("resource.k8s.io"), STR_INIT("resourceclaims"), STR_INIT("binding driver") },
};

static bool is_asked_alone(Str group, Str resource, Str subresource)
{
    for (size_t i = 0; i < COUNT_OF(asked_alone); i++) {
        Str rest = asked_alone[i].names;
        Str name;
        while (str_eq(asked_alone[i].group, group) && str_eq(asked_alone[i].resource, resource) &&
               str_next_piece(&rest, ' ', &name)) {
            if (str_eq(name, subresource)) {
                return true;
            }
        }
    }
    /* by admission, of who makes an object an owner whose deletion waits for what it owns */
    return str_eq(subresource, STR("finalizers"));
}

static Known look_up(RbacLinter *l, Str group, Str text)
{
    RbacCatalogue catalogue = rbac_cluster_catalogue(l->inventory->cluster);
    Str resource;
    Str subresource;
    str_split_once(text, '/', &resource, &subresource);
    bool alone = is_asked_alone(group, resource, subresource);
    subresource = alone ? STR("") : subresource;
    Known known = { 0 };
    for (size_t i = 0; i < catalogue.count; i++) {
        const RbacResource *r = &catalogue.items[i];
        if (!str_eq(r->group, group)) {
            continue;
        }
        known.group = true;
        /* keys of extras are written like subresources */
        bool any_key = str_eq(r->resource, STR("userextras"));
        if (str_eq(r->resource, resource) && (any_key || str_eq(r->subresource, subresource))) {
            /* who defines a resource may ask for verbs of his own */
            return (Known){ true, true, !r->custom && !alone, r->namespaced, r->verbs };
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
    Str groups = rbac_join(rule->api_groups, STR("\", \""), l->arena);
    for (size_t r = 0; r < rule->resources.count; r++) {
        if (j.resources[r] != ALIVE) {
            rbac_found(l, RBAC_LINT_NEVER_APPLIES, object, rbac_rule_field(l, i, "resources", r),
                       "resource \"%.*s\" of group%s \"%.*s\": %s",
                       STR_ARG(rule->resources.items[r]), rule->api_groups.count == 1 ? "" : "s",
                       STR_ARG(groups), dead_text(j.resources[r]));
        }
    }
    for (size_t v = 0; v < rule->verbs.count && !j.all_dead; v++) {
        if (j.verbs[v] != ALIVE) {
            rbac_found(l, RBAC_LINT_NEVER_APPLIES, object, rbac_rule_field(l, i, "verbs", v),
                       "verb \"%.*s\": %s", STR_ARG(rule->verbs.items[v]),
                       j.verbs[v] == DEAD_VERB ? "none of the resources is ever asked for that way"
                                               : dead_text(j.verbs[v]));
        }
    }
}

void rbac_lint_applies(RbacLinter *l, const FileObject *object, const RbacRole *role, size_t i)
{
    const RbacRule *rule = &role->rules[i];
    if (rule->verbs.count == 0 || (rule->resources.count == 0 && rule->urls.count == 0) ||
        (rule->resources.count && rule->api_groups.count == 0)) {
        rbac_found(l, RBAC_LINT_NEVER_APPLIES, object, rbac_rule_field(l, i, NULL, 0),
                   "the rule has no %s",
                   rule->verbs.count == 0       ? "verbs"
                   : rule->resources.count == 0 ? "resources"
                                                : "apiGroups: [\"\"] is the core group");
        return;
    }
    if (rule->urls.count && role->namespace.len) {
        rbac_found(l, RBAC_LINT_NEVER_APPLIES, object, rbac_rule_field(l, i, "nonResourceURLs", 0),
                   "a URL is in no namespace, and a Role grants only what is");
    }
    for (size_t n = 0; n < rule->resource_names.count; n++) {
        if (str_eq(rule->resource_names.items[n], STR("*"))) {
            rbac_found(l, RBAC_LINT_NEVER_APPLIES, object,
                       rbac_rule_field(l, i, "resourceNames", n),
                       "no object is called \"*\": to grant every name, leave resourceNames out");
        }
    }
    check_resources(l, object, role, i);
}

static bool rule_holds(RbacLinter *l, const RbacRole *role, const RbacRule *rule)
{
    return rule->resources.count && rule->verbs.count && rule->api_groups.count &&
           !judge_rule(l, role, rule).all_dead;
}

bool rbac_lint_holds_in_namespace(RbacLinter *l, const RbacRole *role)
{
    static const char holds[] = "yes";
    static const char holds_not[] = "no";
    Str key = str_from((const char *)&role, sizeof role);
    const char *known = map_get(&l->holds, key);
    if (!known) {
        RbacRole local = *role;
        local.namespace = STR("any"); /* judged as a Role of some namespace */
        known = holds_not;
        for (size_t i = 0; i < role->rule_count && known == holds_not; i++) {
            known = rule_holds(l, &local, &role->rules[i]) ? holds : holds_not;
        }
        map_set(&l->holds, arena_str(l->arena, key), (void *)(uintptr_t)known);
    }
    return known == holds;
}
