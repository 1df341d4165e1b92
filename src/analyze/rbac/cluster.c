/* SPDX-License-Identifier: Apache-2.0 */
/* Every binding and every subject of a cluster. */
#include "analyze/rbac/cluster.h"

#include "analyze/rbac/key.h"
#include "decide/rbac/impersonate.h"
#include "kube/names.h"

#include <stdlib.h>

/* -- bindings ---------------------------------------------------------------------------------- */

static void add_bindings(RbacCluster *c, Str namespace, RbacClusterBinding *into)
{
    RbacBindingList list = c->facts->rbac_all_bindings(c->facts->cluster, namespace);
    for (size_t i = 0; into && i < list.count; i++) {
        into[c->binding_count + i] =
            (RbacClusterBinding){ list.items[i], rbac_binding_role(c->facts, list.items[i]) };
    }
    c->binding_count += list.count;
}

static void add_all_bindings(RbacCluster *c, RbacClusterBinding *into)
{
    c->binding_count = 0;
    add_bindings(c, STR(""), into);
    for (size_t i = 0; i < c->namespaces.count; i++) {
        add_bindings(c, c->namespaces.items[i], into);
    }
}

static ObjectList accounts_of(const RbacCluster *c)
{
    ObjectKey key = { STR(""), STR("ServiceAccount"), STR_ABSENT, STR("") };
    return c->facts->objects(c->facts->cluster, key);
}

RbacCluster *rbac_cluster_new(const Snapshot *s, const KubeTarget *target, Arena *a)
{
    RbacCluster *c = new(a, RbacCluster, 1);
    *c = (RbacCluster){
        .snapshot = s,
        .facts = snapshot_facts(s),
        .target = *target,
        .arena = a,
        .namespaces = snapshot_namespaces(s, a),
        .roles = snapshot_roles(s, a),
    };
    c->knows_accounts = accounts_of(c).count > 0;
    add_all_bindings(c, NULL);
    RbacClusterBinding *bindings = arena_alloc(a, c->binding_count * sizeof(*bindings));
    add_all_bindings(c, bindings);
    c->bindings = bindings;
    return c;
}

/* -- subjects ---------------------------------------------------------------------------------- */

/* A subject while they are gathered. */
typedef struct Row {
    RbacClusterSubject subject;
    const RbacClusterBinding *last; /* that was counted: one that names it twice counts once */
} Row;

typedef struct Gather {
    RbacCluster *cluster;
    Index index;
    Arena scratch;
} Gather;

static RbacSubjectKey key_of(const RbacClusterSubject *s)
{
    return (RbacSubjectKey){ (SubjectKind)s->kind, s->namespace, s->name };
}

static uint64_t row_hash(const void *row)
{
    RbacSubjectKey key = key_of(&((const Row *)row)->subject);
    return rbac_subject_key_hash(&key);
}

static bool row_matches(const void *row, const void *wanted)
{
    RbacSubjectKey key = key_of(&((const Row *)row)->subject);
    return rbac_subject_key_equal(&key, wanted);
}

static Row *row_of(Gather *g, RbacSubjectKey key)
{
    uint64_t hash = rbac_subject_key_hash(&key);
    Row *row = index_find(&g->index, hash, row_matches, &key);
    if (!row) {
        row = new(&g->scratch, Row, 1);
        row->subject = (RbacClusterSubject){ .kind = (uint8_t)key.kind,
                                             .exists = key.kind != SUBJECT_SERVICE_ACCOUNT,
                                             .namespace = key.namespace,
                                             .name = key.name };
        index_add(&g->index, hash, row, row_hash);
    }
    return row;
}

static Str metadata(const Value *object, const char *key)
{
    Str text = value_as_str(value_at(object, "metadata", key, NULL));
    return text.ptr ? text : STR("");
}

static void gather_accounts(Gather *g)
{
    ObjectList accounts = accounts_of(g->cluster);
    for (size_t i = 0; i < accounts.count; i++) {
        const Value *account = accounts.items[i];
        RbacSubjectKey key = { SUBJECT_SERVICE_ACCOUNT, metadata(account, "namespace"),
                               metadata(account, "name") };
        row_of(g, key)->subject.exists = true;
    }
}

static bool has_namespace(const RbacCluster *c, Str name)
{
    ObjectKey key = { STR(""), STR("Namespace"), STR(""), name };
    return c->facts->object(c->facts->cluster, key) != NULL;
}

/* Controllers make one called default in each namespace. */
static bool account_exists(const RbacCluster *c, Str namespace, Str name)
{
    ObjectKey key = { STR(""), STR("ServiceAccount"), namespace, name };
    return c->facts->object(c->facts->cluster, key) ||
           (str_eq(name, STR("default")) && has_namespace(c, namespace));
}

static void gather_binding(Gather *g, const RbacClusterBinding *b)
{
    for (uint32_t i = 0; i < b->binding->subject_count; i++) {
        const RbacSubject *s = &b->binding->subjects[i];
        if (s->kind == RBAC_SUBJECT_NOBODY) {
            continue;
        }
        Row *row = row_of(g, rbac_subject_key(s));
        if (row->last != b) {
            row->last = b;
            row->subject.binding_count++;
        }
    }
}

/* The bindings of each subject, now that it is known how many there are. */
static void list_bindings(Gather *g)
{
    RbacCluster *c = g->cluster;
    for (uint32_t i = 0; i < g->index.count; i++) {
        Row *row = g->index.rows[i];
        row->subject.bindings = arena_alloc(c->arena, row->subject.binding_count *
                                                          sizeof(*row->subject.bindings));
        row->subject.binding_count = 0;
        row->last = NULL;
        if (row->subject.kind == SUBJECT_SERVICE_ACCOUNT && !row->subject.exists) {
            row->subject.exists = account_exists(c, row->subject.namespace, row->subject.name);
        }
    }
    for (size_t i = 0; i < c->binding_count; i++) {
        const RbacClusterBinding *b = &c->bindings[i];
        for (uint32_t k = 0; k < b->binding->subject_count; k++) {
            const RbacSubject *s = &b->binding->subjects[k];
            if (s->kind == RBAC_SUBJECT_NOBODY) {
                continue;
            }
            Row *row = row_of(g, rbac_subject_key(s));
            if (row->last != b) {
                row->last = b;
                ((const RbacClusterBinding **)(uintptr_t)
                     row->subject.bindings)[row->subject.binding_count++] = b;
            }
        }
    }
}

static int by_subject(const void *left, const void *right)
{
    RbacSubjectKey a = key_of(left);
    RbacSubjectKey b = key_of(right);
    return rbac_subject_key_cmp(&a, &b);
}

bool rbac_cluster_is_missing(const RbacCluster *c, const RbacBinding *b, const RbacSubject *s)
{
    return c->knows_accounts && s->kind == SUBJECT_SERVICE_ACCOUNT &&
           !str_starts_with(rbac_binding_name(b), STR("system:")) &&
           !account_exists(c, rbac_subject_namespace(s), rbac_subject_name(s));
}

/* into NULL: only counts. */
static void find_dangling(RbacCluster *c, RbacDangling *into)
{
    size_t count = 0;
    for (size_t i = 0; i < c->binding_count; i++) {
        const RbacBinding *b = c->bindings[i].binding;
        if (!c->bindings[i].role) {
            if (into) {
                into[count] = (RbacDangling){ RBAC_DANGLING_ROLE, b, NULL };
            }
            count++;
        }
        for (uint32_t k = 0; k < b->subject_count; k++) {
            if (rbac_cluster_is_missing(c, b, &b->subjects[k])) {
                if (into) {
                    into[count] = (RbacDangling){ RBAC_DANGLING_ACCOUNT, b, &b->subjects[k] };
                }
                count++;
            }
        }
    }
    c->dangling_count = count;
}

static void gather(RbacCluster *c)
{
    Gather g = { .cluster = c };
    arena_init(&g.scratch, 0);
    g.index = index_new(&g.scratch, c->binding_count);
    gather_accounts(&g);
    row_of(&g, (RbacSubjectKey){ SUBJECT_GROUP, STR(""), STR(RBAC_GROUP_MASTERS) });
    for (size_t i = 0; i < c->binding_count; i++) {
        gather_binding(&g, &c->bindings[i]);
    }
    list_bindings(&g);
    find_dangling(c, NULL);
    RbacDangling *dangling = new(c->arena, RbacDangling, c->dangling_count + 1);
    find_dangling(c, dangling);
    c->dangling = dangling;
    c->subjects = arena_alloc(c->arena, g.index.count * sizeof(*c->subjects));
    c->subject_count = g.index.count;
    for (uint32_t i = 0; i < g.index.count; i++) {
        c->subjects[i] = ((const Row *)g.index.rows[i])->subject;
    }
    qsort(c->subjects, c->subject_count, sizeof(*c->subjects), by_subject);
    c->has_subjects = true;
    arena_done(&g.scratch);
}

RbacClusterSubjects rbac_cluster_subjects(RbacCluster *c)
{
    if (!c->has_subjects) {
        gather(c);
    }
    return (RbacClusterSubjects){ c->subjects, c->subject_count };
}

RbacDanglings rbac_cluster_dangling(RbacCluster *c)
{
    if (!c->has_subjects) {
        gather(c);
    }
    return (RbacDanglings){ c->dangling, c->dangling_count };
}

/* NAME, or NAME/NS as the API server names bindings. */
static void write_binding(const RbacBinding *b, Buf *out)
{
    Str namespace = rbac_binding_namespace(b);
    Str name = rbac_binding_name(b);
    buf_printf(out, "%s \"%.*s", namespace.len ? "RoleBinding" : "ClusterRoleBinding",
               STR_ARG(name));
    if (namespace.len) {
        buf_printf(out, "/%.*s", STR_ARG(namespace));
    }
    buf_lit(out, "\": ");
}

Str rbac_dangling_text(const RbacDangling *d, Arena *a)
{
    Buf b = buf_new(a);
    write_binding(d->binding, &b);
    if (d->kind == RBAC_DANGLING_ROLE) {
        Str role = rbac_binding_role_name(d->binding);
        buf_printf(&b, "%s \"%.*s\" does not exist",
                   d->binding->role_is_cluster ? "ClusterRole" : "Role", STR_ARG(role));
    } else {
        Str namespace = rbac_subject_namespace(d->subject);
        Str name = rbac_subject_name(d->subject);
        buf_printf(&b, "ServiceAccount \"%.*s/%.*s\" does not exist", STR_ARG(name),
                   STR_ARG(namespace));
    }
    return buf_str(&b);
}

/* -- who somebody is --------------------------------------------------------------------------- */

UserInfo rbac_cluster_user(SubjectKind kind, Str namespace, Str name, Arena *a)
{
    StrList none = { NULL, 0 };
    if (kind == SUBJECT_USER) {
        return rbac_impersonated_user(name, none, a);
    }
    if (kind == SUBJECT_SERVICE_ACCOUNT) {
        Str user = arena_printf(a, "system:serviceaccount:%.*s:%.*s", STR_ARG(namespace),
                                STR_ARG(name));
        return rbac_impersonated_user(user, none, a);
    }
    Str *groups = new(a, Str, 3);
    size_t count = 0;
    groups[count++] = name;
    if (str_starts_with(name, STR(RBAC_GROUP_SERVICE_ACCOUNTS ":"))) {
        groups[count++] = STR(RBAC_GROUP_SERVICE_ACCOUNTS);
    }
    if (!str_eq(name, STR(RBAC_GROUP_UNAUTHENTICATED)) &&
        !str_eq(name, STR(RBAC_GROUP_AUTHENTICATED))) {
        groups[count++] = STR(RBAC_GROUP_AUTHENTICATED);
    }
    return (UserInfo){ .name = STR(""), .uid = STR(""), .groups = { groups, count } };
}

static bool is_account_in_group(Str namespace, Str group)
{
    return str_eq(group, STR(RBAC_GROUP_SERVICE_ACCOUNTS)) ||
           (str_starts_with(group, STR(RBAC_GROUP_SERVICE_ACCOUNTS ":")) &&
            str_eq(str_drop(group, sizeof(RBAC_GROUP_SERVICE_ACCOUNTS)), namespace));
}

/* Whether the user's name is that of a service account, as the API server tells when it adds
 * groups. */
static bool is_account_name(Str user, Str *namespace)
{
    Str name;
    return rbac_split_service_account(user, namespace, &name) &&
           name_check_dns1123_label(*namespace).count == 0 &&
           name_check_dns1123_subdomain(name).count == 0;
}

bool rbac_subject_is_in_group(SubjectKind kind, Str namespace, Str name, Str group)
{
    bool is_for_all = str_eq(group, STR(RBAC_GROUP_AUTHENTICATED));
    Str of;
    switch (kind) {
    case SUBJECT_GROUP:
        return str_eq(name, group) ||
               (is_for_all && !str_eq(name, STR(RBAC_GROUP_UNAUTHENTICATED))) ||
               (str_eq(group, STR(RBAC_GROUP_SERVICE_ACCOUNTS)) &&
                str_starts_with(name, STR(RBAC_GROUP_SERVICE_ACCOUNTS ":")));
    case SUBJECT_SERVICE_ACCOUNT:
        return is_for_all || is_account_in_group(namespace, group);
    default:
        if (str_eq(name, STR(RBAC_USER_ANONYMOUS))) {
            return str_eq(group, STR(RBAC_GROUP_UNAUTHENTICATED));
        }
        return is_for_all || (is_account_name(name, &of) && is_account_in_group(of, group));
    }
}
