/* SPDX-License-Identifier: Apache-2.0 */
/* From method and URL to verb and resource. */
#include "kube/request_info.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

/* verb group version namespace resource/subresource name rest, "-" for empty; or verb path */
static Str render(const RequestInfo *info, Arena *a)
{
#define OR_DASH(s) STR_ARG((s).len ? (s) : STR("-"))
    if (!info->is_resource) {
        return arena_printf(a, "%.*s %.*s", STR_ARG(info->verb), STR_ARG(info->path));
    }
    return arena_printf(a, "%.*s %.*s %.*s %.*s %.*s/%.*s %.*s %.*s", OR_DASH(info->verb),
                        OR_DASH(info->api_group), OR_DASH(info->api_version),
                        OR_DASH(info->namespace), OR_DASH(info->resource),
                        OR_DASH(info->subresource), OR_DASH(info->name), OR_DASH(info->rest));
}

static void requests(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        const char *target;
        const char *want;
    } rows[] = {
        { "GET", "/", "get /" },
        { "GET", "/healthz", "get /healthz" },
        { "POST", "/api", "post /api" },
        { "GET", "/api/v1", "get /api/v1" },
        { "GET", "/api/v1/", "get /api/v1/" },
        { "GET", "/apis/apps/v1", "get /apis/apps/v1" },
        { "GET", "/other/v1/pods", "get /other/v1/pods" },
        { "GET", "/api/v1/pods", "list - v1 - pods/- - -" },
        { "HEAD", "/api/v1/pods", "list - v1 - pods/- - -" },
        { "GET", "//api/v1/pods//", "list - v1 - pods/- - -" },
        { "GET", "/api/v1/nodes/n", "get - v1 - nodes/- n -" },
        { "GET", "/api/v1/namespaces", "list - v1 - namespaces/- - -" },
        { "GET", "/api/v1/namespaces/n", "get - v1 n namespaces/- n -" },
        { "PUT", "/api/v1/namespaces/n/status", "update - v1 n namespaces/status n -" },
        { "PUT", "/api/v1/namespaces/n/finalize", "update - v1 n namespaces/finalize n -" },
        { "GET", "/api/v1/namespaces/n/pods", "list - v1 n pods/- - -" },
        { "GET", "/api/v1/namespaces/n/pods/", "list - v1 n pods/- - -" },
        { "GET", "/api/v1/namespaces/n/pods/p/log", "get - v1 n pods/log p -" },
        { "POST", "/api/v1/namespaces/n/pods/p/proxy/a/b", "create - v1 n pods/proxy p a/b" },
        { "GET", "/api/v1/namespaces//pods", "list - v1 - pods/- - -" },
        { "GET", "/apis/apps/v1/namespaces/n/deployments/d/scale",
          "get apps v1 n deployments/scale d -" },
        { "PATCH", "/apis/apps/v1/namespaces/n/deployments/d",
          "patch apps v1 n deployments/- d -" },
        { "DELETE", "/api/v1/namespaces/n/pods", "deletecollection - v1 n pods/- - -" },
        { "DELETE", "/api/v1/namespaces/n/pods/p", "delete - v1 n pods/- p -" },
        { "OPTIONS", "/api/v1/pods", "- - v1 - pods/- - -" },
        { "GET", "/api/v1/pods?watch", "watch - v1 - pods/- - -" },
        { "GET", "/api/v1/pods?watch=1", "watch - v1 - pods/- - -" },
        { "GET", "/api/v1/pods?watch=nope", "watch - v1 - pods/- - -" },
        { "GET", "/api/v1/pods?watch=FALSE", "list - v1 - pods/- - -" },
        { "GET", "/api/v1/pods?watch=0&watch=1", "list - v1 - pods/- - -" },
        { "GET", "/api/v1/pods?fieldSelector=metadata.name%3Dweb", "list - v1 - pods/- web -" },
        { "GET", "/api/v1/pods?watch=1&fieldSelector=a%3Db,metadata.name==web",
          "watch - v1 - pods/- web -" },
        { "GET", "/api/v1/pods?fieldSelector=metadata.name!=web", "list - v1 - pods/- - -" },
        { "GET", "/api/v1/pods?fieldSelector=metadata.name=..", "list - v1 - pods/- - -" },
        { "GET", "/api/v1/pods?fieldSelector=metadata.name=a%252F", "list - v1 - pods/- - -" },
        { "GET", "/api/v1/pods?fieldSelector=metadata.name=", "list - v1 - pods/- - -" },
        { "GET", "/api/v1/pods?fieldSelector=metadata.name=web,x", "list - v1 - pods/- - -" },
        { "GET", "/api/v1/pods?limit=x&fieldSelector=metadata.name=web", "list - v1 - pods/- - -" },
        { "GET", "/api/v1/pods?labelSelector=a%3Db&fieldSelector=metadata.name=web",
          "list - v1 - pods/- web -" },
        { "GET", "/api/v1/pods?labelSelector=a%3D%3D%3D&fieldSelector=metadata.name=web",
          "list - v1 - pods/- - -" },
        { "GET", "/api/v1/pods?limit=x&watch=1", "watch - v1 - pods/- - -" },
        { "DELETE", "/api/v1/namespaces/n/pods?fieldSelector=metadata.name=web",
          "deletecollection - v1 n pods/- - -" },
        { "GET", "/api/v1/pods/p?watch=1", "get - v1 - pods/- p -" },
        { "GET", "/api/v1/watch/pods", "watch - v1 - pods/- - -" },
        { "GET", "/api/v1/watch/namespaces/n/pods/p", "watch - v1 n pods/- p -" },
        { "GET", "/apis/apps/v1/watch/deployments", "watch apps v1 - deployments/- - -" },
        { "GET", "/api/v1/proxy/namespaces/n/pods/p/x/y", "proxy - v1 n pods/- p x/y" },
        { "GET", "/api/v1/namespaces/n/pods/a%2Fb", "get - v1 n pods/b a -" },
        { "GET", "/a%20b", "get /a b" },
        { "GET", "/api/v1/watch?x=1",
          "unable to determine kind and namespace from url, /api/v1/watch?x=1" },
        { "GET", "/api/v1/proxy",
          "unable to determine kind and namespace from url, /api/v1/proxy" },
        { "GET", "/%zz", "invalid escape in the path /%zz" },
        { "", "", " " },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        RequestInfo info;
        Err err;
        bool ok = request_info_read(str_from_c(rows[i].method), str_from_c(rows[i].target), &a,
                                    &info, &err);
        Str got = ok ? render(&info, &a) : err.msg;
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("%s %s: got \"%.*s\", want \"%s\"", rows[i].method, rows[i].target,
                     STR_ARG(got), rows[i].want);
        }
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(requests) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
