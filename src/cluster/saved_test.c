/* SPDX-License-Identifier: Apache-2.0 */
/* A cluster in a file: what was written is read, and what was changed since is noticed. */
#include "cluster/saved.h"

#include "cluster/files.h"
#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static const char *const objects[] = {
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"a\"}}",
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"b\",\"namespace\":"
    "\"a\"},"
    "\"data\":{\"k\":\"two\\nlines ],\\\"end\\\":\"}}",
};

static Str file_of(Str text, Arena *a)
{
    char path[] = "/tmp/podgate-saved-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.ptr, text.len), (ssize_t)text.len);
    close(fd);
    return arena_str(a, str_from_c(path));
}

static Str written(size_t count, Arena *a)
{
    Buf b = buf_new(a);
    SavedSum sum;
    SavedHead head = { .version = 42,
                       .minor = 20,
                       .created = STR("2021-02-03T04:05:06Z"),
                       .ca_cert = STR("cert\n"),
                       .ca_key = STR("key\n"),
                       .token_key = STR("t\n") };
    saved_write_head(&head, &sum, &b);
    for (size_t i = 0; i < count; i++) {
        Value object;
        assert_true(json_read(STR("o"), str_from_c(objects[i]), NULL, a, &object, NULL));
        saved_write_object(&object, &sum, &b);
    }
    saved_write_end(&sum, &b);
    return buf_str(&b);
}

static bool gather(void *context, const Value *object, Arena *a, Err *err)
{
    (void)a;
    (void)err;
    json_write(object, context);
    buf_byte(context, '\n');
    return true;
}

static void test_what_was_written_is_read(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t count = 0; count <= COUNT_OF(objects); count++) {
        Str path = file_of(written(count, &a), &a);
        Buf got = buf_new(&a), wanted = buf_new(&a);
        SavedHead head;
        SavedInfo info;
        Err err;
        for (size_t i = 0; i < count; i++) {
            buf_printf(&wanted, "%s\n", objects[i]);
        }
        assert_true(saved_read(path, gather, &got, &a, &head, &err));
        assert_int_equal(got.len, wanted.len);
        assert_memory_equal(got.ptr ? got.ptr : "", wanted.ptr ? wanted.ptr : "", got.len);
        assert_int_equal(head.version, 42);
        assert_int_equal(head.minor, 20);
        assert_true(str_eq(head.ca_key, STR("key\n")));
        assert_true(saved_info(path, &a, &info, &err));
        assert_int_equal(info.objects, count);
        assert_true(str_eq(info.head.created, STR("2021-02-03T04:05:06Z")));
        FileObjects list;
        assert_true(files_read(path, NULL, &a, &list, &err)); /* as --state reads it */
        assert_int_equal(list.count, count);
        unlink(path.ptr);
    }
    arena_done(&a);
}

/* Any byte of it, and any end. */
static void test_damage(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Str good = written(COUNT_OF(objects), &a);
    for (size_t i = 0; i < 2 * good.len; i++) {
        ArenaMark mark = arena_mark(&a);
        bool cut = i >= good.len;
        char *text = (char *)arena_str(&a, good).ptr;
        size_t len = cut ? i - good.len : good.len;
        if (!cut) {
            text[i] = (char)(text[i] ^ 1);
        }
        Str path = file_of(str_from(text, len), &a);
        SavedHead head;
        Err err;
        bool read = saved_read(path, NULL, NULL, &a, &head, &err);
        unlink(path.ptr);
        /* white space at the very end may be missing or another */
        if (read && i != good.len - 1 && i != 2 * good.len - 1) {
            fail_msg("byte %zu: not noticed", i);
        }
        arena_rewind(&a, mark);
    }
    arena_done(&a);
}

static void test_messages(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *message;
    } rows[] = {
        { "", ":1: the snapshot is damaged: it ends too early" },
        { "hello\n", ": is no snapshot of podgate's" },
        { "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n]}\n",
          ": is no snapshot of podgate's" },
        { "{\"metadata\":{\"resourceVersion\":\"1\"},\"podgate\":{\"form\":2,\"kubernetes\":\"1."
          "20\"},"
          "\"items\":[\n",
          ": is in form 2, this podgate knows forms up to 1: it was written by a newer one" },
        { "{\"metadata\":{\"resourceVersion\":\"1\"},\"podgate\":{\"form\":1,\"kubernetes\":\"1."
          "20\"},"
          "\"items\":[\nx\n",
          ":2: the snapshot is damaged: this is no object" },
    };
    Arena a;
    Err err;
    SavedHead head;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str path = file_of(str_from_c(rows[i].text), &a);
        assert_false(saved_read(path, NULL, NULL, &a, &head, &err));
        assert_string_equal(arena_str(&a, str_drop(err.msg, path.len)).ptr, rows[i].message);
        unlink(path.ptr);
    }
    assert_false(saved_read(STR("/nowhere/x"), NULL, NULL, &a, &head, &err));
    assert_string_equal(arena_str(&a, err.msg).ptr, "/nowhere/x: No such file or directory");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_written_is_read),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests_name("cluster/saved", tests, NULL, NULL);
}
