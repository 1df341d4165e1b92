/* SPDX-License-Identifier: Apache-2.0 */
#include "doc/json.h"
#include "kube/gotext/decode_error.h"
#include "kube/gotext/json_type_error.h"
#include "kube/gotext/unstructured_error.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

static Arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

typedef struct Row {
    const char *api_version;
    const char *kind;
    const char *json;
    const char *message; /* "" when it decodes */
} Row;

static const Row rows[] = {
#define ROW(api_version, kind, json, message) { api_version, kind, json, message },
#include "kube/gotext/decode_error_test.def"
    { "v1", "ConfigMap", "{\"metadata\":{\"name\":\"a\"},\"data\":{\"a\":\"1\"},\"x\":[1]}", "" },
    { "v1", "ConfigMap", "null", "" },
};

static void test_messages(void **state)
{
    (void)state;
    KubeTarget target = kube_target(20);
    size_t failed = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const SchemaType *type = schema_find(str_from_c(rows[i].api_version),
                                             str_from_c(rows[i].kind));
        assert_non_null(type);
        Str got = decode_error_text(type, str_from_c(rows[i].json), &target, &arena);
        if (!str_eq(got, str_from_c(rows[i].message))) {
            fprintf(stderr, "%s\n  got  %.*s\n  want %s\n", rows[i].json, STR_ARG(got),
                    rows[i].message);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

/* What is cut off anywhere ends, with or without an error. */
static void test_cut_off(void **state)
{
    (void)state;
    KubeTarget target = kube_target(20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const SchemaType *type = schema_find(str_from_c(rows[i].api_version),
                                             str_from_c(rows[i].kind));
        Str json = str_from_c(rows[i].json);
        for (size_t n = 0; n < json.len; n++) {
            (void)decode_error_text(type, str_slice(json, 0, n), &target, &arena);
            (void)decode_error_text(type, str_drop(json, n), &target, &arena);
        }
        arena_reset(&arena);
    }
}

/* The same objects as trees: what servers from 1.23 on say, and what they say after a strategic
 * merge patch. */
static const struct {
    const char *type;
    const char *json;
    const char *of_json;
    const char *of_tree;
} trees[] = {
    { "core/v1.ConfigMap", "{\"metadata\":{\"name\":5}}",
      "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string",
      "cannot convert int64 to string" },
    { "core/v1.ConfigMap", "{\"metadata\":{\"uid\":true}}",
      "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.uid of type types.UID",
      "unrecognized type: string" },
    { "core/v1.ConfigMap", "{\"data\":[]}",
      "json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string",
      "cannot restore map from slice" },
    { "apps/v1.Deployment", "{\"spec\":{\"replicas\":\"x\"}}",
      "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type "
      "int32",
      "unrecognized type: int32" },
    { "apps/v1.Deployment", "{\"spec\":{\"replicas\":1.5}}",
      "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type "
      "int32",
      "cannot convert float64 to int32" },
    { "core/v1.Pod", "{\"spec\":{\"containers\":{}}}",
      "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type "
      "[]v1.Container",
      "cannot restore slice from map" },
    { "core/v1.Pod", "{\"spec\":\"x\"}",
      "json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec",
      "cannot restore struct from: string" },
    { "core/v1.Pod", "{\"metadata\":{\"creationTimestamp\":5}}",
      "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of "
      "type string",
      "json: cannot unmarshal number into Go value of type string" },
    { "core/v1.Secret", "{\"data\":{\"a\":\"x\"}}", "illegal base64 data at input byte 0",
      "error decoding from json: illegal base64 data at input byte 0" },
    { "core/v1.Secret", "{\"data\":{\"a\":\"eA==\"},\"x\":1}", "", "" },
};

static void test_trees(void **state)
{
    (void)state;
    KubeTarget before = kube_target(20);
    KubeTarget since = kube_target(30);
    for (size_t i = 0; i < COUNT_OF(trees); i++) {
        const SchemaType *type = schema_find_type(str_from_c(trees[i].type));
        Value tree;
        assert_non_null(type);
        assert_true(json_read(STR("f"), str_from_c(trees[i].json), NULL, &arena, &tree, NULL));
        Str of_json = json_type_error_text(type, &tree, &since, &arena);
        Str of_tree = unstructured_error_text(type, &tree, &before, &arena);
        assert_string_equal(arena_cstr(&arena, of_json), trees[i].of_json);
        assert_string_equal(arena_cstr(&arena, of_tree), trees[i].of_tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_trees),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
