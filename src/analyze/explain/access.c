/* SPDX-License-Identifier: Apache-2.0 */
/* May somebody do something, and the smallest grant when not. */
#include "analyze/explain/access.h"

#include "analyze/grant.h"

#define RBAC_V1 RBAC_GROUP "/v1"

/* -- the objects of a grant ----------------------------------------------------------------------
 */

static Value one(Str text, Arena *a)
{
    Value list = value_array();
    value_add(&list, value_str(text), a);
    return list;
}

static Value object(Str kind, Str name, Str namespace, Arena *a)
{
    Value meta = value_object();
    value_set_lit(&meta, "name", value_str(name), a);
    if (namespace.len) {
        value_set_lit(&meta, "namespace", value_str(namespace), a);
    }
    Value v = value_object();
    value_set_lit(&v, "apiVersion", value_str(STR(RBAC_V1)), a);
    value_set_lit(&v, "kind", value_str(kind), a);
    value_set_lit(&v, "metadata", meta, a);
    return v;
}

/* Names that are sent with a create do not count: the object has none yet. */
static bool rule_may_name(const RbacRequest *r)
{
    return r->name.len && !str_eq(r->verb, STR("create")) &&
           !str_eq(r->verb, STR("deletecollection"));
}

static Str resource_text(const RbacRequest *r, Arena *a)
{
    return r->subresource.len
               ? arena_printf(a, "%.*s/%.*s", STR_ARG(r->resource), STR_ARG(r->subresource))
               : r->resource;
}

static Value new_role(const RbacRequest *r, Str kind, Str name, Arena *a)
{
    Value rule = value_object();
    if (r->is_resource) {
        value_set_lit(&rule, "apiGroups", one(r->api_group, a), a);
        value_set_lit(&rule, "resources", one(resource_text(r, a), a), a);
        if (rule_may_name(r)) {
            value_set_lit(&rule, "resourceNames", one(r->name, a), a);
        }
    } else {
        value_set_lit(&rule, "nonResourceURLs", one(r->path, a), a);
    }
    value_set_lit(&rule, "verbs", one(r->verb, a), a);
    Value rules = value_array();
    value_add(&rules, rule, a);
    Value v = object(kind, name, r->namespace, a);
    value_set_lit(&v, "rules", rules, a);
    return v;
}

static Value new_binding(const RbacRequest *r, Str name, Str role_kind, Str role, Arena *a)
{
    Value ref = value_object();
    value_set_lit(&ref, "apiGroup", value_str(STR(RBAC_GROUP)), a);
    value_set_lit(&ref, "kind", value_str(role_kind), a);
    value_set_lit(&ref, "name", value_str(role), a);
    Value subject = value_object();
    Str namespace;
    Str account;
    if (rbac_split_service_account(r->user->name, &namespace, &account)) {
        value_set_lit(&subject, "kind", value_str(STR("ServiceAccount")), a);
        value_set_lit(&subject, "name", value_str(account), a);
        value_set_lit(&subject, "namespace", value_str(namespace), a);
    } else {
        value_set_lit(&subject, "apiGroup", value_str(STR(RBAC_GROUP)), a);
        value_set_lit(&subject, "kind", value_str(STR("User")), a);
        value_set_lit(&subject, "name", value_str(r->user->name), a);
    }
    Value subjects = value_array();
    value_add(&subjects, subject, a);
    Value v = object(r->namespace.len ? STR("RoleBinding") : STR("ClusterRoleBinding"), name,
                     r->namespace, a);
    value_set_lit(&v, "roleRef", ref, a);
    value_set_lit(&v, "subjects", subjects, a);
    return v;
}

/* -- finding one --------------------------------------------------------------------------------
 */

static bool role_allows(const RbacRole *role, const RbacRequest *r)
{
    for (size_t i = 0; role && i < role->rule_count; i++) {
        if (rbac_rule_allows(&role->rules[i], r)) {
            return true;
        }
    }
    return false;
}

/* How much a role grants: what names no verbs or resources grants all of them. */
static size_t weight(const RbacRole *role)
{
    size_t n = 0;
    for (size_t i = 0; i < role->rule_count; i++) {
        const RbacRule *rule = &role->rules[i];
        bool all = str_list_has(rule->verbs, STR("*")) || str_list_has(rule->resources, STR("*")) ||
                   str_list_has(rule->api_groups, STR("*"));
        size_t names = rule->resource_names.count ? 1 : 2;
        n += all ? 10000 : names * rule->verbs.count * (rule->resources.count + rule->urls.count);
    }
    return n;
}

/* More than this, and a role of its own is the smaller grant. */
enum { WEIGHT_MAX = 4 };

/* The role of that kind that grants it with the least beside; NULL for none. Those that Kubernetes
 * keeps for itself are not proposed. */
static const RbacRole *find_role(const Facts *f, Str kind, const RbacRequest *r)
{
    ObjectKey key = { STR(RBAC_GROUP), kind, str_eq(kind, STR("Role")) ? r->namespace : STR(""),
                      STR("") };
    ObjectList all = f->objects(f->cluster, key);
    const RbacRole *best = NULL;
    size_t least = WEIGHT_MAX + 1;
    for (size_t i = 0; i < all.count; i++) {
        Str name = value_as_str(value_at(all.items[i], "metadata", "name", NULL));
        const RbacRole *role = f->rbac_role(f->cluster, key.namespace, name);
        if (!str_starts_with(name, STR("system:")) && role_allows(role, r)) {
            size_t n = weight(role);
            if (n < least) {
                least = n;
                best = role;
            }
        }
    }
    return best;
}

static Str free_name(const Facts *f, Str kind, Str namespace, Str wanted, Arena *a)
{
    Str name = wanted;
    ObjectKey key = { STR(RBAC_GROUP), kind, namespace, name };
    for (int i = 2; f->object(f->cluster, key); i++) {
        name = arena_printf(a, "%.*s-%d", STR_ARG(wanted), i);
        key.name = name;
    }
    return name;
}

/* Is the request allowed with all objects but skip? */
static bool allowed_with(const Snapshot *cluster, const RbacRequest *r, const Value *objects,
                         size_t count, size_t skip, Arena *a)
{
    SnapshotBuilder *b = snapshot_builder_new(cluster, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    for (size_t i = 0; i < count; i++) {
        if (i != skip) {
            snapshot_builder_put(b, &objects[i], NULL);
        }
    }
    const Snapshot *s = snapshot_builder_finish(b);
    bool allowed = authorizer_allows(snapshot_facts(s), r, a);
    snapshot_release(s);
    return allowed;
}

/* "podgate-create-pods", of what a name may hold */
static Str grant_name(const RbacRequest *r, Arena *a)
{
    Str what = r->is_resource ? resource_text(r, a) : r->path;
    Str text = arena_printf(a, "%.*s-%.*s", STR_ARG(r->verb), STR_ARG(what));
    Buf b = buf_new(a);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
        buf_byte(&b, plain ? c : '-');
    }
    return buf_str(&b);
}

static void find_grant(const Snapshot *cluster, Arena *a, Access *out)
{
    const Facts *f = snapshot_facts(cluster);
    const RbacRequest *r = &out->request;
    Value *objects = new(a, Value, 2);
    size_t count = 0;
    Str kind = r->namespace.len ? STR("Role") : STR("ClusterRole");
    const RbacRole *role = find_role(f, kind, r);
    if (!role && r->namespace.len) {
        role = find_role(f, STR("ClusterRole"), r);
        kind = role ? STR("ClusterRole") : kind;
    }
    out->exists = role != NULL;
    if (role) {
        out->role = role->name;
    } else {
        out->role = free_name(f, kind, r->namespace, grant_name(r, a), a);
        objects[count++] = new_role(r, kind, out->role, a);
    }
    out->is_cluster = str_eq(kind, STR("ClusterRole"));
    Str binding_kind = r->namespace.len ? STR("RoleBinding") : STR("ClusterRoleBinding");
    Str binding = free_name(f, binding_kind, r->namespace, grant_name(r, a), a);
    objects[count++] = new_binding(r, binding, kind, out->role, a);
    out->objects = objects;
    out->object_count = count;
    out->found = allowed_with(cluster, r, objects, count, SIZE_MAX, a);
    for (size_t i = 0; i < count && out->found; i++) {
        out->found = !allowed_with(cluster, r, objects, count, i, a);
    }
}

void access_explain(const Snapshot *cluster, const RbacRequest *request, Arena *a, Access *out)
{
    const Facts *f = snapshot_facts(cluster);
    *out = (Access){ .request = *request, .role = STR("") };
    authorizer_decide(f, &out->request, a, &out->answer);
    if (!out->answer.allowed) {
        out->bindings = rbac_bindings_of(f, request->user, request->namespace, a);
        find_grant(cluster, a, out);
    }
}

/* -- as text and data ---------------------------------------------------------------------------
 */

Str access_text(const RbacRequest *r, Arena *a)
{
    if (!r->is_resource) {
        return arena_printf(a, "%.*s %.*s", STR_ARG(r->verb), STR_ARG(r->path));
    }
    Buf b = buf_new(a);
    buf_printf(&b, "%.*s %.*s", STR_ARG(r->verb), STR_ARG(resource_text(r, a)));
    if (r->api_group.len) {
        buf_printf(&b, ".%.*s", STR_ARG(r->api_group));
    }
    if (rule_may_name(r)) {
        buf_printf(&b, " \"%.*s\"", STR_ARG(r->name));
    }
    if (r->namespace.len) {
        buf_printf(&b, " in namespace %.*s", STR_ARG(r->namespace));
    } else {
        buf_lit(&b, " in the whole cluster");
    }
    return buf_str(&b);
}

static void add_str(Value *v, Str key, Str text, Arena *a)
{
    if (text.len) {
        value_set(v, key, value_str(text), a);
    }
}

static Value grant_value(const Access *access, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "found", value_bool(access->found), a);
    if (!access->found) {
        return v;
    }
    add_str(&v, STR("role"), access->role, a);
    value_set_lit(&v, "roleKind", value_str(access->is_cluster ? STR("ClusterRole") : STR("Role")),
                  a);
    value_set_lit(&v, "roleExists", value_bool(access->exists), a);
    Value objects = value_array();
    for (size_t i = 0; i < access->object_count; i++) {
        value_add(&objects, access->objects[i], a);
    }
    value_set_lit(&v, "objects", objects, a);
    return v;
}

Value access_to_value(const Access *access, Arena *a)
{
    const RbacRequest *r = &access->request;
    Value v = value_object();
    add_str(&v, STR("user"), r->user->name, a);
    add_str(&v, STR("verb"), r->verb, a);
    add_str(&v, STR("apiGroup"), r->api_group, a);
    add_str(&v, STR("resource"), r->resource, a);
    add_str(&v, STR("subresource"), r->subresource, a);
    add_str(&v, STR("name"), r->name, a);
    add_str(&v, STR("namespace"), r->namespace, a);
    add_str(&v, STR("path"), r->path, a);
    value_set_lit(&v, "allowed", value_bool(access->answer.allowed), a);
    add_str(&v, STR("reason"), access->answer.reason, a);
    if (access->answer.allowed) {
        return v;
    }
    Value bindings = value_array();
    for (size_t i = 0; i < access->bindings.count; i++) {
        Value b = value_object();
        value_set_lit(&b, "binding", grant_binding_value(access->bindings.items[i], a), a);
        value_set_lit(&b, "role", grant_role_value(access->bindings.items[i], a), a);
        value_add(&bindings, b, a);
    }
    value_set_lit(&v, "bindings", bindings, a);
    value_set_lit(&v, "grant", grant_value(access, a), a);
    return v;
}
