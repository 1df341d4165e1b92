/* SPDX-License-Identifier: Apache-2.0 */
/* Who can do this: the authorizer's answer about every subject of generated clusters, and what
 * other tools get wrong. */
#include "analyze/rbac/report.h"
#include "analyze/rbac/test_generate.h"
#include "decide/rbac/authorizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static const TestSize small = {
    .namespaces = 3, .accounts = 5, .roles = 12, .bindings = 14, .names = 4
};
/* 10,000 subjects */
static const TestSize large = {
    .namespaces = 300, .accounts = 6000, .roles = 600, .bindings = 6000, .names = 2500
};

/* -- the property ------------------------------------------------------------------------------ */

static WhoCanQuestion random_question(TestState *t)
{
    Str none = STR("");
    WhoCanQuestion q = {
        test_pick(&t->seed, test_verbs), true, none, none, none, none, true, STR_ABSENT, none
    };
    if (test_next(&t->seed) % 8 == 0) {
        q.is_resource = q.namespaced = false;
        q.path = test_pick(&t->seed, test_urls);
        return q;
    }
    q.group = test_pick(&t->seed, test_groups);
    str_split_once(test_pick(&t->seed, test_resources), '/', &q.resource, &q.subresource);
    q.name = test_next(&t->seed) % 2 ? test_pick(&t->seed, test_names) : none;
    q.namespaced = !str_eq(q.resource, STR("nodes")) && !str_eq(q.resource, STR("namespaces")) &&
                   !str_eq(q.resource, STR("users"));
    return q;
}

/* What the subject may where by the answer. */
static bool answer_says(const WhoCanSubject *s, Str namespace)
{
    for (size_t i = 0; s && i < s->via_count; i++) {
        for (size_t k = 0; k < s->via[i].count; k++) {
            const RbacBinding *b = s->via[i].grants[k]->of->binding;
            if (!b->namespace_len || str_eq(rbac_binding_namespace(b), namespace)) {
                return true;
            }
        }
    }
    return false;
}

static bool authorizer_says(TestState *t, const WhoCanQuestion *q, const RbacSubjectKey *key,
                            Str namespace)
{
    ArenaMark mark = arena_mark(&t->arena);
    UserInfo user = rbac_cluster_user(key->kind, key->namespace, key->name, &t->arena);
    RbacRequest req = { .user = &user,
                        .verb = q->verb,
                        .api_group = q->group,
                        .resource = q->resource,
                        .subresource = q->subresource,
                        .name = q->name,
                        .namespace = namespace,
                        .is_resource = q->is_resource,
                        .path = q->path };
    bool allowed = authorizer_allows(t->cluster->facts, &req, &t->arena);
    arena_rewind(&t->arena, mark);
    return allowed;
}

static const WhoCanSubject *find(WhoCanSubjects subjects, const RbacSubjectKey *key)
{
    for (size_t i = 0; i < subjects.count; i++) {
        if (rbac_subject_key_equal(&subjects.items[i].key, key)) {
            return &subjects.items[i];
        }
    }
    return NULL;
}

/* Members of system:masters need no binding: the answer has them only if there is one. */
static bool is_masters(const RbacSubjectKey *key)
{
    return key->kind == SUBJECT_GROUP && str_eq(key->name, STR(RBAC_GROUP_MASTERS));
}

/* Namespace by namespace ("" is the whole cluster); every'th subject. Counts what is allowed. */
static size_t compare(TestState *t, const WhoCanQuestion *q, size_t every)
{
    WhoCan answer;
    who_can(t->cluster, q, &t->arena, &answer);
    WhoCanSubjects subjects = who_can_subjects(t->cluster, answer.grants, &t->arena);
    RbacClusterSubjects all = rbac_cluster_subjects(t->cluster);
    size_t allowed = 0;
    for (size_t i = 0; i < all.count; i += every) {
        const RbacClusterSubject *of = &all.items[i];
        RbacSubjectKey key = { (SubjectKind)of->kind, of->namespace, of->name };
        const WhoCanSubject *s = find(subjects, &key);
        for (size_t n = 0; n <= t->cluster->namespaces.count && !is_masters(&key); n += every) {
            Str namespace = n ? t->cluster->namespaces.items[n - 1] : STR("");
            if (n && !q->namespaced) {
                break;
            }
            bool got = answer_says(s, namespace);
            if (got != authorizer_says(t, q, &key, namespace)) {
                fail_msg("%.*s: %.*s %.*s.%.*s/%.*s %.*s in \"%.*s\": who-can says %s",
                         STR_ARG(rbac_subject_key_text(&key, &t->arena)), STR_ARG(q->verb),
                         STR_ARG(q->resource), STR_ARG(q->group), STR_ARG(q->subresource),
                         STR_ARG(q->name), STR_ARG(namespace), got ? "yes" : "no");
            }
            allowed += got;
        }
    }
    return allowed;
}

static void test_is_what_the_authorizer_says(void **state)
{
    (void)state;
    size_t allowed = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        TestState t;
        test_generate(&t, &small, seed);
        for (size_t i = 0; i < 20; i++) {
            WhoCanQuestion q = random_question(&t);
            allowed += compare(&t, &q, 1);
        }
        test_state_done(&t);
    }
    assert_true(allowed > 1000);
}

static void test_many_subjects(void **state)
{
    (void)state;
    TestState t;
    test_generate(&t, &large, 7);
    assert_true(rbac_cluster_subjects(t.cluster).count >= 10000);
    size_t allowed = 0;
    for (size_t i = 0; i < 6; i++) {
        WhoCanQuestion q = random_question(&t);
        allowed += compare(&t, &q, 31);
    }
    assert_true(allowed > 0);
    test_state_done(&t);
}

/* One namespace is asked about: what its bindings and the cluster's say. */
static void test_one_namespace(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        TestState t;
        test_generate(&t, &small, seed);
        WhoCanQuestion q = random_question(&t);
        WhoCan all, one;
        who_can(t.cluster, &q, &t.arena, &all);
        q.namespace = STR("n1");
        who_can(t.cluster, &q, &t.arena, &one);
        size_t expected = 0;
        for (size_t i = 0; i < all.grants.count; i++) {
            Str namespace = rbac_binding_namespace(all.grants.items[i].of->binding);
            expected += !namespace.len || str_eq(namespace, STR("n1"));
        }
        assert_int_equal(one.grants.count, expected);
        test_state_done(&t);
    }
}

/* Names that a rule is for: in the answer about each of them, and beside the answer about any. */
static void test_named(void **state)
{
    (void)state;
    size_t found = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        TestState t;
        test_generate(&t, &small, seed);
        WhoCanQuestion q = random_question(&t);
        q.name = STR("");
        WhoCan any;
        who_can(t.cluster, &q, &t.arena, &any);
        for (size_t i = 0; i < any.named.count; i++) {
            for (size_t k = 0; k < any.named.items[i].names.count; k++) {
                WhoCan named;
                q.name = any.named.items[i].names.items[k];
                who_can(t.cluster, &q, &t.arena, &named);
                bool is_there = false;
                for (size_t g = 0; g < named.grants.count; g++) {
                    is_there |= named.grants.items[g].of == any.named.items[i].of;
                }
                assert_true(is_there);
                found++;
            }
        }
        test_state_done(&t);
    }
    assert_true(found > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_what_the_authorizer_says),
        cmocka_unit_test(test_many_subjects),
        cmocka_unit_test(test_one_namespace),
        cmocka_unit_test(test_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
