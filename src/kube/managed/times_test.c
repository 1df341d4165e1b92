/* SPDX-License-Identifier: Apache-2.0 */
/* When two objects are the same but for times in managedFields. */
#include "doc/json.h"
#include "kube/managed/managed.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define OBJECT(entries, data) \
    "{\"metadata\":{\"name\":\"m\",\"managedFields\":[" entries "]},\"data\":" data "}"
#define ENTRY(manager, time) "{\"manager\":\"" manager "\"" time ",\"fieldsV1\":{\"f:a\":{}}}"
#define AT(time) ",\"time\":\"" time "\""

static const struct {
    const char *name;
    const char *a;
    const char *b;
    bool same;
} rows[] = {
    { "equal", OBJECT(ENTRY("x", AT("1")), "1"), OBJECT(ENTRY("x", AT("1")), "1"), true },
    { "another time", OBJECT(ENTRY("x", AT("1")), "1"), OBJECT(ENTRY("x", AT("2")), "1"), true },
    { "a time more", OBJECT(ENTRY("x", ""), "1"), OBJECT(ENTRY("x", AT("2")), "1"), true },
    { "a time less", OBJECT(ENTRY("x", AT("2")), "1"), OBJECT(ENTRY("x", ""), "1"), true },
    { "another manager", OBJECT(ENTRY("x", ""), "1"), OBJECT(ENTRY("y", ""), "1"), false },
    { "an entry more", OBJECT(ENTRY("x", ""), "1"), OBJECT(ENTRY("x", "") "," ENTRY("y", ""), "1"),
      false },
    { "other data", OBJECT(ENTRY("x", AT("1")), "1"), OBJECT(ENTRY("x", AT("2")), "2"), false },
    { "no entries", "{\"data\":1}", "{\"data\":1}", true },
    { "entries that are none", OBJECT("1", "1"), OBJECT("2", "1"), false },
};

static Value read(const char *text, Arena *a)
{
    Value v;
    Err err;
    if (!json_read(STR("row"), str_from_c(text), NULL, a, &v, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    return v;
}

static void pairs(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value x = read(rows[i].a, &a);
        Value y = read(rows[i].b, &a);
        if (managed_equal_but_times(&x, &y, &a) != rows[i].same) {
            fail_msg("%s", rows[i].name);
        }
        arena_reset(&a);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(pairs) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
