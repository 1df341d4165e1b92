/* SPDX-License-Identifier: Apache-2.0 */
/* Aggregated ClusterRoles: selectors, order, once each, chains and rings. */
#include "decide/rbac/test_cluster.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define PART(name, labels, verbs)                                                                \
    "{'kind':'ClusterRole','metadata':{'name':'" name "','labels':{" labels "}},'rules':[" verbs \
    "]}"
#define VERB(verb) "{'verbs':['" verb "']}"
#define WHOLE(name, labels, selectors, verbs)                                                    \
    "{'kind':'ClusterRole','metadata':{'name':'" name "','labels':{" labels "}},'rules':[" verbs \
    "],'aggregationRule':{'clusterRoleSelectors':[" selectors "]}}"
#define LABEL(key) "{'matchLabels':{'" key "':'1'}}"
#define EXPRESSION(text) "{'matchExpressions':[{" text "}]}"

static const struct {
    const char *roles;
    const char *want; /* the verbs of the role "w", joined with blanks */
} rows[] = {
    { WHOLE("w", "", "", VERB("own")), "" },
    { WHOLE("w", "", LABEL("x"), VERB("own")), "" },
    { WHOLE("w", "", LABEL("x"), "") "," PART("b", "'x':'1'", VERB("b")) "," PART(
          "a", "'x':'1'", VERB("a2") "," VERB("a1")) "," PART("c", "'x':'2'", VERB("c")),
      "a2 a1 b" },
    { WHOLE("w", "", LABEL("y") "," LABEL("x"),
            "") "," PART("a", "'x':'1'", VERB("a")) "," PART("b", "'y':'1'", VERB("b")),
      "b a" },
    { WHOLE("w", "", LABEL("x") "," LABEL("y"), "") "," PART(
          "a", "'x':'1','y':'1'", VERB("a") "," VERB("a") "," VERB("both")) "," PART("b", "'y':'1'",
                                                                                     VERB("both")),
      "a both" },
    /* itself is never a part */
    { WHOLE("w", "'x':'1'", LABEL("x"), VERB("own")) "," PART("a", "'x':'1'", VERB("a")), "a" },
    { WHOLE("w", "", "{}", "") "," PART("a", "", VERB("a")), "a" },
    { WHOLE("w", "", EXPRESSION("'key':'x','operator':'In','values':['1','2']"), "") "," PART(
          "a", "'x':'1'", VERB("a")) "," PART("b", "'x':'3'", VERB("b")) "," PART("c", "",
                                                                                  VERB("c")),
      "a" },
    { WHOLE("w", "", EXPRESSION("'key':'x','operator':'NotIn','values':['1']"), "") "," PART(
          "a", "'x':'1'", VERB("a")) "," PART("b", "'x':'3'", VERB("b")) "," PART("c", "",
                                                                                  VERB("c")),
      "b c" },
    { WHOLE("w", "", EXPRESSION("'key':'x','operator':'Exists'"),
            "") "," PART("a", "'x':'1'", VERB("a")) "," PART("c", "", VERB("c")),
      "a" },
    { WHOLE("w", "", EXPRESSION("'key':'x','operator':'DoesNotExist'"),
            "") "," PART("a", "'x':'1'", VERB("a")) "," PART("c", "", VERB("c")),
      "c" },
    /* a chain, each link named so that it is computed before what it takes from */
    { WHOLE("a", "'a':'1'", LABEL("b"), "") "," WHOLE("b", "'b':'1'", LABEL("c"), "") "," PART(
          "c", "'c':'1'", VERB("deep")) "," WHOLE("w", "", LABEL("a"), VERB("own")),
      "deep" },
    /* a ring keeps what is in it */
    { WHOLE("w", "'w':'1'", LABEL("x"), VERB("one")) "," WHOLE("x", "'x':'1'", LABEL("w"),
                                                               VERB("two")),
      "two" },
};

static void aggregates(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TestCluster c;
        test_cluster_init(&c);
        Str text = arena_printf(&c.arena, "[%s]", rows[i].roles);
        test_cluster_add(&c, text.ptr);
        const RbacRole *role = c.facts.rbac_role(&c, STR(""), STR("w"));
        Buf b = buf_new(&c.arena);
        for (size_t r = 0; r < role->rule_count; r++) {
            buf_add(&b, r ? STR(" ") : STR(""));
            buf_add(&b, role->rules[r].verbs.items[0]);
        }
        if (!str_eq(buf_str(&b), str_from_c(rows[i].want))) {
            fail_msg("row %zu: got \"%.*s\", want \"%s\"", i, STR_ARG(buf_str(&b)), rows[i].want);
        }
        /* computing again changes nothing, and keeps the roles as they are */
        const RbacRole **again = new(&c.arena, const RbacRole *, c.role_count);
        memcpy(again, c.roles, c.role_count * sizeof(const RbacRole *));
        rbac_aggregate(again, c.role_count, &c.arena);
        assert_memory_equal(again, c.roles, c.role_count * sizeof(const RbacRole *));
        test_cluster_done(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(aggregates) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
