/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of metadata on create and update. */
#include "kube/meta.h"

#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static Value read(const char *text, Arena *a)
{
    Value v;
    Err err;
    if (!json_read(STR("row"), str_from_c(text), NULL, a, &v, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    return v;
}

static void check_errors(const FieldErrors *errs, const char *want, const char *row)
{
    Buf got = buf_new(errs->arena);
    for (const FieldError *e = errs->first; e; e = e->next) {
        field_error_write(e, &got);
        buf_byte(&got, '\n');
    }
    if (!str_eq(buf_str(&got), str_from_c(want))) {
        fail_msg("%s:\ngot  %.*s\nwant %s", row, STR_ARG(buf_str(&got)), want);
    }
}

#define NAME "\"name\":\"n\",\"namespace\":\"ns\""
#define SUBDOMAIN                                                                                 \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "  \
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used " \
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

static void created(void **state)
{
    (void)state;
    static const struct {
        const char *metadata;
        const char *want;
    } rows[] = {
        { "{" NAME "}", "" },
        { "{}", "metadata.name: Required value: name or generateName is required\n"
                "metadata.namespace: Required value\n" },
        { "{" NAME ",\"generateName\":\"web-\"}", "" },
        { "{\"generateName\":\"W\",\"name\":\"n\",\"namespace\":\"ns\"}",
          "metadata.generateName: Invalid value: \"W\": " SUBDOMAIN "\n" },
        { "{\"name\":\"A\",\"namespace\":\"n.s\"}",
          "metadata.name: Invalid value: \"A\": " SUBDOMAIN "\n"
          "metadata.namespace: Invalid value: \"n.s\": a lowercase RFC 1123 label must consist of "
          "lower case alphanumeric characters or '-', and must start and end with an alphanumeric "
          "character (e.g. 'my-name',  or '123-abc', regex used for validation is "
          "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')\n" },
        { "{" NAME ",\"generation\":-1}",
          "metadata.generation: Invalid value: -1: must be greater than or equal to 0\n" },
        { "{" NAME ",\"labels\":{\"b\":\"x y\",\"a/\":\"\"}}",
          "metadata.labels: Invalid value: \"a/\": name part must be non-empty\n"
          "metadata.labels: Invalid value: \"a/\": name part must consist of alphanumeric "
          "characters, '-', '_' or '.', and must start and end with an alphanumeric character "
          "(e.g. "
          "'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
          "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')\n"
          "metadata.labels: Invalid value: \"x y\": a valid label must be an empty string or "
          "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
          "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
          "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')\n" },
        { "{" NAME ",\"annotations\":{\"A.B/c\":\"any \\n text\"}}", "" },
        { "{" NAME ",\"annotations\":{\"a/b/c\":\"\"}}",
          "metadata.annotations: Invalid value: \"a/b/c\": a qualified name must consist of "
          "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
          "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
          "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and "
          "'/' (e.g. 'example.com/MyName')\n" },
        { "{" NAME ",\"ownerReferences\":[{\"apiVersion\":\"a/b/c\"}]}",
          "metadata.ownerReferences.apiVersion: Invalid value: \"a/b/c\": version must not be "
          "empty\n"
          "metadata.ownerReferences.kind: Invalid value: \"\": kind must not be empty\n"
          "metadata.ownerReferences.name: Invalid value: \"\": name must not be empty\n"
          "metadata.ownerReferences.uid: Invalid value: \"\": uid must not be empty\n" },
        { "{" NAME ",\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"name\":\"e\","
          "\"uid\":\"u\",\"controller\":false}]}",
          "metadata.ownerReferences: Invalid value: v1.OwnerReference{APIVersion:\"v1\", "
          "Kind:\"Event\", Name:\"e\", UID:\"u\", Controller:(*bool)(0xc000000000), "
          "BlockOwnerDeletion:(*bool)(nil)}: /v1, Kind=Event is disallowed from being an owner\n" },
        { "{" NAME ",\"ownerReferences\":["
          "{\"apiVersion\":\"v1\",\"kind\":\"A\",\"name\":\"a\",\"uid\":\"u\",\"controller\":true},"
          "{\"apiVersion\":\"v1\",\"kind\":\"B\",\"name\":\"b\",\"uid\":\"v\",\"controller\":true}]"
          "}",
          "metadata.ownerReferences: Invalid value: "
          "[]v1.OwnerReference{v1.OwnerReference{APIVersion:\"v1\", Kind:\"A\", Name:\"a\", "
          "UID:\"u\", Controller:(*bool)(0xc000000000), BlockOwnerDeletion:(*bool)(nil)}, "
          "v1.OwnerReference{APIVersion:\"v1\", Kind:\"B\", Name:\"b\", UID:\"v\", "
          "Controller:(*bool)(0xc000000000), BlockOwnerDeletion:(*bool)(nil)}}: Only one reference "
          "can have Controller set to true. Found \"true\" in references for a and b\n" },
        { "{" NAME ",\"finalizers\":[\"orphan\",\"x\",\"foregroundDeletion\"]}",
          "metadata.finalizers: Invalid value: []string{\"orphan\", \"x\", "
          "\"foregroundDeletion\"}: finalizer orphan and foregroundDeletion cannot be both set\n"
          "metadata.finalizers[1]: Invalid value: \"x\": name is neither a standard finalizer name "
          "nor is it fully qualified\n" },
        { "{" NAME ",\"managedFields\":[{\"manager\":\"a\\nb\",\"operation\":\"Update\"},"
          "{\"operation\":\"x\",\"fieldsType\":\"y\"}]}",
          "metadata.fieldManager: Invalid value: \"a\\nb\": invalid character U+000A (at position "
          "1)\n"
          "metadata.managedFields.operation: Invalid value: \"x\": must be `Apply` or `Update`\n"
          "metadata.managedFields.fieldsType: Invalid value: \"y\": must be `FieldsV1`\n" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value metadata = read(rows[i].metadata, &a);
        FieldErrors errs = field_errors_new(&a);
        Path path = path_root("metadata");
        meta_validate(&metadata, true, name_check_dns1123_subdomain, &path, &errs);
        meta_validate_finalizers(&metadata, &path, &errs);
        check_errors(&errs, rows[i].want, rows[i].metadata);
    }
    arena_done(&a);
}

static void newer_words(void **state)
{
    (void)state;
    static const char owners[] =
        "{\"name\":\"a\",\"namespace\":\"n\",\"ownerReferences\":["
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"p\",\"uid\":\"\",\"controller\":true},"
        "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"name\":\"m\",\"uid\":\"u\",\"controller\":true}"
        "]}";
    static const struct {
        int minor;
        const char *uid;
        const char *controllers;
    } rows[] = {
        { 20, "uid must not be empty", " for p and m" },
        { 26, "uid must not be empty", " for Pod/p and Node/m" },
        { 34, "must not be empty", " for Pod/p and Node/m" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        Value metadata = read(owners, &a);
        FieldErrors errs = field_errors_new_for(rows[i].minor, &a);
        Path path = path_root("metadata");
        meta_validate(&metadata, true, name_check_dns1123_subdomain, &path, &errs);
        assert_int_equal(errs.count, 2);
        assert_true(str_eq(errs.first->detail, str_from_c(rows[i].uid)));
        assert_true(str_ends_with(errs.last->detail, str_from_c(rows[i].controllers)));
        arena_done(&a);
    }
}

static void limits(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Path path = path_root("metadata");
    FieldErrors errs = field_errors_new(&a);
    char *long_text = arena_alloc(&a, 256 * 1024 + 1);
    memset(long_text, 'x', 256 * 1024 + 1);
    Value metadata = read("{\"name\":\"system:x\",\"annotations\":{\"k\":null}}", &a);
    Value *annotations = value_get_lit(&metadata, "annotations");
    value_set_lit(annotations, "k", value_str(str_from(long_text, 256 * 1024 - 1)), &a);
    meta_validate(&metadata, false, name_check_path_segment, &path, &errs);
    check_errors(&errs, "", "at the limit");
    value_set_lit(annotations, "k", value_str(str_from(long_text, 256 * 1024)), &a);
    value_set_lit(&metadata, "namespace", value_str(STR("ns")), &a);
    meta_validate(&metadata, false, name_check_path_segment, &path, &errs);
    check_errors(&errs,
                 "metadata.namespace: Forbidden: not allowed on this type\n"
                 "metadata.annotations: Too long: must have at most 262144 bytes\n",
                 "over the limit");
    errs = field_errors_new(&a);
    meta_validate_field_manager(str_from(long_text, 129), &path, &errs);
    check_errors(&errs, "metadata: Too long: must have at most 128 bytes\n", "manager");
    errs = field_errors_new(&a);
    meta_validate(NULL, false, name_check_path_segment, &path, &errs);
    check_errors(&errs, "metadata.name: Required value: name or generateName is required\n",
                 "no metadata");
    arena_done(&a);
}

static void updated(void **state)
{
    (void)state;
    static const struct {
        const char *metadata;
        const char *old;
        const char *want;
    } rows[] = {
        { "{" NAME ",\"resourceVersion\":\"1\"}", "{" NAME "}", "" },
        { "{" NAME "}", "{" NAME "}",
          "metadata.resourceVersion: Invalid value: \"\": must be specified for an update\n" },
        { "{\"name\":\"b\",\"resourceVersion\":\"1\",\"uid\":\"v\"}",
          "{" NAME ",\"uid\":\"u\",\"generation\":3}",
          "metadata.generation: Invalid value: 0: must not be decremented\n"
          "metadata.name: Invalid value: \"b\": field is immutable\n"
          "metadata.namespace: Invalid value: \"\": field is immutable\n"
          "metadata.uid: Invalid value: \"v\": field is immutable\n" },
        { "{" NAME ",\"resourceVersion\":\"1\",\"creationTimestamp\":\"2021-01-02T03:04:05Z\"}",
          "{" NAME ",\"creationTimestamp\":null,\"deletionTimestamp\":\"2021-01-02T03:04:05Z\","
          "\"deletionGracePeriodSeconds\":30}",
          "metadata.creationTimestamp: Invalid value: 2021-01-02 03:04:05 +0000 UTC: field is "
          "immutable\n"
          "metadata.deletionTimestamp: Invalid value: \"null\": field is immutable\n"
          "metadata.deletionGracePeriodSeconds: Invalid value: \"null\": field is immutable\n" },
        { "{" NAME ",\"resourceVersion\":\"1\"}",
          "{" NAME ",\"creationTimestamp\":\"2021-01-02T03:04:05Z\"}",
          "metadata.creationTimestamp: Invalid value: 0001-01-01 00:00:00 +0000 UTC: field is "
          "immutable\n" },
        { "{" NAME ",\"resourceVersion\":\"1\",\"finalizers\":[\"b/c\",\"a/b\",\"b/c\",\"x/y\"],"
          "\"deletionTimestamp\":\"2021-01-02T03:04:05Z\"}",
          "{" NAME ",\"finalizers\":[\"x/y\"],\"deletionTimestamp\":\"2021-01-02T03:04:05Z\"}",
          "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being "
          "deleted, found new finalizers []string{\"a/b\", \"b/c\"}\n" },
        { "{" NAME ",\"resourceVersion\":\"1\",\"deletionGracePeriodSeconds\":5}", "{" NAME "}",
          "metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable\n" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value metadata = read(rows[i].metadata, &a);
        Value old = read(rows[i].old, &a);
        FieldErrors errs = field_errors_new(&a);
        Path path = path_root("metadata");
        meta_validate_update(&metadata, &old, &path, &errs);
        check_errors(&errs, rows[i].want, rows[i].metadata);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(created),
        cmocka_unit_test(newer_words),
        cmocka_unit_test(limits),
        cmocka_unit_test(updated),
    };
    return cmocka_run_group_tests_name("kube/meta", tests, NULL, NULL);
}
