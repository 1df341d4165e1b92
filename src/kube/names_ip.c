/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses as the API server reads them: Go's net.ParseIP with leading zeros allowed. */
#include "kube/names.h"

enum { IPV6_BYTES = 16, IPV4_BYTES = 4 };

static int digit_value(char c, int base)
{
    int v = c >= '0' && c <= '9'   ? c - '0'
            : c >= 'a' && c <= 'f' ? c - 'a' + 10
            : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                   : base;
    return v < base ? v : -1;
}

/* Takes a number up to max off the front; false when there is none or it is larger. */
static bool take_number(Str *s, int base, uint32_t max, uint32_t *out)
{
    uint32_t n = 0;
    size_t i = 0;
    for (; i < s->len && digit_value(s->ptr[i], base) >= 0; i++) {
        n = n * (uint32_t)base + (uint32_t)digit_value(s->ptr[i], base);
        if (n > max) {
            return false;
        }
    }
    *s = str_drop(*s, i);
    *out = n;
    return i > 0;
}

static bool take_byte(Str *s, char c)
{
    if (s->len == 0 || s->ptr[0] != c) {
        return false;
    }
    *s = str_drop(*s, 1);
    return true;
}

static bool read_v4(Str s, uint8_t out[IPV4_BYTES])
{
    for (int i = 0; i < IPV4_BYTES; i++) {
        uint32_t n;
        if ((i > 0 && !take_byte(&s, '.')) || !take_number(&s, 10, 255, &n)) {
            return false;
        }
        out[i] = (uint8_t)n;
    }
    return s.len == 0;
}

static bool read_v6(Str s, uint8_t out[IPV6_BYTES])
{
    int gap = -1; /* where "::" stands */
    int at = 0;
    memset(out, 0, IPV6_BYTES);
    if (str_starts_with(s, STR("::"))) {
        gap = 0;
        s = str_drop(s, 2);
    }
    while (s.len && at < IPV6_BYTES) {
        Str before = s;
        uint32_t n;
        if (!take_number(&s, 16, 0xffff, &n)) {
            return false;
        }
        if (s.len && s.ptr[0] == '.') { /* an IPv4 address at the end */
            if ((gap < 0 && at != IPV6_BYTES - IPV4_BYTES) || at + IPV4_BYTES > IPV6_BYTES ||
                !read_v4(before, &out[at])) {
                return false;
            }
            at += IPV4_BYTES;
            s = STR("");
            break;
        }
        out[at++] = (uint8_t)(n >> 8);
        out[at++] = (uint8_t)n;
        if (s.len == 0) {
            break;
        }
        if (!take_byte(&s, ':') || s.len == 0) {
            return false;
        }
        if (s.ptr[0] == ':') {
            if (gap >= 0) {
                return false;
            }
            gap = at;
            s = str_drop(s, 1);
        }
    }
    if (s.len || (at < IPV6_BYTES) != (gap >= 0)) {
        return false;
    }
    if (gap >= 0) {
        int tail = at - gap;
        memmove(&out[IPV6_BYTES - tail], &out[gap], (size_t)tail);
        memset(&out[gap], 0, (size_t)(IPV6_BYTES - at));
    }
    return true;
}

NameIpKind name_ip_parse(Str value, uint8_t out[16])
{
    static const uint8_t v4_prefix[12] = { [10] = 0xff, [11] = 0xff };
    ptrdiff_t dot = str_index_byte(value, '.');
    ptrdiff_t colon = str_index_byte(value, ':');
    if (dot >= 0 && (colon < 0 || dot < colon)) {
        memcpy(out, v4_prefix, sizeof(v4_prefix));
        return read_v4(value, &out[sizeof(v4_prefix)]) ? NAME_IP_V4 : NAME_IP_NONE;
    }
    if (colon < 0 || !read_v6(value, out)) {
        return NAME_IP_NONE;
    }
    return memcmp(out, v4_prefix, sizeof(v4_prefix)) == 0 ? NAME_IP_V4 : NAME_IP_V6;
}

NameIpKind name_ip_kind(Str value)
{
    uint8_t bytes[16];
    return name_ip_parse(value, bytes);
}
