/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of bindings. */
#include "analyze/grant.h"
#include "analyze/rbac/lint.h"

static Str subject_field(RbacLinter *l, size_t i)
{
    return arena_printf(l->arena, "subjects[%zu]", i);
}

static bool account_exists(const RbacLinter *l, Str namespace, Str name)
{
    const Facts *f = l->inventory->facts;
    return f->object(f->cluster, (ObjectKey){ STR(""), STR("ServiceAccount"), namespace, name }) !=
           NULL;
}

/* -- subjects that are no service accounts, though they look like it ----------------------------
 */

/* A user with the name of a service account as the API server spells it is that account, and
 * nobody who looks for its bindings finds this one. Any other spelling is nobody. */
static void check_user(RbacLinter *l, const FileObject *object, const RbacBinding *b, size_t i)
{
    Str name = rbac_subject_name(&b->subjects[i]);
    Str namespace;
    Str account;
    if (rbac_split_service_account(name, &namespace, &account)) {
        rbac_found(l, RBAC_LINT_ACCOUNT_AS_USER, object, subject_field(l, i),
                   "User \"%.*s\" is service account %.*s/%.*s: bind it as kind ServiceAccount",
                   STR_ARG(name), STR_ARG(namespace), STR_ARG(account));
        return;
    }
    bool spelled = str_split_once(name, '/', &namespace, &account) ||
                   str_split_once(name, ':', &namespace, &account);
    if (!spelled) {
        namespace = rbac_binding_namespace(b);
        account = name;
    }
    if (namespace.len && account_exists(l, namespace, account)) {
        rbac_found(l, RBAC_LINT_ACCOUNT_AS_USER, object, subject_field(l, i),
                   "User \"%.*s\" is not service account %.*s/%.*s, which is of kind "
                   "ServiceAccount",
                   STR_ARG(name), STR_ARG(namespace), STR_ARG(account));
    }
}

static bool has_namespace(const RbacLinter *l, Str name)
{
    return str_list_has(l->inventory->cluster->namespaces, name);
}

static void check_group(RbacLinter *l, const FileObject *object, const RbacBinding *b, size_t i)
{
    Str name = rbac_subject_name(&b->subjects[i]);
    Str prefix = STR(RBAC_GROUP_SERVICE_ACCOUNTS ":");
    if (str_starts_with(name, STR("system:serviceaccount:"))) {
        rbac_found(l, RBAC_LINT_ACCOUNT_AS_USER, object, subject_field(l, i),
                   "Group \"%.*s\" is nobody: service accounts are in the group "
                   "system:serviceaccounts:NAMESPACE",
                   STR_ARG(name));
    } else if (str_starts_with(name, prefix) && l->inventory->cluster->knows_accounts &&
               !has_namespace(l, str_drop(name, prefix.len))) {
        rbac_found(l, RBAC_LINT_MISSING_ACCOUNT, object, subject_field(l, i),
                   "Group \"%.*s\" is nobody: there is no such namespace", STR_ARG(name));
    }
}

static void check_account(RbacLinter *l, const FileObject *object, const RbacBinding *b, size_t i)
{
    Str namespace = rbac_subject_namespace(&b->subjects[i]);
    Str name = rbac_subject_name(&b->subjects[i]);
    if (rbac_account_is_missing(l->inventory, namespace, name)) {
        rbac_found(l, RBAC_LINT_MISSING_ACCOUNT, object, subject_field(l, i),
                   "ServiceAccount %.*s/%.*s does not exist", STR_ARG(namespace), STR_ARG(name));
    }
}

/* -- twice ------------------------------------------------------------------------------------- */

static Str grant_key(RbacLinter *l, const RbacBinding *b, const RbacSubject *s, Str scope)
{
    return arena_printf(l->arena, "%.*s\n%.*s\n%.*s", STR_ARG(scope),
                        STR_ARG(grant_role_text(b, l->arena)),
                        STR_ARG(grant_subject_text(s, l->arena)));
}

/* The bindings of the cluster that grant a role to a subject: the first for each place. Made when
 * the first binding is looked at. */
static void fill_grants(RbacLinter *l)
{
    const RbacCluster *cluster = l->inventory->cluster;
    for (size_t i = 0; i < cluster->binding_count; i++) {
        const RbacBinding *b = cluster->bindings[i].binding;
        for (uint32_t k = 0; k < b->subject_count; k++) {
            if (b->subjects[k].kind != RBAC_SUBJECT_NOBODY) {
                void **place = map_at(&l->grants,
                                      grant_key(l, b, &b->subjects[k], rbac_binding_namespace(b)));
                *place = *place ? *place : (void *)(uintptr_t)b;
            }
        }
    }
}

static bool is_listed_before(const RbacBinding *b, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (b->subjects[k].kind == b->subjects[i].kind &&
            str_eq(rbac_subject_name(&b->subjects[k]), rbac_subject_name(&b->subjects[i])) &&
            str_eq(rbac_subject_namespace(&b->subjects[k]),
                   rbac_subject_namespace(&b->subjects[i]))) {
            return true;
        }
    }
    return false;
}

/* Another binding of the place, or of the cluster, that grants the same role to the subject. */
static void check_twice(RbacLinter *l, const FileObject *object, const RbacBinding *b, size_t i)
{
    const RbacSubject *s = &b->subjects[i];
    if (is_listed_before(b, i)) {
        rbac_found(l, RBAC_LINT_DUPLICATE_SUBJECT, object, subject_field(l, i),
                   "%.*s is listed before", STR_ARG(grant_subject_text(s, l->arena)));
        return;
    }
    if (l->grants.count == 0) {
        fill_grants(l);
    }
    const RbacBinding *same = map_get(&l->grants, grant_key(l, b, s, rbac_binding_namespace(b)));
    const RbacBinding *wider = b->namespace_len && b->role_is_cluster
                                   ? map_get(&l->grants, grant_key(l, b, s, STR("")))
                                   : NULL;
    const RbacBinding *other = wider ? wider : same;
    if (other && other != b) {
        rbac_found(l, RBAC_LINT_DUPLICATE_BINDING, object, subject_field(l, i),
                   "%.*s has %.*s by %.*s%s", STR_ARG(grant_subject_text(s, l->arena)),
                   STR_ARG(grant_role_text(b, l->arena)),
                   STR_ARG(grant_binding_text(other, l->arena)), wider ? ", everywhere" : "");
    }
}

/* -- the binding ------------------------------------------------------------------------------- */

static void check_role(RbacLinter *l, const FileObject *object, const RbacBinding *b)
{
    const RbacRole *role = rbac_binding_role(l->inventory->facts, b);
    Str text = grant_role_text(b, l->arena);
    if (!role) {
        rbac_found(l, RBAC_LINT_MISSING_ROLE, object, STR("roleRef"), "%.*s does not exist%s",
                   STR_ARG(text),
                   !b->role_is_cluster && !b->namespace_len ? ": a ClusterRoleBinding binds no Role"
                                                            : "");
    } else if (role->rule_count == 0) {
        rbac_found(l, RBAC_LINT_GRANTS_NOTHING, object, STR("roleRef"), "%.*s has no rules",
                   STR_ARG(text));
    } else if (b->role_is_cluster && b->namespace_len && !rbac_lint_holds_in_namespace(l, role)) {
        rbac_found(l, RBAC_LINT_GRANTS_NOTHING, object, STR("roleRef"),
                   "none of the rules of %.*s grants anything in a namespace", STR_ARG(text));
    }
}

void rbac_lint_binding(RbacLinter *l, const FileObject *object, const RbacBinding *b)
{
    check_role(l, object, b);
    if (b->subject_count == 0 && !rbac_is_default_grant(l->inventory, b, NULL)) {
        rbac_found(l, RBAC_LINT_NO_SUBJECTS, object, STR(""), "it binds nobody");
    }
    for (uint32_t i = 0; i < b->subject_count; i++) {
        if (rbac_is_default_grant(l->inventory, b, &b->subjects[i])) {
            continue; /* controllers' accounts come and go */
        }
        switch ((int)b->subjects[i].kind) {
        case SUBJECT_USER:
            check_user(l, object, b, i);
            break;
        case SUBJECT_GROUP:
            check_group(l, object, b, i);
            break;
        case SUBJECT_SERVICE_ACCOUNT:
            check_account(l, object, b, i);
            break;
        default:
            rbac_found(l, RBAC_LINT_NO_SUBJECTS, object, subject_field(l, i),
                       "a service account without a namespace is nobody");
            continue;
        }
        check_twice(l, object, b, i);
    }
}
