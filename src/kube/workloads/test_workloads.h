/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of workloads: what is wrong with them, and what they look like on their way in. */
#ifndef PODGATE_KUBE_WORKLOADS_TEST_WORKLOADS_H
#define PODGATE_KUBE_WORKLOADS_TEST_WORKLOADS_H

#include "kube/pod/test_pod.h"
#include "kube/schema.h"
#include "kube/workloads/workloads.h"

#define TEST_CONTAINERS "'containers':[{'name':'c','image':'i:1'}]"
/* Members of a workload's spec. */
#define TEST_TEMPLATE "'template':{'metadata':{'labels':{'a':'b'}},'spec':{" TEST_CONTAINERS "}}"
#define TEST_SELECTOR "'selector':{'matchLabels':{'a':'b'}}"
#define TEST_JOB_TEMPLATE                                                                          \
    "'template':{'metadata':{'labels':{'a':'b'}},'spec':{'restartPolicy':'Never'," TEST_CONTAINERS \
    "}}"

/* What of the object is in the row. */
typedef enum TestPart {
    TEST_OBJECT, /* created, or updated when there is an old one */
    TEST_STATUS, /* an update of the status */
} TestPart;

typedef struct WorkloadErrorRow {
    const char *name;
    const char *resource; /* of the group of the table */
    int minor;            /* 0 for 20 */
    TestPart part;
    const char *object; /* spec and more; metadata where it says none: x in n */
    const char *old;    /* or NULL */
    const char *want;   /* an error a line; "" for none */
} WorkloadErrorRow;

/* One of the kinds that a test file is about. */
typedef struct TestKind {
    const char *resource;
    const char *group;
    const char *api_version;
    const char *kind;
} TestKind;

static inline const TestKind *test_kind(const TestKind *kinds, size_t count, const char *resource)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(kinds[i].resource, resource) == 0) {
            return &kinds[i];
        }
    }
    fail_msg("no kind %s", resource);
    return NULL;
}

static inline const WorkloadRules *test_rules(const TestKind *kind)
{
    const WorkloadRules *rules = workload_rules_find(str_from_c(kind->group),
                                                     str_from_c(kind->resource));
    assert_non_null(rules);
    return rules;
}

/* Decoded and defaulted. */
static inline Value test_object(const TestKind *kind, const char *json, const KubeTarget *t,
                                Arena *a)
{
    Value raw = test_json(json, a);
    if (!value_get_lit(&raw, "metadata")) {
        value_set_lit(&raw, "metadata",
                      test_json("{'name':'x','namespace':'n','uid':'u',"
                                "'resourceVersion':'1'}",
                                a),
                      a);
    }
    value_set_lit(&raw, "apiVersion", value_str(str_from_c(kind->api_version)), a);
    value_set_lit(&raw, "kind", value_str(str_from_c(kind->kind)), a);
    const SchemaType *type = schema_find(str_from_c(kind->api_version), str_from_c(kind->kind));
    Value object;
    Err err = { 0 };
    assert_non_null(type);
    if (!schema_decode(type, &raw, t, a, &object, NULL, &err)) {
        fail_msg("%s: %.*s", json, STR_ARG(err.msg));
    }
    if (test_rules(kind)->defaults) {
        test_rules(kind)->defaults(&object, t, a);
    }
    return object;
}

static inline void test_prepare(const WorkloadRules *rules, TestPart part, Value *object,
                                const Value *old, const KubeTarget *t, Arena *a)
{
    if (part == TEST_STATUS) {
        rules->prepare_status(object, old, t, a);
    } else if (old && rules->prepare_update) {
        rules->prepare_update(object, old, t, a);
    } else if (!old && rules->prepare_create) {
        rules->prepare_create(object, t, a);
    }
}

static inline Str test_errors(const FieldErrors *errs)
{
    Buf b = buf_new(errs->arena);
    for (const FieldError *e = errs->first; e; e = e->next) {
        if (e != errs->first) {
            buf_byte(&b, '\n');
        }
        field_error_write(e, &b);
    }
    return buf_str(&b);
}

static inline void test_workload_errors(const TestKind *kinds, size_t kind_count,
                                        const WorkloadErrorRow *rows, size_t count)
{
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < count; i++) {
        const WorkloadErrorRow *row = &rows[i];
        const TestKind *kind = test_kind(kinds, kind_count, row->resource);
        const WorkloadRules *rules = test_rules(kind);
        KubeTarget t = kube_target(row->minor ? row->minor : 20);
        Value object = test_object(kind, row->object, &t, &a);
        Value old = row->old ? test_object(kind, row->old, &t, &a) : value_null();
        FieldErrors errs = field_errors_new(&a);
        test_prepare(rules, row->part, &object, row->old ? &old : NULL, &t, &a);
        if (row->part == TEST_STATUS) {
            rules->validate_status(&object, &old, &t, &errs);
        } else if (row->old) {
            rules->validate_update(&object, &old, &t, &errs);
        } else {
            rules->validate_create(&object, &t, &errs);
        }
        test_same_text(row->name, test_errors(&errs), row->want);
        arena_reset(&a);
    }
    arena_done(&a);
}

typedef struct WorkloadObjectRow {
    const char *name;
    const char *resource;
    int minor;
    TestPart part;
    const char *object;
    const char *old;
    const char *at;   /* the member of the object that is looked at: "spec" */
    const char *want; /* its JSON as stored */
} WorkloadObjectRow;

static inline void test_workload_objects(const TestKind *kinds, size_t kind_count,
                                         const WorkloadObjectRow *rows, size_t count)
{
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < count; i++) {
        const WorkloadObjectRow *row = &rows[i];
        const TestKind *kind = test_kind(kinds, kind_count, row->resource);
        KubeTarget t = kube_target(row->minor ? row->minor : 20);
        Value object = test_object(kind, row->object, &t, &a);
        Value old = row->old ? test_object(kind, row->old, &t, &a) : value_null();
        test_prepare(test_rules(kind), row->part, &object, row->old ? &old : NULL, &t, &a);
        schema_encode_stored(schema_find(str_from_c(kind->api_version), str_from_c(kind->kind)),
                             &object, &t);
        test_same_json(row->name, value_get(&object, str_from_c(row->at)), row->want, &a);
        arena_reset(&a);
    }
    arena_done(&a);
}

#endif
