/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix of a resource: what each binding gives its subjects of it. */
#include "analyze/rbac/matrix.h"

#include <stdlib.h>

typedef struct Row {
    RbacSubjectKey key;
    MatrixAccess access;
} Row;

typedef struct Build {
    RbacCluster *cluster;
    const MatrixQuestion *question;
    Index index; /* of Row */
    Arena scratch;
} Build;

static uint64_t row_hash(const void *row)
{
    return rbac_subject_key_hash(&((const Row *)row)->key);
}

static bool row_matches(const void *row, const void *wanted)
{
    return rbac_subject_key_equal(&((const Row *)row)->key, wanted);
}

static Row *find_row(const Build *b, const RbacSubjectKey *key)
{
    return index_find(&b->index, rbac_subject_key_hash(key), row_matches, key);
}

static Row *row_of(Build *b, const RbacSubject *s)
{
    RbacSubjectKey key = rbac_subject_key(s);
    Row *row = find_row(b, &key);
    if (!row) {
        row = new(&b->scratch, Row, 1);
        row->key = key;
        index_add(&b->index, rbac_subject_key_hash(&key), row, row_hash);
    }
    return row;
}

/* -- what a role grants of the resource -------------------------------------------------------- */

static RbacRequest request_of(const RbacResource *r, int verb, Str name)
{
    return (RbacRequest){ .verb = rbac_catalogue_verb(verb),
                          .api_group = r->group,
                          .resource = r->resource,
                          .subresource = r->subresource,
                          .name = name,
                          .namespace = STR(""),
                          .is_resource = true,
                          .path = STR("") };
}

/* Any verb will do: is the rule about the resource at all? */
static bool is_about(const RbacRule *rule, const RbacResource *r)
{
    RbacRule all = *rule;
    Str star = STR("*");
    all.verbs = (StrList){ &star, 1 };
    all.verb_bits = UINT32_MAX;
    all.resource_names = (StrList){ NULL, 0 };
    RbacRequest req = request_of(r, 0, STR(""));
    return rbac_rule_allows(&all, &req);
}

static void add_rule(const RbacRule *rule, const RbacResource *r, Str name, MatrixAccess *out)
{
    if (!is_about(rule, r)) {
        return;
    }
    for (int verb = 0; verb < RBAC_CATALOGUE_VERBS; verb++) {
        RbacRequest req = request_of(r, verb, name);
        if (!(r->verbs >> verb & 1)) {
            continue;
        }
        if (rbac_rule_allows(rule, &req)) {
            out->yes |= 1U << verb;
        } else if (rule->resource_names.count && !name.len) {
            req.name = rule->resource_names.items[0];
            out->named |= rbac_rule_allows(rule, &req) ? 1U << verb : 0;
        }
    }
}

static MatrixAccess access_of(const RbacRole *role, const RbacResource *r, Str name)
{
    MatrixAccess access = { 0 };
    for (size_t i = 0; i < role->rule_count; i++) {
        add_rule(&role->rules[i], r, name, &access);
    }
    return access;
}

enum { ONE_OBJECT = RESOURCE_GET | RESOURCE_UPDATE | RESOURCE_PATCH | RESOURCE_DELETE };

/* What a binding in a namespace gives of the namespace itself. */
static MatrixAccess access_in_own(const RbacRole *role, const MatrixQuestion *q, Str namespace)
{
    MatrixAccess access = { 0 };
    const RbacResource *r = q->resource;
    if (r->group.len || !str_eq(r->resource, STR("namespaces")) ||
        (q->name.len && !str_eq(q->name, namespace))) {
        return access;
    }
    access = access_of(role, r, namespace);
    unsigned verbs = r->subresource.len ? access.yes : access.yes & ONE_OBJECT;
    return q->name.len ? (MatrixAccess){ .yes = verbs } : (MatrixAccess){ .named = verbs };
}

static MatrixAccess access_by(const Build *b, const RbacClusterBinding *binding)
{
    const MatrixQuestion *q = b->question;
    Str namespace = rbac_binding_namespace(binding->binding);
    if (namespace.len && q->namespace.ptr && !str_eq(namespace, q->namespace)) {
        return (MatrixAccess){ 0 };
    }
    if (namespace.len && !q->resource->namespaced) {
        return access_in_own(binding->role, q, namespace);
    }
    MatrixAccess access = access_of(binding->role, q->resource, q->name);
    if (namespace.len && !q->namespace.ptr) {
        access.some = access.yes;
        access.yes = 0;
    }
    return access;
}

/* -- subjects ---------------------------------------------------------------------------------- */

static void add_to(MatrixAccess *access, const MatrixAccess *more)
{
    access->yes |= more->yes;
    access->some |= more->some;
    access->named |= more->named;
}

static void gather(Build *b)
{
    for (size_t i = 0; i < b->cluster->binding_count; i++) {
        const RbacClusterBinding *binding = &b->cluster->bindings[i];
        if (!binding->role) {
            continue;
        }
        MatrixAccess access = access_by(b, binding);
        if (!(access.yes | access.some | access.named)) {
            continue;
        }
        for (uint32_t k = 0; k < binding->binding->subject_count; k++) {
            if (binding->binding->subjects[k].kind != RBAC_SUBJECT_NOBODY) {
                add_to(&row_of(b, &binding->binding->subjects[k])->access, &access);
            }
        }
    }
}

/* All that the subject has by any of its names; false when that is nothing. */
static bool read_subject(Build *b, const RbacClusterSubject *of, MatrixSubject *out)
{
    *out = (MatrixSubject){ .key = { (SubjectKind)of->kind, of->namespace, of->name },
                            .exists = of->exists };
    bool is_master = of->kind == SUBJECT_GROUP && str_eq(of->name, STR(RBAC_GROUP_MASTERS));
    if (!is_master && !b->question->members && !find_row(b, &out->key)) {
        return false;
    }
    ArenaMark mark = arena_mark(&b->scratch);
    RbacSubjectKey names[RBAC_SUBJECT_NAMES_MAX];
    size_t count = rbac_subject_names(&out->key, &b->scratch, names);
    for (size_t i = 0; i < count; i++) {
        const Row *row = find_row(b, &names[i]);
        if (row) {
            add_to(&out->access, &row->access);
        }
    }
    arena_rewind(&b->scratch, mark);
    MatrixAccess *access = &out->access;
    access->yes = is_master ? b->question->resource->verbs : access->yes;
    access->some &= ~access->yes;
    access->named &= ~(access->yes | access->some);
    return access->yes | access->some | access->named;
}

MatrixSubjects matrix_of_resource(RbacCluster *c, const MatrixQuestion *q, Arena *a)
{
    Build b = { .cluster = c, .question = q };
    arena_init(&b.scratch, 0);
    b.index = index_new(&b.scratch, 0);
    gather(&b);
    RbacClusterSubjects all = rbac_cluster_subjects(c);
    MatrixSubject *items = new(a, MatrixSubject, all.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < all.count; i++) {
        count += read_subject(&b, &all.items[i], &items[count]);
    }
    arena_done(&b.scratch);
    return (MatrixSubjects){ items, count };
}
