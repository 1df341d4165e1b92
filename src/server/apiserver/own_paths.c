/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths under /podgate/, which no API server of Kubernetes has: what podgate's commands ask of a
 * server that runs. They stand in no discovery document. Who may use them is RBAC's to say, as of
 * all paths that are no resources: of the preset roles, cluster-admin alone.
 *
 * To add one: a function and a row.
 */
#include "doc/json.h"
#include "server/apiserver/clock.h"
#include "server/apiserver/private.h"

typedef struct OwnCall {
    ApiServer *server;
    Str body; /* absent when there is none */
    Arena *arena;
    ApiOwnAnswer *answer;
} OwnCall;

static void refuse(OwnCall *call, Str why)
{
    call->answer->is_refused = true;
    call->answer->status = status_bad_request(call->arena, why);
}

/* -- /podgate/clock ----------------------------------------------------------------------------- */

/* {"now": "2030-01-02T03:04:05Z", "offsetSeconds": 3600} */
static void tell_clock(OwnCall *call)
{
    int64_t now;
    int32_t micros;
    apiserver_now(call->server, &now, &micros);
    Value told = value_object();
    value_set_lit(&told, "now", value_str(clock_text(now, call->arena)), call->arena);
    value_set_lit(&told, "offsetSeconds", value_int(apiserver_clock_offset(call->server)),
                  call->arena);
    call->answer->value = told;
}

/* {"to": "+1h"}, {"to": "2030-01-02T03:04:05Z"} */
static void set_clock(OwnCall *call)
{
    Arena *a = call->arena;
    int64_t now, to;
    int32_t micros;
    Value asked;
    Err err;
    if (!json_read(STR("body"), call->body.ptr ? call->body : STR(""), NULL, a, &asked, &err)) {
        refuse(call, err.msg);
        return;
    }
    Str text = value_get_str(&asked, STR("to"));
    apiserver_now(call->server, &now, &micros);
    if (!text.ptr) {
        refuse(call, STR("to: which time the clock is to show"));
    } else if (!clock_read(text, now, a, &to, &err)) {
        refuse(call, err.msg);
    } else if (to < now) {
        refuse(call, arena_printf(a, "time never runs backwards: it is %.*s already",
                                  STR_ARG(clock_text(now, a))));
    } else {
        apiserver_clock_advance(call->server, to - now);
        tell_clock(call);
    }
}

/* -- the table ---------------------------------------------------------------------------------- */

static const struct {
    Str path;
    Str method;
    void (*handle)(OwnCall *call);
} rows[] = {
    { STR_INIT("/podgate/clock"), STR_INIT("GET"), tell_clock },
    { STR_INIT("/podgate/clock"), STR_INIT("POST"), set_clock },
};

ApiOwnPath apiserver_own_path(void *context, Str path, const ApiRequest *request, Arena *a,
                              ApiOwnAnswer *out)
{
    ApiOwnPath found = API_OWN_PATH_NONE;
    OwnCall call = { context, request->body_text, a, out };
    *out = (ApiOwnAnswer){ 0 };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!str_eq(rows[i].path, path)) {
            continue;
        }
        if (str_eq(rows[i].method, request->method)) {
            rows[i].handle(&call);
            return API_OWN_PATH_ANSWERED;
        }
        found = API_OWN_PATH_NOT_SO;
    }
    return found;
}
