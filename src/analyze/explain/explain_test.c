/* SPDX-License-Identifier: Apache-2.0 */
/* Explanations: who may use which policy, who wins, what a message is about, the smallest grant. */
#include "analyze/explain/explain.h"

#include "analyze/explain/tie.h"
#include "analyze/grant.h"
#include "decide/rbac/impersonate.h"
#include "doc/doc.h"
#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define PSP(name, spec)                                                                        \
    "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: " name "}\nspec: {" \
    "runAsUser: {rule: RunAsAny}, fsGroup: {rule: RunAsAny}, seLinux: {rule: RunAsAny}, "      \
    "supplementalGroups: {rule: RunAsAny}, volumes: ['*'], " spec "}\n---\n"
#define USE(name, subject)                                                                     \
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: " name             \
    ", namespace: ns}\nrules: [{apiGroups: [policy], resources: [podsecuritypolicies], "       \
    "resourceNames: [" name "], verbs: [use]}]\n---\n"                                         \
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: " name      \
    ", namespace: ns}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: " name \
    "}\nsubjects: [" subject "]\n---\n"
#define ACCOUNT "{kind: ServiceAccount, name: default, namespace: ns}"
#define BOB "{kind: User, apiGroup: rbac.authorization.k8s.io, name: bob}"
#define NS "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n---\n"
#define POD(spec)                                                                 \
    "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: ns}\nspec: {" spec \
    "containers: [{name: c, image: i}]}"

typedef struct Row {
    const char *objects;
    /* each policy: name, * when it may be used, verdict, subjects of which (a) is the account and
     * (r) the requester; then the winner, the runner-up, and what it hangs on */
    const char *want;
} Row;

static const Row rows[] = {
    { NS PSP("a", "hostPID: true") PSP("b", "") USE("a", ACCOUNT ", " BOB) USE("b", BOB)
          POD("hostPID: true, "),
      "a* admits [ServiceAccount ns/default(a) User bob(r)]; b* refuses (1) [User bob(r)]; a > -; "
      "RoleBinding/a" },
    { NS PSP("a", "") PSP("b", "") USE("a", ACCOUNT) USE("b", ACCOUNT) POD(""),
      "a* admits [ServiceAccount ns/default(a)]; b* admits [ServiceAccount ns/default(a)]; a > b; "
      "RoleBinding/a RoleBinding/b" },
    { NS PSP("a", "readOnlyRootFilesystem: true") PSP("b", "") USE("a", ACCOUNT) USE("b", ACCOUNT)
          POD(""),
      "a* admits, changed [ServiceAccount ns/default(a)]; b* admits [ServiceAccount "
      "ns/default(a)]; b > a; RoleBinding/b RoleBinding/a" },
    { NS PSP("a", "") PSP("b", "hostPID: true") USE("a", ACCOUNT)
          USE("b", "{kind: ServiceAccount, name: other, namespace: ns}") POD("hostPID: true, "),
      "a* refuses (1) [ServiceAccount ns/default(a)]; b would admit [ServiceAccount ns/other]; - "
      "> a; " },
    { NS PSP("a", "") POD(""), "a would admit []; - > -; " },
};

typedef struct World {
    Arena arena;
    const Snapshot *empty;
    FileObjects objects;
    KubeTarget target;
    UserInfo user;
    AdmitQuestion question;
    ExplainReport report;
} World;

static FileObjects read(const char *text, Arena *a)
{
    DocList docs;
    Err err = { 0 };
    if (!docs_read(STR("t"), str_from_c(text), NULL, a, &docs, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    FileObjects objects = { new(a, FileObject, docs.count), docs.count };
    for (size_t i = 0; i < docs.count; i++) {
        objects.items[i] = (FileObject){ .object = &docs.items[i].root };
    }
    return objects;
}

static const Snapshot *snapshot_of(const FileObjects *objects)
{
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS);
    for (size_t i = 0; i < objects->count; i++) {
        snapshot_builder_put(b, objects->items[i].object, NULL);
    }
    return snapshot_builder_finish(b);
}

static void start(World *w, const char *objects)
{
    arena_init(&w->arena, 0);
    w->empty = snapshot_of(&(FileObjects){ NULL, 0 });
    w->objects = read(objects, &w->arena);
    w->target = kube_target(20);
    w->user = rbac_impersonated_user(STR("bob"), (StrList){ NULL, 0 }, &w->arena);
    w->question = (AdmitQuestion){ .objects = &w->objects, .user = &w->user, .target = &w->target };
    Err err = { 0 };
    if (!explain_ask(w->empty, &w->question, false, &w->arena, &w->report, &err)) {
        fail_msg("%s: %.*s", objects, STR_ARG(err.msg));
    }
}

static void end(World *w)
{
    explain_report_done(&w->report);
    snapshot_release(w->empty);
    arena_done(&w->arena);
}

/* Of the namespace's own bindings: those that Kubernetes has are left out. */
static void write_policy(const ExplainPolicy *p, Buf *b, Arena *a)
{
    static const char *const marks[] = { "", "(a)", "(r)" };
    buf_printf(b, "%.*s%s %.*s [", STR_ARG(p->policy->name), p->usable ? "*" : "",
               STR_ARG(explain_verdict_text(p, a)));
    for (size_t i = 0, n = 0; i < p->subject_count; i++) {
        const ExplainSubject *s = &p->subjects[i];
        if (rbac_binding_namespace(s->binding).len) {
            buf_printf(b, "%s%.*s%s", n++ ? " " : "", STR_ARG(grant_subject_text(s->subject, a)),
                       marks[s->counts_for]);
        }
    }
    buf_lit(b, "]; ");
}

static Str text_of(const ExplainItem *item, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < item->policy_count; i++) {
        write_policy(&item->policies[i], &b, a);
    }
    buf_printf(&b, "%.*s > %.*s; ", STR_ARG(item->winner ? item->winner->policy->name : STR("-")),
               STR_ARG(item->runner_up && item->runner_up->policy ? item->runner_up->policy->name
                                                                  : STR("-")));
    for (size_t i = 0; i < item->hold.count; i++) {
        buf_printf(&b, "%s%.*s", i ? " " : "",
                   STR_ARG(grant_binding_text(item->hold.bindings[i], a)));
    }
    return buf_str(&b);
}

static void explained(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        World w;
        start(&w, rows[i].objects);
        Str got = text_of(&w.report.items[0], &w.arena);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            printf("row %zu\nwant %s\ngot  %.*s\n", i, rows[i].want, STR_ARG(got));
            failed++;
        }
        end(&w);
    }
    assert_int_equal(failed, 0);
}

/* -- messages -----------------------------------------------------------------------------------
 */

#define MESSAGE(name) "pods \"" name "\" is forbidden: PodSecurityPolicy: unable to admit pod: []"

static void matched(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        const char *object;
        size_t match;
    } matches[] = {
        { MESSAGE("web-956c67785-"),
          "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}", 4 },
        { MESSAGE("web-956c67785-"),
          "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web-956c67785}}", 14 },
        { MESSAGE("web-956c67785-"),
          "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web}}", 0 },
        { MESSAGE("web-956c67785-x7k2p"),
          "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}", 4 },
        { MESSAGE("web-0"), "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}}", 4 },
        { MESSAGE("web"), "{apiVersion: v1, kind: Pod, metadata: {name: web}}", 4 },
        { MESSAGE("web"), "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}", 0 },
        { MESSAGE("website-1-"), "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}",
          0 },
        { MESSAGE("web"), "{apiVersion: v1, kind: ConfigMap, metadata: {name: web}}", 0 },
    };
    for (size_t i = 0; i < COUNT_OF(matches); i++) {
        Arena a;
        arena_init(&a, 0);
        Refusal r;
        assert_true(refusal_read(str_from_c(matches[i].message), &a, &r));
        FileObjects objects = read(matches[i].object, &a);
        size_t got = tie_match(&r, objects.items[0].object, STR("default"));
        if (got != matches[i].match) {
            fail_msg("%s of %s: %zu", matches[i].message, matches[i].object, got);
        }
        arena_done(&a);
    }
}

/* A pod made out of a message is refused with it. */
static void made_up(void **state)
{
    (void)state;
    World w;
    start(&w, NS PSP("a", "allowedCapabilities: [KILL]") USE("a", ACCOUNT)
                  POD("hostIPC: true, securityContext: {sysctls: [{name: kernel.msgmax, value: "
                      "'1'}], seccompProfile: {type: Unconfined}}, "));
    Str message = w.report.items[0].admit->decision.status.message;
    Refusal r;
    assert_true(refusal_read(message, &w.arena, &r));
    assert_int_equal(r.point_count, 4);
    Value pod = tie_pod_of(&r, &w.arena);
    value_set_lit(value_get_lit(&pod, "metadata"), "namespace", value_str(STR("ns")), &w.arena);
    for (size_t i = 0; i < w.objects.count; i++) {
        if (str_eq(value_get_str(w.objects.items[i].object, STR("kind")), STR("Pod"))) {
            w.objects.items[i].object = &pod;
        }
    }
    AdmitReport again;
    Err err;
    assert_true(admit_ask(w.empty, &w.question, &w.arena, &again, &err));
    Str said = again.items[0].decision.status.message;
    if (!tie_says_the_same(&r, said, &w.arena)) {
        fail_msg("%.*s\n%.*s", STR_ARG(message), STR_ARG(said));
    }
    admit_report_done(&again);
    end(&w);
}

/* The same for a level, of a newer Kubernetes. */
static void made_up_level(void **state)
{
    (void)state;
    static const char *const pods[] = {
        "{hostNetwork: true, hostIPC: true, containers: [{name: c, image: i, ports: "
        "[{containerPort: 80}]}]}",
        "{securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, "
        "containers: [{name: a, image: i}, {name: b, image: i, securityContext: {privileged: true, "
        "procMount: Unmasked}}]}",
        "{securityContext: {runAsUser: 0, runAsNonRoot: false, seccompProfile: {type: "
        "Unconfined}, sysctls: [{name: kernel.x, value: '1'}]}, volumes: [{name: h, hostPath: "
        "{path: /}}, {name: nf, nfs: {server: s, path: /}}], containers: [{name: c, image: i, "
        "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: "
        "[NET_ADMIN, SYS_TIME]}}}]}",
    };
    for (size_t i = 0; i < COUNT_OF(pods); i++) {
        World w;
        start(&w, NS POD(""));
        w.target = kube_target(26);
        FileObjects objects = read(
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns, labels: "
            "{pod-security.kubernetes.io/enforce: restricted}}\n---\napiVersion: v1\nkind: "
            "Pod\nmetadata: {name: p, namespace: ns}\n",
            &w.arena);
        Value pod = *objects.items[1].object;
        FileObjects spec = read(
            arena_cstr(&w.arena,
                       arena_printf(&w.arena,
                                    "{apiVersion: v1, kind: X, metadata: {name: x}, spec: %s}",
                                    pods[i])),
            &w.arena);
        value_set_lit(&pod, "spec", *value_get_lit(spec.items[0].object, "spec"), &w.arena);
        objects.items[1].object = &pod;
        w.question.objects = &objects;
        for (int again = 0; again < 2; again++) {
            AdmitReport report;
            Err err;
            Refusal r;
            assert_true(admit_ask(w.empty, &w.question, &w.arena, &report, &err));
            Str said = report.items[0].decision.status.message;
            if (!refusal_read(said, &w.arena, &r)) {
                fail_msg("pod %zu: \"%.*s\"", i, STR_ARG(said));
            }
            static Refusal first;
            if (again && !tie_says_the_same(&first, said, &w.arena)) {
                fail_msg("%.*s\n%.*s", STR_ARG(first.sentence), STR_ARG(said));
            }
            first = r;
            pod = tie_pod_of(&r, &w.arena);
            value_set_lit(value_get_lit(&pod, "metadata"), "namespace", value_str(STR("ns")),
                          &w.arena);
            admit_report_done(&report);
        }
        end(&w);
    }
}

/* -- access -------------------------------------------------------------------------------------
 */

#define ROLE(name, rest)                                                           \
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: " name \
    ", namespace: ns}\nrules: [" rest "]\n---\n"

static void granted(void **state)
{
    (void)state;
    static const struct {
        const char *objects;
        const char *verb;
        const char *name;
        const char *want; /* the objects, or "may" */
    } asks[] = {
        { NS, "list", "", "Role/list-pods RoleBinding/list-pods" },
        { NS ROLE("list-pods", ""), "list", "", "Role/list-pods-2 RoleBinding/list-pods" },
        { NS ROLE("some", "{apiGroups: [''], resources: [pods], verbs: [list, get]}"), "list", "",
          "RoleBinding/list-pods" },
        { NS ROLE("all", "{apiGroups: ['*'], resources: ['*'], verbs: ['*']}"), "list", "",
          "Role/list-pods RoleBinding/list-pods" },
        { NS ROLE("a", "{apiGroups: [''], resources: [pods], verbs: [get]}") USE("b", BOB), "get",
          "x", "RoleBinding/get-pods" },
        { NS "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: r, "
             "namespace: ns}\nroleRef: {kind: Role, name: r, apiGroup: "
             "rbac.authorization.k8s.io}\nsubjects: [" BOB
             "]\n---\n" ROLE("r", "{apiGroups: [''], resources: [pods], verbs: [get]}"),
          "get", "x", "may" },
    };
    for (size_t i = 0; i < COUNT_OF(asks); i++) {
        Arena a;
        arena_init(&a, 0);
        FileObjects objects = read(asks[i].objects, &a);
        const Snapshot *s = snapshot_of(&objects);
        UserInfo bob = rbac_impersonated_user(STR("bob"), (StrList){ NULL, 0 }, &a);
        RbacRequest request = { .user = &bob,
                                .verb = str_from_c(asks[i].verb),
                                .api_group = STR(""),
                                .resource = STR("pods"),
                                .subresource = STR(""),
                                .name = str_from_c(asks[i].name),
                                .namespace = STR("ns"),
                                .is_resource = true,
                                .path = STR("") };
        Access access;
        access_explain(s, &request, &a, &access);
        Buf b = buf_new(&a);
        buf_add(&b, access.answer.allowed ? STR("may") : STR(""));
        for (size_t j = 0; j < access.object_count; j++) {
            const Value *o = &access.objects[j];
            buf_printf(&b, "%s%.*s/%.*s", j ? " " : "", STR_ARG(value_get_str(o, STR("kind"))),
                       STR_ARG(value_as_str(value_at(o, "metadata", "name", NULL))));
        }
        assert_true(access.found || access.answer.allowed);
        if (!str_eq(buf_str(&b), str_from_c(asks[i].want))) {
            fail_msg("%zu: want %s, got %.*s", i, asks[i].want, STR_ARG(buf_str(&b)));
        }
        snapshot_release(s);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(explained), cmocka_unit_test(matched),
                                        cmocka_unit_test(made_up), cmocka_unit_test(made_up_level),
                                        cmocka_unit_test(granted) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
