/* SPDX-License-Identifier: Apache-2.0 */
/* How much a document may ask of its reader. */
#include "doc/limits.h"

const DocLimits doc_limits_default = {
    .bytes_max = 256u << 20,
    .depth_max = 500,
    .alias_nodes_max = 400000,
    .list_max = 1000000,
};
const DocLimits doc_limits_request = {
    .bytes_max = 3u << 20,
    .depth_max = 200,
    .alias_nodes_max = 20000,
    .list_max = 100000,
};

bool doc_check_size(Str name, size_t len, const DocLimits *limits, Arena *a, Err *err)
{
    size_t max = limits->bytes_max < UINT32_MAX ? limits->bytes_max : UINT32_MAX;
    if (len <= max) {
        return true;
    }
    return err_set(err, a, ERR_LIMIT, "%.*s: %zu bytes are more than the limit of %zu",
                   STR_ARG(name), len, max);
}

/* Such text has a zero byte among the first, or their byte order mark. */
bool doc_check_encoding(Str name, Str text, Arena *a, Err *err)
{
    Str start = str_slice(text, 0, 4);
    const char *encoding = NULL;
    if (str_starts_with(start, str_from("\0\0\xFE\xFF", 4)) ||
        str_starts_with(start, str_from("\xFF\xFE\0\0", 4)) ||
        (start.len == 4 && (start.ptr[1] | start.ptr[2]) == 0 &&
         (start.ptr[0] == 0) != (start.ptr[3] == 0))) {
        encoding = "UTF-32";
    } else if (str_starts_with(start, STR("\xFE\xFF")) || str_starts_with(start, STR("\xFF\xFE")) ||
               (start.len >= 2 && (start.ptr[0] == 0) != (start.ptr[1] == 0))) {
        encoding = "UTF-16";
    }
    if (!encoding) {
        return true;
    }
    return err_set(err, a, ERR_UNSUPPORTED, "%.*s:1:1: the text is %s: save it as UTF-8",
                   STR_ARG(name), encoding);
}
