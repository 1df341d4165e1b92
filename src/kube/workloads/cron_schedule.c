/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/workloads/cron_schedule.h"

enum {
    DAY = 86400,
    YEARS_AHEAD = 5,
    NEW_MINOR = 21, /* a step makes a star less than one */
};

static const struct {
    int min;
    int max;
    const char *names; /* three letters each */
} bounds[CRON_FIELDS] = {
    { 0, 59, "" },
    { 0, 23, "" },
    { 1, 31, "" },
    { 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec" },
    { 0, 6, "sunmontuewedthufrisat" },
};

/* -- reading ----------------------------------------------------------------------------------- */

static bool read_number(Str text, int field, int64_t *out)
{
    Str names = str_from_c(bounds[field].names);
    for (size_t i = 0; text.len == 3 && i + 3 <= names.len; i += 3) {
        if (str_eq_ignore_case(text, str_slice(names, i, i + 3))) {
            *out = bounds[field].min + (int64_t)(i / 3);
            return true;
        }
    }
    return str_to_int64(text, out) && *out >= 0;
}

/* "*", "5", "1-5", each with "/step" or without. */
static bool read_range(Str text, int field, bool is_new, uint64_t *bits, bool *any)
{
    Str range, step_text, first, last;
    bool has_step = str_split_once(text, '/', &range, &step_text);
    bool has_last = str_split_once(range, '-', &first, &last);
    bool is_star = str_eq(first, STR("*")) || str_eq(first, STR("?"));
    int64_t from = bounds[field].min, to = bounds[field].max, step = 1;
    if (!is_star) {
        if (!read_number(first, field, &from)) {
            return false;
        }
        to = from;
        if (has_last && !read_number(last, field, &to)) {
            return false;
        }
        to = has_step && !has_last ? bounds[field].max : to;
    }
    if (has_step && (!str_to_int64(step_text, &step) || step < 1)) {
        return false;
    }
    if (from < bounds[field].min || to > bounds[field].max || from > to) {
        return false;
    }
    for (int64_t i = from; i <= to && step <= bounds[field].max + 1; i += step) {
        *bits |= (uint64_t)1 << i;
    }
    *bits |= (uint64_t)1 << from;
    *any = *any || (is_star && !(is_new && step > 1));
    return true;
}

static bool read_field(Str text, int field, bool is_new, CronSchedule *out)
{
    bool any = false;
    Str part;
    while (str_next_piece(&text, ',', &part)) {
        if (part.len && !read_range(part, field, is_new, &out->fields[field], &any)) {
            return false;
        }
    }
    out->any_day = out->any_day || (field == 2 && any);
    out->any_weekday = out->any_weekday || (field == 4 && any);
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool read_fields(Str text, bool is_new, CronSchedule *out)
{
    int field = 0;
    for (size_t at = 0; at < text.len;) {
        size_t from = at;
        while (at < text.len && !is_space(text.ptr[at])) {
            at++;
        }
        if (at > from) {
            Str word = str_slice(text, from, at);
            if (field == CRON_FIELDS || !read_field(word, field, is_new, out)) {
                return false;
            }
            field++;
        }
        at++;
    }
    return field == CRON_FIELDS;
}

/* Go's durations, in whole seconds: "1h30m", "90s", "1.5h". At least one. */
static int64_t read_duration(Str text)
{
    static const struct {
        Str unit;
        double seconds;
    } units[] = {
        { STR_INIT("ns"), 1e-9 },        { STR_INIT("us"), 1e-6 }, { STR_INIT("\xc2\xb5s"), 1e-6 },
        { STR_INIT("\xce\xbcs"), 1e-6 }, { STR_INIT("ms"), 1e-3 }, { STR_INIT("s"), 1 },
        { STR_INIT("m"), 60 },           { STR_INIT("h"), 3600 },
    };
    double sum = 0;
    if (str_starts_with(text, STR("-"))) {
        return 1;
    }
    for (size_t at = str_starts_with(text, STR("+")); at < text.len;) {
        double n = 0, place = 0;
        for (;
             at < text.len && (text.ptr[at] == '.' || (text.ptr[at] >= '0' && text.ptr[at] <= '9'));
             at++) {
            if (text.ptr[at] == '.') {
                place = 1;
            } else {
                n = n * 10 + (text.ptr[at] - '0');
                place *= 10;
            }
        }
        double factor = 0;
        size_t len = 1;
        for (size_t i = 0; i < COUNT_OF(units); i++) {
            if (str_starts_with(str_drop(text, at), units[i].unit) && factor == 0) {
                factor = units[i].seconds;
                len = units[i].unit.len;
            }
        }
        sum += n / (place > 0 ? place : 1) * factor;
        at += len;
    }
    return sum < 1 ? 1 : sum > 9e9 ? INT64_C(9000000000) : (int64_t)(sum + 1e-9);
}

bool cron_read(Str schedule, const KubeTarget *t, CronSchedule *out)
{
    static const struct {
        Str name;
        Str fields;
    } known[] = {
        { STR_INIT("@yearly"), STR_INIT("0 0 1 1 *") },
        { STR_INIT("@annually"), STR_INIT("0 0 1 1 *") },
        { STR_INIT("@monthly"), STR_INIT("0 0 1 * *") },
        { STR_INIT("@weekly"), STR_INIT("0 0 * * 0") },
        { STR_INIT("@daily"), STR_INIT("0 0 * * *") },
        { STR_INIT("@midnight"), STR_INIT("0 0 * * *") },
        { STR_INIT("@hourly"), STR_INIT("0 * * * *") },
    };
    static const Str every = STR_INIT("@every ");
    *out = (CronSchedule){ 0 };
    if (str_starts_with(schedule, every)) {
        out->every = read_duration(str_drop(schedule, every.len));
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (str_eq(schedule, known[i].name)) {
            schedule = known[i].fields;
        }
    }
    return read_fields(schedule, t->minor >= NEW_MINOR, out);
}

/* -- when -------------------------------------------------------------------------------------- */

typedef struct Date {
    int64_t year;
    int month;
    int day;
    int weekday; /* 0 for Sunday */
} Date;

/* days: since 1970-01-01, none before 1970. Years are counted from March, so that the day that not
 * each has is their last. */
static Date date_of(int64_t days)
{
    int64_t from_0 = days + 719468;
    int64_t era = from_0 / 146097;
    int64_t of_era = from_0 % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    Date d = { .year = year + era * 400 + (month >= 10), .weekday = (int)((days + 4) % 7) };
    d.day = (int)(of_year - (153 * month + 2) / 5) + 1;
    d.month = (int)(month < 10 ? month + 3 : month - 9);
    return d;
}

static bool has(const CronSchedule *s, int field, int64_t n)
{
    return s->fields[field] >> n & 1;
}

static bool is_day(const CronSchedule *s, const Date *d)
{
    bool day = has(s, 2, d->day);
    bool weekday = has(s, 4, d->weekday);
    return has(s, 3, d->month) && (s->any_day || s->any_weekday ? day && weekday : day || weekday);
}

bool cron_next(const CronSchedule *s, const CronZone *zone, int64_t after, int64_t *out)
{
    enum { MINUTE = 60, HOUR = 3600 };
    if (s->every) {
        *out = after + s->every;
        return true;
    }
    int64_t t = ((after < 0 ? 0 : after) / MINUTE + 1) * MINUTE;
    int64_t last_year = date_of(t / DAY).year + YEARS_AHEAD;
    for (;;) {
        int64_t shown = t + (zone ? zone->offset(zone->context, t) : 0);
        shown = shown < 0 ? 0 : shown;
        Date d = date_of(shown / DAY);
        if (d.year > last_year) {
            return false;
        }
        if (is_day(s, &d)) {
            if (has(s, 1, shown % DAY / HOUR) && has(s, 0, shown % HOUR / MINUTE)) {
                *out = t;
                return true;
            }
            t += MINUTE;
        } else {
            /* to the next day; the last hour in small steps, as the day may be an hour shorter */
            int64_t left = DAY - shown % DAY;
            t += !zone ? left : left > HOUR ? left - HOUR : MINUTE;
        }
    }
}
