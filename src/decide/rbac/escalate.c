/* SPDX-License-Identifier: Apache-2.0 */
/* Who may write which role and binding. */
#include "decide/rbac/escalate.h"

#include "decide/rbac/authorizer.h"
#include "decide/rbac/internal.h"
#include "kube/names.h"

RbacRuleList rbac_rules_of(const Facts *f, const UserInfo *user, Str namespace, Arena *a)
{
    RbacBindingList list = rbac_bindings_of(f, user, namespace, a);
    size_t count = 0;
    for (size_t i = 0; i < list.count; i++) {
        const RbacRole *role = rbac_binding_role(f, list.items[i]);
        count += role ? role->rule_count : 0;
    }
    const RbacRule **rules = new(a, const RbacRule *, count);
    count = 0;
    for (size_t i = 0; i < list.count; i++) {
        const RbacRole *role = rbac_binding_role(f, list.items[i]);
        for (size_t r = 0; role && r < role->rule_count; r++) {
            rules[count++] = &role->rules[r];
        }
    }
    return (RbacRuleList){ rules, count };
}

/* -- updates that grant nothing --------------------------------------------------------------- */

bool rbac_value_is_unset(const Value *v)
{
    if (!v) {
        return true;
    }
    switch ((ValueKind)v->kind) {
    case VALUE_NULL:
        return true;
    case VALUE_BOOL:
        return !v->b;
    case VALUE_INT:
        return v->i == 0;
    case VALUE_STRING:
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        return v->len == 0;
    default:
        return false;
    }
}

/* Same members, where one that is unset counts as missing; but for the members named. */
static bool members_equal(const Value *left, const Value *right, StrList except)
{
    const Value *sides[] = { left, right };
    for (size_t side = 0; side < 2; side++) {
        VALUE_EACH_MEMBER(m, sides[side]) {
            const Value *other = value_get(sides[!side], member_key(m));
            if (!str_list_has(except, member_key(m)) &&
                !(rbac_value_is_unset(&m->value) && rbac_value_is_unset(other)) &&
                !(other && value_equal(&m->value, other))) {
                return false;
            }
        }
    }
    return true;
}

/* Whether only what the garbage collector writes differs: ownerReferences and finalizers. */
static bool is_only_gc(const RbacWrite *w)
{
    static const Str top[] = { STR_INIT("metadata") };
    static const Str meta[] = { STR_INIT("ownerReferences"), STR_INIT("finalizers"),
                                STR_INIT("selfLink"), STR_INIT("managedFields") };
    return w->old && members_equal(w->object, w->old, (StrList){ top, COUNT_OF(top) }) &&
           members_equal(value_get_lit(w->object, "metadata"), value_get_lit(w->old, "metadata"),
                         (StrList){ meta, COUNT_OF(meta) });
}

/* -- refusals --------------------------------------------------------------------------------- */

static Str resource_of(Str kind)
{
    static const struct {
        Str kind;
        Str resource;
    } rows[] = {
        { STR_INIT("Role"), STR_INIT("roles") },
        { STR_INIT("ClusterRole"), STR_INIT("clusterroles") },
        { STR_INIT("RoleBinding"), STR_INIT("rolebindings") },
        { STR_INIT("ClusterRoleBinding"), STR_INIT("clusterrolebindings") },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(rows[i].kind, kind)) {
            return rows[i].resource;
        }
    }
    return STR_ABSENT;
}

static bool refuse(const RbacWrite *w, Str why, Arena *a, Status *refusal)
{
    Str name = value_as_str(value_at(w->object, "metadata", "name", NULL));
    *refusal = status_forbidden(a, STR(RBAC_GROUP), resource_of(w->kind), name, why);
    return false;
}

/* `; resolution errors: [...]` when a role of the user's own is missing. The storage layer, which
 * is asked here, names resources and not kinds. */
static Str resolution_errors(const Facts *f, const RbacWrite *w, Arena *a)
{
    RbacBindingList list = rbac_bindings_of(f, w->user, w->namespace, a);
    Str missing = rbac_missing_roles_text(f, list, RBAC_MISSING_RESOURCES, a);
    return missing.len ? arena_printf(a, "; resolution errors: [%.*s]", STR_ARG(missing)) : STR("");
}

static bool confirm_held(const Facts *f, const RbacWrite *w, const RbacRule *rules, size_t count,
                         Arena *a, Status *refusal)
{
    RbacRuleList held = rbac_rules_of(f, w->user, w->namespace, a);
    RbacMissing missing = rbac_rules_missing(held, rules, count, a);
    if (missing.too_many) {
        *refusal = (Status){ .code = 413,
                             .reason = STR("RequestEntityTooLarge"),
                             .message = arena_printf(a,
                                                     "the role grants more than %d combinations "
                                                     "of group, resource, verb and name",
                                                     RBAC_TUPLES_MAX) };
        return false;
    }
    if (missing.rules.count == 0) {
        return true;
    }
    Buf b = buf_new(a);
    buf_lit(&b, "user ");
    buf_go_quoted(&b, w->user->name);
    buf_lit(&b, " (groups=");
    rbac_write_quoted_list(&b, w->user->groups);
    buf_lit(&b, ") is attempting to grant RBAC permissions not currently held:");
    for (size_t i = 0; i < missing.rules.count; i++) {
        buf_byte(&b, '\n');
        buf_add(&b, missing.rules.items[i]);
    }
    buf_add(&b, resolution_errors(f, w, a));
    return refuse(w, buf_str(&b), a, refusal);
}

/* -- roles ------------------------------------------------------------------------------------ */

static bool may_escalate(const Facts *f, const RbacWrite *w, Arena *a)
{
    RbacRequest req = {
        .user = w->user,
        .verb = STR("escalate"),
        .api_group = STR(RBAC_GROUP),
        .resource = resource_of(w->kind),
        .name = w->name,
        .namespace = w->namespace,
        .is_resource = true,
    };
    return authorizer_allows(f, &req, a);
}

static bool aggregates(const Value *role)
{
    return value_len(value_at(role, "aggregationRule", "clusterRoleSelectors", NULL)) > 0;
}

static bool role_allowed(const Facts *f, const RbacWrite *w, Arena *a, Status *refusal)
{
    static const Str star = STR_INIT("*");
    static const RbacRule everything[] = {
        { .verbs = { &star, 1 }, .api_groups = { &star, 1 }, .resources = { &star, 1 } },
        { .verbs = { &star, 1 }, .urls = { &star, 1 } },
    };
    if (may_escalate(f, w, a) || is_only_gc(w)) {
        return true;
    }
    FieldErrors errs = field_errors_new(a);
    Path path = path_root("rules");
    const RbacRule *rules;
    size_t count;
    if (!rbac_rules_compile(value_get_lit(w->object, "rules"), &path, a, &errs, &rules, &count)) {
        *refusal = status_invalid(a, STR(RBAC_GROUP), w->kind, w->name, &errs);
        return false;
    }
    if (!confirm_held(f, w, rules, count, a, refusal)) {
        return false;
    }
    if ((aggregates(w->object) || aggregates(w->old)) &&
        !confirm_held(f, w, everything, COUNT_OF(everything), a, refusal)) {
        return refuse(w, STR("must have cluster-admin privileges to use the aggregationRule"), a,
                      refusal);
    }
    return true;
}

/* -- bindings --------------------------------------------------------------------------------- */

/* The role a binding refers to, as it is given. */
typedef struct RoleRef {
    Str group;
    Str kind;
    Str name;
    bool is_cluster;
} RoleRef;

static bool may_bind(const Facts *f, const RbacWrite *w, const RoleRef *ref, Arena *a)
{
    RbacRequest req = {
        .user = w->user,
        .verb = STR("bind"),
        .api_group = ref->group,
        .resource = resource_of(ref->kind),
        .name = ref->name,
        .namespace = w->namespace,
        .is_resource = true,
    };
    return authorizer_allows(f, &req, a);
}

/* The role, or NULL with the answer of the storage that does not find it. */
static const RbacRole *find_role(const Facts *f, const RbacWrite *w, const RoleRef *ref, Arena *a,
                                 Status *refusal)
{
    NameMessages wrong = name_check_path_segment(ref->name);
    if (!ref->is_cluster && w->namespace.len == 0) {
        *refusal = status_bad_request(a, STR("Namespace parameter required."));
    } else if (ref->name.len == 0) {
        *refusal = status_bad_request(a, STR("Name parameter required."));
    } else if (wrong.count) {
        Buf b = buf_new(a);
        buf_lit(&b, "Name parameter invalid: ");
        buf_go_quoted(&b, ref->name);
        for (size_t i = 0; i < wrong.count; i++) {
            buf_add(&b, i ? STR(";") : STR(": "));
            buf_add(&b, wrong.items[i]);
        }
        *refusal = status_bad_request(a, buf_str(&b));
    } else {
        const RbacRole *role = f->rbac_role(f->cluster, ref->is_cluster ? STR("") : w->namespace,
                                            ref->name);
        if (role) {
            return role;
        }
        *refusal = status_not_found(a, STR(RBAC_GROUP), resource_of(ref->kind), ref->name);
    }
    return NULL;
}

static bool binding_allowed(const Facts *f, const RbacWrite *w, Arena *a, Status *refusal)
{
    const Value *given = value_get_lit(w->object, "roleRef");
    RoleRef ref = {
        .group = value_get_str(given, STR("apiGroup")),
        .kind = value_get_str(given, STR("kind")),
        .name = value_get_str(given, STR("name")),
    };
    ref.is_cluster = str_eq(ref.kind, STR("ClusterRole"));
    if (is_only_gc(w)) {
        return true;
    }
    if (!ref.is_cluster && !str_eq(ref.kind, STR("Role"))) {
        Buf b = buf_new(a);
        buf_lit(&b, "unsupported role reference kind: ");
        buf_go_quoted(&b, ref.kind);
        *refusal = (Status){ .code = 500, .reason = STR(""), .message = buf_str(&b) };
        return false;
    }
    if (may_bind(f, w, &ref, a)) {
        return true;
    }
    const RbacRole *role = find_role(f, w, &ref, a, refusal);
    return role && confirm_held(f, w, role->rules, role->rule_count, a, refusal);
}

bool rbac_write_allowed(const Facts *f, const RbacWrite *w, Arena *a, Status *refusal)
{
    if (!resource_of(w->kind).ptr || rbac_user_is_master(w->user)) {
        return true;
    }
    return str_ends_with(w->kind, STR("Binding")) ? binding_allowed(f, w, a, refusal)
                                                  : role_allowed(f, w, a, refusal);
}
