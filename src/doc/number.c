/* SPDX-License-Identifier: Apache-2.0 */
/* Floating point numbers as Go's strconv prints them. */
#include "doc/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int number_digits(double f, int bits, char digits[NUMBER_DIGITS_MAX], int *point)
{
    char text[40];
    for (int precision = 0; precision < 17; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision, f);
        if (bits == 32 ? strtof(text, NULL) == (float)f : strtod(text, NULL) == f) {
            break;
        }
    }
    /* d.ddde+xx: whatever the locale's point is, there is one digit before it. */
    int count = 0;
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9') {
            digits[count++] = *at;
        }
    }
    *point = (int)strtol(at + 1, NULL, 10) + 1;
    return count;
}

static void add_zeros(Buf *b, int count)
{
    for (int i = 0; i < count; i++) {
        buf_byte(b, '0');
    }
}

static void write_plain(const char *digits, int count, int point, Buf *b)
{
    if (point <= 0) {
        buf_lit(b, "0.");
        add_zeros(b, -point);
        buf_add(b, str_from(digits, (size_t)count));
    } else if (count <= point) {
        buf_add(b, str_from(digits, (size_t)count));
        add_zeros(b, point - count);
    } else {
        buf_add(b, str_from(digits, (size_t)point));
        buf_byte(b, '.');
        buf_add(b, str_from(digits + point, (size_t)(count - point)));
    }
}

static void write_mantissa(const char *digits, int count, Buf *b)
{
    buf_byte(b, digits[0]);
    if (count > 1) {
        buf_byte(b, '.');
        buf_add(b, str_from(digits + 1, (size_t)count - 1));
    }
}

void number_write_g(double f, int bits, Buf *b)
{
    if (signbit(f)) {
        buf_byte(b, '-');
        f = -f;
    }
    char digits[NUMBER_DIGITS_MAX];
    int point;
    int count = number_digits(f, bits, digits, &point);
    int exponent = point - 1;
    if (f == 0) {
        buf_byte(b, '0');
    } else if (exponent < -4 || exponent >= 6) {
        write_mantissa(digits, count, b);
        buf_printf(b, "e%+03d", exponent);
    } else {
        write_plain(digits, count, point, b);
    }
}

void number_write_json(double f, Buf *b)
{
    if (signbit(f)) {
        buf_byte(b, '-');
        f = -f;
    }
    char digits[NUMBER_DIGITS_MAX];
    int point;
    int count = number_digits(f, 64, digits, &point);
    if (f == 0) {
        buf_byte(b, '0');
    } else if (f < 1e-6 || f >= 1e21) {
        write_mantissa(digits, count, b);
        /* Two digits at least, but only one in e-7 to e-9. */
        int exponent = point - 1;
        buf_printf(b, exponent < 0 && exponent > -10 ? "e%d" : "e%+03d", exponent);
    } else {
        write_plain(digits, count, point, b);
    }
}
