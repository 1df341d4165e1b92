/* SPDX-License-Identifier: Apache-2.0 */
/* Strings with a length: comparing, searching and slicing. The one place with pointer arithmetic
 * on text. */
#include "base/str.h"

int str_cmp(Str a, Str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order != 0) {
        return order;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

bool str_starts_with(Str s, Str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool str_ends_with(Str s, Str suffix)
{
    return s.len >= suffix.len &&
           (suffix.len == 0 || memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

ptrdiff_t str_index_byte(Str s, char byte)
{
    const char *at = s.len ? memchr(s.ptr, byte, s.len) : NULL;
    return at ? at - s.ptr : -1;
}

ptrdiff_t str_rindex_byte(Str s, char byte)
{
    const char *at = s.len ? memrchr(s.ptr, byte, s.len) : NULL;
    return at ? at - s.ptr : -1;
}

ptrdiff_t str_index(Str s, Str part)
{
    if (part.len == 0) {
        return 0;
    }
    const char *at = s.len ? memmem(s.ptr, s.len, part.ptr, part.len) : NULL;
    return at ? at - s.ptr : -1;
}

bool str_contains(Str s, Str part)
{
    return str_index(s, part) >= 0;
}

Str str_slice(Str s, size_t from, size_t to)
{
    if (to > s.len) {
        to = s.len;
    }
    if (from > to) {
        from = to;
    }
    return s.ptr ? (Str){ s.ptr + from, to - from } : s;
}

Str str_cut_prefix(Str s, Str prefix)
{
    return str_starts_with(s, prefix) ? str_drop(s, prefix.len) : s;
}

Str str_cut_suffix(Str s, Str suffix)
{
    return str_ends_with(s, suffix) ? str_slice(s, 0, s.len - suffix.len) : s;
}

bool str_split_once(Str s, char separator, Str *before, Str *after)
{
    ptrdiff_t at = str_index_byte(s, separator);
    if (at < 0) {
        *before = s;
        *after = STR("");
        return false;
    }
    *before = str_slice(s, 0, (size_t)at);
    *after = str_drop(s, (size_t)at + 1);
    return true;
}

bool str_next_piece(Str *rest, char separator, Str *piece)
{
    if (!rest->ptr) {
        return false;
    }
    ptrdiff_t at = str_index_byte(*rest, separator);
    if (at < 0) {
        *piece = *rest;
        *rest = STR_ABSENT;
    } else {
        *piece = str_slice(*rest, 0, (size_t)at);
        *rest = str_drop(*rest, (size_t)at + 1);
    }
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

Str str_trim(Str s)
{
    size_t from = 0;
    size_t to = s.len;
    while (from < to && is_space(s.ptr[from])) {
        from++;
    }
    while (to > from && is_space(s.ptr[to - 1])) {
        to--;
    }
    return str_slice(s, from, to);
}

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_eq_ignore_case(Str a, Str b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (to_lower(a.ptr[i]) != to_lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool str_list_has(StrList list, Str s)
{
    for (size_t i = 0; i < list.count; i++) {
        if (str_eq(list.items[i], s)) {
            return true;
        }
    }
    return false;
}

static uint64_t load64(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

static uint32_t load32(const char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* A multiply-and-fold hash, 16 bytes a multiplication; the end of a long key is read again rather
 * than byte by byte, so that a name of any length costs two to four multiplications. Not keyed:
 * maps bound the number of entries that input can make (see base/map.h). */
uint64_t str_hash(Str s)
{
    const uint64_t k0 = 0x9E3779B97F4A7C15u;
    const uint64_t k1 = 0xD6E8FEB86659FD93u;
    uint64_t hash = s.len * k0;
    uint64_t low = 0;
    uint64_t high = 0;
    const char *at = s.ptr;
    size_t left = s.len;
    for (; left > 16; left -= 16, at += 16) {
        hash = fold(load64(at) ^ k0, load64(at + 8) ^ hash ^ k1);
    }
    if (left >= 8) {
        low = load64(at);
        high = load64(at + left - 8);
    } else if (left >= 4) {
        low = load32(at);
        high = load32(at + left - 4);
    } else if (left > 0) {
        low = (uint64_t)(unsigned char)at[0] << 16 | (uint64_t)(unsigned char)at[left / 2] << 8 |
              (unsigned char)at[left - 1];
    }
    return fold(low ^ k0 ^ hash, high ^ k1 ^ (hash >> 32));
}

bool str_to_int64(Str s, int64_t *out)
{
    size_t at = 0;
    bool negative = false;
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+')) {
        negative = s.ptr[0] == '-';
        at = 1;
    }
    if (at == s.len) {
        return false;
    }
    int64_t value = 0;
    for (; at < s.len; at++) {
        if (s.ptr[at] < '0' || s.ptr[at] > '9') {
            return false;
        }
        int digit = s.ptr[at] - '0';
        /* Counted down, so that INT64_MIN fits. */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value)) {
            return false;
        }
    }
    if (!negative) {
        if (value == INT64_MIN) {
            return false;
        }
        value = -value;
    }
    *out = value;
    return true;
}

bool str_is_utf8(Str s)
{
    size_t i = 0;
    while (i < s.len) {
        unsigned char c = (unsigned char)s.ptr[i];
        size_t more;
        uint32_t min;
        uint32_t code;
        if (c < 0x80) {
            i++;
            continue;
        } else if ((c & 0xE0) == 0xC0) {
            more = 1, min = 0x80, code = c & 0x1Fu;
        } else if ((c & 0xF0) == 0xE0) {
            more = 2, min = 0x800, code = c & 0x0Fu;
        } else if ((c & 0xF8) == 0xF0) {
            more = 3, min = 0x10000, code = c & 0x07u;
        } else {
            return false;
        }
        if (s.len - i <= more) {
            return false;
        }
        for (size_t k = 1; k <= more; k++) {
            unsigned char next = (unsigned char)s.ptr[i + k];
            if ((next & 0xC0) != 0x80) {
                return false;
            }
            code = code << 6 | (next & 0x3Fu);
        }
        if (code < min || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
            return false;
        }
        i += more + 1;
    }
    return true;
}

/* Length of the valid UTF-8 rune at s.ptr[at], or 0. */
size_t str_rune_at(Str s, size_t at, uint32_t *code)
{
    unsigned char c = (unsigned char)s.ptr[at];
    size_t len = c < 0x80 ? 1 : (c & 0xE0) == 0xC0 ? 2 : (c & 0xF0) == 0xE0 ? 3 : 4;
    if (s.len - at < len || !str_is_utf8(str_slice(s, at, at + len))) {
        return 0;
    }
    *code = len == 1 ? c : c & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        *code = *code << 6 | ((unsigned char)s.ptr[at + i] & 0x3Fu);
    }
    return len;
}

bool rune_is_printable(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } printable[] = {
#include "base/printable.def"
    };
    size_t low = 0;
    size_t high = COUNT_OF(printable);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (code > printable[middle].last) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < COUNT_OF(printable) && code >= printable[low].first;
}
