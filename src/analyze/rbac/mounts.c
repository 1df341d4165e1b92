/* SPDX-License-Identifier: Apache-2.0 */
/* Which secrets the pods of a cluster hold. */
#include "analyze/rbac/mounts.h"

#include "kube/kinds.h"
#include "kube/workload.h"

#include <stdlib.h>

typedef struct Owner {
    Str namespace;
    Str by;
    Str pod;
} Owner;

static void add(RbacMounts *out, const Owner *owner, Str secret, Arena *a)
{
    if (!secret.len) {
        return;
    }
    if (out->count == out->cap) {
        out->cap = out->cap ? out->cap * 2 : 64;
        RbacMount *items = new(a, RbacMount, out->cap);
        if (out->count) {
            memcpy(items, out->items, out->count * sizeof *items);
        }
        out->items = items;
    }
    out->items[out->count++] = (RbacMount){ owner->namespace, secret, owner->by, owner->pod };
}

static Str text_at(const Value *v, const char *member, const char *key)
{
    return value_as_str(value_at(v, member, key, NULL));
}

static void add_volumes(RbacMounts *out, const Owner *owner, const Value *volumes, Arena *a)
{
    VALUE_EACH_ITEM(volume, volumes) {
        add(out, owner, text_at(volume, "secret", "secretName"), a);
        VALUE_EACH_ITEM(source, value_at(volume, "projected", "sources", NULL)) {
            add(out, owner, text_at(source, "secret", "name"), a);
        }
    }
}

static void add_containers(RbacMounts *out, const Owner *owner, const Value *containers, Arena *a)
{
    VALUE_EACH_ITEM(container, containers) {
        VALUE_EACH_ITEM(variable, value_get_lit(container, "env")) {
            add(out, owner, text_at(value_get_lit(variable, "valueFrom"), "secretKeyRef", "name"),
                a);
        }
        VALUE_EACH_ITEM(from, value_get_lit(container, "envFrom")) {
            add(out, owner, text_at(from, "secretRef", "name"), a);
        }
    }
}

static void add_object(RbacMounts *out, const KubeKind *kind, const Value *object, Arena *a)
{
    Workload workload;
    Err err;
    if (!workload_read(object, a, &workload, &err)) {
        return; /* a template that makes no pods */
    }
    const Value *meta = value_get_lit(object, "metadata");
    const Value *spec = value_get_lit(&workload.pod, "spec");
    Str name = value_get_str(meta, STR("name"));
    Owner owner = { .namespace = value_get_str(meta, STR("namespace")),
                    .by = kube_object_text(kind, name, a),
                    .pod = str_eq(kind->kind, STR("Pod")) ? name : STR("") };
    add_volumes(out, &owner, value_get_lit(spec, "volumes"), a);
    add_containers(out, &owner, value_get_lit(spec, "initContainers"), a);
    add_containers(out, &owner, value_get_lit(spec, "containers"), a);
    add_containers(out, &owner, value_get_lit(spec, "ephemeralContainers"), a);
}

static int compare(const void *left, const void *right)
{
    const RbacMount *a = left;
    const RbacMount *b = right;
    int order = str_cmp(a->namespace, b->namespace);
    order = order ? order : str_cmp(a->secret, b->secret);
    return order ? order : str_cmp(a->by, b->by);
}

void rbac_mounts_find(const Facts *f, Arena *a, RbacMounts *out)
{
    static const struct {
        Str api_version;
        Str kind;
    } kinds[] = {
        { STR_INIT("v1"), STR_INIT("Pod") },
        { STR_INIT("v1"), STR_INIT("ReplicationController") },
        { STR_INIT("apps/v1"), STR_INIT("Deployment") },
        { STR_INIT("apps/v1"), STR_INIT("ReplicaSet") },
        { STR_INIT("apps/v1"), STR_INIT("DaemonSet") },
        { STR_INIT("apps/v1"), STR_INIT("StatefulSet") },
        { STR_INIT("batch/v1"), STR_INIT("Job") },
        { STR_INIT("batch/v1"), STR_INIT("CronJob") },
    };
    *out = (RbacMounts){ 0 };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        KubeKind kind;
        if (!kube_kind_find(kinds[i].api_version, kinds[i].kind, &kind)) {
            continue;
        }
        ObjectKey key = { .group = kind.group, .kind = kind.kind, .name = STR("") };
        ObjectList list = f->objects(f->cluster, key);
        for (size_t k = 0; k < list.count; k++) {
            add_object(out, &kind, list.items[k], a);
        }
    }
    size_t kept = 0;
    if (out->count) {
        qsort(out->items, out->count, sizeof *out->items, compare);
    }
    for (size_t i = 0; i < out->count; i++) {
        if (kept == 0 || compare(&out->items[kept - 1], &out->items[i]) != 0) {
            out->items[kept++] = out->items[i];
        }
    }
    out->count = kept;
}
