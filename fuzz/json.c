/* SPDX-License-Identifier: Apache-2.0 */
/* JSON alone: reading a copy and reading in place agree, what is written is read back
 * equal, and where a repeated key is an error it is one thing to fix. */
#include "fuzz.h"

#include "doc/json.h"

static Str write_with(void (*write)(const Value *, Buf *), const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    write(v, &b);
    return buf_str(&b);
}

static void check_written(const Value *v, Arena *a)
{
    static void (*const writers[])(const Value *, Buf *) = { json_write, json_write_html_safe,
                                                             json_write_pretty };
    for (size_t i = 0; i < COUNT_OF(writers); i++) {
        Str text = write_with(writers[i], v, a);
        Value again;
        HOLDS(json_read(STR("written"), text, NULL, a, &again, NULL));
        HOLDS(value_equal(v, &again));
        /* From here on nothing changes any more (-0.0 is written -0, and that read as 0). */
        text = write_with(writers[i], &again, a);
        HOLDS(json_read(STR("written"), text, NULL, a, &again, NULL));
        HOLDS(str_eq(write_with(writers[i], &again, a), text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    Str text = str_from((const char *)data, size);
    char *in_place = malloc(size + JSON_PADDING); /* exact, so that reading past it is seen */
    HOLDS(in_place);
    memcpy(in_place, text.ptr ? text.ptr : "", size);
    Value v;
    Value other;
    Err err = { 0 };
    Err other_err = { 0 };
    bool ok = json_read(STR("f"), text, NULL, &a, &v, &err);
    bool other_ok = json_read_insitu(STR("f"), in_place, size, NULL, &a, &other, &other_err);
    HOLDS(ok == other_ok && err.code == other_err.code);
    if (ok) {
        HOLDS(value_equal(&v, &other));
        check_written(&v, &a);
    } else {
        HOLDS(err.code != ERR_NONE && str_starts_with(err.msg, STR("f:")));
    }
    DocLimits lenient = doc_limits_default;
    lenient.last_key_wins = true;
    bool lenient_ok = json_read(STR("f"), text, &lenient, &a, &other, NULL);
    HOLDS(lenient_ok == (ok || err.code == ERR_DUPLICATE));
    if (lenient_ok) {
        check_written(&other, &a);
    }
    free(in_place);
    arena_done(&a);
    return 0;
}
