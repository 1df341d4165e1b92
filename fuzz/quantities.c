/* SPDX-License-Identifier: Apache-2.0 */
/* Quantities, one a line: what is written of one reads back as the same amount, sums do not depend
 * on their order, and rounding never makes less. */
#include "fuzz.h"

#include "kube/quantity.h"

static bool same(const Quantity *a, const Quantity *b)
{
    return quantity_cmp(a, b) == 0 && quantity_cmp(b, a) == 0;
}

static void check_text(const Quantity *q, Arena *a)
{
    Err err;
    Quantity again;
    Str text = quantity_text(q, a);
    HOLDS(text.len > 0);
    /* As in the original, there is no suffix for 10^21, and binary ones are read up to 2^63-1. */
    QuantityNano unit = 1000000000;
    QuantityNano limit = q->format == QUANTITY_DECIMAL_EXPONENT ? unit * unit * unit * 1000000
                         : q->format == QUANTITY_DECIMAL_SI     ? unit * unit * unit * 1000
                                                                : unit * INT64_MAX;
    bool is_in_range = q->nano < limit && q->nano > -limit;
    bool ok = quantity_parse(text, a, &again, &err);
    HOLDS(ok || !is_in_range);
    HOLDS(!is_in_range || same(q, &again));
}

static void check_sums(const Quantity *x, const Quantity *y, Arena *a)
{
    Quantity left = *x;
    Quantity right = *y;
    quantity_add(&left, y);
    quantity_add(&right, x);
    HOLDS(same(&left, &right));
    quantity_sub(&left, y);
    HOLDS(same(&left, x));
    HOLDS(quantity_cmp(x, y) == -quantity_cmp(y, x));
    check_text(&right, a);
}

static void check_rounding(const Quantity *q)
{
    Quantity rounded = *q;
    bool exact = quantity_round_up(&rounded, -3);
    HOLDS(exact == same(&rounded, q));
    HOLDS(quantity_sign(q) == quantity_sign(&rounded));
    HOLDS(quantity_cmp(&rounded, q) * quantity_sign(q) >= 0);
    HOLDS(quantity_round_up(&rounded, -3));
    int64_t value = quantity_value(q);
    HOLDS((value > 0) == (quantity_sign(q) > 0) && (value < 0) == (quantity_sign(q) < 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    Str rest = str_from((const char *)data, size);
    Str line;
    Quantity last = quantity_from_int(1, QUANTITY_BINARY_SI);
    while (size && str_next_piece(&rest, '\n', &line)) {
        Quantity q;
        Err err = { 0 };
        if (!quantity_parse(line, &a, &q, &err)) {
            HOLDS(err.code != ERR_NONE && err.msg.len > 0);
            continue;
        }
        check_text(&q, &a);
        check_sums(&q, &last, &a);
        check_rounding(&q);
        last = q;
    }
    arena_done(&a);
    return 0;
}
