/* SPDX-License-Identifier: Apache-2.0 */
/* The ways out of refusals, row by row. */
#include "analyze/remedy/remedy.h"

#include "decide/rbac/impersonate.h"
#include "doc/doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define PSP(name, spec)                                                                        \
    "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: " name "}\nspec: {" \
    "runAsUser: {rule: RunAsAny}, fsGroup: {rule: RunAsAny}, seLinux: {rule: RunAsAny}, "      \
    "supplementalGroups: {rule: RunAsAny}, " spec "}\n---\n"
#define STRICT(name, spec)                                                        \
    "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: " name \
    "}\nspec: {" spec "}\n---\n"
#define USE(name)                                                                              \
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: " name             \
    ", namespace: ns}\nrules: [{apiGroups: [policy], resources: [podsecuritypolicies], "       \
    "resourceNames: [" name "], verbs: [use]}]\n---\n"                                         \
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: " name      \
    ", namespace: ns}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: " name \
    "}\nsubjects: [{kind: ServiceAccount, name: default, namespace: ns}]\n---\n"
#define NS(labels) \
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns, labels: {" labels "}}\n---\n"
#define POD(spec) "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: ns}\nspec: {" spec "}"
#define C(rest) "containers: [{name: c, image: i" rest "}]"

#define LIMITS(limits)                                                                        \
    "apiVersion: v1\nkind: LimitRange\nmetadata: {name: l, namespace: ns}\nspec: {limits: [{" \
    "type: Container, " limits "}]}\n---\n"

#define ACCOUNT(name, policy)                                                                    \
    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: " name ", namespace: ns}\n---\n"     \
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r-" name             \
    ", namespace: ns}\nrules:\n- {apiGroups: [policy], resources: [podsecuritypolicies], "       \
    "resourceNames: [" policy "], verbs: [use]}\n---\n"                                          \
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b-" name      \
    ", namespace: ns}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r-" name \
    "}\nsubjects: [{kind: ServiceAccount, name: " name ", namespace: ns}]\n---\n"
#define QUOTA(hard, used)                                                                          \
    "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q, namespace: ns}\nspec: {hard: {" hard \
    "}}\nstatus: {hard: {" hard "}, used: {" used "}}\n---\n"

typedef struct Row {
    const char *state;
    const char *object;
    int minor;
    const char *want[REMEDY_KIND_COUNT]; /* "target: part; part", "- why there is none"; NULL for
                                          * what is not looked at */
} Row;

static const Row rows[] = {
    { NS("") PSP("a", "volumes: ['*']") USE("a"),
      POD("hostNetwork: true, " C("")),
      20,
      { "a: set spec.hostNetwork to true", "a: remove spec.hostNetwork (was true)",
        "- no policy that exists would admit it" } },
    { NS("") PSP("a", "volumes: ['*']") USE("a") PSP("b", "privileged: true"),
      POD(C(", securityContext: {privileged: true}")),
      20,
      { "a: set spec.privileged to true",
        "a: remove spec.containers[\"c\"].securityContext.privileged (was true)",
        "- no policy that exists would admit it" } },
    { NS("") PSP("a", "volumes: ['*'], allowPrivilegeEscalation: false") USE("a"),
      POD(C(", securityContext: {privileged: true}")),
      20,
      { "a: set spec.privileged to true; set spec.allowPrivilegeEscalation to true (was false)",
        "a: remove spec.containers[\"c\"].securityContext.privileged (was true)",
        "- no policy that exists would admit it" } },
    { NS("") PSP("a", "volumes: ['*'], requiredDropCapabilities: [NET_ADMIN, KILL]") USE("a"),
      POD(C(", securityContext: {capabilities: {add: [NET_ADMIN, SYS_TIME], drop: [KILL]}}")),
      20,
      { "a: add NET_ADMIN to spec.allowedCapabilities; remove NET_ADMIN from "
        "spec.requiredDropCapabilities; add SYS_TIME to spec.allowedCapabilities",
        "a: remove NET_ADMIN from spec.containers[\"c\"].securityContext.capabilities.add; remove "
        "SYS_TIME from spec.containers[\"c\"].securityContext.capabilities.add",
        "- no policy that exists would admit it" } },
    { NS("") STRICT(
          "a", "volumes: [emptyDir, secret], runAsUser: {rule: MustRunAsNonRoot}, fsGroup: {rule: "
               "MustRunAs, ranges: [{min: 1, max: 9}]}, supplementalGroups: {rule: MayRunAs, "
               "ranges: [{min: 1, max: 9}]}, seLinux: {rule: MustRunAs, seLinuxOptions: {level: "
               "'s0'}}, runAsGroup: {rule: MustRunAs, ranges: [{min: 5, max: 5}]}") USE("a"),
      POD("securityContext: {runAsUser: 0, fsGroup: 20, supplementalGroups: [3, 30], runAsGroup: "
          "7, seLinuxOptions: {level: s1}}, " C("")),
      20,
      { "a: add {\"min\":20,\"max\":20} to spec.fsGroup.ranges; add {\"min\":30,\"max\":30} to "
        "spec.supplementalGroups.ranges; set spec.seLinux.rule to RunAsAny (was MustRunAs); set "
        "spec.runAsUser.rule to RunAsAny (was MustRunAsNonRoot); add {\"min\":7,\"max\":7} to "
        "spec.runAsGroup.ranges",
        "a: remove spec.securityContext.fsGroup (was 20); remove 30 from "
        "spec.securityContext.supplementalGroups; remove spec.securityContext.seLinuxOptions; "
        "remove spec.securityContext.runAsUser (was 0); remove spec.securityContext.runAsGroup "
        "(was 7)",
        "- no policy that exists would admit it" } },
    { NS("") PSP("a", "volumes: [emptyDir, secret]") USE("a"),
      POD("volumes: [{name: h, hostPath: {path: /var/log}}], containers: [{name: c, image: i, "
          "volumeMounts: [{name: h, mountPath: /x, readOnly: true}]}]"),
      20,
      { "a: add hostPath to spec.volumes; keep add {\"pathPrefix\":\"/var/log\",\"readOnly\":true} "
        "to spec.allowedHostPaths",
        "a: set spec.volumes[\"h\"] to {\"name\":\"h\",\"emptyDir\":{}}",
        "- no policy that exists would admit it" } },
    { NS("") PSP(
          "a", "volumes: [secret, hostPath], allowedHostPaths: [{pathPrefix: /a, readOnly: true}]")
          USE("a"),
      POD("volumes: [{name: h, hostPath: {path: /a/b}}], containers: [{name: c, image: i, "
          "volumeMounts: [{name: h, mountPath: /x}]}]"),
      20,
      { "a: add {\"pathPrefix\":\"/a/b\"} to spec.allowedHostPaths",
        "a: set spec.containers[\"c\"].volumeMounts[0].readOnly to true",
        "- no policy that exists would admit it" } },
    { NS("") PSP("a", "volumes: [secret]") USE("a"),
      POD("volumes: [{name: h, nfs: {server: a, path: /}}, {name: g, emptyDir: {}}], containers: "
          "[{name: c, image: i, volumeMounts: [{name: h, mountPath: /x}]}]"),
      20,
      { "a: add nfs to spec.volumes; add emptyDir to spec.volumes",
        "a: remove h from spec.volumes; remove h from spec.containers[\"c\"].volumeMounts; remove "
        "g from spec.volumes",
        "- no policy that exists would admit it" } },
    { NS("") PSP("a", "volumes: [emptyDir]") USE("a"),
      POD(C("")),
      20,
      { "a: add secret to spec.volumes", "a: set spec.automountServiceAccountToken to false",
        "- no policy that exists would admit it" } },
    { NS("") PSP("a", "volumes: ['*']") USE("a"),
      POD(C(", ports: [{containerPort: 80, hostPort: 80}, {containerPort: 81, hostPort: 81}]")),
      20,
      { "a: add {\"min\":80,\"max\":80} to spec.hostPorts; add {\"min\":81,\"max\":81} to "
        "spec.hostPorts",
        "a: remove spec.containers[\"c\"].ports[0].hostPort (was 80); remove "
        "spec.containers[\"c\"].ports[1].hostPort (was 81)",
        "- no policy that exists would admit it" } },
    { NS("") PSP("a", "volumes: ['*']") PSP("b", "volumes: ['*'], hostNetwork: true")
          PSP("c", "volumes: ['*'], hostNetwork: true, privileged: true"),
      POD("hostNetwork: true, " C("")),
      20,
      { "- no policy may be used for it: there is none to widen",
        "- no policy may be used for it, whatever it says",
        "b: create Role use-psp-b; create RoleBinding use-psp-b-default" } },
    { NS("pod-security.kubernetes.io/enforce: restricted"),
      POD(C("")),
      25,
      { "ns: set metadata.labels[pod-security.kubernetes.io/enforce] to baseline (was restricted)",
        ": set spec.containers[\"c\"].securityContext.allowPrivilegeEscalation to false; add ALL "
        "to spec.containers[\"c\"].securityContext.capabilities.drop; set "
        "spec.securityContext.runAsNonRoot to true; set spec.securityContext.seccompProfile to "
        "{\"type\":\"RuntimeDefault\"}",
        "- Pod Security asks nobody for rights" } },
    { NS("pod-security.kubernetes.io/enforce: restricted"),
      POD("hostNetwork: true, hostPID: true, securityContext: {runAsUser: 0, sysctls: [{name: "
          "kernel.x, value: '1'}], seLinuxOptions: {type: t}}, volumes: [{name: h, hostPath: "
          "{path: /}}], " C(", ports: [{containerPort: 80}], securityContext: {privileged: true, "
                            "capabilities: {add: [SYS_ADMIN, NET_BIND_SERVICE]}, seccompProfile: "
                            "{type: Unconfined}, procMount: Unmasked}")),
      25,
      { "ns: set metadata.labels[pod-security.kubernetes.io/enforce] to privileged (was "
        "restricted)",
        ": remove spec.hostNetwork (was true); remove spec.hostPID (was true); remove "
        "spec.containers[\"c\"].securityContext.privileged (was true); remove "
        "spec.securityContext.seLinuxOptions.type (was t); remove kernel.x from "
        "spec.securityContext.sysctls; set "
        "spec.containers[\"c\"].securityContext.allowPrivilegeEscalation to false; remove "
        "SYS_ADMIN from spec.containers[\"c\"].securityContext.capabilities.add; add ALL to "
        "spec.containers[\"c\"].securityContext.capabilities.drop; set spec.volumes[\"h\"] to "
        "{\"name\":\"h\",\"emptyDir\":{}}; set spec.securityContext.runAsNonRoot to true; remove "
        "spec.securityContext.runAsUser (was 0); remove "
        "spec.containers[\"c\"].securityContext.seccompProfile; set "
        "spec.securityContext.seccompProfile to {\"type\":\"RuntimeDefault\"}",
        "- Pod Security asks nobody for rights" } },
    { NS("pod-security.kubernetes.io/enforce: baseline"),
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: ns}\nspec: {replicas: "
      "2, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}, annotations: "
      "{container.apparmor.security.beta.kubernetes.io/c: unconfined}}, spec: {hostIPC: true, "
      "containers: [{name: c, image: i}]}}}",
      25,
      { "ns: set metadata.labels[pod-security.kubernetes.io/enforce] to privileged (was baseline)",
        ": remove "
        "spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c] (was "
        "unconfined); remove spec.template.spec.hostIPC (was true)",
        "- Pod Security asks nobody for rights" } },
    { NS(""),
      POD(C("")),
      20,
      { "- there is no policy at all", "- no policy may be used for it, whatever it says",
        "- there is no policy that could be granted" } },
    { NS("") PSP("a", "volumes: ['*']") USE("a"),
      POD(C(", ports: [{containerPort: 800000}]")),
      20,
      { "- the API's own validation refuses it, and that is no security policy",
        "- the API's own validation refuses it, and that is no security policy",
        "- the API's own validation refuses it, and that asks nobody for rights" } },
    { NS("") PSP("a", "volumes: ['*']")
          USE("a") "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q, namespace: ns}\nspec: "
                   "{hard: {pods: '0'}}\nstatus: {hard: {pods: '0'}, used: {pods: '0'}}\n---\n",
      POD(C("")),
      20,
      { "q: set spec.hard[pods] to 1 (was 0)",
        "- no edit was found that would do: pods \"p\" is forbidden: exceeded quota: q, requested: "
        "pods=1, used: pods=0, limited: pods=0",
        "- the admission plugin ResourceQuota refuses it, and that asks nobody for rights" } },
    { NS("") PSP("a", "volumes: ['*'], forbiddenSysctls: ['kernel.*']") USE("a"),
      POD("securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}, {name: net.core.x, "
          "value: '1'}]}, " C("")),
      20,
      { "a: remove kernel.* from spec.forbiddenSysctls; add net.core.x to "
        "spec.allowedUnsafeSysctls; add kernel.msgmax to spec.allowedUnsafeSysctls",
        "a: remove kernel.msgmax from spec.securityContext.sysctls; remove net.core.x from "
        "spec.securityContext.sysctls",
        "- no policy that exists would admit it" } },
    { NS("") PSP("a", "volumes: ['*'], runtimeClass: {allowedRuntimeClassNames: [x]}")
          USE("a") "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: z}\nhandler: "
                   "h\n---\n",
      POD("runtimeClassName: z, " C("")),
      20,
      { "a: add z to spec.runtimeClass.allowedRuntimeClassNames",
        "a: remove spec.runtimeClassName (was z)", "- no policy that exists would admit it" } },
    { NS("") PSP("a", "volumes: ['*']") USE("a"),
      POD("securityContext: {seccompProfile: {type: Unconfined}}, " C("")),
      20,
      { "a: set metadata.annotations[seccomp.security.alpha.kubernetes.io/allowedProfileNames] to "
        "unconfined",
        "a: remove spec.securityContext.seccompProfile",
        "- no policy that exists would admit it" } },
    { NS("") PSP("a", "volumes: ['*'], privileged: true") USE("a"),
      POD(C("")),
      20,
      { "- it is admitted as it is", "- it is admitted as it is", "- it is admitted as it is" } },
    { NS("") PSP("a", "volumes: ['*']") USE("a") LIMITS("max: {memory: 1Gi}"),
      POD(C(", resources: {limits: {memory: 2Gi}}")),
      20,
      { "- the admission plugin LimitRanger refuses it, and that is no security policy",
        ": set spec.containers[\"c\"].resources.limits.memory to 1Gi (was 2Gi)",
        "- the admission plugin LimitRanger refuses it, and that asks nobody for rights" } },
    { NS("") PSP("a", "volumes: ['*']") USE("a") LIMITS("min: {cpu: 100m}, max: {cpu: 1}"),
      POD(C(", resources: {requests: {cpu: 50m}, limits: {cpu: 3}}")),
      20,
      { "- the admission plugin LimitRanger refuses it, and that is no security policy",
        ": set spec.containers[\"c\"].resources.limits.cpu to 1 (was 3); set "
        "spec.containers[\"c\"].resources.requests.cpu to 100m (was 50m)",
        "- the admission plugin LimitRanger refuses it, and that asks nobody for rights" } },
    { NS("") PSP("a", "volumes: ['*']") USE("a") LIMITS("maxLimitRequestRatio: {cpu: 2}"),
      POD(C(", resources: {requests: {cpu: 1}, limits: {cpu: 3}}")),
      20,
      { "- the admission plugin LimitRanger refuses it, and that is no security policy",
        "- no edit was found that would do: pods \"p\" is forbidden: cpu max limit to request "
        "ratio per Container is 2, but provided ratio is 3.000000",
        "- the admission plugin LimitRanger refuses it, and that asks nobody for rights" } },
    { NS("") PSP("a", "volumes: ['*']") USE("a") PSP("b", "volumes: ['*'], hostNetwork: true")
          PSP("c", "volumes: ['*'], hostNetwork: true, privileged: true") ACCOUNT("sx", "c")
              ACCOUNT("sy", "b") ACCOUNT("sz", "a"),
      POD("hostNetwork: true, " C("")),
      20,
      { "a: set spec.hostNetwork to true", "a: remove spec.hostNetwork (was true)",
        "b: create RoleBinding use-psp-b-default", "sy: set spec.serviceAccountName to sy" } },
    { NS("") PSP("a", "volumes: ['*']") USE("a") ACCOUNT("sz", "a"),
      POD("hostNetwork: true, " C("")),
      20,
      { NULL, NULL, NULL, "- no other of the namespace may use a policy that admits it" } },
    { NS("") PSP("a", "volumes: ['*']") USE("a")
          QUOTA("requests.cpu: 10, pods: 9", "requests.cpu: 8, pods: 1"),
      POD(C(", resources: {requests: {cpu: 3}}")),
      20,
      { "q: set spec.hard[requests.cpu] to 11 (was 10)",
        ": set spec.containers[\"c\"].resources.requests.cpu to 2 (was 3)",
        "- the admission plugin ResourceQuota refuses it, and that asks nobody for rights",
        "- the admission plugin ResourceQuota refuses it, and that asks nobody for rights" } },
    { NS("") PSP("a", "volumes: ['*']") USE("a")
          QUOTA("pods: 4, limits.memory: 4Gi", "pods: 4, limits.memory: 3Gi"),
      POD(C(", resources: {limits: {memory: 3Gi}}")),
      20,
      { "q: set spec.hard[limits.memory] to 6Gi (was 4Gi); set spec.hard[pods] to 5 (was 4)",
        "- no edit was found that would do: pods \"p\" is forbidden: exceeded quota: q, requested: "
        "pods=1, used: pods=4, limited: pods=4" } },
    { NS("") PSP("a", "volumes: ['*']") USE("a") QUOTA("limits.memory: 4Gi", "limits.memory: 1Gi"),
      POD("containers: [{name: c, image: i, resources: {limits: {memory: 2Gi}}}, {name: d, image: "
          "i, resources: {limits: {memory: 2560Mi}}}]"),
      20,
      { "q: set spec.hard[limits.memory] to 5632Mi (was 4Gi)",
        ": set spec.containers[\"d\"].resources.limits.memory to 1Gi (was 2560Mi)" } },
};

typedef struct Asked {
    AdmitReport report;
    Remedy remedy;
} Asked;

static void ask(const Row *row, Arena *a, const Snapshot *empty, Asked *out)
{
    Str text = arena_concat(a, str_from_c(row->state), str_from_c(row->object));
    DocList docs;
    Err err = { 0 };
    if (!docs_read(STR("t"), text, NULL, a, &docs, &err)) {
        fail_msg("%.*s: %.*s", STR_ARG(text), STR_ARG(err.msg));
    }
    FileObjects objects = { new(a, FileObject, docs.count), docs.count };
    for (size_t i = 0; i < docs.count; i++) {
        objects.items[i] = (FileObject){ .object = &docs.items[i].root };
    }
    KubeTarget *target = new(a, KubeTarget, 1);
    *target = kube_target(row->minor);
    UserInfo user = rbac_impersonated_user(STR("nobody"), (StrList){ NULL, 0 }, a);
    AdmitQuestion question = { .objects = &objects, .user = &user, .target = target };
    if (!admit_ask(empty, &question, a, &out->report, &err)) {
        fail_msg("%.*s: %.*s", STR_ARG(text), STR_ARG(err.msg));
    }
    RemedyQuestion q = remedy_question_of(&out->report, &out->report.items[0], &question);
    remedy_find(&q, a, &out->remedy);
}

static Str way_text(const RemedyWay *way, Arena *a)
{
    if (!way->found) {
        return arena_concat(a, STR("- "), way->none);
    }
    Buf b = buf_new(a);
    buf_add(&b, way->target);
    for (size_t i = 0; i < way->count; i++) {
        buf_printf(&b, "%s%s%.*s", i ? ";" : ":", way->parts[i].restricts ? " keep " : " ",
                   STR_ARG(way->parts[i].text));
    }
    return buf_str(&b);
}

static void ways_out(void **state)
{
    (void)state;
    size_t failed = 0;
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS);
    const Snapshot *empty = snapshot_builder_finish(b);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        Asked asked;
        ask(&rows[i], &a, empty, &asked);
        for (int kind = 0; kind < REMEDY_KIND_COUNT; kind++) {
            Str got = way_text(&asked.remedy.ways[kind], &a);
            if (rows[i].want[kind] && !str_eq(got, str_from_c(rows[i].want[kind]))) {
                printf("row %zu %.*s (%s)\nwant %s\ngot  %.*s\n     %.*s\n", i,
                       STR_ARG(remedy_kind_name((RemedyKind)kind)), rows[i].object,
                       rows[i].want[kind], STR_ARG(got), STR_ARG(asked.remedy.message));
                failed++;
            }
        }
        admit_report_done(&asked.report);
        arena_done(&a);
    }
    snapshot_release(empty);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(ways_out) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
