/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded requests under two clusters: what differs, and what cannot be told. */
#include "analyze/audit/replay.h"

#include "cluster/files.h"
#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

#define ROLE(name, rules)                                                         \
    "---\n{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, "         \
    "metadata: {name: " name "}, rules: [" rules "]}\n"                           \
    "---\n{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, "  \
    "metadata: {name: " name "}, roleRef: {apiGroup: rbac.authorization.k8s.io, " \
    "kind: ClusterRole, name: " name "}, subjects: [{kind: User, "                \
    "apiGroup: rbac.authorization.k8s.io, name: alice}]}\n"
#define PODS ROLE("pods", "{apiGroups: [''], resources: [pods], verbs: ['*']}")
#define USE(policy)                                                                        \
    ROLE("use-" policy,                                                                    \
         "{apiGroups: [policy], resources: [podsecuritypolicies], resourceNames: [" policy \
         "], verbs: [use]}")
#define POLICY(name, more)                                                                    \
    "---\n{apiVersion: policy/v1beta1, kind: PodSecurityPolicy, metadata: {name: " name "}, " \
    "spec: {" more "seLinux: {rule: RunAsAny}, runAsUser: {rule: RunAsAny}, "                 \
    "fsGroup: {rule: RunAsAny}, supplementalGroups: {rule: RunAsAny}, volumes: ['*']}}\n"
#define COMMON "---\n{apiVersion: v1, kind: Namespace, metadata: {name: ns}}\n"
#define OPEN COMMON PODS POLICY("a", "privileged: true, ") USE("a")

#define EVENT(verb, user, ref, more)                                                           \
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"stage\":\"ResponseComplete\","   \
    "\"requestReceivedTimestamp\":\"2021-01-02T03:04:05.000000Z\","                            \
    "\"requestURI\":\"/api/v1/namespaces/ns/pods?x=y\",\"verb\":\"" verb "\","                 \
    "\"user\":{\"username\":\"" user "\",\"groups\":[\"system:authenticated\"]},"              \
    "\"objectRef\":{\"resource\":\"pods\",\"namespace\":\"ns\",\"apiVersion\":\"v1\"" ref "}," \
    "\"responseStatus\":{\"code\":201}" more "}\n"
#define POD(name, context)                                                                      \
    ",\"requestObject\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"" name \
    "\",\"namespace\":\"ns\",\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":"        \
    "\"ReplicaSet\",\"name\":\"web-5d4f8c7b9\",\"uid\":\"u\",\"controller\":true}]},"           \
    "\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i:1\"" context "}]}}"
#define PRIVILEGED ",\"securityContext\":{\"privileged\":true}"
#define REFUSAL                                                                    \
    "PodSecurityPolicy: unable to admit pod: [spec.containers[0].securityContext." \
    "privileged: Invalid value: true: Privileged containers are not allowed]"
#define REVIEW(context)                                                                          \
    "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"         \
    "\"operation\":\"CREATE\",\"userInfo\":{\"username\":\"alice\"},"                            \
    "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"                    \
    "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},\"namespace\":\"ns\","        \
    "\"object\":{\"metadata\":{\"name\":\"p\",\"namespace\":\"ns\"},\"spec\":{\"containers\":[{" \
    "\"name\":\"c\",\"image\":\"i:1\"" context "}]}}}}\n"

static const struct {
    const char *name;
    const char *before;
    const char *after;
    const char *log;
    const char *want; /* a line for each group, then what was skipped and limited */
} rows[] = {
    { "nothing differs", OPEN, OPEN, EVENT("create", "alice", "", POD("p", PRIVILEGED)), "" },
    { "a stricter policy", OPEN, COMMON PODS POLICY("a", "") USE("a"),
      EVENT("create", "alice", "", POD("p", PRIVILEGED)) EVENT(
          "create", "alice", "", POD("q", PRIVILEGED)) EVENT("create", "alice", "", POD("r", "")),
      "newly refused 2: alice create pods ns deployment/web: allowed by policy a -> " REFUSAL
      "\n" },
    { "the other way", COMMON PODS POLICY("a", "") USE("a"), OPEN,
      EVENT("create", "alice", "", POD("p", PRIVILEGED)),
      "newly allowed 1: alice create pods ns deployment/web: " REFUSAL " -> allowed by policy a\n"
      "not as recorded: 1\n" },
    { "another policy", OPEN, COMMON PODS POLICY("b", "privileged: true, ") USE("b"),
      EVENT("create", "alice", "", POD("p", "")),
      "another policy 1: alice create pods ns deployment/web: allowed by policy a -> allowed by "
      "policy b\n" },
    { "changed otherwise", OPEN,
      COMMON PODS POLICY("a", "privileged: true, defaultAddCapabilities: [KILL], ") USE("a"),
      EVENT("create", "alice", "", POD("p", "")),
      "changed otherwise 1: alice create pods ns deployment/web: allowed by policy a -> allowed by "
      "policy a\n" },
    { "a review", OPEN, COMMON PODS POLICY("a", "") USE("a"), REVIEW(PRIVILEGED) REVIEW(""),
      "newly refused 1: alice create pods ns pod/p: allowed by policy a -> " REFUSAL "\n" },
    { "a right that is gone", OPEN, COMMON, EVENT("get", "alice", ",\"name\":\"web-x2x4z\"", ""),
      "newly refused 1: alice get pods ns web: allowed -> User \"alice\" cannot get resource "
      "\"pods\" in API group \"\" in the namespace \"ns\"\n"
      "limit 1: 1\n" },
    { "an authorizer that is not known", COMMON POLICY("a", "privileged: true, ") USE("a"),
      COMMON POLICY("a", "") USE("a"), EVENT("create", "alice", "", POD("p", PRIVILEGED)),
      "newly refused 1: alice create pods ns deployment/web: allowed by policy a -> " REFUSAL
      "\n" },
    { "no object, an update of nothing that is there, a patch", OPEN, OPEN,
      EVENT("create", "alice", "", "") EVENT("update", "alice", ",\"name\":\"p\"", POD("p", ""))
          EVENT("patch", "alice", ",\"name\":\"p\"", ",\"requestObject\":{}"),
      "limit 2: 1\nlimit 3: 1\nlimit 4: 1\n" },
    { "what a patch made",
      OPEN "---\n{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: "
           "ns}, spec: {containers: [{name: c, image: 'i:1'}]}}\n",
      OPEN,
      EVENT("patch", "alice", ",\"name\":\"p\"",
            ",\"responseObject\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{"
            "\"name\":\"p\",\"namespace\":\"ns\"},\"spec\":{\"containers\":[{\"name\":\"c\","
            "\"image\":\"i:2\"}]}}"),
      "" },
    { "a custom resource", OPEN, OPEN,
      "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"stage\":\"ResponseComplete\","
      "\"verb\":\"create\",\"user\":{\"username\":\"alice\"},\"responseStatus\":{\"code\":201},"
      "\"objectRef\":{\"resource\":\"widgets\",\"apiGroup\":\"x.io\",\"apiVersion\":\"v1\"},"
      "\"requestObject\":{\"kind\":\"Widget\",\"apiVersion\":\"x.io/v1\"}}\n",
      "limit 5: 1\n" },
    { "nobody", OPEN, OPEN,
      "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"stage\":\"ResponseComplete\","
      "\"verb\":\"get\",\"user\":{},\"requestURI\":\"/x\",\"responseStatus\":{\"code\":401}}\n"
      "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"stage\":\"RequestReceived\","
      "\"verb\":\"get\",\"user\":{\"username\":\"a\"},\"requestURI\":\"/x\"}\n"
      "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"stage\":\"ResponseComplete\","
      "\"verb\":\"get\"}\n"
      "{\"kind\":\"AdmissionReview\"}\n",
      "skipped 1: 1\nskipped 2: 1\nskipped 3: 2\n" },
};

static const Snapshot *load(const char *text, Arena *a)
{
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    FileObjects objects;
    Err err;
    if (!files_read_text(STR("state"), str_from_c(text), NULL, a, &objects, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    for (size_t i = 0; i < objects.count; i++) {
        assert_true(snapshot_builder_put(b, objects.items[i].object, NULL));
    }
    return snapshot_builder_finish(b);
}

static void on_problem(void *context, Str message)
{
    (void)context;
    fail_msg("%.*s", STR_ARG(message));
}

static Str report_text(const ReplayReport *r, Arena *a)
{
    Buf out = buf_new(a);
    for (size_t i = 0; i < r->group_count; i++) {
        const ReplayGroup *g = r->groups[i];
        buf_printf(&out, "%.*s %zu: %.*s %.*s %.*s %.*s %.*s: %.*s -> %.*s\n",
                   STR_ARG(replay_change_text(g->change)), g->count, STR_ARG(g->user),
                   STR_ARG(g->verb), STR_ARG(g->resource), STR_ARG(g->namespace),
                   STR_ARG(g->object), STR_ARG(g->before), STR_ARG(g->after));
    }
    for (int i = 1; i < REPLAY_SKIP_COUNT; i++) {
        if (r->skipped[i]) {
            buf_printf(&out, "skipped %d: %zu\n", i, r->skipped[i]);
        }
    }
    for (int i = 1; i < REPLAY_LIMIT_COUNT; i++) {
        if (r->limited[i]) {
            buf_printf(&out, "limit %d: %zu\n", i, r->limited[i]);
        }
    }
    if (r->not_as_recorded) {
        buf_printf(&out, "not as recorded: %zu\n", r->not_as_recorded);
    }
    return buf_str(&out);
}

static void test_rows(void **state)
{
    (void)state;
    KubeTarget target = kube_target(20);
    ReplayOptions options = { .target = &target };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        const Snapshot *before = load(rows[i].before, &a);
        const Snapshot *after = load(rows[i].after, &a);
        Replay *r = replay_new(snapshot_facts(before), snapshot_facts(after), &options, &a);
        LogSink sink = { r, replay_record, on_problem, NULL };
        LogCounts counts = { 0 };
        log_read_text(STR("log"), str_from_c(rows[i].log), 4096, &sink, &counts);
        const ReplayReport *report = replay_finish(r);
        Str got = report_text(report, &a);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("%s: want:\n%s\ngot:\n%.*s", rows[i].name, rows[i].want, STR_ARG(got));
        }
        Value v = replay_to_value(report, &a);
        assert_int_equal(value_len(value_get_lit(&v, "differences")), report->group_count);
        snapshot_release(before);
        snapshot_release(after);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
