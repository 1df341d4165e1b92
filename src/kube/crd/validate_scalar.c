/* SPDX-License-Identifier: Apache-2.0 */
/* Values against limits, patterns, formats and enums. */
#include <math.h>

#include "doc/json.h"
#include "doc/number.h"
#include "kube/crd/value_result.h"

/* -- numbers ----------------------------------------------------------------------------------- */

/* As Go converts on amd64. */
static int64_t to_int(double f)
{
    return f >= -9223372036854775808.0 && f < 9223372036854775808.0 ? (int64_t)f : INT64_MIN;
}

bool value_is_whole(double f)
{
    static const double limit = 9007199254740991.0, epsilon = 1e-9;
    if (!isfinite(f) || f < -limit || f > limit) {
        return false;
    }
    double whole = (double)to_int(f);
    if (f == whole) {
        return true;
    }
    /* negative numbers wrap around there */
    double other = f < 0 ? 18446744073709551616.0 + whole : whole;
    double difference = fabs(f - other);
    if (other == 0 || difference < 4.9406564584124654e-324) {
        return difference < epsilon * 4.9406564584124654e-324;
    }
    return difference / fmin(fabs(f) + fabs(other), 1.7976931348623157e308) < epsilon;
}

static Str number_text(double f, Arena *a)
{
    Buf b = buf_new(a);
    number_write_g(f, 64, &b);
    return buf_str(&b);
}

static double as_double(const Value *v)
{
    return v->kind == VALUE_INT ? (double)v->i : v->kind == VALUE_UINT ? (double)v->u : v->f;
}

/* What a limit is printed as: it is cut to a whole number for whole numbers. */
static Str limit_text(const Value *v, double limit, Arena *a)
{
    return v->kind == VALUE_INT ? arena_printf(a, "%lld", (long long)to_int(limit))
                                : number_text(limit, a);
}

static void check_limit(const ValueCheck *c, const Value *v, CrdNumber limit, bool is_max,
                        bool exclusive, const ValuePlace *place, ValueResult *r)
{
    if (!limit.set) {
        return;
    }
    bool beyond, equal;
    if (v->kind == VALUE_INT) {
        int64_t whole = to_int(limit.value);
        beyond = is_max ? v->i > whole : v->i < whole;
        equal = v->i == whole;
    } else {
        double d = as_double(v);
        beyond = is_max ? d > limit.value : d < limit.value;
        equal = d == limit.value;
    }
    if (!beyond && !(exclusive && equal)) {
        return;
    }
    Str text = limit_text(v, limit.value, c->arena);
    ValueError *e = value_result_add(r, VALUE_ERROR_INVALID, place, c->arena);
    e->value = crd_go_dump(v, c->target->minor, c->arena);
    value_result_say(e, "should be %s than %s%.*s", c->arena, is_max ? "less" : "greater",
                     exclusive ? "" : "or equal to ", STR_ARG(text));
}

static bool is_multiple(const Value *v, double of)
{
    if (v->kind == VALUE_INT && to_int(of) != 0) {
        int64_t whole = to_int(of);
        return whole == -1 || v->i % whole == 0;
    }
    double d = as_double(v);
    return value_is_whole(of < 1 ? 1 / of * d : d / of);
}

static void check_multiple(const ValueCheck *c, const Value *v, const CrdSchema *s,
                           const ValuePlace *place, ValueResult *r)
{
    double of = s->multiple_of.value;
    if (!s->multiple_of.set) {
        return;
    }
    bool is_negative = v->kind == VALUE_INT ? to_int(of) < 0 : of < 0;
    if (!is_negative && is_multiple(v, of)) {
        return;
    }
    ValueError *e = value_result_add(r, VALUE_ERROR_INVALID, place, c->arena);
    Str text = limit_text(v, of, c->arena);
    if (is_negative) {
        e->value = text;
        e->message = arena_printf(c->arena,
                                  "factor MultipleOf declared for %.*s must be positive: %.*s",
                                  STR_ARG(e->place), STR_ARG(text));
        return;
    }
    e->value = crd_go_dump(v, c->target->minor, c->arena);
    value_result_say(e, "should be a multiple of %.*s", c->arena, STR_ARG(text));
}

ValueResult value_check_number(const ValueCheck *c, const Value *v, const CrdSchema *s,
                               const ValuePlace *place)
{
    ValueResult r = { .matches = 1 };
    check_multiple(c, v, s, place, &r);
    check_limit(c, v, s->minimum, false, s->exclusive_minimum, place, &r);
    check_limit(c, v, s->maximum, true, s->exclusive_maximum, place, &r);
    return r;
}

/* -- texts --------------------------------------------------------------------------------------
 */

static int64_t count_runes(Str text)
{
    int64_t count = 0;
    for (size_t at = 0; at < text.len; count++) {
        uint32_t rune;
        size_t width = str_rune_at(text, at, &rune);
        at += width ? width : 1;
    }
    return count;
}

/* The first that is wrong. */
ValueResult value_check_text(const ValueCheck *c, const Value *v, const CrdSchema *s,
                             const ValuePlace *place)
{
    ValueResult r = { 0 };
    Str text = value_as_str(v);
    int64_t runes = s->max_length.set || s->min_length.set ? count_runes(text) : 0;
    ValueError *e;
    if (s->max_length.set && runes > s->max_length.value) {
        e = value_result_add(&r, VALUE_ERROR_LONG, place, c->arena);
        e->limit = s->max_length.value > 0 ? (size_t)s->max_length.value : 0;
        value_result_say(e, "should be at most %lld chars long", c->arena,
                         (long long)s->max_length.value);
    } else if (s->min_length.set && runes < s->min_length.value) {
        e = value_result_add(&r, VALUE_ERROR_INVALID, place, c->arena);
        value_result_say(e, "should be at least %lld chars long", c->arena,
                         (long long)s->min_length.value);
    } else if (s->regex && !regex_matches(s->regex, text, c->arena)) {
        e = value_result_add(&r, VALUE_ERROR_INVALID, place, c->arena);
        value_result_say(e, "should match '%.*s'", c->arena, STR_ARG(s->pattern));
    } else if (s->pattern_problem.ptr) {
        e = value_result_add(&r, VALUE_ERROR_INVALID, place, c->arena);
        value_result_say(e, "should match '%.*s, but pattern is invalid: %.*s'", c->arena,
                         STR_ARG(s->pattern), STR_ARG(s->pattern_problem));
    } else {
        return r;
    }
    e->value = crd_go_dump(v, c->target->minor, c->arena);
    return r;
}

ValueResult value_check_format(const ValueCheck *c, const Value *v, const CrdSchema *s,
                               const ValuePlace *place)
{
    ValueResult r = { 0 };
    Str format = value_format(c, s);
    if (!crd_format_matches(format, value_as_str(v), c->arena)) {
        ValueError *e = value_result_add(&r, VALUE_ERROR_TYPE, place, c->arena);
        e->value = crd_go_dump(v, c->target->minor, c->arena);
        value_result_say(e, "must be of type %.*s: %.*s", c->arena, STR_ARG(format),
                         STR_ARG(e->value));
    }
    return r;
}

/* -- enums --------------------------------------------------------------------------------------
 */

/* A number, and a text of the one character that has this number: Go converts the one to the
 * other. */
static bool is_rune_of(int64_t number, Str text)
{
    uint32_t rune = 0, wanted = 0xFFFD;
    if (number >= 0 && number <= 0x10FFFF && (number < 0xD800 || number > 0xDFFF)) {
        wanted = (uint32_t)number;
    }
    return text.len && str_rune_at(text, 0, &rune) == text.len && rune == wanted;
}

/* Whether Go finds a value equal to one of an enum once it has converted it to its type. */
static bool is_allowed(const Value *v, const Value *allowed)
{
    bool is_float = v->kind == VALUE_FLOAT || v->kind == VALUE_UINT;
    if (allowed->kind == VALUE_NULL || v->kind == VALUE_NULL) {
        return false;
    }
    if (v->kind == VALUE_INT && (allowed->kind == VALUE_FLOAT || allowed->kind == VALUE_UINT)) {
        return (double)v->i == as_double(allowed);
    }
    if (is_float && allowed->kind == VALUE_INT) {
        return to_int(as_double(v)) == allowed->i;
    }
    if (v->kind == VALUE_INT && allowed->kind == VALUE_STRING) {
        return is_rune_of(v->i, value_as_str(allowed));
    }
    return crd_go_equal(v, allowed);
}

ValueResult value_check_enum(const ValueCheck *c, const Value *v, const CrdSchema *s,
                             const ValuePlace *place)
{
    ValueResult r = { 0 };
    VALUE_EACH_ITEM(allowed, s->enums) {
        if (is_allowed(v, allowed)) {
            return r;
        }
    }
    if (s->enums) {
        ValueError *e = value_result_add(&r, VALUE_ERROR_ENUM, place, c->arena);
        e->value = crd_go_dump(v, c->target->minor, c->arena);
        e->allowed = s->enums;
        Buf all = buf_new(c->arena); /* tells one enum from another, and is not shown */
        json_write(s->enums, &all);
        value_result_say(e, "should be one of %.*s", c->arena, STR_ARG(buf_str(&all)));
    }
    return r;
}
