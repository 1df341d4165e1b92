/* SPDX-License-Identifier: Apache-2.0 */
/* Request lines (method, blank, path and query): any bytes are read or refused with a message, and
 * the canonical path of what was read asks for the same. */
#include "fuzz.h"

#include "base/buf.h"
#include "kube/request_info.h"

/* "/api/v1/namespaces/n/pods/x/log/rest", percent-escaped where it must be. Absent when a piece is
 * such that no canonical path says the same. */
static Str canonical(const RequestInfo *info, Arena *a)
{
    Buf b = buf_new(a);
    Str pieces[] = { info->api_prefix,  info->api_group,
                     info->api_version, info->namespace.len ? STR("namespaces") : STR(""),
                     info->namespace,   info->resource,
                     info->name,        info->subresource,
                     info->rest };
    bool is_own_namespace = str_eq(info->resource, STR("namespaces"));
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        bool skipped = is_own_namespace && (i == 3 || i == 4);
        if (pieces[i].len == 0 || skipped) {
            continue;
        }
        buf_byte(&b, '/');
        for (size_t c = 0; c < pieces[i].len; c++) {
            uint8_t byte = (uint8_t)pieces[i].ptr[c];
            if (byte == '/' && i == COUNT_OF(pieces) - 1) {
                buf_byte(&b, '/');
            } else {
                buf_printf(&b, "%%%02x", byte);
            }
        }
    }
    return buf_str(&b);
}

static bool is_whole(const RequestInfo *info)
{
    static const Str verbs[] = { STR_INIT("get"), STR_INIT("create"), STR_INIT("update"),
                                 STR_INIT("patch"), STR_INIT("delete") };
    return str_list_has((StrList){ verbs, COUNT_OF(verbs) }, info->verb) && info->resource.len &&
           info->name.len && info->api_version.len &&
           (info->api_group.len || str_eq(info->api_prefix, STR("api"))) &&
           (info->subresource.len || !info->rest.len) &&
           !str_eq(info->resource, STR("namespaces")) && !str_eq(info->resource, STR("watch")) &&
           !str_eq(info->resource, STR("proxy")) && !str_eq(info->namespace, STR("")) &&
           !str_eq(info->resource, STR("status")) && !str_eq(info->resource, STR("finalize")) &&
           !str_starts_with(info->rest, STR("/")) && !str_ends_with(info->rest, STR("/"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    Str method, target;
    str_split_once(str_from((const char *)data, size), ' ', &method, &target);
    RequestInfo info, again;
    Err err = { 0 };
    if (request_info_read(method, target, &a, &info, &err)) {
        HOLDS(info.path.ptr && info.query.ptr && info.verb.ptr && info.rest.ptr);
        HOLDS(info.is_resource == (info.api_prefix.len > 0));
        if (info.is_resource && is_whole(&info)) {
            Str path = canonical(&info, &a);
            HOLDS(request_info_read(method, path, &a, &again, &err));
            HOLDS(str_eq(again.verb, info.verb) && str_eq(again.name, info.name) &&
                  str_eq(again.namespace, info.namespace) && str_eq(again.rest, info.rest) &&
                  str_eq(again.api_group, info.api_group) &&
                  str_eq(again.resource, info.resource) &&
                  str_eq(again.subresource, info.subresource));
        }
    } else {
        HOLDS(err.code != ERR_NONE && err.msg.len > 0);
    }
    arena_done(&a);
    return 0;
}
