/* SPDX-License-Identifier: Apache-2.0 */
/* Every preset builds a snapshot without a complaint. */
#include "cluster/preset.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void every_preset(void **state)
{
    (void)state;
    StrList names = preset_names();
    assert_true(names.count > 0);
    for (size_t i = 0; i < names.count; i++) {
        SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
        assert_true(preset_put(b, names.items[i]));
        const SnapshotNote *note = snapshot_builder_notes(b);
        if (note) {
            fail_msg("%.*s: %.*s", STR_ARG(names.items[i]), STR_ARG(note->text));
        }
        snapshot_release(snapshot_builder_finish(b));
    }
}

static void kubernetes(void **state)
{
    (void)state;
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS);
    assert_false(preset_put(b, STR("no-such")));
    assert_true(preset_put(b, STR("kubernetes")));
    const Snapshot *s = snapshot_builder_finish(b);
    const Facts *facts = snapshot_facts(s);
    static const ObjectKey keys[] = {
        { STR_INIT(""), STR_INIT("Namespace"), STR_INIT(""), STR_INIT("kube-system") },
        { STR_INIT("scheduling.k8s.io"), STR_INIT("PriorityClass"), STR_INIT(""),
          STR_INIT("system-node-critical") },
        { STR_INIT("rbac.authorization.k8s.io"), STR_INIT("ClusterRole"), STR_INIT(""),
          STR_INIT("edit") },
        { STR_INIT("rbac.authorization.k8s.io"), STR_INIT("RoleBinding"), STR_INIT("kube-system"),
          STR_INIT("system::leader-locking-kube-scheduler") },
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (!facts->object(facts->cluster, keys[i])) {
            fail_msg("no %.*s %.*s", STR_ARG(keys[i].kind), STR_ARG(keys[i].name));
        }
    }
    snapshot_release(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_preset),
        cmocka_unit_test(kubernetes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
