/* SPDX-License-Identifier: Apache-2.0 */
/* Where something stands in a source text. */
#include "doc/position.h"

#include "doc/position_find.h"

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

static bool ends_name(Str path, size_t at)
{
    return at == path.len || path.ptr[at] == '.' || path.ptr[at] == '[';
}

size_t position_match_key(Str path, size_t used, Str key)
{
    size_t at = used;
    if (at < path.len && path.ptr[at] == '[') {
        if (str_starts_with(str_drop(path, at + 1), key)) {
            size_t bracket = at + 1 + key.len;
            if (bracket < path.len && path.ptr[bracket] == ']' && ends_name(path, bracket + 1)) {
                return bracket + 1 - used;
            }
        }
        return 0;
    }
    if (at > 0 && at < path.len && path.ptr[at] == '.') {
        at++;
    }
    bool matches = key.len && str_starts_with(str_drop(path, at), key) &&
                   ends_name(path, at + key.len);
    return matches ? at + key.len - used : 0;
}

size_t position_match_index(Str path, size_t used, size_t *index)
{
    size_t at = used;
    if (at >= path.len || path.ptr[at] != '[') {
        return 0;
    }
    size_t digits = 0;
    *index = 0;
    for (at++; at < path.len && path.ptr[at] >= '0' && path.ptr[at] <= '9' && digits < 10; at++) {
        *index = *index * 10 + (size_t)(path.ptr[at] - '0');
        digits++;
    }
    bool matches = digits && at < path.len && path.ptr[at] == ']' && ends_name(path, at + 1);
    return matches ? at + 1 - used : 0;
}

bool doc_position(const Doc *d, Str field_path, DocPosition *out)
{
    PositionBest best = (d->is_yaml ? position_find_yaml : position_find_json)(d->text, d->offset,
                                                                               field_path);
    *out = doc_position_of_offset(d->text, best.offset);
    return best.used == field_path.len;
}
