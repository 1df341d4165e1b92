/* SPDX-License-Identifier: Apache-2.0 */
/* A small cluster for tests. */
#include "decide/rbac/test_cluster.h"

#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

enum { OBJECTS_MAX = 1024 };

Value test_json(Arena *a, const char *json)
{
    Str text = arena_str(a, str_from_c(json));
    char *bytes = (char *)text.ptr;
    for (size_t i = 0; i < text.len; i++) {
        if (bytes[i] == '\'') {
            bytes[i] = '"';
        }
    }
    Value v;
    Err err;
    if (!json_read(STR("test"), text, &doc_limits_default, a, &v, &err)) {
        fail_msg("%.*s in %s", STR_ARG(err.msg), json);
    }
    return v;
}

static RbacBindingList bindings_where(const TestCluster *c, Str namespace, SubjectKind kind,
                                      Str subject_namespace, Str subject_name, bool all)
{
    Arena *a = (Arena *)&c->arena;
    const RbacBinding **items = new(a, const RbacBinding *, c->binding_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < c->binding_count; i++) {
        const RbacBinding *b = c->bindings[i];
        bool found = all;
        for (uint32_t s = 0; s < b->subject_count; s++) {
            found |= (SubjectKind)b->subjects[s].kind == kind &&
                     str_eq(rbac_subject_name(&b->subjects[s]), subject_name) &&
                     str_eq(rbac_subject_namespace(&b->subjects[s]), subject_namespace);
        }
        if (found && str_eq(rbac_binding_namespace(b), namespace)) {
            items[count++] = b;
        }
    }
    return (RbacBindingList){ items, count };
}

static RbacBindingList get_bindings(const void *cluster, SubjectKind kind, Str subject_namespace,
                                    Str subject_name, Str namespace)
{
    return bindings_where(cluster, namespace, kind, subject_namespace, subject_name, false);
}

static RbacBindingList get_all_bindings(const void *cluster, Str namespace)
{
    return bindings_where(cluster, namespace, SUBJECT_USER, STR(""), STR(""), true);
}

static const RbacRole *get_role(const void *cluster, Str namespace, Str name)
{
    const TestCluster *c = cluster;
    for (size_t i = 0; i < c->role_count; i++) {
        if (str_eq(c->roles[i]->name, name) && str_eq(c->roles[i]->namespace, namespace)) {
            return c->roles[i];
        }
    }
    return NULL;
}

static bool is_kept_as(const Value *v, ObjectKey key)
{
    return str_eq(value_get_str(v, STR("kind")), key.kind) &&
           str_eq(value_as_str(value_at(v, "metadata", "namespace", NULL)), key.namespace);
}

static const Value *get_object(const void *cluster, ObjectKey key)
{
    const TestCluster *c = cluster;
    for (size_t i = 0; i < c->object_count; i++) {
        if (is_kept_as(c->objects[i], key) &&
            str_eq(value_as_str(value_at(c->objects[i], "metadata", "name", NULL)), key.name)) {
            return c->objects[i];
        }
    }
    return NULL;
}

static ObjectList get_objects(const void *cluster, ObjectKey key)
{
    const TestCluster *c = cluster;
    const Value **items = new ((Arena *)&c->arena, const Value *, c->object_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < c->object_count; i++) {
        if (is_kept_as(c->objects[i], key)) {
            items[count++] = c->objects[i];
        }
    }
    return (ObjectList){ items, count };
}

void test_cluster_init(TestCluster *c)
{
    *c = (TestCluster){ 0 };
    arena_init(&c->arena, 0);
    c->roles = new(&c->arena, const RbacRole *, OBJECTS_MAX);
    c->bindings = new(&c->arena, const RbacBinding *, OBJECTS_MAX);
    c->objects = new(&c->arena, const Value *, OBJECTS_MAX);
    c->facts = (Facts){
        .cluster = c,
        .rbac_bindings = get_bindings,
        .rbac_all_bindings = get_all_bindings,
        .rbac_role = get_role,
        .object = get_object,
        .objects = get_objects,
    };
}

void test_cluster_done(TestCluster *c)
{
    arena_done(&c->arena);
}

static int compare_bindings(const void *left, const void *right)
{
    const RbacBinding *a = *(const RbacBinding *const *)left;
    const RbacBinding *b = *(const RbacBinding *const *)right;
    return str_cmp(rbac_binding_name(a), rbac_binding_name(b));
}

static void add_one(TestCluster *c, const Value *object)
{
    FieldErrors errs = field_errors_new(&c->arena);
    Str kind = value_get_str(object, STR("kind"));
    bool ok = true;
    assert_true(c->role_count + c->binding_count + c->object_count < OBJECTS_MAX);
    if (str_ends_with(kind, STR("Role"))) {
        ok = (c->roles[c->role_count++] = rbac_role_compile(object, &c->arena, &errs)) != NULL;
    } else if (str_ends_with(kind, STR("RoleBinding"))) {
        ok = (c->bindings[c->binding_count++] = rbac_binding_compile(object, &c->arena, &errs)) !=
             NULL;
    } else {
        c->objects[c->object_count++] = object;
    }
    if (!ok) {
        Buf b = buf_new(&c->arena);
        field_errors_write_list(&errs, &b);
        fail_msg("%.*s", STR_ARG(buf_str(&b)));
    }
}

void test_cluster_add_values(TestCluster *c, const Value *objects)
{
    VALUE_EACH_ITEM(v, objects) {
        add_one(c, v);
    }
    qsort(c->bindings, c->binding_count, sizeof(const RbacBinding *), compare_bindings);
    const RbacRole **cluster_roles = new(&c->arena, const RbacRole *, c->role_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < c->role_count; i++) {
        if (c->roles[i]->namespace.len == 0) {
            cluster_roles[count++] = c->roles[i];
        }
    }
    rbac_aggregate(cluster_roles, count, &c->arena);
    count = 0;
    for (size_t i = 0; i < c->role_count; i++) {
        if (c->roles[i]->namespace.len == 0) {
            c->roles[i] = cluster_roles[count++];
        }
    }
}

void test_cluster_add(TestCluster *c, const char *json)
{
    Value *objects = new(&c->arena, Value, 1);
    *objects = test_json(&c->arena, json);
    test_cluster_add_values(c, objects);
}
