/* SPDX-License-Identifier: Apache-2.0 */
/* The file that a live state is kept in: whole or not at all. */
#include "server/live/cache.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

enum { NOW = 1700000000, HOUR = 3600 };

typedef struct Fixture {
    Arena arena;
    Str folder;
    Str path;
} Fixture;

static int set_up(void **state)
{
    static Fixture f;
    static char folder[] = "/tmp/podgate-cache-XXXXXX";
    memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
    arena_init(&f.arena, 0);
    if (!mkdtemp(folder)) {
        return -1;
    }
    f.folder = str_from_c(folder);
    f.path = arena_concat(&f.arena, f.folder, STR("/cache"));
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    unlink(arena_cstr(&f->arena, f->path));
    rmdir(arena_cstr(&f->arena, f->folder));
    arena_done(&f->arena);
    return 0;
}

static void put(LiveState *s, int n, Arena *a)
{
    Value v;
    Err err;
    assert_true(json_read(STR("x"),
                          arena_printf(a,
                                       "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\","
                                       "\"metadata\":{\"name\":\"n%d\"}}",
                                       n),
                          NULL, a, &v, &err));
    assert_true(live_state_put(s, &v));
}

static void write_some(Fixture *f)
{
    Err err;
    LiveState *s = live_state_new(NULL, NULL);
    for (int i = 0; i < 100; i++) {
        put(s, i, &f->arena);
    }
    assert_true(cache_write(f->path, STR("https://a"), s, NOW, &f->arena, &err));
    live_state_free(s);
}

/* The number of objects that were read, -1 for an error, whose message is printed into why. */
static int read_back_of(Fixture *f, Str of, int64_t now, Str *why)
{
    int64_t written;
    Err err;
    LiveState *s = live_state_new(NULL, NULL);
    bool ok = cache_read(f->path, of, now, HOUR, s, &written, &f->arena, &err);
    int count = (int)live_state_stats(s).objects;
    live_state_free(s);
    assert_true(!ok || written == NOW);
    assert_true(ok || count == 0);
    *why = ok ? STR("") : err.msg;
    return ok ? count : -1;
}

static int read_back(Fixture *f, int64_t now, Str *why)
{
    return read_back_of(f, STR("https://a"), now, why);
}

static void what_was_written_is_read(void **state)
{
    Fixture *f = *state;
    Str why;
    write_some(f);
    assert_int_equal(read_back(f, NOW + HOUR, &why), 100);
    assert_int_equal(read_back(f, NOW + HOUR + 1, &why), -1);
    assert_true(str_ends_with(why, STR("too old")));
    assert_int_equal(read_back(f, NOW - 1, &why), -1);
    assert_true(str_ends_with(why, STR("written in the future")));
    assert_int_equal(read_back_of(f, STR("https://b"), NOW, &why), -1);
    assert_true(str_ends_with(why, STR("it is of https://a, not of https://b")));
}

/* Every way of cutting it off, and every byte changed. */
static void what_was_damaged_is_not(void **state)
{
    Fixture *f = *state;
    static char bytes[65536];
    const char *path = arena_cstr(&f->arena, f->path);
    Str why;
    write_some(f);
    FILE *file = fopen(path, "r");
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    assert_true(len > 1000 && len < sizeof(bytes));
    for (size_t i = 0; i < len; i += 7) {
        file = fopen(path, "w");
        assert_int_equal(fwrite(bytes, 1, i, file), i);
        fclose(file);
        assert_int_equal(read_back(f, NOW, &why), -1);
        file = fopen(path, "w");
        bytes[i] ^= 1;
        assert_int_equal(fwrite(bytes, 1, len, file), len);
        bytes[i] ^= 1;
        fclose(file);
        assert_int_equal(read_back(f, NOW, &why), -1);
        assert_true(str_ends_with(why, STR("damaged or no cache of podgate")));
        Arena fresh; /* thousands of files of text */
        arena_init(&fresh, 0);
        f->path = arena_str(&fresh, f->path);
        Str folder = arena_str(&fresh, f->folder);
        path = arena_cstr(&fresh, f->path);
        arena_done(&f->arena);
        f->arena = fresh;
        f->folder = folder;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_damaged_is_not, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("server/live_cache", tests, NULL, NULL);
}
