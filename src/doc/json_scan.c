/* SPDX-License-Identifier: Apache-2.0 */
/* Walking JSON text to find where a value stands. */
#include "doc/json_scan.h"

size_t json_scan_string(Str text, size_t from)
{
    for (size_t i = from + 1; i < text.len; i++) {
        if (text.ptr[i] == '\\') {
            i++;
        } else if (text.ptr[i] == '"') {
            return i + 1;
        }
    }
    return text.len;
}

size_t json_scan_space(Str text, size_t from)
{
    while (from < text.len && (text.ptr[from] == ' ' || text.ptr[from] == '\t' ||
                               text.ptr[from] == '\n' || text.ptr[from] == '\r')) {
        from++;
    }
    return from;
}

static bool ends_scalar(char c)
{
    return c == ',' || c == ']' || c == '}' || c == ':' || c == '[' || c == '{' || c == '"' ||
           c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

size_t json_scan_value(Str text, size_t from)
{
    size_t depth = 0;
    size_t i = from;
    while (i < text.len) {
        char c = text.ptr[i];
        if (c == '"') {
            i = json_scan_string(text, i);
        } else if (c == '[' || c == '{') {
            depth++;
            i++;
        } else if (c == ']' || c == '}') {
            depth -= depth > 0;
            i++;
        } else if (depth > 0) {
            i++;
        } else {
            i++;
            while (i < text.len && !ends_scalar(text.ptr[i])) {
                i++;
            }
        }
        if (depth == 0) {
            break;
        }
    }
    return i;
}

bool json_scan_excess(Str text, const DocLimits *limits, size_t *offset)
{
    uint32_t counts[DOC_DEPTH_MAX + 1]; /* children so far, less one, of each open list or object */
    uint32_t depth_max = limits->depth_max < DOC_DEPTH_MAX ? limits->depth_max : DOC_DEPTH_MAX;
    uint32_t depth = 0;
    for (size_t i = 0; i < text.len;) {
        switch (text.ptr[i]) {
        case '"':
            i = json_scan_string(text, i);
            continue;
        case '[':
        case '{':
            if (depth == depth_max) {
                *offset = i;
                return true;
            }
            counts[depth++] = 0;
            break;
        case ']':
        case '}':
            if (depth == 0) {
                return false;
            }
            depth--;
            break;
        case ',':
            if (depth == 0) {
                return false;
            }
            if (++counts[depth - 1] >= limits->list_max) {
                *offset = i + 1;
                return true;
            }
            break;
        default:
            break;
        }
        i++;
    }
    return false;
}
