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

static bool is_ascii_text(char c)
{
    return (c >= 0x20 && c < 0x7F) || (c >= '\t' && c <= '\r');
}

/* By its byte order mark, or by where the zero bytes of its first characters stand. */
bool doc_check_encoding(Str name, Str text, Arena *a, Err *err)
{
    static const struct {
        const char *encoding;
        Str mark;
        bool zero[4];
    } rows[] = {
        { "UTF-32", STR_INIT("\0\0\xFE\xFF"), { true, true, true, false } },
        { "UTF-32", STR_INIT("\xFF\xFE\0\0"), { false, true, true, true } },
        { "UTF-16", STR_INIT("\xFE\xFF"), { true, false, true, false } },
        { "UTF-16", STR_INIT("\xFF\xFE"), { false, true, false, true } },
    };
    const char *encoding = NULL;
    for (size_t i = 0; i < COUNT_OF(rows) && !encoding; i++) {
        bool fits = text.len >= 4;
        for (size_t k = 0; fits && k < 4; k++) {
            fits = rows[i].zero[k] ? text.ptr[k] == 0 : is_ascii_text(text.ptr[k]);
        }
        if (fits || str_starts_with(text, rows[i].mark)) {
            encoding = rows[i].encoding;
        }
    }
    if (!encoding) {
        return true;
    }
    return err_set(err, a, ERR_UNSUPPORTED, "%.*s:1:1: the text is %s: save it as UTF-8",
                   STR_ARG(name), encoding);
}
