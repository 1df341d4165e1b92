/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters for the tests of this folder. */
#include "analyze/rbac/test_rbac.h"

#include "cluster/preset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

void test_rbac_open(TestRbac *t, const char *lines)
{
    *t = (TestRbac){ 0 };
    arena_init(&t->arena, 0);
    Arena *a = &t->arena;
    Buf text = buf_new(a);
    Str rest = str_from_c(lines);
    Str line;
    while (str_next_piece(&rest, '\n', &line)) {
        buf_add(&text, line);
        buf_lit(&text, "\n---\n");
    }
    Err err;
    if (!files_read_text(STR("t.yaml"), buf_str(&text), NULL, a, &t->objects, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    assert_true(preset_put(b, STR("kubernetes")));
    const Snapshot *base = snapshot_builder_finish(b);
    b = snapshot_builder_new(base, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    snapshot_release(base);
    for (size_t i = 0; i < t->objects.count; i++) {
        if (!snapshot_builder_put(b, t->objects.items[i].object, &t->objects.items[i].origin)) {
            fail_msg("%.*s", STR_ARG(snapshot_builder_notes(b)->text));
        }
    }
    t->snapshot = snapshot_builder_finish(b);
    KubeTarget target = kube_target(20);
    t->cluster = rbac_cluster_new(t->snapshot, &target, a);
    rbac_inventory_take(t->cluster, &t->objects, a, &t->inventory);
}

void test_rbac_close(TestRbac *t)
{
    rbac_inventory_done(&t->inventory);
    snapshot_release(t->snapshot);
    arena_done(&t->arena);
}

void test_rbac_same(Str got, const char *want, const char *what)
{
    if (!str_eq(got, str_from_c(want))) {
        fail_msg("%s\ngot:\n%.*s\nwant:\n%s", what, STR_ARG(got), want);
    }
}
