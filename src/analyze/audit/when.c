/* SPDX-License-Identifier: Apache-2.0 */
/* Times of logs. The calendar is computed here: what the machine thinks of time zones counts
 * nothing. */
#include "analyze/audit/when.h"

enum { HOUR = 3600, DAY = 24 * HOUR, YEAR_MIN = 1970 };

typedef struct Date {
    int64_t year;
    int64_t month; /* 1 to 12 */
    int64_t day;
} Date;

/* Days since 1970-01-01. Years are counted from March, so that the leap day is the last. */
static int64_t days_of(Date d)
{
    int64_t year = d.month > 2 ? d.year : d.year - 1;
    int64_t month = (d.month + 9) % 12;
    int64_t in_year = (153 * month + 2) / 5 + d.day - 1;
    return year * 365 + year / 4 - year / 100 + year / 400 + in_year - 719468;
}

static Date date_of(int64_t days)
{
    int64_t since = days + 719468;
    int64_t era = since / 146097;
    int64_t in_era = since % 146097;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * in_year + 2) / 153;
    Date d = { .month = month < 10 ? month + 3 : month - 9,
               .day = in_year - (153 * month + 2) / 5 + 1 };
    d.year = year + era * 400 + (d.month <= 2);
    return d;
}

/* Exactly count digits. */
static bool take_number(Str *rest, size_t count, int64_t *out)
{
    if (rest->len < count) {
        return false;
    }
    int64_t n = 0;
    for (size_t i = 0; i < count; i++) {
        char c = rest->ptr[i];
        if (c < '0' || c > '9') {
            return false;
        }
        n = n * 10 + (c - '0');
    }
    *rest = str_drop(*rest, count);
    *out = n;
    return true;
}

static bool take(Str *rest, const char *one_of)
{
    if (!rest->len || !rest->ptr[0] || !strchr(one_of, rest->ptr[0])) {
        return false;
    }
    *rest = str_drop(*rest, 1);
    return true;
}

static bool take_offset(Str *rest, int64_t *seconds)
{
    *seconds = 0;
    if (take(rest, "Zz")) {
        return true;
    }
    int64_t hours, minutes;
    bool minus = rest->len && rest->ptr[0] == '-';
    if (!take(rest, "+-") || !take_number(rest, 2, &hours) || !take(rest, ":") ||
        !take_number(rest, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *seconds = (hours * 60 + minutes) * (minus ? -60 : 60);
    return true;
}

bool when_read(Str text, int64_t *seconds)
{
    Date d;
    int64_t hour, minute, second, offset, digit;
    if (!take_number(&text, 4, &d.year) || !take(&text, "-") || !take_number(&text, 2, &d.month) ||
        !take(&text, "-") || !take_number(&text, 2, &d.day) || !take(&text, "Tt ") ||
        !take_number(&text, 2, &hour) || !take(&text, ":") || !take_number(&text, 2, &minute) ||
        !take(&text, ":") || !take_number(&text, 2, &second)) {
        return false;
    }
    if (take(&text, ".")) {
        while (take_number(&text, 1, &digit)) {
        }
    }
    if (!take_offset(&text, &offset) || text.len || d.year < YEAR_MIN || d.month < 1 ||
        d.month > 12 || d.day < 1 || d.day > 31 || hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    int64_t t = days_of(d) * DAY + hour * HOUR + minute * 60 + second - offset;
    *seconds = t < 0 ? 0 : t;
    return true;
}

int64_t when_start(int64_t seconds, WhenStep step)
{
    int64_t day = seconds / DAY;
    switch (step) {
    case WHEN_HOUR:
        return seconds - seconds % HOUR;
    case WHEN_DAY:
        return day * DAY;
    default: /* 1970-01-01 was a Thursday */
        return (day < 4 ? 0 : day - (day + 3) % 7) * DAY;
    }
}

Str when_step_text(int64_t start, WhenStep step, Arena *a)
{
    Date d = date_of(start / DAY);
    int year = (int)d.year, month = (int)d.month, day = (int)d.day;
    return step == WHEN_HOUR ? arena_printf(a, "%04d-%02d-%02d %02d:00", year, month, day,
                                            (int)(start % DAY / HOUR))
                             : arena_printf(a, "%04d-%02d-%02d", year, month, day);
}

Str when_text(int64_t seconds, Arena *a)
{
    Date d = date_of(seconds / DAY);
    int64_t in_day = seconds % DAY;
    return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)d.year, (int)d.month, (int)d.day,
                        (int)(in_day / HOUR), (int)(in_day / 60 % 60), (int)(in_day % 60));
}
