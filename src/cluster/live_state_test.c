/* SPDX-License-Identifier: Apache-2.0 */
/* Live state: whatever the layers, a snapshot answers as one made of the same objects at once. */
#include "cluster/live_state.h"

#include "decide/psp/policy.h"
#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static void put(LiveState *s, Arena *a, const char *format, int n)
{
    Str text = arena_printf(a, format, n); /* NOLINT: every format here takes one int */
    Value v;
    Err err = { 0 };
    if (!json_read(STR("test"), text, NULL, a, &v, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    assert_true(live_state_put(s, &v));
}

#define PSP_SPEC                                                   \
    "\"spec\":{\"runAsUser\":{\"rule\":\"RunAsAny\"},"             \
    "\"seLinux\":{\"rule\":\"RunAsAny\"},"                         \
    "\"fsGroup\":{\"rule\":\"RunAsAny\"},\"supplementalGroups\":{" \
    "\"rule\":\"RunAsAny\"}}"
#define POLICY                                                          \
    "{\"apiVersion\":\"podgate.io/v1\",\"kind\":\"PodSecurityPolicy\"," \
    "\"metadata\":{\"name\":\"p%d\",\"managedFields\":[{}]}," PSP_SPEC "}"
#define BROKEN_POLICY                                                   \
    "{\"apiVersion\":\"podgate.io/v1\",\"kind\":\"PodSecurityPolicy\"," \
    "\"metadata\":{\"name\":\"p%d\"},\"spec\":{\"runAsUser\":7}}"
#define NAMESPACE                                               \
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\","            \
    "\"metadata\":{\"name\":\"n%d\",\"labels\":{\"a\":\"b\"}}," \
    "\"status\":{\"phase\":\"Active\"}}"

static bool has_policy(const Snapshot *s, Arena *a, int n)
{
    const Facts *f = snapshot_facts(s);
    return f->psp_policy(f->cluster, arena_printf(a, "p%d", n)) != NULL;
}

static bool has_namespace(const Snapshot *s, Arena *a, int n)
{
    const Facts *f = snapshot_facts(s);
    ObjectKey key = { STR(""), STR("Namespace"), STR(""), arena_printf(a, "n%d", n) };
    return f->object(f->cluster, key) != NULL;
}

static void remove_policy(LiveState *s, Arena *a, int n)
{
    live_state_remove(s, (ObjectKey){ STR("podgate.io"), STR("PodSecurityPolicy"), STR(""),
                                      arena_printf(a, "p%d", n) });
}

static void objects_come_and_go(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    LiveState *s = live_state_new(NULL, NULL);
    assert_true(live_state_is_changed(s));
    put(s, &a, POLICY, 1);
    put(s, &a, NAMESPACE, 1);
    const Snapshot *first = live_state_snapshot(s);
    assert_false(live_state_is_changed(s));
    put(s, &a, POLICY, 2);
    remove_policy(s, &a, 1);
    remove_policy(s, &a, 7);
    const Snapshot *second = live_state_snapshot(s);
    assert_true(has_policy(first, &a, 1) && !has_policy(first, &a, 2));
    assert_true(!has_policy(second, &a, 1) && has_policy(second, &a, 2));
    assert_true(has_namespace(second, &a, 1));
    assert_int_equal(live_state_stats(s).objects, 2);
    snapshot_release(first);
    snapshot_release(second);
    live_state_free(s);
    arena_done(&a);
}

static void what_decisions_do_not_read_is_no_change(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    LiveState *s = live_state_new(NULL, NULL);
    put(s, &a, NAMESPACE, 1);
    snapshot_release(live_state_snapshot(s));
    put(s, &a,
        "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n%d\","
        "\"labels\":{\"a\":\"b\"},\"resourceVersion\":\"8\"}}",
        1);
    assert_false(live_state_is_changed(s));
    live_state_free(s);
    arena_done(&a);
}

static void groups_of_policies(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    LiveState *s = live_state_new(NULL, NULL);
    put(s, &a,
        "{\"apiVersion\":\"policy/v1beta1\",\"kind\":\"PodSecurityPolicy\","
        "\"metadata\":{\"name\":\"p%d\"},\"spec\":{\"privileged\":true,"
        "\"runAsUser\":{\"rule\":\"RunAsAny\"},\"seLinux\":{\"rule\":\"RunAsAny\"},"
        "\"fsGroup\":{\"rule\":\"RunAsAny\"},"
        "\"supplementalGroups\":{\"rule\":\"RunAsAny\"}}}",
        1);
    put(s, &a, POLICY, 1);
    for (int i = 0; i < 3; i++) {
        const Snapshot *now = live_state_snapshot(s);
        const Facts *f = snapshot_facts(now);
        const PspPolicy *p = f->psp_policy(f->cluster, STR("p1"));
        assert_int_equal(p != NULL, i < 2);
        assert_int_equal(p && p->privileged, i == 1);
        snapshot_release(now);
        live_state_remove(s, (ObjectKey){ i ? STR("policy") : STR("podgate.io"),
                                          STR("PodSecurityPolicy"), STR(""), STR("p1") });
    }
    live_state_free(s);
    arena_done(&a);
}

static void note(void *context, Str text)
{
    (void)text;
    ++*(int *)context;
}

static void a_broken_policy_grants_nothing(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    int notes = 0;
    LiveState *s = live_state_new(note, &notes);
    put(s, &a, POLICY, 1);
    snapshot_release(live_state_snapshot(s));
    put(s, &a, BROKEN_POLICY, 1);
    const Snapshot *now = live_state_snapshot(s);
    assert_false(has_policy(now, &a, 1));
    assert_int_equal(notes, 1);
    snapshot_release(now);
    put(s, &a, POLICY, 1);
    now = live_state_snapshot(s);
    assert_true(has_policy(now, &a, 1));
    snapshot_release(now);
    live_state_free(s);
    arena_done(&a);
}

static void a_list_says_what_is_gone(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    LiveState *s = live_state_new(NULL, NULL);
    for (int i = 0; i < 10; i++) {
        put(s, &a, POLICY, i);
        put(s, &a, NAMESPACE, i);
    }
    live_state_list_begin(s, STR("podgate.io"), STR("PodSecurityPolicy"));
    put(s, &a, POLICY, 3);
    put(s, &a, POLICY, 11);
    live_state_list_end(s, STR("podgate.io"), STR("PodSecurityPolicy"));
    const Snapshot *now = live_state_snapshot(s);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(has_policy(now, &a, i), i == 3);
        assert_true(has_namespace(now, &a, i));
    }
    assert_true(has_policy(now, &a, 11));
    snapshot_release(now);
    live_state_free(s);
    arena_done(&a);
}

/* A seeded walk, compared with a plain array after each snapshot. */
static void layers_of_any_size_agree(void **state)
{
    (void)state;
    enum { NAMES = 500, STEPS = 3000 };
    Arena a;
    arena_init(&a, 0);
    LiveState *s = live_state_new(NULL, NULL);
    bool there[NAMES] = { 0 };
    uint32_t random = 1;
    size_t layers_max = 0;
    for (int step = 0; step < STEPS; step++) {
        random = random * 1664525 + 1013904223;
        int n = (int)(random >> 8) % NAMES;
        if ((random >> 4) & 1) {
            put(s, &a, POLICY, n);
        } else {
            remove_policy(s, &a, n);
        }
        there[n] = (random >> 4) & 1;
        if ((random >> 20) % 5 == 0) {
            const Snapshot *now = live_state_snapshot(s);
            size_t layers = live_state_stats(s).layers;
            layers_max = layers > layers_max ? layers : layers_max;
            for (int i = 0; i < NAMES; i += step % 7 + 1) {
                assert_int_equal(has_policy(now, &a, i), there[i]);
            }
            snapshot_release(now);
            arena_reset(&a);
        }
    }
    assert_true(layers_max > 2);
    live_state_free(s);
    arena_done(&a);
}

/* More changes than the largest layer has room for. */
static void the_base_is_made_again(void **state)
{
    (void)state;
    enum { NAMESPACES = 20000 };
    Arena a;
    arena_init(&a, 0);
    LiveState *s = live_state_new(NULL, NULL);
    snapshot_release(live_state_snapshot(s));
    for (int i = 0; i < NAMESPACES; i++) {
        put(s, &a, NAMESPACE, i);
        if (i % 500 == 0) {
            snapshot_release(live_state_snapshot(s));
        }
        arena_reset(&a);
    }
    assert_int_equal(live_state_stats(s).base_made, 2);
    assert_true(live_state_stats(s).layers <= 4);
    const Snapshot *now = live_state_snapshot(s);
    for (int i = 0; i < NAMESPACES; i += 99) {
        assert_true(has_namespace(now, &a, i));
    }
    snapshot_release(now);
    live_state_free(s);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_come_and_go),
        cmocka_unit_test(what_decisions_do_not_read_is_no_change),
        cmocka_unit_test(groups_of_policies),
        cmocka_unit_test(a_broken_policy_grants_nothing),
        cmocka_unit_test(a_list_says_what_is_gone),
        cmocka_unit_test(layers_of_any_size_agree),
        cmocka_unit_test(the_base_is_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
