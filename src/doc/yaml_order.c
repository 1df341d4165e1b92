/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which go-yaml v2 prints keys.
 *
 * Source: gopkg.in/yaml.v2 sorter.go.
 */
#include "doc/yaml_order.h"

#include <stdlib.h>

static unsigned char byte_at(Str s, size_t at)
{
    return (unsigned char)s.ptr[at];
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

/* Beyond ASCII nearly everything that stands in a key is a letter. */
static bool is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

static int64_t number_at(Str s, size_t *at, int64_t start)
{
    uint64_t n = (uint64_t)start;
    while (*at < s.len && is_digit(byte_at(s, *at))) {
        n = n * 10 + (uint64_t)(s.ptr[(*at)++] - '0'); /* wraps, as there */
    }
    return (int64_t)n;
}

/* Letters by code, anything else before letters, runs of digits by value. Bytes stand in for
 * characters: their order is the same. */
static bool key_less(Str a, Str b)
{
    size_t i = 0;
    while (i < a.len && i < b.len && a.ptr[i] == b.ptr[i]) {
        i++;
    }
    if (i == a.len || i == b.len) {
        return a.len < b.len;
    }
    unsigned char x = byte_at(a, i);
    unsigned char y = byte_at(b, i);
    if (is_letter(x) && is_letter(y)) {
        return x < y;
    }
    if (is_letter(x) || is_letter(y)) {
        return is_letter(y);
    }
    int64_t start = 0;
    if (x == '0' || y == '0') {
        for (size_t k = i; k > 0 && is_digit(byte_at(a, k - 1)); k--) {
            if (a.ptr[k - 1] != '0') {
                start = 1;
                break;
            }
        }
    }
    size_t end_a = i;
    size_t end_b = i;
    int64_t number_a = number_at(a, &end_a, start);
    int64_t number_b = number_at(b, &end_b, start);
    if (number_a != number_b) {
        return number_a < number_b;
    }
    if (end_a != end_b) {
        return end_a < end_b;
    }
    return x < y;
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(member_key(*(const Member *const *)a), member_key(*(const Member *const *)b));
}

static void merge(const Member **to, const Member *const *from, size_t start, size_t middle,
                  size_t end)
{
    size_t left = start;
    size_t right = middle;
    for (size_t i = start; i < end; i++) {
        bool take_right = left == middle || (right < end && key_less(member_key(from[right]),
                                                                     member_key(from[left])));
        to[i] = take_right ? from[right++] : from[left++];
    }
}

/* The order has cycles (9a < 10, 10 < 1b, 1b < 9a), so qsort() must not see it. Sorting by bytes
 * first makes the result the same whatever the members' order was. */
const Member **yaml_sort_members(const Value *object, Arena *a)
{
    size_t count = object->len;
    const Member **sorted = arena_alloc(a, count * sizeof(const Member *));
    const Member **other = arena_alloc(a, count * sizeof(const Member *));
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &object->members[i];
    }
    qsort(sorted, count, sizeof(const Member *), by_bytes);
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t start = 0; start < count; start += 2 * run) {
            size_t middle = start + run < count ? start + run : count;
            size_t end = start + 2 * run < count ? start + 2 * run : count;
            merge(other, (const Member *const *)sorted, start, middle, end);
        }
        const Member **swap = sorted;
        sorted = other;
        other = swap;
    }
    return sorted;
}
