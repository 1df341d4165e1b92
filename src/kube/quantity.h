/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities of resources ("500m", "1.5Gi", "12e6"), in exact decimal arithmetic.
 *
 * A quantity is held in billionths, the finest step that Kubernetes keeps; finer amounts are
 * rounded away from zero when they are read, as there. Amounts beyond 10^24 (a million times the
 * largest suffix) are refused; a hundred thousand of the largest still add up, and sums beyond
 * that are capped.
 *
 * Like the original, a quantity remembers the text it was read from where that text counts as
 * canonical ("+5" and "1.500" do), and its format for what is computed from it.
 *
 * Source: k8s.io/apimachinery pkg/api/resource.
 */
#ifndef PODGATE_KUBE_QUANTITY_H
#define PODGATE_KUBE_QUANTITY_H

#include "base/err.h"

/* Aligned as arenas align. */
typedef __int128 QuantityNano __attribute__((aligned(8)));

typedef enum QuantityFormat {
    QUANTITY_DECIMAL_SI,       /* 500m, 12M */
    QUANTITY_BINARY_SI,        /* 12Mi */
    QUANTITY_DECIMAL_EXPONENT, /* 12e6 */
} QuantityFormat;

typedef struct Quantity {
    QuantityNano nano;
    QuantityFormat format;
    Str text; /* as it will be written; absent when to be computed. In the source text. */
} Quantity;

/* Fails with the API server's messages, of code ERR_SYNTAX; ERR_LIMIT when beyond the limit.
 * White space around the number is refused here (the JSON decoder trims it first). */
WARN_UNUSED bool quantity_parse(Str text, Arena *a, Quantity *out, Err *err);
Quantity quantity_from_int(int64_t value, QuantityFormat format);
Quantity quantity_from_milli(int64_t milli, QuantityFormat format);

/* The canonical text: no fraction, the largest suffix that loses nothing. */
Str quantity_text(const Quantity *q, Arena *a);

static inline int quantity_sign(const Quantity *q)
{
    return (q->nano > 0) - (q->nano < 0);
}
static inline bool quantity_is_zero(const Quantity *q)
{
    return q->nano == 0;
}
static inline int quantity_cmp(const Quantity *a, const Quantity *b)
{
    return (a->nano > b->nano) - (a->nano < b->nano);
}

/* *to += q and *to -= q. A zero takes over the format of q. */
void quantity_add(Quantity *to, const Quantity *q);
void quantity_sub(Quantity *to, const Quantity *q);
/* Rounds away from zero to a multiple of 10^scale (-3 for thousandths). True when nothing was
 * lost; the remembered text stays where the quantity had no finer step. */
bool quantity_round_up(Quantity *q, int scale);
/* The value and its thousandfold, rounded away from zero; capped at int64 (the original wraps). */
int64_t quantity_value(const Quantity *q);
int64_t quantity_milli_value(const Quantity *q);

#endif
