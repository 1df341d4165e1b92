/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths that are podgate's own, under /podgate/, for who may do everything: discovery does not name
 * them, so that no client is disturbed.
 *
 *     GET  /podgate/v1/snapshot               the whole cluster as a file
 *     POST /podgate/v1/restore?snapshot=NAME  everything as it was in one of the server's snapshots
 */
#include "server/apiserver/private.h"

#include "base/url.h"
#include "cluster/saved.h"
#include "server/data/snapshot.h"

static void answer_status(ApiResponse *out, Status status, Arena *a)
{
    out->code = status.code;
    out->status = status;
    out->is_status = true;
    out->body = status_to_value(&status, a);
}

static void answer_snapshot(ApiServer *s, const ApiRequest *request, const RequestInfo *info,
                            Arena *a, ApiResponse *out)
{
    (void)s;
    (void)request;
    (void)info;
    (void)a;
    out->code = 200;
    out->body = value_str(STR(""));
    out->content_type = STR("application/json");
    out->is_snapshot = true; /* a stream takes the place of the body */
}

static void answer_restore(ApiServer *s, const ApiRequest *request, const RequestInfo *info,
                           Arena *a, ApiResponse *out)
{
    (void)request;
    Str name = url_query_get(info->query, STR("snapshot"), a);
    SnapshotCounts counts;
    Err err;
    if (!saved_is_name(name) || !s->options.snapshots.ptr) {
        answer_status(out, status_bad_request(a, STR("?snapshot= names none that can be")), a);
        return;
    }
    Str path = arena_printf(a, "%.*s/%.*s.json", STR_ARG(s->options.snapshots), STR_ARG(name));
    if (!snapshot_restore(s->store, path, a, &counts, &err)) {
        answer_status(out, status_bad_request(a, err.msg), a);
        return;
    }
    Status done = { .code = 200,
                    .message = arena_printf(a, "%zu added, %zu changed, %zu deleted", counts.added,
                                            counts.changed, counts.deleted) };
    answer_status(out, done, a);
}

static const struct {
    Str method;
    Str path;
    void (*answer)(ApiServer *s, const ApiRequest *request, const RequestInfo *info, Arena *a,
                   ApiResponse *out);
} rows[] = {
    { STR_INIT("GET"), STR_INIT("/podgate/v1/snapshot"), answer_snapshot },
    { STR_INIT("POST"), STR_INIT("/podgate/v1/restore"), answer_restore },
};

bool apiserver_answer_own(void *context, const ApiRequest *request, const RequestInfo *info,
                          Arena *a, ApiResponse *out)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(info->path, rows[i].path) && str_eq(request->method, rows[i].method)) {
            rows[i].answer(context, request, info, a, out);
            return true;
        }
    }
    return false;
}
