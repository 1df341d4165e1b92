/* SPDX-License-Identifier: Apache-2.0 */
/* Times and how long ago they were. */
#include "server/table/age.h"

/* -- reading times ----------------------------------------------------------------------------- */

static bool take_digits(Str *rest, size_t count, int64_t *out)
{
    int64_t value = 0;
    if (rest->len < count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        char c = rest->ptr[i];
        if (c < '0' || c > '9') {
            return false;
        }
        value = value * 10 + (c - '0');
    }
    *rest = str_drop(*rest, count);
    *out = value;
    return true;
}

static bool take_byte(Str *rest, char byte)
{
    if (rest->len == 0 || rest->ptr[0] != byte) {
        return false;
    }
    *rest = str_drop(*rest, 1);
    return true;
}

/* Days since 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap
 * day comes last. */
static int64_t days_of_date(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t month_from_march = (month + 9) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

static bool take_offset(Str *rest, int64_t *seconds)
{
    *seconds = 0;
    if (take_byte(rest, 'Z')) {
        return true;
    }
    int64_t hours, minutes;
    int64_t sign = rest->len && rest->ptr[0] == '-' ? -1 : 1;
    if (!take_byte(rest, '+') && !take_byte(rest, '-')) {
        return false;
    }
    if (!take_digits(rest, 2, &hours) || !take_byte(rest, ':') || !take_digits(rest, 2, &minutes) ||
        hours > 23 || minutes > 59) {
        return false;
    }
    *seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool age_parse_time(Str text, int64_t *out)
{
    static const int8_t month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int64_t year, month, day, hour, minute, second, offset;
    Str rest = text;
    if (!take_digits(&rest, 4, &year) || !take_byte(&rest, '-') || !take_digits(&rest, 2, &month) ||
        !take_byte(&rest, '-') || !take_digits(&rest, 2, &day) || !take_byte(&rest, 'T') ||
        !take_digits(&rest, 2, &hour) || !take_byte(&rest, ':') ||
        !take_digits(&rest, 2, &minute) || !take_byte(&rest, ':') ||
        !take_digits(&rest, 2, &second)) {
        return false;
    }
    if (take_byte(&rest, '.')) {
        int64_t digit;
        if (!take_digits(&rest, 1, &digit)) {
            return false;
        }
        while (take_digits(&rest, 1, &digit)) {
        }
    }
    if (!take_offset(&rest, &offset) || rest.len) {
        return false;
    }
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month < 1 || month > 12 || day < 1 ||
        day > month_days[month - 1] + (month == 2 && leap ? 1 : 0) || hour > 23 || minute > 59 ||
        second > 59) {
        return false;
    }
    *out = days_of_date(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
    return true;
}

/* -- writing durations ------------------------------------------------------------------------- */

/* "2d3h": the second part is left out when it is 0. */
static Str two_parts(int64_t first, char first_unit, int64_t second, char second_unit, Arena *a)
{
    if (second == 0) {
        return arena_printf(a, "%lld%c", (long long)first, first_unit);
    }
    return arena_printf(a, "%lld%c%lld%c", (long long)first, first_unit, (long long)second,
                        second_unit);
}

Str age_of_seconds(int64_t seconds, Arena *a)
{
    int64_t minutes = seconds / 60, hours = seconds / 3600, days = hours / 24;
    if (seconds < -1) {
        return STR("<invalid>");
    }
    if (seconds < 0) {
        return STR("0s");
    }
    if (seconds < 120) {
        return two_parts(seconds, 's', 0, ' ', a);
    }
    if (minutes < 10) {
        return two_parts(minutes, 'm', seconds % 60, 's', a);
    }
    if (minutes < 180) {
        return two_parts(minutes, 'm', 0, ' ', a);
    }
    if (hours < 8) {
        return two_parts(hours, 'h', minutes % 60, 'm', a);
    }
    if (hours < 48) {
        return two_parts(hours, 'h', 0, ' ', a);
    }
    if (days < 8) {
        return two_parts(days, 'd', hours % 24, 'h', a);
    }
    if (days < 365 * 2) {
        return two_parts(days, 'd', 0, ' ', a);
    }
    if (days < 365 * 8) {
        return two_parts(days / 365, 'y', days % 365, 'd', a);
    }
    return two_parts(days / 365, 'y', 0, ' ', a);
}

Str age_since(Str time, int64_t now, Arena *a)
{
    int64_t then;
    if (!age_parse_time(time, &then) || str_eq(time, STR("0001-01-01T00:00:00Z"))) {
        return STR("<unknown>");
    }
    return age_of_seconds(now - then, a);
}
