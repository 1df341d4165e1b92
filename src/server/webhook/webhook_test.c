/* SPDX-License-Identifier: Apache-2.0 */
/* The webhook's routes, without a socket. */
#include "server/webhook/webhook.h"

#include "doc/doc.h"
#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const char cluster_yaml[] =
    "apiVersion: podgate.io/v1\n"
    "kind: PodSecurityPolicy\n"
    "metadata: {name: restricted}\n"
    "spec:\n"
    "  runAsUser: {rule: RunAsAny}\n"
    "  seLinux: {rule: RunAsAny}\n"
    "  supplementalGroups: {rule: RunAsAny}\n"
    "  fsGroup: {rule: MustRunAs, ranges: [{min: 5, max: 9}]}\n"
    "  volumes: ['*']\n"
    "---\n"
    "apiVersion: rbac.authorization.k8s.io/v1\n"
    "kind: ClusterRole\n"
    "metadata: {name: use-restricted}\n"
    "rules: [{apiGroups: [policy], resources: [podsecuritypolicies], verbs: [use]}]\n"
    "---\n"
    "apiVersion: rbac.authorization.k8s.io/v1\n"
    "kind: ClusterRoleBinding\n"
    "metadata: {name: use-restricted}\n"
    "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: use-restricted}\n"
    "subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]\n";
static const char namespace_yaml[] = "apiVersion: v1\nkind: Namespace\n"
                                     "metadata: {name: ns, labels: "
                                     "{pod-security.kubernetes.io/enforce: baseline}}\n";

static const Snapshot *snapshot(const char *yaml, const Snapshot *base)
{
    Arena a;
    arena_init(&a, 0);
    DocList docs;
    Err err;
    SnapshotBuilder *b = snapshot_builder_new(base, 0);
    assert_true(docs_read(STR("x.yaml"), str_from_c(yaml), NULL, &a, &docs, &err));
    for (size_t i = 0; i < docs.count; i++) {
        assert_true(snapshot_builder_put(b, &docs.items[i].root, NULL));
    }
    arena_done(&a);
    return snapshot_builder_finish(b);
}

static HttpResponse ask(Webhook *w, const char *method, const char *target, const char *body,
                        Arena *a)
{
    HttpRequest request = { .method = str_from_c(method), .target = str_from_c(target) };
    HttpResponse response = { 0 };
    if (body) {
        size_t len = strlen(body);
        char *copy = arena_alloc_zero(a, 1, len + HTTP_BODY_PADDING);
        for (size_t i = 0; i < len; i++) {
            copy[i] = body[i] == '\'' ? '"' : body[i];
        }
        request.body = str_from(copy, len);
    }
    webhook_serve(w, &request, a, &response);
    if (response.must_block) { /* as the listener does */
        response = (HttpResponse){ 0 };
        request.may_block = true;
        webhook_serve(w, &request, a, &response);
    }
    return response;
}

#define REVIEW(user, spec)                                                                   \
    "{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','request':{'uid':'u',"     \
    "'kind':{'group':'','version':'v1','kind':'Pod'},'resource':{'group':'','version':'v1'," \
    "'resource':'pods'},'namespace':'ns','operation':'CREATE','userInfo':{'username':'" user \
    "'},'object':{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','namespace':'ns'},"  \
    "'spec':{" spec "}}}}"
#define PLAIN "'containers':[{'name':'c','image':'i'}]"
#define MUTATED "'securityContext':{'fsGroup':5}," PLAIN

static void assert_has(HttpResponse r, int status, const char *part, Arena *a)
{
    if (r.status != status || !str_contains(r.body, str_from_c(part))) {
        fail_msg("%d %s, not %d with %s", r.status, arena_cstr(a, r.body), status, part);
    }
}

static WebhookOptions options(void)
{
    return (WebhookOptions){ .target = kube_target(30), .plugins = review_plugins_default };
}

static void reviews(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    WebhookOptions o = options();
    Webhook *w = webhook_new(&o);
    assert_has(ask(w, "GET", "/readyz", NULL, &a), 503, "not ready: the cluster", &a);
    assert_has(ask(w, "GET", "/healthz", NULL, &a), 200, "ok", &a);
    assert_has(ask(w, "POST", "/mutate", REVIEW("alice", PLAIN), &a), 503, "not ready", &a);
    webhook_publish(w, snapshot(cluster_yaml, NULL));
    assert_has(ask(w, "GET", "/readyz", NULL, &a), 200, "ok", &a);
    /* the policy sets fsGroup, and later asks for it */
    assert_has(ask(w, "POST", "/mutate?timeout=5s", REVIEW("alice", PLAIN), &a), 200,
               "\"allowed\":true,\"patchType\":\"JSONPatch\"", &a);
    assert_has(ask(w, "POST", "/validate", REVIEW("alice", MUTATED), &a), 200, "\"allowed\":true",
               &a);
    assert_has(ask(w, "POST", "/validate", REVIEW("alice", PLAIN), &a), 200, "\"allowed\":false",
               &a);
    assert_has(ask(w, "POST", "/mutate", REVIEW("bob", PLAIN), &a), 200,
               "\"allowed\":false,\"status\":{", &a);
    assert_has(ask(w, "GET", "/metrics", NULL, &a), 200,
               "\npodgate_reviews_total{allowed=\"true\",code=\"200\",operation=\"CREATE\","
               "phase=\"mutate\",resource=\"pods\"} 1\n",
               &a);
    webhook_free(w);
    arena_done(&a);
}

static void never_allowed_by_mistake(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    WebhookOptions o = options();
    Webhook *w = webhook_new(&o);
    webhook_publish(w, snapshot(cluster_yaml, NULL));
    static const char *const bodies[] = {
        NULL,
        "",
        "{}",
        "[]",
        "null",
        "{'apiVersion':'admission.k8s.io/v1'}",
        "{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview'}",
        "{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','request':{}}",
        "{'apiVersion':'admission.k8s.io/v2','kind':'AdmissionReview','request':{}}",
        REVIEW("alice", PLAIN) "x",
    };
    static const char *const paths[] = { "/mutate", "/validate" };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        for (size_t j = 0; j < COUNT_OF(paths); j++) {
            HttpResponse r = ask(w, "POST", paths[j], bodies[i], &a);
            assert_int_equal(r.status, 400);
            assert_false(str_contains(r.body, STR("allowed")));
        }
    }
    assert_int_equal(ask(w, "GET", "/mutate", NULL, &a).status, 405);
    assert_int_equal(ask(w, "POST", "/metrics", NULL, &a).status, 405);
    assert_int_equal(ask(w, "POST", "/mutate/", REVIEW("alice", PLAIN), &a).status, 404);
    assert_has(ask(w, "GET", "/metrics", NULL, &a), 200, "\npodgate_malformed_reviews_total 20\n",
               &a);
    webhook_free(w);
    arena_done(&a);
}

static void a_namespace_that_is_not_known(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    WebhookOptions o = options();
    o.needs_namespace = true;
    o.namespace_wait_ms = 20;
    Webhook *w = webhook_new(&o);
    const Snapshot *base = snapshot(cluster_yaml, NULL);
    webhook_publish(w, snapshot_acquire(base));
    assert_has(ask(w, "POST", "/validate", REVIEW("alice", MUTATED), &a), 200,
               "namespace \\\"ns\\\" is not known to podgate yet", &a);
    webhook_publish(w, snapshot(namespace_yaml, base));
    assert_has(ask(w, "POST", "/validate", REVIEW("alice", MUTATED), &a), 200, "\"allowed\":true",
               &a);
    assert_has(ask(w, "POST", "/validate", REVIEW("alice", "'hostNetwork':true," MUTATED), &a), 200,
               "violates PodSecurity", &a);
    snapshot_release(base);
    webhook_free(w);
    arena_done(&a);
}

static void client_certificates(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    WebhookOptions o = options();
    o.needs_client_cert = true;
    Webhook *w = webhook_new(&o);
    webhook_publish(w, snapshot(cluster_yaml, NULL));
    assert_int_equal(ask(w, "POST", "/validate", REVIEW("alice", MUTATED), &a).status, 401);
    assert_int_equal(ask(w, "GET", "/readyz", NULL, &a).status, 200);
    webhook_free(w);
    arena_done(&a);
}

#define DEPLOYMENT                                                                           \
    "{'apiVersion':'admission.k8s.io/v1','kind':'AdmissionReview','request':{'uid':'u',"     \
    "'kind':{'group':'apps','version':'v1','kind':'Deployment'},'resource':{'group':'apps'," \
    "'version':'v1','resource':'deployments'},'namespace':'ns','operation':'CREATE',"        \
    "'userInfo':{'username':'alice'},'object':{'apiVersion':'apps/v1','kind':'Deployment',"  \
    "'metadata':{'name':'d','namespace':'ns'},'spec':{'template':{'spec':{" PLAIN "}}}}}}"

static void workloads_are_warned_about(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    WebhookOptions o = options();
    Webhook *w = webhook_new(&o);
    webhook_publish(w, snapshot(cluster_yaml, NULL));
    HttpResponse r = ask(w, "POST", "/validate", DEPLOYMENT, &a);
    assert_has(r, 200, "\"allowed\":true", &a);
    assert_has(r, 200, "\"warnings\":[\"pods of this Deployment would be refused: ", &a);
    webhook_free(w);
    arena_done(&a);
}

/* However little memory a request may have, it lets go of what it has held. */
static void no_memory_left(void **state)
{
    (void)state;
    Arena a, small;
    Err err;
    arena_init(&a, 0);
    WebhookOptions o = options();
    Webhook *w = webhook_new(&o);
    webhook_publish(w, snapshot(cluster_yaml, NULL));
    Regime *regime = regime_read(STR("how.yaml"),
                                 STR("apiVersion: podgate.io/v1\n"
                                     "kind: Enforcement\n"
                                     "modes: {podSecurityPolicy: warn}\n"),
                                 &a, &err);
    assert_non_null(regime);
    webhook_set_regime(w, regime);
    static const char *const paths[] = { "/mutate", "/validate", "/metrics" };
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        bool is_review = i < 2;
        static int full_count; /* static: they outlive a jump */
        static bool was_full;
        static size_t most;
        full_count = 0;
        most = 1 << 10;
        do {
            jmp_buf full;
            was_full = false;
            arena_init(&small, most);
            if (setjmp(full)) {
                was_full = true;
                full_count++;
            } else {
                arena_on_full(&small, &full);
                (void)ask(w, is_review ? "POST" : "GET", paths[i],
                          is_review ? REVIEW("bob", PLAIN) : NULL, &small);
            }
            assert_int_equal(regime->references, 1);
            arena_done(&small);
            most += 1 << 10;
        } while (was_full);
        assert_true(full_count > 0);
    }
    assert_has(ask(w, "GET", "/metrics", NULL, &a), 200, "\npodgate_requests_in_flight 1\n", &a);
    webhook_free(w); /* and nothing else holds the snapshot: a sanitizer would say so */
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reviews),
        cmocka_unit_test(never_allowed_by_mistake),
        cmocka_unit_test(a_namespace_that_is_not_known),
        cmocka_unit_test(client_certificates),
        cmocka_unit_test(workloads_are_warned_about),
        cmocka_unit_test(no_memory_left),
    };
    return cmocka_run_group_tests_name("server/webhook", tests, NULL, NULL);
}
