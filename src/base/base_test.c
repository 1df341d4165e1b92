/* SPDX-License-Identifier: Apache-2.0 */
/* The arena, strings, buffers, maps and field errors. */
#include "base/arena.h"
#include "base/base64.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/field.h"
#include "base/map.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

static void check_str(Str got, const char *want)
{
    if (!str_eq(got, str_from_c(want))) {
        fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
    }
}

static void arena_formats_over_the_end_of_a_block(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    /* Every fill level of the first block once: the text must never be lost at its end. */
    for (int i = 0; i < 6000; i++) {
        Str s = arena_printf(&a, "text %d", i);
        char want[32];
        snprintf(want, sizeof(want), "text %d", i);
        check_str(s, want);
    }
    arena_done(&a);
}

static void arena_gives_no_bytes(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    assert_non_null(arena_alloc(&a, 0));
    size_t held = a.held;
    for (int i = 0; i < 100; i++) {
        assert_non_null(new(&a, Str, 0));
    }
    assert_int_equal(a.held, held);
    arena_done(&a);
}

static void arena_makes_small_letters(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    check_str(arena_lower(&a, STR("AZ@[az\xc3\x84")), "az@[az\xc3\x84");
    check_str(arena_lower(&a, STR_ABSENT), "");
    arena_done(&a);
}

static void arena_ceiling_jumps(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 1 << 20);
    jmp_buf out;
    volatile size_t taken = 0;
    if (setjmp(out) == 0) {
        arena_on_full(&a, &out);
        for (;;) {
            arena_alloc(&a, 1000);
            taken += 1000;
        }
    }
    assert_in_range(taken, (1 << 20) * 9 / 10, 1 << 20);
    arena_on_full(&a, NULL);
    arena_reset(&a);
    assert_non_null(arena_alloc(&a, 1000));
    arena_done(&a);
}

static void arena_rewinds(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    char *first = arena_alloc(&a, 100);
    ArenaMark mark = arena_mark(&a);
    char *second = arena_alloc(&a, 8);
    arena_alloc(&a, 1000000);
    arena_rewind(&a, mark);
    assert_ptr_equal(arena_alloc(&a, 8), second);
    assert_ptr_not_equal(first, second);
    arena_done(&a);
}

static void arena_adopts(void **state)
{
    (void)state;
    Arena a;
    Arena other;
    arena_init(&a, 1 << 20);
    for (int has_block = 0; has_block < 2; has_block++) {
        arena_init(&other, 0);
        Str mine = has_block ? arena_printf(&a, "mine") : STR("mine");
        Str theirs = arena_printf(&other, "theirs");
        arena_alloc(&other, 100000);
        size_t held = a.held + other.held;
        arena_adopt(&a, &other);
        assert_int_equal(a.held, held);
        assert_int_equal(other.held, 0);
        arena_printf(&a, "more");
        arena_printf(&other, "elsewhere");
        check_str(mine, "mine");
        check_str(theirs, "theirs");
        arena_done(&other);
    }
    arena_reset(&a);
    jmp_buf out;
    volatile bool jumped = false;
    arena_alloc(&other, 1 << 20);
    if (setjmp(out) == 0) {
        arena_on_full(&a, &out);
        arena_adopt(&a, &other);
    } else {
        jumped = true;
    }
    assert_true(jumped);
    arena_done(&a); /* and what was adopted with it */
}

static void strings(void **state)
{
    (void)state;
    Str before;
    Str after;
    assert_true(str_split_once(STR("apps/v1"), '/', &before, &after));
    check_str(before, "apps");
    check_str(after, "v1");
    assert_false(str_split_once(STR("v1"), '/', &before, &after));
    check_str(before, "v1");
    int64_t n;
    assert_true(str_to_int64(STR("-9223372036854775808"), &n));
    assert_true(n == INT64_MIN);
    assert_false(str_to_int64(STR("9223372036854775808"), &n));
    assert_false(str_to_int64(STR("-"), &n));
    assert_false(str_to_int64(STR("1 "), &n));
    assert_true(str_is_utf8(STR("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")));
    assert_false(str_is_utf8(STR("\xED\xA0\x80")));
    assert_false(str_is_utf8(STR("\xC0\xAF")));
    assert_false(str_is_utf8(STR("\xE2\x82")));
    int pieces = 0;
    Str rest = STR("a,,b");
    Str piece;
    while (str_next_piece(&rest, ',', &piece)) {
        pieces++;
    }
    assert_int_equal(pieces, 3);
    check_str(str_trim(STR("\t x y \n")), "x y");
}

static void go_quoting(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Buf b = buf_new(&a);
    buf_go_quoted(&b, STR("a\"b\\\n\x01\xff\xC3\xA9\xE2\x80\x8B"));
    check_str(buf_str(&b), "\"a\\\"b\\\\\\n\\x01\\xff\xC3\xA9\\u200b\"");
    arena_done(&a);
    static const struct {
        uint32_t code;
        bool printable;
    } rows[] = {
        { 0x00, false },     { 0x1F, false },   { ' ', true },     { '~', true },
        { 0x7F, false },     { 0xA0, false },   { 0xA1, true },    { 0xAD, false },
        { 0x378, false },    { 0x37A, true },   { 0x200B, false }, { 0x2028, false },
        { 0x3000, false },   { 0xD800, false }, { 0xE000, false }, { 0xFFFD, true },
        { 0xFFFF, false },   { 0x1F600, true }, { 0x31350, true }, { 0xE0100, true },
        { 0x10FFFF, false },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rune_is_printable(rows[i].code) != rows[i].printable) {
            fail_msg("U+%04X", rows[i].code);
        }
    }
}

static void base64_there_and_back(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *coded;
    } rows[] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "\xff\xfe\xfd", "//79" },
    };
    static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg===", "=", "Z===", "Zg==Zg==", "Z-==" };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Buf coded = buf_new(&a);
        Buf plain = buf_new(&a);
        base64_write(str_from_c(rows[i].plain), &coded);
        check_str(buf_str(&coded), rows[i].coded);
        assert_true(base64_read(buf_str(&coded), &plain));
        check_str(buf_str(&plain), rows[i].plain);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        Buf plain = buf_new(&a);
        if (base64_read(str_from_c(bad[i]), &plain)) {
            fail_msg("accepted %s", bad[i]);
        }
    }
    arena_done(&a);
}

static void maps_keep_order(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Map m = map_new(&a);
    assert_null(map_get(&m, STR("0")));
    for (size_t i = 0; i < 5000; i++) {
        map_set(&m, arena_printf(&a, "%zu", i), (void *)(i + 1));
    }
    for (size_t i = 0; i < 5000; i++) {
        assert_int_equal((size_t)map_get(&m, arena_printf(&a, "%zu", i)), i + 1);
        assert_int_equal((size_t)m.entries[i].value, i + 1);
    }
    assert_false(map_has(&m, STR("5000")));
    arena_done(&a);
}

static void field_errors_as_the_api_server(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    FieldErrors errs = field_errors_new(&a);
    Path spec = path_root("spec");
    Path list = path_child(&spec, "containers");
    Path item = path_index(&list, 2);
    static const Str rules[] = { STR_INIT("A"), STR_INIT("B") };
    Buf b = buf_new(&a);
    field_errors_write_list(&errs, &b);
    check_str(buf_str(&b), "[]");
    field_required(&errs, path_child(&item, "image"), STR(""));
    field_invalid_int(&errs, path_child(&item, "uid"), -1, STR("too low"));
    field_not_supported(&errs, path_child(&spec, "rule"), STR("C"), (StrList){ rules, 2 });
    Path meta = path_root("metadata");
    Path annotations = path_child(&meta, "annotations");
    field_forbidden(&errs, path_key(&annotations, STR("a/b")), STR("no"));
    field_forbidden(&errs, path_key(&annotations, STR("a/b")), STR("no"));
    b = buf_new(&a);
    field_errors_write_list(&errs, &b);
    check_str(buf_str(&b),
              "[spec.containers[2].image: Required value "
              "spec.containers[2].uid: Invalid value: -1: too low "
              "spec.rule: Unsupported value: \"C\": supported values: \"A\", \"B\" "
              "metadata.annotations[a/b]: Forbidden: no metadata.annotations[a/b]: Forbidden: no]");
    b = buf_new(&a);
    field_errors_write_aggregate(&errs, &b);
    check_str(buf_str(&b), "[spec.containers[2].image: Required value, "
                           "spec.containers[2].uid: Invalid value: -1: too low, "
                           "spec.rule: Unsupported value: \"C\": supported values: \"A\", \"B\", "
                           "metadata.annotations[a/b]: Forbidden: no]");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_formats_over_the_end_of_a_block),
        cmocka_unit_test(arena_gives_no_bytes),
        cmocka_unit_test(arena_makes_small_letters),
        cmocka_unit_test(arena_ceiling_jumps),
        cmocka_unit_test(arena_rewinds),
        cmocka_unit_test(arena_adopts),
        cmocka_unit_test(strings),
        cmocka_unit_test(go_quoting),
        cmocka_unit_test(base64_there_and_back),
        cmocka_unit_test(maps_keep_order),
        cmocka_unit_test(field_errors_as_the_api_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
