/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as Go reads them: numbers, each with a unit, one after the other. */
#include "kube/workloads/go_duration.h"

#include "base/buf.h"

/* 2^63 nanoseconds, about 292 years */
#define NANOSECONDS_MAX 9223372036854775807.0

static Str quoted(Str text, Arena *a)
{
    Buf b = buf_new(a);
    buf_go_quoted(&b, text);
    return buf_str(&b);
}

static Str invalid(Str text, Arena *a)
{
    Str q = quoted(text, a);
    return arena_printf(a, "time: invalid duration %.*s", STR_ARG(q));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static double unit_of(Str name)
{
    static const struct {
        Str name;
        double nanoseconds;
    } units[] = {
        { STR_INIT("ns"), 1 },          { STR_INIT("us"), 1e3 },   { STR_INIT("\xC2\xB5s"), 1e3 },
        { STR_INIT("\xCE\xBCs"), 1e3 }, { STR_INIT("ms"), 1e6 },   { STR_INIT("s"), 1e9 },
        { STR_INIT("m"), 60e9 },        { STR_INIT("h"), 3600e9 },
    };
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (str_eq(name, units[i].name)) {
            return units[i].nanoseconds;
        }
    }
    return 0;
}

/* Takes the digits, perhaps with a fraction, off *rest. False when there are none. */
static bool take_number(Str *rest, double *out)
{
    size_t i = 0;
    size_t digits = 0;
    double n = 0;
    double scale = 1;
    for (; i < rest->len && is_digit(rest->ptr[i]); i++, digits++) {
        n = n * 10 + (rest->ptr[i] - '0');
    }
    if (i < rest->len && rest->ptr[i] == '.') {
        for (i++; i < rest->len && is_digit(rest->ptr[i]); i++, digits++) {
            scale /= 10;
            n += scale * (rest->ptr[i] - '0');
        }
    }
    *rest = str_drop(*rest, i);
    *out = n;
    return digits > 0;
}

Str go_duration_error(Str text, Arena *a)
{
    Str rest = text;
    if (rest.len && (rest.ptr[0] == '-' || rest.ptr[0] == '+')) {
        rest = str_drop(rest, 1);
    }
    if (str_eq(rest, STR("0"))) {
        return STR_ABSENT;
    }
    if (rest.len == 0) {
        return invalid(text, a);
    }
    double total = 0;
    while (rest.len) {
        double n;
        if (!(rest.ptr[0] == '.' || is_digit(rest.ptr[0])) || !take_number(&rest, &n)) {
            return invalid(text, a);
        }
        size_t end = 0;
        while (end < rest.len && rest.ptr[end] != '.' && !is_digit(rest.ptr[end])) {
            end++;
        }
        Str q = quoted(text, a);
        if (end == 0) {
            return arena_printf(a, "time: missing unit in duration %.*s", STR_ARG(q));
        }
        Str name = str_slice(rest, 0, end);
        double unit = unit_of(name);
        if (unit <= 0) {
            Str unknown = quoted(name, a);
            return arena_printf(a, "time: unknown unit %.*s in duration %.*s", STR_ARG(unknown),
                                STR_ARG(q));
        }
        rest = str_drop(rest, end);
        total += n * unit;
        if (total > NANOSECONDS_MAX) {
            return invalid(text, a);
        }
    }
    return STR_ABSENT;
}
