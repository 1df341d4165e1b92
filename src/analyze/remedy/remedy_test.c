/* SPDX-License-Identifier: Apache-2.0 */
/* The ways out of refusals, row by row. */
#include "analyze/remedy/remedy.h"

#include "decide/rbac/impersonate.h"
#include "doc/doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define PSP(name, spec)                                                                        \
    "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: " name "}\nspec: {" \
    "runAsUser: {rule: RunAsAny}, fsGroup: {rule: RunAsAny}, seLinux: {rule: RunAsAny}, "      \
    "supplementalGroups: {rule: RunAsAny}, " spec "}\n---\n"
#define STRICT(name, spec)                                                                     \
    "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: " name "}\nspec: {" \
    spec "}\n---\n"
#define USE(name)                                                                              \
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: " name             \
    ", namespace: ns}\nrules: [{apiGroups: [policy], resources: [podsecuritypolicies], "       \
    "resourceNames: [" name "], verbs: [use]}]\n---\n"                                         \
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: " name      \
    ", namespace: ns}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: " name \
    "}\nsubjects: [{kind: ServiceAccount, name: default, namespace: ns}]\n---\n"
#define NS(labels) \
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns, labels: {" labels "}}\n---\n"
#define POD(spec) \
    "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: ns}\nspec: {" spec "}"
#define C(rest) "containers: [{name: c, image: i" rest "}]"

typedef struct Row {
    const char *state;
    const char *object;
    int minor;
    const char *want[REMEDY_KIND_COUNT]; /* "target: part; part", or "- why there is none" */
} Row;

static const Row rows[] = {
    { NS("") PSP("a", "volumes: ['*']") USE("a"), POD("hostNetwork: true, " C("")), 20,
      { "a: set spec.hostNetwork to true", "a: remove spec.hostNetwork (was true)",
        "- no policy that exists would admit it" } },
};

typedef struct Asked {
    AdmitReport report;
    Remedy remedy;
} Asked;

static void ask(const Row *row, Arena *a, const Snapshot *empty, Asked *out)
{
    Str text = arena_concat(a, str_from_c(row->state), str_from_c(row->object));
    DocList docs;
    Err err = { 0 };
    if (!docs_read(STR("t"), text, NULL, a, &docs, &err)) {
        fail_msg("%.*s: %.*s", STR_ARG(text), STR_ARG(err.msg));
    }
    FileObjects objects = { new(a, FileObject, docs.count), docs.count };
    for (size_t i = 0; i < docs.count; i++) {
        objects.items[i] = (FileObject){ .object = &docs.items[i].root };
    }
    KubeTarget *target = new(a, KubeTarget, 1);
    *target = kube_target(row->minor);
    UserInfo user = rbac_impersonated_user(STR("nobody"), (StrList){ NULL, 0 }, a);
    AdmitQuestion question = { .objects = &objects, .user = &user, .target = target };
    if (!admit_ask(empty, &question, a, &out->report, &err)) {
        fail_msg("%.*s: %.*s", STR_ARG(text), STR_ARG(err.msg));
    }
    RemedyQuestion q = remedy_question_of(&out->report, &out->report.items[0], &question);
    remedy_find(&q, a, &out->remedy);
}

static Str way_text(const RemedyWay *way, Arena *a)
{
    if (!way->found) {
        return arena_concat(a, STR("- "), way->none);
    }
    Buf b = buf_new(a);
    buf_add(&b, way->target);
    for (size_t i = 0; i < way->count; i++) {
        buf_printf(&b, "%s%s%.*s", i ? ";" : ":", way->parts[i].restricts ? " keep " : " ",
                   STR_ARG(way->parts[i].text));
    }
    return buf_str(&b);
}

static void ways_out(void **state)
{
    (void)state;
    size_t failed = 0;
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS);
    const Snapshot *empty = snapshot_builder_finish(b);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        Asked asked;
        ask(&rows[i], &a, empty, &asked);
        for (int kind = 0; kind < REMEDY_KIND_COUNT; kind++) {
            Str got = way_text(&asked.remedy.ways[kind], &a);
            if (!str_eq(got, str_from_c(rows[i].want[kind]))) {
                printf("row %zu %.*s (%s)\nwant %s\ngot  %.*s\n     %.*s\n", i,
                       STR_ARG(remedy_kind_name((RemedyKind)kind)), rows[i].object,
                       rows[i].want[kind], STR_ARG(got), STR_ARG(asked.remedy.message));
                failed++;
            }
        }
        admit_report_done(&asked.report);
        arena_done(&a);
    }
    snapshot_release(empty);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(ways_out) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
