/* SPDX-License-Identifier: Apache-2.0 */
/* One request to another cluster, as the user of a kubeconfig. */
#include "server/remote/remote.h"

#include "base/base64.h"
#include "cluster/files.h"
#include "doc/json.h"
#include "server/remote/private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    TIMEOUT_MS = 60000, /* of a page: the server itself gives up then */
    HEADERS_MAX = 64,
    RENEW_SECONDS_BEFORE = 30,
};
#define ANSWER_BYTES_MAX ((size_t)256 << 20)
#define USER_AGENT "podgate/" PODGATE_VERSION

bool remote_new(const KubeconfigAccess *access, Arena *a, Remote **out, Err *err)
{
    Remote *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return err_set(err, a, ERR_LIMIT, "out of memory");
    }
    r->access = access;
    pthread_mutex_init(&r->lock, NULL);
    arena_init(&r->kept, 0);
    if (!outbound_new(a, &r->outbound, err)) {
        remote_free(r);
        return false;
    }
    *out = r;
    return true;
}

void remote_free(Remote *r)
{
    if (r) {
        outbound_free(r->outbound);
        arena_done(&r->kept);
        pthread_mutex_destroy(&r->lock);
        free(r);
    }
}

Outbound *remote_outbound(Remote *r)
{
    return r->outbound;
}

/* -- credentials ------------------------------------------------------------------------------- */

static bool fail(RemoteProblem *problem, Str text)
{
    *problem = (RemoteProblem){ .text = text };
    return false;
}

static bool read_bytes(const KubeconfigBytes *bytes, Arena *a, Str *out, RemoteProblem *problem)
{
    Err err;
    *out = bytes->data;
    return bytes->data.ptr || bytes->file.ptr == NULL ||
           file_read_text(bytes->file, NULL, a, out, &err) || fail(problem, err.msg);
}

/* What the plugin said, asked again when that is not good for long any more. */
static bool add_exec(Remote *r, Arena *a, OutboundCall *call, RemoteProblem *problem)
{
    Err err;
    bool ok = true;
    pthread_mutex_lock(&r->lock);
    bool is_good = r->has_exec &&
                   (r->exec.expires == 0 || r->exec.expires > time(NULL) + RENEW_SECONDS_BEFORE);
    if (!is_good) {
        arena_reset(&r->kept);
        ok = r->has_exec = exec_credential(r->access, &r->kept, &r->exec, &err);
    }
    if (ok) {
        call->bearer_token = r->exec.token.len ? arena_str(a, r->exec.token) : STR_ABSENT;
        call->cert_pem = r->exec.cert_pem.len ? arena_str(a, r->exec.cert_pem) : STR_ABSENT;
        call->key_pem = r->exec.key_pem.len ? arena_str(a, r->exec.key_pem) : STR_ABSENT;
    } else {
        (void)fail(problem, arena_str(a, err.msg));
    }
    pthread_mutex_unlock(&r->lock);
    return ok;
}

/* A plugin's answer that the server does not take: the next request asks again. */
bool remote_forget_credentials(Remote *r)
{
    pthread_mutex_lock(&r->lock);
    bool had = r->has_exec;
    r->has_exec = false;
    pthread_mutex_unlock(&r->lock);
    return had;
}

static Str basic(const KubeconfigAccess *x, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "Basic ");
    base64_write(arena_printf(a, "%.*s:%.*s", STR_ARG(x->username), STR_ARG(x->password)), &b);
    return buf_str(&b);
}

static bool add_credentials(Remote *r, Arena *a, OutboundCall *call, RemoteProblem *problem)
{
    const KubeconfigAccess *x = r->access;
    Err err;
    if (!read_bytes(&x->ca, a, &call->ca_pem, problem) ||
        !read_bytes(&x->cert, a, &call->cert_pem, problem) ||
        !read_bytes(&x->key, a, &call->key_pem, problem)) {
        return false;
    }
    call->bearer_token = x->token;
    if (x->token_file.ptr) {
        Str text;
        if (!file_read_text(x->token_file, NULL, a, &text, &err)) {
            return fail(problem, err.msg);
        }
        call->bearer_token = str_trim(text);
    }
    return x->exec == NULL || add_exec(r, a, call, problem);
}

/* -- the request ------------------------------------------------------------------------------- */

typedef struct Headers {
    HttpHeader *items;
    size_t count;
} Headers;

static void add(Headers *h, Str name, Str value)
{
    if (value.len && h->count < HEADERS_MAX) {
        h->items[h->count++] = (HttpHeader){ name, value };
    }
}

static void add_impersonation(Headers *h, const KubeconfigAccess *x, Arena *a)
{
    add(h, STR("Impersonate-User"), x->as);
    add(h, STR("Impersonate-Uid"), x->as_uid);
    for (size_t i = 0; i < x->as_groups.count; i++) {
        add(h, STR("Impersonate-Group"), x->as_groups.items[i]);
    }
    VALUE_EACH_MEMBER(m, x->as_extra) {
        Str name = arena_concat(a, STR("Impersonate-Extra-"), member_key(m));
        VALUE_EACH_ITEM(v, &m->value) {
            add(h, name, value_as_str(v));
        }
    }
}

bool remote_call_begin(Remote *r, Str path, Str accept, Arena *a, OutboundCall *out,
                       RemoteProblem *problem)
{
    const KubeconfigAccess *x = r->access;
    Headers h = { new(a, HttpHeader, HEADERS_MAX), 0 };
    add(&h, STR("Accept"), accept.ptr ? accept : STR("application/json"));
    add(&h, STR("User-Agent"), STR(USER_AGENT));
    if (x->username.ptr) {
        add(&h, STR("Authorization"), basic(x, a));
    }
    add_impersonation(&h, x, a);
    *out = (OutboundCall){
        .method = STR("GET"),
        .url = arena_concat(a, x->server, path),
        .headers = h.items,
        .header_count = h.count,
        .insecure = x->insecure,
        .server_name = x->tls_server_name,
        .proxy = x->proxy_url,
        .timeout_ms = TIMEOUT_MS,
        .answer_bytes_max = ANSWER_BYTES_MAX,
        /* Each connection carries one call at a time here, and libcurl 7.88 may wait for ever for
         * the rest of a large answer over HTTP/2. */
        .only_http_1 = true,
    };
    return add_credentials(r, a, out, problem);
}

void remote_refusal(const OutboundAnswer *answer, Arena *a, RemoteProblem *out)
{
    Value status;
    Str line, rest = answer->body.ptr ? answer->body : STR("");
    *out = (RemoteProblem){ .status = answer->status, .reason = STR("") };
    if (json_read(STR("answer"), rest, NULL, a, &status, NULL) && status.kind == VALUE_OBJECT) {
        Str reason = value_get_str(&status, STR("reason"));
        out->reason = reason.ptr ? reason : STR("");
        out->text = value_get_str(&status, STR("message"));
    } else {
        (void)str_next_piece(&rest, '\n', &line);
        out->text = arena_str(a, line);
    }
    if (out->text.len == 0) {
        out->text = arena_printf(a, "it answers with status %d", answer->status);
    }
}

static bool get(Remote *r, Str path, Str accept, int64_t ms, Arena *a, Value *out,
                RemoteProblem *problem)
{
    OutboundCall call;
    OutboundAnswer answer;
    Err err;
    for (int tries = 0;; tries++) {
        if (!remote_call_begin(r, path, accept, a, &call, problem)) {
            return false;
        }
        call.timeout_ms = ms;
        outbound_call(r->outbound, &call, a, &answer);
        if (answer.end != OUTBOUND_ANSWERED || answer.status != 401 || tries ||
            !remote_forget_credentials(r)) {
            break;
        }
    }
    if (answer.end != OUTBOUND_ANSWERED) {
        return fail(problem, answer.error);
    }
    if (answer.status < 200 || answer.status > 299) {
        remote_refusal(&answer, a, problem);
        return false;
    }
    return json_read(call.url, answer.body, NULL, a, out, &err) || fail(problem, err.msg);
}

bool remote_get(Remote *r, Str path, Str accept, Arena *a, Value *out, RemoteProblem *problem)
{
    return get(r, path, accept, TIMEOUT_MS, a, out, problem);
}

bool remote_get_within(Remote *r, Str path, int64_t ms, Arena *a, Value *out,
                       RemoteProblem *problem)
{
    return get(r, path, STR_ABSENT, ms, a, out, problem);
}
