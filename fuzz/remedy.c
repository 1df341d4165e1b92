/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways out over manifests: any bytes that are documents with objects that pods come from are
 * admitted, or each way out that is found has parts, and an edit is what its patch makes.
 */
#include "cluster.h"

#include "analyze/remedy/remedy.h"
#include "doc/patch.h"

static void check(const Value *object, const KubeTarget *target, Arena *a)
{
    static const Str groups[] = { STR_INIT("system:serviceaccounts"),
                                  STR_INIT("system:authenticated") };
    UserInfo user = { .name = STR("alice"), .groups = { groups, COUNT_OF(groups) } };
    RemedyQuestion question = {
        .cluster = fuzz_cluster(),
        .object = object,
        .user = &user,
        .namespace = STR("default"),
        .plugins = ADMISSION_DEFAULT_PLUGINS,
        .target = target,
        .wanted = REMEDY_ALL_BITS,
    };
    Remedy remedy;
    remedy_find(&question, a, &remedy);
    for (int kind = 0; kind < REMEDY_KIND_COUNT; kind++) {
        const RemedyWay *way = &remedy.ways[kind];
        HOLDS(way->found ? way->count > 0 && !remedy.allowed : way->none.len > 0);
        if (kind == REMEDY_EDIT && way->found) {
            Value made = *object;
            Err err = { 0 };
            HOLDS(patch_apply(&made, &way->patch, a, &err));
            HOLDS(value_equal(&made, &way->objects[0]));
        }
    }
    (void)remedy_to_value(&remedy, REMEDY_ALL_BITS, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    FileObjects objects;
    Err err = { 0 };
    KubeTarget old = kube_target(20);
    KubeTarget new_one = kube_target(KUBE_MINOR_NEWEST);
    if (files_read_text(STR("input"), str_from((const char *)data, size), NULL, &a, &objects,
                        &err)) {
        for (size_t i = 0; i < objects.count; i++) {
            check(objects.items[i].object, &old, &a);
            check(objects.items[i].object, &new_one, &a);
        }
    }
    arena_done(&a);
    return 0;
}
