/* SPDX-License-Identifier: Apache-2.0 */
#include "server/apiserver/clock.h"

#include "server/apiserver/private.h"
#include "server/controllers/manager.h"
#include "server/table/age.h"

#include <time.h>

/* The end of the year 2299: the queue of the controllers counts nanoseconds in 64 bits. */
#define SECONDS_MAX INT64_C(10413791999)

/* -- telling ------------------------------------------------------------------------------------
 */

void apiserver_now(const ApiServer *s, int64_t *seconds, int32_t *micros)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    *seconds = t.tv_sec + apiserver_clock_offset(s);
    *micros = (int32_t)(t.tv_nsec / 1000);
}

int64_t apiserver_clock_offset(const ApiServer *s)
{
    return __atomic_load_n(&s->clock_offset, __ATOMIC_ACQUIRE);
}

void apiserver_clock_advance(ApiServer *s, int64_t seconds)
{
    __atomic_add_fetch(&s->clock_offset, seconds, __ATOMIC_ACQ_REL);
    manager_wake(s->manager);
}

Str clock_text(int64_t seconds, Arena *a)
{
    time_t t = (time_t)seconds;
    struct tm tm;
    gmtime_r(&t, &tm);
    return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                        tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* -- reading ------------------------------------------------------------------------------------
 */

/* "1h30m" */
static bool read_duration(Str text, int64_t *out)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
    *out = 0;
    if (text.len == 0) {
        return false;
    }
    while (text.len) {
        size_t digits = 0, u = 0;
        int64_t count;
        while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9') {
            digits++;
        }
        while (digits < text.len && u < COUNT_OF(units) && units[u].unit != text.ptr[digits]) {
            u++;
        }
        if (digits == text.len || u == COUNT_OF(units) ||
            !str_to_int64(str_slice(text, 0, digits), &count) ||
            count > SECONDS_MAX / units[u].seconds) {
            return false;
        }
        *out += count * units[u].seconds;
        if (*out > SECONDS_MAX) {
            return false;
        }
        text = str_drop(text, digits + 1);
    }
    return true;
}

bool clock_read(Str text, int64_t now, Arena *a, int64_t *out, Err *err)
{
    int64_t at;
    if (str_starts_with(text, STR("+"))) {
        if (!read_duration(str_drop(text, 1), &at)) {
            return err_set(err, a, ERR_USAGE,
                           "\"%.*s\" is no duration: write +90s, +5m, +1h30m or +2d",
                           STR_ARG(text));
        }
        at += now;
    } else if (!age_parse_time(text, &at)) {
        return err_set(err, a, ERR_USAGE,
                       "\"%.*s\" is no time: write 2030-01-02T03:04:05Z, or +1h for later than now",
                       STR_ARG(text));
    }
    if (at < 0 || at > SECONDS_MAX) {
        return err_set(err, a, ERR_USAGE, "%.*s: a clock here goes from 1970 to 2299",
                       STR_ARG(text));
    }
    *out = at;
    return true;
}
