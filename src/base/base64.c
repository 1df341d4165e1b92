/* SPDX-License-Identifier: Apache-2.0 */
/* Base64. */
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_write(Str bytes, Buf *out)
{
    const unsigned char *in = (const unsigned char *)bytes.ptr;
    size_t need = (bytes.len + 2) / 3 * 4;
    char *at = buf_reserve(out, need);
    out->len += need;
    size_t i = 0;
    for (; i + 3 <= bytes.len; i += 3) {
        uint32_t word = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8 | in[i + 2];
        *at++ = alphabet[word >> 18];
        *at++ = alphabet[word >> 12 & 63];
        *at++ = alphabet[word >> 6 & 63];
        *at++ = alphabet[word & 63];
    }
    if (i < bytes.len) {
        bool two = bytes.len - i == 2;
        uint32_t word = (uint32_t)in[i] << 16 | (two ? (uint32_t)in[i + 1] << 8 : 0);
        *at++ = alphabet[word >> 18];
        *at++ = alphabet[word >> 12 & 63];
        *at++ = two ? alphabet[word >> 6 & 63] : '=';
        *at = '=';
    }
}

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_read(Str text, Buf *out)
{
    uint32_t word = 0;
    unsigned digits = 0;
    unsigned padding = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\n' || c == '\r') {
            continue;
        }
        if (c == '=') {
            if (digits < 2 || digits + ++padding > 4) {
                return false;
            }
            continue;
        }
        int value = digit(c);
        if (value < 0 || padding) {
            return false;
        }
        word = word << 6 | (uint32_t)value;
        if (++digits == 4) {
            buf_byte(out, (char)(word >> 16));
            buf_byte(out, (char)(word >> 8 & 0xFF));
            buf_byte(out, (char)(word & 0xFF));
            digits = 0;
            word = 0;
        }
    }
    if (digits == 0) {
        return padding == 0;
    }
    if (digits + padding != 4) {
        return false;
    }
    if (digits == 2) {
        buf_byte(out, (char)(word >> 4));
    } else {
        buf_byte(out, (char)(word >> 10));
        buf_byte(out, (char)(word >> 2 & 0xFF));
    }
    return true;
}
