/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns whom. */
#include "server/controllers/garbage_graph.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static const GarbagePlace place = { STR_INIT("apps"), STR_INIT("ReplicaSet"), STR_INIT("n"),
                                    STR_INIT("x") };

static void put(GarbageGraph *g, const char *uid, const char *owner, const char *other)
{
    Str owners[] = { str_from_c(owner), str_from_c(other) };
    size_t count = (size_t)(owner != NULL) + (size_t)(other != NULL);
    garbage_graph_put(g, str_from_c(uid), &place, (StrList){ owners, count });
}

static size_t dependents(const GarbageGraph *g, const char *uid)
{
    const GarbageNode *n = garbage_graph_find(g, str_from_c(uid));
    return n ? n->dependent_count : 0;
}

static bool is_there(const GarbageGraph *g, const char *uid)
{
    const GarbageNode *n = garbage_graph_find(g, str_from_c(uid));
    return n && n->is_there;
}

static void owners_and_dependents(void **state)
{
    (void)state;
    GarbageGraph *g = garbage_graph_new();
    put(g, "child", "owner", NULL);
    assert_int_equal(dependents(g, "owner"), 1); /* named before it was seen */
    assert_false(is_there(g, "owner"));
    put(g, "owner", NULL, NULL);
    put(g, "other", "owner", NULL);
    assert_true(is_there(g, "owner"));
    assert_int_equal(dependents(g, "owner"), 2);
    const GarbageNode *n = garbage_graph_find(g, STR("owner"));
    assert_true(str_eq(n->place.kind, STR("ReplicaSet")));
    assert_true(str_eq(n->place.name, STR("x")));

    garbage_graph_remove(g, STR("owner"));
    assert_int_equal(dependents(g, "owner"), 2); /* they still name it */
    put(g, "other", NULL, NULL);
    assert_int_equal(dependents(g, "owner"), 1);
    garbage_graph_remove(g, STR("child"));
    assert_null(garbage_graph_find(g, STR("owner"))); /* nobody does */
    assert_int_equal(garbage_graph_size(g), 1);
    garbage_graph_remove(g, STR("nobody"));
    garbage_graph_free(g);
}

static void odd_owners(void **state)
{
    (void)state;
    GarbageGraph *g = garbage_graph_new();
    put(g, "self", "self", NULL);
    assert_int_equal(dependents(g, "self"), 1);
    put(g, "twice", "owner", "owner");
    assert_int_equal(dependents(g, "owner"), 2);
    put(g, "twice", "owner", "owner");
    assert_int_equal(dependents(g, "owner"), 2);
    put(g, "twice", "owner", NULL);
    assert_int_equal(dependents(g, "owner"), 1);
    put(g, "a", "b", NULL);
    put(g, "b", "a", NULL);
    garbage_graph_remove(g, STR("a"));
    assert_int_equal(dependents(g, "a"), 1);
    garbage_graph_remove(g, STR("b"));
    garbage_graph_remove(g, STR("self"));
    garbage_graph_remove(g, STR("twice"));
    assert_int_equal(garbage_graph_size(g), 0);
    garbage_graph_free(g);
}

static void count_there(void *context, const GarbageNode *n)
{
    *(size_t *)context += n->is_there;
}

static void many(void **state)
{
    (void)state;
    enum { COUNT = 5000, OWNERS = 50 };
    GarbageGraph *g = garbage_graph_new();
    char uid[16], owner[16];
    for (int i = 0; i < COUNT; i++) {
        snprintf(uid, sizeof uid, "u%d", i);
        snprintf(owner, sizeof owner, "o%d", i % OWNERS);
        put(g, uid, owner, NULL);
    }
    assert_int_equal(garbage_graph_size(g), COUNT + OWNERS);
    assert_int_equal(dependents(g, "o7"), COUNT / OWNERS);
    size_t there = 0;
    garbage_graph_each(g, count_there, &there);
    assert_int_equal(there, COUNT);
    for (int i = 0; i < COUNT; i++) {
        snprintf(uid, sizeof uid, "u%d", i);
        garbage_graph_remove(g, str_from_c(uid));
    }
    assert_int_equal(garbage_graph_size(g), 0);
    garbage_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_and_dependents),
        cmocka_unit_test(odd_owners),
        cmocka_unit_test(many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
