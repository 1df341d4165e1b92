/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two states in one text, parted by a line "@": nothing differs from itself, what one has more the
 * other has less, and no value of a Secret comes into the result.
 */
#include "fuzz.h"

#include "analyze/diff/diff.h"
#include "cluster/files.h"

static bool read_state(Str text, Arena *a, DiffState *out)
{
    FileObjects objects;
    Err err;
    if (!files_read_text(STR("f"), text, NULL, a, &objects, &err)) {
        return false;
    }
    const Value **list = new(a, const Value *, objects.count);
    for (size_t i = 0; i < objects.count; i++) {
        list[i] = objects.items[i].object;
    }
    *out = (DiffState){ list, objects.count };
    return true;
}

static void check_entry(const DiffEntry *e)
{
    HOLDS((e->change == DIFF_CHANGED) == (e->field_count > 0));
    for (size_t i = 0; i < e->field_count; i++) {
        const DiffField *f = &e->fields[i];
        HOLDS(f->before || f->after);
        if (str_eq(e->kind, STR("Secret")) && e->group.len == 0 &&
            str_starts_with(f->path, STR("data"))) {
            HOLDS(!f->before || str_starts_with(value_as_str(f->before), STR("***")));
            HOLDS(!f->after || str_starts_with(value_as_str(f->after), STR("***")));
        }
    }
}

static void check(const DiffState *x, const DiffState *y, bool all_fields, Arena *a)
{
    DiffResult same, forth, back;
    DiffOptions o = { .target = kube_target(KUBE_MINOR_NEWEST), .all_fields = all_fields };
    diff_states(x, x, &o, a, &same);
    HOLDS(same.count == 0);
    diff_states(x, y, &o, a, &forth);
    diff_states(y, x, &o, a, &back);
    HOLDS(forth.by_change[DIFF_ADDED] == back.by_change[DIFF_REMOVED]);
    HOLDS(forth.by_change[DIFF_REMOVED] == back.by_change[DIFF_ADDED]);
    for (size_t i = 0; i < forth.count; i++) {
        check_entry(&forth.entries[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    DiffState x, y;
    arena_init(&a, 0);
    Str text = arena_str(&a, str_from((const char *)data, size));
    ptrdiff_t at = str_index(text, STR("\n@\n"));
    size_t end = at < 0 ? text.len : (size_t)at;
    if (read_state(str_slice(text, 0, end), &a, &x) &&
        read_state(str_slice(text, at < 0 ? text.len : end + 3, text.len), &a, &y)) {
        check(&x, &y, false, &a);
        check(&x, &y, true, &a);
    }
    arena_done(&a);
    return 0;
}
