/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 in documents. */
#include "doc/utf8.h"

Str utf8_repair(Str s, Arena *a)
{
    if (str_is_utf8(s)) {
        return s;
    }
    Buf b = buf_new(a);
    for (size_t i = 0; i < s.len;) {
        size_t len = utf8_valid_len(s, i);
        buf_add(&b, len ? str_slice(s, i, i + len) : STR("\xEF\xBF\xBD"));
        i += len ? len : 1;
    }
    return buf_str(&b);
}
