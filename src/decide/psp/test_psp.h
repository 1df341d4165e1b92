/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the strategies share: a row is a policy, a pod and what the policy says of it.
 *
 * JSON is written with single quotes. A policy is given by what it has beside the four rules
 * RunAsAny and all volumes; a pod by its spec, where one plain container "c" is filled in when no
 * containers are given.
 */
#ifndef PODGATE_DECIDE_TEST_PSP_H
#define PODGATE_DECIDE_TEST_PSP_H

#include "decide/psp/psp.h"
#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct PspRow {
    const char *name;
    const char *policy; /* members of the policy's spec: "'hostPID': true" */
    const char *pod;    /* members of the pod's spec */
    const char *errors; /* as they stand between the brackets; "" when it admits */
    const char *patch;  /* what it changes, without kubernetes.io/psp; NULL for nothing */
    const char *policy_annotations; /* members; NULL for none */
    const char *pod_annotations;    /* members; NULL for none */
    int minor;                      /* 0 for 20 */
    unsigned features;              /* 1 << KubeFeature of gates to turn on */
} PspRow;

static inline Value psp_test_json(Arena *a, const char *text)
{
    Str copy = arena_str(a, str_from_c(text));
    for (char *at = (char *)(uintptr_t)copy.ptr; *at; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    Value v = value_null();
    Err err = { 0 };
    if (!json_read(STR("test"), copy, NULL, a, &v, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    return v;
}

/* An object of the members, in which those of text come on top. */
static inline Value psp_test_members(Arena *a, const char *base, const char *text)
{
    Value v = psp_test_json(a, arena_cstr(a, arena_printf(a, "{%s}", base)));
    Value more = psp_test_json(a, arena_cstr(a, arena_printf(a, "{%s}", text ? text : "")));
    VALUE_EACH_MEMBER(m, &more) {
        value_set(&v, member_key(m), m->value, a);
    }
    return v;
}

static inline Value psp_test_object(Arena *a, const char *name, const char *annotations, Value spec)
{
    Value v = value_object();
    Value *metadata = value_set_lit(&v, "metadata", value_object(), a);
    value_set_lit(metadata, "name", value_str(str_from_c(name)), a);
    if (annotations) {
        value_set_lit(metadata, "annotations", psp_test_members(a, annotations, ""), a);
    }
    value_set_lit(&v, "spec", spec, a);
    return v;
}

static inline const PspPolicy *psp_test_policy(Arena *a, const char *name, const char *annotations,
                                               const char *members)
{
    Value v = psp_test_object(a, name, annotations,
                              psp_test_members(a,
                                               "'runAsUser':{'rule':'RunAsAny'},"
                                               "'seLinux':{'rule':'RunAsAny'},"
                                               "'fsGroup':{'rule':'RunAsAny'},"
                                               "'supplementalGroups':{'rule':'RunAsAny'},"
                                               "'volumes':['*']",
                                               members));
    Err err = { 0 };
    const PspPolicy *policy = psp_policy_compile(&v, a, &err);
    if (!policy) {
        fail_msg("%s: %.*s", members, STR_ARG(err.msg));
    }
    return policy;
}

static inline Value psp_test_pod(Arena *a, const char *annotations, const char *members)
{
    return psp_test_object(a, "pod", annotations,
                           psp_test_members(a, "'containers':[{'name':'c','image':'x'}]", members));
}

static inline void psp_test_same(const char *row, const char *what, Str got, Str want)
{
    if (!str_eq(got, want)) {
        fail_msg("%s: %s\n got %.*s\nwant %.*s", row, what, STR_ARG(got), STR_ARG(want));
    }
}

static inline PspDecision psp_test_decide(Arena *a, const Value *pod, const PspPolicy *policy,
                                          PspPass pass, const KubeTarget *target)
{
    PodView *view = new(a, PodView, 1);
    Err err = { 0 };
    if (!pod_view_read(pod, a, view, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    PspCandidate *candidate = new(a, PspCandidate, 1);
    candidate->policy = policy;
    PspRequest request = {
        .candidates = candidate, .candidate_count = 1, .pod = view, .pass = pass, .target = target
    };
    PspDecision decision;
    psp_admit(&request, a, &decision);
    return decision;
}

/* The operations but for the last, which sets kubernetes.io/psp: on its own, or in an object of
 * annotations that is new. */
static inline Str psp_test_patch_text(Arena *a, const Value *patch)
{
    Value shown = value_copy(patch, a);
    Value *last = value_item(&shown, shown.len - 1);
    Value *annotations = value_get_lit(last, "value");
    if (value_is(annotations, VALUE_OBJECT) && value_remove(annotations, STR(PSP_ANNOTATION)) &&
        annotations->len) {
        last = NULL; /* others were set with it */
    }
    if (last) {
        value_remove_item(&shown, shown.len - 1);
    }
    Buf b = buf_new(a);
    json_write(&shown, &b);
    return buf_str(&b);
}

static inline Str psp_test_json_text(Arena *a, const char *json)
{
    Value v = psp_test_json(a, json);
    Buf b = buf_new(a);
    json_write(&v, &b);
    return buf_str(&b);
}

static inline void psp_test_row(Arena *a, const PspRow *row)
{
    KubeTarget target = kube_target(row->minor ? row->minor : 20);
    target.features |= row->features;
    const PspPolicy *policy = psp_test_policy(a, "p", row->policy_annotations, row->policy);
    Value pod = psp_test_pod(a, row->pod_annotations, row->pod);
    PspDecision d = psp_test_decide(a, &pod, policy, PSP_MUTATING, &target);
    if (!d.allowed) {
        psp_test_same(row->name, "message", d.message,
                      arena_printf(a, "PodSecurityPolicy: unable to admit pod: [%s]", row->errors));
        return;
    }
    psp_test_same(row->name, "errors", STR(""), str_from_c(row->errors));
    psp_test_same(row->name, "patch", psp_test_patch_text(a, &d.patch),
                  psp_test_json_text(a, row->patch ? row->patch : "[]"));
    assert_int_equal(d.mutates, row->patch != NULL);
}

static inline void psp_test_rows(const PspRow *rows, size_t count)
{
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < count; i++) {
        psp_test_row(&a, &rows[i]);
        arena_reset(&a);
    }
    arena_done(&a);
}

/* A program that checks the rows of one table. */
#define PSP_TEST_MAIN(rows)                                                  \
    static void test_##rows(void **state)                                    \
    {                                                                        \
        (void)state;                                                         \
        psp_test_rows(rows, COUNT_OF(rows));                                 \
    }                                                                        \
    int main(void)                                                           \
    {                                                                        \
        const struct CMUnitTest tests[] = { cmocka_unit_test(test_##rows) }; \
        return cmocka_run_group_tests(tests, NULL, NULL);                    \
    }

#endif
