/* SPDX-License-Identifier: Apache-2.0 */
/* A small cluster for the tests of decide/: objects given as JSON, facts by walking over them. */
#ifndef PODGATE_DECIDE_RBAC_TEST_CLUSTER_H
#define PODGATE_DECIDE_RBAC_TEST_CLUSTER_H

#include "decide/rbac/rbac.h"

typedef struct TestCluster {
    Arena arena;
    const RbacRole **roles;
    size_t role_count;
    const RbacBinding **bindings;
    size_t binding_count;
    const Value **objects; /* all others */
    size_t object_count;
    Facts facts;
} TestCluster;

/* An empty cluster; it must stay where it is. */
void test_cluster_init(TestCluster *c);
void test_cluster_done(TestCluster *c);
/* Each object of a JSON array (in single quotes for double ones, to spare escapes), or of a tree;
 * fails the test when it does not compile. Aggregation is computed again. */
void test_cluster_add(TestCluster *c, const char *json);
void test_cluster_add_values(TestCluster *c, const Value *objects);
/* One JSON value, single quotes for double ones. */
Value test_json(Arena *a, const char *json);

#endif
