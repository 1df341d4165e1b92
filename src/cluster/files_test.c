/* SPDX-License-Identifier: Apache-2.0 */
/* Files: what is found in files, folders and lists, where it came from, and what is refused. */
#include "cluster/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

typedef struct Folder {
    Arena arena;
    char path[64];
} Folder;

static int set_up(void **state)
{
    Folder *f = calloc(1, sizeof *f);
    arena_init(&f->arena, 0);
    snprintf(f->path, sizeof f->path, "/tmp/podgate-files-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    Folder *f = *state;
    Str command = arena_printf(&f->arena, "rm -r '%s'", f->path);
    int status = system(command.ptr);
    arena_done(&f->arena);
    free(f);
    return status;
}

static Str path_of(Folder *f, const char *name)
{
    return arena_printf(&f->arena, "%s/%s", f->path, name);
}

static void write_file(Folder *f, const char *name, Str text)
{
    FILE *file = fopen(path_of(f, name).ptr, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
}

/* "origin name path" of each object, one a line; the folder's own path left out. */
static Str describe(Folder *f, const FileObjects *objects)
{
    Buf b = buf_new(&f->arena);
    for (size_t i = 0; i < objects->count; i++) {
        const FileObject *o = &objects->items[i];
        Str origin = object_origin_text(&o->origin, &f->arena);
        buf_add(&b, str_cut_prefix(origin, arena_printf(&f->arena, "%s/", f->path)));
        buf_printf(&b, " %.*s", STR_ARG(value_as_str(value_get_lit(o->object, "kind"))));
        buf_printf(&b, " %.*s\n", STR_ARG(o->path));
    }
    return buf_str(&b);
}

static void check(Str got, const char *want)
{
    if (!str_eq(got, str_from_c(want))) {
        fail_msg("got:\n%.*s\nwant:\n%s", STR_ARG(got), want);
    }
}

static void reads_folders_in_order(void **state)
{
    Folder *f = *state;
    write_file(f, "b.yaml", STR("kind: A\n---\n# nothing\n---\nkind: B\n"));
    write_file(f, "a.json", STR("{\"kind\":\"C\"}"));
    write_file(f, "README", STR("not read"));
    assert_int_equal(mkdir(path_of(f, "sub").ptr, 0700), 0);
    write_file(f, "sub/c.yml", STR("kind: D\n"));
    assert_int_equal(mkdir(path_of(f, "..data").ptr, 0700), 0);
    write_file(f, "..data/c.yml", STR("kind: kept aside\n"));
    assert_int_equal(symlink(f->path, path_of(f, "again.yaml").ptr), 0);
    FileObjects objects;
    Err err = { 0 };
    assert_true(files_read(str_from_c(f->path), NULL, &f->arena, &objects, &err));
    check(describe(f, &objects), "a.json:1 C \nb.yaml:1 A \nb.yaml:5 B \nsub/c.yml:1 D \n");
}

static void takes_lists_apart(void **state)
{
    Folder *f = *state;
    write_file(f, "x.yaml",
               STR("apiVersion: v1\nkind: List\nitems:\n- kind: A\n- apiVersion: v1\n  kind: "
                   "PodList\n  items:\n  - metadata: {name: a}\n  - {kind: Pod, apiVersion: v1}\n"
                   "---\nkind: WaitList\nspec: {}\n---\nkind: List\nitems: null\n"));
    FileObjects objects;
    Err err = { 0 };
    assert_true(files_read(path_of(f, "x.yaml"), NULL, &f->arena, &objects, &err));
    check(describe(f, &objects), "x.yaml:1: items[0] A items[0]\n"
                                 "x.yaml:1: items[0] Pod items[1].items[0]\n"
                                 "x.yaml:1: items[1] Pod items[1].items[1]\n"
                                 "x.yaml:11 WaitList \n");
    check(value_get_str(objects.items[1].object, STR("apiVersion")), "v1");
}

static void refuses_with_the_place(void **state)
{
    static const struct {
        const char *text;
        const char *message; /* after the path; a part of it */
    } rows[] = {
        { "kind: A\n---\n[1, 2]\n", ":3: not an object of the API but array" },
        { "just text\n", ":1: not an object of the API but string" },
        { "kind: List\nitems: [3]\n", ":1: items[0]: not an object of the API but number" },
        { "kind: List\nitems: [null]\n", ":1: items[0]: not an object of the API but null" },
        { "{\"kind\": \"A\"", "1:" },
        { "kind: \"A\n", "" },
    };
    Folder *f = *state;
    FileObjects objects;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err err = { 0 };
        write_file(f, "x.yaml", str_from_c(rows[i].text));
        assert_false(files_read(path_of(f, "x.yaml"), NULL, &f->arena, &objects, &err));
        if (!str_starts_with(err.msg, path_of(f, "x.yaml")) ||
            !str_contains(err.msg, str_from_c(rows[i].message))) {
            fail_msg("%zu: %.*s", i, STR_ARG(err.msg));
        }
    }
    Err err = { 0 };
    assert_false(files_read(path_of(f, "none"), NULL, &f->arena, &objects, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_true(str_ends_with(err.msg, STR("none: No such file or directory")));
    assert_int_equal(mkdir(path_of(f, "empty").ptr, 0700), 0);
    assert_false(files_read(path_of(f, "empty"), NULL, &f->arena, &objects, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    write_file(f, "x.yaml", str_from_c("kind: A\nname: more than it may be\n"));
    DocLimits limits = doc_limits_default;
    limits.bytes_max = 20;
    FilesOptions options = { .limits = &limits };
    assert_false(files_read(path_of(f, "x.yaml"), &options, &f->arena, &objects, &err));
    assert_int_equal(err.code, ERR_LIMIT);
}

static size_t last_files;

static void note_progress(void *context, Str path, size_t files, size_t bytes)
{
    (void)context;
    (void)path;
    (void)bytes;
    last_files = files;
}

/* More than one thread reads for: the same order, and of several failures always the first. */
static void reads_many_files(void **state)
{
    enum { COUNT = 400 };
    Folder *f = *state;
    for (int i = 0; i < COUNT; i++) {
        write_file(
            f, arena_printf(&f->arena, "%03d.yaml", i).ptr,
            arena_printf(&f->arena, "{apiVersion: v1, kind: Namespace, metadata: {name: n%d}}", i));
    }
    FilesOptions options = { .progress = note_progress };
    FileObjects objects;
    Err err = { 0 };
    assert_true(files_read(str_from_c(f->path), &options, &f->arena, &objects, &err));
    assert_int_equal(objects.count, COUNT);
    assert_in_range(last_files, 1, COUNT);
    for (int i = 0; i < COUNT; i++) {
        Str name = value_as_str(value_at(objects.items[i].object, "metadata", "name", NULL));
        assert_true(str_eq(name, arena_printf(&f->arena, "n%d", i)));
    }
    for (int i = 137; i < COUNT; i += 50) {
        write_file(f, arena_printf(&f->arena, "%03d.yaml", i).ptr, STR("{"));
    }
    for (int i = 0; i < 20; i++) {
        assert_false(files_read(str_from_c(f->path), NULL, &f->arena, &objects, &err));
        assert_true(str_contains(err.msg, STR("137.yaml:")));
    }
    /* an arena that is too small for them ends the reading, and the test goes on */
    Arena small;
    jmp_buf full;
    arena_init(&small, 64 * 1024);
    if (setjmp(full) == 0) {
        arena_on_full(&small, &full);
        assert_false(files_read(str_from_c(f->path), NULL, &small, &objects, &err));
    }
    arena_done(&small);
}

static void loads_into_a_snapshot(void **state)
{
    Folder *f = *state;
    write_file(f, "a.yaml",
               STR("{apiVersion: v1, kind: Namespace, metadata: {name: ns}}\n---\n"
                   "{apiVersion: v1, kind: Pod, metadata: {name: no-namespace}}\n"));
    SnapshotBuilder *b = snapshot_builder_new(NULL, 0);
    Err err = { 0 };
    assert_true(files_load(str_from_c(f->path), NULL, b, &f->arena, &err));
    const SnapshotNote *note = snapshot_builder_notes(b);
    assert_non_null(note);
    assert_true(str_contains(note->text, STR("a.yaml:3: Pod \"no-namespace\" needs a")));
    const Snapshot *s = snapshot_builder_finish(b);
    assert_int_equal(snapshot_stats(s).objects, 1);
    snapshot_release(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_folders_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_lists_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_with_the_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_many_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(loads_into_a_snapshot, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
