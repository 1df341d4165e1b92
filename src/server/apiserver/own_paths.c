/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths that are about this server and no other: what podgate's commands ask of one that runs
 * (under /podgate/, in no discovery document), and with which key it signs the tokens of service
 * accounts. Who may use them is RBAC's to say, as of all paths that are no resources: those under
 * /podgate/ are, of the preset roles, cluster-admin's alone.
 *
 * To add one: a function and a row.
 */
#include "base/url.h"
#include "cluster/saved.h"
#include "doc/json.h"
#include "server/apiserver/clock.h"
#include "server/apiserver/private.h"
#include "server/auth/auth.h"
#include "server/data/data.h"
#include "server/data/snapshot.h"

typedef struct OwnCall {
    ApiServer *server;
    const ApiRequest *request;
    Arena *arena;
    ApiOwnAnswer *answer;
} OwnCall;

static void refuse(OwnCall *call, Str why)
{
    call->answer->is_refused = true;
    call->answer->status = status_bad_request(call->arena, why);
}

/* -- /podgate/clock -----------------------------------------------------------------------------
 */

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

static void advance_clock(OwnCall *call, int64_t seconds)
{
    Err err;
    struct Data *data = apiserver_options(call->server)->data;
    Str offset = arena_printf(call->arena, "%lld",
                              (long long)(apiserver_clock_offset(call->server) + seconds));
    if (data && !data_set(data, APISERVER_DATA_CLOCK, offset, call->arena, &err)) {
        call->answer->is_refused = true;
        call->answer->status = status_internal(call->arena, err.msg);
        return;
    }
    apiserver_clock_advance(call->server, seconds);
    tell_clock(call);
}

/* {"to": "+1h"}, {"to": "2030-01-02T03:04:05Z"} */
static void set_clock(OwnCall *call)
{
    Arena *a = call->arena;
    int64_t now, to;
    int32_t micros;
    Value asked;
    Err err;
    if (!json_read(STR("body"), call->request->body_text.ptr ? call->request->body_text : STR(""),
                   NULL, a, &asked, &err)) {
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
        advance_clock(call, to - now);
    }
}

/* -- snapshots: /podgate/snapshot, /podgate/restore?snapshot=NAME ---------------------------------
 */

static void tell_snapshot(OwnCall *call)
{
    call->answer->is_snapshot = true; /* a stream takes the place of the body */
    call->answer->bytes = STR("");
    call->answer->content_type = STR("application/json");
}

/* Everything becomes as it was in one of the server's own snapshots. */
static void restore_snapshot(OwnCall *call)
{
    ApiServer *s = call->server;
    Arena *a = call->arena;
    Str path, query;
    SnapshotCounts counts;
    Err err;
    str_split_once(call->request->uri, '?', &path, &query);
    Str name = url_query_get(query, STR("snapshot"), a);
    if (!saved_is_name(name) || !s->options.snapshots.ptr) {
        refuse(call, STR("?snapshot= names none that can be"));
        return;
    }
    path = arena_printf(a, "%.*s/%.*s.json", STR_ARG(s->options.snapshots), STR_ARG(name));
    if (!snapshot_restore(s->store, path, a, &counts, &err)) {
        refuse(call, err.msg);
        return;
    }
    const Status done = { .code = 200,
                          .message = arena_printf(a, "%zu added, %zu changed, %zu deleted",
                                                  counts.added, counts.changed, counts.deleted) };
    call->answer->value = status_to_value(&done, a);
}

/* -- the issuer of tokens -----------------------------------------------------------------------
 * Source: Kubernetes pkg/serviceaccount/openidmetadata.go */

static void answer_bytes(OwnCall *call, const Value *v, Str content_type)
{
    Buf b = buf_new(call->arena);
    json_write_html_safe(v, &b);
    call->answer->bytes = buf_str(&b);
    call->answer->content_type = content_type;
}

static const ServiceAccountIssuer *issuer_of(const OwnCall *call)
{
    return auth_issuer(apiserver_options(call->server)->auth);
}

static void set_list(Value *object, const char *key, const char *item, Arena *a)
{
    Value list = value_array();
    value_add(&list, value_str(str_from_c(item)), a);
    value_set(object, str_from_c(key), list, a);
}

static void tell_issuer(OwnCall *call)
{
    Arena *a = call->arena;
    Value v = value_object();
    Str host = call->request->host.ptr ? call->request->host : STR("localhost");
    value_set_lit(&v, "issuer", value_str(issuer_of(call)->issuer), a);
    value_set_lit(&v, "jwks_uri",
                  value_str(arena_printf(a, "https://%.*s/openid/v1/jwks", STR_ARG(host))), a);
    set_list(&v, "response_types_supported", "id_token", a);
    set_list(&v, "subject_types_supported", "public", a);
    set_list(&v, "id_token_signing_alg_values_supported", "ES256", a);
    answer_bytes(call, &v, STR("application/json"));
}

static void tell_keys(OwnCall *call)
{
    Value set = value_object(), keys = value_array();
    value_add(&keys, jwt_key_public(issuer_of(call)->key, call->arena), call->arena);
    value_set_lit(&set, "keys", keys, call->arena);
    answer_bytes(call, &set, STR("application/jwk-set+json"));
}

/* -- the table ----------------------------------------------------------------------------------
 */

static const struct {
    Str path;
    Str method;
    void (*handle)(OwnCall *call);
} rows[] = {
    { STR_INIT("/podgate/clock"), STR_INIT("GET"), tell_clock },
    { STR_INIT("/podgate/clock"), STR_INIT("POST"), set_clock },
    { STR_INIT("/podgate/snapshot"), STR_INIT("GET"), tell_snapshot },
    { STR_INIT("/podgate/restore"), STR_INIT("POST"), restore_snapshot },
    { STR_INIT("/.well-known/openid-configuration"), STR_INIT("GET"), tell_issuer },
    { STR_INIT("/openid/v1/jwks"), STR_INIT("GET"), tell_keys },
};

ApiOwnPath apiserver_own_path(void *context, Str path, const ApiRequest *request, Arena *a,
                              ApiOwnAnswer *out)
{
    ApiOwnPath found = API_OWN_PATH_NONE;
    OwnCall call = { context, request, a, out };
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
