/* SPDX-License-Identifier: Apache-2.0 */
/* Times as Go's time package parses RFC 3339 and metav1.Time prints it. */
#include "kube/schema_walk.h"

typedef struct Moment {
    int64_t year;
    int64_t month;
    int64_t day;
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t micros;
    int64_t offset; /* seconds east of UTC */
} Moment;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes n digits off the front. */
static bool take_digits(Str *s, size_t n, int64_t *out)
{
    int64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        if (i >= s->len || !is_digit(s->ptr[i])) {
            return false;
        }
        value = value * 10 + (s->ptr[i] - '0');
    }
    *s = str_drop(*s, n);
    *out = value;
    return true;
}

static bool take_byte(Str *s, char c)
{
    if (s->len == 0 || s->ptr[0] != c) {
        return false;
    }
    *s = str_drop(*s, 1);
    return true;
}

/* Any number of digits after the point, of which six count. */
static void take_fraction(Str *s, int64_t *micros)
{
    *micros = 0;
    if (s->len < 2 || s->ptr[0] != '.' || !is_digit(s->ptr[1])) {
        return;
    }
    *s = str_drop(*s, 1);
    int64_t unit = 100000;
    while (s->len && is_digit(s->ptr[0])) {
        *micros += (s->ptr[0] - '0') * unit;
        unit /= 10;
        *s = str_drop(*s, 1);
    }
}

static bool take_zone(Str *s, int64_t *offset)
{
    *offset = 0;
    if (take_byte(s, 'Z')) {
        return true;
    }
    int64_t hours;
    int64_t minutes;
    bool is_east = s->len && s->ptr[0] == '+';
    Str rest = *s;
    if (!(take_byte(&rest, '+') || take_byte(&rest, '-')) || !take_digits(&rest, 2, &hours) ||
        !take_byte(&rest, ':') || !take_digits(&rest, 2, &minutes)) {
        return false;
    }
    *s = rest;
    *offset = (hours * 60 + minutes) * 60 * (is_east ? 1 : -1);
    return true;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t days_in(int64_t year, int64_t month)
{
    static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* What Go says is out of range; NULL when nothing is. */
static const char *out_of_range(const Moment *m)
{
    return m->month < 1 || m->month > 12                       ? "month"
           : m->day < 1 || m->day > days_in(m->year, m->month) ? "day"
           : m->hour > 23                                      ? "hour"
           : m->minute > 59                                    ? "minute"
           : m->second > 59                                    ? "second"
           : m->offset > 24 * 3600 || m->offset < -24 * 3600   ? "time zone offset"
                                                               : NULL;
}

/* Shifts by the offset, over the ends of days, months and years. */
static void to_utc(Moment *m)
{
    int64_t seconds = (m->hour * 60 + m->minute) * 60 + m->second - m->offset;
    m->offset = 0;
    int64_t days = 0;
    while (seconds < 0) {
        seconds += 86400;
        days--;
    }
    while (seconds >= 86400) {
        seconds -= 86400;
        days++;
    }
    m->hour = seconds / 3600;
    m->minute = seconds / 60 % 60;
    m->second = seconds % 60;
    m->day += days;
    if (m->day < 1) {
        if (--m->month < 1) {
            m->month = 12;
            m->year--;
        }
        m->day += days_in(m->year, m->month);
    } else if (m->day > days_in(m->year, m->month)) {
        m->day -= days_in(m->year, m->month);
        if (++m->month > 12) {
            m->month = 1;
            m->year++;
        }
    }
}

/* Where the text stops to fit: the element of the layout, and what is left. NULL when it fits. */
static const char *misfit(Str *s, bool with_micros, Moment *m)
{
    const struct {
        const char *element;
        int64_t *number;
        size_t digits;
    } parts[] = {
        { "2006", &m->year, 4 }, { "-", NULL, 0 }, { "01", &m->month, 2 },  { "-", NULL, 0 },
        { "02", &m->day, 2 },    { "T", NULL, 0 }, { "15", &m->hour, 2 },   { ":", NULL, 0 },
        { "04", &m->minute, 2 }, { ":", NULL, 0 }, { "05", &m->second, 2 },
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].number ? !take_digits(s, parts[i].digits, parts[i].number)
                            : !take_byte(s, parts[i].element[0])) {
            return parts[i].element;
        }
    }
    if (with_micros) {
        Str rest = *s;
        if (!take_byte(&rest, '.') || !take_digits(&rest, 6, &m->micros)) {
            return ".000000";
        }
        *s = rest;
    } else {
        take_fraction(s, &m->micros);
    }
    return take_zone(s, &m->offset) ? NULL : "Z07:00";
}

/* Already as it would be written: what an API server sends, and so by far the most. */
static bool is_canonical(Str text, const Moment *m)
{
    const size_t len = sizeof("2006-01-02T15:04:05Z") - 1;
    return text.len == len && m->year > 1 && text.ptr[len - 1] == 'Z';
}

bool schema_time(Str text, bool with_micros, Arena *a, Str *out, Str *problem)
{
    Moment m = { 0 };
    Str rest = text;
    const char *element = misfit(&rest, with_micros, &m);
    const char *field = element ? NULL : out_of_range(&m);
    if (!element && !field && !rest.len && is_canonical(text, &m)) {
        *out = text;
        return true;
    }
    Buf b = buf_new(a);
    buf_lit(&b, "parsing time ");
    buf_go_quoted(&b, text);
    if (element) {
        buf_printf(&b, " as \"2006-01-02T15:04:05%sZ07:00\": cannot parse ",
                   with_micros ? ".000000" : "");
        buf_go_quoted(&b, rest);
        buf_printf(&b, " as \"%s\"", element);
        *problem = buf_str(&b);
        return false;
    }
    if (field || rest.len) {
        if (field) {
            buf_printf(&b, ": %s out of range", field);
        } else {
            buf_lit(&b, ": extra text: ");
            buf_add(&b, rest);
        }
        *problem = buf_str(&b);
        return false;
    }
    to_utc(&m);
    bool is_zero = m.year == 1 && m.month == 1 && m.day == 1 &&
                   !(m.hour || m.minute || m.second || m.micros);
    if (is_zero) {
        *out = STR("");
        return true;
    }
    Buf written = buf_new(a);
    buf_printf(&written, "%04lld-%02lld-%02lldT%02lld:%02lld:%02lld", (long long)m.year,
               (long long)m.month, (long long)m.day, (long long)m.hour, (long long)m.minute,
               (long long)m.second);
    if (with_micros) {
        buf_printf(&written, ".%06lld", (long long)m.micros);
    }
    buf_byte(&written, 'Z');
    *out = buf_str(&written);
    return true;
}
