/* SPDX-License-Identifier: Apache-2.0 */
/* Floating point numbers as Go's strconv prints them. Independent of the locale. */
#ifndef PODGATE_DOC_NUMBER_H
#define PODGATE_DOC_NUMBER_H

#include "base/buf.h"

enum { NUMBER_DIGITS_MAX = 20 };

/* The shortest decimal digits that read back as f, which is finite and not negative: f is
 * 0.d1d2d3... times ten to *point. bits is 64, or 32 to read back as a float. Returns how many. */
int number_digits(double f, int bits, char digits[NUMBER_DIGITS_MAX], int *point);

/* The shortest form of strconv.FormatFloat(f, 'g', -1, bits), f finite: 0.1, 1e+06, 1.5e-07. */
void number_write_g(double f, int bits, Buf *b);
/* As encoding/json prints f, f finite: 1000000, 1e-7, 1e+21. */
void number_write_json(double f, Buf *b);

#endif
