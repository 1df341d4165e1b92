/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters for property tests: the same seed gives the same cluster. */
#ifndef PODGATE_ANALYZE_RBAC_TEST_GENERATE_H
#define PODGATE_ANALYZE_RBAC_TEST_GENERATE_H

#include "analyze/rbac/cluster.h"

typedef struct TestSize {
    unsigned namespaces;
    unsigned accounts; /* objects */
    unsigned roles;
    unsigned bindings;
    unsigned names; /* of users and groups to choose from */
} TestSize;

typedef struct TestState {
    Arena arena;
    const Snapshot *snapshot;
    RbacCluster *cluster;
    uint64_t seed; /* goes on */
} TestState;

/* Roles with wildcards, names, subresources, URLs and aggregation, some missing; subjects of all
 * kinds, implied groups and accounts named as users among them. It must stay where it is. */
void test_generate(TestState *t, const TestSize *size, uint64_t seed);
/* A cluster of the objects of a JSON array, in single quotes for double ones. */
void test_state_of(TestState *t, const char *json);
void test_state_done(TestState *t);

uint64_t test_next(uint64_t *seed);
/* One of a NULL-terminated list. */
Str test_pick(uint64_t *seed, const char *const *list);

extern const char *const test_verbs[];
extern const char *const test_groups[];
extern const char *const test_resources[];
extern const char *const test_names[];
extern const char *const test_urls[];

#endif
