/* SPDX-License-Identifier: Apache-2.0 */
/* Quantities: reading, canonical text, arithmetic. */
#include "kube/quantity.h"

#include "base/buf.h"

enum {
    NANO_DIGITS = 9,
    LIMIT_DIGITS = 24, /* 10^24 is the largest amount */
    FAST_DIGITS = 18,  /* up to so many digits the original keeps an int64 and, with it, the text */
};
#define NANO_MAX ((QuantityNano)(((unsigned __int128)1 << 127) - 1))

static const Str wrong_format = STR_INIT("quantities must match the regular expression "
                                         "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
static const Str wrong_number = STR_INIT("unable to parse numeric part of quantity");
static const Str wrong_suffix = STR_INIT("unable to parse quantity's suffix");

static const struct {
    Str text;
    int exponent; /* of 10, or of 2 for binary ones */
    bool is_binary;
} suffixes[] = {
    { STR_INIT("n"), -9, false }, { STR_INIT("u"), -6, false }, { STR_INIT("m"), -3, false },
    { STR_INIT(""), 0, false },   { STR_INIT("k"), 3, false },  { STR_INIT("M"), 6, false },
    { STR_INIT("G"), 9, false },  { STR_INIT("T"), 12, false }, { STR_INIT("P"), 15, false },
    { STR_INIT("E"), 18, false }, { STR_INIT("Ki"), 10, true }, { STR_INIT("Mi"), 20, true },
    { STR_INIT("Gi"), 30, true }, { STR_INIT("Ti"), 40, true }, { STR_INIT("Pi"), 50, true },
    { STR_INIT("Ei"), 60, true },
};

/* The parts of a quantity's text. */
typedef struct Parts {
    bool is_negative;
    Str whole;    /* digits before the point, leading zeros cut; "0" when there were no others */
    Str fraction; /* digits after it */
    bool has_digit;
    Str suffix;
} Parts;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t count_digits(Str s)
{
    size_t n = 0;
    while (n < s.len && is_digit(s.ptr[n])) {
        n++;
    }
    return n;
}

/* What the original scans, with its tolerance: "+", "." and "m" are zero. False when a character
 * is out of place. */
static bool split(Str text, Parts *out)
{
    Parts p = { 0 };
    Str rest = text;
    if (rest.len && (rest.ptr[0] == '-' || rest.ptr[0] == '+')) {
        p.is_negative = rest.ptr[0] == '-';
        rest = str_drop(rest, 1);
    }
    while (rest.len && rest.ptr[0] == '0') {
        p.has_digit = true;
        rest = str_drop(rest, 1);
    }
    size_t n = count_digits(rest);
    p.whole = n ? str_slice(rest, 0, n) : STR("0");
    p.has_digit = p.has_digit || n;
    rest = str_drop(rest, n);
    if (rest.len && rest.ptr[0] == '.') {
        rest = str_drop(rest, 1);
        n = count_digits(rest);
        p.fraction = str_slice(rest, 0, n);
        p.has_digit = p.has_digit || n;
        rest = str_drop(rest, n);
    }
    p.suffix = rest;
    while (rest.len && rest.ptr[0] && strchr("eEinumkKMGTP", rest.ptr[0])) {
        rest = str_drop(rest, 1);
    }
    if (rest.len && (rest.ptr[0] == '-' || rest.ptr[0] == '+')) {
        rest = str_drop(rest, 1);
    }
    *out = p;
    return count_digits(rest) == rest.len;
}

static bool read_suffix(Str suffix, int32_t *exponent, QuantityFormat *format)
{
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        if (str_eq(suffix, suffixes[i].text)) {
            *exponent = suffixes[i].exponent;
            *format = suffixes[i].is_binary ? QUANTITY_BINARY_SI : QUANTITY_DECIMAL_SI;
            return true;
        }
    }
    int64_t n;
    if (suffix.len < 2 || (suffix.ptr[0] != 'e' && suffix.ptr[0] != 'E') ||
        !str_to_int64(str_drop(suffix, 1), &n)) {
        return false;
    }
    *exponent = (int32_t)(uint32_t)(uint64_t)n; /* the original cuts it to 32 bits as well */
    *format = QUANTITY_DECIMAL_EXPONENT;
    return true;
}

/* The digit at place i of whole and fraction written together. */
static unsigned digit_at(const Parts *p, size_t i)
{
    char c = i < p->whole.len ? p->whole.ptr[i] : p->fraction.ptr[i - p->whole.len];
    return (unsigned)(c - '0');
}

/* whole.fraction * 10^exponent in billionths, rounded up. False when beyond the limit. */
static bool decimal_amount(const Parts *p, int32_t exponent, QuantityNano *out)
{
    size_t digits = p->whole.len + p->fraction.len;
    size_t first = 0;
    while (first < digits && digit_at(p, first) == 0) {
        first++;
    }
    *out = 0;
    if (first == digits) {
        return true;
    }
    /* How many digits stand before the point when counted in billionths. */
    int64_t kept = (int64_t)p->whole.len + exponent + NANO_DIGITS;
    if (kept - (int64_t)first > LIMIT_DIGITS + NANO_DIGITS + 1) {
        return false;
    }
    QuantityNano n = 0;
    bool has_rest = kept < (int64_t)first; /* nothing is kept of an amount that is not 0 */
    int64_t end = kept < (int64_t)digits ? kept : (int64_t)digits;
    for (int64_t i = (int64_t)first; i < end; i++) {
        n = n * 10 + digit_at(p, (size_t)i);
    }
    for (int64_t i = (int64_t)digits; i < kept; i++) {
        n *= 10;
    }
    for (size_t i = end > 0 ? (size_t)end : 0; i < digits && !has_rest; i++) {
        has_rest = digit_at(p, i) != 0;
    }
    n += has_rest;
    QuantityNano limit = 1;
    for (int i = 0; i < LIMIT_DIGITS + NANO_DIGITS; i++) {
        limit *= 10;
    }
    *out = n;
    return n <= limit;
}

/* whole.fraction * 2^exponent in billionths, rounded up, at most 2^63-1 units. */
static QuantityNano binary_amount(const Parts *p, int32_t exponent)
{
    const QuantityNano unit = 1000000000;
    const QuantityNano max = (QuantityNano)INT64_MAX * unit;
    QuantityNano factor = ((QuantityNano)1 << exponent) * unit;
    QuantityNano n = 0;
    for (size_t i = 0; i < p->whole.len; i++) {
        n = n * 10 + (unsigned)(p->whole.ptr[i] - '0');
        if (n > INT64_MAX) {
            return max;
        }
    }
    if (n > max / factor) {
        return max;
    }
    /* fraction * factor from its last digit on: dividing by ten at each step loses nothing but
     * what the flag remembers. */
    QuantityNano part = 0;
    bool has_rest = false;
    for (size_t i = p->fraction.len; i-- > 0;) {
        part += (unsigned)(p->fraction.ptr[i] - '0') * factor;
        has_rest = has_rest || part % 10;
        part /= 10;
    }
    n = n * factor + part + has_rest;
    return n < max ? n : max;
}

/* Whether the original computes with an int64 rather than with big numbers, which are read more
 * strictly and forget their text. */
static bool is_small(const Parts *p, int32_t exponent, QuantityFormat format)
{
    if (format == QUANTITY_BINARY_SI) {
        return !p->fraction.len && 14 - (int64_t)p->whole.len - exponent * 3 / 10 >= 0;
    }
    return p->whole.len + p->fraction.len <= FAST_DIGITS &&
           (int64_t)exponent - (int64_t)p->fraction.len >= -NANO_DIGITS;
}

/* Whether it keeps the text it was given instead of computing the canonical one. */
static bool keeps_text(const Parts *p, int32_t exponent, QuantityFormat format)
{
    size_t digits = p->whole.len + p->fraction.len;
    if (!is_small(p, exponent, format)) {
        return false;
    }
    if (format == QUANTITY_BINARY_SI) {
        unsigned low = 0; /* the value modulo 8 */
        for (size_t i = 0; i < p->whole.len; i++) {
            low = (low * 10 + digit_at(p, i)) & 7;
        }
        return low != 0;
    }
    int64_t scale = (int64_t)exponent - (int64_t)p->fraction.len;
    return scale % 3 == 0 && digit_at(p, 0) != 0 &&
           !(digits >= 3 && !digit_at(p, digits - 1) && !digit_at(p, digits - 2) &&
             !digit_at(p, digits - 3));
}

bool quantity_parse(Str text, Arena *a, Quantity *out, Err *err)
{
    Parts p;
    int32_t exponent = 0;
    QuantityFormat format = QUANTITY_DECIMAL_SI;
    if (text.len == 0 || !split(text, &p)) {
        return err_set(err, a, ERR_SYNTAX, "%.*s", STR_ARG(wrong_format));
    }
    if (!read_suffix(p.suffix, &exponent, &format)) {
        return err_set(err, a, ERR_SYNTAX, "%.*s", STR_ARG(wrong_suffix));
    }
    if (!p.has_digit && !is_small(&p, exponent, format)) {
        return err_set(err, a, ERR_SYNTAX, "%.*s", STR_ARG(wrong_number));
    }
    Quantity q = { .format = format };
    if (format == QUANTITY_BINARY_SI) {
        q.nano = binary_amount(&p, exponent);
        if (p.fraction.len && q.nano > 0 && q.nano < 1000000000) {
            q.format = QUANTITY_DECIMAL_SI;
        }
    } else if (!decimal_amount(&p, exponent, &q.nano)) {
        return err_set(err, a, ERR_LIMIT, "quantity %.*s is out of range: at most 10^%d is handled",
                       STR_ARG(str_slice(text, 0, 64)), LIMIT_DIGITS);
    }
    if (p.is_negative) {
        q.nano = -q.nano;
    }
    if (keeps_text(&p, exponent, format)) {
        q.text = text;
    }
    *out = q;
    return true;
}

Quantity quantity_from_int(int64_t value, QuantityFormat format)
{
    return (Quantity){ .nano = (QuantityNano)value * 1000000000, .format = format };
}

Quantity quantity_from_milli(int64_t milli, QuantityFormat format)
{
    return (Quantity){ .nano = (QuantityNano)milli * 1000000, .format = format };
}

/* -- text ---------------------------------------------------------------------------------------
 */

static void write_number(Buf *b, QuantityNano n)
{
    char digits[40];
    size_t at = sizeof(digits);
    unsigned __int128 rest = n < 0 ? -(unsigned __int128)n : (unsigned __int128)n;
    do {
        digits[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest);
    if (n < 0) {
        buf_byte(b, '-');
    }
    buf_add(b, str_from(&digits[at], sizeof(digits) - at));
}

/* None for an exponent beyond the table: the original then writes the bare number too. */
static void write_suffix(Buf *b, int exponent, bool is_binary)
{
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        if (suffixes[i].exponent == exponent && suffixes[i].is_binary == is_binary) {
            buf_add(b, suffixes[i].text);
        }
    }
}

static void write_binary(Buf *b, QuantityNano units)
{
    int exponent = 0;
    while (units % 1024 == 0 && exponent < 60) {
        units /= 1024;
        exponent += 10;
    }
    write_number(b, units);
    write_suffix(b, exponent, true);
}

static void write_decimal(Buf *b, QuantityNano n, QuantityFormat format)
{
    int exponent = -NANO_DIGITS;
    while (n % 10 == 0) {
        n /= 10;
        exponent++;
    }
    while (exponent % 3) {
        n *= 10;
        exponent--;
    }
    write_number(b, n);
    if (format == QUANTITY_DECIMAL_SI) {
        write_suffix(b, exponent, false);
    } else if (exponent) {
        buf_byte(b, 'e');
        buf_int(b, exponent);
    }
}

Str quantity_text(const Quantity *q, Arena *a)
{
    const QuantityNano unit = 1000000000;
    if (q->text.ptr) {
        return q->text;
    }
    if (q->nano == 0) {
        return STR("0");
    }
    Buf b = buf_new(a);
    bool is_below_ki = q->nano > -1024 * unit && q->nano < 1024 * unit;
    if (q->format != QUANTITY_BINARY_SI) {
        write_decimal(&b, q->nano, q->format);
    } else if (is_below_ki || q->nano % unit) { /* binary steps would lose something */
        write_decimal(&b, q->nano, QUANTITY_DECIMAL_SI);
    } else {
        write_binary(&b, q->nano / unit);
    }
    return buf_str(&b);
}

/* -- arithmetic ---------------------------------------------------------------------------------
 */

void quantity_add(Quantity *to, const Quantity *q)
{
    if (to->nano == 0) {
        to->format = q->format;
    }
    QuantityNano sum;
    if (__builtin_add_overflow(to->nano, q->nano, &sum)) {
        sum = q->nano > 0 ? NANO_MAX : -NANO_MAX;
    }
    to->nano = sum < -NANO_MAX ? -NANO_MAX : sum; /* so that it can always be negated */
    to->text = STR_ABSENT;
}

void quantity_sub(Quantity *to, const Quantity *q)
{
    Quantity negative = { .nano = -q->nano, .format = q->format };
    quantity_add(to, &negative);
}

/* n / step, rounded away from zero. */
static QuantityNano divide_up(QuantityNano n, QuantityNano step)
{
    QuantityNano whole = n / step;
    QuantityNano rest = n % step;
    return whole + (rest > 0) - (rest < 0);
}

bool quantity_round_up(Quantity *q, int scale)
{
    QuantityNano step = 1;
    for (int i = -NANO_DIGITS; i < scale && i < LIMIT_DIGITS; i++) {
        step *= 10;
    }
    if (q->nano % step == 0) {
        return true;
    }
    q->nano = divide_up(q->nano, step) * step;
    q->text = STR_ABSENT;
    return false;
}

static int64_t capped(QuantityNano n)
{
    return n > INT64_MAX ? INT64_MAX : n < INT64_MIN ? INT64_MIN : (int64_t)n;
}

int64_t quantity_value(const Quantity *q)
{
    return capped(divide_up(q->nano, 1000000000));
}

int64_t quantity_milli_value(const Quantity *q)
{
    return capped(divide_up(q->nano, 1000000));
}
