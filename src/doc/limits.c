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
