/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: sets of characters. */
#include "base/regex_class.h"

#include <stdlib.h>

void class_add(ClassBuild *b, uint32_t from, uint32_t to)
{
    if (b->count == b->cap) {
        size_t cap = b->cap ? 2 * b->cap : 8;
        RegexRange *grown = new(b->arena, RegexRange, cap);
        if (b->count) {
            memcpy(grown, b->ranges, b->count * sizeof(*grown));
        }
        b->ranges = grown;
        b->cap = cap;
    }
    b->ranges[b->count++] = (RegexRange){ from, to };
}

static void add_shifted(ClassBuild *b, RegexRange in, RegexRange within, int32_t shift)
{
    uint32_t from = in.from > within.from ? in.from : within.from;
    uint32_t to = in.to < within.to ? in.to : within.to;
    if (from <= to) {
        class_add(b, (uint32_t)((int32_t)from + shift), (uint32_t)((int32_t)to + shift));
    }
}

/* The alphabets whose cases lie a fixed distance apart. The others (and Latin beyond Latin-1) are
 * not folded, which Go does. */
void class_add_folded(ClassBuild *b, uint32_t from, uint32_t to)
{
    static const struct {
        RegexRange upper;
        int32_t shift;
    } rows[] = {
        { { 'A', 'Z' }, 32 },     { { 0xC0, 0xD6 }, 32 },   { { 0xD8, 0xDE }, 32 },
        { { 0x391, 0x3A1 }, 32 }, { { 0x3A3, 0x3AB }, 32 }, { { 0x410, 0x42F }, 32 },
        { { 0x400, 0x40F }, 80 }, { { 0x531, 0x556 }, 48 },
    };
    RegexRange in = { from, to };
    class_add(b, from, to);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        RegexRange upper = rows[i].upper;
        uint32_t shift = (uint32_t)rows[i].shift;
        add_shifted(b, in, upper, rows[i].shift);
        add_shifted(b, in, (RegexRange){ upper.from + shift, upper.to + shift }, -rows[i].shift);
    }
    for (uint32_t c = 0; c < 2; c++) { /* the long s, the sign for kelvin */
        uint32_t other = c ? 0x212A : 0x17F, small = c ? 'k' : 's', big = small - 32;
        if ((from <= small && small <= to) || (from <= big && big <= to)) {
            class_add(b, other, other);
        }
        if (from <= other && other <= to) {
            class_add(b, small, small);
            class_add(b, big, big);
        }
    }
}

void class_add_all(ClassBuild *b, const ClassBuild *more)
{
    for (size_t i = 0; i < more->count; i++) {
        class_add(b, more->ranges[i].from, more->ranges[i].to);
    }
}

static int compare_ranges(const void *x, const void *y)
{
    const RegexRange *a = x, *b = y;
    return a->from != b->from ? (a->from > b->from) - (a->from < b->from)
                              : (a->to > b->to) - (a->to < b->to);
}

/* Sorted, and joined where they touch. */
static void tidy(ClassBuild *b)
{
    if (b->count < 2) {
        return;
    }
    qsort(b->ranges, b->count, sizeof(*b->ranges), compare_ranges);
    size_t kept = 1;
    for (size_t i = 1; i < b->count; i++) {
        RegexRange *last = &b->ranges[kept - 1];
        if (b->ranges[i].from <= last->to + 1) {
            last->to = b->ranges[i].to > last->to ? b->ranges[i].to : last->to;
        } else {
            b->ranges[kept++] = b->ranges[i];
        }
    }
    b->count = kept;
}

void class_negate(ClassBuild *b)
{
    tidy(b);
    ClassBuild out = { .arena = b->arena };
    uint32_t next = 0;
    for (size_t i = 0; i < b->count; i++) {
        if (b->ranges[i].from > next) {
            class_add(&out, next, b->ranges[i].from - 1);
        }
        next = b->ranges[i].to + 1;
    }
    if (next <= REGEX_RUNE_MAX) {
        class_add(&out, next, REGEX_RUNE_MAX);
    }
    *b = out;
}

/* Ends of ranges, two characters each. */
static void add_pairs(ClassBuild *b, const char *pairs)
{
    for (; pairs[0]; pairs += 2) {
        class_add(b, (unsigned char)pairs[0], (unsigned char)pairs[1]);
    }
}

bool class_add_perl(ClassBuild *b, char name)
{
    switch (name) {
    case 'd':
        add_pairs(b, "09");
        return true;
    case 's':
        add_pairs(b, "\t\n\f\r  ");
        return true;
    case 'w':
        add_pairs(b, "09AZ__az");
        return true;
    default:
        return false;
    }
}

bool class_add_posix(ClassBuild *b, Str name)
{
    static const struct {
        Str name;
        const char *pairs;
    } rows[] = {
        { STR_INIT("alnum"), "09AZaz" },
        { STR_INIT("alpha"), "AZaz" },
        { STR_INIT("ascii"), "\x01\x7F" },
        { STR_INIT("blank"), "\t\t  " },
        { STR_INIT("cntrl"), "\x01\x1F\x7F\x7F" },
        { STR_INIT("digit"), "09" },
        { STR_INIT("graph"), "!~" },
        { STR_INIT("lower"), "az" },
        { STR_INIT("print"), " ~" },
        { STR_INIT("punct"), "!/:@[`{~" },
        { STR_INIT("space"), "\t\r  " },
        { STR_INIT("upper"), "AZ" },
        { STR_INIT("word"), "09AZ__az" },
        { STR_INIT("xdigit"), "09AFaf" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(rows[i].name, name)) {
            if (str_eq(name, STR("ascii")) || str_eq(name, STR("cntrl"))) {
                class_add(b, 0, 0);
            }
            add_pairs(b, rows[i].pairs);
            return true;
        }
    }
    return false;
}

bool class_add_category(ClassBuild *b, Str name)
{
    static const struct {
        uint32_t from;
        uint32_t to;
        char category[2];
    } rows[] = {
#include "base/categories.def"
    };
    if (str_eq(name, STR("Any"))) {
        class_add(b, 0, REGEX_RUNE_MAX);
        return true;
    }
    size_t before = b->count;
    for (size_t i = 0; i < COUNT_OF(rows) && name.len && name.len <= 2; i++) {
        if (memcmp(rows[i].category, name.ptr, name.len) == 0) {
            class_add(b, rows[i].from, rows[i].to);
        }
    }
    return b->count > before;
}

const RegexClass *class_done(ClassBuild *b)
{
    tidy(b);
    RegexClass *out = new(b->arena, RegexClass, 1);
    out->ranges = b->ranges;
    out->count = b->count;
    for (size_t i = 0; i < b->count; i++) {
        for (uint32_t c = b->ranges[i].from; c <= b->ranges[i].to && c < 128; c++) {
            out->ascii[c / 64] |= UINT64_C(1) << (c % 64);
        }
    }
    return out;
}
