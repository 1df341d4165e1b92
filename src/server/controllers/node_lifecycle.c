/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The taints that follow from what a node says of itself and from cordoning it.
 *
 * Source: Kubernetes pkg/controller/nodelifecycle
 */
#include "server/controllers/nodes.h"

typedef struct TaintRow {
    Str key;
    Str condition; /* absent: spec.unschedulable */
    Str status;    /* of it, that brings the taint */
} TaintRow;

static const TaintRow rows[] = {
    { STR_INIT("node.kubernetes.io/not-ready"), STR_INIT("Ready"), STR_INIT("False") },
    { STR_INIT("node.kubernetes.io/unreachable"), STR_INIT("Ready"), STR_INIT("Unknown") },
    { STR_INIT("node.kubernetes.io/memory-pressure"), STR_INIT("MemoryPressure"),
      STR_INIT("True") },
    { STR_INIT("node.kubernetes.io/disk-pressure"), STR_INIT("DiskPressure"), STR_INIT("True") },
    { STR_INIT("node.kubernetes.io/network-unavailable"), STR_INIT("NetworkUnavailable"),
      STR_INIT("True") },
    { STR_INIT("node.kubernetes.io/pid-pressure"), STR_INIT("PIDPressure"), STR_INIT("True") },
    { STR_INIT("node.kubernetes.io/unschedulable"), { NULL, 0 }, { NULL, 0 } },
};

static bool is_wanted(const Value *node, const TaintRow *row)
{
    if (!row->condition.ptr) {
        return value_as_bool(value_at(node, "spec", "unschedulable", NULL)).value;
    }
    VALUE_EACH_ITEM(condition, value_at(node, "status", "conditions", NULL)) {
        if (str_eq(value_get_str(condition, STR("type")), row->condition)) {
            return str_eq(value_get_str(condition, STR("status")), row->status);
        }
    }
    return false;
}

static const TaintRow *row_of(const Value *taint)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(value_get_str(taint, STR("key")), rows[i].key) &&
            str_eq(value_get_str(taint, STR("effect")), STR("NoSchedule"))) {
            return &rows[i];
        }
    }
    return NULL;
}

static bool has(const Value *taints, const TaintRow *row)
{
    VALUE_EACH_ITEM(taint, taints) {
        if (row_of(taint) == row) {
            return true;
        }
    }
    return false;
}

static Value new_taint(const TaintRow *row, Arena *a, Str now)
{
    Value taint = value_object();
    value_set_lit(&taint, "key", value_str(row->key), a);
    value_set_lit(&taint, "effect", value_str(STR("NoSchedule")), a);
    if (!row->condition.ptr) {
        value_set_lit(&taint, "timeAdded", value_str(now), a);
    }
    return taint;
}

/* True when something has to change. */
static bool taints_of(Ctl *c, const Value *node, Value *out)
{
    const Value *old = value_at(node, "spec", "taints", NULL);
    bool changed = false;
    *out = value_array();
    VALUE_EACH_ITEM(taint, old) {
        const TaintRow *row = row_of(taint);
        if (row == NULL || is_wanted(node, row)) {
            value_add(out, *taint, c->arena);
        } else {
            changed = true;
        }
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (is_wanted(node, &rows[i]) && !has(old, &rows[i])) {
            value_add(out, new_taint(&rows[i], c->arena, ctl_now_text(c)), c->arena);
            changed = true;
        }
    }
    return changed;
}

static void observe(Ctl *c, const CtlKind *kind, const StoreEvent *event)
{
    (void)kind;
    ctl_enqueue(c, STR(""), event->object->name);
}

static bool sync(Ctl *c, Str namespace, Str name)
{
    const Value *node = ctl_get(c, STR(""), STR("Node"), namespace, name);
    CtlObject at = { "v1", "nodes", STR(""), name, NULL };
    ApiResponse response;
    Value taints;
    /* those of others are for their own controllers: only what our kubelets keep is judged */
    if (node == NULL || !nodes_number(apiserver_options(c->server), name) ||
        !taints_of(c, node, &taints)) {
        return true;
    }
    Value copy = value_copy(node, c->arena);
    Value *spec = value_need_object(&copy, STR("spec"), c->arena);
    if (spec) {
        value_set_lit(spec, "taints", taints, c->arena);
    }
    return ctl_update(c, &at, &copy, &response) || response.code == 404;
}

const Controller controller_node_lifecycle = {
    .name = STR_INIT("node-controller"),
    .kinds = { { STR_INIT(""), STR_INIT("Node") } },
    .observe = observe,
    .sync = sync,
    .is_on = nodes_are_there,
};
