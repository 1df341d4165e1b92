/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may use a policy, asked of somebody else: where that one answers by the same RBAC, a review
 * is answered to the byte as by the RBAC of the snapshot, after some rounds of few questions.
 */
#include "server/webhook/review.h"

#include "cluster/snapshot.h"
#include "decide/rbac/rbac.h"
#include "doc/doc.h"
#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

enum { POLICIES = 40, ROUNDS_MAX = 64, KNOWN_MAX = 512, ROUND_QUESTIONS_MAX = 64 };

typedef struct Oracle {
    AccessAsker asker;
    const Facts *facts;
    Arena *arena;
    struct {
        Str key;
        AccessAnswer answer;
        bool ready; /* since the round before */
    } known[KNOWN_MAX];
    size_t count;
    bool broken; /* nobody can be asked */
} Oracle;

static AccessAnswer ask(void *context, const AccessQuestion *q)
{
    Oracle *o = context;
    Str key = arena_printf(o->arena, "%.*s|%.*s|%.*s|%.*s", STR_ARG(q->user->name),
                           STR_ARG(q->group), STR_ARG(q->name), STR_ARG(q->namespace));
    for (size_t i = 0; i < o->count; i++) {
        if (str_eq(o->known[i].key, key)) {
            return o->known[i].ready ? o->known[i].answer : ACCESS_UNKNOWN;
        }
    }
    assert_true(o->count < KNOWN_MAX);
    RbacRequest request = { .user = q->user,
                            .verb = q->verb,
                            .api_group = q->group,
                            .resource = q->resource,
                            .subresource = STR(""),
                            .name = q->name,
                            .namespace = q->namespace,
                            .is_resource = true };
    o->known[o->count].key = key;
    o->known[o->count].ready = false;
    o->known[o->count++].answer = !o->broken && rbac_allows(o->facts, &request) ? ACCESS_ALLOWED
                                                                                : ACCESS_DENIED;
    return ACCESS_UNKNOWN;
}

/* The rules of a policy by number: those that accept a plain pod as it is, that change it, that
 * refuse it, and that refuse privileged ones alone. */
static const char *const kinds[] = {
    "runAsUser: {rule: RunAsAny}, fsGroup: {rule: RunAsAny}, privileged: true",
    "runAsUser: {rule: RunAsAny}, fsGroup: {rule: MustRunAs, ranges: [{min: 5, max: 9}]}",
    ("runAsUser: {rule: MustRunAs, ranges: [{min: 70, max: 79}]}, fsGroup: {rule: RunAsAny}, "
     "readOnlyRootFilesystem: true"),
    "runAsUser: {rule: RunAsAny}, fsGroup: {rule: RunAsAny}",
};

static const Snapshot *cluster(uint32_t seed, Arena *a)
{
    static const char *const groups[] = { "policy", "extensions", "podgate.io", "apps" };
    static const char *const subjects[] = {
        "{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}",
        "{kind: ServiceAccount, name: builder, namespace: shop}",
        "{kind: Group, name: 'system:serviceaccounts', apiGroup: rbac.authorization.k8s.io}",
        "{kind: User, name: nobody, apiGroup: rbac.authorization.k8s.io}",
    };
    Buf b = buf_new(a);
    for (unsigned i = 0; i < POLICIES; i++) {
        seed = seed * 1664525u + 1013904223u;
        unsigned r = seed >> 8;
        buf_printf(&b,
                   "---\napiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: "
                   "p%02u}\nspec: {seLinux: {rule: RunAsAny}, supplementalGroups: {rule: "
                   "RunAsAny}, volumes: ['*'], %s}\n",
                   i, kinds[r % 4]);
        if (r / 4 % 5) {
            continue; /* nobody may use it */
        }
        buf_printf(&b,
                   "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n"
                   "metadata: {name: use-p%02u}\nrules: [{apiGroups: [%s], resources: "
                   "[podsecuritypolicies], verbs: [use], resourceNames: [p%02u]}]\n"
                   "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n"
                   "metadata: {name: use-p%02u, namespace: shop}\n"
                   "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "
                   "use-p%02u}\nsubjects: [%s]\n",
                   i, groups[r / 20 % 4], i, i, i, subjects[r / 80 % 4]);
    }
    DocList docs;
    Err err;
    SnapshotBuilder *builder = snapshot_builder_new(NULL, 0);
    assert_true(docs_read(STR("x.yaml"), buf_str(&b), NULL, a, &docs, &err));
    for (size_t i = 0; i < docs.count; i++) {
        assert_true(snapshot_builder_put(builder, &docs.items[i].root, NULL));
    }
    return snapshot_builder_finish(builder);
}

typedef struct Case {
    const Snapshot *snapshot;
    ReviewPhase phase;
    const char *user, *spec, *account;
} Case;

static Str review_once(const Case *c, const AccessAsker *access, Arena *a, bool *waits)
{
    KubeTarget target = kube_target(20);
    ReviewOptions options = {
        .target = &target, .plugins = review_plugins_default, .phase = c->phase, .access = access
    };
    Str text = arena_printf(
        a,
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{"
        "\"uid\":\"u\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},\"resource\":{"
        "\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},\"name\":\"web\",\"namespace\":"
        "\"shop\",\"operation\":\"CREATE\",\"userInfo\":{\"username\":\"%s\",\"groups\":["
        "\"system:authenticated\"]},\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\","
        "\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\"},\"spec\":{\"serviceAccountName\":"
        "\"%s\",\"containers\":[{\"name\":\"c\",\"image\":\"i\",%s}]}}}}",
        c->user, c->account, c->spec);
    char *copy = arena_alloc(a, text.len + JSON_PADDING);
    memcpy(copy, text.ptr, text.len);
    Buf out = buf_new(a);
    ReviewResult result;
    Err err;
    assert_true(review_answer(snapshot_facts(c->snapshot), &options, STR("r"), copy, text.len, a,
                              &out, &result, &err));
    *waits = result.waits;
    return buf_str(&out);
}

static Str review_asked(const Case *c, Oracle *o, Arena *a)
{
    for (int round = 0; round < ROUNDS_MAX; round++) {
        bool waits;
        size_t before = o->count;
        Str text = review_once(c, &o->asker, a, &waits);
        if (!waits) {
            return text;
        }
        assert_int_equal(text.len, 0);
        assert_in_range(o->count - before, 1, ROUND_QUESTIONS_MAX);
        for (size_t i = 0; i < o->count; i++) {
            o->known[i].ready = true;
        }
    }
    fail_msg("it asks for ever");
    return STR("");
}

static void as_by_rbac(void **state)
{
    (void)state;
    static const char *const users[] = { "alice", "bob", "nobody" };
    static const char *const accounts[] = { "builder", "other" };
    static const char *const specs[] = { "\"tty\":false",
                                         "\"securityContext\":{\"privileged\":true}" };
    Arena a;
    arena_init(&a, 0);
    unsigned refused = 0, admitted = 0;
    for (uint32_t i = 0; i < 120; i++) {
        arena_reset(&a);
        const Snapshot *s = cluster(i / 12 * 7919 + 1, &a);
        Case c = { s, i / 6 % 2 ? REVIEW_VALIDATE : REVIEW_MUTATE, users[i % 3], specs[i % 2],
                   accounts[i / 3 % 2] };
        Oracle *o = new(&a, Oracle, 1);
        *o = (Oracle){ .asker = { .context = o, .ask = ask },
                       .facts = snapshot_facts(s),
                       .arena = &a };
        bool waits;
        Str want = review_once(&c, NULL, &a, &waits);
        assert_false(waits);
        Str got = review_asked(&c, o, &a);
        if (!str_eq(got, want)) {
            fail_msg("%u:\n  got  %.*s\n  want %.*s", i, STR_ARG(got), STR_ARG(want));
        }
        bool allowed = str_index(got, STR("\"allowed\":true")) >= 0;
        refused += !allowed;
        admitted += allowed;
        snapshot_release(s);
    }
    assert_true(refused > 10 && admitted > 10);
    arena_done(&a);
}

static void nobody_can_be_asked(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    const Snapshot *s = cluster(1, &a);
    Case c = { s, REVIEW_MUTATE, "alice", "\"tty\":false", "builder" };
    Oracle *o = new(&a, Oracle, 1);
    *o = (Oracle){ .asker = { .context = o, .ask = ask, .problem = STR("connection refused") },
                   .facts = snapshot_facts(s),
                   .arena = &a,
                   .broken = true };
    Str got = review_asked(&c, o, &a);
    assert_true(str_index(got, STR("\"allowed\":false")) >= 0);
    assert_true(str_index(got, STR("\"warnings\":[\"podgate could not ask who may use which "
                                   "policy: connection refused\"]")) >= 0);
    snapshot_release(s);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_by_rbac),
        cmocka_unit_test(nobody_can_be_asked),
    };
    return cmocka_run_group_tests_name("review_access", tests, NULL, NULL);
}
