/* SPDX-License-Identifier: Apache-2.0 */
/* Who gains and loses what; and what is said is what the authorizer says of both states. */
#include "analyze/rbac/access_diff.h"

#include "analyze/grant.h"
#include "analyze/rbac/test_generate.h"
#include "analyze/rbac/test_rbac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define GET_PODS TEST_RULE("\"\"", "pods", "get")
#define EVERYWHERE(rules, subjects) \
    TEST_CLUSTER_ROLE("r", rules) TEST_CLUSTER_BINDING("b", "r", subjects)
#define IN_A(rules, subjects) \
    TEST_ROLE("a", "r", rules) TEST_BINDING("a", "b", "Role", "r", subjects)
#define ANN TEST_USER("ann")

static const struct {
    const char *name;
    const char *before;
    const char *after;
    const char *want; /* `+ subject in namespace: right`, a line each */
} rows[] = {
    { "nothing", EVERYWHERE(GET_PODS, ANN), EVERYWHERE(GET_PODS, ANN), "" },
    { "gained", TEST_CLUSTER_ROLE("r", GET_PODS), EVERYWHERE(GET_PODS, ANN),
      "+ User ann in *: get pods\n" },
    { "lost", EVERYWHERE(GET_PODS, ANN), TEST_CLUSTER_ROLE("r", GET_PODS),
      "- User ann in *: get pods\n" },
    /* written differently */
    { "another binding", EVERYWHERE(GET_PODS, ANN),
      TEST_CLUSTER_ROLE("s", GET_PODS) TEST_CLUSTER_BINDING("c", "s", ANN), "" },
    { "a rule is split", EVERYWHERE(TEST_RULE("\"\"", "pods, services", "get, list"), ANN),
      EVERYWHERE(
          TEST_RULE("\"\"", "pods", "list, get") ", " TEST_RULE("\"\"", "services", "get, list"),
          ANN),
      "" },
    { "an account is named as a user", EVERYWHERE(GET_PODS, TEST_SA("a", "x")),
      EVERYWHERE(GET_PODS, TEST_USER("system:serviceaccount:a:x")), "" },
    { "by a group instead", EVERYWHERE(GET_PODS, TEST_SA("a", "x")),
      EVERYWHERE(GET_PODS, TEST_GROUP("system:serviceaccounts:a")),
      "+ Group system:serviceaccounts:a in *: get pods\n" },
    { "by no group any more", EVERYWHERE(GET_PODS, TEST_GROUP("system:serviceaccounts")),
      EVERYWHERE(GET_PODS, TEST_SA("a", "x")), "- Group system:serviceaccounts in *: get pods\n" },
    { "everywhere instead of somewhere", IN_A(GET_PODS, ANN), EVERYWHERE(GET_PODS, ANN),
      "+ User ann in *: get pods, but for all of it in a\n" },
    { "everywhere besides somewhere", IN_A(GET_PODS, ANN),
      IN_A(GET_PODS, ANN) EVERYWHERE(GET_PODS, ANN),
      "+ User ann in *: get pods, but for all of it in a\n" },
    { "somewhere besides everywhere", EVERYWHERE(GET_PODS, ANN),
      IN_A(GET_PODS, ANN) EVERYWHERE(GET_PODS, ANN), "" },
    { "somewhere instead of everywhere", EVERYWHERE(GET_PODS, ANN), IN_A(GET_PODS, ANN),
      "- User ann in *: get pods, but for all of it in a\n" },
    { "some verbs", EVERYWHERE(TEST_RULE("\"\"", "pods", "get, list"), ANN),
      EVERYWHERE(TEST_RULE("\"\"", "pods", "get, delete"), ANN),
      "+ User ann in *: delete pods\n- User ann in *: list pods\n" },
    { "some of a star", EVERYWHERE(TEST_RULE("\"\"", "pods", "\"*\""), ANN),
      EVERYWHERE(TEST_RULE("\"\"", "pods", "get"), ANN),
      "- User ann in *: * pods, but for get pods\n" },
    { "one name of all", EVERYWHERE(GET_PODS, ANN),
      EVERYWHERE(TEST_NAMED_RULE("\"\"", "pods", "x", "get"), ANN),
      "- User ann in *: get pods, but for get pods \"x\"\n" },
    { "names go together", TEST_CLUSTER_ROLE("r", GET_PODS),
      EVERYWHERE(TEST_NAMED_RULE("\"\"", "pods", "x, z", "get, list") ", " GET_PODS,
                 TEST_USER("u")),
      "+ User u in *: all of r\n" },
    { "a whole role", EVERYWHERE("", ANN),
      EVERYWHERE(GET_PODS ", " TEST_RULE("apps", "deployments", "get"), ANN),
      "+ User ann in *: all of r\n" },
    { "not quite a whole role", EVERYWHERE(GET_PODS, ANN),
      EVERYWHERE(GET_PODS ", " TEST_RULE("apps", "deployments, deployments/scale",
                                         "get") ", " TEST_RULE("batch", "jobs", "get"),
                 ANN),
      "+ User ann in *: get deployments.apps,deployments.apps/scale\n"
      "+ User ann in *: get jobs.batch\n" },
    { "what two bindings grant is one gain", TEST_CLUSTER_ROLE("r", GET_PODS),
      EVERYWHERE(GET_PODS, ANN) TEST_CLUSTER_ROLE("s", GET_PODS)
          TEST_CLUSTER_BINDING("c", "s", ANN),
      "+ User ann in *: get pods\n" },
    { "URLs", EVERYWHERE("{nonResourceURLs: [\"/a/*\"], verbs: [get]}", ANN),
      EVERYWHERE("{nonResourceURLs: [/a/b, /c], verbs: [get]}", ANN),
      "+ User ann in *: get /c\n- User ann in *: get /a/*, but for get /a/b\n" },
    { "a role that is gone", EVERYWHERE(GET_PODS, ANN), TEST_CLUSTER_BINDING("b", "r", ANN),
      "- User ann in *: get pods\n" },
};

static Str text_of(const RbacChanges *changes, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < changes->count; i++) {
        const RbacChange *c = &changes->items[i];
        buf_printf(&b, "%s %.*s in %.*s: ", c->gained ? "+" : "-",
                   STR_ARG(rbac_change_subject_text(c, a)),
                   STR_ARG(c->namespace.len ? c->namespace : STR("*")));
        if (c->whole_role) {
            buf_printf(&b, "all of %.*s\n", STR_ARG(rbac_binding_role_name(c->by)));
        } else {
            buf_printf(&b, "%.*s\n", STR_ARG(rbac_change_right_text(c, a)));
        }
    }
    return buf_str(&b);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TestRbac before;
        TestRbac after;
        test_rbac_open(&before, rows[i].before);
        test_rbac_open(&after, rows[i].after);
        RbacChanges changes;
        rbac_access_diff(before.cluster, after.cluster, NULL, STR_ABSENT, &before.arena, &changes);
        test_rbac_same(text_of(&changes, &before.arena), rows[i].want, rows[i].name);
        assert_int_equal(changes.gained + changes.lost, changes.count);
        test_rbac_close(&before);
        test_rbac_close(&after);
    }
}

static void test_question(void **state)
{
    (void)state;
    TestRbac before;
    TestRbac after;
    test_rbac_open(&before, TEST_NAMESPACE("a"));
    test_rbac_open(&after, EVERYWHERE(GET_PODS, ANN ", " TEST_GROUP("devs"))
                               IN_A(TEST_RULE("\"\"", "services", "get"), ANN));
    Arena *a = &before.arena;
    RbacChanges changes;
    UserInfo who = rbac_cluster_user(SUBJECT_GROUP, STR(""), STR("devs"), a);
    rbac_access_diff(before.cluster, after.cluster, &who, STR_ABSENT, a, &changes);
    test_rbac_same(text_of(&changes, a), "+ Group devs in *: get pods\n", "who");
    rbac_access_diff(before.cluster, after.cluster, NULL, STR("c"), a, &changes);
    test_rbac_same(text_of(&changes, a), "+ User ann in *: get pods\n+ Group devs in *: get pods\n",
                   "namespace");
    test_rbac_close(&before);
    test_rbac_close(&after);
}

/* -- generated clusters ------------------------------------------------------------------------ */

/* Does a change say that this request became possible (or impossible)? */
static bool says(const RbacChange *c, bool gained, const UserInfo *user, const RbacRequest *request,
                 const Facts *f, Arena *a)
{
    UserInfo changed = rbac_cluster_user((SubjectKind)c->kind, c->subject_namespace,
                                         c->subject_name, a);
    bool same_user = changed.name.len && str_eq(changed.name, user->name);
    bool in_group = c->kind == SUBJECT_GROUP && str_list_has(user->groups, c->subject_name);
    bool in_place = !c->namespace.len || str_eq(c->namespace, request->namespace);
    if (c->gained != gained || !in_place || !(same_user || in_group)) {
        return false;
    }
    if (!c->whole_role) {
        RbacRule rule = c->right;
        rule.verb_bits = str_list_has(rule.verbs, STR("*")) ? UINT32_MAX : 0;
        for (size_t i = 0; i < rule.verbs.count; i++) {
            rule.verb_bits |= rbac_verb_bits(rule.verbs.items[i]);
        }
        return rbac_rule_allows(&rule, request);
    }
    const RbacRole *role = rbac_binding_role(f, c->by);
    for (size_t i = 0; i < role->rule_count; i++) {
        if (rbac_rule_allows(&role->rules[i], request)) {
            return true;
        }
    }
    return false;
}

static Str not_a_star(Str s, const char *instead)
{
    return str_eq(s, STR("*")) ? str_from_c(instead) : s;
}

/* What is said of somebody is new to him: one of the rights, asked of both states. */
static void changed_indeed(const RbacChange *c, const TestState *had, const TestState *has,
                           Arena *a)
{
    RbacRule rule = c->whole_role ? rbac_binding_role(has->cluster->facts, c->by)->rules[0]
                                  : c->right;
    if (c->rest.count || !rule.verbs.count || !(rule.resources.count || rule.urls.count)) {
        return; /* not all of it is new */
    }
    UserInfo user = rbac_cluster_user((SubjectKind)c->kind, c->subject_namespace, c->subject_name,
                                      a);
    RbacRequest request = {
        .user = &user,
        .verb = not_a_star(rule.verbs.items[rule.verbs.count - 1], "anything"),
        .api_group = STR(""),
        .resource = STR(""),
        .subresource = STR(""),
        .name = rule.resource_names.count ? rule.resource_names.items[0] : STR("whatever"),
        .namespace = c->namespace.len ? c->namespace : STR("elsewhere"),
        .path = STR(""),
        .is_resource = rule.resources.count > 0,
    };
    if (request.is_resource) {
        request.api_group = not_a_star(rule.api_groups.items[0], "any.example.com");
        str_split_once(not_a_star(rule.resources.items[0], "things"), '/', &request.resource,
                       &request.subresource);
        request.resource = not_a_star(request.resource, "things");
    } else {
        Str url = rule.urls.items[0];
        request.path = str_ends_with(url, STR("*"))
                           ? arena_concat(a, str_slice(url, 0, url.len - 1), STR("/some/where"))
                           : url;
    }
    if (rbac_allows(had->cluster->facts, &request) || !rbac_allows(has->cluster->facts, &request)) {
        fail_msg("%s %.*s in %.*s: %.*s", c->gained ? "gained" : "lost",
                 STR_ARG(rbac_change_subject_text(c, a)), STR_ARG(c->namespace),
                 STR_ARG(rbac_change_right_text(c, a)));
    }
}

/* Whatever changed for somebody is said, and what is said changed for somebody. */
static void test_changes_are_those_of_the_authorizer(void **state)
{
    (void)state;
    static const TestSize size = { 3, 4, 8, 12, 4 };
    size_t changed = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        TestState before;
        TestState after;
        Arena a;
        arena_init(&a, 0);
        test_generate(&before, &size, seed);
        test_generate(&after, &size, seed + 1000);
        RbacChanges changes;
        rbac_access_diff(before.cluster, after.cluster, NULL, STR_ABSENT, &a, &changes);
        assert_false(changes.too_many);
        for (size_t i = 0; i < changes.count; i++) {
            bool gained = changes.items[i].gained;
            changed_indeed(&changes.items[i], gained ? &before : &after, gained ? &after : &before,
                           &a);
        }
        uint64_t random = seed;
        RbacClusterSubjects subjects = rbac_cluster_subjects(before.cluster);
        for (int i = 0; i < 1000; i++) {
            const RbacClusterSubject *s = &subjects.items[test_next(&random) % subjects.count];
            if (s->kind == SUBJECT_GROUP) {
                continue; /* a group is nobody that asks */
            }
            UserInfo user = rbac_cluster_user((SubjectKind)s->kind, s->namespace, s->name, &a);
            StrList namespaces = before.cluster->namespaces;
            Str resource = test_pick(&random, test_resources);
            Str subresource;
            str_split_once(resource, '/', &resource, &subresource);
            RbacRequest request = {
                .user = &user,
                .verb = test_pick(&random, test_verbs),
                .api_group = test_pick(&random, test_groups),
                .resource = resource,
                .subresource = subresource,
                .name = test_pick(&random, test_names),
                .namespace = namespaces.items[test_next(&random) % namespaces.count],
                .path = STR(""),
                .is_resource = true,
            };
            bool was = rbac_allows(before.cluster->facts, &request);
            bool is = rbac_allows(after.cluster->facts, &request);
            bool said = false;
            for (size_t k = 0; k < changes.count && was != is; k++) {
                said |= says(&changes.items[k], is, &user, &request,
                             is ? after.cluster->facts : before.cluster->facts, &a);
            }
            if (was != is && !said) {
                fail_msg("seed %zu: %.*s %.*s %.*s %.*s/%.*s \"%.*s\" in %.*s: was %d, is %d",
                         (size_t)seed, STR_ARG(user.name), STR_ARG(request.verb),
                         STR_ARG(request.api_group), STR_ARG(request.resource),
                         STR_ARG(request.subresource), STR_ARG(request.name),
                         STR_ARG(request.namespace), was, is);
            }
            changed += was != is;
        }
        test_state_done(&before);
        test_state_done(&after);
        arena_done(&a);
    }
    assert_true(changed > 300);
    print_message("# %zu answers changed\n", changed);
}

/* A state is as it is. */
static void test_no_change(void **state)
{
    (void)state;
    static const TestSize size = { 4, 10, 20, 40, 6 };
    for (uint64_t seed = 1; seed <= 10; seed++) {
        TestState before;
        TestState after;
        test_generate(&before, &size, seed);
        test_generate(&after, &size, seed);
        RbacChanges changes;
        rbac_access_diff(before.cluster, after.cluster, NULL, STR_ABSENT, &before.arena, &changes);
        assert_int_equal(changes.count, 0);
        test_state_done(&before);
        test_state_done(&after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_question),
        cmocka_unit_test(test_changes_are_those_of_the_authorizer),
        cmocka_unit_test(test_no_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
