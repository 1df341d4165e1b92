/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generated pods and policies: every way out that is found turns the refusal round when it is asked
 * for anew, and does so no more when any of its parts is left out. Seeds are fixed.
 */
#include "analyze/explain/explain.h"
#include "analyze/remedy/search.h"

#include "decide/rbac/impersonate.h"
#include "doc/doc.h"
#include "doc/json.h"
#include "doc/patch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SEEDS = 250, POLICIES = 4 };

/* -- generating ---------------------------------------------------------------------------------
 */

typedef struct Gen {
    uint64_t state;
    Buf b;
} Gen;

static uint64_t draw(Gen *g, uint64_t below)
{
    g->state ^= g->state << 13;
    g->state ^= g->state >> 7;
    g->state ^= g->state << 17;
    return g->state % below;
}

/* One in n times. */
static bool rarely(Gen *g, uint64_t n)
{
    return draw(g, n) == 0;
}

static const char *pick(Gen *g, const char *const *list, size_t count)
{
    return list[draw(g, count)];
}
#define PICK(g, ...)                                \
    pick((g), (const char *const[]){ __VA_ARGS__ }, \
         sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

#define PUT(...) buf_printf(&g->b, __VA_ARGS__)

static void ids(Gen *g, const char *field, bool non_root)
{
    unsigned min = (unsigned)draw(g, 5) * 100;
    PUT(", %s: ", field);
    switch (draw(g, 3)) {
    case 0:
        PUT("{rule: RunAsAny}");
        break;
    case 1:
        PUT("{rule: MustRunAs, ranges: [{min: %u, max: %u}]}", min, min + 50);
        break;
    default:
        if (non_root) {
            PUT("{rule: MustRunAsNonRoot}");
        } else {
            PUT("{rule: MayRunAs, ranges: [{min: %u, max: %u}]}", min, min + 50);
        }
    }
}

static void policy(Gen *g, int number)
{
    PUT("---\napiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata:\n  name: p%d\n",
        number);
    if (rarely(g, 3)) {
        PUT("  annotations:\n    seccomp.security.alpha.kubernetes.io/allowedProfileNames: %s\n",
            PICK(g, "runtime/default", "'*'", "'localhost/a,runtime/default'"));
        if (rarely(g, 2)) {
            PUT("    seccomp.security.alpha.kubernetes.io/defaultProfileName: runtime/default\n");
        }
    }
    PUT("spec: {privileged: %s, hostNetwork: %s, hostPID: %s, allowPrivilegeEscalation: %s, "
        "readOnlyRootFilesystem: %s",
        rarely(g, 4) ? "true" : "false", rarely(g, 3) ? "true" : "false",
        rarely(g, 3) ? "true" : "false", rarely(g, 2) ? "true" : "false",
        rarely(g, 4) ? "true" : "false");
    PUT(", volumes: %s",
        PICK(g, "['*']", "[secret, emptyDir]", "[secret]", "[secret, emptyDir, hostPath]", "[]"));
    if (rarely(g, 2)) {
        PUT(", allowedHostPaths: [{pathPrefix: %s, readOnly: %s}]", PICK(g, "/var", "/etc", "/"),
            rarely(g, 2) ? "true" : "false");
    }
    if (rarely(g, 2)) {
        PUT(", allowedCapabilities: [%s]", PICK(g, "'*'", "NET_ADMIN", "SYS_TIME, KILL"));
    } else if (rarely(g, 2)) {
        PUT(", requiredDropCapabilities: [%s]", PICK(g, "ALL", "KILL, MKNOD", "NET_ADMIN"));
    }
    if (rarely(g, 3)) {
        PUT(", hostPorts: [{min: 80, max: 90}]");
    }
    if (rarely(g, 3)) {
        PUT(", forbiddenSysctls: ['kernel.*']");
    }
    ids(g, "runAsUser", true);
    ids(g, "fsGroup", false);
    ids(g, "supplementalGroups", false);
    if (rarely(g, 2)) {
        ids(g, "runAsGroup", false);
    }
    PUT(", seLinux: %s}\n",
        rarely(g, 2) ? "{rule: RunAsAny}" : "{rule: MustRunAs, seLinuxOptions: {level: 's0'}}");
}

static void grant(Gen *g, int number)
{
    PUT("---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r%d, "
        "namespace: ns}\nrules: [{apiGroups: [policy], resources: [podsecuritypolicies], "
        "resourceNames: [p%d], verbs: [use]}]\n",
        number, number);
    PUT("---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b%d, "
        "namespace: ns}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r%d}\n"
        "subjects: [{kind: ServiceAccount, name: default, namespace: ns}]\n",
        number, number);
}

static void security(Gen *g, bool of_pod)
{
    PUT("securityContext: {");
    if (rarely(g, 3)) {
        PUT("runAsUser: %u, ", (unsigned)draw(g, 4) * 100);
    }
    if (rarely(g, 4)) {
        PUT("runAsGroup: %u, ", (unsigned)draw(g, 4) * 100);
    }
    if (rarely(g, 4)) {
        PUT("runAsNonRoot: %s, ", rarely(g, 2) ? "true" : "false");
    }
    if (rarely(g, 6)) {
        PUT("seLinuxOptions: {level: %s}, ", PICK(g, "s0", "s1"));
    }
    if (rarely(g, 5)) {
        PUT("seccompProfile: {type: %s}, ", PICK(g, "Unconfined", "RuntimeDefault"));
    }
    if (of_pod) {
        if (rarely(g, 3)) {
            PUT("fsGroup: %u, ", (unsigned)draw(g, 6) * 90);
        }
        if (rarely(g, 3)) {
            PUT("supplementalGroups: [%u, %u], ", (unsigned)draw(g, 600), (unsigned)draw(g, 99));
        }
        if (rarely(g, 5)) {
            PUT("sysctls: [{name: %s, value: '1'}], ",
                PICK(g, "kernel.msgmax", "net.core.somaxconn", "kernel.shm_rmid_forced"));
        }
    } else {
        bool privileged = rarely(g, 4);
        if (privileged) {
            PUT("privileged: true, ");
        } else if (rarely(g, 3)) {
            PUT("allowPrivilegeEscalation: %s, ", rarely(g, 2) ? "true" : "false");
        }
        if (rarely(g, 3)) {
            PUT("capabilities: {add: [%s], drop: [%s]}, ",
                PICK(g, "NET_ADMIN", "SYS_TIME, KILL", "NET_BIND_SERVICE", ""),
                PICK(g, "ALL", "MKNOD", "", "KILL"));
        }
        if (rarely(g, 4)) {
            PUT("readOnlyRootFilesystem: %s, ", rarely(g, 2) ? "true" : "false");
        }
    }
    PUT("}");
}

static void container(Gen *g, const char *name, bool mounts)
{
    PUT("{name: %s, image: i, ", name);
    if (rarely(g, 3)) {
        unsigned port = (unsigned)draw(g, 20) + 75;
        PUT("ports: [{containerPort: %u", port);
        if (rarely(g, 2)) {
            PUT(", hostPort: %u", port);
        }
        PUT("}], ");
    }
    if (mounts) {
        PUT("volumeMounts: [{name: v, mountPath: /v, readOnly: %s}], ",
            rarely(g, 2) ? "true" : "false");
    }
    security(g, false);
    PUT("}");
}

static void workload(Gen *g)
{
    bool deployment = rarely(g, 2);
    if (deployment) {
        PUT("---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w, namespace: ns}\nspec: "
            "{selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {");
    } else {
        PUT("---\napiVersion: v1\nkind: Pod\nmetadata: {name: w, namespace: ns}\nspec: {");
    }
    bool volume = rarely(g, 2);
    if (rarely(g, 4)) {
        PUT("hostNetwork: true, ");
    }
    if (rarely(g, 4)) {
        PUT("hostPID: true, ");
    }
    if (volume) {
        PUT("volumes: [{name: v, %s}], ",
            PICK(g, "hostPath: {path: /var/log}", "emptyDir: {}", "nfs: {server: s, path: /}",
                 "hostPath: {path: /root}"));
    }
    security(g, true);
    PUT(", containers: [");
    container(g, "c", volume);
    if (rarely(g, 3)) {
        PUT(", ");
        container(g, "d", false);
    }
    PUT("]%s\n", deployment ? "}}}" : "}");
}

static Str cluster_text(uint64_t seed, bool by_level, Arena *a)
{
    Gen gen = { seed * 0x9E3779B97F4A7C15U + 1, buf_new(a) };
    Gen *g = &gen;
    for (int i = 0; i < 8; i++) {
        draw(g, 2);
    }
    PUT("apiVersion: v1\nkind: Namespace\nmetadata: {name: ns, labels: {%s%s}}\n",
        by_level ? "pod-security.kubernetes.io/enforce: " : "",
        by_level ? PICK(g, "restricted", "baseline") : "");
    for (int i = 0; i < POLICIES && !by_level; i++) {
        policy(g, i);
        if (rarely(g, 2)) {
            grant(g, i);
        }
    }
    if (!by_level && rarely(g, 2)) {
        PUT("---\napiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: wide, "
            "annotations: {seccomp.security.alpha.kubernetes.io/allowedProfileNames: '*'}}\nspec: "
            "{privileged: true, hostNetwork: true, hostPID: true, hostPorts: [{min: 0, max: "
            "65535}], allowedCapabilities: ['*'], volumes: ['*'], allowedUnsafeSysctls: ['*'], "
            "runAsUser: {rule: RunAsAny}, fsGroup: {rule: RunAsAny}, supplementalGroups: {rule: "
            "RunAsAny}, seLinux: {rule: RunAsAny}}\n");
    }
    workload(g);
    return buf_str(&gen.b);
}

/* -- asking -------------------------------------------------------------------------------------
 */

typedef struct Counts {
    size_t refused;
    size_t found[REMEDY_KIND_COUNT];
    size_t parts;
    size_t held; /* of those admitted */
    size_t wrong;
} Counts;

static FileObjects read(Str text, Arena *a)
{
    DocList docs;
    Err err = { 0 };
    if (!docs_read(STR("t"), text, NULL, a, &docs, &err)) {
        fail_msg("%.*s: %.*s", STR_ARG(text), STR_ARG(err.msg));
    }
    FileObjects objects = { new(a, FileObject, docs.count), docs.count };
    for (size_t i = 0; i < docs.count; i++) {
        objects.items[i] = (FileObject){ .object = &docs.items[i].root };
    }
    return objects;
}

/* Asked anew, all of it, with the objects of the way in place of those that they change. */
static bool admits_anew(const AdmitQuestion *question, const Snapshot *empty, const RemedyWay *way,
                        Arena *a)
{
    const FileObjects *before = question->objects;
    FileObjects after = { new(a, FileObject, before->count + way->object_count), 0 };
    for (size_t i = 0; i < before->count; i++) {
        bool replaced = false;
        for (size_t j = 0; j < way->object_count; j++) {
            const Value *o = before->items[i].object;
            const Value *n = &way->objects[j];
            replaced = replaced ||
                       (str_eq(value_get_str(o, STR("kind")), value_get_str(n, STR("kind"))) &&
                        str_eq(value_as_str(value_at(o, "metadata", "name", NULL)),
                               value_as_str(value_at(n, "metadata", "name", NULL))));
        }
        if (!replaced) {
            after.items[after.count++] = before->items[i];
        }
    }
    for (size_t j = 0; j < way->object_count; j++) {
        after.items[after.count++] = (FileObject){ .object = &way->objects[j] };
    }
    AdmitQuestion anew = *question;
    anew.objects = &after;
    AdmitReport report;
    Err err;
    if (!admit_ask(empty, &anew, a, &report, &err)) {
        return false;
    }
    bool allowed = report.denied == 0;
    admit_report_done(&report);
    return allowed;
}

static void complain(Counts *counts, uint64_t seed, RemedyKind kind, const RemedyWay *way,
                     const char *what)
{
    counts->wrong++;
    printf("seed %llu, %.*s: %s\n", (unsigned long long)seed, STR_ARG(remedy_kind_name(kind)),
           what);
    for (size_t i = 0; i < way->count; i++) {
        printf("  %.*s\n", STR_ARG(way->parts[i].text));
    }
}

/* A policy that is widened never counts as stricter. */
static void check_openness(const RemedyQuestion *q, uint64_t seed, const RemedyWay *way, Arena *a,
                           Counts *counts)
{
    const Facts *facts = snapshot_facts(q->cluster);
    const PspPolicy *before = facts->psp_policy(facts->cluster, way->target);
    bool restricts = false;
    for (size_t i = 0; i < way->count; i++) {
        restricts = restricts || way->parts[i].restricts;
    }
    Err err;
    const PspPolicy *after = before ? psp_policy_compile(&way->objects[0], a, &err) : NULL;
    if (after && !restricts && remedy_openness(after) < remedy_openness(before)) {
        complain(counts, seed, REMEDY_WIDEN, way, "makes it stricter");
    }
}

/* No policy that lets through less would have done. */
static void check_strictest(const RemedyQuestion *q, const AdmitQuestion *asked,
                            const Snapshot *empty, uint64_t seed, const RemedyWay *way, Arena *a,
                            Counts *counts)
{
    const Facts *facts = snapshot_facts(q->cluster);
    int64_t granted = remedy_openness(facts->psp_policy(facts->cluster, way->target));
    PspPolicyList all = facts->psp_policies(facts->cluster);
    for (size_t i = 0; i < all.count; i++) {
        if (remedy_openness(all.items[i]) < granted) {
            Gen g = { 1, buf_new(a) };
            grant(&g, (int)(all.items[i]->name.ptr[1] - '0'));
            FileObjects objects = read(buf_str(&g.b), a);
            Value values[2] = { *objects.items[0].object, *objects.items[1].object };
            RemedyWay other = { .objects = values, .object_count = 2 };
            if (admits_anew(asked, empty, &other, a)) {
                complain(counts, seed, REMEDY_GRANT, way, "is not the strictest");
            }
        }
    }
}

static void check_way(const RemedyQuestion *q, const AdmitQuestion *asked, const Snapshot *empty,
                      uint64_t seed, RemedyKind kind, const RemedyWay *way, Arena *a,
                      Counts *counts)
{
    counts->found[kind]++;
    counts->parts += way->count;
    if (!admits_anew(asked, empty, way, a)) {
        complain(counts, seed, kind, way, "does not turn it round");
    }
    if (kind == REMEDY_EDIT) {
        Value patched = *q->object;
        Err err;
        if (!patch_apply(&patched, &way->patch, a, &err) ||
            !value_equal(&patched, &way->objects[0])) {
            complain(counts, seed, kind, way, "its patch is another edit");
        }
    }
    if (kind == REMEDY_WIDEN) {
        check_openness(q, seed, way, a, counts);
    }
    if (kind == REMEDY_GRANT) {
        check_strictest(q, asked, empty, seed, way, a, counts);
    }
    RemedySearch s = { .question = q, .arena = a };
    RemedyParts parts = { (RemedyPart *)(uintptr_t)way->parts, way->count, way->count };
    for (size_t i = 0; i < way->count; i++) {
        if (!way->parts[i].restricts && remedy_admits(&s, &parts, i)) {
            complain(counts, seed, kind, way, "has a part too many");
        }
    }
}

/* What an admitted pod hangs on: refused without all of it, admitted without all but one. */
static void check_hold(const RemedyQuestion *q, const AdmitQuestion *asked, const Snapshot *empty,
                       uint64_t seed, Arena *a, Counts *counts)
{
    ExplainHold hold;
    explain_hold(q, a, &hold);
    counts->held += hold.count > 0;
    for (size_t kept = 0; hold.count && kept <= hold.count; kept++) {
        const FileObjects *before = asked->objects;
        FileObjects after = { new(a, FileObject, before->count), 0 };
        for (size_t i = 0; i < before->count; i++) {
            const Value *o = before->items[i].object;
            bool gone = false;
            for (size_t j = 0; j < hold.count; j++) {
                gone = gone ||
                       (j != kept && str_eq(value_get_str(o, STR("kind")), STR("RoleBinding")) &&
                        str_eq(value_as_str(value_at(o, "metadata", "name", NULL)),
                               rbac_binding_name(hold.bindings[j])));
            }
            if (!gone) {
                after.items[after.count++] = before->items[i];
            }
        }
        AdmitQuestion anew = *asked;
        anew.objects = &after;
        AdmitReport report;
        Err err;
        if (!admit_ask(empty, &anew, a, &report, &err) ||
            (report.denied == 0) != (kept < hold.count)) {
            printf("seed %llu: what it hangs on is wrong\n", (unsigned long long)seed);
            counts->wrong++;
        }
        admit_report_done(&report);
    }
}

static void check_seed(uint64_t seed, bool by_level, const Snapshot *empty, Counts *counts)
{
    Arena a;
    arena_init(&a, 0);
    Str text = cluster_text(seed, by_level, &a);
    FileObjects objects = read(text, &a);
    KubeTarget target = kube_target(by_level ? 26 : 20);
    UserInfo user = rbac_impersonated_user(STR("nobody"), (StrList){ NULL, 0 }, &a);
    AdmitQuestion question = { .objects = &objects, .user = &user, .target = &target };
    AdmitReport report;
    Err err = { 0 };
    if (!admit_ask(empty, &question, &a, &report, &err)) {
        fail_msg("%.*s: %.*s", STR_ARG(text), STR_ARG(err.msg));
    }
    RemedyQuestion q = remedy_question_of(&report, &report.items[0], &question);
    Remedy remedy;
    remedy_find(&q, &a, &remedy);
    counts->refused += !remedy.allowed;
    if (remedy.allowed) {
        check_hold(&q, &question, empty, seed, &a, counts);
    }
    for (int kind = 0; kind < REMEDY_KIND_COUNT && !remedy.allowed; kind++) {
        if (remedy.ways[kind].found) {
            check_way(&q, &question, empty, seed, (RemedyKind)kind, &remedy.ways[kind], &a, counts);
        } else if (getenv("SHOW")) {
            printf("%llu %s %d: %.*s\n%.*s\n", (unsigned long long)seed, by_level ? "level" : "psp",
                   kind, STR_ARG(remedy.ways[kind].none), STR_ARG(text));
        }
    }
    admit_report_done(&report);
    arena_done(&a);
}

static void check(bool by_level, Counts *counts)
{
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS);
    const Snapshot *empty = snapshot_builder_finish(b);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        check_seed(seed, by_level, empty, counts);
    }
    snapshot_release(empty);
    printf("# %d seeds: %zu refused; %zu widenings, %zu edits, %zu grants, %zu parts; %zu held\n",
           SEEDS, counts->refused, counts->found[REMEDY_WIDEN], counts->found[REMEDY_EDIT],
           counts->found[REMEDY_GRANT], counts->parts, counts->held);
}

static void by_policy(void **state)
{
    (void)state;
    Counts counts = { 0 };
    check(false, &counts);
    assert_int_equal(counts.wrong, 0);
}

static void by_level(void **state)
{
    (void)state;
    Counts counts = { 0 };
    check(true, &counts);
    assert_int_equal(counts.wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(by_policy), cmocka_unit_test(by_level) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
