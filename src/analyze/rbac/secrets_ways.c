/* SPDX-License-Identifier: Apache-2.0 */
/* The ways to a secret, and where each leads by itself. */
#include "analyze/rbac/rights.h"
#include "analyze/rbac/secrets_private.h"

#define WORKLOADS                                                                     \
    "deployments.apps,daemonsets.apps,statefulsets.apps,replicasets.apps,jobs.batch," \
    "cronjobs.batch,replicationcontrollers"

const SecretWay secret_ways[] = {
    { RBAC_WAY_READ, STR_INIT("get,list,watch"), STR_INIT("secrets"), false },
    { RBAC_WAY_POD, STR_INIT("create"), STR_INIT("pods"), false },
    { RBAC_WAY_WORKLOAD, STR_INIT("create"), STR_INIT(WORKLOADS), false },
    { RBAC_WAY_PATCH, STR_INIT("update,patch"), STR_INIT(WORKLOADS), false },
    { RBAC_WAY_EPHEMERAL, STR_INIT("update,patch"), STR_INIT("pods/ephemeralcontainers"), false },
    { RBAC_WAY_EXEC, STR_INIT("create,get"), STR_INIT("pods/exec,pods/attach"), false },
    { RBAC_WAY_TOKEN, STR_INIT("create"), STR_INIT("serviceaccounts/token"), false },
    { RBAC_WAY_IMPERSONATE, STR_INIT("impersonate"), STR_INIT("serviceaccounts"), false },
    { RBAC_WAY_IMPERSONATE, STR_INIT("impersonate"), STR_INIT("users"), true },
    { RBAC_WAY_IMPERSONATE, STR_INIT("impersonate"), STR_INIT("groups"), true },
    { RBAC_WAY_ESCALATE, STR_INIT("escalate"), STR_INIT("roles.rbac.authorization.k8s.io"), false },
    { RBAC_WAY_ESCALATE, STR_INIT("escalate"), STR_INIT("clusterroles.rbac.authorization.k8s.io"),
      true },
    { RBAC_WAY_BIND, STR_INIT("bind"), STR_INIT("roles.rbac.authorization.k8s.io"), false },
    { RBAC_WAY_BIND, STR_INIT("bind"), STR_INIT("clusterroles.rbac.authorization.k8s.io"), false },
    { RBAC_WAY_NODE, STR_INIT("get,create"), STR_INIT("nodes/proxy"), true },
};
_Static_assert(COUNT_OF(secret_ways) == secret_way_count, "one row each");

void secret_add(RbacSecretReport *r, const RbacSecretAccess *access, Arena *a)
{
    if (r->count == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 64;
        RbacSecretAccess *items = new(a, RbacSecretAccess, r->cap);
        if (r->count) {
            memcpy(items, r->items, r->count * sizeof *items);
        }
        r->items = items;
    }
    r->items[r->count++] = *access;
}

void secret_add_text(StrList *list, Str text, Arena *a)
{
    if ((list->count & (list->count - 1)) == 0) { /* a list of a power of two is full */
        Str *items = new(a, Str, list->count ? list->count * 2 : 1);
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
    }
    ((Str *)(uintptr_t)list->items)[list->count++] = text;
}

RbacSecretAccess secret_access_of(const SecretOpen *o)
{
    return (RbacSecretAccess){ .namespace = rbac_binding_namespace(o->binding),
                               .secret = STR(""),
                               .way = secret_ways[o->way].id,
                               .binding = o->binding,
                               .subject = o->subject,
                               .rule = o->rule };
}

static void add_named(SecretFind *f, RbacSecretReport *r, const SecretOpen *o)
{
    StrList names = o->rule->resource_names;
    RbacSecretAccess access = secret_access_of(o);
    for (size_t i = 0; i < names.count; i++) {
        access.secret = names.items[i];
        secret_add(r, &access, f->arena);
    }
    if (names.count == 0) {
        secret_add(r, &access, f->arena);
    }
}

/* Whether the subject may do something else that a way takes, in the place of the binding. */
static bool also_may(SecretFind *f, const SecretOpen *o, Str verbs, Str resources)
{
    UserInfo user = rbac_cluster_user((SubjectKind)o->subject->kind,
                                      rbac_subject_namespace(o->subject),
                                      rbac_subject_name(o->subject), f->arena);
    RbacRequest request = { .user = &user,
                            .api_group = STR(RBAC_GROUP),
                            .subresource = STR(""),
                            .name = STR(""),
                            .namespace = rbac_binding_namespace(o->binding),
                            .path = STR(""),
                            .is_resource = true };
    while (str_next_piece(&resources, ',', &request.resource)) {
        Str rest = verbs;
        while (str_next_piece(&rest, ',', &request.verb)) {
            if (rbac_allows(f->inventory->facts, &request)) {
                return true;
            }
        }
    }
    return false;
}

/* What a role reads, by its binding. */
static void add_bound(SecretFind *f, RbacSecretReport *r, RbacSecretAccess access,
                      const RbacRole *role)
{
    secret_add_text(&access.via,
                    arena_printf(f->arena, "with %.*s %.*s", STR_ARG(rbac_role_kind_text(role)),
                                 STR_ARG(role->name)),
                    f->arena);
    for (size_t i = 0; i < role->rule_count; i++) {
        const RbacRule *rule = &role->rules[i];
        if (!rbac_rule_gives(rule, STR("get,list,watch"), STR("secrets"))) {
            continue;
        }
        for (size_t k = 0; k < rule->resource_names.count; k++) {
            access.secret = rule->resource_names.items[k];
            secret_add(r, &access, f->arena);
        }
        if (rule->resource_names.count == 0) {
            access.secret = STR("");
            secret_add(r, &access, f->arena);
        }
    }
}

/* Of the roles that may be bound by name, what they read; with no names: any will do. */
static void add_binder(SecretFind *f, RbacSecretReport *r, const SecretOpen *o)
{
    StrList names = o->rule->resource_names;
    const Facts *facts = f->inventory->facts;
    bool cluster = str_contains(secret_ways[o->way].targets, STR("clusterroles"));
    RbacSecretAccess access = secret_access_of(o);
    if (!also_may(f, o, STR("create,update,patch"), STR("rolebindings,clusterrolebindings"))) {
        return;
    }
    if (names.count == 0) {
        secret_add(r, &access, f->arena);
    }
    for (size_t i = 0; i < names.count; i++) {
        Str namespace = cluster ? STR("") : rbac_binding_namespace(o->binding);
        const RbacRole *role = facts->rbac_role(facts->cluster, namespace, names.items[i]);
        if (role) {
            add_bound(f, r, access, role);
        }
    }
}

void secret_add_direct(SecretFind *f, RbacSecretReport *r, const SecretOpen *o)
{
    RbacSecretAccess access = secret_access_of(o);
    switch (secret_ways[o->way].id) {
    case RBAC_WAY_READ:
        add_named(f, r, o);
        return;
    case RBAC_WAY_EXEC:
        access.mounted = true;
        access.pods = o->rule->resource_names;
        break;
    case RBAC_WAY_NODE:
        access.mounted = true;
        break;
    case RBAC_WAY_ESCALATE:
        if (!also_may(f, o, STR("create,update,patch"), STR("roles,clusterroles"))) {
            return;
        }
        break;
    case RBAC_WAY_BIND:
        add_binder(f, r, o);
        return;
    default:
        break;
    }
    secret_add(r, &access, f->arena);
}

bool secret_acts_as_somebody(RbacWayId way)
{
    return way == RBAC_WAY_TOKEN || way == RBAC_WAY_IMPERSONATE;
}

bool secret_runs_as_account(RbacWayId way)
{
    return way == RBAC_WAY_POD || way == RBAC_WAY_WORKLOAD || way == RBAC_WAY_PATCH;
}
