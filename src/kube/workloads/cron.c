/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a cron schedule, in the words of the API server's parser. */
#include "kube/workloads/cron.h"

#include "base/buf.h"
#include "kube/workloads/go_duration.h"
#include "kube/workloads/go_number.h"

enum { FIELDS = 5, LOWER_CASE_MINOR = 21 };

typedef struct CronBounds {
    int64_t min;
    int64_t max;
    const Str *names; /* of min and what follows; NULL for none */
    size_t name_count;
} CronBounds;

static const Str months[] = {
    STR_INIT("jan"), STR_INIT("feb"), STR_INIT("mar"), STR_INIT("apr"),
    STR_INIT("may"), STR_INIT("jun"), STR_INIT("jul"), STR_INIT("aug"),
    STR_INIT("sep"), STR_INIT("oct"), STR_INIT("nov"), STR_INIT("dec"),
};
static const Str days[] = {
    STR_INIT("sun"), STR_INIT("mon"), STR_INIT("tue"), STR_INIT("wed"),
    STR_INIT("thu"), STR_INIT("fri"), STR_INIT("sat"),
};
/* minute, hour, day of month, month, day of week */
static const CronBounds fields[FIELDS] = {
    { 0, 59, NULL, 0 },
    { 0, 23, NULL, 0 },
    { 1, 31, NULL, 0 },
    { 1, 12, months, COUNT_OF(months) },
    { 0, 6, days, COUNT_OF(days) },
};

/* Go's strconv.Atoi. */
static bool read_number(Str text, Arena *a, int64_t *out, Str *error)
{
    if (!str_to_int64(text, out)) {
        Str why = go_int_error("strconv.Atoi", text, a);
        *error = arena_printf(a, "Failed to parse int from %.*s: %.*s", STR_ARG(text),
                              STR_ARG(why));
        return false;
    }
    if (*out < 0) {
        *error = arena_printf(a, "Negative number (%lld) not allowed: %.*s", (long long)*out,
                              STR_ARG(text));
        return false;
    }
    return true;
}

static bool read_number_or_name(Str text, const CronBounds *bounds, Arena *a, int64_t *out,
                                Str *error)
{
    for (size_t i = 0; i < bounds->name_count; i++) {
        if (str_eq_ignore_case(text, bounds->names[i])) {
            *out = bounds->min + (int64_t)i;
            return true;
        }
    }
    return read_number(text, a, out, error);
}

/* Cuts text at each separator: the first two pieces and how many there are. */
static size_t split(Str text, char separator, Str pieces[2])
{
    Str piece;
    size_t count = 0;
    while (str_next_piece(&text, separator, &piece)) {
        if (count < 2) {
            pieces[count] = piece;
        }
        count++;
    }
    return count;
}

static bool check_bounds(Str expr, const CronBounds *bounds, int64_t start, int64_t end,
                         int64_t step, Arena *a, Str *error)
{
    if (start < bounds->min) {
        *error = arena_printf(a, "Beginning of range (%lld) below minimum (%lld): %.*s",
                              (long long)start, (long long)bounds->min, STR_ARG(expr));
    } else if (end > bounds->max) {
        *error = arena_printf(a, "End of range (%lld) above maximum (%lld): %.*s", (long long)end,
                              (long long)bounds->max, STR_ARG(expr));
    } else if (start > end) {
        *error = arena_printf(a, "Beginning of range (%lld) beyond end of range (%lld): %.*s",
                              (long long)start, (long long)end, STR_ARG(expr));
    } else if (step == 0) {
        *error = arena_printf(a, "Step of range should be a positive number: %.*s", STR_ARG(expr));
    } else {
        return true;
    }
    return false;
}

/* "*", "5", "1-5", each with "/step" or without. */
static bool check_range(Str expr, const CronBounds *bounds, Arena *a, Str *error)
{
    Str around_slash[2] = { { 0 } };
    Str around_hyphen[2] = { { 0 } };
    size_t slashes = split(expr, '/', around_slash);
    size_t hyphens = split(around_slash[0], '-', around_hyphen);
    int64_t start = bounds->min;
    int64_t end = bounds->max;
    int64_t step = 1;
    if (!str_eq(around_hyphen[0], STR("*")) && !str_eq(around_hyphen[0], STR("?"))) {
        if (!read_number_or_name(around_hyphen[0], bounds, a, &start, error)) {
            return false;
        }
        end = start;
        if (hyphens == 2 && !read_number_or_name(around_hyphen[1], bounds, a, &end, error)) {
            return false;
        }
        if (hyphens > 2) {
            *error = arena_printf(a, "Too many hyphens: %.*s", STR_ARG(expr));
            return false;
        }
    }
    if (slashes == 2) {
        if (!read_number(around_slash[1], a, &step, error)) {
            return false;
        }
        end = hyphens == 1 ? bounds->max : end;
    } else if (slashes > 2) {
        *error = arena_printf(a, "Too many slashes: %.*s", STR_ARG(expr));
        return false;
    }
    return check_bounds(expr, bounds, start, end, step, a, error);
}

static bool check_field(Str field, const CronBounds *bounds, Arena *a, Str *error)
{
    Str expr;
    while (str_next_piece(&field, ',', &expr)) {
        if (expr.len && !check_range(expr, bounds, a, error)) {
            return false;
        }
    }
    return true;
}

static Str check_descriptor(Str schedule, Arena *a)
{
    static const Str known[] = {
        STR_INIT("@yearly"), STR_INIT("@annually"), STR_INIT("@monthly"), STR_INIT("@weekly"),
        STR_INIT("@daily"),  STR_INIT("@midnight"), STR_INIT("@hourly"),
    };
    static const Str every = STR_INIT("@every ");
    if (str_list_has((StrList){ known, COUNT_OF(known) }, schedule)) {
        return STR_ABSENT;
    }
    if (str_starts_with(schedule, every)) {
        Str why = go_duration_error(str_drop(schedule, every.len), a);
        return why.ptr ? arena_printf(a, "Failed to parse duration %.*s: %.*s", STR_ARG(schedule),
                                      STR_ARG(why))
                       : STR_ABSENT;
    }
    return arena_printf(a, "Unrecognized descriptor: %.*s", STR_ARG(schedule));
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Takes the next word off *rest. False when nothing is left. */
static bool next_word(Str *rest, Str *word)
{
    size_t from = 0;
    while (from < rest->len && is_space(rest->ptr[from])) {
        from++;
    }
    size_t to = from;
    while (to < rest->len && !is_space(rest->ptr[to])) {
        to++;
    }
    *word = str_slice(*rest, from, to);
    *rest = str_drop(*rest, to);
    return word->len > 0;
}

static Str check_schedule(Str schedule, bool lists_words, Arena *a)
{
    if (schedule.len == 0) {
        return STR("Empty spec string");
    }
    if (schedule.ptr[0] == '@') {
        return check_descriptor(schedule, a);
    }
    Str words[FIELDS];
    size_t count = 0;
    Buf list = buf_new(a);
    Str word;
    for (Str rest = schedule; next_word(&rest, &word); count++) {
        if (count < FIELDS) {
            words[count] = word;
        }
        buf_add(&list, count ? STR(" ") : STR(""));
        buf_add(&list, word);
    }
    if (count != FIELDS) {
        Str shown = lists_words ? buf_str(&list) : schedule;
        return arena_printf(a, "Expected exactly %d fields, found %zu: %s%.*s%s", FIELDS, count,
                            lists_words ? "[" : "", STR_ARG(shown), lists_words ? "]" : "");
    }
    Str error = STR_ABSENT;
    for (size_t i = 0; i < FIELDS && check_field(words[i], &fields[i], a, &error); i++) {
    }
    return error;
}

Str cron_error(Str schedule, const KubeTarget *t, Arena *a)
{
    bool is_new = t->minor >= LOWER_CASE_MINOR;
    Str error = check_schedule(schedule, is_new, a);
    if (!is_new || !error.len) {
        return error;
    }
    char first = (char)(error.ptr[0] | ('a' - 'A'));
    return arena_concat(a, str_from(&first, 1), str_drop(error, 1));
}
