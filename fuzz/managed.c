/* SPDX-License-Identifier: Apache-2.0 */
/* FieldsV1, one a line: what is read and written reads back the same, and sets combine as sets do.
 */
#include "fuzz.h"

#include "doc/json.h"
#include "kube/managed/field_set.h"

static bool read_set(Str text, Arena *a, FieldSet *out)
{
    Value v;
    Err err;
    return json_read(STR("fuzz"), text, &doc_limits_request, a, &v, &err) &&
           field_set_read(&v, a, out);
}

static void check_one(FieldSet s, Arena *a)
{
    Value v = field_set_write(s, a);
    FieldSet again;
    HOLDS(field_set_read(&v, a, &again) && field_set_equal(s, again));
    HOLDS(field_set_equal(field_set_union(s, again, a), s));
    HOLDS(field_set_equal(field_set_intersection(s, again, a), s));
    HOLDS(field_set_is_empty(field_set_difference(s, again, a)));
}

static void check_two(FieldSet x, FieldSet y, Arena *a)
{
    FieldSet both = field_set_union(x, y, a);
    FieldSet common = field_set_intersection(x, y, a);
    FieldSet only_x = field_set_difference(x, y, a);
    HOLDS(field_set_equal(both, field_set_union(y, x, a)));
    HOLDS(field_set_equal(common, field_set_intersection(y, x, a)));
    HOLDS(field_set_equal(field_set_union(only_x, common, a), x));
    HOLDS(field_set_is_empty(field_set_intersection(only_x, y, a)));
    FieldSet without = field_set_difference_below(x, y, a);
    HOLDS(field_set_equal(field_set_intersection(without, only_x, a), without));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    Str rest = str_from((const char *)data, size);
    Str line;
    FieldSet before = { NULL, 0 };
    for (int lines = 0; lines < 16 && str_next_piece(&rest, '\n', &line); lines++) {
        FieldSet s;
        if (read_set(line, &a, &s)) {
            check_one(s, &a);
            check_two(before, s, &a);
            before = s;
        }
    }
    arena_done(&a);
    return 0;
}
