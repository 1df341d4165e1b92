/* SPDX-License-Identifier: Apache-2.0 */
/* The roles and bindings of a cluster, and where they come from. */
#include "analyze/rbac/inventory.h"

#include "cluster/preset.h"
#include "decide/rbac/escalate.h"

#include <assert.h>

static Str namespace_of(const Value *object)
{
    return value_get_str(value_get_lit(object, "metadata"), STR("namespace"));
}

static Str name_of(const Value *object)
{
    return value_get_str(value_get_lit(object, "metadata"), STR("name"));
}

static Str source_key(Str kind, Str namespace, Str name, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s/%.*s", STR_ARG(kind), STR_ARG(namespace), STR_ARG(name));
}

static void take_sources(RbacInventory *inventory, const FileObjects *objects)
{
    for (size_t i = 0; objects && i < objects->count; i++) {
        const Value *object = objects->items[i].object;
        Str api_version = value_get_str(object, STR("apiVersion"));
        if (str_starts_with(api_version, STR(RBAC_GROUP "/"))) {
            Str kind = value_get_str(object, STR("kind"));
            Str namespace = str_starts_with(kind, STR("Cluster")) ? STR("") : namespace_of(object);
            map_set(&inventory->sources,
                    source_key(kind, namespace, name_of(object), inventory->arena),
                    &objects->items[i]);
        }
    }
}

static void take_defaults(RbacInventory *inventory)
{
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    bool found = preset_put(b, STR("kubernetes"));
    assert(found); /* it is built in */
    (void)found;
    inventory->defaults = snapshot_builder_finish(b);
    const Facts *f = snapshot_facts(inventory->defaults);
    StrList namespaces = snapshot_namespaces(inventory->defaults, inventory->arena);
    for (size_t i = 0; i <= namespaces.count; i++) {
        Str namespace = i ? namespaces.items[i - 1] : STR("");
        RbacBindingList list = f->rbac_all_bindings(f->cluster, namespace);
        for (size_t j = 0; j < list.count; j++) {
            map_set(
                &inventory->default_bindings,
                source_key(STR(""), namespace, rbac_binding_name(list.items[j]), inventory->arena),
                (void *)(uintptr_t)list.items[j]);
        }
    }
}

void rbac_inventory_take(RbacCluster *cluster, const FileObjects *objects, Arena *a,
                         RbacInventory *out)
{
    *out = (RbacInventory){
        .cluster = cluster,
        .facts = cluster->facts,
        .arena = a,
        .sources = map_new(a),
        .default_bindings = map_new(a),
    };
    take_sources(out, objects);
    take_defaults(out);
}

void rbac_inventory_done(RbacInventory *inventory)
{
    snapshot_release(inventory->defaults);
    inventory->defaults = NULL;
}

/* -- asking ------------------------------------------------------------------------------------ */

const FileObject *rbac_inventory_source(const RbacInventory *inventory, Str kind, Str namespace,
                                        Str name)
{
    ArenaMark mark = arena_mark(inventory->arena);
    const FileObject *found = map_get(&inventory->sources,
                                      source_key(kind, namespace, name, inventory->arena));
    arena_rewind(inventory->arena, mark);
    return found;
}

static const RbacBinding *default_binding(const RbacInventory *inventory, const RbacBinding *b)
{
    ArenaMark mark = arena_mark(inventory->arena);
    const RbacBinding *found = map_get(
        &inventory->default_bindings,
        source_key(STR(""), rbac_binding_namespace(b), rbac_binding_name(b), inventory->arena));
    arena_rewind(inventory->arena, mark);
    return found;
}

static bool same_subject(const RbacSubject *a, const RbacSubject *b)
{
    return a->kind == b->kind && str_eq(rbac_subject_name(a), rbac_subject_name(b)) &&
           str_eq(rbac_subject_namespace(a), rbac_subject_namespace(b));
}

bool rbac_is_default_grant(const RbacInventory *inventory, const RbacBinding *b,
                           const RbacSubject *s)
{
    const RbacBinding *known = default_binding(inventory, b);
    if (!known || known->role_is_cluster != b->role_is_cluster ||
        !str_eq(rbac_binding_role_name(known), rbac_binding_role_name(b))) {
        return false;
    }
    if (!s) {
        return known->subject_count == 0;
    }
    for (uint32_t i = 0; i < known->subject_count; i++) {
        if (same_subject(&known->subjects[i], s)) {
            return true;
        }
    }
    return false;
}

bool rbac_is_default_rule(const RbacInventory *inventory, const RbacBinding *b,
                          const RbacSubject *s, const RbacRule *rule)
{
    if (!rbac_is_default_grant(inventory, b, s)) {
        return false;
    }
    const RbacRole *role = rbac_binding_role(snapshot_facts(inventory->defaults),
                                             default_binding(inventory, b));
    if (!role) {
        return false;
    }
    Arena *a = inventory->arena;
    const RbacRule **held = new(a, const RbacRule *, role->rule_count + 1);
    for (size_t i = 0; i < role->rule_count; i++) {
        held[i] = &role->rules[i];
    }
    RbacMissing missing = rbac_rules_missing((RbacRuleList){ held, role->rule_count }, rule, 1, a);
    return !missing.too_many && missing.rules.count == 0;
}

bool rbac_is_default_role(const RbacInventory *inventory, const RbacRole *role)
{
    const Facts *f = snapshot_facts(inventory->defaults);
    return f->rbac_role(f->cluster, role->namespace, role->name) != NULL;
}

/* Aggregation shares the lists of a rule: the origin is the role with the very same ones. */
static bool is_same_rule(const RbacRule *a, const RbacRule *b)
{
    return a->verbs.items == b->verbs.items && a->resources.items == b->resources.items &&
           a->urls.items == b->urls.items;
}

const RbacRole *rbac_rule_origin(const RbacInventory *inventory, const RbacRole *role,
                                 const RbacRule *rule)
{
    SnapshotRoles roles = inventory->cluster->roles;
    for (size_t i = 0; role->selectors && i < roles.count && !roles.items[i]->namespace.len; i++) {
        const RbacRole *other = roles.items[i];
        for (size_t k = 0; !other->selectors && k < other->rule_count; k++) {
            if (is_same_rule(&other->rules[k], rule)) {
                return other;
            }
        }
    }
    return NULL;
}

/* Controllers make their accounts when they first need them. */
bool rbac_is_default_account(const RbacInventory *inventory, Str namespace, Str name)
{
    const Facts *f = snapshot_facts(inventory->defaults);
    return str_eq(name, STR("default")) ||
           f->rbac_bindings(f->cluster, SUBJECT_SERVICE_ACCOUNT, namespace, name, STR("")).count;
}

bool rbac_account_is_missing(const RbacInventory *inventory, Str namespace, Str name)
{
    const Facts *f = inventory->facts;
    ObjectKey key = { STR(""), STR("ServiceAccount"), namespace, name };
    return inventory->cluster->knows_accounts && !f->object(f->cluster, key) &&
           !rbac_is_default_account(inventory, namespace, name);
}

/* -- texts ------------------------------------------------------------------------------------- */

Str rbac_binding_kind_text(const RbacBinding *b)
{
    return b->namespace_len ? STR("RoleBinding") : STR("ClusterRoleBinding");
}

Str rbac_role_kind_text(const RbacRole *role)
{
    return role->namespace.len ? STR("Role") : STR("ClusterRole");
}

static void join(Buf *b, StrList list, Str between)
{
    for (size_t i = 0; i < list.count; i++) {
        buf_add(b, i ? between : STR(""));
        buf_add(b, list.items[i]);
    }
}

Str rbac_join(StrList list, Str between, Arena *a)
{
    Buf b = buf_new(a);
    join(&b, list, between);
    return buf_str(&b);
}

/* ",... (12 more)" */
static void write_more(Buf *b, StrList list, size_t max)
{
    if (list.count > max) {
        buf_printf(b, ",... (%zu more)", list.count - max);
    }
}

static StrList first_of(StrList list, size_t max)
{
    return (StrList){ list.items, list.count < max ? list.count : max };
}

/* "deployments.apps/scale"; group "" for none. */
static void write_resource(Buf *b, Str text, Str group)
{
    Str resource;
    Str subresource;
    bool has_slash = str_split_once(text, '/', &resource, &subresource);
    buf_add(b, resource);
    if (group.len) {
        buf_byte(b, '.');
        buf_add(b, group);
    }
    if (has_slash) {
        buf_byte(b, '/');
        buf_add(b, subresource);
    }
}

static void write_resources(Buf *b, const RbacRule *rule, size_t max)
{
    StrList shown = first_of(rule->resources, max);
    Str group = rule->api_groups.count == 1 ? rule->api_groups.items[0] : STR("");
    for (size_t i = 0; i < shown.count; i++) {
        buf_byte(b, i ? ',' : ' ');
        write_resource(b, shown.items[i], group);
    }
    write_more(b, rule->resources, max);
    if (rule->resources.count && rule->api_groups.count != 1) {
        StrList groups = first_of(rule->api_groups, max);
        buf_lit(b, " in groups ");
        for (size_t i = 0; i < groups.count; i++) {
            buf_add(b, i ? STR(",") : STR(""));
            buf_add(b, groups.items[i].len ? groups.items[i] : STR("\"\""));
        }
        write_more(b, rule->api_groups, max);
    }
}

static Str rule_text(const RbacRule *rule, size_t max, Arena *a)
{
    Buf b = buf_new(a);
    join(&b, rule->verbs, STR(","));
    write_resources(&b, rule, max);
    StrList names = first_of(rule->resource_names, max);
    for (size_t i = 0; i < names.count; i++) {
        buf_add(&b, i ? STR(",\"") : STR(" \""));
        buf_add(&b, names.items[i]);
        buf_byte(&b, '"');
    }
    write_more(&b, rule->resource_names, max);
    if (rule->urls.count) {
        buf_byte(&b, ' ');
        join(&b, first_of(rule->urls, max), STR(","));
        write_more(&b, rule->urls, max);
    }
    return buf_str(&b);
}

Str rbac_rule_text(const RbacRule *rule, Arena *a)
{
    return rule_text(rule, SIZE_MAX, a);
}

Str rbac_rule_short_text(const RbacRule *rule, Arena *a)
{
    enum { SHOWN_MAX = 4 };
    return rule_text(rule, SHOWN_MAX, a);
}
