/* SPDX-License-Identifier: Apache-2.0 */
/* PEM blocks. Source: Go encoding/pem */
#include "kube/groups/pem.h"

#include "base/base64.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES STR("-----")

static Str trim_right(Str s)
{
    while (s.len &&
           (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t' || s.ptr[s.len - 1] == '\r')) {
        s.len--;
    }
    return s;
}

/* Takes a line off the front; blanks at its end are left out. */
static Str take_line(Str *rest)
{
    Str line;
    Str after;
    bool more = str_split_once(*rest, '\n', &line, &after);
    *rest = more ? after : str_drop(*rest, rest->len);
    return trim_right(line);
}

/* Goes behind the next BEGIN, which stands at the start of a line. */
static bool find_begin(Str *rest)
{
    if (str_starts_with(*rest, STR(BEGIN))) {
        *rest = str_drop(*rest, sizeof(BEGIN) - 1);
        return true;
    }
    ptrdiff_t at = str_index(*rest, STR("\n" BEGIN));
    if (at < 0) {
        return false;
    }
    *rest = str_drop(*rest, (size_t)at + sizeof("\n" BEGIN) - 1);
    return true;
}

static Str without_blanks(Str s, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != ' ' && s.ptr[i] != '\t') {
            buf_byte(&b, s.ptr[i]);
        }
    }
    return buf_str(&b);
}

/* After BEGIN. *rest goes on even when the block is malformed. */
static bool read_block(Str *rest, Arena *a, PemBlock *out)
{
    Str type = take_line(rest);
    if (!str_ends_with(type, DASHES)) {
        return false;
    }
    *out = (PemBlock){ .type = str_slice(type, 0, type.len - DASHES.len) };
    for (;;) {
        Str next = *rest;
        Str line = take_line(&next);
        if (str_index_byte(line, ':') < 0) {
            break;
        }
        out->has_headers = true;
        *rest = next;
    }
    ptrdiff_t end = str_starts_with(*rest, STR(END)) && !out->has_headers
                        ? 0
                        : str_index(*rest, STR("\n" END));
    if (end < 0) {
        return false;
    }
    Str body = str_slice(*rest, 0, (size_t)end);
    Str after = str_drop(*rest, (size_t)end + (end ? 1 : 0) + sizeof(END) - 1);
    Str trailer = str_slice(after, 0, type.len);
    Str behind = str_drop(after, type.len);
    if (!str_eq(trailer, type) || take_line(&behind).len > 0) {
        return false;
    }
    Buf bytes = buf_new(a);
    if (!base64_read(without_blanks(body, a), &bytes)) {
        return false;
    }
    out->bytes = buf_str(&bytes);
    *rest = behind;
    return true;
}

bool pem_next(Str *rest, Arena *a, PemBlock *out)
{
    while (find_begin(rest)) {
        if (read_block(rest, a, out)) {
            return true;
        }
    }
    return false;
}
