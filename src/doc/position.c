/* SPDX-License-Identifier: Apache-2.0 */
/* Where something stands in a source text. */
#include "doc/position.h"

DocPosition doc_position_of_offset(Str text, size_t offset)
{
    if (offset > text.len) {
        offset = text.len;
    }
    DocPosition at = { 1, 1 };
    for (size_t i = 0; i < offset; i++) {
        char c = text.ptr[i];
        bool is_crlf = c == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n';
        if (c == '\n' || (c == '\r' && !is_crlf)) {
            at.line++;
            at.column = 1;
        } else if (((unsigned char)c & 0xC0) != 0x80 && !is_crlf) {
            at.column++;
        }
    }
    return at;
}
