/* SPDX-License-Identifier: Apache-2.0 */
/* The Warning headers of an answer. Source: k8s.io/apiserver pkg/endpoints/filters/warning.go */
#include "server/apiserver/private.h"

/* The texts count as a real server counts them: when they are too many characters together, each is
 * cut, and those that still do not fit are left out. */
enum { WARNING_RUNES_MAX = 4096, WARNING_RUNES_CUT = 256 };

static size_t rune_count(Str s, size_t max, size_t *bytes)
{
    size_t runes = 0, at = 0;
    while (at < s.len && runes < max) {
        uint32_t code;
        size_t width = str_rune_at(s, at, &code);
        at += width ? width : 1;
        runes++;
    }
    *bytes = at;
    return runes;
}

static bool was_said(const ApiResponse *r, size_t before, Str text)
{
    for (size_t i = 0; i < before; i++) {
        if (str_eq(r->warnings.items[i], text)) {
            return true;
        }
    }
    return false;
}

/* What cannot be in a header is left out. */
static bool can_be_sent(Str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < ' ' || c == 0x7F) {
            return false;
        }
    }
    return text.len > 0 && str_is_utf8(text);
}

static void add_warning(Str text, Arena *a, HttpResponse *out)
{
    Buf b = buf_new(a);
    buf_lit(&b, "299 - \"");
    for (size_t j = 0; j < text.len; j++) {
        char c = text.ptr[j];
        if (c == '"' || c == '\\') {
            buf_byte(&b, '\\');
        }
        buf_byte(&b, c);
    }
    buf_byte(&b, '"');
    http_response_header(out, STR("Warning"), buf_str(&b));
}

void apiserver_add_warnings(const ApiResponse *r, Arena *a, HttpResponse *out)
{
    size_t runes = 0, bytes;
    for (size_t i = 0; i < r->warnings.count; i++) {
        runes += was_said(r, i, r->warnings.items[i])
                     ? 0
                     : rune_count(r->warnings.items[i], SIZE_MAX, &bytes);
    }
    bool cuts = runes > WARNING_RUNES_MAX;
    runes = 0;
    for (size_t i = 0; i < r->warnings.count; i++) {
        Str text = r->warnings.items[i];
        if (!can_be_sent(text) || was_said(r, i, text) || (cuts && runes >= WARNING_RUNES_MAX)) {
            continue;
        }
        runes += rune_count(text, cuts ? WARNING_RUNES_CUT : SIZE_MAX, &bytes);
        add_warning(str_slice(text, 0, bytes), a, out);
    }
}
