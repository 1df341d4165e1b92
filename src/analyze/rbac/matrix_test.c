/* SPDX-License-Identifier: Apache-2.0 */
/* Access matrices: the authorizer's answer in every cell, of generated clusters. */
#include "analyze/rbac/matrix.h"

#include "analyze/rbac/report.h"
#include "analyze/rbac/test_generate.h"
#include "decide/rbac/authorizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static const TestSize small = {
    .namespaces = 3, .accounts = 4, .roles = 12, .bindings = 16, .names = 3
};
static const TestSize large = {
    .namespaces = 300, .accounts = 6000, .roles = 600, .bindings = 6000, .names = 2500
};

static bool allows(TestState *t, const UserInfo *user, const RbacResource *r, int verb,
                   Str namespace, Str name)
{
    RbacRequest req = { .user = user,
                        .verb = rbac_catalogue_verb(verb),
                        .api_group = r->group,
                        .resource = r->resource,
                        .subresource = r->subresource,
                        .name = name,
                        .namespace = namespace,
                        .is_resource = true,
                        .path = STR("") };
    return authorizer_allows(t->cluster->facts, &req, &t->arena);
}

/* What the authorizer says of all namespaces at once. Whether it may for some names follows from
 * the names that the cluster's rules have. */
static MatrixState state_of(TestState *t, const UserInfo *user, const RbacResource *r, int verb,
                            Str in)
{
    if (!(r->verbs >> verb & 1)) {
        return MATRIX_NOT_TAKEN;
    }
    if (in.ptr && !r->namespaced) {
        return MATRIX_NO; /* not asked */
    }
    bool all = !in.ptr && r->namespaced;
    if (allows(t, user, r, verb, in.ptr ? in : STR(""), STR(""))) {
        return MATRIX_YES;
    }
    StrList namespaces = t->cluster->namespaces;
    for (size_t i = 0; all && i < namespaces.count; i++) {
        if (allows(t, user, r, verb, namespaces.items[i], STR(""))) {
            return MATRIX_SOME;
        }
    }
    for (size_t i = 0; test_names[i]; i++) {
        Str name = str_from_c(test_names[i]);
        if (allows(t, user, r, verb, in.ptr ? in : STR(""), name)) {
            return MATRIX_NAMED;
        }
        for (size_t n = 0; all && n < namespaces.count; n++) {
            if (allows(t, user, r, verb, namespaces.items[n], name)) {
                return MATRIX_NAMED;
            }
        }
    }
    /* a request for one namespace is in it */
    unsigned one = r->subresource.len
                       ? r->verbs
                       : RESOURCE_GET | RESOURCE_UPDATE | RESOURCE_PATCH | RESOURCE_DELETE;
    bool is_namespaces = str_eq(r->resource, STR("namespaces")) && (one >> verb & 1);
    for (size_t i = 0; is_namespaces && i < namespaces.count; i++) {
        if (allows(t, user, r, verb, namespaces.items[i], namespaces.items[i])) {
            return MATRIX_NAMED;
        }
    }
    return MATRIX_NO;
}

static void check_cell(const RbacSubjectKey *key, const RbacResource *r, int verb, Str in,
                       MatrixState got, MatrixState want, Arena *a)
{
    if (got != want) {
        fail_msg("%.*s %.*s %.*s in \"%.*s\": got %.*s, want %.*s",
                 STR_ARG(rbac_subject_key_text(key, a)), STR_ARG(rbac_catalogue_verb(verb)),
                 STR_ARG(rbac_resource_text(r, a)), STR_ARG(in), STR_ARG(matrix_state_text(got)),
                 STR_ARG(matrix_state_text(want)));
    }
}

/* Each cell; of where, that the authorizer agrees. */
static size_t check_matrix(TestState *t, const RbacSubjectKey *key, Str in, size_t every)
{
    UserInfo user = rbac_cluster_user(key->kind, key->namespace, key->name, &t->arena);
    Matrix m;
    matrix_of_user(t->cluster, &user, in, &t->arena, &m);
    size_t allowed = 0;
    for (size_t row = 0; row < m.resources.count; row += every) {
        const RbacResource *r = &m.resources.items[row];
        for (int verb = 0; verb < RBAC_CATALOGUE_VERBS; verb++) {
            ArenaMark mark = arena_mark(&t->arena);
            MatrixState got = matrix_state(&m.rows[row], r->verbs, verb);
            check_cell(key, r, verb, in, got, state_of(t, &user, r, verb, in), &t->arena);
            allowed += got > MATRIX_NO;
            if (got == MATRIX_SOME || got == MATRIX_NAMED) {
                StrList where = matrix_where(&m, row, verb, &t->arena);
                assert_true(where.count > 0);
                for (size_t i = 0; got == MATRIX_SOME && i < where.count; i++) {
                    assert_true(allows(t, &user, r, verb, where.items[i], STR("")));
                }
            }
            arena_rewind(&t->arena, mark);
        }
    }
    return allowed;
}

static void test_cells_are_what_the_authorizer_says(void **state)
{
    (void)state;
    size_t allowed = 0;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        TestState t;
        test_generate(&t, &small, seed);
        RbacClusterSubjects all = rbac_cluster_subjects(t.cluster);
        for (size_t i = 0; i < all.count; i++) {
            RbacSubjectKey key = { (SubjectKind)all.items[i].kind, all.items[i].namespace,
                                   all.items[i].name };
            allowed += check_matrix(&t, &key, i % 2 ? STR("n1") : STR_ABSENT, 1);
        }
        test_state_done(&t);
    }
    assert_true(allowed > 1000);
}

static size_t check_resource(TestState *t, const MatrixQuestion *q)
{
    MatrixSubjects found = matrix_of_resource(t->cluster, q, &t->arena);
    RbacClusterSubjects all = rbac_cluster_subjects(t->cluster);
    size_t at = 0;
    for (size_t i = 0; i < all.count; i++) {
        RbacSubjectKey key = { (SubjectKind)all.items[i].kind, all.items[i].namespace,
                               all.items[i].name };
        UserInfo user = rbac_cluster_user(key.kind, key.namespace, key.name, &t->arena);
        bool is_there = at < found.count && rbac_subject_key_equal(&found.items[at].key, &key);
        MatrixAccess none = { 0 };
        const MatrixAccess *access = is_there ? &found.items[at].access : &none;
        for (int verb = 0; verb < RBAC_CATALOGUE_VERBS; verb++) {
            MatrixState got = matrix_state(access, q->resource->verbs, verb);
            check_cell(&key, q->resource, verb, q->namespace, got,
                       state_of(t, &user, q->resource, verb, q->namespace), &t->arena);
        }
        at += is_there;
    }
    assert_int_equal(at, found.count);
    return found.count;
}

static void test_subjects_are_what_the_authorizer_says(void **state)
{
    (void)state;
    size_t found = 0;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        TestState t;
        test_generate(&t, &small, seed);
        RbacCatalogue all = rbac_cluster_catalogue(t.cluster);
        for (size_t i = 0; i < all.count; i += 3) {
            MatrixQuestion q = { &all.items[i], STR(""), STR_ABSENT, true };
            if (q.resource->namespaced && i % 2) {
                q.namespace = STR("n2");
            }
            found += check_resource(&t, &q);
        }
        test_state_done(&t);
    }
    assert_true(found > 300);
}

static void test_many_subjects(void **state)
{
    (void)state;
    TestState t;
    test_generate(&t, &large, 3);
    RbacClusterSubjects all = rbac_cluster_subjects(t.cluster);
    assert_true(all.count >= 10000);
    size_t allowed = 0;
    for (size_t i = 0; i < all.count; i += 997) {
        RbacSubjectKey key = { (SubjectKind)all.items[i].kind, all.items[i].namespace,
                               all.items[i].name };
        allowed += check_matrix(&t, &key, STR("n7"), 3);
    }
    assert_true(allowed > 0);
    test_state_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells_are_what_the_authorizer_says),
        cmocka_unit_test(test_subjects_are_what_the_authorizer_says),
        cmocka_unit_test(test_many_subjects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
