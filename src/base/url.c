/* SPDX-License-Identifier: Apache-2.0 */
/* URLs as they stand in a request line. */
#include "base/url.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool unescape(Str s, bool plus_is_blank, Arena *a, Str *out)
{
    if (str_index_byte(s, '%') < 0 && !(plus_is_blank && str_index_byte(s, '+') >= 0)) {
        *out = s;
        return true;
    }
    char *text = arena_alloc(a, s.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '%') {
            int high = i + 2 < s.len ? hex_digit(s.ptr[i + 1]) : -1;
            int low = i + 2 < s.len ? hex_digit(s.ptr[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        text[len++] = c;
    }
    text[len] = '\0';
    *out = (Str){ text, len };
    return true;
}

bool url_unescape_path(Str s, Arena *a, Str *out)
{
    return unescape(s, false, a, out);
}

bool url_unescape_query(Str s, Arena *a, Str *out)
{
    return unescape(s, true, a, out);
}

Str url_query_get(Str query, Str key, Arena *a)
{
    Str rest = query.ptr ? query : STR("");
    Str list, pair;
    while (str_next_piece(&rest, '&', &list)) {
        while (str_next_piece(&list, ';', &pair)) {
            Str name, value;
            str_split_once(pair, '=', &name, &value);
            if (pair.len && url_unescape_query(name, a, &name) && str_eq(name, key) &&
                url_unescape_query(value, a, &value)) {
                return value;
            }
        }
    }
    return STR_ABSENT;
}
