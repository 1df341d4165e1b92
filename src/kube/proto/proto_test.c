/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies as clients send them, against the JSON that Go writes for the same objects: those that
 * kubectl sends, and an object of every kind with all its fields, of the first and the newest
 * version that is served. FILE MINOR as arguments read more such lines, "BASE64 JSON".
 */
#include "base/base64.h"
#include "doc/json.h"
#include "kube/kinds.h"
#include "kube/proto/proto.h"
#include "kube/proto/table.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

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

/* The tests are run in the build folder, from which __FILE__ leads here. */
static Str fixture_path(const char *name)
{
    Str root = str_cut_suffix(STR(__FILE__), STR("src/kube/proto/proto_test.c"));
    return arena_printf(&arena, "%.*stests/fixtures/proto/%s", STR_ARG(root), name);
}

static Str read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        fail_msg("cannot read %s", path);
    }
    Buf b = buf_new(&arena);
    size_t got;
    do {
        got = fread(buf_reserve(&b, 1 << 16), 1, 1 << 16, f);
        b.len += got;
    } while (got);
    fclose(f);
    return buf_str(&b);
}

static Str json_text(const Value *v)
{
    Buf b = buf_new(&arena);
    json_write(v, &b);
    return buf_str(&b);
}

static Str from_base64(Str text)
{
    Buf b = buf_new(&arena);
    assert_true(base64_read(text, &b));
    return buf_str(&b);
}

static Str normal_text(const SchemaType *t, const Value *v, const KubeTarget *target, Str line)
{
    Err err;
    Value normal;
    if (!schema_normalise(t, v, target, &arena, &normal, NULL, &err)) {
        fail_msg("%.*s\n%.*s", STR_ARG(err.msg), STR_ARG(line));
    }
    return json_text(&normal);
}

/* False for a kind that is not known. */
static bool check_line(Str line, const KubeTarget *target)
{
    Str base64;
    Str json;
    Err err;
    Value expected;
    Value got;
    ProtoEnvelope envelope;
    assert_true(str_split_once(line, ' ', &base64, &json));
    Str body = from_base64(base64);
    if (proto_open(body, &arena, &envelope, &err) && !proto_type(&envelope)) {
        return false;
    }
    if (!json_read(STR("expected"), json, NULL, &arena, &expected, &err) ||
        !proto_decode(body, NULL, target, &arena, &got, &err)) {
        fail_msg("%.*s\n%.*s", STR_ARG(err.msg), STR_ARG(line));
    }
    const SchemaType *t = proto_type(&envelope);
    Str expected_text = normal_text(t, &expected, target, line);
    Str got_text = normal_text(t, &got, target, line);
    if (!str_eq(expected_text, got_text)) {
        fail_msg("of %.*s\nexpected %.*s\ngot      %.*s", STR_ARG(line), STR_ARG(expected_text),
                 STR_ARG(got_text));
    }
    return true;
}

/* Returns how many lines had a kind that is known. */
static size_t check_file(const char *path, int minor)
{
    KubeTarget target = kube_target(minor);
    Str rest = read_file(path);
    Str line;
    size_t lines = 0;
    while (str_next_piece(&rest, '\n', &line) && line.len) {
        ArenaMark mark = arena_mark(&arena);
        lines += check_line(line, &target);
        arena_rewind(&arena, mark);
    }
    return lines;
}

static void test_bodies(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        int minor;
        size_t lines_min;
    } rows[] = {
        { "kubectl-1.32.txt", 20, 30 },
        { "kinds-1.20.txt", 20, 7 },
        { "kinds-1.37.txt", 37, 150 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str path = fixture_path(rows[i].file);
        assert_true(check_file(arena_cstr(&arena, path), rows[i].minor) >= rows[i].lines_min);
    }
}

/* -- the table -----------------------------------------------------------------------------------
 */

/* Types that protobuf never had; other types' fields all have a number, but for the kind and
 * apiVersion of whole objects. */
static bool is_json_only(const SchemaType *t)
{
    static const Str names[] = {
        STR_INIT("meta/v1.Table"),
        STR_INIT("meta/v1.TableColumnDefinition"),
        STR_INIT("meta/v1.TableRow"),
        STR_INIT("meta/v1.TableRowCondition"),
    };
    return str_list_has((StrList){ names, COUNT_OF(names) }, schema_type_name(t));
}

static void test_every_field_has_a_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < schema_struct_count; i++) {
        const SchemaType *t = &schema_types[schema_first_struct + i];
        const SchemaField *fields = schema_fields_of(t);
        for (unsigned k = 0; k < t->field_count && !is_json_only(t); k++) {
            Str name = schema_field_name(&fields[k]);
            bool is_type_meta = str_eq(name, STR("kind")) || str_eq(name, STR("apiVersion"));
            if (proto_fields[t->first_field + k].number == 0 && !is_type_meta) {
                fail_msg("%.*s.%.*s", STR_ARG(schema_type_name(t)), STR_ARG(name));
            }
        }
    }
}

/* -- bodies that are wrong -----------------------------------------------------------------------
 */

typedef struct BadRow {
    const char *hex; /* what follows the magic and the envelope's type, "v1" "Pod" */
    ErrCode code;
    const char *message;
} BadRow;

static Str from_hex(const char *hex)
{
    Buf b = buf_new(&arena);
    for (size_t i = 0; hex[i]; i += hex[i] == ' ' ? 1 : 2) {
        unsigned byte;
        if (hex[i] != ' ') {
            assert_int_equal(sscanf(&hex[i], "%2x", &byte), 1);
            buf_byte(&b, (char)byte);
        }
    }
    return buf_str(&b);
}

static Str body_of(Str kind, Str raw)
{
    Buf meta = buf_new(&arena);
    buf_lit(&meta, "\x0a\x02v1\x12");
    buf_byte(&meta, (char)kind.len);
    buf_add(&meta, kind);
    Buf b = buf_new(&arena);
    buf_add(&b, str_from("k8s\0\x0a", 5));
    buf_byte(&b, (char)meta.len);
    buf_add(&b, buf_str(&meta));
    buf_byte(&b, '\x12');
    buf_byte(&b, (char)raw.len);
    buf_add(&b, raw);
    return buf_str(&b);
}

static void test_bad_messages(void **state)
{
    (void)state;
    static const BadRow rows[] = {
        { "0a", ERR_SYNTAX, "unexpected EOF" },
        { "0a05 0a", ERR_SYNTAX, "unexpected EOF" },
        { "08 01", ERR_SYNTAX, "proto: wrong wireType = 0 for field ObjectMeta" },
        { "0a02 08 01", ERR_SYNTAX, "proto: wrong wireType = 0 for field Name" },
        { "02 00", ERR_SYNTAX, "proto: Pod: illegal tag 0 (wire type 2)" },
        { "0a01 0c", ERR_SYNTAX, "proto: ObjectMeta: wiretype end group for non-group" },
        { "0e", ERR_SYNTAX, "proto: wrong wireType = 6 for field ObjectMeta" },
        { "fe07", ERR_SYNTAX, "proto: illegal wireType 6" },
        { "fb07 0a00", ERR_SYNTAX, "unexpected EOF" },
        { "f807 ffffffffffffffffffff01", ERR_SYNTAX, "proto: integer overflow" },
        { "0a ffffffffffffffffff01", ERR_SYNTAX,
          "proto: negative length found during unmarshaling" },
        /* metadata.creationTimestamp: 300,000,000,000 seconds */
        { "0a09 42 07 08 80e0eba5dd08", ERR_TYPE, "year outside of range [0,9999]" },
        /* spec.volumes: name, source { emptyDir: sizeLimit { "1x" } } */
        { "12 0f 0a0d 0a01 61 1208 1206 1204 0a02 3178", ERR_SYNTAX,
          "quantities must match the regular expression "
          "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'" },
    };
    KubeTarget target = kube_target(20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err err = { 0 };
        Value v;
        Str body = body_of(STR("Pod"), from_hex(rows[i].hex));
        if (proto_decode(body, NULL, &target, &arena, &v, &err)) {
            fail_msg("%s: %.*s", rows[i].hex, STR_ARG(json_text(&v)));
        }
        assert_string_equal(arena_cstr(&arena, err.msg), rows[i].message);
        assert_int_equal(err.code, rows[i].code);
    }
}

static void test_bad_envelopes(void **state)
{
    (void)state;
    static const struct {
        Str body;
        const char *message;
    } rows[] = {
        { STR_INIT(""), "empty data" },
        { STR_INIT("{}"), "provided data does not appear to be a protobuf message, expected prefix "
                          "[107 56 115 0]" },
        { STR_INIT("k8s"), "provided data does not appear to be a protobuf message, expected "
                           "prefix [107 56 115 0]" },
        { STR_INIT("k8s\0"), "empty body" },
        { STR_INIT("k8s\0\x0a"), "unexpected EOF" },
        { STR_INIT("k8s\0\x12\0"), "Object 'Kind' is missing in 'runtime.TypeMeta{APIVersion:\"\", "
                                   "Kind:\"\"}'" },
        { STR_INIT("k8s\0\x0a\x05\x12\x03Pod"),
          "Object 'apiVersion' is missing in 'runtime.TypeMeta{APIVersion:\"\", Kind:\"Pod\"}'" },
        { STR_INIT("k8s\0\x0a\x0a\x0a\x02v1\x12\x04Nope"),
          "no kind \"Nope\" is registered for version \"v1\" in scheme "
          "\"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"" },
    };
    KubeTarget target = kube_target(20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err err = { 0 };
        Value v;
        assert_false(proto_decode(rows[i].body, NULL, &target, &arena, &v, &err));
        assert_string_equal(arena_cstr(&arena, err.msg), rows[i].message);
    }
}

/* -- what no client sends, and a reader takes ----------------------------------------------------
 */

static void test_unusual_messages(void **state)
{
    (void)state;
    static const struct {
        const char *kind;
        const char *hex;
        const char *json;
    } rows[] = {
        /* a message twice is read on top of the first */
        { "Pod", "0a03 0a01 61 0a03 1a01 62",
          "{\"metadata\":{\"name\":\"a\",\"namespace\":\"b\"}}" },
        /* the last of a plain field counts, and empty is absent */
        { "Pod", "0a06 0a01 61 0a01 62", "{\"metadata\":{\"name\":\"b\"}}" },
        { "Pod", "0a05 0a01 61 0a00", "{\"metadata\":{}}" },
        /* the last of a map's keys counts; a missing key or value is the empty one */
        { "ConfigMap", "1206 0a01 61 1201 78 1206 0a01 61 1201 79 1203 0a01 62 1200",
          "{\"data\":{\"a\":\"y\",\"b\":\"\",\"\":\"\"}}" },
        /* unknown fields: a group in a group, and of each wire type */
        { "Pod", "fb07 fb07 0a00 fc07 fc07 f807 01 fa07 01 00 fd07 00000000 f907 0000000000000000",
          "{}" },
        /* packed numbers: spec.securityContext.supplementalGroups */
        { "Pod", "1206 7204 2202 0102",
          "{\"spec\":{\"securityContext\":{\"supplementalGroups\":[1,2]}}}" },
        /* a number of 64 bits for a 32-bit field keeps its low half: spec.priority */
        { "Pod", "1207 c801 8180808010", "{\"spec\":{\"priority\":1}}" },
        /* not UTF-8 */
        { "Pod", "0a03 0a01 ff", "{\"metadata\":{\"name\":\"\xEF\xBF\xBD\"}}" },
        /* of the options of requests, in any group */
        { "DeleteOptions", "0800", "{\"gracePeriodSeconds\":0}" },
    };
    KubeTarget target = kube_target(20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err err = { 0 };
        Value v;
        Str body = body_of(str_from_c(rows[i].kind), from_hex(rows[i].hex));
        if (!proto_decode(body, NULL, &target, &arena, &v, &err)) {
            fail_msg("%s: %.*s", rows[i].hex, STR_ARG(err.msg));
        }
        value_remove(&v, STR("kind"));
        value_remove(&v, STR("apiVersion"));
        assert_string_equal(arena_cstr(&arena, json_text(&v)), rows[i].json);
    }
}

static void test_fallback(void **state)
{
    (void)state;
    KubeTarget target = kube_target(20);
    Value v;
    Err err = { 0 };
    Str body = str_from("k8s\0\x12\x05\x0a\x03\x0a\x01x", 11);
    const SchemaType *t = schema_find(STR("v1"), STR("Pod"));
    assert_true(proto_decode(body, t, &target, &arena, &v, &err));
    assert_string_equal(arena_cstr(&arena, json_text(&v)), "{\"metadata\":{\"name\":\"x\"}}");
}

int main(int argc, char **argv)
{
    if (argc == 3) {
        int64_t minor;
        assert_true(str_to_int64(str_from_c(argv[2]), &minor));
        arena_init(&arena, 0);
        printf("%zu lines\n", check_file(argv[1], (int)minor));
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bodies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_field_has_a_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_messages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_envelopes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unusual_messages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fallback, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
