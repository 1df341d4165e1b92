/* SPDX-License-Identifier: Apache-2.0 */
#include "doc/protobuf.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void test_varint(void **state)
{
    (void)state;
    static const struct {
        Str bytes;
        uint64_t n;
        size_t left;
        const char *problem;
    } rows[] = {
        { STR_INIT("\x00"), 0, 0, NULL },
        { STR_INIT("\x7f\x01"), 127, 1, NULL },
        { STR_INIT("\x80\x01"), 128, 0, NULL },
        { STR_INIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), UINT64_MAX, 0, NULL },
        /* bits above the 64th are dropped */
        { STR_INIT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f"), (uint64_t)1 << 63, 0, NULL },
        { STR_INIT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"), 0, 0, "proto: integer overflow" },
        { STR_INIT("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), 0, 0,
          "proto: integer overflow" },
        { STR_INIT(""), 0, 0, "unexpected EOF" },
        { STR_INIT("\x80"), 0, 0, "unexpected EOF" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str rest = rows[i].bytes;
        uint64_t n = 0;
        Str problem = STR_ABSENT;
        assert_int_equal(protobuf_read_varint(&rest, &n, &problem), rows[i].problem == NULL);
        if (rows[i].problem) {
            assert_true(str_eq(problem, str_from_c(rows[i].problem)));
        } else {
            assert_true(n == rows[i].n);
            assert_int_equal(rest.len, rows[i].left);
        }
    }
}

static void test_skip(void **state)
{
    (void)state;
    static const struct {
        ProtobufTag tag;
        Str bytes;
        size_t left;
        const char *problem;
    } rows[] = {
        { { 1, PROTOBUF_VARINT }, STR_INIT("\x80\x01?"), 1, NULL },
        { { 1, PROTOBUF_FIXED64 }, STR_INIT("12345678?"), 1, NULL },
        { { 1, PROTOBUF_FIXED32 }, STR_INIT("1234?"), 1, NULL },
        { { 1, PROTOBUF_BYTES },
          STR_INIT("\x02"
                   "12?"),
          1,
          NULL },
        /* a group with a number, a group in it, and both ends */
        { { 1, PROTOBUF_GROUP_START }, STR_INIT("\x08\x01\x0b\x0c\x0c?"), 1, NULL },
        { { 1, PROTOBUF_FIXED64 }, STR_INIT("1234567"), 0, "unexpected EOF" },
        { { 1, PROTOBUF_FIXED32 }, STR_INIT("123"), 0, "unexpected EOF" },
        { { 1, PROTOBUF_BYTES },
          STR_INIT("\x03"
                   "12"),
          0,
          "unexpected EOF" },
        { { 1, PROTOBUF_BYTES },
          STR_INIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
          0,
          "proto: negative length found during unmarshaling" },
        { { 1, PROTOBUF_GROUP_START }, STR_INIT("\x0b\x0c"), 0, "unexpected EOF" },
        { { 1, PROTOBUF_GROUP_END }, STR_INIT(""), 0, "proto: unexpected end of group" },
        { { 1, 6 }, STR_INIT(""), 0, "proto: illegal wireType 6" },
        { { 1, 7 }, STR_INIT(""), 0, "proto: illegal wireType 7" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str rest = rows[i].bytes;
        Str problem = STR_ABSENT;
        assert_int_equal(protobuf_skip(&rest, rows[i].tag, &problem), rows[i].problem == NULL);
        if (rows[i].problem) {
            assert_true(str_eq(problem, str_from_c(rows[i].problem)));
        } else {
            assert_int_equal(rest.len, rows[i].left);
        }
    }
}

static void test_fields(void **state)
{
    (void)state;
    Str rest = STR("\x09\x00\x00\x00\x00\x00\x00\xf8\x3f\x82\x01\x01x");
    ProtobufTag tag;
    uint64_t bits = 0;
    double number;
    Str bytes = STR_ABSENT;
    Str problem;
    assert_true(protobuf_read_tag(&rest, &tag, &problem));
    assert_int_equal(tag.number, 1);
    assert_int_equal(tag.wire, PROTOBUF_FIXED64);
    assert_true(protobuf_read_fixed64(&rest, &bits, &problem));
    memcpy(&number, &bits, sizeof(number));
    assert_true(number >= 1.5 && number <= 1.5);
    assert_true(protobuf_read_tag(&rest, &tag, &problem));
    assert_int_equal(tag.number, 16);
    assert_true(protobuf_read_bytes(&rest, &bytes, &problem));
    assert_true(str_eq(bytes, STR("x")));
    assert_int_equal(rest.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_varint),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
