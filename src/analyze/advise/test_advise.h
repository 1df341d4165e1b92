/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of advice share: workloads as YAML, and what is advised about them. */
#ifndef PODGATE_ANALYZE_ADVISE_TEST_ADVISE_H
#define PODGATE_ANALYZE_ADVISE_TEST_ADVISE_H

#include "analyze/advise/psp.h"
#include "doc/json.h"
#include "doc/pointer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* members of the spec, each with a comma behind it; members of the container's securityContext */
#define POD(name, spec, security)                                                         \
    "{apiVersion: v1, kind: Pod, metadata: {name: " name ", namespace: ns}, spec: {" spec \
    "containers: [{name: c, image: x, securityContext: {" security "}}]}}\n"
#define STRICT                                                                            \
    "allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, " \
    "capabilities: {drop: [ALL]}"

#define DEPLOYMENT                                                                         \
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: ns}, spec: " \
    "{selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: "      \
    "{containers: [{name: c, image: x}]}}}}\n"
/* of an earlier revision, which asked for more */
#define REPLICA_SET                                                                             \
    "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web-1, namespace: ns, "           \
    "ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: u, controller: " \
    "true}]}, spec: {replicas: 0, selector: {matchLabels: {a: b}}, template: {metadata: "       \
    "{labels: {a: b}}, spec: {hostPID: true, containers: [{name: c, image: x}]}}}}\n"
#define RUNNING_POD(name, node)                                                          \
    "{apiVersion: v1, kind: Pod, metadata: {name: " name ", namespace: ns, uid: v, "     \
    "ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-1, uid: u, "    \
    "controller: true}]}, spec: {nodeName: " node ", containers: [{name: c, image: x}, " \
    "{name: sidecar, image: z, securityContext: {capabilities: {add: [NET_ADMIN]}}}]}, " \
    "status: {phase: Running}}\n"
#define RUNNING RUNNING_POD("web-1-a", "n1") "---\n" RUNNING_POD("web-1-b", "n2")

typedef struct Advised {
    Arena arena;
    FileObjects objects;
    KubeTarget target;
    const Snapshot *cluster;
    AdviseInputs inputs;
    AdvisePspReport report;
    Err err;
    bool ok;
} Advised;

/* The inputs alone. */
static inline void advised_read(Advised *a, const char *text, int minor)
{
    memset(a, 0, sizeof *a);
    arena_init(&a->arena, 0);
    a->target = kube_target(minor);
    if (!files_read_text(STR("test.yaml"), str_from_c(text), NULL, &a->arena, &a->objects,
                         &a->err)) {
        fail_msg("%s: %.*s", text, STR_ARG(a->err.msg));
    }
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS);
    a->cluster = snapshot_builder_finish(b);
    AdviseSource source = { .objects = &a->objects, .target = &a->target, .may_be_empty = true };
    a->ok = advise_inputs_read(a->cluster, &source, &a->arena, &a->inputs, &a->err);
}

static inline void advised_open(Advised *a, const char *text, int minor, AdvisePer per)
{
    advised_read(a, text, minor);
    AdvisePspQuestion question = { .per = per };
    a->ok = a->ok && advise_psp(&a->inputs, &question, &a->arena, &a->report, &a->err);
}

static inline void advised_close(Advised *a)
{
    advise_inputs_done(&a->inputs);
    snapshot_release(a->cluster);
    arena_done(&a->arena);
}

#endif
