/* SPDX-License-Identifier: Apache-2.0 */
/* The client of other clusters against a listener that answers as a cluster may: lists that get too
 * old, groups that fail, tokens that are not taken any more. */
#include "base/buf.h"
#include "server/http/http.h"
#include "server/remote/private.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

static Arena memory;
static Arena other_side; /* the listener's thread's */
static HttpServer *server;

/* -- the other side ---------------------------------------------------------------------------- */

typedef struct Answer {
    const char *target; /* the request line's; the first row counts that was not used up */
    int times;          /* how often it is given; 0: always */
    int status;
    const char *body;
} Answer;

static Answer *answers; /* ends with a NULL target */
static Buf asked;       /* a line for each request */

static void answer(void *context, const HttpRequest *r, Arena *a, HttpResponse *out)
{
    (void)context;
    (void)a;
    buf_printf(&asked, "%.*s %.*s\n", STR_ARG(r->target),
               STR_ARG(http_header(r, STR("Authorization"))));
    for (Answer *x = answers; x->target; x++) {
        if (str_eq(r->target, str_from_c(x->target)) && x->times >= 0) {
            x->times = x->times == 1 ? -1 : x->times > 1 ? x->times - 1 : 0;
            out->status = x->status;
            out->body = str_from_c(x->body);
            return;
        }
    }
    out->status = 404;
    out->body = STR("404 page not found");
}

static Remote *open_remote(Answer *rows, const KubeconfigExec *exec)
{
    Remote *r;
    Err err;
    KubeconfigAccess *access = new(&memory, KubeconfigAccess, 1);
    *access = (KubeconfigAccess){
        .server = arena_printf(&memory, "http://127.0.0.1:%d", http_server_port(server)),
        .exec = exec,
    };
    answers = rows;
    asked = buf_new(&other_side);
    assert_true(remote_new(access, &memory, &r, &err));
    return r;
}

static void assert_text(Str got, const char *want)
{
    if (!str_eq(got, str_from_c(want))) {
        fail_msg("want %s\ngot  %.*s", want, STR_ARG(got));
    }
}

/* -- lists ------------------------------------------------------------------------------------- */

#define PAGE(version, token, items)                                      \
    "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"" version \
    "\",\"continue\":\"" token "\"},\"items\":[" items "]}"
#define ITEM(name) "{\"metadata\":{\"name\":\"" name "\"}}"
#define GONE "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old\"}"
#define FIRST "/api/v1/pods?limit=500"
#define SECOND FIRST "&continue=x%3D%2B"

static const RemoteResource pods = { .group = STR_INIT(""),
                                     .version = STR_INIT("v1"),
                                     .resource = STR_INIT("pods"),
                                     .kind = STR_INIT("Pod"),
                                     .namespaced = true,
                                     .lists = true };

typedef struct Names {
    Buf text;
    size_t restarts;
} Names;

static bool add_name(void *context, Value *item)
{
    Names *n = context;
    buf_printf(&n->text, "%.*s/%.*s/%.*s ", STR_ARG(value_get_str(item, STR("apiVersion"))),
               STR_ARG(value_get_str(item, STR("kind"))),
               STR_ARG(value_as_str(value_at(item, "metadata", "name", NULL))));
    return true;
}

static void forget_names(void *context)
{
    Names *n = context;
    n->text.len = 0;
    n->restarts++;
}

/* Lists pods; what came of it as text. */
static Str list_pods(Answer *rows, bool forgets)
{
    Remote *r = open_remote(rows, NULL);
    Names names = { .text = buf_new(&memory) };
    RemoteProblem problem;
    RemoteList list = {
        .on_item = add_name, .on_restart = forget_names, .context = &names, .forgets = forgets
    };
    bool ok = remote_list(r, &pods, &list, &memory, &problem);
    remote_free(r);
    if (!ok) {
        return arena_printf(&memory, "%d %.*s: %.*s", problem.status, STR_ARG(problem.reason),
                            STR_ARG(problem.text));
    }
    buf_printf(&names.text, "at %.*s, %zu restarts", STR_ARG(list.version), names.restarts);
    return buf_str(&names.text);
}

static void lists(void **state)
{
    (void)state;
    for (int forgets = 0; forgets < 2; forgets++) {
        Answer whole[] = { { FIRST, 0, 200, PAGE("5", "x=+", ITEM("a") "," ITEM("b")) },
                           { SECOND, 0, 200, PAGE("5", "", ITEM("c")) },
                           { NULL } };
        assert_text(list_pods(whole, forgets), "v1/Pod/a v1/Pod/b v1/Pod/c at 5, 0 restarts");
        assert_text(buf_str(&asked), FIRST " \n" SECOND " \n");

        Answer late[] = { { FIRST, 1, 200, PAGE("5", "x=+", ITEM("a") "," ITEM("b")) },
                          { SECOND, 1, 410, GONE },
                          { FIRST, 1, 200, PAGE("7", "x=+", ITEM("b")) },
                          { SECOND, 1, 200, PAGE("7", "", ITEM("c")) },
                          { NULL } };
        assert_text(list_pods(late, forgets), "v1/Pod/b v1/Pod/c at 7, 1 restarts");

        /* one that is never done */
        Answer ever[] = { { FIRST, 0, 200, PAGE("5", "x=+", ITEM("a")) },
                          { SECOND, 0, 410, GONE },
                          { NULL } };
        assert_text(list_pods(ever, forgets), "410 Expired: too old");

        Answer forbidden[] = { { FIRST, 0, 403,
                                 "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":"
                                 "\"pods is forbidden\"}" },
                               { NULL } };
        assert_text(list_pods(forbidden, forgets), "403 Forbidden: pods is forbidden");
        Answer broken[] = { { FIRST, 0, 502, "Bad\nGateway" }, { NULL } };
        assert_text(list_pods(broken, forgets), "502 : Bad");
        Answer silent[] = { { FIRST, 0, 500, "" }, { NULL } };
        assert_text(list_pods(silent, forgets), "500 : it answers with status 500");
    }
    Answer text[] = { { FIRST, 0, 200, "hello" }, { NULL } };
    assert_true(str_starts_with(list_pods(text, false), STR("0 : http://127.0.0.1:")));
}

/* -- discovery --------------------------------------------------------------------------------- */

static Str discover(Answer *rows)
{
    Remote *r = open_remote(rows, NULL);
    RemoteResources found;
    RemoteProblem problem;
    Buf b = buf_new(&memory);
    if (!remote_discover(r, &memory, &found, &problem)) {
        buf_printf(&b, "%d: %.*s", problem.status, STR_ARG(problem.text));
    } else {
        for (size_t i = 0; i < found.count; i++) {
            const RemoteResource *k = &found.items[i];
            buf_printf(&b, "%.*s/%.*s %.*s %.*s%s%s%s\n", STR_ARG(k->group), STR_ARG(k->version),
                       STR_ARG(k->resource), STR_ARG(k->kind), k->namespaced ? " namespaced" : "",
                       k->lists ? " lists" : "", k->watches ? " watches" : "");
        }
        for (size_t i = 0; i < found.gap_count; i++) {
            buf_printf(&b, "%.*s: %.*s\n", STR_ARG(found.gaps[i].group_version),
                       STR_ARG(found.gaps[i].problem.text));
        }
    }
    remote_free(r);
    return buf_str(&b);
}

static void discovery(void **state)
{
    (void)state;
    /* of a group the preferred version goes first; what it has not is taken from others */
    Answer rows[] = {
        { "/api", 0, 200, "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}" },
        { "/api/v1", 0, 200,
          "{\"resources\":[{\"name\":\"pods\",\"kind\":\"Pod\",\"namespaced\":true,\"verbs\":"
          "[\"get\",\"list\",\"watch\"]},{\"name\":\"pods/log\",\"kind\":\"Pod\",\"verbs\":"
          "[\"get\"]},{\"name\":\"bindings\",\"kind\":\"Binding\",\"verbs\":[\"create\"]}]}" },
        { "/apis", 0, 200,
          "{\"kind\":\"APIGroupList\",\"groups\":[{\"name\":\"a.io\",\"preferredVersion\":"
          "{\"version\":\"v2\"},\"versions\":[{\"version\":\"v1\"},{\"version\":\"v2\"}]},"
          "{\"name\":\"away.io\",\"versions\":[{\"version\":\"v1\"}]}]}" },
        { "/apis/a.io/v1", 0, 200,
          "{\"resources\":[{\"name\":\"xs\",\"kind\":\"X\",\"verbs\":[\"list\"]},{\"name\":\"ys\","
          "\"kind\":\"Y\",\"verbs\":[\"list\"]}]}" },
        { "/apis/a.io/v2", 0, 200,
          "{\"resources\":[{\"name\":\"xs\",\"kind\":\"X\",\"verbs\":[\"list\"]}]}" },
        { "/apis/away.io/v1", 0, 503, "service unavailable" },
        { NULL }
    };
    assert_text(discover(rows), "/v1 pods Pod namespaced lists watches\n/v1 bindings Binding\n"
                                "a.io/v2 xs X lists\na.io/v1 ys Y lists\n"
                                "away.io/v1: service unavailable\n");
#define AGGREGATED(items) "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[" items "]}"
    Answer aggregated[] = {
        { "/api", 0, 200,
          AGGREGATED("{\"metadata\":{},\"versions\":[{\"version\":\"v1\",\"resources\":[{"
                     "\"resource\":\"pods\",\"responseKind\":{\"kind\":\"Pod\"},\"scope\":"
                     "\"Namespaced\",\"verbs\":[\"list\"]}]}]}") },
        { "/apis", 0, 200,
          AGGREGATED("{\"metadata\":{\"name\":\"a.io\"},\"versions\":[{\"version\":\"v2\","
                     "\"freshness\":\"Current\",\"resources\":[{\"resource\":\"xs\","
                     "\"responseKind\":{\"kind\":\"X\"},\"scope\":\"Cluster\",\"verbs\":[\"list\"]"
                     "}]}]},{\"metadata\":{\"name\":\"away.io\"},\"versions\":[{\"version\":\"v1\","
                     "\"freshness\":\"Stale\"}]}") },
        { NULL }
    };
    assert_text(discover(aggregated), "/v1 pods Pod namespaced lists\na.io/v2 xs X lists\n"
                                      "away.io/v1: its API server does not answer\n");
    assert_text(buf_str(&asked), "/api \n/apis \n");
    Answer nobody[] = { { "/api", 0, 401, "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}" },
                        { NULL } };
    assert_text(discover(nobody), "401: Unauthorized");
}

/* -- credentials ------------------------------------------------------------------------------- */

#define API "client.authentication.k8s.io/v1"
#define CREDENTIAL(status) \
    "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" API "\",\"status\":{" status "}}"

static void credentials_read(void **state)
{
    (void)state;
    static const struct {
        const char *printed;
        const char *want; /* token, expiry; or the message */
    } rows[] = {
        { CREDENTIAL("\"token\":\"t\""), "t 0" },
        { CREDENTIAL("\"token\":\"t\",\"expirationTimestamp\":\"1970-01-02T00:00:00Z\""),
          "t 86400" },
        { CREDENTIAL("\"token\":\"t\",\"expirationTimestamp\":\"soon\""),
          "exec plugin x: \"soon\" is no time" },
        { CREDENTIAL(""), "exec plugin x: it gave no token, and no certificate with its key" },
        { CREDENTIAL("\"clientCertificateData\":\"c\""),
          "exec plugin x: it gave no token, and no certificate with its key" },
        { CREDENTIAL("\"clientCertificateData\":\"c\",\"clientKeyData\":\"k\""), " 0" },
        { "{}", "exec plugin x: it printed no ExecCredential" },
        { "{\"kind\":\"ExecCredential\",\"apiVersion\":\"v1\"}",
          "exec plugin x: configured for " API ", and it printed v1" },
        { "", "what the exec plugin printed: x: no document: the text is empty" },
    };
    const KubeconfigExec exec = { .command = STR("x"), .api_version = STR(API) };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ExecCredential got;
        Err err;
        Str text = exec_credential_read(&exec, str_from_c(rows[i].printed), &memory, &got, &err)
                       ? arena_printf(&memory, "%.*s %lld", STR_ARG(got.token),
                                      (long long)got.expires)
                       : err.msg;
        assert_text(text, rows[i].want);
    }
}

/* A plugin is asked once, again when the server takes its token no more, and when that is old. */
static void credentials_kept(void **state)
{
    (void)state;
    char path[] = "/tmp/podgate-plugin-XXXXXX", count[] = "/tmp/podgate-count-XXXXXX";
    int fd = mkstemp(path), count_fd = mkstemp(count);
    assert_true(fd >= 0 && count_fd >= 0);
    dprintf(fd,
            "#!/bin/sh\necho x >> %s\nn=$(wc -l < %s)\n"
            "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"" API "\",\"status\":{"
            "\"token\":\"t'$n'\"}}'\n",
            count, count);
    assert_int_equal(fchmod(fd, 0700), 0);
    close(fd);
    close(count_fd);
    KubeconfigExec exec = { .command = str_from_c(path), .api_version = STR(API) };
    Answer rows[] = { { "/a", 2, 200, "{}" },
                      { "/a", 1, 401, "{}" },
                      { "/a", 1, 200, "{}" },
                      { "/a", 2, 401, "{}" },
                      { NULL } };
    Remote *r = open_remote(rows, &exec);
    Value v;
    RemoteProblem problem;
    for (int i = 0; i < 3; i++) {
        assert_true(remote_get(r, STR("/a"), STR_ABSENT, &memory, &v, &problem));
    }
    assert_text(buf_str(&asked), "/a Bearer t1\n/a Bearer t1\n/a Bearer t1\n/a Bearer t2\n");
    assert_false(remote_get(r, STR("/a"), STR_ABSENT, &memory, &v, &problem));
    assert_int_equal(problem.status, 401);
    remote_free(r);
    unlink(path);
    unlink(count);
}

static int begin(void **state)
{
    (void)state;
    Err err;
    arena_init(&memory, 0);
    arena_init(&other_side, 0);
    HttpServerOptions o = { .address = STR("127.0.0.1"), .handler = answer };
    return http_server_start(&o, &memory, &server, &err) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    http_server_stop(server);
    arena_done(&memory);
    arena_done(&other_side);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(discovery),
        cmocka_unit_test(credentials_read),
        cmocka_unit_test(credentials_kept),
    };
    return cmocka_run_group_tests_name("server/remote", tests, begin, end);
}
