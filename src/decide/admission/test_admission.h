/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the plugins share: a cluster of a few objects, and one request put to one
 * plugin. */
#ifndef PODGATE_DECIDE_ADMISSION_TEST_ADMISSION_H
#define PODGATE_DECIDE_ADMISSION_TEST_ADMISSION_H

#include "decide/admission/admission.h"
#include "doc/pointer.h"
#include "kube/pod/test_pod.h"

typedef struct TestRow {
    const char *name;
    AdmissionPluginId plugin;
    int minor;                    /* 0 for 20 */
    const char *cluster;          /* a list of objects; NULL for none */
    const char *resource;         /* "pods" when NULL; "serviceaccounts/token" */
    AdmissionOperation operation; /* 0 for create */
    const char *object;
    const char *old_object;
    const char *refused; /* the message, or NULL when it is let through */
    const char *at;      /* a JSON pointer into what comes out, or NULL */
    const char *want;    /* what is there; NULL: nothing */
} TestRow;

static inline bool test_is_key(const Value *object, ObjectKey key)
{
    Str group;
    Str version;
    Str api_version = value_get_str(object, STR("apiVersion"));
    if (!str_split_once(api_version, '/', &group, &version)) {
        group = STR("");
    }
    Str namespace = value_as_str(value_at(object, "metadata", "namespace", NULL));
    return str_eq(group, key.group) && str_eq(value_get_str(object, STR("kind")), key.kind) &&
           str_eq(namespace.ptr ? namespace : STR(""), key.namespace);
}

static inline const Value *test_find_object(const void *cluster, ObjectKey key)
{
    VALUE_EACH_ITEM(object, (const Value *)cluster) {
        if (test_is_key(object, key) &&
            str_eq(value_as_str(value_at(object, "metadata", "name", NULL)), key.name)) {
            return object;
        }
    }
    return NULL;
}

static inline ObjectList test_find_objects(const void *cluster, ObjectKey key)
{
    enum { TEST_OBJECTS_MAX = 16 };
    static const Value *found[TEST_OBJECTS_MAX];
    ObjectList list = { found, 0 };
    VALUE_EACH_ITEM(object, (const Value *)cluster) {
        if (test_is_key(object, key)) {
            assert_true(list.count < TEST_OBJECTS_MAX);
            found[list.count++] = object;
        }
    }
    return list;
}

/* Puts the row's request to its plugin alone, in namespace "ns". */
static inline void test_run(const TestRow *row, const UserInfo *user,
                            const AdmissionOptions *options, Arena *a)
{
    static const UserInfo alice = { .name = STR_INIT("alice") };
    Value cluster = row->cluster ? test_json(row->cluster, a) : value_array();
    Value object = row->object ? test_json(row->object, a) : value_object();
    Value old = row->old_object ? test_json(row->old_object, a) : value_object();
    KubeTarget target = kube_target(row->minor ? row->minor : 20);
    AdmissionOptions how = options ? *options : (AdmissionOptions){ 0 };
    how.plugins = ADMISSION_PLUGIN_BIT(row->plugin);
    Facts facts = { .cluster = &cluster, .object = test_find_object, .objects = test_find_objects };
    AdmissionRequest r = {
        .operation = row->operation ? row->operation : ADMISSION_CREATE,
        .user = user ? user : &alice,
        .version = STR("v1"),
        .kind = value_get_str(&object, STR("kind")),
        .namespace = STR("ns"),
        .name = STR("x"),
        .object = row->operation == ADMISSION_DELETE ? NULL : &object,
        .old_object = row->old_object ? &old : NULL,
        .target = &target,
        .options = &how,
    };
    str_split_once(str_from_c(row->resource ? row->resource : "pods"), '/', &r.resource,
                   &r.subresource);
    if (r.kind.len == 0) {
        r.kind = STR("Pod");
    }
    r.group = STR("");
    AdmissionDecision decision;
    admission_decide(&facts, &r, a, &decision);
    test_same_text(row->name, decision.allowed ? STR("") : decision.status.message,
                   row->refused ? row->refused : "");
    if (row->at) {
        const Value *got = pointer_get(&decision.object, str_from_c(row->at), a);
        if (!row->want) {
            assert_null(got);
        } else if (!got) {
            fail_msg("%s: nothing at %s", row->name, row->at);
        } else {
            test_same_json(row->name, got, row->want, a);
        }
    }
}

static inline void test_run_all(const TestRow *rows, size_t count)
{
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < count; i++) {
        test_run(&rows[i], NULL, NULL, &a);
        arena_reset(&a);
    }
    arena_done(&a);
}

#endif
