/* SPDX-License-Identifier: Apache-2.0 */
/* A file has what has happened, and a rule for all that comes after it, as POSIX writes TZ:
 * EST5EDT,M3.2.0,M11.1.0 */
#include "server/controllers/time_zone.h"

#include "kube/workloads/cron.h"

#include <fcntl.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 256 << 10, HEADER = 44, DAY = 86400, HOUR = 3600 };

typedef struct RuleDate {
    enum { RULE_MONTH, RULE_JULIAN, RULE_DAY } kind; /* Mm.w.d, Jn, n */
    int64_t month;
    int64_t week;
    int64_t day;
    int64_t time; /* of the day, seconds by the clocks then */
} RuleDate;

struct TimeZone {
    size_t count; /* of transitions */
    const int64_t *times;
    const int32_t *offsets; /* from then on */
    int32_t first;          /* before the first */
    bool has_rule;
    int64_t standard; /* offsets of the rule */
    int64_t summer;
    bool has_summer;
    RuleDate begins;
    RuleDate ends;
};

/* -- the rule ------------------------------------------------------------------------------------
 */

static bool take_number(Str *rest, int64_t *out)
{
    size_t n = 0;
    while (n < rest->len && rest->ptr[n] >= '0' && rest->ptr[n] <= '9') {
        n++;
    }
    if (n == 0 || n > 4 || !str_to_int64(str_slice(*rest, 0, n), out)) {
        return false;
    }
    *rest = str_drop(*rest, n);
    return true;
}

static bool take_byte(Str *rest, char byte)
{
    if (rest->len && rest->ptr[0] == byte) {
        *rest = str_drop(*rest, 1);
        return true;
    }
    return false;
}

/* [+-]h[:mm[:ss]] */
static bool take_time(Str *rest, int64_t *out)
{
    bool is_negative = take_byte(rest, '-');
    int64_t part;
    if (!is_negative) {
        (void)take_byte(rest, '+');
    }
    if (!take_number(rest, &part)) {
        return false;
    }
    *out = part * HOUR;
    for (int64_t unit = 60; unit > 0 && take_byte(rest, ':'); unit /= 60) {
        if (!take_number(rest, &part)) {
            return false;
        }
        *out += part * unit;
    }
    *out = is_negative ? -*out : *out;
    return true;
}

/* EST, <+03> */
static bool take_name(Str *rest)
{
    bool is_quoted = take_byte(rest, '<');
    size_t n = 0;
    while (n < rest->len) {
        char c = rest->ptr[n];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_quoted ? c == '>' : !is_letter) {
            break;
        }
        n++;
    }
    *rest = str_drop(*rest, n);
    return n > 0 && (!is_quoted || take_byte(rest, '>'));
}

static bool take_date(Str *rest, RuleDate *out)
{
    *out = (RuleDate){ .kind = RULE_DAY, .time = 2 * (int64_t)HOUR };
    if (!take_byte(rest, ',')) {
        return false;
    }
    if (take_byte(rest, 'M')) {
        out->kind = RULE_MONTH;
        if (!take_number(rest, &out->month) || !take_byte(rest, '.') ||
            !take_number(rest, &out->week) || !take_byte(rest, '.') || out->month < 1 ||
            out->month > 12) {
            return false;
        }
    } else if (take_byte(rest, 'J')) {
        out->kind = RULE_JULIAN;
    }
    return take_number(rest, &out->day) && (!take_byte(rest, '/') || take_time(rest, &out->time));
}

static bool read_rule(Str text, TimeZone *out)
{
    Str rest = text;
    if (!take_name(&rest) || !take_time(&rest, &out->standard)) {
        return false;
    }
    out->standard = -out->standard; /* POSIX counts to the west */
    out->summer = out->standard + HOUR;
    out->has_summer = rest.len > 0;
    if (!out->has_summer) {
        return true;
    }
    int64_t west;
    if (!take_name(&rest)) {
        return false;
    }
    if (rest.len && rest.ptr[0] != ',') {
        if (!take_time(&rest, &west)) {
            return false;
        }
        out->summer = -west;
    }
    return take_date(&rest, &out->begins) && take_date(&rest, &out->ends) && rest.len == 0;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first of January of the year. */
static int64_t days_to(int64_t year)
{
    int64_t y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}

/* When it is, in seconds by the clocks of then. */
static int64_t date_in(const RuleDate *d, int64_t year)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int64_t day = days_to(year);
    if (d->kind == RULE_DAY) {
        return (day + d->day) * DAY + d->time;
    }
    if (d->kind == RULE_JULIAN) { /* the 29th of February is not counted */
        return (day + d->day - 1 + (is_leap(year) && d->day > 59)) * DAY + d->time;
    }
    for (int64_t m = 1; m < d->month; m++) {
        day += lengths[m - 1] + (m == 2 && is_leap(year));
    }
    int64_t length = lengths[d->month - 1] + (d->month == 2 && is_leap(year));
    int64_t weekday = ((day + 4) % 7 + 7) % 7;
    int64_t in_month = (d->day - weekday + 7) % 7 + (d->week - 1) * 7;
    while (in_month >= length) { /* the fifth is the last */
        in_month -= 7;
    }
    return (day + in_month) * DAY + d->time;
}

static int64_t rule_offset(const TimeZone *z, int64_t at)
{
    if (!z->has_summer) {
        return z->standard;
    }
    int64_t year = 1970 + (at + z->standard) / (365 * (int64_t)DAY + DAY / 4);
    while (days_to(year + 1) * DAY <= at + z->standard) {
        year++;
    }
    while (days_to(year) * DAY > at + z->standard) {
        year--;
    }
    int64_t begin = date_in(&z->begins, year) - z->standard;
    int64_t end = date_in(&z->ends, year) - z->summer;
    bool is_summer = begin < end ? at >= begin && at < end : at >= begin || at < end;
    return is_summer ? z->summer : z->standard;
}

/* -- the file ------------------------------------------------------------------------------------
 */

static int64_t number_at(Str bytes, size_t at, size_t size)
{
    uint64_t n = bytes.ptr[at] & 0x80 ? ~(uint64_t)0 : 0;
    for (size_t i = 0; i < size; i++) {
        n = n << 8 | (unsigned char)bytes.ptr[at + i];
    }
    return (int64_t)n;
}

/* The counts of a header, in its order: UTC marks, standard marks, leap seconds, transitions,
 * types, letters. */
static bool read_counts(Str bytes, size_t out[6])
{
    if (bytes.len < HEADER || !str_starts_with(bytes, STR("TZif"))) {
        return false;
    }
    for (size_t i = 0; i < 6; i++) {
        int64_t n = number_at(bytes, 20 + i * 4, 4);
        if (n < 0 || n > FILE_BYTES_MAX) {
            return false;
        }
        out[i] = (size_t)n;
    }
    return true;
}

static size_t block_size(const size_t n[6], size_t time_size)
{
    return n[3] * time_size + n[3] + n[4] * 6 + n[5] + n[2] * (time_size + 4) + n[1] + n[0];
}

static bool read_transitions(Str block, const size_t n[6], Arena *a, TimeZone *out)
{
    int64_t *times = new(a, int64_t, n[3] + 1);
    int32_t *offsets = new(a, int32_t, n[3] + 1);
    size_t types = n[3] * 9;
    for (size_t i = 0; i < n[3]; i++) {
        size_t type = (unsigned char)block.ptr[n[3] * 8 + i];
        if (type >= n[4]) {
            return false;
        }
        times[i] = number_at(block, i * 8, 8);
        offsets[i] = (int32_t)number_at(block, types + type * 6, 4);
    }
    out->count = n[3];
    out->times = times;
    out->offsets = offsets;
    out->first = n[4] ? (int32_t)number_at(block, types, 4) : 0;
    return n[4] > 0;
}

const TimeZone *time_zone_read(Str bytes, Arena *a)
{
    size_t old[6], n[6];
    TimeZone *zone = new(a, TimeZone, 1);
    if (!read_counts(bytes, old) || bytes.ptr[4] < '2' || bytes.len < HEADER + block_size(old, 4)) {
        return NULL;
    }
    Str rest = str_drop(bytes, HEADER + block_size(old, 4));
    if (!read_counts(rest, n) || rest.len < HEADER + block_size(n, 8) ||
        !read_transitions(str_drop(rest, HEADER), n, a, zone)) {
        return NULL;
    }
    Str rule = str_trim(str_drop(rest, HEADER + block_size(n, 8)));
    zone->has_rule = rule.len > 0 && read_rule(rule, zone);
    return zone;
}

const TimeZone *time_zone_load(Str name, Arena *a)
{
    static const Str folder = STR_INIT("/usr/share/zoneinfo/");
    static const char utc[] = "UTC0";
    if (!cron_time_zone_is_known(name)) { /* no path that leads elsewhere, either */
        return NULL;
    }
    if (str_eq(name, STR("UTC"))) {
        TimeZone *zone = new(a, TimeZone, 1);
        zone->has_rule = read_rule(str_from_c(utc), zone);
        return zone;
    }
    int fd = open(arena_cstr(a, arena_concat(a, folder, name)), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    Arena own;
    arena_init(&own, 0);
    char *bytes = arena_alloc(&own, FILE_BYTES_MAX);
    ssize_t n = read(fd, bytes, FILE_BYTES_MAX);
    close(fd);
    const TimeZone *zone = n > 0 ? time_zone_read(str_from(bytes, (size_t)n), a) : NULL;
    arena_done(&own);
    return zone;
}

int64_t time_zone_offset(const void *context, int64_t at)
{
    const TimeZone *z = context;
    if (z == NULL) {
        return 0;
    }
    if (z->count == 0 || at < z->times[0]) {
        return z->count == 0 && z->has_rule ? rule_offset(z, at) : z->first;
    }
    if (at >= z->times[z->count - 1]) {
        return z->has_rule ? rule_offset(z, at) : z->offsets[z->count - 1];
    }
    size_t low = 0, high = z->count - 1; /* times[low] <= at < times[high] */
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (z->times[middle] <= at) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return z->offsets[low];
}
