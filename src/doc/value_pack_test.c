/* SPDX-License-Identifier: Apache-2.0 */
/* Packed trees say the same as what was packed, take what was promised, and share their texts. */
#include "doc/value_pack.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static void expect_packed(const Value *v, PackTexts *texts, size_t bytes)
{
    PackSize size = value_pack_size(v, texts);
    void *memory = malloc(pack_bytes(size) + 1);
    assert_non_null(memory);
    Value packed = value_pack(v, size, texts, memory);
    assert_true(value_equal(&packed, v));
    assert_int_equal(pack_bytes(size), bytes);
    free(memory);
}

static void test_pack(void **state)
{
    (void)state;
    enum { V = sizeof(Value), M = sizeof(Member) };
    static const struct {
        const char *json;
        size_t bytes;
        size_t bytes_shared; /* the second time */
    } rows[] = {
        { "null", 0, 0 },
        { "-1", 0, 0 },
        { "\"\"", 0, 0 },
        { "\"abc\"", 3, 0 },
        { "[]", 0, 0 },
        { "{}", 0, 0 },
        { "[1,\"ab\",[],{}]", 4 * V + 2, 4 * V },
        { "{\"a\":1,\"bc\":\"def\"}", 2 * M + 6, 2 * M },
        { "{\"\":{\"a\":{\"a\":{}}}}", 3 * M + 2, 3 * M },
        { "[{\"a\":[true]},{\"a\":[false]}]", 2 * V + 2 * M + 2 * V + 2, 2 * V + 2 * M + 2 * V },
    };
    Arena a;
    PackTexts texts;
    arena_init(&a, 0);
    pack_texts_init(&texts);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value v;
        Err err;
        Str text = arena_str(&a, str_from_c(rows[i].json));
        assert_true(json_read(STR("row"), text, NULL, &a, &v, &err));
        expect_packed(&v, NULL, rows[i].bytes);
        (void)value_pack_size(&v, &texts);
        expect_packed(&v, &texts, rows[i].bytes_shared);
    }
    pack_texts_done(&texts);
    arena_done(&a);
}

/* Texts that clients think of do not fill the memory: those that come late are the tree's own. */
static void test_texts_are_bounded(void **state)
{
    (void)state;
    Arena a;
    PackTexts texts;
    arena_init(&a, 0);
    pack_texts_init(&texts);
    Value v = value_object();
    for (int i = 0; i < 30000; i++) {
        value_append(&v, arena_printf(&a, "key-%d", i), value_null(), &a);
    }
    value_append(&v, arena_printf(&a, "%0200d", 1), value_null(), &a);
    size_t own = pack_bytes(value_pack_size(&v, NULL));
    PackSize size = value_pack_size(&v, &texts);
    assert_true(pack_bytes(size) < own);
    assert_true(size.strings > 100000);
    assert_true(texts.arena.held < 4 << 20);
    void *memory = malloc(pack_bytes(size));
    assert_non_null(memory);
    Value packed = value_pack(&v, size, &texts, memory);
    for (size_t i = 0; i < v.len; i++) {
        assert_true(str_eq(member_key(&packed.members[i]), member_key(&v.members[i])));
    }
    free(memory);
    pack_texts_done(&texts);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pack),
        cmocka_unit_test(test_texts_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
