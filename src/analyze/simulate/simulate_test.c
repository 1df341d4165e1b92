/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A simulation says of generated clusters what asking about them before and after the change says,
 * and each way out is one.
 */
#include "analyze/simulate/simulate.h"

#include "analyze/objects.h"
#include "analyze/simulate/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { CLUSTERS = 60, WORKLOADS = 14, POLICIES = 3 };

/* -- clusters ---------------------------------------------------------------------------------- */

typedef struct Dice {
    uint64_t state;
} Dice;

static unsigned roll(Dice *d, unsigned sides)
{
    d->state = d->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(d->state >> 33) % sides;
}

static const char *pick(Dice *d, const char *const *texts, unsigned count)
{
    return texts[roll(d, count)];
}

static void add_policy(Buf *b, Dice *d, int i)
{
    static const char *const users[] = { "rule: RunAsAny", "rule: MustRunAsNonRoot",
                                         "rule: MustRunAs, ranges: [{min: 1000, max: 1999}]" };
    static const char *const volumes[] = { "'*'", "secret, projected, emptyDir",
                                           "secret, projected" };
    static const char *const more[] = { "",
                                        ", hostNetwork: true",
                                        ", privileged: true",
                                        ", allowPrivilegeEscalation: false",
                                        ", requiredDropCapabilities: [KILL]",
                                        ", allowedCapabilities: ['*'], hostNetwork: true" };
    buf_printf(b,
               "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: p%d}\nspec: "
               "{runAsUser: {%s}, seLinux: {rule: RunAsAny}, fsGroup: {rule: RunAsAny}, "
               "supplementalGroups: {rule: RunAsAny}, volumes: [%s]%s}\n---\n",
               i, pick(d, users, COUNT_OF(users)), pick(d, volumes, COUNT_OF(volumes)),
               pick(d, more, COUNT_OF(more)));
}

static void add_grant(Buf *b, Dice *d, int i)
{
    static const char *const groups[] = { "system:serviceaccounts", "system:serviceaccounts:b",
                                          "system:nodes" };
    buf_printf(
        b,
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: "
        "p%d}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: p%d}\n"
        "subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: '%s'}]\n---\n",
        i, i, pick(d, groups, COUNT_OF(groups)));
}

static void add_namespace(Buf *b, Dice *d, const char *name)
{
    static const char *const labels[] = { "", "pod-security.kubernetes.io/enforce: baseline",
                                          "pod-security.kubernetes.io/enforce: restricted",
                                          "pod-security.kubernetes.io/warn: restricted" };
    buf_printf(b, "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {%s}}\n---\n",
               name, pick(d, labels, COUNT_OF(labels)));
}

static void add_limits(Buf *b, Dice *d)
{
    static const char *const limits[] = { "default: {cpu: 100m}", "default: {cpu: 200m}",
                                          "max: {memory: 1Gi}" };
    buf_printf(
        b,
        "apiVersion: v1\nkind: LimitRange\nmetadata: {name: l, namespace: b}\nspec: {limits: "
        "[{type: Container, %s}]}\n---\n",
        pick(d, limits, COUNT_OF(limits)));
}

static void add_workload(Buf *b, Dice *d, int i)
{
    static const char *const security[] = {
        "",
        "privileged: true",
        "runAsUser: 0",
        "runAsUser: 1500",
        "runAsNonRoot: true",
        "capabilities: {add: [NET_ADMIN]}",
        ("allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, "
         "seccompProfile: {type: RuntimeDefault}"),
    };
    static const char *const specs[] = { "", "hostNetwork: true, ", "hostPID: true, ",
                                         "volumes: [{name: v, hostPath: {path: /x}}], ",
                                         "volumes: [{name: v, emptyDir: {}}], " };
    const char *sc = pick(d, security, COUNT_OF(security));
    const char *spec = pick(d, specs, COUNT_OF(specs));
    const char *namespace = roll(d, 2) ? "a" : "b";
    bool is_pod = roll(d, 2);
    /* pods that are alike would be one */
    buf_printf(b,
               "apiVersion: %s\nkind: %s\nmetadata: {name: w%d, namespace: %s, annotations: "
               "{kubernetes.io/w: '%d'}}\nspec: {",
               is_pod ? "v1" : "apps/v1", is_pod ? "Pod" : "Deployment", i, namespace, i);
    if (!is_pod) {
        buf_printf(b,
                   "replicas: %u, selector: {matchLabels: {w: w%d}}, template: {metadata: {labels: "
                   "{w: w%d}}, spec: {",
                   roll(d, 4), i, i);
    }
    buf_printf(b, "%scontainers: [{name: c, image: i, securityContext: {%s}}]%s}\n---\n", spec, sc,
               is_pod ? "" : "}}");
}

/* What decides; the roles are there already. */
static Str settings(Dice *d, Arena *a)
{
    Buf b = buf_new(a);
    for (int i = 0; i < POLICIES; i++) {
        add_policy(&b, d, i);
        add_grant(&b, d, i);
    }
    add_namespace(&b, d, "a");
    add_namespace(&b, d, "b");
    add_limits(&b, d);
    return arena_str(a, buf_str(&b));
}

static Str roles(Arena *a)
{
    Buf b = buf_new(a);
    for (int i = 0; i < POLICIES; i++) {
        buf_printf(&b,
                   "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "
                   "p%d}\nrules: [{apiGroups: [policy], resources: [podsecuritypolicies], "
                   "resourceNames: [p%d], verbs: [use]}]\n---\n",
                   i, i);
    }
    return buf_str(&b);
}

static Str workloads(Dice *d, Arena *a)
{
    Buf b = buf_new(a);
    for (int i = 0; i < WORKLOADS; i++) {
        add_workload(&b, d, i);
    }
    return arena_str(a, buf_str(&b));
}

static FileObjects read_text(Str text, Arena *a)
{
    FileObjects out;
    Err err;
    if (!files_read_text(STR("f"), text, NULL, a, &out, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    return out;
}

static const Snapshot *build(const Snapshot *base, const FileObjects *objects)
{
    SnapshotBuilder *b = snapshot_builder_new(base, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    for (size_t i = 0; i < objects->count; i++) {
        assert_true(snapshot_builder_put(b, objects->items[i].object, NULL));
    }
    return snapshot_builder_finish(b);
}

/* -- asking ------------------------------------------------------------------------------------ */

typedef struct Asked {
    Arena arena;
    KubeTarget target;
    UserInfo user;
    AdmitQuestion how;
    FileObjects loads;
    const Snapshot *before;
    const Snapshot *after;
    FileObjects change;
    Intake *intake;
    SimulateUnits units;
    SimulateReport report;
} Asked;

static void ask(Asked *q, uint64_t seed)
{
    Dice d = { seed };
    FileObjects nothing;
    Err err;
    *q = (Asked){ .target = kube_target(24), .user = { .name = STR(""), .uid = STR("") } };
    arena_init(&q->arena, 0);
    q->how = (AdmitQuestion){ .user = &q->user, .target = &q->target, .explain = true };
    FileObjects fixed = read_text(roles(&q->arena), &q->arena);
    FileObjects was = read_text(settings(&d, &q->arena), &q->arena);
    q->change = read_text(settings(&d, &q->arena), &q->arena);
    q->loads = read_text(workloads(&d, &q->arena), &q->arena);
    const Snapshot *base = build(NULL, &fixed);
    q->before = build(base, &was);
    snapshot_release(base);
    q->intake = intake_new();
    for (size_t i = 0; i < q->loads.count; i++) {
        intake_put(q->intake, &q->loads.items[i], true);
    }
    intake_finish(q->intake, &nothing, &q->units);
    SimulateQuestion question = {
        .units = &q->units,
        .with = &q->change,
        .how = &q->how,
        .ways_max = 100,
    };
    AnalyzeNotes notes = { 0 };
    assert_true(change_lay(q->before, &question, &q->arena, &notes, &q->after, &err));
    assert_true(simulate_ask(q->before, &question, &q->arena, &q->report, &err));
}

static void done(Asked *q)
{
    simulate_report_done(&q->report);
    snapshot_release(q->before);
    snapshot_release(q->after);
    intake_free(q->intake);
    arena_done(&q->arena);
}

static const SimulateChange *find_change(const SimulateReport *report, Str text)
{
    for (size_t i = 0; i < report->count; i++) {
        if (str_eq(report->changes[i].unit->text, text)) {
            return &report->changes[i];
        }
    }
    return NULL;
}

static AdmitReport admit(const Asked *q, const Snapshot *s, const FileObjects *objects, Arena *a)
{
    AdmitQuestion question = q->how;
    AdmitReport out;
    Err err;
    question.objects = objects;
    if (!admit_ask(s, &question, a, &out, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    return out;
}

/* Asking about the same workloads before and after; what is told is what differs. */
static void test_as_asking_twice(void **state)
{
    (void)state;
    size_t seen[SIMULATE_ALLOWED + 1] = { 0 };
    for (uint64_t seed = 1; seed <= CLUSTERS; seed++) {
        Asked q;
        ask(&q, seed);
        AdmitReport before = admit(&q, q.before, &q.loads, &q.arena);
        AdmitReport after = admit(&q, q.after, &q.loads, &q.arena);
        for (size_t i = 0; i < before.count; i++) {
            const AdmissionDecision *was = &before.items[i].decision;
            const AdmissionDecision *is = &after.items[i].decision;
            Str text = admit_object_text(&before.items[i], &q.arena);
            const SimulateChange *c = find_change(&q.report, text);
            SimulateVerdict verdict = c ? c->verdict : SIMULATE_SAME;
            seen[verdict]++;
            assert_int_equal(verdict == SIMULATE_REFUSED, was->allowed && !is->allowed);
            assert_int_equal(verdict == SIMULATE_ALLOWED, !was->allowed && is->allowed);
            if (was->allowed && is->allowed) {
                bool same = str_eq(was->psp, is->psp) && value_equal(&was->object, &is->object);
                assert_int_equal(verdict == SIMULATE_CHANGED, !same);
            }
            if (c && !is->allowed) {
                assert_true(str_eq(c->after.message, is->status.message));
                assert_true(c->reason_count > 0);
            }
            if (c && is->allowed) {
                assert_true(str_eq(c->after.policy, is->psp));
            }
        }
        admit_report_done(&before);
        admit_report_done(&after);
        done(&q);
    }
    for (size_t i = 0; i < COUNT_OF(seen); i++) {
        assert_true(seen[i] > 0); /* every verdict came up */
    }
}

/* The objects of a way, decided after the change: the workload is admitted. */
static void check_way(const Asked *q, const SimulateChange *c, const RemedyWay *way, bool is_edit)
{
    Arena a;
    arena_init(&a, 0);
    assert_true(way->object_count > 0);
    FileObjects given = { new(&a, FileObject, way->object_count), way->object_count };
    FileObjects asked = { new(&a, FileObject, 1), 1 };
    for (size_t i = 0; i < way->object_count; i++) {
        given.items[i].object = &way->objects[i];
    }
    asked.items[0] = is_edit ? given.items[0] : c->unit->source;
    const Snapshot *s = is_edit ? snapshot_acquire(q->after) : build(q->after, &given);
    AdmitReport report = admit(q, s, &asked, &a);
    assert_int_equal(report.count, 1);
    assert_int_equal(report.denied, 0);
    admit_report_done(&report);
    snapshot_release(s);
    arena_done(&a);
}

static void test_ways_out(void **state)
{
    (void)state;
    size_t widened = 0;
    size_t edited = 0;
    for (uint64_t seed = 1; seed <= CLUSTERS / 3; seed++) {
        Asked q;
        ask(&q, seed);
        for (size_t i = 0; i < q.report.count; i++) {
            const SimulateChange *c = &q.report.changes[i];
            if (c->verdict != SIMULATE_REFUSED) {
                assert_null(c->remedy);
                continue;
            }
            assert_non_null(c->remedy);
            if (c->remedy->ways[REMEDY_WIDEN].found) {
                check_way(&q, c, &c->remedy->ways[REMEDY_WIDEN], false);
                widened++;
            }
            if (c->remedy->ways[REMEDY_EDIT].found) {
                check_way(&q, c, &c->remedy->ways[REMEDY_EDIT], true);
                edited++;
            }
        }
        done(&q);
    }
    assert_true(widened > 3 && edited > 3);
}

/* Units that are alike are decided once, and counted as often as there are. */
static void test_alike(void **state)
{
    (void)state;
    Asked q;
    Dice d = { 7 };
    Err err;
    Buf b;
    FileObjects nothing = { NULL, 0 };
    FileObjects none;
    ask(&q, 7);
    b = buf_new(&q.arena);
    for (int i = 0; i < 50; i++) {
        buf_printf(
            &b,
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d%d, namespace: a}\nspec: "
            "{replicas: %u, template: {spec: {containers: [{name: c, image: i}]}}}\n---\n",
            i, roll(&d, 3) + 1);
    }
    FileObjects loads = read_text(buf_str(&b), &q.arena);
    Intake *in = intake_new();
    SimulateUnits units;
    SimulateReport report;
    for (size_t i = 0; i < loads.count; i++) {
        intake_put(in, &loads.items[i], true);
    }
    intake_finish(in, &none, &units);
    SimulateQuestion question = { .units = &units, .with = &nothing, .how = &q.how };
    assert_true(simulate_ask(q.before, &question, &q.arena, &report, &err));
    assert_int_equal(report.units, 50);
    assert_int_equal(report.decisions, 2);
    assert_int_equal(report.by[SIMULATE_SAME].units, 50);
    simulate_report_done(&report);
    intake_free(in);
    done(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_asking_twice),
        cmocka_unit_test(test_ways_out),
        cmocka_unit_test(test_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
