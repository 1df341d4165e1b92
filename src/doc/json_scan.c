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
